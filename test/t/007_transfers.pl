# Transfers by workflows whose steps are SQL actions: whenever the server dies,
# the ledger and the finished steps agree.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = 5;
my $clients = 4;

my $node = new_node('main', "restart_after_crash = on\nfsync = on");

$node->safe_psql('mistral', <<'SQL');
CREATE TABLE public.account (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
INSERT INTO public.account SELECT generate_series(0, 19);
CREATE TABLE public.ledger (step text, account int, amount int);
SQL

# the middle task waits a second for the scheduler, so that a transfer is
# more than one transaction and a crash can come between its steps
create_workflows($node, <<'YAML');
version: '2.0'

transfer:
  input: [source, target, amount]
  tasks:
    take:
      action: std.sql
      input:
        query: >-
          WITH a AS (UPDATE public.account SET balance = balance - $2 WHERE id = $1 RETURNING id)
          INSERT INTO public.ledger SELECT 'take', id, -$2 FROM a
        params:
          - <% $.source %>
          - <% $.amount %>
      on-success: give
    give:
      wait-before: 1
      action: std.sql
      input:
        query: >-
          WITH a AS (UPDATE public.account SET balance = balance + $2 WHERE id = $1 RETURNING id)
          INSERT INTO public.ledger SELECT 'give', id, $2 FROM a
        params:
          - <% $.target %>
          - <% $.amount %>
YAML

my $script = PostgreSQL::Test::Utils::tempdir . '/transfer.sql';
append_to_file($script, <<'SQL');
\set source random(0, 19)
\set target random(0, 19)
\set amount random(1, 100)
SELECT mistral.start_workflow('transfer', jsonb_build_object('source', :source, 'target', :target, 'amount', :amount));
SQL

for my $round (1 .. $rounds)
{
	my $before =
	  $node->safe_psql('mistral', 'SELECT count(*) FROM mistral.workflow_executions');
	my $load = start_load($node, $script, $clients, 100000);

	# die when some hundred are on their way and some have come to the end
	ok( wait_for(
			$node,
			"SELECT count(*) >= $before + 200 FROM mistral.workflow_executions"),
		"round $round: transfers are started");
	ok( wait_for(
			$node,
			"SELECT count(*) > 0 FROM public.ledger WHERE step = 'give'"),
		"round $round: some are at their second step");
	$node->stop('immediate');
	$load->finish;
	$node->start;
}

ok( wait_for(
		$node,
		"SELECT NOT EXISTS (SELECT FROM mistral.executions WHERE state NOT IN ('SUCCESS', 'ERROR'))"
	),
	'every transfer comes to its end');
is( $node->safe_psql('mistral',
		"SELECT count(*) FROM mistral.executions WHERE state <> 'SUCCESS'"),
	'0', 'none has failed');
is($node->safe_psql('mistral', 'SELECT sum(balance) FROM public.account'),
	'0', 'nothing was lost or made');
is($node->safe_psql('mistral', <<'SQL'), 't|t', 'steps and ledger agree');
SELECT (SELECT count(*) FROM mistral.tasks WHERE name = 'take' AND state = 'SUCCESS')
       = (SELECT count(*) FROM public.ledger WHERE step = 'take'),
       (SELECT count(*) FROM mistral.tasks WHERE name = 'give' AND state = 'SUCCESS')
       = (SELECT count(*) FROM public.ledger WHERE step = 'give')
SQL
is($node->safe_psql('mistral', <<'SQL'), '0', 'balances and ledger agree');
SELECT count(*) FROM public.account a
 WHERE balance <> coalesce((SELECT sum(amount) FROM public.ledger l WHERE l.account = a.id), 0)
SQL

is_sound($node, 'what is stored is sound after transfers');
$node->stop;
done_testing();
