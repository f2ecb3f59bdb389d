# Several schedulers share the delayed calls; one that is killed in the middle
# of its work (and with it every process of the server) loses and doubles none.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

# enough that they are still at work when one dies
my $count = 3000;
my $node = new_node('main', 'restart_after_crash = on', 'mistral.scheduler_workers = 3');

create_workflows($node, <<'YAML');
version: '2.0'

sched_later:
  tasks:
    first: {action: std.noop, wait-before: 1, on-success: second}
    second: {action: std.echo output=1 delay=0.5, publish: {n: <% task().result %>}}
YAML
ok( wait_for($node, "SELECT count(*) = 3 FROM mistral.stat_workers WHERE kind = 'scheduler'"),
	'as many schedulers run as the setting says');
$node->safe_psql('mistral',
	'SELECT mistral.create_roles(); CREATE ROLE sched_watch IN ROLE mistral_observer; CREATE ROLE sched_monitor IN ROLE pg_monitor');
foreach my $role ('sched_watch', 'sched_monitor')
{
	is($node->safe_psql('mistral',
			"SET ROLE $role; SELECT count(*) FROM mistral.stat_workers WHERE kind = 'scheduler' AND activity <> '' AND started_at < now()"),
		3, "$role sees them");
}
$node->safe_psql('mistral',
	"SELECT count(mistral.start_workflow('sched_later')) FROM generate_series(1, $count)");
ok( wait_for($node,
		"SELECT count(*) >= 5 FROM mistral.task_executions WHERE name = 'second'"),
	'they are at work');

my $pid = $node->safe_psql('mistral',
	"SELECT min(pid) FROM mistral.stat_workers WHERE kind = 'scheduler'");
kill 'KILL', $pid;
ok( $node->poll_query_until('mistral',
		"SELECT count(*) = 3 AND bool_and(pid <> $pid) FROM mistral.stat_workers WHERE kind = 'scheduler'"),
	'after a crash all of them are back');
ok( wait_for($node,
		"SELECT count(*) = $count FROM mistral.executions WHERE state = 'SUCCESS'"),
	'everything ends');
is($node->safe_psql('mistral', 'SELECT count(*) FROM mistral.task_executions'),
	2 * $count, 'no task has been run twice');
is($node->safe_psql('mistral', 'SELECT count(*) FROM mistral.action_executions'),
	2 * $count, 'nor any action');
is( $node->safe_psql('mistral',
		q{SELECT count(*) FROM mistral.delayed_calls WHERE kind <> 'integrity_check'}),
	0, 'no call is left');

is_sound($node, 'what is stored is sound with several schedulers');
$node->stop;
done_testing();
