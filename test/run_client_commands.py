#!/usr/bin/python3
"""Run every command of the mistral client against a REST server.

usage: run_client_commands.py [--url URL] [--auth-url URL] [-v]

The commands are those of Debian's python3-mistralclient, unchanged; they run
in this process, so that Python need not be started for each. --auth-url names
a server that takes identities from headers, for the commands about members.
"""
import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import time

from mistralclient import shell

WORKFLOWS = """version: '2.0'
cli_main:
  description: what the commands look at
  tags: [demo]
  input: [n: 1]
  output: {r: <% $.r %>}
  tasks:
    one:
      action: std.echo output=<% $.n %>
      publish: {r: <% task().result %>}
      on-success: low
    low:
      workflow: cli_low
cli_low:
  tasks:
    only:
      action: std.noop
cli_async:
  tasks:
    wait:
      action: std.async_noop
cli_bad:
  tasks:
    fail:
      action: std.fail
"""
ONE = """version: '2.0'
cli_low:
  description: changed
  tasks:
    only:
      action: std.noop
"""
WORKBOOK = """version: '2.0'
name: cli_book
workflows:
  w:
    tasks:
      t:
        action: std.noop
"""
ACTIONS = """version: '2.0'
cli_action:
  base: std.echo
  base-input: {output: hello}
"""


class Failed(Exception):
    pass


class Client:
    """Runs commands; counts them, and reports those that fail."""

    def __init__(self, url, verbose):
        self.url = url
        self.verbose = verbose
        self.passed = self.failed = 0
        self.seen = set()

    def call(self, *words, fails=False):
        """One command; returns what it prints."""
        out, err = io.StringIO(), io.StringIO()
        argv = ['--os-mistral-url', self.url] + list(words)
        status = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = shell.MistralShell().run(argv)
            except SystemExit as e:
                status = e.code
            except Exception as e:  # the client lets some through
                print('%s: %s' % (type(e).__name__, e), file=err)
                status = 1
        self.seen.add(words[0])
        ok = bool(status) == fails and 'Traceback' not in err.getvalue()
        self.passed += ok
        self.failed += not ok
        if self.verbose or not ok:
            print('%s mistral %s' % ('ok  ' if ok else 'FAIL', ' '.join(words)))
        if not ok:
            print('     status %s\n     %s' % (
                status, (err.getvalue() + out.getvalue()).strip().replace('\n', '\n     ')))
            raise Failed(words[0])
        return out.getvalue()

    def table(self, *words):
        """The rows that a command prints."""
        return json.loads(self.call(*words, '-f', 'json'))

    def check(self, what, condition):
        self.passed += bool(condition)
        self.failed += not condition
        if not condition or self.verbose:
            print('%s %s' % ('ok  ' if condition else 'FAIL', what))

    def wait_for(self, execution, state):
        for _ in range(200):
            if self.table('execution-get', execution)['State'] == state:
                return
            time.sleep(0.1)
        raise Failed('execution %s is not %s' % (execution, state))


def definitions(c, files):
    c.check('four workflows are created', len(c.table('workflow-create', files['workflows'])) == 4)
    c.call('workflow-create', files['workflows'], fails=True)
    c.check('workflow-list', {'cli_main', 'cli_low'} <= {w['Name'] for w in c.table('workflow-list')})
    workflow = c.table('workflow-get', 'cli_low')
    c.check('workflow-get', workflow['Name'] == 'cli_low')
    c.check('workflow-get-definition', 'cli_low' in c.call('workflow-get-definition', 'cli_low'))
    c.call('workflow-update', files['workflows'])
    c.call('workflow-update', '--id', workflow['ID'], files['one'])
    c.check('workflow-validate', c.table('workflow-validate', files['workflows'])['Valid'])
    c.check('workflow-validate of nonsense', not c.table('workflow-validate', files['source'])['Valid'])
    c.call('workflow-create', files['one'], '--namespace', 'cli_space')
    c.call('workflow-get', 'cli_low', '--namespace', 'cli_space')
    c.call('workflow-delete', 'cli_low', '--namespace', 'cli_space')

    c.call('workbook-create', files['workbook'])
    c.call('workbook-update', files['workbook'])
    c.check('workbook-list', 'cli_book' in {b['Name'] for b in c.table('workbook-list')})
    c.check('workbook-get', c.table('workbook-get', 'cli_book')['Name'] == 'cli_book')
    c.check('workbook-get-definition', c.call('workbook-get-definition', 'cli_book').strip() == WORKBOOK.strip())
    c.call('workbook-validate', files['workbook'])

    c.call('action-create', files['actions'])
    c.call('action-update', files['actions'])
    c.check('action-list', {'cli_action', 'std.echo'} <= {a['Name'] for a in c.table('action-list')})
    c.check('action-get', c.table('action-get', 'cli_action')['Name'] == 'cli_action')
    c.call('action-get', 'std.http')
    c.check('action-get-definition', c.call('action-get-definition', 'cli_action').strip() == ACTIONS.strip())
    c.call('action-validate', files['actions'])

    c.call('environment-create', files['environment'])
    c.call('environment-update', files['environment'])
    c.check('environment-list', 'cli_env' in {e['Name'] for e in c.table('environment-list')})
    c.check('environment-get', '"k"' in c.table('environment-get', 'cli_env')['Variables'])
    c.call('environment-get', 'cli_env', '--export')


def executions(c):
    main = c.table('execution-create', 'cli_main', '{"n": 5}', '{"env": {"k": 1}}', '-d', 'first')['ID']
    c.wait_for(main, 'SUCCESS')
    c.check('execution-get-output', json.loads(c.call('execution-get-output', main)) == {'r': 5})
    c.check('execution-get-input', json.loads(c.call('execution-get-input', main)) == {'n': 5})
    c.check('execution-get-published', json.loads(c.call('execution-get-published', main)) == {})
    listed = c.table('execution-list', '--rootsonly')
    c.check('execution-list', main in {e['ID'] for e in listed})
    c.table('execution-list', '--filter', 'workflow_name=cli_main', '--filter', 'state=SUCCESS',
            '--limit', '1', '--oldest')
    c.table('execution-list', '--sort_keys', 'workflow_name,created_at', '--sort_dirs', 'desc', '--marker', main)
    c.call('execution-update', main, '-d', 'described')
    c.check('execution-get', c.table('execution-get', main)['Description'] == 'described')
    again = c.table('execution-create', '-s', main)['ID']
    c.wait_for(again, 'SUCCESS')
    c.call('execution-create', 'cli_none', fails=True)

    tasks = {t['Name']: t['ID'] for t in c.table('task-list', main)}
    c.check('task-list', set(tasks) == {'one', 'low'})
    c.table('task-list', '--filter', 'name=one')
    c.check('task-get', c.table('task-get', tasks['one'])['State'] == 'SUCCESS')
    c.check('task-get-result', json.loads(c.call('task-get-result', tasks['one'])) == 5)
    c.check('task-get-published', json.loads(c.call('task-get-published', tasks['one'])) == {'r': 5})
    sub = c.table('task-get-sub-executions', tasks['low'])
    c.check('task-get-sub-executions', [e['Workflow name'] for e in sub] == ['cli_low'])
    c.check('execution-list of a task', len(c.table('execution-list', '--task', tasks['low'])) == 1)
    c.check('execution-get-sub-executions', len(c.table('execution-get-sub-executions', main)) == 2)
    c.check('execution-get-report', '3' in
            c.call('execution-get-report', main, '--no-errors-only'))
    c.call('execution-get-report', main, '--statistics-only')
    c.call('execution-get-report', main, '--max-depth', '1')
    c.call('execution-delete', main, again)


def failures(c):
    bad = c.table('execution-create', 'cli_bad')['ID']
    c.wait_for(bad, 'ERROR')
    c.check('execution-get-report of errors', 'ERROR' in c.call('execution-get-report', bad))
    task = c.table('task-list', bad)[0]['ID']
    c.call('task-rerun', task)
    c.wait_for(bad, 'ERROR')
    c.call('task-rerun', task, '--resume', fails=True)
    c.call('task-rerun', task, '-e', '{"k": 2}')
    c.wait_for(bad, 'ERROR')
    c.call('execution-delete', bad)


def actions(c):
    slow = c.table('execution-create', 'cli_async')['ID']
    for _ in range(200):
        tasks = c.table('task-list', slow)
        if tasks and tasks[0]['State'] == 'RUNNING':
            break
        time.sleep(0.1)
    found = c.table('action-execution-list', tasks[0]['ID'])
    c.check('action-execution-list', len(found) == 1)
    action = found[0]['ID']
    c.check('action-execution-get', c.table('action-execution-get', action)['State'] == 'RUNNING')
    c.call('action-execution-get-input', action)
    c.call('execution-delete', slow, fails=True)
    c.call('execution-update', slow, '-s', 'PAUSED')
    c.call('execution-update', slow, '-s', 'RUNNING', '-e', '{"x": 1}')
    c.call('action-execution-update', action, '--state', 'SUCCESS', '--output', '{"v": 1}')
    c.wait_for(slow, 'SUCCESS')
    c.check('action-execution-get-output',
            json.loads(c.call('action-execution-get-output', action)) == {'result': {'v': 1}})
    c.call('execution-delete', slow, '--force')

    c.check('run-action', json.loads(c.call('run-action', 'std.echo', '{"output": "hi"}'))['result'] == 'hi')
    c.call('run-action', 'std.echo', '{"output": "hi"}', '--run-sync')
    by_executor = json.loads(c.call('run-action', 'std.http', json.dumps({'url': c.url + '/'})))
    c.check('run-action by an executor', by_executor['result']['status'] == 200)
    c.call('run-action', 'std.none', fails=True)
    saved = c.table('run-action', 'std.noop', '-s')['ID']
    c.call('action-execution-delete', saved, fails=True)


def triggers(c):
    c.call('cron-trigger-create', 'cli_cron', 'cli_main', '{"n": 2}', '--pattern', '0 0 1 1 *', '--count', '3')
    c.check('cron-trigger-list', 'cli_cron' in {t['Name'] for t in c.table('cron-trigger-list')})
    c.check('cron-trigger-get', c.table('cron-trigger-get', 'cli_cron')['Remaining executions'] == 3)
    c.call('cron-trigger-create', 'cli_once', 'cli_main', '--first-time', '2099-12-31 12:00', '--utc')
    c.call('workflow-delete', 'cli_main', fails=True)
    c.call('cron-trigger-delete', 'cli_cron', 'cli_once')

    workflow = c.table('workflow-get', 'cli_main')['ID']
    event = c.table('event-trigger-create', 'cli_event', workflow, 'exchange', 'topic', 'event')['ID']
    c.check('event-trigger-list', event in {t['ID'] for t in c.table('event-trigger-list')})
    c.check('event-trigger-get', c.table('event-trigger-get', event)['Name'] == 'cli_event')
    c.call('event-trigger-delete', event)


def rest(c, files):
    c.check('service-list', isinstance(c.table('service-list'), list))
    # programs are an administrator's, which this server cannot know of anybody
    for words in (('code-source-create', 'cli_source', files['source']), ('code-source-list',),
                  ('code-source-get', 'cli_source'), ('code-source-get-content', 'cli_source'),
                  ('code-source-update', 'cli_source', files['source']), ('code-source-delete', 'cli_source'),
                  ('dynamic-action-create', 'cli_dynamic', 'A', 'cli_source'), ('dynamic-action-list',),
                  ('dynamic-action-get', 'cli_dynamic'), ('dynamic-action-update', 'cli_dynamic'),
                  ('dynamic-action-delete', 'cli_dynamic')):
        c.call(*words, fails=True)
    c.call('member-list', c.table('workflow-get', 'cli_main')['ID'], 'workflow', fails=True)


def clean(c):
    c.call('workflow-delete', 'cli_main', 'cli_low', 'cli_async', 'cli_bad', 'cli_book.w')
    c.call('workbook-delete', 'cli_book')
    c.call('action-delete', 'cli_action')
    c.call('environment-delete', 'cli_env')
    c.call('environment-get', 'cli_env', fails=True)


class Identified(Client):
    """A client whose requests have what a proxy adds: who sends them."""

    def call(self, *words, **options):
        import requests
        original = requests.Session.request

        def request(session, method, url, **arguments):
            arguments['headers'] = dict(arguments.get('headers') or {}, **{
                'X-Identity-Status': 'Confirmed', 'X-Project-Id': self.project, 'X-Roles': self.roles})
            return original(session, method, url, **arguments)
        requests.Session.request = request
        try:
            return super().call(*words, **options)
        finally:
            requests.Session.request = original


def identified(c, files):
    """What only somebody with a project, or an administrator, can do."""
    c.project, c.roles = 'cli_one', 'member'
    c.call('workflow-create', files['one'])
    workflow = c.table('workflow-get', 'cli_low')['ID']
    c.call('member-create', workflow, 'workflow', 'cli_two')
    c.check('member-list', len(c.table('member-list', workflow, 'workflow')) == 1)
    c.project = 'cli_two'
    c.call('workflow-get', 'cli_low', fails=True)
    c.call('member-update', workflow, 'workflow', '-m', 'cli_two')
    c.check('member-get', c.table('member-get', workflow, 'workflow', '-m', 'cli_two')['Status'] == 'accepted')
    c.call('workflow-get', 'cli_low')
    c.project = 'cli_one'
    c.call('member-delete', workflow, 'workflow', 'cli_two')
    c.call('workflow-delete', 'cli_low')

    c.roles = 'admin'
    c.call('code-source-create', 'cli_source', files['source'])
    c.check('code-source-list', 'cli_source' in {s['Name'] for s in c.table('code-source-list')})
    c.call('code-source-get', 'cli_source')
    c.check('code-source-get-content', 'class A' in c.call('code-source-get-content', 'cli_source'))
    c.call('code-source-update', 'cli_source', files['source'])
    c.call('dynamic-action-create', 'cli_dynamic', 'A', 'cli_source')
    c.check('dynamic-action-list', 'cli_dynamic' in {a['Name'] for a in c.table('dynamic-action-list')})
    c.call('dynamic-action-get', 'cli_dynamic')
    c.call('dynamic-action-update', 'cli_dynamic', '--class-name', 'B')
    c.call('dynamic-action-delete', 'cli_dynamic')
    c.call('code-source-delete', 'cli_source')
    # allowed on this server
    saved = c.table('run-action', 'std.noop', '-s')['ID']
    c.call('action-execution-delete', saved)


def write_files(directory):
    texts = {'workflows': WORKFLOWS, 'one': ONE, 'workbook': WORKBOOK, 'actions': ACTIONS,
             'source': 'class A: pass\n',
             'environment': json.dumps({'name': 'cli_env', 'description': 'd', 'variables': {'k': 1}})}
    files = {}
    for name, text in texts.items():
        files[name] = os.path.join(directory, name)
        with open(files[name], 'w', encoding='utf-8') as f:
            f.write(text)
    return files


def v2(url):
    url = url.rstrip('/')
    return url if url.endswith('/v2') else url + '/v2'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--url', default=os.environ.get('MISTRAL_API_URL') or 'http://127.0.0.1:8989/v2')
    parser.add_argument('--auth-url')
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()
    clients = [Client(v2(options.url), options.verbose)]
    died = 0
    with tempfile.TemporaryDirectory() as directory:
        files = write_files(directory)
        try:
            definitions(clients[0], files)
            executions(clients[0])
            failures(clients[0])
            actions(clients[0])
            triggers(clients[0])
            rest(clients[0], files)
            clean(clients[0])
            if options.auth_url:
                clients.append(Identified(v2(options.auth_url), options.verbose))
                identified(clients[1], files)
        except Failed as e:
            print('stopped: %s' % e)
            died = 1
    commands = {name for name in shell.MistralShell._get_commands_v2() if name != 'help'}
    missing = sorted(commands - set().union(*(c.seen for c in clients)) - {'bash-completion'})
    if missing and not died:
        print('FAIL commands that were not run: %s' % ', '.join(missing))
    failed = sum(c.failed for c in clients) + bool(missing)
    print('%d passed, %d failed' % (sum(c.passed for c in clients), failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
