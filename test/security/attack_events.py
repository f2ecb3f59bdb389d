#!/usr/bin/python3
"""Attacks on the gapless reading of events.

usage: attack_events.py --bindir DIR --database CONNINFO

Transactions that do not write events, wherever they are, hold up no reader;
those that do are waited for, prepared or not, so that no event is lost. Ends
with "N passed, N failed".
"""
import argparse
import random
import sys
import threading
import time

import psycopg2

PATIENCE = 20       # seconds until a condition counts as never met
WRITERS = 4
ROUNDS = 40         # transactions of each writer

DEFINITIONS = """
version: '2.0'
attack_events:
  tasks:
    only: {action: std.noop}
attack_events_end:
  tasks:
    only: {action: std.async_noop}
"""


class Test:
    def __init__(self, conninfo):
        self.conninfo = conninfo
        self.passed = self.failed = 0
        self.admin = self.connect()

    def connect(self, autocommit=True, **changes):
        connection = psycopg2.connect(self.conninfo, **changes)
        connection.autocommit = autocommit
        return connection

    def check(self, condition, name):
        print('%s - %s' % ('ok' if condition else 'not ok', name), flush=True)
        if condition:
            self.passed += 1
        else:
            self.failed += 1

    def value(self, query, *args, connection=None):
        with (connection or self.admin).cursor() as cursor:
            cursor.execute(query, args)
            row = cursor.fetchone() if cursor.description else None
            return row and row[0]

    def start(self, workflow='attack_events', connection=None):
        return self.value('SELECT mistral.start_workflow(%s)', workflow, connection=connection)

    def wait(self, query, *args):
        """Whether the query says true before patience is at its end."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.value(query, *args):
                return True
            time.sleep(0.02)
        return False

    def is_read(self, execution, count=4):
        """Whether a reader and the router get past all events of an execution."""
        return self.wait("SELECT count(*) = %s FROM mistral.read_events('attack', 1000000)"
                         ' WHERE execution_id = %s', count, execution) and \
            self.wait('SELECT (e.xact_id, e.id) <= (c.last_xact, c.last_id) FROM mistral.event_consumers c,'
                      " (SELECT xact_id, id FROM mistral.events WHERE execution_id = %s"
                      "   ORDER BY xact_id DESC, id DESC LIMIT 1) e WHERE c.name = ''", execution)

    def is_held(self, execution):
        return self.value("SELECT count(*) = 0 FROM mistral.read_events('attack', 1000000)"
                          ' WHERE execution_id = %s', execution)


def setup(test):
    test.value('CREATE ROLE attack_nobody LOGIN')
    test.value('SELECT count(*) FROM mistral.create_workflows(%s)', DEFINITIONS)
    test.value("SELECT mistral.create_event_consumer('attack')")
    test.value("SELECT mistral.create_event_subscription('attack', %s)", '{"type": "noop"}')


def cleanup(test):
    test.value("SELECT mistral.delete_event_consumer('attack')")
    test.value("SELECT mistral.delete_event_subscription('attack')")
    test.value('SELECT count(mistral.delete_execution(id, true)) FROM mistral.executions'
               " WHERE workflow_name LIKE 'attack%%'")
    for workflow in ('attack_events', 'attack_events_end'):
        test.value('SELECT mistral.delete_workflow(%s)', workflow)
    test.value('DROP ROLE attack_nobody')


def test_idle(test):
    """What holds no reader: transactions with numbers that write no events."""
    idle = [('of another database', dict(dbname='postgres', user='attack_nobody'), []),
            ('of a role without rights', dict(user='attack_nobody'), []),
            ('with many subtransactions', dict(user='attack_nobody'),
             [text for i in range(100) for text in ('SAVEPOINT s', 'CREATE TEMP TABLE t%d ()' % i)]),
            ('that has rolled back to a savepoint', {},
             ['SAVEPOINT s', "SELECT mistral.start_workflow('attack_events')", 'ROLLBACK TO s']),
            ('in REPEATABLE READ', dict(user='attack_nobody'), [])]
    for name, where, statements in idle:
        session = test.connect(autocommit=False, **where)
        if name == 'in REPEATABLE READ':
            session.set_session(isolation_level='REPEATABLE READ')
        test.value('SELECT pg_current_xact_id()', connection=session)
        for statement in statements:
            test.value(statement, connection=session)
        before = test.start()
        test.check(test.is_read(before), 'events pass an idle transaction ' + name)
        session.rollback()
        session.close()

    session = test.connect(autocommit=False, dbname='postgres')
    test.value('SELECT pg_current_xact_id()', connection=session)
    test.value("PREPARE TRANSACTION 'attack_idle'", connection=session)
    test.check(test.is_read(test.start()), 'events pass a prepared transaction of another database')
    session.close()
    session = test.connect(dbname='postgres')
    test.value("ROLLBACK PREPARED 'attack_idle'", connection=session)
    session.close()


def test_writers(test):
    """What holds a reader: a transaction that has written events."""
    def held(name, statements, end=None, is_rolled_back=False):
        session = test.connect(autocommit=False)
        old = None
        for statement in statements:
            found = test.value(statement, connection=session)
            old = found if statement == start else old
        later = test.start()
        test.check(test.is_held(later), 'later events wait for ' + name)
        if end is not None:
            session.close()
            test.value(end)
        elif is_rolled_back:
            session.rollback()
        else:
            session.commit()
        test.check(test.is_read(later) and (is_rolled_back or test.is_read(old)),
                   'nothing is lost of ' + name)
        if not session.closed:
            session.close()

    start = "SELECT mistral.start_workflow('attack_events')"
    held('a transaction that has written', [start])
    held('a transaction that is rolled back', [start], is_rolled_back=True)
    held('a transaction that has written in a subtransaction',
         ['SELECT pg_current_xact_id()::text', 'SAVEPOINT s', start, 'RELEASE s'])
    held('a transaction that has written before a savepoint',
         [start, 'SAVEPOINT s', 'SELECT NULL', 'ROLLBACK TO s'])
    held('a prepared transaction', [start, "PREPARE TRANSACTION 'attack_writer'"],
         end="COMMIT PREPARED 'attack_writer'")

    # one that begins early and writes late, when later ones have been read
    session = test.connect(autocommit=False)
    test.value('SELECT pg_current_xact_id()', connection=session)
    ended = test.start('attack_events_end')
    test.check(test.is_read(ended, 2), 'an old transaction that has not written holds nothing')
    test.value("SELECT count(mistral.acknowledge_events('attack', id))"
               " FROM mistral.read_events('attack', 1000000)")
    test.value('SELECT mistral.complete_action(id) FROM mistral.actions WHERE workflow_execution_id = %s',
               ended, connection=session)
    session.commit()
    test.check(test.is_read(ended, 2), 'what it writes then comes behind what was read')
    session.close()


class Writer(threading.Thread):
    """Writes in transactions of all kinds; notes what it has committed."""

    def __init__(self, test, number):
        super().__init__()
        self.test = test
        self.number = number
        self.rng = random.Random(number)
        self.committed = []
        self.error = None

    def run(self):
        try:
            session = self.test.connect(autocommit=False)
            for turn in range(ROUNDS):
                self.transaction(session, turn)
            session.close()
        except Exception as e:                          # told by the main thread
            self.error = e

    def transaction(self, session, turn):
        ids = []
        if self.rng.random() < 0.5:
            self.test.value('SELECT pg_current_xact_id()', connection=session)
            self.test.value('SELECT pg_sleep(%s)', self.rng.random() / 50, connection=session)
        for _ in range(self.rng.randint(1, 3)):
            kind = self.rng.randrange(3)
            if kind > 0:
                self.test.value('SAVEPOINT s', connection=session)
            ids.append(self.test.start(connection=session))
            if kind == 1:
                self.test.value('ROLLBACK TO s', connection=session)
                ids.pop()
            self.test.value('SELECT pg_sleep(%s)', self.rng.random() / 100, connection=session)
        end = self.rng.randrange(4)
        if end == 0:
            session.rollback()
            return
        if end == 1:
            name = 'attack_%d_%d' % (self.number, turn)
            self.test.value("PREPARE TRANSACTION '%s'" % name, connection=session)
            session.rollback()
            session.autocommit = True
            time.sleep(self.rng.random() / 50)
            self.test.value("COMMIT PREPARED '%s'" % name, connection=session)
            session.autocommit = False
        else:
            session.commit()
        self.committed += ids


def test_nothing_lost(test):
    test.value("SELECT count(mistral.acknowledge_events('attack', id))"
               " FROM mistral.read_events('attack', 1000000)")
    idle = test.connect(autocommit=False, dbname='postgres', user='attack_nobody')
    test.value('SELECT pg_current_xact_id()', connection=idle)
    writers = [Writer(test, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()

    seen = {}
    twice = 0
    last_look = False
    while True:
        alive = any(writer.is_alive() for writer in writers)
        with test.admin.cursor() as cursor:
            cursor.execute("SELECT id, execution_id, event FROM mistral.read_events('attack', 50)")
            rows = cursor.fetchall()
        for number, execution, event in rows:
            events = seen.setdefault(execution, [])
            twice += number in [known for known, _ in events]
            events.append((number, event))
        if rows:
            test.value("SELECT mistral.acknowledge_events('attack', %s)", rows[-1][0])
        elif last_look:
            break
        last_look = not alive and not rows
    for writer in writers:
        writer.join()
    idle.close()

    errors = [writer.error for writer in writers if writer.error is not None]
    if errors:
        print('a writer failed:', errors[0])
    committed = [execution for writer in writers for execution in writer.committed]
    expected = ['WORKFLOW_LAUNCHED', 'TASK_LAUNCHED', 'TASK_SUCCEEDED', 'WORKFLOW_SUCCEEDED']
    wrong = [execution for execution in committed
             if [event for _, event in seen.get(execution, [])] != expected]
    test.check(not errors and len(committed) > WRITERS, 'writers write')
    test.check(not wrong, '%d of %d executions were read out of order or not wholly' % (len(wrong), len(committed))
               if wrong else 'all that was committed is read, in order')
    test.check(twice == 0 and len(seen) == len(committed), 'nothing is read twice, or was rolled back')


def test_bounds(test):
    """One project's deliveries stay few, and another's are not touched."""
    def deliveries(project):
        return test.value('SELECT count(*) FROM mistral.event_deliveries WHERE project_id = %s', project)

    many = '{"notify": [%s]}' % ', '.join('{"type": "file", "name": "attack %d"}' % i for i in range(20))
    test.value('SELECT mistral.create_roles()')
    test.value('GRANT mistral_user TO attack_nobody')
    user = test.connect(user='attack_nobody')
    test.value('SELECT count(*) FROM mistral.create_workflows(%s)', DEFINITIONS, connection=user)
    test.value("SELECT mistral.start_workflow('attack_events', params => %s)",
               '{"notify": [{"type": "file", "name": "attack"}]}')
    test.value('ALTER SYSTEM SET mistral.max_deliveries = 100')
    test.value('SELECT pg_reload_conf()')
    test.wait("SELECT current_setting('mistral.max_deliveries') = '100'")
    for _ in range(10):
        last = test.value("SELECT mistral.start_workflow('attack_events', params => %s)", many, connection=user)
    test.check(test.is_read(last), 'the router gets past many publishers')
    test.check(0 < deliveries('attack_nobody') <= 100, 'a project has no more deliveries than it may')
    test.check(test.value("SELECT count(*) FROM mistral.event_deliveries WHERE endpoint = 'file attack'") == 4,
               'the deliveries of others stay')
    test.value('ALTER SYSTEM RESET mistral.max_deliveries')
    test.value('SELECT pg_reload_conf()')
    test.value('SELECT mistral.delete_workflow(name) FROM mistral.workflows WHERE project_id = current_user',
               connection=user)
    user.close()
    test.value("DELETE FROM mistral.event_deliveries WHERE endpoint LIKE 'file attack%%'")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bindir')
    parser.add_argument('--database', required=True)
    test = Test(parser.parse_args().database)
    setup(test)
    try:
        test_idle(test)
        test_writers(test)
        test_nothing_lost(test)
        test_bounds(test)
    finally:
        cleanup(test)
    print('%d passed, %d failed' % (test.passed, test.failed))
    return 1 if test.failed else 0


if __name__ == '__main__':
    sys.exit(main())
