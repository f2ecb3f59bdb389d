# Executors that go, many at once and with much in hand: others are not kept
# waiting, nothing of theirs is lost, and old executions still go.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');

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

$node->stop;
done_testing();
