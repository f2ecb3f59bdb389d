# Whatever way the rows of executions come into another database, nothing of
# their work is done before somebody says that all is there, and all of it then.

use strict;
use warnings;

use File::Temp;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = new_node('old');
my $new = init_node('new', 'max_prepared_transactions = 5',
	'max_worker_processes = 32', "wal_level = 'logical'");
my $dir = File::Temp::tempdir(CLEANUP => 1);

create_workflows($old, <<'YAML');
version: '2.0'

restore_timer:
  tasks:
    first:
      action: std.noop
      wait-before: 1
      on-success: second
    second:
      workflow: restore_child

restore_child:
  tasks:
    only:
      action: std.noop

restore_outside:
  tasks:
    ask:
      action: std.async_noop

restore_order:
  input:
    - row
  tasks:
    only:
      action: std.noop

restore_functions:
  output:
    stock: <% task(take).result %>
    place: <% place(bolt) %>
  tasks:
    ask:
      action: std.async_noop
      on-success: take
    take:
      action: stock.take item="bolt"
YAML

# Functions of the database, as an action and in expressions: their schemas come
# before and after the extension's in a dump.
my $functions = <<'SQL';
CREATE SCHEMA before;
CREATE SCHEMA stock;
CREATE TABLE stock.items (item text PRIMARY KEY, n int);
INSERT INTO stock.items VALUES ('bolt', 7);
CREATE FUNCTION stock.take(item text) RETURNS int LANGUAGE sql
AS $$ UPDATE stock.items i SET n = i.n - 1 WHERE i.item = take.item RETURNING i.n $$;
CREATE FUNCTION before.place(item text) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT 'shelf ' || n FROM stock.items i WHERE i.item = place.item $$;
SQL
$old->safe_psql('mistral', $functions . <<'SQL');
SELECT mistral.create_function_action('stock.take', 'stock.take(text)');
SELECT mistral.create_expression_function('place', 'before.place(text)');
SELECT mistral.start_workflow('restore_functions');
SQL

# actions that wait for an executor, as long as workers may not look
$old->safe_psql('mistral', <<'SQL');
CREATE SCHEMA app;
CREATE TABLE app.orders (id int PRIMARY KEY);
SELECT mistral.watch_table('app.orders', 'restore_order');
INSERT INTO app.orders SELECT generate_series(1, 3);
SELECT mistral.create_cron_trigger('restore_nightly', 'restore_child', '0 4 * * *');
SELECT mistral.start_workflow('restore_outside') FROM generate_series(1, 5);
SQL
wait_for($old, "SELECT count(*) = 3 FROM mistral.executions WHERE workflow_name = 'restore_order' AND state = 'SUCCESS'");
$old->safe_psql('mistral', <<'SQL');
SELECT mistral.begin_restore();
SQL

# the clock of these is set before anybody may look at it
$old->safe_psql('mistral', <<'SQL');
SELECT mistral.resume_after_restore();
SELECT mistral.start_workflow('restore_timer') FROM generate_series(1, 40);
SELECT mistral.begin_restore();
SQL

my $calls = $old->safe_psql('mistral', 'SELECT count(*) FROM mistral.delayed_calls');
is($calls, 41, 'each execution waits for a call, and the cron trigger does');

foreach my $format (
	[ 'plain.sql' ], [ 'inserts.sql', '--inserts' ],
	[ 'custom', '-Fc' ], [ 'directory', '-Fd' ],
	[ 'mistral.sql', '-n', 'mistral' ])
{
	my ($file, @options) = @$format;
	command_ok(
		[ 'pg_dump', '-f', "$dir/$file", @options, '-d', $old->connstr('mistral') ],
		"dumped: $file @options");
}
command_ok([ 'pg_dumpall', '-f', "$dir/all.sql", '-d', $old->connstr('postgres'),
	'--exclude-database=template1', '--exclude-database=postgres' ], 'dumped: all');
$old->stop('immediate');

# a new database, and a connection string to it
my $database = 'none';

sub database
{
	my ($name) = @_;
	$new->safe_psql('postgres', "DROP DATABASE IF EXISTS $database")
	  if $database ne 'none';
	$database = $name;
	$new->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE template0");
	return $new->connstr($name);
}

sub value { my ($query) = @_; return $new->safe_psql($database, $query); }

# The means has loaded all: it stands still, says so, and then goes on to the end.
sub stands_then_goes_on
{
	my ($means, %options) = @_;
	my $ids = join ',', map { "'$_'" }
	  split /\n/, value("SELECT id FROM mistral.workflow_executions WHERE state = 'R' ORDER BY id LIMIT 1");

	is(value('SELECT count(*) FROM mistral.delayed_calls WHERE attempts = 0'), $calls, "$means: no call was made");
	is(value("SELECT count(*) FROM mistral.workflow_executions WHERE state = 'S'"), 3, "$means: nothing has run, or was started by loading a table");
	my ($status, $out, $error) = $new->psql($database, "SELECT mistral.start_workflow('restore_child')");
	like($error, qr/the workflows of this database stand still/, "$means: what would change something is refused");
	($status, $out, $error) = $new->psql($database, 'SELECT mistral.run_due_calls()');
	like($error, qr/stand still/, "$means: also what the scheduler does");
	is(value("SELECT mistral.execution_waits_for($ids) LIKE '%resume_after_restore()%'"), 't', "$means: those who ask what it waits for are told");

	# a function is known by its name and may come after what uses it
	value($functions) if $options{no_tables};
	value('SELECT mistral.resume_after_restore()');
	ok( $new->poll_query_until($database,
			"SELECT count(*) = 40 FROM mistral.workflow_executions WHERE state = 'S' AND workflow_name = 'restore_timer'"),
		"$means: then all goes on to its end");
	value("SELECT mistral.complete_action(id) FROM mistral.action_executions WHERE state = 'R'");
	ok( $new->poll_query_until($database,
			"SELECT NOT EXISTS (SELECT FROM mistral.workflow_executions WHERE state <> 'S')"),
		"$means: results are taken");
	is(value("SELECT output FROM mistral.executions WHERE workflow_name = 'restore_functions'"), '{"place": "shelf 6", "stock": 6}',
		"$means: functions of the database are called, as an action and in expressions");
	is(value('SELECT count(*) FROM mistral.delayed_calls'), 1, "$means: the cron trigger waits for its time");
	return if $options{no_tables};
	value('INSERT INTO app.orders VALUES (4)');
	ok( $new->poll_query_until($database,
			"SELECT count(*) = 4 FROM mistral.workflow_executions WHERE state = 'S' AND workflow_name = 'restore_order'"),
		"$means: and changes of watched tables start workflows again");
	return;
}

sub restore
{
	my ($means, @command) = @_;
	command_ok([@command], $means);
	return;
}

my $to = database('plain');
restore('psql < dump', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $to, '-f', "$dir/plain.sql");
stands_then_goes_on('psql < dump');

$to = database('inserts');
restore('psql < dump --inserts', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $to, '-f', "$dir/inserts.sql");
stands_then_goes_on('psql < dump --inserts');

$to = database('jobs');
restore('pg_restore -j 4', 'pg_restore', '-j', '4', '-d', $to, "$dir/directory");
stands_then_goes_on('pg_restore -j 4');

$to = database('sections');
foreach my $section (qw(pre-data data post-data))
{
	restore("pg_restore --section=$section", 'pg_restore', '-j', '2', '--no-owner', "--section=$section", '-d', $to, "$dir/custom");
}
stands_then_goes_on('pg_restore --section');

# the watched table is loaded before all else, with its trigger
$to = database('data_only');
restore('pg_restore --schema-only', 'pg_restore', '--schema-only', '-d', $to, "$dir/custom");
restore('pg_restore --data-only', 'pg_restore', '--data-only', '-d', $to, "$dir/custom");
stands_then_goes_on('pg_restore --data-only');

$to = database('no_triggers');
restore('pg_restore --schema-only', 'pg_restore', '--schema-only', '-d', $to, "$dir/directory");
restore('pg_restore --disable-triggers', 'pg_restore', '--data-only', '--disable-triggers', '-j', '2', '-d', $to, "$dir/directory");
stands_then_goes_on('pg_restore --disable-triggers');

# one table after the other, the calls first
$to = database('tables');
value('CREATE EXTENSION mistral');
my @tables = sort { ($b eq 'delayed_calls') <=> ($a eq 'delayed_calls') } split /\n/,
  value("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname <> 'table_watches' AND oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'mistral')::oid[]) ORDER BY 1");
foreach my $table (@tables)
{
	restore("pg_restore -t $table", 'pg_restore', '--data-only', '-n', value("SELECT relnamespace::regnamespace FROM pg_class WHERE relname = '$table' AND relnamespace::regnamespace::text LIKE 'mistral%'"), '-t', $table, '-d', $to, "$dir/custom");
}
stands_then_goes_on('pg_restore -t', no_tables => 1);

# A dump of the schema has no extension in it, and no watched table.  It says
# CREATE SCHEMA, which fails where the extension is.
$to = database('one_schema');
value('CREATE EXTENSION mistral; CREATE SCHEMA app; CREATE TABLE app.orders (id int)');
restore('pg_dump -n', 'psql', '-Xq', '-d', $to, '-f', "$dir/mistral.sql");
my $missing = value("SELECT mend_sql FROM mistral.check() WHERE invariant = 'watches have their trigger'");
isnt($missing, '', 'pg_dump -n: check() misses the trigger of the watched table');
value($missing);
stands_then_goes_on('pg_dump -n', no_tables => 1);

# the cluster has the role already
$new->safe_psql('postgres', "DROP DATABASE $database");
$database = 'mistral';
restore('pg_dumpall', 'psql', '-Xq', '-d', $new->connstr('postgres'), '-f', "$dir/all.sql");
stands_then_goes_on('pg_dumpall');

# what is loaded by a transaction that is committed by another is seen
$to = database('prepared');
value('CREATE EXTENSION mistral');
restore('a table in a prepared transaction', 'psql', '-Xq', '-d', $to, '-c', 'BEGIN',
	'-c', "COPY mistral.delayed_calls (due_at, created_at, execution_id, kind, project_id) FROM PROGRAM 'printf \"2020-01-01\\t2020-01-01\\t00000000-0000-4000-8000-000000000001\\tchange_child\\tpostgres\\n\"'",
	'-c', "PREPARE TRANSACTION 'loaded'");
value('SELECT mistral.run_due_calls()');
value("COMMIT PREPARED 'loaded'");
is(value('SELECT count(*) FROM mistral.delayed_calls'), 1, 'a prepared load: nothing has run');
my ($status, $out, $error) = $new->psql($database, 'SELECT mistral.run_due_calls()');
like($error, qr/stand still/, 'a prepared load: it stands still');

# what is not whole does not go on
($status, $out, $error) = $new->psql($database, 'SELECT mistral.resume_after_restore()');
like($error, qr/what was loaded is not whole/, 'what is not whole does not go on');
value('SELECT mistral.resume_after_restore(force => true)');
ok($new->poll_query_until($database, 'SELECT count(*) = 0 FROM mistral.delayed_calls'), 'unless it is forced to');

$new->stop;
done_testing();
