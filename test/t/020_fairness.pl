# What one project does in the schedulers keeps no other waiting: queries and
# expressions that take long, queries that will not be cancelled, thousands of
# timers due at once.  All of it ends, in a bounded time.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'mistral.sql_timeout = 3s', 'mistral.delayed_call_timeout = 6s');

$node->safe_psql('mistral', q{
SELECT mistral.create_roles();
CREATE ROLE loud LOGIN IN ROLE mistral_user;
CREATE ROLE quiet LOGIN IN ROLE mistral_user;
CREATE FUNCTION public.stubborn() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        BEGIN
            PERFORM pg_sleep(1000);
        EXCEPTION WHEN query_canceled THEN
            NULL;
        END;
    END LOOP;
END $$;
});

# run as a role
sub as
{
	my ($role, $query) = @_;
	return $node->safe_psql('mistral', $query, extra_params => [ '-U', $role ]);
}

sub create_as
{
	my ($role, $text) = @_;
	as($role, "SELECT count(*) FROM mistral.create_workflows(\$yaml\$$text\$yaml\$)");
	return;
}

create_as('quiet', <<'YAML');
version: '2.0'
second:
  tasks:
    t: {wait-before: 1, action: std.noop}
YAML

# how late the timer of the quiet project is, in seconds
sub lateness
{
	my $id = as('quiet', q{SELECT mistral.start_workflow('second')});

	is(wait_final($node, $id), 'SUCCESS', 'the timer of the quiet project runs');
	return $node->safe_psql('mistral', qq{
		SELECT extract(epoch FROM finished_at - created_at) - 1
		  FROM mistral.task_executions WHERE execution_id = '$id'});
}

sub start_loud
{
	my ($name) = @_;
	return as('loud', "SELECT mistral.start_workflow('$name')");
}

sub output_of
{
	my ($id) = @_;
	return $node->safe_psql('mistral', qq{
		SELECT output -> 'result' FROM mistral.action_executions
		 WHERE execution_id = '$id' ORDER BY id DESC LIMIT 1});
}

create_as('loud', <<'YAML');
version: '2.0'
sleeps:
  tasks:
    t: {wait-before: 1, action: std.sql query="SELECT pg_sleep(25)"}
works:
  tasks:
    t: {wait-before: 1, action: std.sql query="SELECT pg_sleep(1.5)"}
defies:
  tasks:
    t: {wait-before: 1, action: std.sql query="SELECT public.stubborn()"}
computes:
  tasks:
    t:
      wait-before: 1
      action: std.echo output=<% range(0, 5000000).select($ * 2).where($ mod 7 = 0).len() %>
several:
  tasks:
    t:
      wait-before: 1
      with-items: i in <% range(0, 30) %>
      action: std.sql query="SELECT pg_sleep(0.1)"
waits:
  tasks:
    t: {action: std.async_noop, on-success: u}
    u: {action: std.sql query="SELECT pg_sleep(1.5)"}
many:
  tasks:
    t: {wait-before: 1, action: std.noop}
YAML

my @sleeping = map { start_loud('sleeps') } (1 .. 3);
cmp_ok(lateness(), '<', 2, 'queries that sleep keep nobody waiting');
my $working = start_loud('works');
foreach my $id (@sleeping)
{
	is(wait_final($node, $id), 'ERROR', 'a query that takes too long fails');
	is(output_of($id),
		'{"message": "query took longer than 3000 ms (mistral.sql_timeout)", "sqlstate": "57014"}',
		'its action says so');
}
is(wait_final($node, $working), 'SUCCESS', 'one that takes less does not');
is($node->safe_psql('mistral', q{SELECT count(*) FROM mistral.stat_workers WHERE kind = 'slow_scheduler'}),
	1, 'a slow scheduler has run it');

my $defiant = start_loud('defies');
cmp_ok(lateness(), '<', 2, 'nor does a query that catches its cancel');
is(wait_final($node, $defiant), 'ERROR', 'it ends');
like(output_of($defiant), qr/57014/, 'as others do');

my $computing = start_loud('computes');
cmp_ok(lateness(), '<', 2, 'nor does an expression');
is(wait_final($node, $computing), 'SUCCESS', 'which has its result in the end');

# each query is short, all together are longer than a call may be
my $several = start_loud('several');
cmp_ok(lateness(), '<', 2, 'nor do many queries of one task');
is(wait_final($node, $several), 'SUCCESS', 'which need not fit into one call');

# a result that was recorded for whoever advances the execution
my $waiting = start_loud('waits');
$node->safe_psql('mistral', qq{
INSERT INTO mistral.action_results (action_id, execution_id, recorded_at, state, project_id)
SELECT id, execution_id, now(), 'S', project_id FROM mistral.action_executions
 WHERE execution_id = '$waiting'});
cmp_ok(lateness(), '<', 2, 'nor does what follows from a recorded result');
is(wait_final($node, $waiting), 'SUCCESS', 'which follows all the same');

as('loud', q{SELECT count(mistral.start_workflow('many')) FROM generate_series(1, 3000)});
cmp_ok(lateness(), '<', 2, 'nor do thousands of timers');
ok( wait_for($node, q{
		SELECT count(*) = 3000 FROM mistral.executions
		 WHERE workflow_name = 'many' AND state = 'SUCCESS'}),
	'all of which run');

# a call that takes too long altogether
$node->safe_psql('mistral', q{
ALTER SYSTEM SET mistral.sql_timeout = '1h';
SELECT pg_reload_conf()});
my $endless = start_loud('sleeps');
is(wait_final($node, $endless), 'ERROR', 'a call that takes too long fails');
like($node->safe_psql('mistral', qq{SELECT state_info FROM mistral.executions WHERE id = '$endless'}),
	qr/delayed call took longer than 6000 ms/, 'the execution says so');
is($node->safe_psql('mistral', q{SELECT count(*) FROM mistral.delayed_calls WHERE NOT is_dead AND kind <> 'integrity_check'}),
	0, 'no call is left');

# the removal of a tree that is so large that it takes long, while the slow
# scheduler has something else to do
$node->safe_psql('mistral', q{
ALTER SYSTEM SET mistral.sql_timeout = '1h';
ALTER SYSTEM SET mistral.delayed_call_timeout = '5min';
SELECT pg_reload_conf()});
create_as('loud', <<'YAML');
version: '2.0'
large:
  tasks:
    t: {with-items: "i in <% range(0, 1000) %>", workflow: leaf}
leaf:
  tasks:
    t: {action: std.noop}
sleeps_on:
  tasks:
    t: {wait-before: 1, action: std.sql query="SELECT pg_sleep(1000)"}
YAML
my $large = start_loud('large');
is(wait_final($node, $large), 'SUCCESS', 'a large tree');
my $small = start_loud('leaf');
start_loud('sleeps_on');
ok( wait_for($node, q{
		SELECT EXISTS (SELECT FROM mistral.stat_workers
			WHERE kind = 'slow_scheduler' AND state = 'active')}),
	'the slow scheduler is busy');

# as many rows as take longer than that to remove on any machine
$node->safe_psql('mistral', qq{
INSERT INTO mistral.task_executions
SELECT copy.*
  FROM (SELECT to_jsonb(x) AS row FROM mistral.task_executions x WHERE execution_id = '$large' LIMIT 1) AS t,
       generate_series(1, 200000) AS n,
       jsonb_populate_record(NULL::mistral.task_executions,
                             t.row || jsonb_build_object('id', md5(n::text)::uuid)) AS copy});
$node->safe_psql('mistral', q{
ALTER SYSTEM SET mistral.expiration_older_than = '1s';
ALTER SYSTEM SET mistral.expiration_interval = '1s';
SELECT pg_reload_conf()});
ok( wait_for($node, q{
		SELECT EXISTS (SELECT FROM mistral.delayed_calls WHERE kind = 'expire_tree' AND is_slow)}),
	'what takes long is left to it');
ok(wait_for($node, qq{SELECT NOT EXISTS (SELECT FROM mistral.executions WHERE id = '$small')}),
	'others are removed meanwhile');
is(state_of($node, $large), 'SUCCESS', 'nothing of the tree is gone before all is');
is($node->safe_psql('mistral', q{SELECT count(*) FROM mistral.delayed_calls WHERE kind = 'expire_tree'}),
	1, 'it is left once');
$node->safe_psql('mistral', q{
ALTER SYSTEM SET mistral.slow_scheduler_workers = 2;
SELECT pg_reload_conf()});
ok( wait_for($node, qq{
		SELECT NOT EXISTS (SELECT FROM mistral.workflow_executions WHERE root_id = '$large')
		   AND NOT EXISTS (SELECT FROM mistral.delayed_calls WHERE kind = 'expire_tree')}),
	'then all is gone');
is_sound($node, 'and nothing left behind');

$node->stop;
done_testing();
