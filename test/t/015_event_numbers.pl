# Events and the numbers of transactions over a crash: numbers that were begun
# and not written come again, and prepared transactions are still waited for.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', 'max_prepared_transactions = 5');

sub value
{
	my ($sql) = @_;
	return $node->safe_psql('mistral', $sql);
}

# events of an execution that the consumer reads
sub events_of
{
	my ($id) = @_;
	return value("SELECT count(*) FROM mistral.read_events('all', 1000000) WHERE execution_id = '$id'");
}

create_workflows($node, <<'YAML');
version: '2.0'

number_it:
  tasks:
    t: {action: std.noop}
YAML
value(q{SELECT mistral.create_event_consumer('all')});
value(q{SELECT mistral.create_event_subscription('file', '{"type": "file", "name": "x"}', '{WORKFLOW_SUCCEEDED}')});

# without schedulers, whose transactions would have later numbers
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;

# events have the last number that was begun, by transactions that have written
# nothing when the server crashes
my $writer = $node->background_psql('mistral');
$writer->query_safe('BEGIN; SELECT pg_current_xact_id();');
my @idle = map { $node->background_psql('mistral') } 1 .. 4;
$_->query_safe('BEGIN; SELECT pg_current_xact_id();') foreach @idle;
my $before = $writer->query_safe(q{SELECT mistral.start_workflow('number_it');});
$writer->query_safe('COMMIT;');
my $number = value("SELECT max(xact_id::text::bigint) FROM mistral.events WHERE execution_id = '$before'");
$node->stop('immediate');
$node->start;
cmp_ok(value('SELECT pg_snapshot_xmax(pg_current_snapshot())'),
	'<', $number, 'after a crash numbers come again');
my $after = start_workflow($node, 'number_it');
is(value(q{SELECT string_agg(CASE execution_id WHEN '}
		  . $before
		  . q{' THEN 'before' ELSE 'after' END, ' ') FROM mistral.read_events('all')}),
	'before ' x 4 . join(' ', ('after') x 4), 'events are read in order, and at once');
value('SELECT mistral.route_events()');
is(value(q{SELECT count(*) FROM mistral.event_deliveries}), 2, 'and routed');

# prepared transactions keep their announcement
value(q{SELECT mistral.acknowledge_events('all', max(id)) FROM mistral.read_events('all')});
my $prepared = $node->safe_psql('mistral',
	q{BEGIN; SELECT mistral.start_workflow('number_it'); PREPARE TRANSACTION 'writer';});
my $later = start_workflow($node, 'number_it');
is(events_of($later), 0, 'later events wait for a prepared transaction');
$node->stop('immediate');
$node->start;
is(events_of($later), 0, 'also after a crash');
$node->restart;
is(events_of($later), 0, 'and a restart');
value(q{COMMIT PREPARED 'writer'});
is(events_of($prepared), 4, 'its events are read when it is committed');
is(events_of($later), 4, 'and those that waited');
is(value(q{SELECT string_agg(DISTINCT (execution_id = '}
		  . $prepared
		  . q{')::text, '' ORDER BY (execution_id = '}
		  . $prepared
		  . q{')::text) FROM (SELECT * FROM mistral.read_events('all', 4)) e}),
	'true', 'in its order');

$node->stop;
done_testing();
