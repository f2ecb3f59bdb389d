# Starts with keys, by 64 sessions at once while the server dies: with each key
# once, or one after the other; starts at a time begin after a restart.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = 64;
my $node = new_node('main', 'fsync = on', 'max_connections = 120', 'mistral.max_inline_steps = 1');

# a second execution between the two steps of one would be an error
$node->safe_psql('mistral', 'CREATE TABLE public.inside (key text PRIMARY KEY)');
create_workflows($node, <<'YAML');
version: '2.0'
once: {tasks: {t: {action: std.noop}}}
turn:
  input: [key]
  tasks:
    enter:
      action: std.sql
      input: {query: 'INSERT INTO public.inside VALUES ($1)', params: [<% $.key %>]}
      on-success: work
    work: {action: std.noop, on-success: leave}
    leave:
      action: std.sql
      input: {query: 'DELETE FROM public.inside WHERE key = $1', params: [<% $.key %>]}
YAML

my $script = PostgreSQL::Test::Utils::tempdir . '/starts.sql';
append_to_file($script, <<'SQL');
\set once random(1, 300)
\set turn random(1, 8)
SELECT mistral.start_workflow('once', key => 'once ' || :once);
SELECT mistral.start_workflow('turn', jsonb_build_object('key', :turn), key => 'turn ' || :turn, on_conflict => 'queue');
SQL

my $later = $node->safe_psql('mistral',
	q{SELECT mistral.start_workflow('once', start_at => clock_timestamp() + interval '2 s')});

my $dying = start_load($node, $script, $clients, 100000);
ok( wait_for($node, q{SELECT count(*) >= 200 FROM mistral.executions WHERE workflow_name = 'turn'}),
	'executions are queued');
$node->stop('immediate');
$dying->finish;
$node->start;

my $load = start_load($node, $script, $clients, 8);
$load->finish;
is($load->result(0), 0, 'no start has failed');

ok( wait_for($node, q{SELECT NOT EXISTS (SELECT FROM mistral.executions WHERE finished_at IS NULL)}),
	'all come to their turn');
is($node->safe_psql('mistral', 'SELECT DISTINCT state FROM mistral.executions'),
	'SUCCESS', 'no two of a key were at work at once');
is( $node->safe_psql('mistral', q{
		SELECT count(*) FROM (SELECT FROM mistral.executions WHERE workflow_name = 'once' AND key IS NOT NULL
		                       GROUP BY key HAVING count(*) > 1) AS x}),
	'0', 'no key has started twice');
is( $node->safe_psql('mistral', q{
		SELECT count(*) FROM (
		    SELECT min(t.started_at) OVER w AS begun, lag(e.finished_at) OVER k AS ended
		      FROM mistral.executions e JOIN mistral.tasks t ON t.workflow_execution_id = e.id AND t.name = 'enter'
		    WINDOW w AS (PARTITION BY e.id), k AS (PARTITION BY e.key ORDER BY e.finished_at)) AS x
		 WHERE begun < ended}),
	'0', 'each has begun after the end of the one before');
is( $node->safe_psql('mistral', qq{
		SELECT started_at >= x.start_at FROM mistral.tasks t JOIN mistral.executions x ON x.id = t.workflow_execution_id
		 WHERE x.id = '$later'}),
	't', 'what had a time has begun after it');

is_sound($node, 'what is stored is sound after starts');
$node->stop;
done_testing();
