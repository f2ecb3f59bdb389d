# The executor under load: a thousand slow requests at once, several executors,
# connections and servers that go away in the middle, and poolers. Nothing is
# called twice that must not be.

use strict;
use warnings;

use IO::Select;
use IPC::Run;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-executor');
my $node = new_node('main', 'max_connections = 60');
my $dir = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $dir;
my $many = 1000;

# A service in one process, for any number of requests at a time. It notes each
# request by its path, and answers /NAME/N when the file NAME.go is there.
sub serve
{
	my ($listener) = @_;
	my $select = IO::Select->new($listener);
	my %waiting;		# the sockets that wait, by name
	my %requests;		# what a client has sent so far

	while (1)
	{
		foreach my $socket ($select->can_read(0.01))
		{
			if ($socket == $listener)
			{
				my $client = $listener->accept or next;
				$select->add($client);
				next;
			}
			my $n = sysread $socket, $requests{$socket}, 65536, length($requests{$socket} // '');
			next if $n && $requests{$socket} !~ /\r\n\r\n/;
			my ($name, $number) = $requests{$socket} =~ m{^GET /(\w+)/(\w+)};
			delete $requests{$socket};
			$select->remove($socket);
			next if !defined $name;
			append_to_file("$dir/$name", "$number\n");
			push @{ $waiting{$name} }, $socket;
		}
		foreach my $name (keys %waiting)
		{
			next if !-e "$dir/$name.go";
			foreach my $client (@{ delete $waiting{$name} })
			{
				print $client "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
				close $client;
			}
		}
	}
	return;
}

# the service gets its own listener, so it accepts by itself
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 4000, ReuseAddr => 1)
  or die "could not listen: $!";
my $url = 'http://127.0.0.1:' . $listener->sockport;
my $parent = $$;
my $service = fork() // die "could not fork: $!";
if ($service == 0)
{
	local $SIG{PIPE} = 'IGNORE';
	local $SIG{ALRM} = sub { POSIX::_exit(0) if getppid() != $parent; alarm 1; };
	alarm 1;
	eval { serve($listener); 1 } or print STDERR "the service died: $@";
	POSIX::_exit(1);
}
close $listener;

create_workflows($node, <<"YAML");
version: '2.0'

load_items:
  input: [name, n]
  tasks:
    call:
      with-items: i in <% range(\$.n) %>
      action: std.http url='$url/<% \$.name %>/<% \$.i %>'
      target: load

load_safe:
  input: [name, n]
  tasks:
    call:
      with-items: i in <% range(\$.n) %>
      action: std.http url='$url/<% \$.name %>/<% \$.i %>'
      target: load
      safe-rerun: true
YAML

sub query
{
	my ($sql) = @_;
	return $node->safe_psql('mistral', $sql);
}

sub start_executor
{
	my ($name, @options) = @_;
	my $handle = start_program($node, $program, "--name=$name", '--target=load',
		'--http-denied-ranges=none', @options);
	wait_for($node, "SELECT EXISTS (SELECT FROM mistral.executors WHERE name = '$name')");
	return $handle;
}

sub begin
{
	my ($workflow, $name, $n) = @_;
	return start_workflow($node, $workflow, qq({"name": "$name", "n": $n}));
}

# the numbers of the requests that have come
sub requests
{
	my ($name) = @_;
	return -e "$dir/$name" ? split /\n/, slurp_file("$dir/$name") : ();
}

sub wait_for_requests
{
	my ($name, $n) = @_;
	for (1 .. 900)
	{
		my $now = () = requests($name);
		return $now if $now >= $n;
		select undef, undef, undef, 0.1;
	}
	return 0;
}

sub let_go
{
	my ($name) = @_;
	append_to_file("$dir/$name.go", '');
	return;
}

sub each_once
{
	my ($name, $n) = @_;
	my %seen;
	$seen{$_}++ foreach requests($name);
	return join ' ', "$n of " . keys(%seen), map { "$_ times $_" } grep { $_ > 1 } values %seen;
}

sub stop
{
	my ($executor) = @_;
	$executor->signal('TERM');
	return $executor->finish;
}

sub memory_mb
{
	my ($name) = @_;
	my $pid = query("SELECT info ->> 'pid' FROM mistral.executors WHERE name = '$name'");
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m;
	return $kb / 1024;
}

# ---- a thousand at once

my $executor = start_executor('many', "--max-actions=$many", '--http-timeout=600');
my $id = begin('load_items', 'many', $many);
is(wait_for_requests('many', $many), $many, 'many: all requests are under way at the same time');
my $mb = memory_mb('many');
cmp_ok($mb, '<', 200, 'many: in less than 200 MB');
note("a thousand requests in $mb MB");
let_go('many');
is(wait_final($node, $id), 'SUCCESS', 'many: all are done');
is(each_once('many', $many), "$many of $many", 'many: each once');
is(memory_mb('many') < 200, 1, 'many: also with their results');
stop($executor);

# ---- two share the work

let_go('shared');
my @two = map { start_executor("two_$_", '--max-actions=10') } 1, 2;
$id = begin('load_items', 'shared', 1500);
is(wait_final($node, $id), 'SUCCESS', 'shared: all are done');
my ($least, $sum) = split /\|/, query(
	"SELECT min(n), sum(n) FROM (SELECT count(*) AS n FROM mistral.actions WHERE workflow_execution_id = '$id' GROUP BY executor) x");
is($sum, 1500, 'shared: each is done by somebody');
cmp_ok($least, '>', 450, 'shared: neither of two executors does less than three tenths');
is(each_once('shared', 1500), '1500 of 1500', 'shared: each once');
stop($_) foreach @two;

# ---- connections and servers that go away

$executor = start_executor('cut', '--max-actions=40', '--lease=600');
let_go('cut');
$id = begin('load_items', 'cut', 3000);
for my $round (1 .. 12)
{
	wait_for_requests('cut', 200 * $round);
	query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mistral-executor'");
}
is(wait_final($node, $id), 'SUCCESS', 'cut: all are done by an executor whose connections are cut');
is(each_once('cut', 3000), '3000 of 3000', 'cut: each once');

let_go('crash');
$id = begin('load_items', 'crash', 3000);
for my $round (1 .. 3)
{
	wait_for_requests('crash', 700 * $round);
	$node->stop('immediate');
	$node->start;
}
is(wait_final($node, $id), 'SUCCESS', 'crash: all are done for a server that crashes');
is(each_once('crash', 3000), '3000 of 3000', 'crash: each once');

# the executor dies with 40 actions
$id = begin('load_items', 'killed', 60);
my $safe = begin('load_safe', 'killed_safe', 60);
wait_for_requests('killed', 1);
$executor->signal('KILL');
$executor->finish;
my $next = start_executor('next', '--max-actions=200');
query("UPDATE mistral.executors SET lease_until = now() WHERE name = 'cut'");
let_go('killed');
let_go('killed_safe');
is(wait_final($node, $safe), 'SUCCESS', 'killed: what may be run again is done by another executor');
is(wait_final($node, $id), 'ERROR', 'killed: the rest fails');
my %times;
$times{$_}++ foreach requests('killed');
is(join(' ', grep { $times{$_} > 1 } keys %times), '', 'killed: and is never called twice');
stop($next);

# ---- poolers

sub start_pooler
{
	my ($mode) = @_;
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my $host = $node->host;
	my $user = query('SELECT current_user');
	append_to_file("$dir/pooler_$mode.ini", <<"INI");
[databases]
* = host=$host port=@{[$node->port]} user=$user
[pgbouncer]
pool_mode = $mode
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
default_pool_size = 8
logfile = $dir/pooler_$mode.log
INI
	local $ENV{PATH} = "$ENV{PATH}:/usr/sbin";
	my $handle = IPC::Run::start([ 'pgbouncer', "$dir/pooler_$mode.ini" ], '<', \undef, '>', '/dev/null', '2>&1');
	my $conninfo = "host=127.0.0.1 port=$port dbname=mistral user=$user";
	# who connects before it listens says that this failed, and tries again
	for (1 .. 300)
	{
		last if IPC::Run::run([ 'psql', '-XAtqc', 'SELECT 1', $conninfo ], '>', \my $out, '2>', \my $err);
		select undef, undef, undef, 0.1;
	}
	return ($handle, $conninfo);
}

sub through_pooler
{
	my ($mode, @options) = @_;
	my ($pooler, $conninfo) = start_pooler($mode);
	my $log = "$dir/executor_$mode.log";
	my $through = IPC::Run::start(
		[ $program, "--name=$mode", '--target=load', '--http-denied-ranges=none', '-d', $conninfo, @options ],
		'<', \undef, '>>', $log, '2>&1');
	wait_for($node, "SELECT EXISTS (SELECT FROM mistral.executors WHERE name = '$mode')");
	# until it has found out
	for (1 .. 300)
	{
		last if slurp_file($log) =~ /notifications.* get through/;
		select undef, undef, undef, 0.1;
	}
	let_go($mode);
	my $state = wait_final($node, begin('load_items', $mode, 300));
	my $again = wait_final($node, begin('load_items', $mode, 1));
	my $once = each_once($mode, 300);
	stop($through);
	$pooler->kill_kill(grace => 0);
	return ("$state $again", $once, slurp_file($log));
}

SKIP:
{
	skip 'pgbouncer is not installed', 6 if !-x '/usr/sbin/pgbouncer' && !-x '/usr/bin/pgbouncer';
	my ($states, $once, $log) = through_pooler('transaction', '--log-level=debug');
	is($states, 'SUCCESS SUCCESS', 'transaction pooler: actions are done');
	like($log, qr/warning: notifications do not get through/, 'transaction pooler: there is a warning');
	unlike($log, qr/prepared statement/, 'transaction pooler: nothing is prepared');
	# without notifications this would take ten minutes
	($states, $once, $log) = through_pooler('session', '--log-level=debug', '--poll-interval=600');
	is($states, 'SUCCESS SUCCESS', 'session pooler: actions are done');
	unlike($log, qr/do not get through/, 'session pooler: notifications get through');
	is(join("\n", grep { /could not/ } split /\n/, $log), '', 'session pooler: nothing fails');
}

is_sound($node, 'what is stored is sound');
$node->stop;
kill 'KILL', $service;
done_testing();
