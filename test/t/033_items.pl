# Items that are rows: a server that dies loses and doubles none, a dump keeps them,
# and a task with a hundred thousand needs no more memory than one with ten.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

# what is in shared memory counts for a process as well
my $node = new_node('main', 'fsync = on', 'mistral.max_inline_steps = 100',
	'mistral.scheduler_workers = 2', 'shared_buffers = 8MB');

$node->safe_psql('mistral', q{
CREATE TABLE public.tries (id int, n int);
CREATE TABLE public.done (id int);
-- every seventh item fails the first time
CREATE FUNCTION public.first_try(id int) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    IF id % 7 <> 0 OR EXISTS (SELECT FROM public.tries t WHERE t.id = $1) THEN
        INSERT INTO public.done VALUES (id);
        RETURN false;
    END IF;
    INSERT INTO public.tries VALUES (id, 1);
    RETURN true;
END
$$;
});
create_workflows($node, <<'YAML');
version: '2.0'
each:
  input: [n]
  output: {result: <% task(t).result %>}
  tasks:
    t:
      with-items: {row: {query: 'SELECT g AS id FROM generate_series(1, $1) g', params: [<% $.n %>]}}
      workflow: one id=<% $.row.id %>
      concurrency: 8
      retry: {count: 2, delay: 1, per-item: true}
one:
  input: [id]
  tasks:
    t:
      action: std.sql
      input: {query: 'SELECT public.first_try($1) AS again', params: [<% $.id %>]}
      on-success:
        - fail: <% task().result.rows[0].again %>
many:
  input: [n]
  output: {result: <% task(t).result %>}
  tasks:
    t:
      with-items: {row: {query: "SELECT g AS id, repeat('x', 100) AS data FROM generate_series(1, $1) g", params: [<% $.n %>]}}
      keep-result: false
      action: std.noop
held:
  tasks:
    t:
      with-items: {row: {query: 'SELECT g AS id FROM generate_series(1, 5) g'}}
      concurrency: 2
      action: std.async_noop
YAML

# ---- the server dies again and again

my $items = 700;
my $id = start_workflow($node, 'each', qq({"n": $items}));
for my $part (1 .. 4)
{
	my $wanted = $part * $items / 5;
	ok(wait_for($node, "SELECT count(*) >= $wanted FROM public.done"), "a part of the items is done: $part");
	$node->stop('immediate');
	$node->start;
}
ok(wait_for($node, "SELECT state <> 'RUNNING' FROM mistral.executions WHERE id = '$id'"), 'the task ends');
is($node->safe_psql('mistral', "SELECT state, output FROM mistral.executions WHERE id = '$id'"),
	qq(SUCCESS|{"result": {"total": $items, "failed": 0, "succeeded": $items}}), 'all items have succeeded');
is($node->safe_psql('mistral', 'SELECT count(*), count(DISTINCT id) FROM public.done'),
	"$items|$items", 'each of them once');
is($node->safe_psql('mistral', 'SELECT count(*) FROM mistral.task_items'), '0', 'no row is left');
is_sound($node);

# ---- memory

sub most_memory
{
	my ($pid) = @_;
	my ($kilobytes) = slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m;
	return $kilobytes / 1024;
}

my $session = $node->background_psql('mistral');
my $pid = $session->query_safe('SELECT pg_backend_pid()');
my $many = $session->query_safe(q{SELECT mistral.start_workflow('many', '{"n": 100000}')});
my @workers = split /\n/, $node->safe_psql('mistral',
	q{SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'mistral%'});
ok(wait_for($node, "SELECT state <> 'RUNNING' FROM mistral.executions WHERE id = '$many'"), 'a hundred thousand items end');
is($node->safe_psql('mistral', "SELECT state, output #>> '{result,succeeded}' FROM mistral.executions WHERE id = '$many'"),
	'SUCCESS|100000', 'and have succeeded');
cmp_ok(most_memory($_), '<=', 64, 'in little memory') for $pid, @workers;
$session->query_safe(qq(SELECT mistral.delete_execution('$many', true)));
cmp_ok(most_memory($pid), '<=', 64, 'deleted in little memory');
$session->quit;

# ---- a dump

my $held = start_workflow($node, 'held');
my $dump = PostgreSQL::Test::Utils::tempdir . '/items.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, 'mistral' ], 'dumped');
my $new = init_node('new');
$new->safe_psql('postgres', 'CREATE DATABASE mistral');
$new->command_ok([ 'pg_restore', '-d', 'mistral', $dump ], 'restored');
$new->safe_psql('mistral', 'SELECT mistral.resume_after_restore()');
is($new->safe_psql('mistral', 'SELECT count(*) FROM mistral.task_items'), '5', 'with the items');
for my $i (0 .. 4)
{
	$new->safe_psql('mistral', "SELECT mistral.complete_action(id) FROM mistral.action_executions WHERE execution_id = '$held' AND item_index = $i");
}
is(state_of($new, $held), 'SUCCESS', 'and they run');
is_sound($new);

done_testing();
