#!/usr/bin/python3
"""Transfers that workers complete in their own transactions, exactly once each.

usage: ledger.py [--seed N] [--transfers N] [--workers N]

Workers claim transfers, move money between accounts, and complete the action
with mistral.complete_in_transaction() before they commit. All the while their
connections are cut, their leases end, they roll back, forget what they have
claimed, wait longer than their lease lasts, and show tokens that are not valid
any more. In the end each action that succeeded has its transfer once, no other
has one, those that may be run again have all succeeded, and the accounts add
up. Connects as PGHOST, PGDATABASE and so on say. With --transfers 10000 it is a
measurement, too: it says how many were done in a second.

Each thing that is waited for is named before, and has a limit of its own; what
is unfinished then is shown, with why it is.
"""
import argparse
import random
import sys
import threading
import time

import psycopg2

ITEMS = 100                 # transfers of one execution
ACCOUNTS = 50
LEASE = 2                   # seconds
CLAIM_LOST = 'MS094'
DEADLINE = 150              # seconds until all must have ended
JOIN_LIMIT = 60             # seconds until all threads must have ended
QUERY_LIMIT = 30            # seconds that one query may take

PREPARE = """
DROP TABLE IF EXISTS public.ledger_accounts, public.ledger;
CREATE TABLE public.ledger_accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
INSERT INTO public.ledger_accounts SELECT generate_series(1, %d);
CREATE TABLE public.ledger (action_id uuid NOT NULL, worker int NOT NULL, amount int NOT NULL);
""" % ACCOUNTS

DEFINITIONS = """
version: '2.0'
ledger_safe:
  tasks:
    pay:
      with-items: n in <%% range(%(items)d) %%>
      action: std.http url=<%% 'http://localhost/' + str($.n) %%>
      target: ledger
      safe-rerun: true
ledger_once:
  tasks:
    pay:
      with-items: n in <%% range(%(items)d) %%>
      action: std.http url=<%% 'http://localhost/' + str($.n) %%>
      target: ledger
""" % {'items': ITEMS}

# what must hold in the end: name, query for what is wrong
INVARIANTS = (
    ('executions have ended', """
        SELECT id, state, waits_for FROM mistral.executions
         WHERE workflow_name LIKE 'ledger%' AND state NOT IN ('SUCCESS', 'ERROR')"""),
    # grouped, since the plan of a join may be of any kind where statistics are not up to date
    ('each action that succeeded has one transfer', """
        SELECT id, count(*) - 1 AS transfers
          FROM (SELECT id FROM mistral.actions WHERE workflow_name LIKE 'ledger%' AND state = 'SUCCESS'
                UNION ALL SELECT action_id FROM public.ledger) x
         GROUP BY id HAVING count(*) <> 2"""),
    ('no other action has one', """
        SELECT l.action_id, a.state FROM public.ledger l LEFT JOIN mistral.actions a ON a.id = l.action_id
         WHERE a.state IS DISTINCT FROM 'SUCCESS'"""),
    ('what may be run again has succeeded', """
        SELECT a.id, a.state, a.output FROM mistral.actions a
         WHERE a.workflow_name = 'ledger_safe' AND a.state <> 'SUCCESS'"""),
    ('the accounts add up', 'SELECT sum(balance) FROM public.ledger_accounts HAVING sum(balance) <> 0'),
    ('nothing is violated', 'SELECT invariant, object, detail FROM mistral.check()'),
    ('nothing is left to be told', """
        SELECT r.* FROM mistral.action_recalls r JOIN mistral.actions a ON a.id = r.action_id
         WHERE a.workflow_name LIKE 'ledger%' AND a.state NOT IN ('SUCCESS', 'ERROR')"""),
)


CLEAN_UP = (
    "SELECT mistral.delete_execution(id, true) FROM mistral.executions WHERE workflow_name LIKE 'ledger%'",
    'DROP TABLE public.ledger_accounts, public.ledger',
)

# what is shown of executions that do not end
UNFINISHED = (
    ('unfinished executions', """
        SELECT id, state, state_info, updated_at FROM mistral.executions
         WHERE workflow_name LIKE 'ledger%' AND state NOT IN ('SUCCESS', 'ERROR') LIMIT 5"""),
    ('why they are', """
        SELECT e.id, w.* FROM (SELECT id FROM mistral.executions WHERE workflow_name LIKE 'ledger%'
                                  AND state NOT IN ('SUCCESS', 'ERROR') LIMIT 5) e, mistral.why(e.id) w"""),
    ('their actions', """
        SELECT state, left(waits_for, 30), count(*), min(id::text) FROM mistral.actions
         WHERE workflow_name LIKE 'ledger%' AND state NOT IN ('SUCCESS', 'ERROR') GROUP BY 1, 2 LIMIT 20"""),
    ('executors', "SELECT name, lease_until, last_heartbeat FROM mistral.executors WHERE target = 'ledger'"),
    ('findings', 'SELECT invariant, object, detail FROM mistral.check() LIMIT 20'),
)

SESSIONS = """
SELECT pid, application_name, backend_type, state, wait_event_type, wait_event, now() - query_start,
       pg_blocking_pids(pid), left(query, 200)
  FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"""


def connect(name='ledger'):
    connection = psycopg2.connect('', application_name=name)
    connection.autocommit = True
    return connection


def connect_bounded():
    """A cursor whose queries end after QUERY_LIMIT."""
    cursor = connect('ledger control').cursor()
    cursor.execute('SET statement_timeout = %s', ['%ds' % QUERY_LIMIT])
    return cursor


def print_rows(title, query):
    """Show what a query finds, or why it finds nothing."""
    print('--- %s' % title)
    try:
        cursor = connect_bounded()
        cursor.execute(query)
        for row in cursor:
            print('   ', *row)
    except psycopg2.Error as error:
        print('    %s' % error)
    sys.stdout.flush()


def find_rows(name, query):
    """What a query finds: its rows, and why it failed. With one that takes too long, its plan, and what sessions do."""
    print('%s ...' % name, flush=True)
    cursor = connect_bounded()
    try:
        cursor.execute(query)
        return (cursor.fetchall() if cursor.description else []), []
    except psycopg2.Error as error:
        print_rows('sessions', SESSIONS)
        if query.lstrip().startswith('SELECT'):
            print_rows('plan', 'EXPLAIN ' + query)
        return [], [str(error)]


class Worker(threading.Thread):
    """Claims and transfers until it is told to stop, whatever befalls it."""

    def __init__(self, number, seed, stop):
        super().__init__(daemon=True)
        self.number = number
        self.rng = random.Random('%s-%d' % (seed, number))
        self.stop = stop
        self.old = []           # claims that may not be valid any more
        self.counts = {'done': 0, 'lost': 0, 'cut': 0, 'surprise': 0}
        self.surprise = None

    def run(self):
        while not self.stop.is_set():
            try:
                self.work(connect())
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self.counts['cut'] += 1
            except psycopg2.Error as error:
                if error.pgcode != 'MS093' and (error.pgcode or '')[:2] not in ('08', '40', '57', ''):
                    self.counts['surprise'] += 1
                    self.surprise = '%s %s' % (error.pgcode, error)

    def work(self, connection):
        cursor = connection.cursor()
        cursor.execute("SELECT mistral.register_executor(%s, 'ledger', lease => %s)",
                       ['worker %d' % self.number, '%d s' % LEASE])
        executor = cursor.fetchone()[0]
        try:
            while not self.stop.is_set():
                cursor.execute("SELECT action_id::text, token FROM mistral.exchange_actions(%s, '[]', %s)"
                               " WHERE refusal IS NULL", [executor, self.rng.randint(1, 8)])
                claims = cursor.fetchall()
                for claim in claims:
                    self.transfer(connection, cursor, claim)
                if not claims:
                    self.stop.wait(0.05)
        finally:
            connection.close()

    def transfer(self, connection, cursor, claim):
        chance = self.rng.randrange(100)
        if chance < 2:
            return              # forgotten: it comes back when the lease has ended
        if chance < 4 and self.old:
            claim = self.rng.choice(self.old)
        self.old = self.old[-50:] + [claim]
        source, target = self.rng.sample(range(1, ACCOUNTS + 1), 2)
        amount = self.rng.randint(1, 100)
        connection.autocommit = False
        try:
            for account, change in sorted([(source, -amount), (target, amount)]):
                cursor.execute('UPDATE public.ledger_accounts SET balance = balance + %s WHERE id = %s',
                               [change, account])
            cursor.execute('INSERT INTO public.ledger VALUES (%s, %s, %s)', [claim[0], self.number, amount])
            if chance == 5:
                time.sleep(self.rng.random() * LEASE)
            cursor.execute('SELECT mistral.complete_in_transaction(%s, %s, %s)',
                           [claim[0], claim[1], str(amount)])
            if chance == 6:
                time.sleep(self.rng.random() * LEASE)
            if chance == 7:
                connection.rollback()
                return
            connection.commit()
            self.counts['done'] += 1
        except psycopg2.Error as error:
            if error.pgcode != CLAIM_LOST:
                raise
            connection.rollback()
            self.counts['lost'] += 1
        finally:
            if not connection.closed:
                connection.rollback()
                connection.autocommit = True


class Chaos(threading.Thread):
    """Cuts connections, and ends leases."""

    def __init__(self, seed, stop):
        super().__init__(daemon=True)
        self.rng = random.Random('%s-chaos' % seed)
        self.stop = stop

    def run(self):
        cursor = connect('ledger chaos').cursor()
        while not self.stop.wait(0.1):
            if self.rng.random() < 0.5:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                               " WHERE application_name = 'ledger' ORDER BY random() LIMIT 1")
                continue
            try:
                cursor.execute("SELECT mistral.unregister_executor(id) FROM mistral.executors"
                               " WHERE target = 'ledger' AND lease_until > now() ORDER BY random() LIMIT 1")
            except psycopg2.Error as error:     # somebody else is changing it
                if error.pgcode != '40001':
                    raise


def torment(options):
    """Do all transfers under disturbances; returns the workers."""
    stop = threading.Event()
    workers = [Worker(n, options.seed, stop) for n in range(options.workers)]
    cursor = connect('ledger control').cursor()
    cursor.execute(PREPARE)
    cursor.execute('SELECT count(*) FROM mistral.create_workflows(%s, or_replace => true)', [DEFINITIONS])
    for n in range(options.transfers // ITEMS):
        cursor.execute('SELECT mistral.start_workflow(%s)', ['ledger_once' if n % 4 == 3 else 'ledger_safe'])
    chaos = Chaos(options.seed, stop)
    for thread in workers + [chaos]:
        thread.start()
    wait_executions(cursor, max(DEADLINE, options.transfers / 50))
    stop.set()
    join_threads(workers + [chaos])
    return workers


def wait_executions(cursor, limit):
    """Wait until all have ended, or show those that have not within the limit."""
    print('executions end, within %d s ...' % limit, flush=True)
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        cursor.execute("SELECT count(*) FROM mistral.executions WHERE workflow_name LIKE 'ledger%'"
                       " AND state NOT IN ('SUCCESS', 'ERROR', 'CANCELLED')")
        if cursor.fetchone()[0] == 0:
            return
        time.sleep(0.1)
    for title, query in UNFINISHED + (('sessions', SESSIONS),):
        print_rows(title, query)


def join_threads(threads):
    """Wait until all threads have ended, or show what their sessions do."""
    print('workers end ...', flush=True)
    deadline = time.monotonic() + JOIN_LIMIT
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        print_rows('sessions of workers that do not end', SESSIONS)


def main():
    parser = argparse.ArgumentParser(description='Transfers that are done exactly once.')
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument('--transfers', type=int, default=1000)
    parser.add_argument('--workers', type=int, default=6)
    options = parser.parse_args()
    print('seed %d' % options.seed, flush=True)
    begin = time.monotonic()
    workers = torment(options)
    counts = {name: sum(w.counts[name] for w in workers) for name in workers[0].counts}
    print('%d done, %d refused, %d connections cut, %.0f transfers/s'
          % (counts['done'], counts['lost'], counts['cut'], counts['done'] / (time.monotonic() - begin)))

    passed = failed = 0
    findings = [(name, sum(find_rows(name, query), [])) for name, query in INVARIANTS]
    findings.append(('workers meet no other errors', [w.surprise for w in workers if w.surprise]))
    # a run without disturbances shows nothing
    findings.append(('claims were lost, and connections cut', [] if counts['lost'] and counts['cut'] else [counts]))
    if not any(rows for _, rows in findings):
        findings += [('clean up', find_rows('clean up', query)[1]) for query in CLEAN_UP]
    for name, rows in findings:
        failed += bool(rows)
        passed += not rows
        if rows:
            print('FAIL %s: %s' % (name, rows[:5]))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
