#!/usr/bin/python3
"""Do two things to an execution, one after the other and at the same moment.

usage: control_pairs.py [--seed N] [--seconds N] [--length N] [--only TEXT] [--all]

Each case starts one of the workflows below, does two of the operations (or as
many as --length says) to the tree, and then answers everything until it has
ended. It runs in one transaction that is rolled back, so that nobody else has
a part in it; or its second operation meets the first one's open transaction,
which is then committed or rolled back. Cases are chosen at random until the time
is over; --all runs each pair of the first kind once.

After each operation mistral.check() must find nothing, nobody may wait for
nothing, and nothing may begin in what is paused or has ended. In the end nothing
is unfinished, scheduled or queued, each action of the database that succeeded
has had its effect once, and each claimed action was handed out once. Operations
that change nothing in the end (a pause and its resume) leave the state and the
number of actions of an undisturbed run; the state alone where the order of the
answers decides which actions there are. Connects as PGHOST, PGDATABASE and so on
say.
"""
import argparse
import json
import os
import random
import sys
import threading
import time

import psycopg2
import psycopg2.extensions

EFFECT = "std.sql query=\"SELECT public.pairs_effect('{n}')\""
UNDO = EFFECT.replace('{n}', 'undone')
ASK = 'std.async_noop'
OUTSIDE = {'action': 'std.http url="http://localhost/1"', 'target': 'pairs'}


def effect(name, **more):
    return dict(action=EFFECT.replace('{n}', name), **more)


def ask(**more):
    return dict(action=ASK, **more)


def person(due=5, **more):
    return dict({'action': 'std.human', 'input': {'due': due, 'escalate': {'after': 3, 'to': 'pg_monitor'}}}, **more)


def outside(**more):
    return dict(OUTSIDE, **more)


def items(count, **more):
    return dict({'with-items': 'i in <%% range(%d) %%>' % count}, **more)


def rows(count, **more):
    query = {'query': 'SELECT i FROM generate_series(1, $1) AS i', 'params': [count]}
    return dict({'with-items': {'row': query}}, **more)


def each(**more):
    return dict({'count': 1, 'per-item': True}, **more)


def wait(*names, **more):
    return {'wait-for': dict({'any': list(names)}, **more)}


def tasks(**more):
    return {'tasks': more}


SHAPES = {
    'outside': tasks(t=outside(**{'on-success': 'e', 'on-error': 'f'}), e=effect('e'), f=effect('f')),
    'ask': tasks(t=ask(**{'on-success': 'e', 'timeout': 60}), e=effect('e')),
    'handled': tasks(t=ask(**{'on-error': 'h', 'on-success': 'e', 'timeout': 60}), h=ask(), e=effect('e')),
    'items': tasks(t=items(3, **ask(**{'on-success': 'e', 'timeout': 60})), e=effect('e')),
    'items_1': tasks(t=items(3, **ask(concurrency=1, **{'on-success': 'e', 'timeout': 60})), e=effect('e')),
    'items_2': tasks(t=items(4, **outside(concurrency=2, **{'on-complete': 'e'})), e=effect('e')),
    'items_sql': tasks(a=ask(**{'on-success': 't'}), t=items(3, **effect('i', concurrency=1))),
    'retry': tasks(t=ask(retry={'count': 2, 'delay': 0}, **{'on-complete': 'e', 'timeout': 60}), e=effect('e')),
    'retry_later': tasks(t=outside(retry={'count': 1, 'delay': 5}, **{'on-complete': 'e'}), e=effect('e')),
    'retry_items': tasks(t=items(2, **ask(retry={'count': 1, 'delay': 5}, concurrency=1))),
    'retry_sql': tasks(t=effect('t', retry={'count': 1, 'delay': 5}), u=ask(**{'on-success': 'v'}), v=effect('v')),
    'rows': tasks(t=rows(3, **ask(concurrency=2, **{'on-success': 'e', 'timeout': 60})), e=effect('e')),
    'rows_out': tasks(t=rows(4, **outside(concurrency=2, **{'max-failures': 1, 'on-complete': 'e'})), e=effect('e')),
    'rows_retry': tasks(t=rows(2, **ask(retry={'count': 1, 'delay': 5}, concurrency=1)), u=effect('u')),
    'rows_each': tasks(t=rows(3, **ask(retry=each(delay=5), concurrency=1, **{'on-complete': 'e'})), e=effect('e')),
    'rows_sql': tasks(a=ask(**{'on-success': 't'}), t=rows(3, **effect('i', concurrency=1, retry=each(delay=0)))),
    'items_each': tasks(t=items(3, **ask(retry=each(delay=0), **{'on-success': 'e', 'timeout': 60})), e=effect('e')),
    'items_late': tasks(t=items(2, **outside(retry=each(delay=5), **{'on-complete': 'e'})), e=effect('e')),
    'waits': tasks(t=ask(**{'wait-before': 5, 'wait-after': 5, 'on-success': 'e', 'timeout': 60}), e=effect('e')),
    'wait_sql': tasks(t=effect('t', **{'wait-before': 5, 'wait-after': 5}), u=ask()),
    'sleep': tasks(t={'action': 'std.sleep seconds=5', 'on-success': 'e'}, u=ask(), e=effect('e')),
    'pause_before': tasks(t=ask(**{'pause-before': True, 'on-success': 'e'}), u=ask(), e=effect('e')),
    'join': tasks(a=ask(**{'on-success': 'j'}), b=outside(**{'on-success': 'j'}), j=effect('j', join='all')),
    'join_one': tasks(a=ask(**{'on-complete': 'j'}), b=ask(**{'on-success': 'j'}),
                      j=ask(join='one', **{'on-success': 'e'}), e=effect('e')),
    'commands': tasks(a=ask(**{'on-success': ['b', 'pause', 'e']}), b=ask(), e=effect('e')),
    'fails': tasks(a=ask(**{'on-success': ['b', 'o', 'fail', 'e']}), b=ask(), o=outside(), e=effect('e')),
    'succeeds': tasks(a=ask(**{'on-success': ['b', 'succeed']}), b=outside(), c=ask()),
    'people': tasks(t=person(timeout=60, **{'on-success': 'e'}), u=person(retry={'count': 1, 'delay': 5}), e=effect('e')),
    'people_items': tasks(t=items(3, **person(concurrency=2, **{'on-success': 'e', 'timeout': 60})), o=outside(), e=effect('e')),
    'people_below': tasks(c={'workflow': 'pairs_people', 'on-complete': 'f'}, f=effect('f')),
    'signal': tasks(t=dict(wait('go', 'stop', timeout=20), **{'on-complete': 'e'}), u=ask(), e=effect('e')),
    'signals': tasks(a={'wait-for': {'all': ['go', 'stop']}}, b=dict(wait('go'), timeout=60, **{'on-success': 'e'}), e=effect('e')),
    'signal_retry': tasks(t=dict(wait('go', timeout=20), retry={'count': 1, 'delay': 5}, **{'on-complete': 'e'}), e=effect('e')),
    'signal_below': tasks(c={'workflow': 'pairs_signal', 'on-success': 'e'}, o=ask(), e=effect('n')),
    'limited': dict(tasks(t=ask(**{'on-success': 'e'}), o=outside(), c={'workflow': 'pairs_leaf'}, w=dict(wait('go'), **{'on-error': 'e'}),
                          d=effect('d', **{'wait-before': 25}), e=effect('e')), timeout=20),
    'limited_pauses': dict(tasks(t=ask(**{'on-success': 'e'}), c={'workflow': 'pairs_limited_below'}, e=effect('e')),
                           timeout={'seconds': 20, 'pauses': False}),
    'limited_below': dict(tasks(t=ask(**{'on-success': 'e'}), e=effect('e')), timeout=15),
    'leaf': tasks(t=ask(**{'on-success': 'e'}), e=effect('e')),
    'middle': tasks(m={'workflow': 'pairs_leaf', 'on-success': 'e'}, o=outside(), e=effect('n')),
    'depth': tasks(c={'workflow': 'pairs_middle', 'timeout': 60, 'on-complete': 'f'}, f=effect('f')),
    'children': tasks(c=items(3, workflow='pairs_leaf', timeout=60, **{'on-success': 'f'}), f=effect('f')),
    'children_1': tasks(c=items(3, workflow='pairs_leaf', concurrency=1, **{'on-error': 'f'}), f=effect('f')),
    'children_rows': tasks(c=rows(3, workflow='pairs_leaf', concurrency=2, timeout=60, **{'on-success': 'f'}), f=effect('f')),
    'children_each': tasks(c=items(2, workflow='pairs_leaf', retry=each(delay=5), **{'on-complete': 'f'}), f=effect('f')),
    'children_retry': tasks(c=items(2, workflow='pairs_leaf', retry={'count': 1, 'delay': 0})),
    'beside': tasks(c={'workflow': 'pairs_leaf'}, d={'workflow': 'pairs_waits'}, t=ask(**{'on-success': 'fail'})),
    'later': tasks(t=ask(**{'on-success': 'e', 'timeout': 60}), e=effect('e')),
    'queued': tasks(t=ask(**{'on-success': 'e', 'timeout': 60}), e=effect('e')),
    'saga': tasks(a=effect('a', compensate=UNDO, **{'on-success': 'b'}), b=ask(compensate=ASK, **{'on-success': 'c'}),
                  c=outside(compensate=dict(OUTSIDE, retry={'count': 1, 'delay': 5}), **{'on-success': 'f'}), f={'action': 'std.fail'}),
    'saga_items': tasks(a=items(3, **ask(compensate=UNDO, **{'on-success': 'b'})), b=ask(**{'on-success': 'fail', 'timeout': 60})),
    'saga_each': tasks(a=items(3, **ask(retry=each(delay=0), compensate=UNDO, **{'on-success': 'b'})), b=ask(**{'on-success': 'fail', 'timeout': 60})),
    'saga_rows': tasks(c=rows(2, workflow='pairs_saga_leaf', concurrency=1, **{'on-success': 'f'}), f=ask(**{'on-success': 'fail'})),
    'saga_waits': dict(tasks(a=effect('a', compensate={'action': ASK, 'timeout': 60}, **{'wait-after': 5}), b=ask(compensate=UNDO, timeout=60)),
                       **{'compensate-on': ['error', 'cancel']}),
    'saga_leaf': tasks(t=effect('t', compensate=UNDO, **{'on-success': 'u'}), u=ask(compensate=ASK)),
    'saga_below': tasks(c={'workflow': 'pairs_saga_leaf', 'on-success': 'f', 'timeout': 60}, f=ask(**{'on-success': 'fail'})),
    'saga_depth': tasks(c=items(2, workflow='pairs_saga_below', **{'on-error': 'e'}), e=effect('e')),
    'saga_beside': tasks(c={'workflow': 'pairs_saga_leaf'}, t=outside(compensate=UNDO, **{'on-success': 'e'}), e=ask(**{'on-success': 'fail'})),
    'saga_join': tasks(a=ask(compensate=UNDO, **{'on-success': 'j'}), b=outside(compensate=OUTSIDE, **{'on-success': 'j'}),
                       c={'workflow': 'pairs_saga_leaf', 'on-success': 'j'}, j=ask(join='all', compensate=ASK, **{'on-success': 'fail'})),
    'saga_limited': tasks(a=items(3, **ask(compensate={'action': ASK, 'limits': {'key': 'pairs', 'max': 1}, 'concurrency': 2}, **{'on-success': 'b'})),
                          c=effect('c', compensate={'action': ASK, 'limits': {'key': 'pairs', 'max': 1}}),
                          b=ask(limits={'key': 'pairs', 'max': 1}, **{'on-success': 'fail'})),
    'saga_again': tasks(c=items(2, workflow='pairs_saga_below', retry=each(delay=0), concurrency=1, **{'on-success': 'f', 'max-failures': 1}),
                        f=ask(timeout=60, **{'on-success': 'fail'})),
    'saga_reverse': dict(tasks(a=ask(compensate=UNDO), b=items(2, workflow='pairs_saga_leaf', requires=['a'], concurrency=1),
                               t={'action': 'std.fail', 'requires': ['b']}), type='reverse'),
    'reverse': dict(tasks(a=outside(), b=ask(), t=effect('t', requires=['a', 'b']), c=ask()), type='reverse'),
    'reverse_items': dict(tasks(a=items(3, **ask(concurrency=1, timeout=60)), t=effect('t', requires=['a'])),
                          type='reverse'),
}

# one branch ends the others: how many actions there are depends on whose answer comes first
RACING = {'beside'}

# what is put off: until a time, or behind another execution with its key
STARTS = {
    'later': ", start_at => clock_timestamp() + interval '20 s'",
    'queued': ", key => 'pairs', on_conflict => 'queue'",
}

PREPARE = """
DROP TABLE IF EXISTS public.pairs_effects;
CREATE TABLE public.pairs_effects (name text);
CREATE OR REPLACE FUNCTION public.pairs_effect(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.pairs_effects VALUES (name);
    IF current_setting('pairs.sql', true) = 'error' THEN
        RAISE EXCEPTION 'refused';
    ELSIF current_setting('pairs.sql', true) = 'moment' THEN
        RAISE EXCEPTION 'not now' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN name;
END
$$
"""

# whether what things wait for is true
WAITS_TRUE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'sql', 'include', 'waits_true.sql')

TREE = 'coalesce(root_id, execution_id) = %(root)s'
FINAL = ('SUCCESS', 'ERROR', 'CANCELLED')

# in the end: name, query for what is wrong
INVARIANTS = (
    ('executions end', 'SELECT id, workflow_name, state, waits_for FROM mistral.executions'
     " WHERE %(root)s IN (id, root_execution_id) AND state NOT IN ('SUCCESS', 'ERROR', 'CANCELLED')"),
    ('tasks end', 'SELECT name, state, open_children FROM mistral.task_executions'
     " WHERE " + TREE + " AND state IN ('I', 'R', 'W', 'D', 'P')"),
    ('actions end', 'SELECT id, name, state FROM mistral.action_executions'
     " WHERE " + TREE + " AND state IN ('R', 'P')"),
    ('nothing is scheduled', 'SELECT kind, due_at, error FROM mistral.delayed_calls WHERE root_id = %(root)s'),
    ('nothing is queued', 'SELECT action_id FROM mistral.action_queue q JOIN mistral.action_executions a'
     ' ON a.id = q.action_id WHERE coalesce(a.root_id, a.execution_id) = %(root)s'),
    ('nobody waits for signals', 'SELECT s.name FROM mistral.signal_waits s JOIN mistral.workflow_executions e'
     ' ON e.id = s.execution_id WHERE e.root_id = %(root)s'),
    ('no recorded result is left', 'SELECT r.state FROM mistral.action_results r JOIN mistral.action_executions a'
     ' ON a.id = r.action_id WHERE coalesce(a.root_id, a.execution_id) = %(root)s'),
    ('what failed is undone', "SELECT e.workflow_name, t.name FROM mistral.task_executions t"
     " JOIN mistral.workflow_executions e ON e.id = t.execution_id"
     " WHERE e.root_id = %(root)s AND e.state = 'E' AND t.state = 'S' AND t.undo_order > 0"
     " AND coalesce(e.state_info, '') !~ 'has been stopped'"
     " AND NOT EXISTS (SELECT FROM mistral.task_executions c WHERE c.compensates = t.id)"),
    ('the last is undone first', "SELECT a.name, b.name FROM mistral.task_executions a JOIN mistral.task_executions b"
     " ON b.execution_id = a.execution_id AND b.id > a.id JOIN mistral.task_executions x ON x.id = a.compensates"
     " JOIN mistral.task_executions y ON y.id = b.compensates AND y.undo_order > x.undo_order"
     " WHERE coalesce(a.root_id, a.execution_id) = %(root)s"),
    ('an item succeeds once', "SELECT t.name, a.item_index, count(*) FROM mistral.action_executions a"
     " JOIN mistral.task_executions t ON t.id = a.task_id"
     " WHERE coalesce(a.root_id, a.execution_id) = %(root)s AND a.state = 'S' AND a.accepted GROUP BY t.id, 2 HAVING count(*) > 1"),
    ('effects are those of actions', "SELECT * FROM (SELECT (SELECT count(*) FROM public.pairs_effects) AS effects,"
     " (SELECT count(*) FROM mistral.action_executions WHERE " + TREE +
     " AND name = 'std.sql' AND state = 'S') AS actions) c WHERE effects <> actions"),
)

# in the end of a deletion
NOTHING_LEFT = (
    ('nothing of it is left', "SELECT 'execution' FROM mistral.workflow_executions WHERE root_id = %(root)s"
     " UNION ALL SELECT 'task' FROM mistral.task_executions WHERE " + TREE +
     " UNION ALL SELECT 'action' FROM mistral.action_executions WHERE " + TREE +
     " UNION ALL SELECT 'variables' FROM mistral.contexts WHERE " + TREE +
     " UNION ALL SELECT 'call' FROM mistral.delayed_calls WHERE root_id = %(root)s"
     " UNION ALL SELECT 'task of people' FROM mistral.human_tasks WHERE root_id = %(root)s"
     " UNION ALL SELECT 'signal' FROM mistral.signals WHERE execution_id = %(root)s"
     " UNION ALL SELECT 'wait' FROM mistral.signal_waits WHERE execution_id = %(root)s"
     " UNION ALL SELECT 'place in the queue' FROM mistral.start_queue WHERE execution_id = %(root)s"
     " UNION ALL SELECT 'data' FROM mistral.execution_data WHERE execution_id = %(root)s"),
)


class Refused(Exception):
    """The server says that this cannot be done now."""


class Client:
    """A connection, and what an executor of it has been given."""

    def __init__(self):
        self.connection = psycopg2.connect('')
        self.connection.autocommit = True
        self.executor = None
        self.delivered = {}         # action id: times
        self.held = []

    def query(self, text, **args):
        with self.connection.cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, text, **args):
        rows = self.query(text, **args)
        return rows[0][0] if rows else None

    def register(self):
        self.executor = self.value("SELECT mistral.register_executor('pairs', 'pairs')")
        self.held = []

    def claim(self, count):
        for row in self.query("""SELECT action_id::text, is_redelivered, refusal
                                   FROM mistral.claim_actions(%(x)s, %(n)s)""", x=self.executor, n=count):
            times, seconds = self.delivered.get(row[0], (0, 0))
            self.delivered[row[0]] = (times + 1, seconds + bool(row[1]))
            self.held.append(row[0])


class Case:
    """One execution, what is done to it, and what is wrong then."""

    def __init__(self, client, shape):
        self.client = client
        self.shape = shape
        self.root = None
        self.blocker = None         # the execution whose turn it is before
        self.is_deleted = False
        self.done = []
        self.wrong = []

    def start(self):
        params = {'task_name': 't'} if 'reverse' in self.shape else {}
        more = STARTS.get(self.shape, '')
        if 'key' in more:
            self.blocker = self.client.value("SELECT mistral.start_workflow('pairs_leaf'%s)" % more)
        self.root = self.client.value('SELECT mistral.start_workflow(%%(w)s, params => %%(p)s%s)' % more,
                                      w='pairs_' + self.shape, p=json.dumps(params))

    # ---- what there is ----

    def execution(self, level):
        """The root, or the newest or oldest execution of the deepest level."""
        if level == 'root':
            return self.root
        return self.client.value("""
            SELECT id FROM mistral.workflow_executions WHERE root_id = %(root)s
             ORDER BY depth DESC, created_at, id LIMIT 1""", root=self.root)

    def action(self, states, is_late=False):
        return self.client.value("""
            SELECT a.id FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id
             WHERE coalesce(a.root_id, a.execution_id) = %(root)s AND a.name IN ('std.async_noop', 'std.human')
               AND a.state::text = ANY (%(states)s) AND (NOT %(late)s OR t.state IN ('S', 'E', 'C', 'K'))
             ORDER BY a.id LIMIT 1""", root=self.root, states=list(states), late=is_late)

    def is_there(self):
        return self.client.value('SELECT id FROM mistral.workflow_executions WHERE id = %(root)s',
                                 root=self.root) is not None

    def state(self):
        return self.client.value('SELECT state FROM mistral.executions WHERE id = %(root)s', root=self.root)

    def actions(self):
        return self.client.value('SELECT count(*) FROM mistral.action_executions WHERE ' + TREE, root=self.root)

    def begun(self):
        """Actions but those of compensations, which may begin below what has ended."""
        return self.client.value("""
            SELECT count(*) FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id
             WHERE coalesce(a.root_id, a.execution_id) = %(root)s AND t.compensates IS NULL""", root=self.root)

    # ---- operations: False means that there is nothing to do it to ----

    def control(self, function, level, *args):
        found = self.execution(level)
        self.client.query('SELECT mistral.%s(%%(id)s%s)' % (function, ''.join(', %r' % a for a in args)), id=found)

    def result(self, state, is_late=False):
        found = self.action('P' if state == 'RUNNING' else 'RP', is_late)
        if found is None:
            return False
        self.client.query("SELECT mistral.complete_action(%(a)s, %(s)s, '\"x\"')", a=found, s=state)
        return True

    def people(self, verb, *args):
        found = self.client.value("""
            SELECT id FROM mistral.human_tasks WHERE root_id = %(root)s AND NOT is_ended
             ORDER BY id LIMIT 1""", root=self.root)
        if found is None:
            return False
        self.client.query('SELECT mistral.%s_task(%%(t)s%s)' % (verb, ''.join(', %r' % a for a in args)), t=found)
        return True

    def timeout(self, level):
        found = self.client.query("""
            UPDATE mistral.delayed_calls d SET due_at = now() - interval '1 s'
             WHERE kind = 'timeout_task' AND root_id = %(root)s AND (%(level)s = 'root') = (execution_id = root_id)
            RETURNING id""", root=self.root, level=level)
        self.client.query('SELECT mistral.run_due_calls()')
        return bool(found)

    def again(self, function, *args):
        found = self.client.value("""
            SELECT id FROM mistral.task_executions WHERE """ + TREE + """ AND state = 'E'
             ORDER BY id DESC LIMIT 1""", root=self.root)
        if found is None:
            return False
        self.client.query('SELECT mistral.%s(%%(t)s%s)' % (function, ''.join(', %s' % a for a in args)), t=found)
        return True

    def claim(self):
        self.client.claim(1)

    def report(self, key):
        if not self.client.held:
            return False
        self.client.query('SELECT mistral.complete_actions(%(x)s, %(r)s)', x=self.client.executor,
                          r=json.dumps([{'id': self.client.held.pop(0), key: 'x'}]))
        return True

    def signal(self, name):
        self.client.query('SELECT mistral.signal(%(id)s, %(n)s)', id=self.execution('leaf'), n=name)

    def lose_lease(self):
        self.client.query('SELECT mistral.unregister_executor(%(x)s)', x=self.client.executor)
        self.client.register()

    def run_calls_of(self, time_to_come):
        return self.client.value('SELECT mistral.run_due_calls(as_of => clock_timestamp() + %(t)s)', t=time_to_come)

    def timers(self):
        self.run_calls_of('30 s')

    def maintenance(self, status):
        """Begin or end it; its check is due in a second, and the waits of tasks must not be over by then."""
        self.client.query('SELECT mistral.set_maintenance(%(s)s)', s=status)
        for _ in range(20):
            if self.client.value('SELECT status FROM mistral.maintenance') == status:
                return
            self.run_calls_of('2 s')

    def sql(self, mode):
        self.client.query("SELECT set_config('pairs.sql', %(m)s, false)", m=mode)

    def release(self):
        if self.blocker is None:
            return False
        self.client.query('SELECT mistral.cancel_execution(%(b)s)', b=self.blocker)
        return True

    def delete(self):
        self.client.query('SELECT mistral.delete_execution(%(root)s, true)', root=self.root)
        self.is_deleted = True

    OPERATIONS = {
        'pause': lambda c: c.control('pause_execution', 'root'),
        'pause below': lambda c: c.control('pause_execution', 'leaf'),
        'resume': lambda c: c.control('resume_execution', 'root'),
        'resume below': lambda c: c.control('resume_execution', 'leaf'),
        'cancel': lambda c: c.control('cancel_execution', 'root'),
        'cancel below': lambda c: c.control('cancel_execution', 'leaf'),
        'stop ERROR': lambda c: c.control('stop_execution', 'root', 'ERROR'),
        'stop ERROR below': lambda c: c.control('stop_execution', 'leaf', 'ERROR'),
        'stop SUCCESS': lambda c: c.control('stop_execution', 'root', 'SUCCESS'),
        'stop SUCCESS below': lambda c: c.control('stop_execution', 'leaf', 'SUCCESS'),
        'timeout': lambda c: c.timeout('root'),
        'timeout below': lambda c: c.timeout('leaf'),
        'rerun': lambda c: c.again('rerun_task', 'true'),
        'rerun items': lambda c: c.again('rerun_task', 'false'),
        'skip': lambda c: c.again('skip_task'),
        'maintenance': lambda c: c.maintenance('PAUSED'),
        'end maintenance': lambda c: c.maintenance('RUNNING'),
        'result SUCCESS': lambda c: c.result('SUCCESS'),
        'result ERROR': lambda c: c.result('ERROR'),
        'result CANCELLED': lambda c: c.result('CANCELLED'),
        'result PAUSED': lambda c: c.result('PAUSED'),
        'result RUNNING': lambda c: c.result('RUNNING'),
        'late result': lambda c: c.result('SUCCESS', True),
        'late error': lambda c: c.result('ERROR', True),
        'claim': lambda c: c.claim(),
        'report': lambda c: c.report('result'),
        'report error': lambda c: c.report('error'),
        'person': lambda c: c.people('complete', '"x"'),
        'claim task': lambda c: c.people('claim'),
        'release task': lambda c: c.people('release'),
        'delegate task': lambda c: c.people('delegate', 'pg_monitor'),
        'signal': lambda c: c.signal('go'),
        'other signal': lambda c: c.signal('stop'),
        'release': lambda c: c.release(),
        'lose lease': lambda c: c.lose_lease(),
        'timers': lambda c: c.timers(),
        'sql error': lambda c: c.sql('error'),
        'sql moment': lambda c: c.sql('moment'),
        'delete': lambda c: c.delete(),         # the last, as nothing follows it
    }
    # what leaves the end as it would have been, when its counterpart follows
    NEUTRAL = {'pause', 'pause below', 'resume', 'resume below', 'maintenance', 'end maintenance',
               'result SUCCESS', 'result PAUSED', 'result RUNNING', 'claim', 'report', 'release', 'person', 'claim task', 'release task', 'delegate task'}
    MAY_START = {'resume', 'resume below', 'rerun', 'rerun items', 'skip', 'end maintenance', 'result RUNNING'}
    # after these something below may still go on for a while, as the reference's does
    MAY_GO_ON = {'result RUNNING', 'resume below', 'timeout'}

    def do(self, operation):
        """False: there is nothing to do it to."""
        try:
            return self.OPERATIONS[operation](self) is not False
        except psycopg2.Error as e:
            if not (e.pgcode or '').startswith('MS'):
                self.wrong.append((operation, 'error', e.pgcode, str(e).strip().split('\n')[0]))
            raise Refused()

    # ---- what must hold ----

    def settle(self):
        """Run what is due, or have the scheduler do so."""
        until = time.time() + 20
        while time.time() < until:
            calls = self.client.value('SELECT mistral.run_due_calls()')
            left = self.client.value("""
                SELECT (SELECT count(*) FROM mistral.delayed_calls
                         WHERE root_id = %(root)s AND due_at <= clock_timestamp() AND NOT is_dead)
                     + (SELECT count(*) FROM mistral.action_results r JOIN mistral.workflow_executions e
                            ON e.id = r.execution_id WHERE e.root_id = %(root)s)""", root=self.root)
            if calls == 0 and left == 0:
                return
        self.wrong.append(('settle', 'calls are due for ever'))

    def note(self, name, rows):
        for row in rows[:3]:
            self.wrong.append((name,) + tuple(row))

    def look(self, operation):
        self.note('after %s: check' % operation, self.client.query(
            'SELECT invariant, object, detail FROM mistral.check()'))
        self.note('after %s: waits' % operation, self.client.query("""
            SELECT id, workflow_name, waits_for FROM mistral.executions
             WHERE %(root)s IN (id, root_execution_id) AND state = 'RUNNING'
               AND (waits_for IS NULL OR waits_for ~ '^nothing')""", root=self.root))
        # each statement that is told is run: that takes time, so not after each operation
        if (len(self.done) + sum(map(ord, self.shape + operation))) % 6 == 0:
            self.note('after %s: waits are true' % operation, self.client.query(
                'SELECT left(f, 500) FROM waits_true.faults(ARRAY[%(root)s]::uuid[]) AS f', root=self.root))

    def step(self, operation):
        """Do it and see, in a transaction; False: there is nothing to do."""
        before = self.state(), self.begun()
        self.client.query('SAVEPOINT step')
        try:
            if not self.do(operation):
                return False
        except Refused:
            self.client.query('ROLLBACK TO step')
            return False
        self.settle()
        if self.is_deleted:
            return True
        self.look(operation)
        if before[0] in FINAL + ('PAUSED',) and self.state() == before[0] and \
                operation not in self.MAY_START and not self.MAY_GO_ON.intersection(self.done) and \
                self.begun() > before[1]:
            self.wrong.append((operation, 'begins something of an execution that is', before[0]))
        return True

    def answer(self):
        """Give everything that is open its result; True if there was something."""
        moves = 0
        for found, in self.client.query("""
                SELECT id FROM mistral.workflow_executions WHERE root_id = %(root)s AND state = 'P'
                 ORDER BY depth""", root=self.root):
            self.try_query('SELECT mistral.resume_execution(%(id)s)', id=found)
            moves += 1
        for found, in self.client.query('SELECT id FROM mistral.action_executions WHERE ' + TREE + """
                AND (name IN ('std.async_noop', 'wait-for') OR executor_id <> %(x)s) AND state IN ('R', 'P')
                ORDER BY id""", root=self.root, x=self.client.executor):
            self.try_query("SELECT mistral.complete_action(%(id)s, 'SUCCESS', '1')", id=found)
            moves += 1
        for found, in self.client.query("""
                SELECT h.id FROM mistral.human_tasks h JOIN mistral.action_executions a ON a.id = h.id
                 WHERE h.root_id = %(root)s AND a.state IN ('R', 'P') ORDER BY h.id""", root=self.root):
            self.try_query("SELECT mistral.complete_task(%(id)s, '1')", id=found)
            moves += 1
        self.client.claim(20)
        for found in self.client.held:
            self.client.query('SELECT mistral.complete_actions(%(x)s, %(r)s)', x=self.client.executor,
                              r=json.dumps([{'id': found, 'result': 1}]))
            moves += 1
        self.client.held = []
        self.settle()
        return moves > 0

    def try_query(self, text, **args):
        """A step of the answer, which another one may have made needless."""
        is_inside = self.client.connection.get_transaction_status() != psycopg2.extensions.TRANSACTION_STATUS_IDLE
        if is_inside:
            self.client.query('SAVEPOINT answer')
        try:
            self.client.query(text, **args)
        except psycopg2.Error as e:
            if not (e.pgcode or '').startswith('MS'):
                raise
            if is_inside:
                self.client.query('ROLLBACK TO answer')

    def wait_for_turn(self):
        """Let a queued execution begin, whoever passes the turn on."""
        if not self.release():
            return
        until = time.time() + 20
        while self.state() == 'IDLE':
            if time.time() > until:
                self.wrong.append(('its turn does not come',))
                return
            self.settle()

    def finish(self):
        """Answer everything until it has ended, and see."""
        self.sql('ok')
        self.maintenance('RUNNING')
        self.settle()
        if self.is_deleted:
            for name, query in NOTHING_LEFT:
                self.note(name, self.client.query(query, root=self.root))
            return
        self.wait_for_turn()
        for _ in range(60):
            if self.answer():
                continue
            if self.run_calls_of('30 s') == 0 and self.run_calls_of('1 day') == 0 and not self.answer():
                break
        self.look('the end')
        for name, query in INVARIANTS:
            self.note(name, self.client.query(query, root=self.root))
        for found, (times, again) in self.client.delivered.items():
            if times > again + 1:
                self.wrong.append(('an action was handed out twice', found))


class Race:
    """An operation that meets another one's open transaction."""

    def __init__(self, first, second):
        self.first = first          # Case of each session
        self.second = second
        self.outcome = None

    def do_second(self, operation):
        try:
            self.outcome = 'done' if self.second.do(operation) else 'nothing'
        except Refused:
            self.outcome = 'refused'

    def meet(self, operations, is_committed):
        """Returns what came of both."""
        first = self.first.client
        pid = self.second.client.connection.get_backend_pid()
        before = first.executor, list(first.held), dict(first.delivered)
        thread = threading.Thread(target=self.do_second, args=(operations[1],), daemon=True)
        first.query('BEGIN')
        try:
            done = 'done' if self.first.do(operations[0]) else 'nothing'
        except Refused:
            done = 'refused'
        thread.start()
        while thread.is_alive():
            if first.connection.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_INERROR or \
                    first.value('SELECT cardinality(pg_blocking_pids(%(p)s))', p=pid):
                break
        first.query('COMMIT' if is_committed else 'ROLLBACK')
        if not is_committed:
            first.executor, first.held, first.delivered = before
        thread.join(30)
        if thread.is_alive():
            self.first.wrong.append(('waits for ever', operations[1]))
        return done if is_committed or done != 'done' else 'undone', self.outcome


class Run:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.client = Client()
        self.other = Client()
        self.plain = {}
        self.passed = 0
        self.failed = 0

    def prepare(self):
        self.client.query('SELECT pg_advisory_lock(823740)')      # of two runs each would disturb the other
        self.client.query(PREPARE)
        with open(WAITS_TRUE, encoding='utf-8') as f:
            self.client.query(f.read())
        workflows = {'pairs_' + name: spec for name, spec in SHAPES.items()}
        self.delete_workflows()
        self.client.query('SELECT count(*) FROM mistral.create_workflows(%(t)s)',
                          t=json.dumps(dict(workflows, version='2.0')))

    def delete_workflows(self):
        self.client.query(r"""
            SELECT mistral.delete_workflow(name) FROM mistral.workflows WHERE name LIKE 'pairs\_%%'""")

    def sequence(self, shape, operations):
        """All in one transaction; returns the case, and how it ended."""
        self.client.query('BEGIN')
        self.client.query('DELETE FROM public.pairs_effects')
        self.client.delivered = {}
        self.client.register()
        case = Case(self.client, shape)
        try:
            case.start()
            case.settle()
            for operation in operations:
                if not case.is_deleted and case.step(operation):
                    case.done.append(operation)
            case.finish()
            end = None if case.is_deleted else (case.state(), shape not in RACING and case.actions())
        except psycopg2.Error as e:
            case.wrong.append(('error', e.pgcode, str(e).strip().split('\n')[0]))
            end = None
        self.client.query('ROLLBACK')
        self.client.query("SELECT set_config('pairs.sql', 'ok', false)")
        return case, end

    def race(self, shape, before, operations, is_committed):
        """Two sessions, and the workers of the server."""
        self.client.query('TRUNCATE public.pairs_effects')
        for client in (self.client, self.other):
            client.delivered = {}
            client.register()
        case = Case(self.client, shape)
        second = Case(self.other, shape)
        outcome = None
        try:
            case.start()
            second.root, second.blocker = case.root, case.blocker
            case.settle()
            for operation in before:
                self.try_operation(case, operation)
            case.settle()
            outcome = Race(case, second).meet(operations, is_committed)
            case.wrong += second.wrong
            case.is_deleted = not case.is_there()
            case.settle()
            case.finish()
        except psycopg2.Error as e:
            case.wrong.append(('error', e.pgcode, str(e).strip().split('\n')[0]))
        self.clean(case)
        self.judge(case, '%s: %s; %s against %s (%s), %s' % (
            shape, ', '.join(before), operations[0], operations[1],
            'committed' if is_committed else 'rolled back', outcome))

    @staticmethod
    def try_operation(case, operation):
        try:
            case.do(operation)
        except Refused:
            pass

    def clean(self, case):
        if self.client.connection.get_transaction_status() != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
            self.client.query('ROLLBACK')
        for client in (self.client, self.other):
            client.query("SELECT set_config('pairs.sql', 'ok', false)")
            client.query('SELECT mistral.unregister_executor(%(x)s)', x=client.executor)
        if case.is_there():
            self.client.query('SELECT mistral.delete_execution(%(root)s, true)', root=case.root)
        if case.blocker is not None:
            self.client.query('SELECT mistral.delete_execution(%(b)s, true)', b=case.blocker)

    def undisturbed(self, shape):
        if shape not in self.plain:
            self.plain[shape] = self.sequence(shape, [])[1]
        return self.plain[shape]

    def run_case(self, shape, operations):
        case, end = self.sequence(shape, operations)
        if not case.wrong and all(o in Case.NEUTRAL for o in case.done) and end != self.undisturbed(shape):
            case.wrong.append(('ends otherwise', end, 'instead of', self.undisturbed(shape)))
        self.judge(case, '%s: %s' % (shape, ', '.join(case.done)))

    def judge(self, case, name):
        if not case.wrong:
            self.passed += 1
            return
        self.failed += 1
        print('FAIL %s' % name)
        for row in case.wrong[:4]:
            print('     %s' % (tuple(str(c) for c in row),))
        sys.stdout.flush()

    def choose(self):
        """More operations than are wanted: some will find nothing to do."""
        return self.rng.choices(list(Case.OPERATIONS), k=self.options.length * 2)

    def all_pairs(self):
        for shape in SHAPES:
            for first in Case.OPERATIONS:
                for second in Case.OPERATIONS:
                    yield shape, [first, second]

    def go(self):
        self.prepare()
        until = time.time() + self.options.seconds
        if self.options.all:
            for shape, operations in self.all_pairs():
                if self.options.only in shape + ': ' + ', '.join(operations):
                    self.run_case(shape, operations)
        else:
            while time.time() < until:
                shape = self.rng.choice([s for s in SHAPES if self.options.only in s])
                if self.rng.random() < self.options.races:
                    self.race(shape, self.rng.choices(list(Case.OPERATIONS)[:-1], k=self.rng.randint(0, 2)),
                              self.rng.choices(list(Case.OPERATIONS), k=2), self.rng.random() < 0.7)
                else:
                    self.run_case(shape, self.choose())
        self.delete_workflows()
        self.client.query('DROP TABLE public.pairs_effects; DROP FUNCTION public.pairs_effect')
        print('seed %s' % self.options.seed)
        print('%d passed, %d failed' % (self.passed, self.failed))
        return 1 if self.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=20)
    parser.add_argument('--length', type=int, default=2, help='operations of a case')
    parser.add_argument('--races', type=float, default=0.5, help='part of the cases where two meet')
    parser.add_argument('--only', default='', help='cases whose name has this in it')
    parser.add_argument('--all', action='store_true', help='each pair once')
    sys.exit(Run(parser.parse_args()).go())


if __name__ == '__main__':
    main()
