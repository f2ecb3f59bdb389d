# CRASH-12: a database with running executions is dumped and restored elsewhere, and
# they go on to their end there.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = new_node('old');
my $new = init_node('new');

create_workflows($old, <<'YAML');
version: '2.0'

dump_outside:
  input:
    - who
  output:
    answer: <% $.answer %>
  tasks:
    ask:
      action: std.async_noop
      publish:
        answer: <% concat($.who, '=', task().result) %>
      on-success: after
    after:
      action: std.echo output=<% $.answer %>

dump_later:
  tasks:
    first:
      action: std.noop
      wait-before: 4
      on-success: second
    second:
      action: std.noop

dump_items:
  tasks:
    each:
      with-items: i in <% [1, 2, 3] %>
      action: std.async_noop

dump_own:
  output:
    sum: <% task(t).result %>
  tasks:
    t:
      action: dump.add a=1
YAML

# an action that an executor has announced, which has left
$old->safe_psql('mistral', q{SELECT mistral.unregister_executor(mistral.register_executor('left',
	announces => '[{"name": "dump.add", "description": "Adds.", "input": "a, b=1", "tags": ["x"]}]'))});
my $own = start_workflow($old, 'dump_own');

my $outside = start_workflow($old, 'dump_outside', '{"who": "me"}');
my $later = start_workflow($old, 'dump_later');
my $items = start_workflow($old, 'dump_items');
my ($first) = actions_of($old, $items, 'each');
$old->safe_psql('mistral', "SELECT mistral.complete_action('$first')");
my $paused = start_workflow($old, 'dump_outside', '{"who": "you"}');
$old->safe_psql('mistral', "SELECT mistral.pause_execution('$paused')");

# one after the other under a key, and one at a time
my @turns = map {
	$old->safe_psql('mistral', qq{SELECT mistral.start_workflow('dump_outside', '{"who": "turn $_"}', key => 'dump', on_conflict => 'queue')})
} 1 .. 2;
my $put_off = $old->safe_psql('mistral',
	q{SELECT mistral.start_workflow('dump_later', start_at => now() + interval '2 s')});

my $due = $old->safe_psql('mistral',
	"SELECT max(due_at) FROM mistral.delayed_calls WHERE execution_id = '$later'");

my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
command_ok(
	[ 'pg_dump', '-f', $dump, '-d', $old->connstr('mistral') ],
	'the database is dumped while executions run');
$old->stop('immediate');

# by now the delayed call is due, and would be made as soon as it is restored
$new->poll_query_until('postgres', "SELECT now() > '$due'");

$new->safe_psql('postgres', 'CREATE DATABASE mistral');
command_ok(
	[
		'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1',
		'-d', $new->connstr('mistral'), '-f', $dump
	],
	'the dump is restored in another server');

is(state_of($new, $outside), 'RUNNING', 'an execution is there and runs');
$new->safe_psql('mistral', 'SELECT mistral.resume_after_restore()');
is(wait_final($new, $later), 'SUCCESS', 'a delayed call is made there');

my $action = action_of($new, $outside, 'ask');
$new->safe_psql('mistral',
	"SELECT mistral.complete_action('$action', 'SUCCESS', '\"yes\"')");
is(wait_final($new, $outside), 'SUCCESS', 'a result is taken there');
is( $new->safe_psql('mistral',
		"SELECT mistral.get_execution('$outside') -> 'output' ->> 'answer'"),
	'me=yes',
	'inputs and variables came along');

foreach my $open (actions_of($new, $items, 'each'))
{
	$new->safe_psql('mistral', "SELECT mistral.complete_action('$open')");
}
is(wait_final($new, $items), 'SUCCESS', 'a half-done list is finished there');

is(state_of($new, $paused), 'PAUSED', 'what was paused is paused');
$new->safe_psql('mistral', "SELECT mistral.resume_execution('$paused')");
$action = action_of($new, $paused, 'ask');
$new->safe_psql('mistral', "SELECT mistral.complete_action('$action', 'SUCCESS', '\"no\"')");
is(wait_final($new, $paused), 'SUCCESS', 'and is resumed there');

is(join(' ', map { state_of($new, $_) } @turns), 'RUNNING IDLE', 'what waits for its turn waits there');
is( $new->safe_psql('mistral', "SELECT mistral.start_workflow('dump_outside', key => 'dump')"),
	$turns[1], 'the key is known there');
$action = action_of($new, $turns[0], 'ask');
$new->safe_psql('mistral', "SELECT mistral.complete_action('$action')");
ok( wait_for($new, "SELECT state = 'RUNNING' FROM mistral.executions WHERE id = '$turns[1]'"),
	'and its turn comes');
is(wait_final($new, $put_off), 'SUCCESS', 'what had a time has begun there');

# the announced action is known there, and waits for an executor of its project
$action = action_of($new, $own, 't');
is( $new->safe_psql('mistral', "SELECT regexp_replace(waits_for, ' since [^,]*', '') FROM mistral.actions WHERE id = '$action'"),
	'an executor, but no connected executor takes dump.add', 'what was queued waits there');
is( $new->safe_psql('mistral', q{SELECT name, kind, input, description, tags FROM mistral.register_action('dump.more', 'x')
	UNION ALL SELECT d.name, d.kind, mistral.action_input(v.spec), d.description, d.tags
	  FROM mistral.action_definitions d JOIN mistral.action_versions v ON v.id = d.version_id WHERE d.name = 'dump.add'
	ORDER BY 1}), qq{dump.add|executor|a, b=1|Adds.|["x"]\ndump.more|executor|x||[]}, 'the announced action came along');
my $executor = $new->safe_psql('mistral', q{SELECT mistral.register_executor('new', announces => '["dump.add"]')});
is( $new->safe_psql('mistral', "SELECT name, input FROM mistral.claim_actions($executor, 10)"),
	'dump.add|{"a": 1, "b": 1}', 'and is handed to an executor');
$new->safe_psql('mistral', qq{SELECT mistral.complete_actions($executor, '[{"id": "$action", "data": 2}]')});
is(wait_final($new, $own), 'SUCCESS', 'which ends it');

# new work does not collide with what was restored
my $more = start_workflow($new, 'dump_later');
is(wait_final($new, $more), 'SUCCESS', 'new executions start there');

is_sound($new, 'what was restored is sound');
$new->stop;
done_testing();
