# The units of systemd: the programs do all that they do under the settings that
# their units have, with a password from the file that these name.

use strict;
use warnings;

use HTTP::Tiny;
use IPC::Run;
use MistralTest;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'systemd-analyze is not installed' if system('command -v systemd-analyze > /dev/null') != 0;
my %programs = map { $_ => program_or_skip("mistral-$_") } qw(executor notifier api);
my $node = new_node('main');
my $dir = PostgreSQL::Test::Utils::tempdir;
chomp(my $shared = `pg_config --sharedir`);
$shared .= '/mistral';

sub query
{
	my ($sql) = @_;
	return $node->safe_psql('mistral', $sql);
}

# a service for requests and events
my $events = "$dir/events";
my $port = start_service(
	sub {
		my ($client) = @_;
		my $length = 0;
		my $first = <$client> // '';
		while (defined(my $line = <$client>))
		{
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			last if $line =~ /^\r?\n$/;
		}
		read($client, my $body, $length) if $length > 0;
		append_to_file($events, "$body\n") if $first =~ /^POST/;
		print $client "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
		close $client;
	});

# the user of the units logs in by password only
query("CREATE ROLE unit_user LOGIN PASSWORD 'of the unit'; SELECT mistral.create_roles(); GRANT mistral_executor, mistral_user TO unit_user");
query("SELECT mistral_api.grant_server('unit_user')");
my $rules = $node->data_dir . '/pg_hba.conf';
my $old = slurp_file($rules);
unlink $rules;
append_to_file($rules, "local all unit_user scram-sha-256\n$old");
$node->reload;
append_to_file("$dir/pgpass", "*:*:*:unit_user:of the unit\n");
append_to_file("$dir/pg_service.conf", sprintf("[units]\nhost=%s\nport=%s\ndbname=mistral\nuser=unit_user\n", $node->host, $node->port));
append_to_file("$dir/echo", "#!/bin/sh\nprintf '\"of the program, %s\"' \"\$(umask)\"\n");
append_to_file("$dir/executor.conf", "database = 'service=units'\nname = unit\ndenied_ranges = none\nssh_known_hosts = $dir/known\n[program unit.echo]\ncommand = $dir/echo\n");
append_to_file("$dir/notifier.conf", "database = 'service=units'\ndenied_ranges = none\npoll_interval = 0.2\n");
append_to_file("$dir/api.conf", "database = 'service=units'\nport = 0\nauth = none\n");
chmod 0600, "$dir/pgpass";
chmod 0700, "$dir/echo";

# run_unit(NAME, arguments...): the program as the unit starts it; handle and log
sub run_unit
{
	my ($name, @arguments) = @_;
	my $log = '';
	my $handle = IPC::Run::start([ 'python3', "$ENV{MISTRAL_TEST_DIR}/lib/run_as_unit.py", "$shared/mistral-$name.service", $dir, @arguments ],
		'<', \undef, '>', \$log, '2>&1', IPC::Run::timeout(180));
	return ($handle, \$log);
}

foreach my $name (sort keys %programs)
{
	my ($exposure) = `systemd-analyze security --offline=true --no-pager $shared/mistral-$name.service 2>&1` =~ /exposure level for .*: ([\d.]+) /;
	ok(defined $exposure && $exposure <= 2.0, "$name: its unit leaves little open") or diag($exposure // 'none');
	my ($handle, $log) = run_unit($name, '--check');
	$handle->finish;
	is($handle->full_result(0), 0, "$name: it is ready to run") or diag($$log);
}

# ---- all that an executor does
my ($executor, $executor_log) = run_unit('executor');
ok(wait_for($node, "SELECT count(*) = 1 FROM mistral.executors WHERE name = 'unit' AND role_name = 'unit_user'"), 'the executor logs in by its password')
  or BAIL_OUT("the executor does not run: $$executor_log");
query("SET ROLE unit_user; SELECT mistral.create_workflows(\$\$
version: '2.0'
unit:
  tasks:
    http: {action: std.http url='http://127.0.0.1:$port/'}
    script: {action: std.javascript, input: {script: 'return [1, 2, 3].map(n => n * 2)'}}
    program: {action: unit.echo}
    mail: {action: std.email, input: {from_addr: a\@a.example, to_addrs: [b\@b.example], smtp_server: '127.0.0.1:1'}}
    ssh: {action: std.ssh cmd='true' host='127.0.0.1:1' username='u' password='p'}
\$\$)");
my $id = query("SET ROLE unit_user; SELECT mistral.start_workflow('unit')");
sub result_of
{
	my ($task) = @_;
	my $which = "FROM mistral.tasks WHERE workflow_execution_id = '$id' AND name = '$task'";
	wait_for($node, "SELECT state IN ('SUCCESS', 'ERROR') $which");
	return query("SELECT state || ' ' || coalesce(mistral.task_result(id)::text, state_info) $which");
}
like(result_of('http'), qr/^SUCCESS .*"content": "fine"/, 'requests');
is(result_of('program'), 'SUCCESS "of the program, 0077"', 'programs, with the umask of the unit');
like(result_of('mail'), qr/^ERROR .*(connect|refused)/i, 'mail, up to where there is no server');
SKIP:
{
	skip 'mistral-js is not installed', 1 unless grep { -x "$_/mistral-js" } split /:/, $ENV{PATH};
	is(result_of('script'), 'SUCCESS [2, 4, 6]', 'scripts, without memory that is writable and executable');
}
SKIP:
{
	skip 'mistral-ssh is not installed', 1 unless grep { -x "$_/mistral-ssh" } split /:/, $ENV{PATH};
	like(result_of('ssh'), qr/^ERROR .*Could not connect to 127\.0\.0\.1:1/, 'SSH, up to where there is no server');
}

# ---- the others
my ($notifier, $notifier_log) = run_unit('notifier');
query("SET ROLE unit_user; SELECT mistral.create_event_subscription('hook', '{\"type\": \"webhook\", \"url\": \"http://127.0.0.1:$port/\"}', '{WORKFLOW_SUCCEEDED}');
	SELECT mistral.create_workflows('{version: \"2.0\", quick: {tasks: {t: {action: std.noop}}}}'); SELECT mistral.start_workflow('quick')");
ok(wait_for($node, 'SELECT count(*) = 0 FROM mistral.event_deliveries'), 'the notifier delivers') or diag($$notifier_log);
like(slurp_file($events), qr/WORKFLOW_SUCCEEDED/, 'what has happened');
my ($api, $api_log) = run_unit('api');
$api->pump until $$api_log =~ /serving http on 127.0.0.1, port (\d+)/ || !$api->pumpable;
my ($served) = $$api_log =~ /port (\d+)/;
my $answer = HTTP::Tiny->new->get("http://127.0.0.1:$served/v2/workflows");
is($answer->{status}, 200, 'the API answers') or diag($$api_log);
like($answer->{content}, qr/"name" ?: ?"quick"/, 'with what is in the database');

foreach my $running ([ 'executor', $executor, $executor_log ], [ 'notifier', $notifier, $notifier_log ], [ 'api', $api, $api_log ])
{
	my ($name, $handle, $log) = @$running;
	$handle->signal('TERM');
	$handle->finish;
	is($handle->full_result(0), 0, "$name: it ends when it is told to") or diag($$log);
}
$node->stop;
done_testing();
