# An action that must not be run twice is handed out once, also when the server
# dies in the moment after the claim.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

# what is not flushed by its own commit stays in memory for long
my $node = new_node('main', "wal_writer_delay = 10s\nautovacuum = off");

create_workflows($node, <<'YAML');
version: '2.0'

claim_once:
  tasks:
    call:
      action: std.http url='http://localhost/1'
      target: crash
YAML

start_workflow($node, 'claim_once') for 1 .. 4;
my $executor = $node->safe_psql('mistral',
	q{SELECT mistral.register_executor('crash', 'crash', lease => '1 hour')});
$node->safe_psql('mistral', 'CHECKPOINT');

my $claimed = 0;
$claimed += $node->safe_psql('mistral',
	"SELECT count(*) FROM mistral.claim_actions($executor, 1)") for 1 .. 4;
is($claimed, 4, 'the actions are handed out');

$node->stop('immediate');
$node->start;
is( $node->safe_psql('mistral',
		"SELECT count(*) FROM mistral.claim_actions($executor, 10)"),
	'0',
	'none of them is handed out again');
is( $node->safe_psql('mistral',
		"SELECT count(*) FROM mistral.claimed_actions($executor)"),
	'4',
	'they are still claimed');
$node->stop;

done_testing();
