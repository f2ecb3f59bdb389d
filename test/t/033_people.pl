# Tasks of people, their claims and their times outlive a crash, a restart and a dump.

use strict;
use warnings;

use File::Temp;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $dir = File::Temp::tempdir(CLEANUP => 1);

$node->safe_psql('mistral', <<'SQL');
SELECT mistral.create_roles();
CREATE ROLE ann LOGIN IN ROLE mistral_user;
CREATE ROLE boss LOGIN IN ROLE mistral_user;
SQL
create_workflows($node, <<'YAML');
version: '2.0'

asked:
  input: [due: null, after: 1d]
  tasks:
    ask:
      action: std.human
      input:
        form: {type: integer}
        candidates: ann
        due: <% $.due %>
        escalate: {after: <% $.after %>, to: boss}
      publish: {answer: <% task().result.answer %>, by: <% task().result.by %>}
  output: {answer: <% $.answer %>, by: <% $.by %>}
YAML

sub value { return $node->safe_psql('mistral', shift); }
# as one of the roles
sub value_of { my ($role, $sql) = @_; return value("SET SESSION AUTHORIZATION $role; $sql"); }
sub task_of { return value("SELECT id FROM mistral.human_tasks WHERE execution_id = '" . shift . "'"); }

my $soon = start_workflow($node, 'asked', '{"due": 3, "after": 2}');
my $open = start_workflow($node, 'asked');
my $done = start_workflow($node, 'asked');
my ($soon_task, $open_task, $done_task) = map { task_of($_) } ($soon, $open, $done);
value_of('ann', "SELECT mistral.claim_task('$open_task')");

# an answer that finds the execution locked, and one of a transaction that the crash ends
my $holder = $node->background_psql('mistral');
$holder->query_safe("BEGIN; SELECT mistral.update_execution_description('$done', 'held')");
value_of('ann', "SELECT mistral.complete_task('$done_task', '1')");
is(state_of($node, $done), 'RUNNING', 'an answer does not wait for whoever is at work on the execution');
my $lost = $node->background_psql('mistral');
$lost->query_safe("SET SESSION AUTHORIZATION ann; BEGIN; SELECT mistral.complete_task('$open_task', '2')");
$node->stop('immediate');
eval { $_->quit } for ($holder, $lost);
$node->start;

is(wait_final($node, $done), 'SUCCESS', 'an answer that was committed is taken after a crash');
is(value("SELECT output ->> 'answer' FROM mistral.executions WHERE id = '$done'"), '1', 'and is the result');
is(value("SELECT claimed_by, completed_by IS NULL FROM mistral.human_tasks WHERE id = '$open_task'"),
	'ann|t', 'a claim is there, and an answer that was not committed is not');
ok($node->poll_query_until('mistral', "SELECT is_overdue AND candidates ? 'boss' FROM mistral.human_tasks WHERE id = '$soon_task'"),
	'times go on after a crash');
is(value_of('boss', "SELECT count(*) FROM mistral.inbox"), '1', 'and others may do it, too');
is(value_of('boss', "SELECT mistral.complete_task('$soon_task', '3') ->> 'by'"), 'boss', 'and one does');
is(wait_final($node, $soon), 'SUCCESS', 'which ends it');
is_sound($node, 'after a crash');

# a dump, and a restore elsewhere
my $timed = start_workflow($node, 'asked', '{"due": 6, "after": 5}');
my $timed_task = task_of($timed);
value("SELECT mistral.begin_restore()");
my ($status, $out, $error) = $node->psql('mistral', "SET SESSION AUTHORIZATION ann; SELECT mistral.release_task('$open_task')");
like($error, qr/stand still/, 'where the rows are not at home nobody does anything with a task');
command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", '-d', $node->connstr('mistral') ], 'dumped');
$node->safe_psql('postgres', 'DROP DATABASE mistral');
$node->safe_psql('postgres', 'CREATE DATABASE mistral TEMPLATE template0');
command_ok([ 'pg_restore', '-d', $node->connstr('mistral'), "$dir/dump" ], 'restored');
value('SELECT mistral.resume_after_restore()');
is(value_of('ann', "SELECT mistral.complete_task('$open_task', '4') ->> 'answer'"), '4', 'a claimed task is completed after a restore');
is(wait_final($node, $open), 'SUCCESS', 'and ends');
$node->restart;
ok($node->poll_query_until('mistral', "SELECT is_overdue AND candidates ? 'boss' FROM mistral.human_tasks WHERE id = '$timed_task'"),
	'times go on after a restore and a restart');
is_sound($node, 'after a restore');

done_testing();
