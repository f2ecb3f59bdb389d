# An action that must not be run twice is handed out once, also when the server
# dies in the moment after the claim, or before the claim is on the disk.

use strict;
use warnings;

use IPC::Run;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

# what is not flushed by its own commit stays in memory for long
my $node = new_node('main', "wal_writer_delay = 10s\nautovacuum = off\nfsync = on");

create_workflows($node, <<'YAML');
version: '2.0'

claim_once:
  tasks:
    call:
      action: std.http url='http://localhost/1'
      target: crash

claim_again:
  tasks:
    call:
      action: std.http url='http://localhost/1'
      target: again
      safe-rerun: true

claim_many:
  tasks:
    call:
      with-items: i in <% range(400) %>
      action: std.http url='http://localhost/1'
      target: many
YAML

sub query
{
	my ($sql) = @_;
	return $node->safe_psql('mistral', $sql);
}

sub register
{
	my ($target) = @_;
	return query("SELECT mistral.register_executor('$target', '$target', lease => '1 hour')");
}

sub crash
{
	$node->stop('immediate');
	$node->start;
	return;
}

# ---- after the claim, however it is made

start_workflow($node, 'claim_once') for 1 .. 4;
start_workflow($node, 'claim_again') for 1 .. 2;
my $executor = register('crash');
my $again = register('again');
query('CHECKPOINT');
my $claimed = 0;
$claimed += query("SELECT count(*) FROM mistral.claim_actions($executor, 1)");
$claimed += query("SET synchronous_commit = off; SELECT count(*) FROM mistral.claim_actions($executor, 1)");
$claimed += query("SET synchronous_commit = off; SELECT count(*) FROM mistral.exchange_actions($executor, '[]', 1)");
$claimed += query("SET synchronous_commit = off; BEGIN; SELECT count(*) FROM mistral.claim_actions($executor, 1); COMMIT");
is($claimed, 4, 'the actions are handed out');
$claimed = query("SELECT count(*) FROM mistral.claim_actions($again, 1)");
$claimed += query("SELECT count(*) FROM mistral.exchange_actions($again, '[]', 1)");
is($claimed, 2, 'so are those that may be run again');
crash();
is(query("SELECT count(*) FROM mistral.claim_actions($executor, 10)"),
	'0', 'none of them is handed out again');
is(query("SELECT count(*) FROM mistral.claimed_actions($executor)"),
	'4', 'they are still claimed');
# the claims of these may have been lost, or not
query("SELECT count(*) FROM mistral.claim_actions($again, 10)");
is(query("SELECT count(*) FROM mistral.claimed_actions($again)"),
	'2', 'those that may be run again are claimed, or were handed out again');

# ---- between the claim and its flush, which the commits put off

my $many = register('many');
my $dir = PostgreSQL::Test::Utils::tempdir;
append_to_file("$dir/claim.sql",
	"SELECT action_id FROM mistral.claim_actions($many, 1);\n" x 400);
start_workflow($node, 'claim_many');
local $ENV{PGOPTIONS} = '-c commit_delay=100000 -c commit_siblings=0';

# the ids of the actions whose claims were answered: what executors have run
sub handed_out
{
	return map { split /\n/, slurp_file($_) } glob "$dir/*.out";
}

for my $round (1 .. 3)
{
	my $before = () = handed_out();
	my @clients = map {
		IPC::Run::start(
			[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('mistral'),
				'-f', "$dir/claim.sql" ],
			'>', "$dir/$round-$_.out", '2>', \my $err)
	} 1 .. 4;

	for (1 .. 1800)
	{
		my $now = () = handed_out();
		last if $now >= $before + 20;
		select undef, undef, undef, 0.1;
	}
	$node->stop('immediate');
	$_->finish for @clients;
	$node->start;
}
delete $ENV{PGOPTIONS};

my @ids = handed_out();
my %ids = map { $_ => 1 } @ids;
cmp_ok(scalar @ids, '>=', 60, 'actions were handed out before each crash');
is(scalar keys %ids, scalar @ids, 'none was handed out twice');
is(query("SELECT count(*) FROM mistral.claimed_actions($many) WHERE action_id::text IN ('"
		  . join("', '", keys %ids) . "') AND NOT is_redelivered"),
	scalar keys %ids, 'all of them are still claimed');
is(query("SELECT count(*) FROM mistral.claim_actions($many, 1000) WHERE action_id::text IN ('"
		  . join("', '", keys %ids) . "')"),
	'0', 'and none of them is handed out now');

is_sound($node, 'what is stored is sound');
$node->stop;
done_testing();
