"""Goal 21: how late the timer of a quiet project is while another one is loud.

With --long 1,500,000 actions are stored. Measured so on two cores that other
work kept busy (load 15), PostgreSQL 15, seconds, the worst of three:

    SQL that sleeps 0.26, cancel of 3,000 children 0.03, 5,000 timers 0.03,
    20 executors leaving 0.07, a look at 200,000 finished executions 0.04,
    20 executors leaving meanwhile 0.18, 60,000 executors to be removed 0.10,
    a fork bomb 0.27
"""
import time

import psycopg2

GOAL = '21'
LIMIT = 0.5
FINISHED = 200000                       # executions that the look for expired ones reads

DEFINITIONS = """
version: '2.0'
bench_late_timer:
  tasks:
    t: {wait-before: 1, action: std.noop}
bench_late_sleep:
  tasks:
    t: {wait-before: 1, action: std.sql query="SELECT pg_sleep(25)"}
bench_late_child:
  tasks:
    t: {action: std.async_noop}
bench_late_parent:
  tasks:
    t: {with-items: 'i in <% range(3000) %>', workflow: bench_late_child}
bench_late_stored:
  tasks:
    t: {with-items: 'i in <% range(10000) %>', action: std.noop}
"""


def bomb(levels):
    """Each level starts the next one twice."""
    text = "version: '2.0'\n"
    for level in range(levels):
        text += 'bench_late_bomb%d:\n  tasks:\n    t: {workflow: bench_late_bomb%d}\n    u: {workflow: bench_late_bomb%d}\n' \
            % (level, level + 1, level + 1)
    return text + 'bench_late_bomb%d:\n  tasks:\n    t: {action: std.noop}\n' % levels


class Project:
    """What one role does."""

    def __init__(self, role):
        self.connection = psycopg2.connect('')
        self.connection.autocommit = True
        self.sql("DO $$BEGIN IF to_regrole('%s') IS NULL THEN CREATE ROLE %s IN ROLE mistral_user; END IF; END$$"
                 % (role, role))
        self.sql('SET ROLE %s' % role)

    def sql(self, query, *args):
        with self.connection.cursor() as cursor:
            cursor.execute(query, args or None)
            return cursor.fetchone()[0] if cursor.description else None

    def define(self, text):
        self.sql('SELECT count(*) FROM mistral.create_workflows(%s)', text)

    def start(self, workflow, count=1):
        return self.sql('SELECT (array_agg(mistral.start_workflow(%s, run_async => true)))[1]'
                        ' FROM generate_series(1, %s)', workflow, count)


def sleeping(bench, loud):
    loud.start('bench_late_sleep', 5)


def cancelling(bench, loud):
    parent = loud.sql("SELECT mistral.start_workflow('bench_late_parent')")
    loud.sql('SELECT mistral.cancel_execution(%s)', parent)


def timers(bench, loud):
    loud.start('bench_late_timer', 5000)


def leaving(bench, loud):
    """Executors leave; how many actions are stored was seen to before."""
    bench.sql("SELECT count(mistral.unregister_executor(mistral.register_executor('bench ' || i, 'late')))"
              ' FROM generate_series(1, 20) i')


def rows_of_executors(bench, loud):
    bench.sql('INSERT INTO mistral.executors (name, role_name, registered_at, last_heartbeat, lease_until, lease_ms)'
              " SELECT 'bench ' || i, current_user, now(), now(), now(), 1000 FROM generate_series(1, 60000) i")


def bombing(bench, loud):
    loud.start('bench_late_bomb0')


def expiring(bench, loud):
    """The first scheduler looks through finished executions, and removes some."""
    bench.sql('ALTER SYSTEM SET mistral.expiration_max_finished = %s' % (FINISHED - 5000))
    bench.sql("ALTER SYSTEM SET mistral.expiration_interval = '1s'")
    bench.sql('SELECT pg_reload_conf()')


def stop_expiring(bench):
    for name in 'max_finished', 'interval':
        bench.sql('ALTER SYSTEM RESET mistral.expiration_' + name)
    bench.sql('SELECT pg_reload_conf()')


def finish_many(bench):
    """Executions that have finished, without anything below them."""
    bench.sql("""INSERT INTO mistral.workflow_executions
            (id, root_id, version_id, workflow_id, project_id, workflow_name, created_at, updated_at, state)
        SELECT x.id, x.id, e.version_id, e.workflow_id, e.project_id, e.workflow_name, now(), now(), 'S'
          FROM (SELECT * FROM mistral.workflow_executions WHERE workflow_name = 'bench_late_stored' LIMIT 1) AS e,
               LATERAL (SELECT gen_random_uuid() AS id, e.id AS of FROM generate_series(1, %s)) AS x""" % FINISHED)


LOADS = [('SQL that sleeps', sleeping), ('cancel of 3,000 children', cancelling), ('5,000 timers', timers),
         ('20 executors leaving', leaving), ('a look at finished executions', expiring),
         ('20 executors leaving meanwhile', leaving), ('60,000 executors to be removed', rows_of_executors),
         ('a fork bomb', bombing)]


def lateness(quiet):
    """Seconds from the time when the timer was due to that when its task ended."""
    execution = quiet.sql("SELECT mistral.start_workflow('bench_late_timer')")
    while True:
        late = quiet.sql('SELECT extract(epoch FROM finished_at - created_at)::float8 - 1'
                         ' FROM mistral.task_executions WHERE execution_id = %s', execution)
        if late is not None:
            return late
        time.sleep(0.02)


def measure(bench):
    """Add a line of the result for each load."""
    options = bench.options
    stored = 150 if options.long else 2 if options.quick else 15
    bench.sql('SELECT mistral.create_roles()')
    quiet, loud = Project('bench_quiet'), Project('bench_loud')
    quiet.define(DEFINITIONS)
    loud.define(DEFINITIONS)
    loud.define(bomb(30))
    for _ in range(stored):
        loud.sql("SELECT mistral.start_workflow('bench_late_stored')")
    finish_many(bench)
    for name, load in LOADS:
        if load is rows_of_executors:
            stop_expiring(bench)
        load(bench, loud)
        worst = max(lateness(quiet) for _ in range(3))
        bench.add(GOAL, 'lateness of a quiet timer: %s' % name, '%.3f s' % worst, '<= %s s' % LIMIT, worst <= LIMIT,
                  seconds=round(worst, 4), stored_actions=stored * 10000)
