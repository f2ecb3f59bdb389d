#!/usr/bin/python3
"""Check contrib/python and contrib/node with real executors: their READMEs, results,
cancellation, lost connections and leases, completion in transactions, and plug-ins
for mistral-lib.

usage: run_package_checks.py [-v] [psycopg3|psycopg2|node...]

Node needs the module pg, in NODE_PATH or where Debian's node-pg has it.

Connects as PGHOST, PGDATABASE and so on say, as a superuser.
"""
import argparse
import contextlib
import functools
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
CONTRIB = os.path.join(HERE, '..', 'contrib')
sys.path.insert(0, os.path.join(CONTRIB, 'python'))

from mistral_executor import Client, WorkflowError      # noqa: E402

PROGRAMS = os.path.join(HERE, 'packages')
WAIT = 60       # seconds for what must happen

WORKFLOWS = """
version: '2.0'
pk_items:
  input: [n]
  output: {r: <% $.r %>}
  tasks:
    t: {with-items: "i in <% range($.n) %>", action: pk.add a=<% $.i %>, publish: {r: <% task().result %>}}
pk_one:
  input: [action, input]
  output: {r: <% $.r %>}
  output-on-error: {r: <% $.r %>}
  tasks:
    t:
      action: <% $.action %>
      input: <% $.input %>
      publish: {r: <% task().result %>}
      publish-on-error: {r: <% task().result %>}
pk_signal:
  output: {r: <% $.r %>}
  tasks:
    t: {wait-for: go, publish: {r: <% task().result.data %>}}
pk_sleeps:
  output: {r: <% $.r %>}
  tasks:
    t: {with-items: "i in <% range(40) %>", action: pk.sleep seconds=0.2, publish: {r: <% task().result %>}}
pk_limited:
  input: [mark]
  tasks:
    t: {action: pk.look, input: {mark: <% $.mark %>}, timeout: 1}
"""


class Flavour:
    """A package in one of its forms."""
    package = 'python'
    fence = 'python'
    program = [sys.executable, os.path.join(PROGRAMS, 'executor.py')]
    error = 'ValueError: no such thing'
    signals = """
import json
from mistral_executor import Client
c = Client()
id = c.start("pk_signal")
sent = [c.signal(id, "early", {"n": 1}, "k"), c.signal(id, "early", key="k"), c.signal(id, "go", [1, None])]
print(json.dumps([sent, c.wait(id).output["r"]]))
"""
    shown = "{'sum': 42}"

    def __init__(self, hidden):
        self.env = {'PYTHONPATH': '%s:%s' % (os.path.join(CONTRIB, 'python'), PROGRAMS), 'HIDDEN': hidden}

    @staticmethod
    def inline(text):
        return [sys.executable, '-c', text]


class Node(Flavour):
    package = 'node'
    fence = 'js'
    program = ['node', os.path.join(PROGRAMS, 'executor.js')]
    error = 'Error: no such thing'
    signals = """
const { Client } = require('mistral-executor')
const c = new Client()
async function main () {
  const id = await c.start('pk_signal')
  const sent = [await c.signal(id, 'early', { n: 1 }, 'k'), await c.signal(id, 'early', null, 'k'), await c.signal(id, 'go', [1, null])]
  console.log(JSON.stringify([sent, (await c.wait(id)).output.r]))
  await c.close()
}
main()
"""
    shown = '{ product: 42 }'

    def __init__(self, modules):
        super().__init__('')
        os.symlink(os.path.abspath(os.path.join(CONTRIB, 'node')), os.path.join(modules, 'mistral-executor'))
        self.env = {'NODE_PATH': ':'.join(filter(None, [modules, os.environ.get('NODE_PATH'), '/usr/share/nodejs']))}

    @staticmethod
    def inline(text):
        return ['node', '-e', text]


class Checks:
    """One flavour, checked by its face and by what the database has of it."""

    def __init__(self, name, verbose):
        self.name = name
        self.verbose = verbose
        self.passed = self.failed = 0
        self.dir = tempfile.mkdtemp(prefix='mistral-package-')
        self.flavour = Node(self.dir) if name == 'node' else \
            Flavour({'psycopg2': 'psycopg', 'psycopg3': 'psycopg2'}[name])
        self.log = open(os.path.join(self.dir, 'log'), 'w+', encoding='utf-8')
        self.client = Client()
        self.db = psycopg2.connect('')
        self.db.autocommit = True

    def check(self, name, is_right, what=''):
        if is_right:
            self.passed += 1
        else:
            self.failed += 1
            print('FAIL %s: %s: %s' % (self.name, name, what))
        if self.verbose:
            print('%s %s: %s' % ('ok' if is_right else 'not ok', self.name, name))

    def equal(self, name, found, expected):
        self.check(name, found == expected, 'got %r, not %r' % (found, expected))

    def sql(self, text, *args):
        with self.db.cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchall() if cursor.description else []

    def until(self, name, text, *args):
        """Wait until a query returns true."""
        end = time.time() + WAIT
        while time.time() < end:
            if self.sql(text, *args)[0][0]:
                return
            time.sleep(0.02)
        self.check(name, False, 'still not: ' + text % args if args else text)

    @contextlib.contextmanager
    def running(self, command):
        """A program of the package's; its standard error goes to the log."""
        process = subprocess.Popen(command, stderr=self.log, stdout=subprocess.DEVNULL, cwd=self.dir,
                                   env=dict(os.environ, **self.flavour.env))
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def connected(self, name='pk'):
        self.until('executor %s connects' % name, 'SELECT EXISTS (SELECT FROM mistral.executors WHERE name = %s)', name)

    def outcome(self, action, **given):
        """The state, and the result, of one action in a workflow."""
        started = self.client.start('pk_one', {'action': action, 'input': given})
        try:
            done = self.client.wait(started, WAIT)
        except WorkflowError as e:
            done = e.execution
        return done.state, done.output.get('r')

    def start_marked(self, action):
        """Start an action that leaves a file when it is interrupted."""
        mark = os.path.join(self.dir, 'mark-%s-%s' % (action, time.time()))
        given = {'mark': mark, 'seconds': 60} if action == 'pk.sleep' else {'mark': mark}
        started = self.client.start('pk_one', {'action': action, 'input': given})
        self.until('%s is claimed' % action, """SELECT EXISTS (
            SELECT FROM mistral.action_executions WHERE execution_id = %s AND executor_id IS NOT NULL)""", started)
        return started, mark

    def marked(self, mark):
        end = time.time() + WAIT
        while time.time() < end and not os.path.exists(mark):
            time.sleep(0.02)
        return os.path.exists(mark)

    # ---- what is checked ----

    def readme(self):
        with open(os.path.join(CONTRIB, self.flavour.package, 'README.md'), encoding='utf-8') as f:
            blocks = re.findall(r'^```(\w+)\n(.*?)^```', f.read(), re.M | re.S)
        programs = [text for kind, text in blocks if kind == self.flavour.fence]
        self.check('an executor takes ten lines', len(programs[0].strip().split('\n')) <= 10)
        with self.running(self.flavour.inline(programs[0])) as process:
            self.until('the example announces its action',
                       'SELECT EXISTS (SELECT FROM mistral.action_definitions WHERE name = %s)',
                       re.search(r'my\.\w+', programs[0]).group())
            self.sql('SELECT count(*) FROM mistral.create_workflows(%s, or_replace => true)', dict(blocks)['yaml'])
            shown = subprocess.run(self.flavour.inline(programs[1]), capture_output=True, text=True, check=False,
                                   env=dict(os.environ, **self.flavour.env), timeout=WAIT)
            self.equal('the example of a client', shown.stdout.strip() or shown.stderr, self.flavour.shown)
            process.send_signal(signal.SIGTERM)
            self.equal('the example ends', process.wait(WAIT), 0)

    def signals(self):
        shown = subprocess.run(self.flavour.inline(self.flavour.signals), capture_output=True, text=True, check=False,
                               env=dict(os.environ, **self.flavour.env), timeout=WAIT)
        self.equal('signals', shown.stdout.replace(' ', '').strip() or shown.stderr, '[[true,false,true],[1,null]]')

    def results(self):
        self.equal('items', self.client.run('pk_items', {'n': 200})['r'], list(range(1, 201)))
        self.equal('keywords', self.outcome('pk.any', x=1, y=[None]), ('SUCCESS', {'x': 1, 'y': [None]}))
        self.equal('null', self.outcome('pk.fail', how='none'), ('SUCCESS', None))
        self.equal('an exception', self.outcome('pk.fail', how='error'), ('ERROR', self.flavour.error))
        self.equal('a value', self.outcome('pk.fail', how='value'), ('ERROR', {'code': 7}))
        for how in ('nan', 'object', 'nul'):
            state, text = self.outcome('pk.fail', how=how)
            self.check('%s is refused' % how, state == 'ERROR' and ('JSON' in text or 'stored' in text), text)
        self.equal('coroutines', self.client.run('pk_sleeps')['r'], ['t'] * 40)
        found = self.sql("""SELECT mistral_api.get_action('pk.add') ->> 'input', description, kind
            FROM mistral.action_definitions WHERE name = 'pk.add'""")
        self.equal('the announcement', found, [('a, b=1', 'Adds two numbers.', 'executor')])
        with self.assert_raises('an input that is not declared', WorkflowError):
            self.client.run('pk_one', {'action': 'pk.add', 'input': {'a': 1, 'c': 2}})

    @contextlib.contextmanager
    def assert_raises(self, name, kind):
        try:
            yield
            self.check(name, False, 'nothing was raised')
        except kind:
            self.check(name, True)

    def asynchronous(self):
        started = self.client.start('pk_one', {'action': 'pk.order', 'input': {}})
        self.until('an asynchronous action is started', """SELECT EXISTS (SELECT FROM mistral.action_executions
            a WHERE execution_id = %s AND state = 'R' AND executor_id IS NULL
            AND NOT EXISTS (SELECT FROM mistral.action_queue q WHERE q.action_id = a.id))""", started)
        action = self.sql('SELECT id FROM mistral.action_executions WHERE execution_id = %s', started)[0][0]
        self.client.complete(action, {'n': 1})
        self.equal('and completed', self.client.wait(started).output, {'r': {'n': 1}})

    def cancellation(self):
        for action in ('pk.sleep', 'pk.look'):
            started, mark = self.start_marked(action)
            self.sql('SELECT mistral.cancel_execution(%s)', started)
            self.check('%s learns that it is cancelled' % action, self.marked(mark))
            self.until('the cancelled action ends', """SELECT state = 'C' FROM mistral.action_executions
                WHERE execution_id = %s""", started)
        mark = os.path.join(self.dir, 'limit')
        with self.assert_raises('a time-out', WorkflowError):
            self.client.run('pk_limited', {'mark': mark})
        self.check('pk.look learns of the time-out', self.marked(mark))

    def transactions(self):
        self.sql('DROP TABLE IF EXISTS pk_ledger; CREATE TABLE pk_ledger (how text)')
        self.equal('a completion in a transaction', self.outcome('pk.book', how='once'), ('SUCCESS', {'booked': 'once'}))
        state, text = self.outcome('pk.book', how='forgotten')
        self.check('one that was not committed', state == 'ERROR' and 'not committed' in text, text)
        started = self.client.start('pk_one', {'action': 'pk.book', 'input': {'how': 'late'}})
        self.until('it is claimed', """SELECT EXISTS (SELECT FROM mistral.action_executions
            WHERE execution_id = %s AND executor_id IS NOT NULL)""", started)
        self.sql('SELECT mistral.cancel_execution(%s)', started)
        self.until('the late one ends', "SELECT state = 'C' FROM mistral.action_executions WHERE execution_id = %s",
                   started)
        self.until('its transaction ends', """SELECT NOT EXISTS (SELECT FROM pg_stat_activity
            WHERE state LIKE 'idle in%%' AND query LIKE '%%pk_ledger%%' AND pid <> pg_backend_pid())""")
        self.equal('what has been booked', self.sql('SELECT how FROM pk_ledger'), [('once',)])

    def lost_connections(self):
        started = self.client.start('pk_sleeps')
        for _ in range(5):
            self.sql("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE query LIKE '%%exchange_actions%%' AND pid <> pg_backend_pid()""")
            time.sleep(0.1)         # a pace, not a wait
        self.equal('work goes on over new connections', self.client.wait(started).output, {'r': ['t'] * 40})

    def lost_lease(self):
        started, mark = self.start_marked('pk.sleep')
        self.sql("UPDATE mistral.executors SET lease_until = now() - interval '1 s' WHERE name = 'pk'")
        self.check('what ran under a lost lease is given up', self.marked(mark))
        with self.assert_raises('its action fails', WorkflowError):
            self.client.wait(started)
        self.equal('it registers again', self.outcome('pk.add', a=1), ('SUCCESS', 2))

    def stopping(self, process):
        started = self.client.start('pk_one', {'action': 'pk.sleep', 'input': {'seconds': 1}})
        self.until('the last one is claimed', """SELECT EXISTS (SELECT FROM mistral.action_executions
            WHERE execution_id = %s AND executor_id IS NOT NULL)""", started)
        process.send_signal(signal.SIGTERM)
        self.equal('what runs is finished', self.client.wait(started).output, {'r': 't'})
        self.equal('it ends with 0', process.wait(WAIT), 0)
        self.equal('it has unregistered', self.sql("SELECT count(*) FROM mistral.executors WHERE name = 'pk'"), [(0,)])
        stuck = self.client.start('pk_one', {'action': 'pk.add', 'input': {'a': 1}})
        self.until('and why its actions wait is told', """SELECT waits_for LIKE '%%pk.add%%'
            FROM mistral.executions WHERE id = %s""", stuck)
        self.sql('SELECT mistral.cancel_execution(%s)', stuck)

    def own_transaction(self):
        self.db.autocommit = False
        client = Client(connection=self.db)
        started = client.start('pk_items', {'n': 0})
        self.db.rollback()
        self.db.autocommit = True
        self.equal('a start rolls back with its transaction',
                   self.sql('SELECT count(*) FROM mistral.executions WHERE id = %s', started), [(0,)])

    def plugins(self):
        package = os.path.join(self.dir, 'plug-1.dist-info')
        os.makedirs(package)
        with open(os.path.join(package, 'METADATA'), 'w', encoding='utf-8') as f:
            f.write('Metadata-Version: 2.1\nName: plug\nVersion: 1\n')
        with open(os.path.join(package, 'entry_points.txt'), 'w', encoding='utf-8') as f:
            f.write('[mistral.actions]\nplug.twice = plug:Twice\nplug.fail = plug:Fail\nplug.where = plug:Where\n')
        self.flavour.env['PYTHONPATH'] += ':' + self.dir
        command = [sys.executable, '-m', 'mistral_executor', '--plugins', 'plug.*', '--name', 'plug']
        with self.running(command) as process:
            self.connected('plug')
            self.equal('a plug-in', self.outcome('plug.twice', text='ab'), ('SUCCESS', 'abab'))
            self.equal('its failure', self.outcome('plug.fail'), ('ERROR', {'why': 'because'}))
            state, where = self.outcome('plug.where')
            self.check('its context', state == 'SUCCESS' and where['workflow'] == 'pk_one' and where['id'], where)
            process.send_signal(signal.SIGTERM)
            self.equal('plug-ins end', process.wait(WAIT), 0)
        self.standard_plugins()

    def standard_plugins(self):
        """Mistral's own standard actions, as its package brings them."""
        place = os.path.join(self.dir, 'served')
        os.makedirs(place)
        with open(os.path.join(place, 'known'), 'wb') as f:
            f.write('gr\u00fcn'.encode())
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=place)
        command = [sys.executable, '-m', 'mistral_executor', '--plugins', 'std.*', '--name', 'std']
        with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server, self.running(command) as process:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = 'http://127.0.0.1:%d/' % server.server_port
            self.connected('std')
            state, answer = self.outcome('std.http', url=url + 'known')
            self.equal('a request by its action', (state, answer['status'], answer['content']), ('SUCCESS', 200, 'gr\u00fcn'))
            state, answer = self.outcome('std.http', url=url + 'unknown')
            self.equal('one that fails', (state, answer['status']), ('ERROR', 404))
            self.equal('a dictionary', self.outcome('std.test_dict', size=2, key_prefix='k', val='v'), ('SUCCESS', {'k0': 'v', 'k1': 'v'}))
            state, why = self.outcome('std.email', to_addrs=['a@example.org'], smtp_server='127.0.0.1:1', from_addr='b@example.org',
                                      subject='s', body='b')
            self.check('mail that nobody takes', state == 'ERROR' and 'refused' in why, why)
            server.shutdown()
            process.send_signal(signal.SIGTERM)
            self.equal('standard actions end', process.wait(WAIT), 0)

    def end(self):
        if self.failed:
            self.log.seek(0)
            print('--- %s: the end of its log\n%s' % (self.name, self.log.read()[-4000:]))
        self.log.close()
        shutil.rmtree(self.dir)

    def go(self):
        self.sql('SELECT count(*) FROM mistral.create_workflows(%s, or_replace => true)', WORKFLOWS)
        self.readme()
        self.signals()
        with self.running(self.flavour.program) as process:
            self.connected()
            self.results()
            self.asynchronous()
            self.cancellation()
            self.transactions()
            self.lost_connections()
            self.lost_lease()
            self.stopping(process)
        self.own_transaction()
        if self.name == 'psycopg3':
            self.plugins()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('flavours', nargs='*', default=['psycopg3', 'psycopg2', 'node'])
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()
    passed = failed = 0
    for name in options.flavours:
        checks = Checks(name, options.verbose)
        try:
            checks.go()
        except Exception as e:          # pylint: disable=broad-except
            checks.check('it goes on', False, ''.join(traceback.format_exception(e)))
        checks.end()
        passed += checks.passed
        failed += checks.failed
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
