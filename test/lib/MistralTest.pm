
=pod

=head1 NAME

MistralTest - servers with the extension, for TAP tests

=head1 SYNOPSIS

  my $node = MistralTest::new_node('main');
  create_workflows($node, "version: '2.0' ...");
  my $id = start_workflow($node, 'flow');
  is(wait_final($node, $id), 'SUCCESS', 'the workflow ends');

=head1 DESCRIPTION

A node has the library preloaded and a database "mistral" with the extension,
whatever the locale of the machine. All waiting is done by polling a condition.
Programs and services that a test has started end with it, also when it dies.

=cut

package MistralTest;

use strict;
use warnings;

use Exporter 'import';
use File::Basename;
use IO::Socket::INET;
use IPC::Run;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(init_node new_node create_workflows start_workflow wait_final
  state_of wait_for is_sound action_of actions_of program_or_skip start_program
  start_service start_load);

our $database = 'mistral';

# what ends with the test: handles of IPC::Run, and processes
my @programs;
my @services;

# init_node(NAME, lines of postgresql.conf...): a running server without the
# extension
sub init_node
{
	my ($name, @conf) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(
		allows_streaming => 1,
		extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
	$node->append_conf('postgresql.conf',
		join("\n", "shared_preload_libraries = 'mistral'",
			'max_worker_processes = 16', @conf)
		  . "\n");
	$node->start;
	return $node;
}

# new_node(NAME, lines of postgresql.conf...): the same with the extension
sub new_node
{
	my $node = init_node(@_);

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION mistral');
	return $node;
}

# the text of a literal in SQL
sub quote
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return "'$text'";
}

sub create_workflows
{
	my ($node, $text) = @_;
	$node->safe_psql($database,
		'SELECT count(*) FROM mistral.create_workflows(' . quote($text) . ')');
	return;
}

# start_workflow(NODE, NAME, INPUT as JSON text): the id
sub start_workflow
{
	my ($node, $name, $input) = @_;
	return $node->safe_psql($database,
			'SELECT mistral.start_workflow('
		  . quote($name) . ', '
		  . quote($input // '{}')
		  . '::jsonb)');
}

sub state_of
{
	my ($node, $id) = @_;
	return $node->safe_psql($database,
		"SELECT mistral.get_execution('$id') ->> 'state'");
}

# wait_for(NODE, QUERY): until the query returns t
sub wait_for
{
	my ($node, $query) = @_;
	return $node->poll_query_until($database, $query);
}

# the final state of an execution, or the state it hangs in
sub wait_final
{
	my ($node, $id) = @_;
	wait_for($node,
		"SELECT mistral.get_execution('$id') ->> 'state' IN ('SUCCESS', 'ERROR', 'CANCELLED')"
	);
	return state_of($node, $id);
}

# is_sound(NODE, NAME): a test that nothing stored is violated
sub is_sound
{
	my ($node, $name) = @_;
	return is($node->safe_psql($database,
			'SELECT invariant, object, detail FROM mistral.check()'), '', $name);
}

# ids of the unfinished actions of a task of an execution
sub actions_of
{
	my ($node, $execution, $task) = @_;
	return split /\n/, $node->safe_psql(
		$database, qq{
		SELECT a.id
		  FROM mistral.action_executions a
		  JOIN mistral.task_executions t ON t.id = a.task_id
		 WHERE t.execution_id = '$execution' AND t.name = '$task' AND a.state = 'R'
		 ORDER BY a.id});
}

sub action_of
{
	my ($id) = actions_of(@_);
	return $id;
}

# the path of a program of contrib; without it the test has nothing to do
sub program_or_skip
{
	my ($name) = @_;
	foreach my $dir (split /:/, $ENV{PATH})
	{
		return "$dir/$name" if -x "$dir/$name";
	}
	plan skip_all => "$name is not installed";
	return;
}

# start_program(NODE, PROGRAM, arguments...): an IPC::Run handle
sub start_program
{
	my ($node, @command) = @_;
	my $conninfo = $node->connstr($database);
	my $log = $node->logfile . '.' . basename($command[0]);
	# programs name themselves
	delete local $ENV{PGAPPNAME};
	my $handle = IPC::Run::start([ @command, '-d', $conninfo ], '<', \undef, '>>', $log, '2>&1');

	push @programs, $handle;
	return $handle;
}

# start_load(NODE, SCRIPT, CLIENTS, TRANSACTIONS): so many sessions of pgbench that
# run the script until each has done so many, or the server dies; an IPC::Run
# handle
sub start_load
{
	my ($node, $script, $clients, $transactions) = @_;

	return IPC::Run::start(
		[
			$node->installed_command('pgbench'), '-n', '-h', $node->host, '-p', $node->port,
			'-c', $clients, '-j', 4, '-t', $transactions, '-f', $script, $database
		],
		'>', \my $out, '2>', \my $err);
}

# start_service(HANDLER): the port of a service on loopback, in a process of
# its own, which calls HANDLER with each connection
sub start_service
{
	my ($handler) = @_;
	my $listener = IO::Socket::INET->new(
		LocalAddr => '127.0.0.1',
		Listen => 100,
		ReuseAddr => 1) or die "could not listen: $!";
	my $pid = fork() // die "could not fork: $!";

	if ($pid == 0)
	{
		local $SIG{PIPE} = 'IGNORE';
		while (1)
		{
			my $client = $listener->accept or next;
			eval { $handler->($client); 1 } or POSIX::_exit(1);
		}
	}
	push @services, $pid;
	return $listener->sockport;
}

END
{
	my $code = $?;
	eval { $_->kill_kill(grace => 0) }
	  foreach @programs;
	kill 'KILL', @services;
	$? = $code;
}

1;
