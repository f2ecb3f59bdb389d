# Each setting at its least and at its greatest value: workflows end, in success
# unless the setting is a limit that they exceed, and the server stays.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');

create_workflows($node, <<'YAML');
version: '2.0'
bounds_items:
  tasks:
    t: {with-items: 'i in <% range(5) %>', action: std.noop, on-success: u}
    u: {with-items: 'i in <% range(5) %>', concurrency: 2, action: std.echo output=<% $.i %>}
bounds_join:
  tasks:
    a: {action: std.echo output=1 delay=0.05, on-success: [j]}
    b: {action: std.noop, on-success: [j]}
    j: {join: all, workflow: bounds_leaf}
bounds_leaf:
  tasks:
    t: {action: std.sql query="SELECT 1", publish: {x: <% task().result.row_count %>}, on-success: u}
    u: {action: std.noop}
bounds_children:
  tasks:
    t: {with-items: 'i in <% range(3) %>', workflow: bounds_leaf}
YAML

# limits, and what forbids queries, at which a workflow may fail or be refused, but ends
my $may_fail = qr/^mistral\.(sql_actions\z|definition_|expression_|execution_field|max_(?!inline_steps)|.*max_(children|executions|rows|depth|per_))/;

my @settings = split /\n/, $node->safe_psql('mistral', q{
	SELECT name || '|' || bound
	  FROM pg_settings s
	  CROSS JOIN LATERAL (
		SELECT min_val UNION SELECT max_val
		UNION SELECT unnest(enumvals)
		UNION SELECT unnest(CASE vartype WHEN 'bool' THEN '{on,off}'::text[] END)) b(bound)
	 WHERE name LIKE 'mistral.%' AND name <> 'mistral.api_admin'
	   AND vartype <> 'string' AND bound IS NOT NULL
	 ORDER BY name, bound});
cmp_ok(scalar(@settings), '>', 60, 'there are settings to be tried');

foreach my $setting (@settings)
{
	my ($name, $value) = split /\|/, $setting;
	my $states;

	$node->safe_psql('mistral', "ALTER SYSTEM SET $name = '$value'");
	$node->safe_psql('mistral', 'SELECT pg_reload_conf()');
	$node->poll_query_until('mistral',
		"SELECT setting = '$value' FROM pg_settings WHERE name = '$name'");
	$node->safe_psql('mistral', q{
		DO $$
		DECLARE w text; a bool;
		BEGIN
			DROP TABLE IF EXISTS public.begun;
			CREATE TABLE public.begun (id uuid);
			FOREACH w IN ARRAY '{bounds_items,bounds_join,bounds_children}'::text[] LOOP
				FOREACH a IN ARRAY '{t,f}'::bool[] LOOP
					BEGIN
						INSERT INTO public.begun SELECT mistral.start_workflow(w, run_async => a);
					EXCEPTION WHEN OTHERS THEN
						INSERT INTO public.begun VALUES (NULL);
					END;
				END LOOP;
			END LOOP;
		END $$});
	$states = wait_for($node, q{
		SELECT count(*) = 0 FROM public.begun b JOIN mistral.workflow_executions e USING (id)
		 WHERE e.state IN ('I', 'R', 'P')});
	ok($states, "workflows end with $name = $value");
	$node->safe_psql('mistral', "ALTER SYSTEM RESET $name");
	next if $name =~ $may_fail;
	is($node->safe_psql('mistral', q{
			SELECT count(*) FROM public.begun b
			 WHERE id IS NULL OR EXISTS (
				SELECT 1 FROM mistral.workflow_executions e WHERE e.id = b.id AND e.state <> 'S')}),
		0, 'and in success');
}

$node->stop;
done_testing();
