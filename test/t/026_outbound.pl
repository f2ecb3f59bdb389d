# Rules on where requests may go, as the programs that make them keep them: by
# the address that is connected to, whatever its name, its form or the way there.

use strict;
use warnings;

use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $executor = program_or_skip('mistral-executor');
my $notifier = program_or_skip('mistral-notifier');
delete @ENV{qw(http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy)};
my $node = new_node('main');

# a service that says which host it was asked for, and leads elsewhere
my $port;
$port = start_service(
	sub {
		my ($client) = @_;
		my ($path, $host) = ((<$client> // '') =~ m{^\w+ (\S+)}, '');
		my $length = 0;
		while (defined(my $line = <$client>))
		{
			$host = $1 if $line =~ /^host: (\S+)/i;
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			last if $line =~ /^\r?\n$/;
		}
		read($client, my $body, $length) if $length > 0;
		$path = '/' unless defined $path;
		my ($status, $extra) = ('200 OK', '');
		($status, $extra) = ('302 Found', "Location: http://$1/\r\n") if $path =~ m{^/to/([^/]+)};
		print $client "HTTP/1.1 $status\r\n${extra}Content-Length: 4\r\n\r\nfine";
		close $client;
	});

# another port of the same host
my $other = start_service(
	sub {
		my ($client) = @_;
		while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/; }
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
		close $client;
	});

create_workflows($node, <<'YAML');
version: '2.0'

ask:
  input: [url, proxies: null]
  tasks:
    call:
      action: std.http
      input: {url: <% $.url %>, timeout: 3, allow_redirects: true, proxies: <% $.proxies %>}

mail:
  input: [server]
  tasks:
    call:
      action: std.email
      input: {from_addr: a@a.example, to_addrs: [b@b.example], smtp_server: <% $.server %>}

shell:
  input: [host]
  tasks:
    call:
      action: std.ssh
      input: {cmd: "true", host: <% $.host %>, username: nobody, password: x}

hop:
  input: [host, gateway]
  tasks:
    call:
      action: std.ssh_proxied
      input: {cmd: "true", host: <% $.host %>, username: nobody, gateway_host: <% $.gateway %>, private_key_filename: none}
YAML

my @command = ($executor, '--lease', '3', '--denied-ranges', 'none');
my $running = start_program($node, @command);

sub set_rules
{
	$node->safe_psql('mistral', join ';', 'DELETE FROM mistral.outbound_rules',
		'ALTER SEQUENCE mistral.outbound_rules_id_seq RESTART',
		map { "SELECT mistral.create_outbound_rule($_)" } @_);
	return;
}

# outcome(WORKFLOW, INPUT): what has become of the call: "fine", or why not
sub outcome
{
	my ($workflow, $input, $role) = @_;
	my $id = $node->safe_psql('mistral', ($role ? "SET ROLE $role; " : '')
		  . "SELECT mistral.start_workflow('$workflow', '$input')");
	wait_final($node, $id);
	my $result = $node->safe_psql('mistral',
		"SELECT mistral.task_result(id) FROM mistral.tasks WHERE workflow_execution_id = '$id'");
	return $result =~ /"content": "fine"|^null$/ ? 'fine' : $result;
}

sub url { return outcome('ask', qq({"url": "http://$_[0]:$port$_[1]"}), $_[2]); }

# ---- names, addresses, and both
is(url('localhost', '/'), 'fine', 'without rules requests go anywhere');
set_rules("'deny', '127.0.0.0/8'", "'deny', '::1'", "'allow', 'localhost'");
like(url('127.0.0.1', '/'), qr/URL is not allowed: host .* denied by outbound rule 1, \\"deny 127.0.0.0\/8\\", for every project; administrators can change it/,
	'an address is denied by its network, and the error says by which rule');
like(url('localhost', '/'), qr/has an address denied by outbound rule [12],/, 'a name that is allowed does not lead to an address that is denied');
like(url('2130706433', '/'), qr/denied by outbound rule 1/, 'an address is found in other forms');
like(url('[::ffff:127.0.0.1]', '/'), qr/denied by outbound rule 1/, 'and mapped to IPv6');
like(url('[64:ff9b::7f00:1]', '/'), qr/denied by outbound rule 1/, 'and behind NAT64');
set_rules("'deny', '*'", "'allow', 'localhost'");
is(url('localhost', '/'), 'fine', 'only what is allowed: by name');
is(url('LOCALHOST', '/'), 'fine', 'in any letters');
like(url('127.0.0.1', '/'), qr/denied by outbound rule 1, \\"deny \*\\"/, 'nothing else, not even the same address');
like(url('localhost', "/to/127.0.0.1:$port"), qr/URL is not allowed: host \\"127.0.0.1\\" is denied by outbound rule 1/, 'redirects are judged');
is(url('localhost', "/to/localhost:$port"), 'fine', 'and followed where they may go');
set_rules("'deny', '*'", "'allow', '127.0.0.0/8'", "'deny', 'evil.localhost'", "'deny', 'localhost', NULL, '{email}'");
is(url('localhost', '/'), 'fine', 'only what is allowed: by network');
like(url('evil.localhost', '/'), qr/host \\"evil.localhost\\" is denied by outbound rule 3/, 'but for a name');
like(url("b\xc3\xbccher.example", '/'), qr/ASCII form/, 'names of other scripts cannot be compared');

# ---- ports
set_rules("'deny', 'localhost', ports => '$other'");
is(url('localhost', '/'), 'fine', 'a rule on a port is none on others');
like(outcome('ask', qq({"url": "http://localhost:$other/"})), qr/host \\"localhost\\" is denied by outbound rule 1, \\"deny localhost ports $other\\"/,
	'a denied port of a host that may be reached');
like(url('localhost', "/to/localhost:$other"), qr/denied by outbound rule 1/, 'also when a redirect leads there');
set_rules("'deny', '*'", "'allow', 'localhost', ports => '$port'");
is(url('localhost', '/'), 'fine', 'only what is allowed: one port of a host');
like(outcome('ask', qq({"url": "http://localhost:$other/"})), qr/denied by outbound rule 1, \\"deny \*\\"/, 'and no other');
set_rules("'allow', 'localhost'", map { "'deny', '$_', ports => '1-1023,$other'" } '127.0.0.0/8', '::1');
is(url('localhost', '/'), 'fine', 'ports of a network: another one');
like(outcome('ask', qq({"url": "http://localhost:$other/"})), qr/has an address denied by outbound rule [23]/, 'and one of them');
like(url('localhost', '/to/127.0.0.1'), qr/denied by outbound rule 2/, 'a URL without a port has that of its scheme');
set_rules("'deny', '*'", "'allow', 'localhost', ports => '$port'", "'allow', 'named.example', ports => '80'");
is(outcome('ask', qq({"url": "http://named.example/", "proxies": {"http": "http://localhost:$port"}})), 'fine', 'through a proxy at its port to a port');
like(outcome('ask', qq({"url": "http://named.example:8080/", "proxies": {"http": "http://localhost:$port"}})), qr/\\"named.example\\" is denied by outbound rule 1/, 'but not to others');
like(outcome('ask', qq({"url": "http://named.example/", "proxies": {"http": "http://localhost:$other"}})), qr/denied by outbound rule 1/, 'nor through other ports');
set_rules("'deny', 'localhost', NULL, '{email,ssh}', ports => '$port'");
like(outcome('mail', qq({"server": "localhost:$port"})), qr/denied by outbound rule 1/, 'mail to a port');
my $closed = PostgreSQL::Test::Cluster::get_free_port();
unlike(outcome('mail', qq({"server": "smtp://localhost:$closed"})), qr/denied/, 'and to another');
SKIP:
{
	skip 'mistral-ssh is not installed', 2 unless grep { -x "$_/mistral-ssh" } split /:/, $ENV{PATH};
	like(outcome('shell', qq({"host": "localhost:$port"})), qr/denied by outbound rule 1/, 'SSH to a port');
	unlike(outcome('shell', qq({"host": "localhost:$closed"})), qr/denied/, 'and to another');
}
# a host with an address that is denied and one that is not
set_rules("'deny', '::1'");
is(url('localhost', '/'), 'fine', 'of several addresses one that is allowed is taken');
set_rules("'deny', '*'", "'allow', '127.0.0.0/8'");

# ---- a proxy connects to the host: it is judged, and the host by its name
my $proxy = qq({"http": "http://localhost:$port"});
is(outcome('ask', qq({"url": "http://127.0.0.9/", "proxies": $proxy})), 'fine', 'through a proxy to an address');
like(outcome('ask', qq({"url": "http://named.example/", "proxies": $proxy})), qr/denied by outbound rule 1/,
	'but not to a name, whose address only the proxy knows');
set_rules("'deny', 'localhost'");
like(outcome('ask', qq({"url": "http://named.example/", "proxies": $proxy})), qr/denied by outbound rule 1/, 'nor through one that is denied');
set_rules("'deny', 'named.example'");
is(outcome('ask', qq({"url": "http://other.example/", "proxies": $proxy})), 'fine', 'a proxy serves others');
like(outcome('ask', qq({"url": "http://named.example/", "proxies": $proxy})), qr/host \\"named.example\\" is denied/, 'but not what is denied by name');

# ---- projects have rules of their own
$node->safe_psql('mistral', 'CREATE ROLE out_a; CREATE ROLE out_b; SELECT mistral.create_roles(); GRANT mistral_user TO out_a, out_b;'
	  . " SELECT mistral.update_workflows(definition, scope => 'public') FROM mistral.workflows WHERE name = 'ask'");
set_rules("'deny', '127.0.0.0/8', 'out_a'");
like(url('127.0.0.1', '/', 'out_a'), qr/denied by outbound rule 1, .*, for this project/, 'a rule of the project');
is(url('127.0.0.1', '/', 'out_b'), 'fine', 'is none of another, whose connections are its own');

# ---- mail and SSH
set_rules("'deny', '127.0.0.0/8', NULL, '{email}'");
like(outcome('mail', qq({"server": "localhost:$port"})), qr/Failed to send an email message: .*denied by outbound rule 1/, 'mail');
is(url('127.0.0.1', '/'), 'fine', 'a rule on mail is none on requests');
set_rules("'deny', 'mail.example'");
like(outcome('mail', '{"server": "smtps://mail.example"}'), qr/Failed to send an email message: denied by outbound rule 1/, 'mail by name');
SKIP:
{
	skip 'mistral-ssh is not installed', 5 unless grep { -x "$_/mistral-ssh" } split /:/, $ENV{PATH};
	set_rules("'deny', '127.0.0.0/8'", "'deny', '::1'", "'deny', 'hidden.example'");
	like(outcome('shell', qq({"host": "localhost:$port"})), qr/has an address denied by outbound rule [12]/, 'SSH');
	like(outcome('shell', '{"host": "hidden.example"}'), qr/denied by outbound rule 3/, 'SSH by name');
	like(outcome('hop', qq({"host": "a.example", "gateway": "localhost:$port"})), qr/denied by outbound rule [12]/, 'the gateway of SSH');
	like(outcome('hop', qq({"host": "hidden.example", "gateway": "b.example"})), qr/\\"hidden.example\\" is denied by outbound rule 3/, 'a host behind it');
	like(outcome('hop', qq({"host": "127.0.0.1", "gateway": "b.example"})), qr/denied by outbound rule 1/, 'an address behind it');
}

# ---- a proxy of the environment is the operator's; names are judged all the same
$running->signal('TERM');
$running->finish;
{
	local $ENV{http_proxy} = "http://127.0.0.1:$port";
	$running = start_program($node, @command);
}
set_rules("'deny', '*'", "'allow', '127.0.0.0/8'", "'allow', 'named.example'");
like(outcome('ask', '{"url": "http://other.example/"}'), qr/denied by outbound rule 1/, 'with a proxy of the environment a name needs a rule');
is(outcome('ask', '{"url": "http://named.example/"}'), 'fine', 'and goes with one');
$running->signal('TERM');
$running->finish;
$running = start_program($node, @command);

# ---- what the database explains is what the executor does
my @destinations = qw(127.0.0.1 127.1.2.3 127.66.0.1 127.66.7.7 [::1] [::ffff:127.66.0.1] [::ffff:127.0.0.1] [::127.66.0.1] [64:ff9b::7f42:1]
  [64:ff9b:1:7f42:0:100::] [64:ff9b:1:0:7f:4200:100:0] [2002:7f42:1::1] [2001:0:7f42:1::] [2001::80bd:fffe] [fe80::5efe:7f42:1] [2001:db8::1]);
foreach my $rules (
	[ "'deny', '127.66.0.0/16'" ],
	[ "'deny', '*'", "'allow', '127.0.0.0/8'", "'deny', '127.66.0.0/16'", "'allow', '127.66.7.7'" ],
	[ "'deny', '127.0.0.0/8'", "'allow', '127.0.0.0/8', current_user", "'deny', '127.66.0.0/16', current_user", "'allow', '127.66.0.0/16', current_user" ],
	[ "'deny', '*', ports => '1-79,81-65535'", "'allow', '127.0.0.0/8', ports => '$port'", "'deny', '127.66.0.0/16', ports => '80'",
		"'deny', '127.66.0.0/16', ports => '1024-65535'", "'allow', '127.66.7.7'", "'deny', '127.66.7.7', ports => '$other'" ],
	[ "'allow', '2001::/16'", "'deny', '*', NULL, '{http}'", "'allow', '*', current_user, '{ssh}'" ])
{
	set_rules(@$rules);
	my %ids = map { $_ => start_workflow($node, 'ask', qq({"url": "http://$_:$port/"})) } @destinations;
	my ($said, $done) = ('', '');
	foreach my $destination (@destinations)
	{
		$said .= "$destination " . $node->safe_psql('mistral',
			"SELECT coalesce(substring(reason FROM '^denied by rule (\\d+)'), 'allowed') FROM mistral.check_outbound('$destination:$port')") . "\n";
		wait_final($node, $ids{$destination});
		my $result = $node->safe_psql('mistral',
			"SELECT mistral.task_result(id) FROM mistral.tasks WHERE workflow_execution_id = '$ids{$destination}'");
		$done .= "$destination " . ($result =~ /denied by outbound rule (\d+)/ ? $1 : 'allowed') . "\n";
	}
	is($done, $said, 'check_outbound() says what is done: ' . join ', ', @$rules);
}

# ---- webhooks, with rules that change while the notifier runs
my $hooks = start_program($node, $notifier, '--denied-ranges=none', '--poll-interval=0.2');
set_rules("'deny', '127.0.0.1', NULL, '{webhook}', ports => '$port'");
create_workflows($node, "{version: '2.0', quick: {tasks: {t: {action: std.noop}}}}");
$node->safe_psql('mistral',
	qq{SELECT mistral.create_event_subscription('hook', '{"type": "webhook", "url": "http://127.0.0.1:$port/"}', '{WORKFLOW_SUCCEEDED}')});
is(wait_final($node, start_workflow($node, 'quick')), 'SUCCESS', 'an execution tells of itself');
ok( wait_for($node, "SELECT bool_and(error ~ 'denied by outbound rule 1, ') FROM mistral.event_deliveries"),
	'a webhook is denied');
set_rules("'deny', '127.0.0.1', ports => '$other'");
$node->safe_psql('mistral', 'UPDATE mistral.event_deliveries SET next_try_at = now()');
ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.event_deliveries'), 'and goes when it is not any more');

# ---- the operator's own settings hold besides, and dumps keep the rules
$_->signal('TERM') foreach ($running, $hooks);
$_->finish foreach ($running, $hooks);
start_program($node, $executor, '--lease', '3');
set_rules("'allow', '127.0.0.0/8'");
like(url('127.0.0.1', '/'), qr/denied range/, 'a rule does not open what the operator has closed');
$node->safe_psql('mistral', "SELECT mistral.create_action_rule('deny', 'my.*')");
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('mistral'), '-f', $dump ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy'), '-f', $dump ], 'restore');
is( $node->safe_psql('copy', 'SELECT destination FROM mistral.outbound_rules UNION ALL SELECT reason FROM mistral.check_action($$my.add$$)'),
	"127.0.0.0/8\ndenied by rule 1, \"deny my.*\", for every project; administrators can change it",
	'and the copy goes by them');
is_sound($node, 'nothing is left undone');

done_testing();
