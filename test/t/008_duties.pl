# What the scheduler does now and then: expiration, unclaimed actions, lost
# executors, old events, and calls that are given up.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'mistral.delayed_call_max_attempts = 3', 'log_temp_files = 0');

sub set
{
	my ($name, $value) = @_;
	$node->safe_psql('mistral', "ALTER SYSTEM SET $name = '$value'");
	$node->safe_psql('mistral', 'SELECT pg_reload_conf()');
	return;
}

create_workflows($node, <<'YAML');
version: '2.0'

duty_done:
  tasks:
    t: {action: std.noop}

duty_failed:
  tasks:
    t: {action: std.fail}

duty_outside:
  tasks:
    t: {action: 'std.http url="http://nobody.test/"', target: duty}

duty_again:
  tasks:
    t: {action: 'std.http url="http://nobody.test/"', target: duty, safe-rerun: true}
YAML
$node->safe_psql('mistral',
	"SELECT count(mistral.start_workflow('duty_done')) FROM generate_series(1, 30)");
my $outside = start_workflow($node, 'duty_outside');

# finished executions: too many, then too old; what runs stays
my $finished = "SELECT count(*) FROM mistral.executions WHERE state <> 'RUNNING'";
is($node->safe_psql('mistral', $finished), 30, 'nothing expires by default');
set('mistral.expiration_max_finished', 10);
set('mistral.expiration_interval', '1s');
ok(wait_for($node, "SELECT ($finished) = 10"), 'the newest are kept');
set('mistral.expiration_ignored_states', 'SUCCESS');
set('mistral.expiration_max_finished', 0);
set('mistral.expiration_older_than', '1s');
my $failed = start_workflow($node, 'duty_failed');
ok( wait_for($node, "SELECT NOT EXISTS (SELECT 1 FROM mistral.executions WHERE id = '$failed')"),
	'what is younger, and has failed, goes');
is($node->safe_psql('mistral', $finished), 10, 'states can be left out');
set('mistral.expiration_ignored_states', '');
ok(wait_for($node, "SELECT ($finished) = 0"), 'what is old goes');
is($node->safe_psql('mistral', 'SELECT count(*) FROM mistral.task_executions'),
	1, 'with all that belongs to it');
is(state_of($node, $outside), 'RUNNING', 'what is not finished stays');
set('mistral.expiration_interval', 0);

# of very many finished executions those go that were changed first, whenever they
# were made: more than one look keeps in mind, and nothing is sorted on disk
set('mistral.expiration_older_than', 0);
start_workflow($node, 'duty_done');
$node->safe_psql('mistral', q{
	INSERT INTO mistral.workflow_executions
		(id, root_id, version_id, workflow_id, project_id, workflow_name, created_at, updated_at, state)
	SELECT x.id, x.id, e.version_id, e.workflow_id, e.project_id, e.workflow_name, now() - i * interval '1 s',
		   now() - 10 * ((i * 7919) % 105000) * interval '1 ms', substr('SEC', i % 3 + 1, 1)::"char"
	  FROM mistral.workflow_executions e, generate_series(1, 105000) AS i,
		   LATERAL (SELECT gen_random_uuid() AS id, i AS n) AS x
	 WHERE e.workflow_name = 'duty_done';
	CREATE TABLE newest AS
	SELECT id FROM mistral.workflow_executions WHERE state <> 'R' ORDER BY updated_at DESC, id DESC LIMIT 104800});
my $log_end = -s $node->logfile;
set('mistral.expiration_max_finished', 104800);
set('mistral.expiration_interval', '1s');
ok(wait_for($node, "SELECT ($finished) <= 104800"), 'the surplus of very many goes');
is( $node->safe_psql('mistral', q{
		SELECT count(*) FROM newest n JOIN mistral.workflow_executions e ON e.id = n.id}),
	104800, 'those that were changed first');
unlike(slurp_file($node->logfile, $log_end), qr/temporary file/, 'nothing is sorted on disk');
set('mistral.expiration_interval', 0);
set('mistral.expiration_max_finished', 0);
$node->safe_psql('mistral', q{
	DELETE FROM mistral.workflow_executions WHERE workflow_name = 'duty_done'});

# an executor that is not heard of any more loses what it has
my $executor = $node->safe_psql('mistral',
	q{SELECT mistral.register_executor('lost', 'duty', lease => '1 second')});
is( $node->safe_psql('mistral', "SELECT count(*) FROM mistral.claim_actions($executor)"),
	1, 'an executor claims an action');
is(wait_final($node, $outside), 'ERROR', 'it fails when the lease has run out');
my $again = start_workflow($node, 'duty_again');
$executor = $node->safe_psql('mistral',
	q{SELECT mistral.register_executor('lost', 'duty', lease => '1 second')});
$node->safe_psql('mistral', "SELECT count(*) FROM mistral.claim_actions($executor)");
ok( wait_for($node,
		q{SELECT count(*) = 1 FROM mistral.action_queue q JOIN mistral.action_executions a ON a.id = q.action_id
			WHERE a.is_redelivered}),
	'and is handed out again when it is safe');
ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.executors'), 'the lost executors go');
my ($code, undef, $error) = $node->psql('mistral', "SELECT * FROM mistral.claim_actions($executor)");
like($error, qr/is not registered/, 'and must register again');

# nobody claims it
set('mistral.unclaimed_action_timeout', '1s');
is(wait_final($node, $again), 'ERROR', 'an action that nobody claims fails in the end');

# a call that always fails is given up, and can be seen
$node->safe_psql('mistral',
	q{INSERT INTO mistral.delayed_calls (due_at, created_at, kind, project_id)
		VALUES (now(), now(), 'no such kind', 'postgres')});
ok(wait_for($node, q{SELECT is_dead FROM mistral.delayed_calls WHERE kind = 'no such kind'}),
	'a call that fails again and again is given up');
is( $node->safe_psql('mistral',
		q{SELECT attempts || ' ' || (error <> '') FROM mistral.delayed_calls WHERE kind = 'no such kind'}),
	'3 true', 'after so many attempts, with its error');
is($node->safe_psql('mistral', 'SELECT sum(dead) FROM mistral.stat_delayed_calls'),
	1, 'and counted');

# what was wrong is put right, and the call tried again
$node->safe_psql('mistral',
	q{UPDATE mistral.delayed_calls SET kind = 'fire_cron_trigger',
			args = '{"id": "00000000-0000-4000-8000-000000000000"}' WHERE is_dead});
is( $node->safe_psql('mistral',
		q{SELECT mistral.retry_delayed_call(id), mistral.retry_delayed_call(0)
			FROM mistral.delayed_calls WHERE is_dead}),
	't|f', 'a call that was given up can be tried again');
ok(wait_for($node, q{SELECT count(*) = 0 FROM mistral.delayed_calls WHERE kind = 'fire_cron_trigger'}),
	'and is made');

# cron triggers whose time went by while the server was down
$node->safe_psql('mistral', <<'SQL');
SELECT mistral.create_cron_trigger('once', 'duty_done', '0 3 1 1 *', workflow_params => '{"env": {"by": "once"}}');
SELECT mistral.set_cron_policy(mistral.create_cron_trigger('skip', 'duty_failed', '0 3 1 1 *'), missed => 'skip');
SET session_replication_role = replica;		-- nobody is told
UPDATE mistral.cron_triggers SET next_execution_time = now() - interval '5 hours';
UPDATE mistral.delayed_calls SET due_at = now() - interval '5 hours' WHERE kind = 'fire_cron_trigger';
SQL
$node->stop('immediate');
$node->start;
ok( wait_for($node,
		'SELECT count(*) = 2 FROM mistral.cron_triggers WHERE next_execution_time > now()'),
	'triggers that were missed go on');
is( $node->safe_psql('mistral',
		q{SELECT string_agg(workflow_name, ' ') FROM mistral.executions WHERE created_at > pg_postmaster_start_time()}),
	'duty_done',
	'and start once, or not, as they say');

$node->stop;
done_testing();
