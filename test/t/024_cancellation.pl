# What nobody waits for any more is stopped by the executor that has it, whatever
# it was that ended it, and however the executor comes to know.

use strict;
use warnings;

use IPC::Run;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-executor');
my $node = new_node('main');
my $dir = PostgreSQL::Test::Utils::tempdir;

# answers nothing, and notes when the client hangs up
my $port = start_service(
	sub {
		my ($client) = @_;
		my ($path) = (<$client> // '') =~ m{^GET /(\S+)};

		return if !defined $path || fork();
		append_to_file("$dir/$path.begun", "1\n");
		1 while defined <$client>;
		append_to_file("$dir/$path.ended", "1\n");
		POSIX::_exit(0);
	});

create_workflows($node, <<"YAML");
version: '2.0'

slow:
  input: [name]
  tasks:
    call:
      action: std.http url='http://127.0.0.1:$port/<% \$.name %>'
      target: cancel

slow_items:
  input: [name]
  tasks:
    call:
      with-items: i in <% range(3) %>
      action: std.http url='http://127.0.0.1:$port/<% \$.name %>'
      target: cancel

slow_timeout:
  input: [name]
  tasks:
    call:
      action: std.http url='http://127.0.0.1:$port/<% \$.name %>'
      target: cancel
      timeout: 100

slow_parent:
  input: [name]
  tasks:
    sub:
      workflow: slow name=<% \$.name %>
YAML

sub start_executor
{
	return start_program($node, $program, '--http-denied-ranges=none', '--target=cancel', @_);
}

# until a file has so many lines
sub wait_for_lines
{
	my ($file, $n) = @_;
	for (1 .. 1800)
	{
		my $lines = -e "$dir/$file" ? () = slurp_file("$dir/$file") =~ /\n/g : 0;
		return 1 if $lines >= $n;
		select undef, undef, undef, 0.1;
	}
	return 0;
}

# a workflow whose requests are under way
sub begin
{
	my ($workflow, $name, $n) = @_;
	my $id = start_workflow($node, $workflow, qq({"name": "$name"}));

	ok(wait_for_lines("$name.begun", $n // 1), "$name: the requests are under way");
	return $id;
}

sub is_stopped
{
	my ($name, $n) = @_;
	ok(wait_for_lines("$name.ended", $n // 1), "$name: the executor hangs up");
	ok(wait_for($node, 'SELECT NOT EXISTS (SELECT FROM mistral.action_recalls)'),
		"$name: it has said so");
	return;
}

sub query
{
	my ($sql) = @_;
	return $node->safe_psql('mistral', $sql);
}

# ---- whatever ends it

my $executor = start_executor('--poll-interval=600');
my $id = begin('slow', 'cancel');
query("SELECT mistral.cancel_execution('$id')");
is_stopped('cancel');
is(query("SELECT mistral.state_name(state) || output::text FROM mistral.action_executions WHERE execution_id = '$id'"),
	'CANCELLED{"result": "The executor has given the action up, as nobody waited for it."}',
	'cancel: the action has ended');

$id = begin('slow_items', 'items', 3);
query("SELECT mistral.stop_execution('$id', 'ERROR')");
is_stopped('items', 3);

$id = begin('slow', 'deleted');
query("SELECT mistral.delete_execution('$id', true)");
is_stopped('deleted');

$id = begin('slow_timeout', 'timeout');
query("UPDATE mistral.delayed_calls SET due_at = now() WHERE execution_id = '$id' AND kind = 'timeout_task'");
is_stopped('timeout');

$id = begin('slow_parent', 'below');
query("SELECT mistral.cancel_execution('$id')");
is_stopped('below');

$id = begin('slow', 'ended');
query("SELECT mistral.complete_action(id) FROM mistral.action_executions WHERE execution_id = '$id'");
is_stopped('ended');
is(state_of($node, $id), 'SUCCESS', 'ended: what somebody else has reported stands');

my $alone = query(qq{SELECT mistral.run_action('std.http', '{"url": "http://127.0.0.1:$port/alone"}',
	'{"target": "cancel", "forget_after": 1000}') ->> 'id'});
ok(wait_for_lines('alone.begun', 1), 'alone: the request is under way');
query("SELECT mistral.abandon_action('$alone')");
is_stopped('alone');
like(slurp_file($node->logfile . '.mistral-executor'),
	qr/action \S+ \(std\.http\) was cancelled and is given up/, 'the log says so');

# ---- and however it comes to know: the notification is lost with the connection

$id = begin('slow', 'cut');
query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'mistral-executor%';
	SELECT mistral.cancel_execution('$id')");
is_stopped('cut');
$executor->signal('TERM');
$executor->finish;

# by a look now and then
$executor = start_executor('--no-listen', '--poll-interval=1');
$id = begin('slow', 'poll');
query("SELECT mistral.cancel_execution('$id')");
is_stopped('poll');
$executor->signal('TERM');
$executor->finish;

# with no room for work, and while it is about to end
$executor = start_executor('--max-actions=1', '--poll-interval=600', '--drain-timeout=600');
$id = begin('slow', 'full');
query("SELECT mistral.cancel_execution('$id')");
is_stopped('full');
$id = begin('slow', 'drain');
$executor->signal('TERM');
query("SELECT mistral.cancel_execution('$id')");
is_stopped('drain');
ok($executor->finish, 'drain: the executor ends when it has nothing left');

is_sound($node, 'what is stored is sound');
$node->stop;
done_testing();
