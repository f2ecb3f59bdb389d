# Compensations outlive crashes, restarts and a dump: each runs once, and the last
# task is undone first, whatever dies at whatever moment.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'fsync = on', 'mistral.max_inline_steps = 1', 'mistral.scheduler_workers = 2');

# an entry that comes twice is an error
$node->safe_psql('mistral', q{
CREATE TABLE public.entries (no bigserial, execution text, place text, kind text, n int,
	PRIMARY KEY (execution, place, kind, n));
CREATE FUNCTION public.enter(execution text, place text, kind text, n int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO public.entries (execution, place, kind, n) VALUES ($1, $2, $3, $4)
$$;
});
create_workflows($node, <<'YAML');
version: '2.0'
saga:
  input: [n]
  vars: {i: 0}
  tasks:
    begin:
      on-success: loop
    loop:
      action: std.sql
      input: {query: 'SELECT public.enter($1, $2, $3, $4)', params: [<% execution().id %>, loop, do, <% $.i %>]}
      publish: {i: <% $.i + 1 %>}
      compensate:
        action: std.sql
        input: {query: 'SELECT public.enter($1, $2, $3, $4)', params: [<% execution().id %>, loop, undo, <% $.i - 1 %>]}
      on-success:
        - loop: <% $.i < $.n %>
        - items: <% $.i >= $.n %>
    items:
      with-items: k in <% range($.n) %>
      action: std.sql
      input: {query: 'SELECT public.enter($1, $2, $3, $4)', params: [<% execution().id %>, items, do, <% $.k %>]}
      compensate:
        action: std.sql
        input: {query: 'SELECT public.enter($1, $2, $3, $4)', params: [<% execution().id %>, items, undo, <% $.k %>]}
        concurrency: 2
      on-success: below
    below:
      workflow: below n=<% $.n %> of=<% execution().id %>
      on-success: bad
    bad:
      action: std.fail
below:
  input: [n, of]
  vars: {i: 0}
  tasks:
    begin:
      on-success: loop
    loop:
      action: std.sql
      input: {query: 'SELECT public.enter($1, $2, $3, $4)', params: [<% $.of %>, below, do, <% $.i %>]}
      publish: {i: <% $.i + 1 %>}
      compensate:
        action: std.sql
        input: {query: 'SELECT public.enter($1, $2, $3, $4)', params: [<% $.of %>, below, undo, <% $.i - 1 %>]}
      on-success:
        - loop: <% $.i < $.n %>
claimed:
  tasks:
    work:
      action: std.http url="http://localhost/1"
      compensate: std.async_noop
    check:
      action: std.async_noop
      on-error: fail
YAML

sub value { return $node->safe_psql('mistral', shift); }

# ---- crashes, wherever the rollbacks are

my ($executions, $n) = (8, 6);
start_workflow($node, 'saga', "{\"n\": $n}") for 1 .. $executions;
foreach my $part (1, 20, 60, 100)
{
	ok(wait_for($node, "SELECT count(*) >= $part FROM public.entries WHERE kind = 'undo'"), "$part entries are undone");
	$node->stop('immediate');
	$node->start;
	is_sound($node, 'after a crash');
}
ok( wait_for($node, q{SELECT NOT EXISTS (SELECT FROM mistral.executions WHERE state NOT IN ('SUCCESS', 'ERROR'))}),
	'all end');
is(value(q{SELECT DISTINCT state, state_info ~ 'compensate', compensating FROM mistral.executions WHERE workflow_name = 'saga'}),
	'ERROR|f|f', 'with their failures, and nothing that was not undone');
is(value(q{SELECT kind, place, count(*) FROM public.entries GROUP BY 1, 2 ORDER BY 1, 2}),
	join("\n", map { my $kind = $_; map { "$kind|$_|" . $executions * $n } qw(below items loop) } qw(do undo)),
	'each entry was made and undone once');
is( value(q{
		SELECT count(*) FROM public.entries a JOIN public.entries b USING (execution, kind)
		 WHERE kind = 'undo' AND a.no < b.no
		   AND (a.place, a.n) < (b.place, b.n) AND a.place = b.place AND a.place <> 'items'}),
	'0', 'the last first');
is( value(q{
		SELECT count(*) FROM (SELECT execution, place, min(no) AS first, max(no) AS last
		                        FROM public.entries WHERE kind = 'undo' GROUP BY 1, 2) a
		  JOIN (SELECT execution, place, min(no) AS first FROM public.entries WHERE kind = 'undo' GROUP BY 1, 2) b
		    USING (execution)
		 WHERE (a.place, b.place) IN (('below', 'items'), ('items', 'loop')) AND a.last > b.first}),
	'0', 'one task after the other');
is(value('SELECT count(*) FROM mistral.delayed_calls WHERE task_id IS NOT NULL'), '0', 'nothing is left to be done');
is_sound($node, 'in the end');

# ---- what an executor has begun is awaited over a crash and a restart

my $executor = value("SELECT mistral.register_executor('comp', lease => '1 hour')");
my $id = start_workflow($node, 'claimed');
my $action = value("SELECT action_id FROM mistral.claim_actions($executor, 1)");
my $check = action_of($node, $id, 'check');
value("SELECT mistral.complete_action('$check', 'ERROR')");
is(state_of($node, $id), 'RUNNING', 'an execution that has failed waits for what an executor has begun');
$node->stop('immediate');
$node->start;
is(value("SELECT state, compensating FROM mistral.executions WHERE id = '$id'"), 'RUNNING|t', 'after a crash, too');
value("SELECT mistral.complete_actions($executor, jsonb_build_array(jsonb_build_object('id', '$action', 'result', 1)))");
ok(wait_for($node, "SELECT count(*) = 1 FROM mistral.tasks WHERE name = 'work.compensate' AND state = 'RUNNING'"),
	'what it has done is undone');
$node->restart;

# ---- a dump, and a restore elsewhere, within a rollback

my $dump = PostgreSQL::Test::Utils::tempdir . '/compensation.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, 'mistral' ], 'dumped');
my $new = init_node('new');
$new->safe_psql('postgres', 'CREATE DATABASE mistral');
$new->command_ok([ 'pg_restore', '-d', 'mistral', $dump ], 'restored');
$new->safe_psql('mistral', 'SELECT mistral.resume_after_restore()');
foreach my $each ($node, $new)
{
	my $undo = action_of($each, $id, 'work.compensate');
	$each->safe_psql('mistral', "SELECT mistral.complete_action('$undo')");
	is(wait_final($each, $id), 'ERROR', 'it ends as it was to');
	is_sound($each, 'after that');
}

done_testing();
