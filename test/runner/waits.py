"""Whether what the executions of a case wait for is true: see waits_true.sql."""
import os
import threading

import psycopg2

from runner.report import Failed

FUNCTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'sql', 'include', 'waits_true.sql')

prepared = threading.Lock()
is_prepared = False


def prepare(connection):
    """Make the functions once for all cases."""
    global is_prepared
    with prepared, connection.cursor() as cursor:
        if not is_prepared:
            with open(FUNCTIONS, encoding='utf-8') as f:
                cursor.execute(f.read())
            is_prepared = True


class Waits:
    def __init__(self, conninfo):
        self.connection = psycopg2.connect(conninfo)
        self.connection.autocommit = True
        prepare(self.connection)

    def check(self, executions, where):
        with self.connection.cursor() as cursor:
            cursor.execute('SELECT * FROM waits_true.faults(%s::uuid[])', (list(executions),))
            faults = [row[0] for row in cursor.fetchall()]
        if faults:
            raise Failed('%s: %d things do not wait for what they say:\n     %s' % (
                where, len(faults), '\n     '.join(fault[:600] for fault in faults[:3])))
