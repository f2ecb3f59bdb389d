# Limits hold exactly: 64 sessions start what takes slots while the server dies,
# and while a limit is changed; no slot is lost, and rates, restarts and a dump
# keep them.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = 64;
my $node = new_node('main', 'fsync = on', 'max_connections = 120', 'mistral.max_inline_steps = 1',
	'mistral.scheduler_workers = 4');

# more than three inside, or two with one key, is an error
$node->safe_psql('mistral', q{
CREATE TABLE public.inside (id text PRIMARY KEY, key text UNIQUE);
CREATE TABLE public.most (n int);
INSERT INTO public.most VALUES (0);
CREATE FUNCTION public.enter(id text, key text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n int;
BEGIN
    LOCK TABLE public.inside IN EXCLUSIVE MODE;
    INSERT INTO public.inside VALUES ($1, $2);
    SELECT count(*) INTO n FROM public.inside;
    IF n > 3 THEN
        RAISE EXCEPTION '% are inside', n;
    END IF;
    UPDATE public.most m SET n = greatest(m.n, (SELECT count(*) FROM public.inside));
END
$$;
});
create_workflows($node, <<'YAML');
version: '2.0'
limited:
  input: [key]
  tasks:
    inner:
      workflow: inner id=<% execution().id %> key=<% $.key %>
      limits: [gate, {key: <% $.key %>, max: 1}]
inner:
  input: [id, key]
  tasks:
    enter:
      action: std.sql
      input: {query: 'SELECT public.enter($1, $2)', params: [<% $.id %>, <% $.key %>]}
      on-success: leave
    leave:
      action: std.sql
      input: {query: 'DELETE FROM public.inside WHERE id = $1', params: [<% $.id %>]}
often:
  tasks:
    t: {action: std.noop, limits: {rate: 5/2s}}
held:
  tasks:
    t: {action: std.async_noop, limits: {max: 2}}
YAML
$node->safe_psql('mistral', q{SELECT mistral.create_limit('gate', 3)});

my $script = PostgreSQL::Test::Utils::tempdir . '/limits.sql';
append_to_file($script, <<'SQL');
\set key random(1, 8)
SELECT mistral.start_workflow('limited', jsonb_build_object('key', :key::text));
SQL

my $dying = start_load($node, $script, $clients, 100000);
ok( wait_for($node, q{SELECT count(*) >= 200 FROM mistral.executions WHERE workflow_name = 'limited'}),
	'sessions have started many');
$node->stop('immediate');
$dying->finish;
$node->start;

my $more = start_load($node, $script, $clients, 3);
$more->finish;
is($more->result(0), 0, '64 sessions at once start them after the crash');
$node->safe_psql('mistral', q{SELECT mistral.update_limit('gate', 1)});
$node->safe_psql('mistral', q{SELECT mistral.update_limit('gate', 3)});
ok( wait_for(
		$node,
		q{SELECT NOT EXISTS (SELECT FROM mistral.executions WHERE workflow_name = 'limited' AND state NOT IN ('SUCCESS', 'ERROR'))}),
	'all of them end');
is( $node->safe_psql('mistral',
		q{SELECT DISTINCT state || coalesce(': ' || state_info, '') FROM mistral.executions}),
	'SUCCESS', 'none found more inside than there may be');
is($node->safe_psql('mistral', 'SELECT n FROM public.most'), '3', 'the limit was used');
is($node->safe_psql('mistral', 'SELECT count(*) FROM mistral.limit_slots'), '0', 'no slot is left');
is_sound($node);

# ---- a rate: not more than five in any two seconds

start_workflow($node, 'often') for 1 .. 17;
ok( wait_for(
		$node,
		q{SELECT count(*) = 17 FROM mistral.executions WHERE workflow_name = 'often' AND state = 'SUCCESS'}),
	'all that waited for a rate have begun');
is( $node->safe_psql('mistral', q{
		SELECT count(*) FROM (
			SELECT a.created_at - lag(a.created_at, 5) OVER (ORDER BY a.created_at) AS gap
			  FROM mistral.action_executions a
			  JOIN mistral.workflow_executions e ON e.id = a.execution_id
			 WHERE e.workflow_name = 'often') g
		 WHERE gap < interval '1.5 s'}),
	'0', 'no faster than the rate lets them');
ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.limit_slots'), 'what counted for the rate goes');

# ---- a dump, and a restart

start_workflow($node, 'held') for 1 .. 4;
my $dump = PostgreSQL::Test::Utils::tempdir . '/limits.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, 'mistral' ], 'dumped');
my $new = init_node('new');
$new->safe_psql('postgres', 'CREATE DATABASE mistral');
$new->command_ok([ 'pg_restore', '-d', 'mistral', $dump ], 'restored');
$new->safe_psql('mistral', 'SELECT mistral.resume_after_restore()');
$node->restart;
for my $each ($node, $new)
{
	is( $each->safe_psql('mistral', q{SELECT state, count(*) FROM mistral.limit_slots GROUP BY 1 ORDER BY 1}),
		"H|2\nW|2", 'slots and those that wait are there');
	is($each->safe_psql('mistral', q{SELECT name, max FROM mistral.limits}), 'gate|3', 'and the limit');
	for my $left (3, 2, 1, 0)
	{
		$each->safe_psql('mistral', q{
			SELECT mistral.complete_action(id) FROM mistral.actions WHERE state = 'RUNNING' ORDER BY id LIMIT 1});
		ok( wait_for(
				$each,
				"SELECT count(*) FILTER (WHERE state = 'H') = least(2, $left) AND count(*) = $left FROM mistral.limit_slots"),
			'a slot is passed on');
	}
	is_sound($each);
}

done_testing();
