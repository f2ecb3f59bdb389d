# The executor on duty: how many actions of a kind run, how long each may take,
# what becomes of them when it stops, what it says of itself, and the memory that
# long responses take up.

use strict;
use warnings;

use IPC::Run;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $program = program_or_skip('mistral-executor');
my $node = new_node('main');
my $dir = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $dir;

# Notes when a request begins and ends. /NAME/MS answers after so many ms,
# /NAME/hold when the file NAME.go is there, /NAME/BYTES/long at once with as many.
my $url = 'http://127.0.0.1:' . start_service(
	sub {
		my ($client) = @_;
		my ($name, $how, $long) = (<$client> // '') =~ m{^GET /(\w+)/(\w+)(/long)?};

		return if !defined $name || fork();
		while (defined(my $line = <$client>))
		{
			last if $line =~ /^\r?\n$/;
		}
		append_to_file("$dir/$name", "b\n");
		if ($how eq 'hold')
		{
			my $service = getppid();
			select undef, undef, undef, 0.02 until -e "$dir/$name.go" || getppid() != $service;
		}
		select undef, undef, undef, $how / 1000 if !$long && $how ne 'hold';
		append_to_file("$dir/$name", "e\n");
		print $client "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" . ($long ? 'x' x $how : 'ok');
		close $client;
		POSIX::_exit(0);
	});

create_workflows($node, <<"YAML");
version: '2.0'

duty_items:
  input: [name, how, n]
  tasks:
    call:
      with-items: i in <% range(\$.n) %>
      action: std.http url='$url/<% \$.name %>/<% \$.how %>'
      target: duty

duty_both:
  input: [name, how, n]
  tasks:
    limited:
      with-items: i in <% range(\$.n) %>
      action: std.http url='$url/<% \$.name %>/<% \$.how %>'
      target: duty
    free:
      action: std.mistral_http url='$url/<% \$.name %>_free/1'
      target: duty

duty_program:
  input: [n]
  tasks:
    call:
      with-items: i in <% range(\$.n) %>
      action: duty.wait
      target: duty

duty_safe:
  input: [name, how, n]
  tasks:
    call:
      action: std.http url='$url/<% \$.name %>/<% \$.how %>'
      target: duty
      safe-rerun: true

duty_timeout:
  input: [name, how, n]
  tasks:
    call:
      action: std.http url='$url/<% \$.name %>/<% \$.how %>'
      target: duty
      timeout: 1
YAML

sub query
{
	my ($sql) = @_;
	return $node->safe_psql('mistral', $sql);
}

sub start_executor
{
	my ($name, @options) = @_;
	my $handle = start_program($node, $program, "--name=$name", '--target=duty',
		'--http-denied-ranges=none', '--lease=60', @options);
	wait_for($node, "SELECT EXISTS (SELECT FROM mistral.executors WHERE name = '$name')");
	return $handle;
}

sub begin
{
	my ($workflow, $name, $how, $n) = @_;
	$n //= 1;
	return start_workflow($node, $workflow, qq({"name": "$name", "how": "$how", "n": $n}));
}

# the marks that the service has made under a name
sub marks
{
	my ($name) = @_;
	return -e "$dir/$name" ? [ slurp_file("$dir/$name") =~ /(\w)\n/g ] : [];
}

sub wait_for_marks
{
	my ($name, $n) = @_;
	for (1 .. 450)
	{
		return 1 if @{ marks($name) } >= $n;
		select undef, undef, undef, 0.1;
	}
	return 0;
}

# the most requests that were under way at the same time
sub most_at_once
{
	my ($name) = @_;
	my ($now, $most) = (0, 0);
	foreach my $mark (@{ marks($name) })
	{
		$now += $mark eq 'b' ? 1 : -1;
		$most = $now if $now > $most;
	}
	return $most;
}

sub stop
{
	my ($executor) = @_;
	$executor->signal('TERM');
	return $executor->finish;
}

sub log_text
{
	return slurp_file($node->logfile . '.mistral-executor');
}

# until the log matches
sub wait_for_log
{
	my ($pattern) = @_;
	for (1 .. 450)
	{
		return 1 if log_text() =~ $pattern;
		select undef, undef, undef, 0.1;
	}
	return 0;
}

sub error_of
{
	my ($id) = @_;
	return query("SELECT DISTINCT output ->> 'result' FROM mistral.action_executions WHERE execution_id = '$id'");
}

# ---- concurrency of a kind

my $executor = start_executor('limited', '--concurrency.std.http=3');
my $id = begin('duty_items', 'limit', 'hold', 8);
ok(wait_for_marks('limit', 3), 'limit: three requests begin');
my $other = begin('duty_both', 'limit', 'hold', 4);
ok(wait_for_marks('limit_free', 2), 'limit: another kind is not held up');
is(query("SELECT count(*) FROM mistral.actions WHERE executor = 'limited' AND name = 'std.http' AND state = 'RUNNING'"),
	'3', 'limit: what is over is not claimed');
is(query("SELECT actions FROM mistral.stat_queue WHERE target = 'duty' AND action = 'std.http'"),
	'9', 'limit: it waits in the queue');
append_to_file("$dir/limit.go", '');
is(wait_final($node, $id), 'SUCCESS', 'limit: all are done');
ok(wait_for_marks('limit', 24), 'limit: all of them');
is(most_at_once('limit'), 3, 'limit: never more than three at once');
query("SELECT mistral.cancel_execution('$other')");

# another executor takes what one has no room for
begin('duty_items', 'shared', 'hold', 6);
ok(wait_for_marks('shared', 3), 'shared: three begin');
my $second = start_executor('unlimited');
ok(wait_for_marks('shared', 6), 'shared: another executor takes the rest');
append_to_file("$dir/shared.go", '');
stop($second);
ok(stop($executor), 'the executor ends well');

# a list, by the environment
{
	local $ENV{MISTRAL_EXECUTOR_CONCURRENCY} = 'std.ssh=1, 2';
	$executor = start_executor('listed');
	$id = begin('duty_items', 'listed', '50', 10);
	is(wait_final($node, $id), 'SUCCESS', 'listed: all are done');
	is(most_at_once('listed'), 2, 'listed: a number without a name is for all others');
	stop($executor);
}

# ---- the executor's own deadline

$executor = start_executor('deadline', '--deadline.std.http=0.5');
$id = begin('duty_items', 'deadline', 'hold');
is(wait_final($node, $id), 'ERROR', 'deadline: the action fails');
like(error_of($id), qr/did not finish within the executor's limit of 0\.5 seconds/, 'deadline: and says why');
stop($executor);
$executor = start_executor('deadlines', '--deadline=600');
$id = begin('duty_timeout', 'timeout', 'hold');
is(wait_final($node, $id), 'ERROR', 'deadline: that of the task counts where it is less');
stop($executor);
append_to_file("$dir/$_.go", '') foreach ('deadline', 'timeout');

# ---- stopping

my $script = "$dir/wait";
append_to_file($script, "#!/bin/sh\ncat > /dev/null\nwhile [ ! -e $dir/program.go ]; do sleep 0.05; done\necho 1\n");
chmod 0755, $script;
append_to_file("$dir/conf", <<"CONF");
drain_timeout = 3600
concurrency.duty.wait = 3		# more than have a process
deadline = 3000, std.http=3000
[program duty.wait]
command = $script
concurrency = 1
timeout = 0
CONF
$executor = start_executor('drained', "--config=$dir/conf");
my $programs = start_workflow($node, 'duty_program', '{"n": 4}');
my $plain = begin('duty_items', 'plain', 'hold');
my $safe = begin('duty_safe', 'safe', 'hold');
ok(wait_for_marks('plain', 1) && wait_for_marks('safe', 1)
	  && wait_for($node, "SELECT count(*) = 3 FROM mistral.actions WHERE executor = 'drained' AND name = 'duty.wait'"),
	'stop: the executor has six actions');
$executor->signal('TERM');
ok(wait_for($node, "SELECT actions = 3 FROM mistral.stat_queue WHERE action = 'duty.wait'"),
	'stop: what has not been begun is given back at once');
is(query("SELECT count(*) FROM mistral.actions WHERE executor = 'drained' AND state = 'RUNNING'"),
	'3', 'stop: what has been begun goes on');
my $late = begin('duty_items', 'late', '1');
append_to_file("$dir/plain.go", '');
is(wait_final($node, $plain), 'SUCCESS', 'stop: what ends meanwhile is reported');
is(@{ marks('late') }, 0, 'stop: nothing more is claimed');

# a second signal stands for the end of the time
$executor->signal('TERM');
ok($executor->finish, 'stop: it ends in time');
is(query("SELECT count(*) FROM mistral.actions WHERE executor = 'drained' AND state = 'RUNNING'"),
	'0', 'stop: it leaves nothing behind');
is(query("SELECT output ->> 'result' FROM mistral.action_executions WHERE name = 'duty.wait' AND mistral.state_name(state) = 'ERROR'") =~
	  /broken off, because its executor was stopped/ ? 1 : 0, 1, 'stop: what must not be run twice fails, and says why');
is(query("SELECT count(*) FROM mistral.actions WHERE workflow_execution_id = '$safe' AND state = 'RUNNING' AND executor IS NULL"),
	'1', 'stop: what may be run twice is given back');
append_to_file("$dir/$_.go", '') foreach ('program', 'safe');
$executor = start_executor('next', "--config=$dir/conf");
is(wait_final($node, $safe), 'SUCCESS', 'stop: the next executor does it');
is(wait_final($node, $late), 'SUCCESS', 'stop: and what came meanwhile');
is(wait_final($node, $programs), 'ERROR', 'stop: and what was given back');
is(query("SELECT string_agg(mistral.state_name(state), ' ' ORDER BY mistral.state_name(state)) FROM mistral.action_executions WHERE execution_id = '$programs'"),
	'ERROR SUCCESS SUCCESS SUCCESS', 'stop: of the programs one was broken off');
ok(stop($executor), 'stop: without work it ends at once');

# the bound of time by itself
$executor = start_executor('bounded', '--drain-timeout=0.2');
$id = begin('duty_items', 'bounded', 'hold');
ok(wait_for_marks('bounded', 1), 'bound: the request is under way');
ok(stop($executor), 'bound: the executor ends');
is(wait_final($node, $id), 'ERROR', 'bound: the action has failed');
like(error_of($id), qr/broken off/, 'bound: because it was broken off');
append_to_file("$dir/bounded.go", '');

# what a call under way is handed out after the signal is given back, too: here
# one that waits because somebody has the queue for himself
$executor = start_executor('inflight', '--connections=1', '--max-actions=1');
$id = begin('duty_items', 'inflight', 'hold');
ok(wait_for_marks('inflight', 1), 'under way: an action runs');
$other = begin('duty_items', 'given_back', '1');
my ($in, $out) = ('', '');
my $holder = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('mistral') ],
	'<', \$in, '>', \$out, IPC::Run::timeout(60));
$in .= "BEGIN; LOCK TABLE mistral.action_queue IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n";
$holder->pump until $out =~ /held/;
append_to_file("$dir/inflight.go", '');
ok(wait_for($node, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'mistral-executor' AND wait_event_type = 'Lock')"),
	'under way: the call waits');
my $stops = () = log_text() =~ /stopping, /g;
$executor->signal('TERM');
wait_for_log(qr/(?:stopping, .*?){@{[$stops + 1]}}/s);
$in .= "COMMIT;\n\\q\n";
$holder->finish;
ok($executor->finish, 'under way: the executor ends');
is(@{ marks('given_back') }, 0, 'under way: what it was handed out meanwhile was not begun');
is(query("SELECT count(*) FROM mistral.actions WHERE workflow_execution_id = '$other' AND state = 'RUNNING' AND executor IS NULL"),
	'1', 'under way: and waits for another');
query("SELECT mistral.cancel_execution('$other')");

# ---- what it says of itself

$executor = start_executor('talks', '--log-level=debug', '--concurrency.std.http=5');
$id = begin('duty_items', 'talks', '1', 2);
is(wait_final($node, $id), 'SUCCESS', 'log: actions are done');
ok(wait_for_log(qr/debug: action id=\S+ name=std\.http state=SUCCESS ms=[\d.]+ bytes=\d+ attempt=\d+ workflow=duty_items task=call execution_id=$id task_id=\S+ project=\S+\n/),
	'log: a record for each action');
my @records = log_text() =~ /debug: action id=.* execution_id=$id /g;
is(scalar @records, 2, 'log: one each');
$executor->signal('USR1');
ok(wait_for_log(qr/info: status database=ready connections=\d running=0 results_waiting=0 .*claimed=2 reported=2 refused=0 .*limits="std\.http 0\/5[ "]/),
	'log: SIGUSR1 has it say how it stands');
unlike(log_text(), qr{talks/1}, 'log: no input is in it');
stop($executor);
$executor = start_executor('json', '--log-level=debug', '--log-format=json', '--status-interval=0.1');
$id = begin('duty_items', 'json', '1');
wait_final($node, $id);
ok(wait_for_log(qr/^\{"time": "[^"]+", "level": "debug", "message": "action", "id": "[^"]+", "name": "std\.http", "state": "SUCCESS", /m),
	'log: records are JSON where that is asked for');
ok(wait_for_log(qr/^\{"time": "[^"]+", "level": "info", "message": "status", .*"running": 0/m),
	'log: status in intervals');
stop($executor);

# ---- passwords of the command line

$executor = IPC::Run::start([ $program, '--name=hidden', '-d', $node->connstr('mistral') . " password='geheim'" ],
	'<', \undef, '2>', \my $warnings);
wait_for($node, "SELECT EXISTS (SELECT FROM mistral.executors WHERE name = 'hidden')");
my $arguments = join ' ', map { -r "/proc/$_/cmdline" ? slurp_file("/proc/$_/cmdline") : '' }
  query("SELECT info ->> 'pid' FROM mistral.executors WHERE name = 'hidden'");
like($arguments, qr/hidden/, 'password: the arguments can be read');
unlike($arguments, qr/geheim/, 'password: it is not among them');
stop($executor);
like($warnings, qr/password on the command line/, 'password: there is a warning');
unlike($warnings, qr/geheim/, 'password: that does not tell it');

# ---- looking before

sub check
{
	my (@arguments) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ $program, '--check', @arguments ], '<', \undef, '>', \$out, '2>', \$err);
	return ($? >> 8, $out . $err);
}

my $before = query('SELECT count(*) FROM mistral.executors');
my ($status, $text) = check('-d', $node->connstr('mistral'), '--target=duty', "--config=$dir/conf");
is($status, 0, 'check: all is well');
like($text, qr/connected to database "mistral".*for the target "duty".*std\.http.*"duty\.wait".*duty\.wait 0\/3/s,
	'check: it says what would be registered');
unlike($text, qr/^FAIL/m, 'check: nothing fails');
is(query('SELECT count(*) FROM mistral.executors'), $before, 'check: nothing is registered');
($status, $text) = check('-d', $node->connstr('postgres'));
is($status, 1, 'check: the wrong database');
like($text, qr/^FAIL the extension is not in this database/m, 'check: says so');
($status, $text) = check('-d', 'host=/nowhere');
is($status, 1, 'check: no server');
like($text, qr/^FAIL could not connect/m, 'check: says so');
query('CREATE ROLE stranger LOGIN');
($status, $text) = check('-d', $node->connstr('mistral') . ' user=stranger');
is($status, 1, 'check: no rights');
like($text, qr/^FAIL the schema mistral may not be used/m, 'check: says which');
query('GRANT USAGE ON SCHEMA mistral TO stranger');
($status, $text) = check('-d', $node->connstr('mistral') . ' user=stranger');
like($text, qr/^FAIL mistral\.register_executor.* may not be called.*GRANT mistral_executor/m, 'check: and which functions');
($status, $text) = check('-d', $node->connstr('mistral'), '--concurrency.my.add=1');
is($status, 2, 'check: the settings are wrong');
like($text, qr/names "my\.add", which is no action/, 'check: says what');
($status, $text) = check('-d', $node->connstr('mistral'), '--concurrency.std.http=many');
is($status, 2, 'check: a number that is none');
like($text, qr/option "concurrency\.std\.http" \(command line\) must be a number/, 'check: says which');

# ---- the memory of long responses

sub peak_mb
{
	my ($name) = @_;
	my $pid = query("SELECT info ->> 'pid' FROM mistral.executors WHERE name = '$name'");
	my ($kb) = slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m;
	return $kb / 1024;
}

$executor = start_executor('memory', '--max-memory=16', '--http-max-content=1000000', '--max-actions=200');
$id = begin('duty_items', 'memory', '900000/long', 120);
is(wait_final($node, $id), 'SUCCESS', 'memory: 120 long responses are stored');
cmp_ok(peak_mb('memory'), '<', 80, 'memory: they have waited for one another');
$id = begin('duty_items', 'huge', '1100000/long');
is(wait_final($node, $id), 'ERROR', 'memory: one that is too long fails');
like(error_of($id), qr/longer than the limit of 1000000 bytes/, 'memory: and says so');
stop($executor);

# ---- units and samples

chomp(my $shared = `pg_config --sharedir`);
$shared .= '/mistral';
foreach my $name ('mistral-executor', 'mistral-notifier', 'mistral-api')
{
  SKIP:
	{
		skip 'systemd-analyze is not installed', 1 if system('command -v systemd-analyze > /dev/null') != 0;
		is(`systemd-analyze verify --man=no $shared/$name.service 2>&1`, '', "unit: $name");
	}

	# every option is in the sample, and what it comments out can be used
	my $sample = slurp_file("$shared/$name.conf.sample");
	my @missing = grep { !/^(check|config|help|version)$/ && $sample !~ /^#?\Q$_\E(\.\S+)? = /m }
	  map { s/-/_/gr } `$name --help` =~ /^ .*?--([\w-]+) /mg;
	is("@missing", '', "sample: $name has every option");
	$sample =~ s/^#(\w[\w.]* = )/$1/mg;
	$sample =~ s/^((?:\w*files|tls_\w+|info_file|actions|programs|ca_file) = ).*/$1''/mg;
	$sample =~ s/^\s*#?\[program.*//ms;
	$sample =~ s/^#.*\n//mg;
	append_to_file("$dir/$name.conf", $sample);
	my ($out, $err) = ('', '');
	IPC::Run::run([ $name, "--config=$dir/$name.conf", '--check', $name eq 'mistral-api' ? '--database' : '-d', $node->connstr('mistral') ],
		'<', \undef, '>', \$out, '2>', \$err);
	is($? >> 8, 0, "sample: $name can be used as it is") or diag("$out$err");
}

is_sound($node, 'what is stored is sound');
$node->stop;
done_testing();
