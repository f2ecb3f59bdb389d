"""The shipped executor from end to end, beside executors that report one by one.

Chains of tasks are all under way at the same time, one action of each: as many
actions are in flight as there are chains. How long a task takes, from the commit
that queues its action to the one that stores its result, is then what an action
waits for besides its own work. There is next to none: the executor refuses to
make the requests. BENCH_EXECUTOR is another build of it, to compare with.

What batches save is flushes, so the ratio to L says most where a flush takes a
millisecond and more. Where it takes next to nothing, L is bounded by the CPU of a
commit, and tasks by that of a task.
"""
import os
import subprocess
import time

import definitions

TARGET = 'bench'

# as long as what the shipped executor says
RESULT = '"state":"ERROR","error":"%s"' % ('The action raised an exception' + 150 * '.')


class Executor:
    """mistral-executor, for as long as the chains take."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [os.environ.get('BENCH_EXECUTOR') or os.path.join(os.environ['BENCH_BIN'], 'mistral-executor'),
             '--target', TARGET,
             '--allowed-hosts', 'none.invalid', '--log-level', 'warning', *options])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def start_chains(bench, count):
    return bench.sql("SELECT array_agg(mistral.start_workflow('bench_external')::text) FROM generate_series(1, %s)", count)


def finish(bench, ids):
    """Wait for all; returns the median of what their tasks took, in ms."""
    for execution in ids:
        state = bench.sql("SELECT mistral.wait_execution(%s, '5 min') ->> 'state'", execution)
        if state not in ('SUCCESS', 'ERROR'):       # the last of its tasks may fail
            raise RuntimeError('a chain ended in state %s' % state)
    return bench.sql('SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - created_at))'
                     ' FROM mistral.tasks WHERE workflow_execution_id = ANY (%s::uuid[])', ids) * 1000


def by_driver(bench, chains, length, clients, batch):
    """Executors that do nothing but exchange, each so many results at a time."""
    ids = start_chains(bench, chains)
    bench.meter.begin()
    out = bench.driver('drain', '-c', clients, '-b', batch, '-n', chains * length, '-t', TARGET, '-r', RESULT)
    figures = bench.meter.end(out['tasks'], out['seconds'])
    figures['median_ms'] = round(finish(bench, ids), 3)
    return figures


def by_executor(bench, chains, length, *options):
    """The shipped executor; its start is not measured."""
    with Executor(*options):
        finish(bench, start_chains(bench, 1))
        bench.meter.begin()
        begin = time.time()
        ids = start_chains(bench, chains)
        median = finish(bench, ids)
        figures = bench.meter.end(chains * length, time.time() - begin)
    figures['median_ms'] = round(median, 3)
    return figures


def measure(bench):
    length = 50 if bench.options.quick else 200
    bench.define(definitions.chain('bench_external', length, "std.http url='http://localhost/'\n      target: %s" % TARGET)
                 .replace('on-success', 'on-complete'))
    for batch in (1, 10, 50):
        figures = by_driver(bench, 8 * batch, length, 8, batch)
        bench.add_rate('18', '8 executors, %d results an exchange' % batch, figures, 0)
        if batch == 1:
            single = figures
    for chains in (1, 8, 32, 128):
        figures = by_executor(bench, chains, length)
        figures['latency'] = round(figures['median_ms'] / single['median_ms'], 3)
        bench.add_rate('18', 'mistral-executor, %d actions in flight, %.2f of the latency one by one'
                       % (chains, figures['latency']), figures, 2.5 if chains == 32 else 0,
                       **({'latency': 1.3} if chains == 32 else {}))
