# On a standby the workers do nothing; after its promotion they go on with what
# the primary left.

use strict;
use warnings;

use IPC::Run;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_node('primary');
create_workflows($primary, <<'YAML');
version: '2.0'

standby_later:
  tasks:
    first:
      action: std.noop
      wait-before: 3
      on-success: second
    second:
      action: std.noop

standby_outside:
  tasks:
    only:
      action: std.echo output=1 delay=1
      target: both
YAML

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

my $id = start_workflow($primary, 'standby_later');
$primary->wait_for_catchup($standby);

is( $standby->safe_psql(
		'postgres',
		"SELECT count(*) FROM pg_stat_activity WHERE datname = 'mistral' AND backend_type LIKE 'mistral%'"
	),
	'0',
	'no worker is in a database of a standby');
is(state_of($standby, $id), 'RUNNING', 'the standby shows the execution');

# programs that know both look for the one that can be written
my ($executor, @program) = (undef, grep { -x } map { "$_/mistral-executor" } split /:/, $ENV{PATH});
SKIP:
{
	skip 'mistral-executor is not installed', 1 unless @program;
	my $both = sprintf 'host=%s,%s port=%d,%d dbname=mistral', $standby->host, $primary->host,
	  $standby->port, $primary->port;
	$executor = IPC::Run::start([ $program[0], '--name', 'both', '--target', 'both', '-d', $both ],
		'<', \undef, '>', $primary->logfile . '.executor', '2>&1');
	ok(wait_for($primary, 'SELECT count(*) = 1 FROM mistral.executors'),
		'an executor finds the primary');
}

$primary->stop('immediate');
$standby->promote;
is(wait_final($standby, $id), 'SUCCESS',
	'the promoted standby goes on with it');
is(wait_final($standby, start_workflow($standby, 'standby_later')),
	'SUCCESS', 'and starts executions of its own');
SKIP:
{
	skip 'mistral-executor is not installed', 2 unless @program;
	is(wait_final($standby, start_workflow($standby, 'standby_outside')),
		'SUCCESS', 'the executor has followed');
	$executor->signal('TERM');
	ok($executor->finish, 'and ends well');
}

$standby->stop;
done_testing();
