# pg_cron as the clock of cron triggers: what is promised holds for it as for
# the scheduler alone, and its jobs come and go with the triggers.

use strict;
use warnings;

use IPC::Run;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my ($sharedir) = run_command([ 'pg_config', '--sharedir' ]);
plan skip_all => 'pg_cron is not installed' unless -f "$sharedir/extension/pg_cron.control";
my $node = init_node('main', "shared_preload_libraries = 'mistral,pg_cron'",
	'max_worker_processes = 24', "cron.database_name = 'with_pg_cron'",
	'cron.use_background_workers = on', "timezone = 'UTC'");

# the same tests with both clocks
foreach my $database ('with_scheduler', 'with_pg_cron')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION pg_cron') if $database eq 'with_pg_cron';
	$node->safe_psql($database, 'CREATE EXTENSION mistral');
	foreach my $test ('cron', 'cron_policies')
	{
		my @psql = ('psql', '-X', '-a', '-q', '-d', $node->connstr($database));
		IPC::Run::run([@psql], '<', "$ENV{MISTRAL_TEST_DIR}/sql/$test.sql", '>&', \my $out);
		is( $out, slurp_file("$ENV{MISTRAL_TEST_DIR}/expected/$test.out"), "$test $database");
	}
}

$MistralTest::database = 'with_pg_cron';

sub value
{
	return $node->safe_psql('with_pg_cron', $_[0]);
}

sub use_pg_cron
{
	my ($on) = @_;
	value("ALTER SYSTEM SET mistral.use_pg_cron = $on");
	value('SELECT pg_reload_conf()');
	wait_for($node, "SELECT current_setting('mistral.use_pg_cron') = '$on'");
	return;
}

my $jobs = q{SELECT count(*) FROM cron.job WHERE jobname ~ '^mistral cron trigger'};
is(value($jobs), 0, 'no job is left behind');

create_workflows($node, <<'YAML');
version: '2.0'

tick:
  tasks:
    t: {action: std.noop}
YAML

# one job per trigger, as long as the trigger is there and switched on
my $id = value(q{SELECT mistral.create_cron_trigger('yearly', 'tick', '0 0 1 1 *')});
is( value('SELECT schedule, command FROM cron.job'),
	"0 0 1 1 *|SELECT mistral.fire_cron_trigger('$id')",
	'a trigger has a job');
value("SELECT mistral.enable_cron_trigger('$id', false)");
is(value($jobs), 0, 'it goes when the trigger is switched off');
value("SELECT mistral.enable_cron_trigger('$id')");
is(value($jobs), 1, 'and comes back');
value("BEGIN; SELECT mistral.delete_cron_trigger('$id'); ROLLBACK");
is(value($jobs), 1, 'what is rolled back changes no job');
value("SELECT mistral.delete_cron_trigger('$id')");
is(value($jobs), 0, 'it goes with the trigger');
value(
	q{BEGIN; SELECT mistral.create_cron_trigger('never', 'tick', '0 0 1 1 *'); ROLLBACK});
is(value($jobs), 0, 'or never comes');

# what pg_cron cannot tell is left to the scheduler
value(q{SELECT mistral.create_cron_trigger('zone', 'tick', '0 0 1 1 *', time_zone => 'Europe/Berlin')});
value(q{SELECT mistral.create_cron_trigger('seconds', 'tick', '0 0 1 1 * 30')});
use_pg_cron('off');
value(q{SELECT mistral.create_cron_trigger('unwanted', 'tick', '0 0 1 1 *')});
use_pg_cron('on');
is(value($jobs), 0, 'time zones and seconds are not for pg_cron, nor what is not wanted there');
is( value(q{SELECT count(*) FROM mistral.delayed_calls WHERE kind = 'fire_cron_trigger'}),
	3, 'they have calls of the scheduler');

# a tick of the real clock
value(q{SELECT mistral.create_cron_trigger('minute', 'tick', '* * * * *', remaining_executions => 1)});
ok( wait_for($node, q{SELECT count(*) = 1 FROM cron.job_run_details WHERE status = 'succeeded'}),
	'pg_cron runs the job');
is( value(q{SELECT count(*) FROM mistral.executions WHERE workflow_name = 'tick'}),
	1, 'which starts the workflow once');
is(value(q{SELECT count(*) FROM mistral.cron_triggers WHERE name = 'minute'}),
	0, 'for the last time: the trigger goes');
is(value($jobs), 0, 'with its job');

# without the extension the scheduler takes over at the trigger's next time
value(q{SELECT mistral.create_cron_trigger('orphan', 'tick', '0 0 1 1 *')});
value('DROP EXTENSION pg_cron');
$id = value(q{SELECT id FROM mistral.cron_triggers WHERE name = 'orphan'});
value(q{SELECT mistral.run_due_calls(as_of => (SELECT next_execution_time + interval '3 minutes'
	FROM mistral.cron_triggers WHERE name = 'orphan'))});
is( value(q{SELECT count(*) FROM mistral.executions
		WHERE workflow_name = 'tick' AND description ~ '} . $id . q{'}),
	1, 'a trigger whose job is lost is met by the scheduler');

$node->stop;
done_testing();
