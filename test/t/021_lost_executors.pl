# Executors that go, many at once and with much in hand: others are not kept
# waiting, nothing of theirs is lost, and old executions still go.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'restart_after_crash = on');

create_workflows($node, <<'YAML');
version: '2.0'
lost_many:
  tasks:
    t:
      with-items: i in <% range(0, 1200) %>
      action: std.http url="http://nobody.test/"
      target: many
      on-error: u
    u: {action: std.noop}
lost_claimed:
  input: [n, target]
  tasks:
    t:
      with-items: i in <% range(0, $.n) %>
      action: std.http url="http://nobody.test/"
      target: <% $.target %>
      safe-rerun: true
lost_done:
  tasks:
    t: {action: std.noop}
YAML

# one executor that has claimed more than is dealt with at a time
my $id = start_workflow($node, 'lost_many');
my $executor = $node->safe_psql('mistral',
	q{SELECT mistral.register_executor('many', 'many', lease => '1 day')});
is($node->safe_psql('mistral', "SELECT count(*) FROM mistral.claim_actions($executor, 2000)"),
	1200, 'an executor claims them all');
is($node->safe_psql('mistral', "SELECT count(*) FROM mistral.claimed_actions($executor)"),
	1200, 'and can ask what it has');
$node->safe_psql('mistral', "SELECT mistral.unregister_executor($executor)");
is(wait_final($node, $id), 'SUCCESS', 'when it has gone all of them fail, and the workflow goes on');
is($node->safe_psql('mistral', qq{
		SELECT count(*) FROM mistral.action_executions
		 WHERE executor_id = $executor AND state = 'E'
		   AND output->>'result' = 'The lease of executor "many" has run out'}),
	1200, 'with the reason');
ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.executors'), 'and it is forgotten');

# executors that come and go all the time do not stop the removal of executions
$node->safe_psql('mistral',
	"SELECT count(mistral.start_workflow('lost_done')) FROM generate_series(1, 500)");
my $coming = start_program($node, 'psql', '-X', '-c', q{
	DO $$
	BEGIN
		FOR i IN 1..100000 LOOP
			PERFORM mistral.unregister_executor(mistral.register_executor('come', ''));
			COMMIT;
		END LOOP;
	END $$});
$node->safe_psql('mistral', q{ALTER SYSTEM SET mistral.expiration_max_finished = 10});
$node->safe_psql('mistral', q{ALTER SYSTEM SET mistral.expiration_interval = '1s'});
$node->safe_psql('mistral', 'SELECT pg_reload_conf()');
ok( wait_for($node, q{SELECT count(*) <= 10 FROM mistral.executions}),
	'finished executions go while executors come and go');
$node->safe_psql('mistral', q{
	SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	 WHERE query LIKE '%register_executor%' AND pid <> pg_backend_pid()});
ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.executors'), 'all of them go in the end');

# a row of very many
$node->safe_psql('mistral', q{
	INSERT INTO mistral.executors (name, role_name, registered_at, last_heartbeat, lease_until, lease_ms)
	SELECT 'row ' || i, current_user, now(), now(), now(), 1000 FROM generate_series(1, 20000) i});
$id = start_workflow($node, 'lost_done');
ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.executors'), 'many thousands go as well');

# What executors have claimed is found again after a crash, a part at a time.
start_workflow($node, 'lost_claimed', '{"n": 10500, "target": "nobody"}');
$id = start_workflow($node, 'lost_claimed', '{"n": 1000, "target": "claimed"}');
$executor = $node->safe_psql('mistral',
	q{SELECT mistral.register_executor('claimed', 'claimed', lease => '1 day')});
is($node->safe_psql('mistral', "SELECT count(*) FROM mistral.claim_actions($executor, 1000)"),
	1000, 'an executor claims many');
# claims of what may be repeated are not flushed, but by the next commit that is
$node->safe_psql('mistral', 'CREATE TABLE flushed ()');
my $is_known = 'SELECT EXISTS (SELECT FROM mistral.action_claims WHERE executor_id = 0 AND action_id IS NULL)';
my $claims = "SELECT count(DISTINCT action_id) FROM mistral.action_claims WHERE executor_id = $executor";
$node->stop('immediate');
$node->start;

# at once, in the middle of it if it may be
my $workers = "FROM pg_stat_activity WHERE backend_type LIKE 'mistral scheduler%'";
ok(wait_for($node, "SELECT EXISTS (SELECT $workers)"), 'workers begin after a crash');
my $pids = $node->safe_psql('mistral', "SELECT string_agg(pid::text, ',') $workers");
kill 'KILL', split /,/, $pids;
ok(wait_for($node, "SELECT EXISTS (SELECT $workers AND pid NOT IN ($pids))"), 'and anew when they are killed');
ok(wait_for($node, $is_known), 'in the end all claims are known');
is($node->safe_psql('mistral', $claims), 1000, 'each of them');

# it goes on where it was, whoever does it
sub restart_workers
{
	return $node->safe_psql('mistral', q{
		SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type LIKE 'mistral scheduler%'});
}
my $half = $node->safe_psql('mistral', "SELECT (array_agg(action_id ORDER BY action_id))[500] FROM mistral.action_claims WHERE executor_id = $executor");
$node->safe_psql('mistral', qq{
	BEGIN;
	DELETE FROM mistral.action_claims WHERE executor_id = $executor AND action_id >= '$half';
	UPDATE mistral.action_claims SET action_id = '$half' WHERE executor_id = 0;
	COMMIT});
restart_workers();
ok(wait_for($node, $is_known), 'one that was begun is brought to its end');
is($node->safe_psql('mistral', $claims), 999, 'from where it was');

# and from the start when the server has crashed at that place
$node->safe_psql('mistral', "UPDATE mistral.action_claims SET action_id = '$half' WHERE executor_id = 0");
$node->stop('immediate');
$node->start;
ok(wait_for($node, $is_known), 'one that a crash has ended is made anew');
is($node->safe_psql('mistral', $claims), 1000, 'from the start');
$node->safe_psql('mistral', "UPDATE mistral.action_claims SET action_id = '$half' WHERE executor_id = 0");
$node->safe_psql('mistral', "DELETE FROM mistral.action_claims WHERE executor_id = $executor");

# or when rows have come in
$node->safe_psql('mistral', "UPDATE mistral.executors SET info = info WHERE id = $executor");
ok(wait_for($node, $is_known), 'after rows have come in it is made anew');
is($node->safe_psql('mistral', $claims), 1000, 'from the start');
$node->safe_psql('mistral', "SELECT mistral.unregister_executor($executor)");
ok( wait_for($node, qq{
		SELECT count(*) = 1000 FROM mistral.action_queue q JOIN mistral.action_executions a ON a.id = q.action_id
		 WHERE a.execution_id = '$id'}),
	'so all that an executor had is handed out again when it goes');
is_sound($node, 'what is stored is sound');

$node->stop;
done_testing();
