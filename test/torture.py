#!/usr/bin/python3
"""Torture the engine with random workflows and random disturbances.

usage: torture.py [--seed N] [--seconds N] [--sessions N] [--workflows N]

Random definitions are run while several sessions at once report results (also
twice, in batches, and in transactions that are rolled back), pause, resume,
stop, rerun and skip, and lose their backends. All the while mistral.check() must
find nothing. Then everything is answered until all executions have ended, and
nothing hangs or is left over. Workflows that need no answer must end as
mistral.simulate() says. Connects as PGHOST, PGDATABASE and so on say. One seed
gives the same definitions and plans; how sessions meet is up to the server.
"""
import argparse
import json
import os
import random
import signal
import sys
import threading
import time

import psycopg2

TRANSIENT = ('40001', '40P01', '55P03', '57P01', '57P02', '57014', '08006', '25P02')

# what must hold when all executions have ended: name, query for what is wrong
INVARIANTS = (
    ('executions end', """
        SELECT id, workflow_name, state, waits_for FROM mistral.executions
         WHERE workflow_name LIKE 'torture%' AND state NOT IN ('SUCCESS', 'ERROR', 'CANCELLED')"""),
    ('nothing is violated', 'SELECT invariant, object, detail FROM mistral.check()'),
    ('no recorded result is left', 'SELECT action_id, execution_id, state FROM mistral.action_results'),
    ('no delayed call is given up',
     'SELECT id, kind, execution_id, error FROM mistral.delayed_calls WHERE is_dead'),
)


class Definitions:
    """Random workflows; a workflow calls only those before it."""

    def __init__(self, rng, count):
        self.rng = rng
        self.workflows = {}
        for number in range(count):
            is_closed = number % 3 == 0
            name = 'torture_%d%s' % (number, '_closed' if is_closed else '')
            self.workflows[name] = self.workflow(is_closed, list(self.workflows))

    def chance(self, percent):
        return self.rng.randrange(100) < percent

    def workflow(self, is_closed, others):
        rng = self.rng
        if is_closed:
            others = [name for name in others if name.endswith('_closed')]
        names = ['t%d' % i for i in range(rng.randint(2, 8))]
        tasks = {}
        for i, name in enumerate(names):
            tasks[name] = self.task(is_closed, others, name, names[i + 1:])
        for name in names:
            inbound = sum(1 for t in tasks.values() if self.leads_to(t, name))
            if inbound > 1 and not self.leads_to(tasks[name], name) and self.chance(70):
                tasks[name]['join'] = rng.choice(['all', 'one', min(2, inbound)])
        return {'vars': {'n': 0}, 'output': {'n': '<% $.get(n) %>'}, 'tasks': tasks}

    @staticmethod
    def leads_to(task, name):
        return any(name == target or (isinstance(target, dict) and name in target)
                   for clause in ('on-success', 'on-error', 'on-complete')
                   for target in task.get(clause, ()))

    def task(self, is_closed, others, name, later):
        rng = self.rng
        task = {}
        if others and self.chance(20):
            task['workflow'] = rng.choice(others)
        else:
            actions = ['std.noop', 'std.echo output=<% $.get(n) %>', 'std.fail', 'std.noop',
                       'std.echo output={"a": [1, 2]}']
            if not is_closed:
                actions += ['std.async_noop'] * 5 + ['std.http url="http://127.0.0.1:1/"']
            task['action'] = rng.choice(actions)
        if self.chance(25):
            task['with-items'] = 'i in <%% range(0, %d) %%>' % rng.randint(0, 5)
            if self.chance(60):
                task['concurrency'] = rng.randint(1, 3)
        if self.chance(20):
            task['retry'] = {'count': rng.randint(1, 2), 'delay': 0}
        if not is_closed and self.chance(6):
            task['pause-before'] = True
        if self.chance(5):
            task['keep-result'] = False
        if self.chance(40):
            task['publish'] = {'n': '<% $.get(n, 0) + 1 %>', 'r': '<% task().result %>'}
        if self.chance(10):
            task['publish-on-error'] = {'failed': name}
        for clause, percent in (('on-success', 70), ('on-error', 50), ('on-complete', 20)):
            targets = []
            for target in rng.sample(later, min(len(later), rng.randint(1, 2))):
                targets.append({target: '<% $.get(n, 0) >= 0 %>'} if self.chance(20) else target)
            if self.chance(8):
                targets.append(rng.choice(['fail', 'succeed', 'noop'] + ([] if is_closed else ['pause'])))
            if targets and self.chance(percent):
                task[clause] = targets
        if self.chance(10) and 'publish' in task and name != 't0':
            task.setdefault('on-success', []).append({name: '<% $.n < 3 %>'})
        return task

    def text(self):
        return json.dumps(dict(self.workflows, version='2.0'))


class Session(threading.Thread):
    """One client that does random things until the time is over."""

    def __init__(self, run, number):
        super().__init__(daemon=True)
        self.run_state = run
        self.rng = random.Random('%s/%d' % (run.options.seed, number))
        self.connection = None
        self.executor = None
        self.number = number

    def connect(self):
        self.connection = psycopg2.connect('')
        self.connection.autocommit = True
        self.query('SET mistral.max_inline_steps = %s', self.rng.choice([1, 2, 5, 1000]))
        self.executor = self.query('SELECT mistral.register_executor(%s)', 'torture%d' % self.number)[0][0]

    def query(self, text, *args):
        with self.connection.cursor() as cursor:
            if args:
                cursor.execute(text, args)
            else:
                cursor.execute(text.replace('%%', '%'))
            return cursor.fetchall() if cursor.description else []

    def pick(self, text):
        rows = self.query(text + ' LIMIT 40')
        return self.rng.choice(rows)[0] if rows else None

    def on_one(self, found, text, *args):
        picked = self.pick(found)
        if picked is not None:
            self.query(text, picked, *args)

    def start_workflow(self):
        self.query('SELECT mistral.start_workflow(%s, run_async => %s)',
                   self.rng.choice(self.run_state.names), self.rng.random() < 0.2)

    def complete(self):
        ids = [r[0] for r in self.query("""
            SELECT id FROM mistral.action_executions WHERE state IN ('R', 'P') AND name = 'std.async_noop'
             ORDER BY random() LIMIT %s""", self.rng.choice([1, 1, 2, 5]))]
        states = self.rng.choices(['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING'],
                                  weights=[60, 25, 3, 6, 6], k=len(ids))
        if len(ids) == 1 and self.rng.random() < 0.2:
            ids, states = ids * 2, states * 2
        if len(ids) > 1:
            self.query('BEGIN')
        for action, state in zip(ids, states):
            self.query('SELECT mistral.complete_action(%s, %s, %s)', action, state, '"x"')
        if len(ids) > 1:
            self.query('ROLLBACK' if self.rng.random() < 0.15 else 'COMMIT')

    def execute(self):
        claimed = self.query('SELECT action_id FROM mistral.claim_actions(%s, %s)',
                             self.executor, self.rng.randint(1, 5))
        results = [{'id': r[0], ('error' if self.rng.random() < 0.3 else 'result'): 'x'} for r in claimed]
        self.query('SELECT mistral.complete_actions(%s, %s)', self.executor,
                   json.dumps(results + self.rng.sample(results, len(results) // 2)))

    def act(self):
        rng = self.rng
        of_state = "SELECT id FROM mistral.executions WHERE workflow_name LIKE 'torture%%' AND state IN (%s)" \
                   ' ORDER BY random()'
        of_task = "SELECT id FROM mistral.tasks WHERE state IN ('ERROR') ORDER BY random()"
        choice = rng.randrange(100)
        if choice < 15:
            self.start_workflow()
        elif choice < 60:
            self.complete()
        elif choice < 70:
            self.execute()
        elif choice < 75:
            self.on_one(of_state % "'RUNNING'", 'SELECT mistral.pause_execution(%s)')
        elif choice < 83:
            self.on_one(of_state % "'PAUSED'", 'SELECT mistral.resume_execution(%s)')
        elif choice < 86:
            self.on_one(of_state % "'RUNNING', 'PAUSED'", 'SELECT mistral.stop_execution(%s, %s, %s)',
                        rng.choice(['SUCCESS', 'ERROR', 'CANCELLED']), 'stopped')
        elif choice < 94:
            self.on_one(of_task, 'SELECT mistral.rerun_task(%s, %s)', rng.random() < 0.7)
        elif choice < 97:
            self.on_one(of_task, 'SELECT mistral.skip_task(%s)')
        else:
            self.query('SELECT mistral.run_due_calls(5)')

    def run(self):
        while time.time() < self.run_state.until:
            try:
                if self.connection is None or self.connection.closed:
                    self.connect()
                self.act()
                self.run_state.calls += 1
            except psycopg2.Error as e:
                self.run_state.note_error(e)
                self.give_up_transaction()

    def give_up_transaction(self):
        try:
            if self.connection is not None and not self.connection.closed:
                self.query('ROLLBACK')
        except psycopg2.Error:
            self.connection.close()


class Inspector(Session):
    """One client that looks for violated invariants while the others are at work."""

    def __init__(self, run):
        super().__init__(run, 0)
        self.found = {}
        self.looks = 0

    def connect(self):
        super().connect()
        self.query("SET application_name = 'torture inspector'")

    def act(self):
        for row in self.query('SELECT invariant, object, detail FROM mistral.check()'):
            self.found[row] = True
        self.looks += 1


class Run:
    def __init__(self, options):
        self.options = options
        self.until = time.time() + options.seconds
        self.calls = 0
        self.errors = {}
        self.names = []
        self.failures = []
        self.passed = 0

    def note_error(self, e):
        code = e.pgcode or ''
        if not code or code.startswith('MS') or code in TRANSIENT:   # no code: the connection is gone
            return
        self.errors['%s %s' % (code, str(e).strip().split('\n')[0])] = True

    def check(self, name, wrong):
        if not wrong:
            self.passed += 1
            return
        self.failures.append(name)
        print('FAIL %s' % name)
        for row in list(wrong)[:5]:
            print('     %s' % (row,))

    def make_definitions(self, admin):
        definitions = Definitions(random.Random(self.options.seed), self.options.workflows)
        self.names = list(definitions.workflows)
        for name in reversed(self.names):
            admin.query("SELECT mistral.delete_workflow(%s) WHERE EXISTS"
                        ' (SELECT FROM mistral.workflows WHERE name = %s)', name, name)
        admin.query('SELECT count(*) FROM mistral.create_workflows(%s)', definitions.text())
        return definitions

    def compare_simulations(self, admin, definitions):
        wrong = []
        for name in self.names:
            if not name.endswith('_closed'):
                continue
            closed = {n: w for n, w in definitions.workflows.items() if n.endswith('_closed')}
            admin.query('SET mistral.max_inline_steps = 1000')
            simulated = admin.query("""
                SELECT state FROM mistral.simulate(%s, workflow => %s)
                 WHERE task IS NULL AND workflow_name = %s AND event LIKE 'WORKFLOW%%'
                 ORDER BY step DESC LIMIT 1""", json.dumps(dict(closed, version='2.0')), name, name)
            admin.query('SET mistral.max_inline_steps = %s', random.Random(name).choice([1, 3, 1000]))
            started = admin.query('SELECT mistral.start_workflow(%s)', name)[0][0]
            real = admin.query("SELECT mistral.wait_execution(%s, '20 s') ->> 'state'", started)
            if real != simulated:
                wrong.append((name, 'simulated', simulated, 'real', real))
        self.check('simulations end as executions do', wrong)

    def disturb(self, admin):
        """Take backends away from time to time."""
        rng = random.Random(self.options.seed)
        while time.time() < self.until:
            time.sleep(rng.uniform(0.2, 1))
            crash = self.options.crash and rng.random() < 0.3
            try:
                if admin.connection.closed:
                    admin.connect()
                found = admin.query("""
                    SELECT pid FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()
                       AND application_name <> 'torture inspector'
                       AND (query LIKE '%mistral.%' OR backend_type LIKE 'mistral%')
                     ORDER BY random() LIMIT 1""")
                if found and crash:
                    os.kill(found[0][0], signal.SIGKILL)
                elif found:
                    admin.query('SELECT pg_terminate_backend(%s)', found[0][0])
            except psycopg2.Error as e:
                self.note_error(e)
        self.reconnect(admin)

    @staticmethod
    def reconnect(admin):
        """The server may be about to restart after a crash."""
        admin.connection.close()
        for _ in range(100):
            try:
                admin.connect()
                time.sleep(0.5)
                admin.query('SELECT 1')
                return
            except psycopg2.Error:
                time.sleep(0.2)

    def settle(self, client):
        """Answer everything until all has ended, or nothing moves any more."""
        begin = time.time()
        while time.time() < begin + self.options.settle:
            moves = client.query("""
                SELECT id::text, 'resume_execution' FROM mistral.executions
                 WHERE state = 'PAUSED' AND workflow_name LIKE 'torture%%'
                UNION ALL
                SELECT a.id::text, 'complete_action' FROM mistral.action_executions a
                 WHERE a.state IN ('R', 'P') AND a.name = 'std.async_noop'""")
            for found, function in moves:
                try:
                    client.query('SELECT mistral.%s(%%s)' % function, found)
                except psycopg2.Error as e:
                    self.note_error(e)
            client.query("""
                SELECT mistral.complete_actions(%s, coalesce(jsonb_agg(jsonb_build_object(
                    'id', action_id, 'result', 1)), '[]')) FROM mistral.claim_actions(%s, 1000)""",
                         client.executor, client.executor)
            client.query('SELECT mistral.run_due_calls()')
            left = client.query("""
                SELECT (SELECT count(*) FROM mistral.delayed_calls
                         WHERE NOT is_dead)
                     + (SELECT count(*) FROM mistral.action_results)
                     + (SELECT count(*) FROM mistral.executions WHERE workflow_name LIKE 'torture%%'
                           AND state NOT IN ('SUCCESS', 'ERROR', 'CANCELLED'))""")[0][0]
            if left == 0 and not moves:
                return
            time.sleep(0.1)

    def lost_executors(self, client):
        """What sessions that are gone have claimed is given up."""
        for row in client.query("SELECT id FROM mistral.executors WHERE name LIKE 'torture%%' AND id <> %s",
                                client.executor):
            client.query('SELECT mistral.unregister_executor(%s)', row[0])

    def go(self):
        admin = Session(self, 0)
        admin.connect()
        definitions = self.make_definitions(admin)
        self.compare_simulations(admin, definitions)
        self.until = time.time() + self.options.seconds
        sessions = [Session(self, n + 1) for n in range(self.options.sessions)]
        for session in sessions:
            session.start()
        inspector = Inspector(self)
        inspector.start()
        self.disturb(admin)
        for session in sessions + [inspector]:
            session.join(60)
        self.check('sessions end', [s.number for s in sessions + [inspector] if s.is_alive()])
        self.check('nothing is violated at any time', list(inspector.found))
        self.check('somebody has looked', [] if inspector.looks > 0 else [inspector.looks])
        self.lost_executors(admin)
        admin.query('SET mistral.max_inline_steps = 1000')
        self.settle(admin)
        self.check('no unexpected error', sorted(self.errors))
        for name, query in INVARIANTS:
            self.check(name, admin.query(query))
        executions = admin.query("SELECT count(*) FROM mistral.executions WHERE workflow_name LIKE 'torture%%'")
        print('seed %s: %d calls, %d executions' % (self.options.seed, self.calls, executions[0][0]))
        print('%d passed, %d failed' % (self.passed, len(self.failures)))
        return 1 if self.failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=10, help='of disturbance')
    parser.add_argument('--settle', type=float, default=60, help='seconds to end all at most')
    parser.add_argument('--sessions', type=int, default=4)
    parser.add_argument('--crash', action='store_true', help='also kill backends, so that the server restarts')
    parser.add_argument('--workflows', type=int, default=24)
    sys.exit(Run(parser.parse_args()).go())


if __name__ == '__main__':
    main()
