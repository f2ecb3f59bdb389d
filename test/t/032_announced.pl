# Actions that an executor has announced, when it dies: they stay what they are,
# what it had is handed out again or fails as the tasks say, and those who use
# them from a cron trigger or over REST wait for the next executor.

use strict;
use warnings;

use HTTP::Tiny;
use IPC::Run;
use JSON::PP;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-executor');
my $api = program_or_skip('mistral-api');
my $node = new_node('main');
my $dir = PostgreSQL::Test::Utils::tempdir;

sub query
{
	my ($sql) = @_;
	return $node->safe_psql('mistral', $sql);
}

create_workflows($node, <<'YAML');
version: '2.0'

both:
  output-on-error:
    safe: <% task(safe).result %>
    unsafe: <% task(unsafe).result %>
  tasks:
    safe:
      action: own.hold name="safe"
      safe-rerun: true
    unsafe:
      action: own.hold name="unsafe"

add:
  output:
    sum: <% task(t).result %>
  tasks:
    t:
      action: own.add a=2
YAML

# own.hold notes that it was begun, and ends when it may
append_to_file("$dir/hold", <<"SH");
#!/bin/sh
name=\$(sed 's/.*"input": *{"name": *"\\([a-z]*\\)"}.*/\\1/')
echo "\$name" >> $dir/begun
while [ ! -e $dir/go ]; do sleep 0.05; done
echo "\\"\$name of \$RUN_BY\\""
SH
append_to_file("$dir/add", <<'PY');
#!/usr/bin/python3
import json, sys
given = json.load(sys.stdin)["input"]
print(given["a"] + given["b"])
PY
append_to_file("$dir/executor.conf", <<"CONF");
lease = 2
[program own.hold]
command = $dir/hold
input = name
environment = RUN_BY
[program own.add]
command = $dir/add
input = a, b=1
description = Adds.
CONF
chmod 0755, "$dir/hold", "$dir/add";

sub start_executor
{
	my ($name) = @_;
	local $ENV{RUN_BY} = $name;
	return start_program($node, $program, "--name=$name", "--config=$dir/executor.conf");
}

my $definitions = "SELECT string_agg(concat_ws(' ', d.name, d.kind, '(' || mistral.action_input(v.spec) || ')'), ', ' ORDER BY d.name)
	FROM mistral.action_definitions d JOIN mistral.action_versions v ON v.id = d.version_id";

# ---- the executor dies with both actions in hand
my $first = start_executor('first');
ok(wait_for($node, "SELECT count(*) = 2 FROM mistral.action_definitions"), 'an executor announces its actions');
my $id = start_workflow($node, 'both');
ok(wait_for($node, "SELECT count(*) = 2 FROM mistral.action_executions WHERE executor_id IS NOT NULL AND executor_id <> 0"), 'and claims them');
my $tries = 0;
select undef, undef, undef, 0.05
  until (-e "$dir/begun" && slurp_file("$dir/begun") =~ /safe.*safe/s) || $tries++ > 3000;
is(join(' ', sort split /\n/, slurp_file("$dir/begun")), 'safe unsafe', 'both have begun');
$first->kill_kill(grace => 0);

ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.executors'), 'it is killed, and its lease ends');
ok(wait_for($node, "SELECT state = 'ERROR' FROM mistral.tasks WHERE name = 'unsafe'"), 'what must not be repeated fails');
is(query("SELECT mistral.task_result(id) FROM mistral.tasks WHERE name = 'unsafe'"),
	'"The lease of executor \"first\" has run out"', 'with the reason');
is(query($definitions), 'own.add executor (a, b=1), own.hold executor (name)', 'its actions are still what they were');
ok( wait_for($node, "SELECT a.waits_for LIKE '%no connected executor takes own.hold%' FROM mistral.actions a JOIN mistral.tasks t ON t.id = a.task_execution_id WHERE t.name = 'safe'"),
	'what may be repeated waits for another');

# ---- meanwhile a cron trigger and a client of the API ask for them
query("SELECT mistral.create_cron_trigger('once', 'add', NULL, first_execution_time => now() + interval '1 hour', remaining_executions => 1)");
query("SELECT mistral.run_due_calls(as_of => now() + interval '1 hour')");
ok( wait_for($node, "SELECT waits_for LIKE '%no connected executor takes own.add%' FROM mistral.executions WHERE workflow_name = 'add'"),
	'what a cron trigger has started waits as well');
my $log = '';
my $server = IPC::Run::start([ $api, '--port=0', '--auth=none', '--database', $node->connstr('mistral') ], '<', \undef, '>', \$log, '2>&1', IPC::Run::timeout(180));
my $serving = qr/serving http on 127.0.0.1, port (\d+)/;
$server->pump until $log =~ $serving || !$server->pumpable;
my ($port) = $log =~ $serving;
ok($port, 'the API is served') or diag($log);
my $base = "http://127.0.0.1:$port/v2";
my $http = HTTP::Tiny->new(timeout => 180);

sub run_action
{
	my ($input, $params) = @_;
	my $answer = $http->post("$base/action_executions",
		{ headers => { 'Content-Type' => 'application/json' }, content => encode_json({ name => 'own.add', input => $input, params => $params // {} }) });
	return ($answer->{status}, eval { decode_json($answer->{content}) } // { faultstring => $answer->{content} });
}

my ($status, $answer) = run_action({ a => 40, b => 2 }, { save_result => JSON::PP::true });
is("$status $answer->{state}", '201 RUNNING', 'an action that is to be saved is taken over REST');
my $saved = $answer->{id};
($status, $answer) = run_action({ b => 2 });
is($status, 400, 'one with wrong input is not') or diag(explain $answer);
like($answer->{faultstring}, qr/own\.add/, 'by what the dead executor has announced');

# ---- another one takes all that
append_to_file("$dir/go", '');
my $second = start_executor('second');
is(wait_final($node, $id), 'ERROR', 'another executor ends the workflow');
is(query("SELECT output - 'result' FROM mistral.executions WHERE id = '$id'"),
	'{"safe": "safe of second", "unsafe": "The lease of executor \"first\" has run out"}',
	'and has run what was safe');
is(join(' ', sort split /\n/, slurp_file("$dir/begun")), 'safe safe unsafe', 'nothing else was begun again');
is(query("SELECT is_redelivered FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id WHERE t.name = 'safe'"),
	't', 'which was marked as handed out again');
ok( wait_for($node, "SELECT state = 'SUCCESS' AND output = '{\"sum\": 3}' FROM mistral.executions WHERE workflow_name = 'add'"),
	'the workflow of the trigger ends');
ok(wait_for($node, "SELECT state = 'S' FROM mistral.action_executions WHERE id = '$saved'"), 'and so does the action of the API');
$answer = decode_json($http->get("$base/action_executions/$saved")->{content});
is_deeply(decode_json($answer->{output}), { result => 42 }, 'which can be read there');
($status, $answer) = run_action({ a => 1 });
is($status, 201, 'now an action is answered with its result');
is_deeply(decode_json($answer->{output}), { result => 2 }, 'with the defaults that were announced');
is(query('SELECT count(*) FROM mistral.action_versions'), 2, 'announcing the actions again has changed nothing');

$server->signal('TERM');
$server->finish;
$second->signal('TERM');
$second->finish;
is_sound($node, 'nothing is broken');
$node->stop;
done_testing();
