# Copies of databases and of clusters: the original goes on, a copy stands still
# until it is told that the work is its own, and what only moves goes on.

use strict;
use warnings;

use Cwd;
use File::Spec;
use MistralTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('first', "wal_level = 'logical'", 'max_worker_processes = 32');

create_workflows($node, <<'YAML');
version: '2.0'

copy_outside:
  tasks:
    ask:
      action: std.async_noop
      on-success: after
    after:
      action: std.noop
      wait-before: 1
YAML

sub value
{
	my ($server, $database, $query) = @_;
	return $server->safe_psql($database, $query);
}

sub is_standing
{
	my ($server, $database, $name) = @_;
	my ($status, $out, $error) =
	  $server->psql($database, 'SELECT mistral.run_due_calls()');
	like($error, qr/the workflows of this database stand still/, $name);
	return;
}

# complete the open action, and wait for what follows
sub goes_on
{
	my ($server, $database, $name) = @_;
	value($server, $database,
		"SELECT mistral.complete_action(id) FROM mistral.action_executions WHERE state = 'R'");
	ok( $server->poll_query_until($database,
			"SELECT NOT EXISTS (SELECT FROM mistral.workflow_executions WHERE state <> 'S')"),
		$name);
	return;
}

# a database that holds no work is a pattern for others
value($node, 'postgres', 'CREATE DATABASE pattern');
value($node, 'pattern', 'CREATE EXTENSION mistral');
value($node, 'pattern', q{SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
w: {tasks: {t: {action: std.noop}}}
$$)});
value($node, 'postgres', 'CREATE DATABASE from_pattern TEMPLATE pattern');
is(value($node, 'from_pattern', "SELECT mistral.wait_execution(mistral.start_workflow('w')) ->> 'state'"),
	'SUCCESS', 'a copy of a database without work works at once');
value($node, 'postgres', 'CREATE DATABASE second_pattern TEMPLATE from_pattern');
is_standing($node, 'second_pattern', 'one of a database with executions does not');

# a copy of one with work
my $id = start_workflow($node, 'copy_outside');
value($node, 'postgres', 'CREATE DATABASE copy TEMPLATE mistral');
is_standing($node, 'copy', 'a copy by CREATE DATABASE stands still');
goes_on($node, 'mistral', 'the original does not');
is(value($node, 'copy', "SELECT state FROM mistral.action_executions WHERE state = 'R'"), 'R',
	'what the original did was not done in the copy');
value($node, 'copy', 'SELECT mistral.resume_after_restore()');
goes_on($node, 'copy', 'told to go on, the copy does');

# a new name is no other database
$id = start_workflow($node, 'copy_outside');
value($node, 'postgres', 'ALTER DATABASE mistral RENAME TO renamed');
goes_on($node, 'renamed', 'a renamed database goes on');
value($node, 'postgres', 'ALTER DATABASE renamed RENAME TO mistral');

# only administrators say so
value($node, 'postgres', 'CREATE ROLE mistral_admin; CREATE ROLE mistral_user; CREATE ROLE mistral_executor; CREATE ROLE mistral_observer; CREATE ROLE someone LOGIN IN ROLE mistral_user; CREATE ROLE boss LOGIN IN ROLE mistral_admin');
value($node, 'mistral', 'SELECT mistral.grant_roles()');
value($node, 'mistral', 'SET ROLE boss; SELECT mistral.begin_restore()');
my ($status, $out, $error) = $node->psql('mistral', 'SET ROLE someone; SELECT mistral.resume_after_restore()');
like($error, qr/permission denied/, 'users do not end a restore');
is_standing($node, 'mistral', 'begin_restore() has the database stand still');
is(value($node, 'mistral', 'SET ROLE someone; SELECT source FROM mistral.abode WHERE system_id = 0'),
	'begin_restore() was called', 'and everybody may read why');
value($node, 'mistral', 'SET ROLE boss; SELECT mistral.resume_after_restore()');

# who has begun before rows were loaded does not commit after it
my $session = $node->background_psql('mistral', on_error_stop => 0);
$session->query_safe("BEGIN; SELECT mistral.start_workflow('copy_outside')");
value($node, 'mistral', 'SELECT mistral.begin_restore()');
$session->query("COMMIT; SELECT 1");
$session->quit;
is(value($node, 'mistral', "SELECT count(*) FROM mistral.workflow_executions WHERE state = 'R'"),
	'0', 'a transaction that began before the load is not committed after it');
value($node, 'mistral', 'SELECT mistral.resume_after_restore()');

# logical replication: the copy of the tables, and what comes after it
$id = start_workflow($node, 'copy_outside');
my $subscriber = new_node('subscriber', "wal_level = 'logical'", 'max_worker_processes = 32');
value($node, 'mistral', 'CREATE PUBLICATION everything FOR ALL TABLES');
value($subscriber, 'mistral', 'CREATE SUBSCRIPTION everything CONNECTION '
	  . "'" . ($node->connstr('mistral') =~ s/'/''/gr) . "' PUBLICATION everything");
ok( $subscriber->poll_query_until('mistral',
		"SELECT count(*) > 0 AND bool_and(srsubstate IN ('r', 's')) FROM pg_subscription_rel"),
	'the tables are copied to a subscriber');
is_standing($subscriber, 'mistral', 'which stands still');
my $second = start_workflow($node, 'copy_outside');
ok( $subscriber->poll_query_until('mistral',
		"SELECT count(*) = 1 FROM mistral.workflow_executions WHERE id = '$second'"),
	'changes follow');
value($node, 'postgres', 'DROP DATABASE copy');
value($subscriber, 'mistral', 'DROP SUBSCRIPTION everything');
value($subscriber, 'mistral', 'SELECT mistral.resume_after_restore()');
goes_on($subscriber, 'mistral', 'the subscriber takes over');
start_workflow($subscriber, 'copy_outside');
goes_on($subscriber, 'mistral', 'and its numbers do not collide with those that came');

# without the copy of the tables: what was there before is missed, or restored
sub follow
{
	my ($database) = @_;
	value($subscriber, $database, "CREATE SUBSCRIPTION $database CONNECTION '"
		  . ($node->connstr('mistral') =~ s/'/''/gr)
		  . "' PUBLICATION everything WITH (copy_data = false)");
	return;
}

sub stop_following
{
	my ($database, $last) = @_;
	ok( $subscriber->poll_query_until($database,
			"SELECT count(*) = 1 FROM mistral.workflow_executions WHERE id = '$last'"),
		"$database: changes follow");
	value($subscriber, $database, "DROP SUBSCRIPTION $database");
	is_standing($subscriber, $database, "$database stands still");
	return;
}

value($subscriber, 'postgres', "CREATE DATABASE $_") foreach qw(gaps mirror);
value($subscriber, 'gaps', 'CREATE EXTENSION mistral');
follow('gaps');
stop_following('gaps', start_workflow($node, 'copy_outside'));
($status, $out, $error) = $subscriber->psql('gaps', 'SELECT mistral.resume_after_restore()');
like($error, qr/what was loaded is not whole/, 'gaps: what lacks definitions does not go on by itself');
is(value($subscriber, 'gaps', 'SELECT DISTINCT invariant FROM mistral.check() ORDER BY 1'),
	"executions have their version\nthe rows are at home", 'gaps: and check() says what is missing');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/mirror.sql';
command_ok([ 'pg_dump', '-d', $node->connstr('mistral'), '-f', $dump, '--no-publications', '--no-privileges' ], 'mirror: a dump of the publisher');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $subscriber->connstr('mirror'), '-f', $dump ], 'mirror: is restored');
follow('mirror');
stop_following('mirror', start_workflow($node, 'copy_outside'));
is(value($subscriber, 'mirror', 'SELECT mistral.resume_after_restore(); SELECT count(*) FROM mistral.check()'),
	"\n0", 'mirror: nothing is missing');
goes_on($subscriber, 'mirror', 'mirror: goes on, with what came before and after');
$subscriber->stop;

# pg_upgrade moves the cluster: the system identifier is another one
goes_on($node, 'mistral', 'the publisher went on by itself');
value($node, 'mistral', 'DROP PUBLICATION everything');
$id = start_workflow($node, 'copy_outside');
foreach my $name (qw(from_pattern second_pattern)) { value($node, 'postgres', "DROP DATABASE $name"); }
$node->stop;
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
$upgraded->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$upgraded->append_conf('postgresql.conf', "shared_preload_libraries = 'mistral'\nmax_worker_processes = 16\n");
my $bin = $node->config_data('--bindir');
# it leaves files where it runs; the directories of data may be relative
my ($old_data, $new_data) = map { File::Spec->rel2abs($_->data_dir) } ($node, $upgraded);
my $home = getcwd();
my ($work) = PostgreSQL::Test::Utils::tempdir();
chdir $work;
command_ok(
	[
		'pg_upgrade', '--no-sync', '-d', $old_data, '-D', $new_data,
		'-b', $bin, '-B', $bin, '-s', $node->host,
		'-p', $node->port, '-P', $upgraded->port
	],
	'pg_upgrade');
chdir $home;
$upgraded->start;
is(state_of($upgraded, $id), 'RUNNING', 'executions came along');
goes_on($upgraded, 'mistral', 'and go on in the new cluster without a word');
is(value($upgraded, 'mistral', 'SELECT count(*) FROM mistral.abode'), '1', 'which is their home now');
$upgraded->stop;
done_testing();
