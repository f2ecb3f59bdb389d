"""Goal 22: pause, resume and cancel of an execution with many children."""
import time

GOAL = '22'
CHILDREN = 3000
LIMIT = 1.0

DEFINITIONS = """
version: '2.0'
bench_tree_child:
  tasks:
    t: {action: std.async_noop}
bench_tree_parent:
  tasks:
    t: {with-items: 'i in <%% range(%d) %%>', workflow: bench_tree_child}
""" % CHILDREN


def children_in(bench, root, state):
    return bench.sql('SELECT count(*) FROM mistral.executions WHERE root_execution_id = %s AND state = %s', root, state)


def seconds_until(bench, root, call, state):
    """Seconds from a call to the state of the last child."""
    begin = time.time()
    bench.sql('SELECT mistral.%s(%%s)' % call, root)
    while children_in(bench, root, state) < CHILDREN:
        if time.time() - begin > 60:
            raise RuntimeError('after a minute only %d children are %s' % (children_in(bench, root, state), state))
        time.sleep(0.01)
    return time.time() - begin


def measure(bench):
    """Add a line of the result for each control."""
    bench.define(DEFINITIONS)
    root = bench.sql("SELECT mistral.start_workflow('bench_tree_parent', run_async => true)")
    while children_in(bench, root, 'RUNNING') < CHILDREN:
        time.sleep(0.01)
    for call, state in [('pause_execution', 'PAUSED'), ('resume_execution', 'RUNNING'), ('cancel_execution', 'CANCELLED')]:
        seconds = seconds_until(bench, root, call, state)
        bench.add(GOAL, '%s of %d children' % (call.split('_')[0], CHILDREN), '%.2f s' % seconds, '<= %g s' % LIMIT,
                  seconds <= LIMIT, seconds=round(seconds, 4))
