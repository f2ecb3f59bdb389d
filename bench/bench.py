#!/usr/bin/python3
"""Measure the goals of speed, each as a ratio to a baseline of the machine.

usage: bench.py [--quick | --long] [--only GOAL,...] [--json FILE]

L is what pgbench reaches with 8 clients, one statement with one HOT UPDATE and
one INSERT, one synchronous commit each. It is measured first, and again before
each group, since disks and neighbours change. Every line of the result says
what was reached, its ratio to L, and what a task cost: commits, statements,
bytes of WAL, CPU of the server. The environment (PGHOST...) leads to the
server; BENCH_BIN is the directory of pgbench and of the driver.
"""
import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time

import psycopg2

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

import definitions                      # noqa: E402
import executors                        # noqa: E402
import lateness                         # noqa: E402
import trees                            # noqa: E402
from meter import Meter, memory_kb      # noqa: E402

CLIENTS = 8
EXTERNAL = "std.http url='http://localhost/'"


class Bench:
    def __init__(self, options):
        self.options = options
        self.connection = psycopg2.connect('')
        self.connection.autocommit = True
        self.meter = Meter(self.connection)
        self.results = []
        self.baseline = None
        self.seconds = 3 if options.quick else 8

    # ---- tools

    def sql(self, query, *args):
        with self.connection.cursor() as cursor:
            cursor.execute(query, args)
            return cursor.fetchone()[0] if cursor.description else None

    def define(self, text):
        name = re.search(r'^(\w+):$', text.split("version: '2.0'")[1], re.M).group(1)
        self.sql("SELECT count(*) FROM mistral.workflows WHERE name = %s", name) and \
            self.sql('SELECT mistral.delete_workflow(%s)', name)
        self.sql('SELECT count(*) FROM mistral.create_workflows(%s)', text)

    def program(self, name, *args):
        path = os.path.join(os.environ['BENCH_BIN'], name)
        done = subprocess.run([path, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              universal_newlines=True, check=False)
        if done.returncode != 0:
            raise RuntimeError('%s: %s' % (name, done.stderr.strip()[-400:]))
        return done.stdout

    def driver(self, *args):
        return json.loads(self.program('driver', *args))

    def pgbench(self, script, clients=CLIENTS, seconds=None):
        """Transactions per second, and how many there were."""
        out = self.program('pgbench', '-n', '-M', 'prepared', '-c', clients, '-j', 2, '-T', seconds or self.seconds,
                           '-f', os.path.join(here, script))
        return (float(re.search(r'^tps = ([0-9.]+)', out, re.M).group(1)),
                int(re.search(r'actually processed: (\d+)', out).group(1)))

    def measure_baseline(self):
        self.baseline = self.pgbench('baseline.sql', seconds=3 if self.options.quick else 5)[0]

    def add(self, goal, name, reached, wanted, is_good, **figures):
        """One line of the result."""
        line = {'goal': goal, 'name': name, 'reached': reached, 'wanted': wanted, 'good': bool(is_good)}
        line.update(figures)
        self.results.append(line)
        print('  %-4s %-58s %s' % ('ok' if is_good else 'MISS', '%s %s' % (goal, name), reached),
              file=sys.stderr, flush=True)

    def add_rate(self, goal, name, figures, ratio, **limits):
        """A rate against L; limits bound the other figures (commits=1.05)."""
        figures['L'] = round(self.baseline, 1)
        figures['ratio'] = round(figures['tasks_per_s'] / self.baseline, 3)
        good = figures['ratio'] >= ratio and all(
            figures.get(key, 0) <= bound for key, bound in limits.items())
        wanted = ['>= %s L' % ratio] + ['%s <= %s' % item for item in limits.items()]
        self.add(goal, name, '%s L' % figures['ratio'], ', '.join(wanted), good, **figures)

    # ---- goals

    def start_many(self, workflow, count, tasks, batch, clients=CLIENTS, listeners=0, input_text='{}'):
        """Start executions, then let executors drain the queue under the meter."""
        self.sql('SELECT count(mistral.start_workflow(%s, %s::jsonb)) FROM generate_series(1, %s)',
                 workflow, input_text, count)
        self.meter.begin()
        out = self.driver('drain', '-c', clients, '-b', batch, '-n', count * tasks, '-l', listeners)
        return self.meter.end(out['tasks'], out['seconds'])

    def goal_1_chain(self):
        self.define(definitions.chain('bench_chain', 10, EXTERNAL))
        figures = self.start_many('bench_chain', 60 if self.options.quick else 500, 10, 1)
        self.add_rate('1', 'chain of 10, 8 executors one by one', figures, 0.5,
                      commits=1.05, statements=1.1, server_us=150, wal_bytes=900)

    def goal_2_batched(self):
        self.define(definitions.chain('bench_chain', 10, EXTERNAL))
        figures = self.start_many('bench_chain', 200 if self.options.quick else 1500, 10, 20)
        self.add_rate('2', 'the same in batches of 20', figures, 1.5)

    def goal_3_local(self):
        self.define(definitions.chain('bench_chain_local', 10, 'std.noop'))
        self.pgbench('chain_local.sql', seconds=1)
        self.meter.begin()
        tps, transactions = self.pgbench('chain_local.sql')
        figures = self.meter.end(transactions * 10)
        figures['tasks_per_s'] = round(tps * 10, 1)
        self.add_rate('3', 'chain of 10 in the database', figures, 2.5,
                      commits=0.11, server_us=60, wal_bytes=450)

    def goal_4_wide(self):
        self.define(definitions.chain('bench_chain_1000', 1000, 'std.noop'))
        self.define(definitions.wide('bench_wide_1000', 1000))
        for name in ('bench_chain_1000', 'bench_wide_1000'):
            self.run_local(name)
            rate = 1000 / min(self.run_local(name) for _ in range(3))
            self.add('4', '%s, one backend' % name[len('bench_'):], '%d tasks/s' % rate, '>= 15000 tasks/s',
                     rate >= 15000, tasks_per_s=round(rate, 1))

    def run_local(self, name, input_text='{}'):
        """Seconds that a workflow of actions in the database takes, to its end."""
        begin = time.time()
        execution = self.sql('SELECT mistral.start_workflow(%s, %s::jsonb)', name, input_text)
        state = self.sql("SELECT mistral.wait_execution(%s, '5 min') ->> 'state'", execution)
        if state != 'SUCCESS':
            raise RuntimeError('%s ended in state %s' % (name, state))
        return time.time() - begin

    def goal_5_latency(self):
        self.define(definitions.chain('bench_one', 1, EXTERNAL))
        fsync = self.driver('commit', '-n', 100 if self.options.quick else 300)['median_ms']
        self.meter.begin()
        out = self.driver('latency', '-n', 100 if self.options.quick else 300, '-w', 'bench_one')
        figures = self.meter.end(out['runs'])
        limit = 2 * fsync + 1.5
        self.add('5', 'one task, start to end seen by the client', '%.2f ms' % out['median_ms'],
                 '<= 2 commits (%.2f ms each) + 1.5 ms, 3 commits' % fsync,
                 out['median_ms'] <= limit and figures.get('commits', 0) <= 3.05,
                 median_ms=out['median_ms'], commit_ms=fsync, **figures)

    def goal_6_wake(self):
        out = self.driver('wake', '-n', 100 if self.options.quick else 300, '-w', 'bench_one')
        self.add('6', 'commit to executor awake', '%.2f ms' % out['median_ms'], '<= 0.5 ms',
                 out['median_ms'] <= 0.5, **out)

    def goal_7_listeners(self):
        count = 60 if self.options.quick else 400
        rates = {0: [], CLIENTS: []}
        for _ in range(2):
            for listeners in rates:
                figures = self.start_many('bench_chain', count, 10, 1, listeners=listeners)
                rates[listeners].append(figures['tasks_per_s'])
        ratio = max(rates[CLIENTS]) / max(rates[0])
        self.add('7', '8 listeners against none', '%.2f' % ratio, '>= 0.9', ratio >= 0.9, ratio=round(ratio, 3))

    def goal_8_fan(self):
        self.define(definitions.fan('bench_fan', 20, EXTERNAL))
        for batch, ratio in ((1, 0.5), (20, 1.5)):
            figures = self.start_many('bench_fan', 40 if self.options.quick else 200, 20, batch)
            self.add_rate('8', 'fan-out of 20 and join, batches of %d' % batch, figures, ratio)

    def goal_9_items(self):
        self.define(definitions.items('bench_items', EXTERNAL))
        figures = self.start_many('bench_items', 1, 1000, 1, input_text=item_list(1000))
        self.add_rate('9', 'with-items of 1,000, one by one', figures, 0.4)

    def goal_10_growth(self):
        self.define(definitions.items('bench_items_local', 'std.noop'))
        sizes = [10, 100, 1000, 10000] + ([] if self.options.quick else [100000])
        seconds, wal = [], []
        for size in sizes:
            runs = max(1, min(20, 2000 // size))
            self.run_local('bench_items_local', item_list(size))
            self.meter.begin()
            seconds.append(min(self.run_local('bench_items_local', item_list(size)) for _ in range(runs)))
            wal.append(self.meter.end(size * runs)['wal_bytes'])
        exponent = slope(sizes[1:], seconds[1:])
        spread = max(wal[1:]) / min(wal[1:])
        self.add('10', 'with-items %s' % ' -> '.join(map(str, sizes)), 'exponent %.2f' % exponent,
                 'exponent <= 1.1, WAL per item within 10 %', exponent <= 1.1 and spread <= 1.2,
                 exponent=round(exponent, 3), seconds=[round(s, 4) for s in seconds], wal_bytes=wal)
        self.define(definitions.items('bench_items', EXTERNAL))
        begin = time.time()
        execution = self.sql('SELECT mistral.start_workflow(%s, %s::jsonb)', 'bench_items', item_list(10000))
        took = time.time() - begin
        self.sql('SELECT mistral.cancel_execution(%s)', execution)
        self.add('10', '10,000 items created', '%.2f s' % took, '<= 0.5 s', took <= 0.5)

    def goal_11_publish(self):
        self.define(definitions.publishing('bench_publish_20', 20, 1000))
        self.define(definitions.publishing('bench_publish_100', 100, 1000))
        per_task = {}
        for length in (20, 100):
            name = 'bench_publish_%d' % length
            self.run_local(name)
            self.meter.begin()
            seconds = min(self.run_local(name) for _ in range(5))
            per_task[length] = (seconds / length, self.meter.end(length * 5)['wal_bytes'])
        growth = per_task[100][0] / per_task[20][0]
        wal = per_task[100][1] / per_task[20][1]
        self.add('11', '100 tasks in a row, each publishing 1 KB', 'time x %.2f, WAL x %.2f' % (growth, wal),
                 '<= 1.2 x from 20 to 100 tasks', growth <= 1.2 and wal <= 1.2)

    def goal_12_join(self):
        per_task = {}
        for width in (20, 500):
            self.define(definitions.fan('bench_join_%d' % width, width, 'std.noop'))
            self.run_local('bench_join_%d' % width)
            per_task[width] = min(self.run_local('bench_join_%d' % width) for _ in range(5)) / (width + 2)
        ratio = per_task[500] / per_task[20]
        self.add('12', 'join of 500 against join of 20, per task', '%.2f' % ratio, '<= 1.3', ratio <= 1.3)

    def goal_13_memory(self):
        pid = self.sql('SELECT pg_backend_pid()')
        self.define(definitions.items('bench_items_local', 'std.noop'))
        self.define(definitions.chain('bench_chain_30', 30, 'std.echo output=<% $.blob.len() %>')
                    .replace('  tasks:', '  input: [blob]\n  tasks:', 1))
        self.define(definitions.chain('bench_chain_local', 10, 'std.noop'))
        self.run_local('bench_chain_local')
        self.sql('SET mistral.execution_field_size_limit = -1')
        idle = memory_kb(pid, reset=True)
        for name, workflow, text in (
                ('10,000 items', 'bench_items_local', item_list(10000)),
                ('4 MB of input through 30 tasks', 'bench_chain_30', json.dumps({'blob': 'x' * 4000000}))):
            memory_kb(pid, reset=True)
            self.run_local(workflow, text)
            over = (memory_kb(pid) - idle) / 1024
            self.add('13', 'memory of a backend: ' + name, '%.1f MB' % over, '<= 64 MB', over <= 64)
        self.sql("SELECT count(mistral.start_workflow('bench_chain_local')) FROM generate_series(1, 100)")
        before = memory_kb(pid, reset=True)
        for _ in range(10):
            self.sql("SELECT count(mistral.start_workflow('bench_chain_local')) FROM generate_series(1, 100)")
        growth = (memory_kb(pid) - before) / 1024
        self.add('13', 'growth over 1,000 workflows', '%.1f MB' % growth, '<= 1 MB', growth <= 1)

    def goal_14_steady(self):
        """Long: a minute by itself, ten with --long."""
        minutes = 10 if self.options.long else 1
        self.define(definitions.chain('bench_chain', 10, EXTERNAL))
        rates = []
        for _ in range(minutes * 6):
            figures = self.start_many('bench_chain', 60 if self.options.quick else 600, 10, 1)
            rates.append(figures['tasks_per_s'])
        part = max(1, len(rates) // 10)
        ratio = statistics.mean(rates[-part:]) / statistics.mean(rates[:part])
        left = self.sql("SELECT pg_relation_size('mistral.action_queue')")
        self.add('14', '%d rounds of chains, the last against the first' % len(rates), '%.2f' % ratio, '>= 0.9',
                 ratio >= 0.9, queue_bytes=left, rates=rates)
        self.connection.autocommit = True
        other = psycopg2.connect('')
        with other.cursor() as cursor:
            cursor.execute('SELECT txid_current()')
            held = [self.start_many('bench_chain', 60 if self.options.quick else 600, 10, 1)['tasks_per_s']
                    for _ in range(max(2, part))]
        other.rollback()
        other.close()
        ratio = statistics.mean(held) / statistics.mean(rates)
        self.add('14', 'the same with another transaction left open', '%.2f' % ratio, '>= 0.75', ratio >= 0.75)

    def goal_15_history(self):
        """Executions that have finished are kept: a million with --long."""
        many = 1000000 if self.options.long else 20000 if self.options.quick else 100000
        self.define(definitions.chain('bench_chain', 10, EXTERNAL))
        self.define(definitions.chain('bench_one_local', 1, 'std.noop'))
        count = 60 if self.options.quick else 500
        before = max(self.start_many('bench_chain', count, 10, 1)['tasks_per_s'] for _ in range(4))
        for _ in range(many // 1000):
            self.sql("SELECT count(mistral.start_workflow('bench_one_local')) FROM generate_series(1, 1000)")
        self.sql('VACUUM ANALYZE')
        rates = [self.start_many('bench_chain', count, 10, 1)['tasks_per_s'] for _ in range(4)]
        ratio = max(rates) / before
        self.add('15', '%d finished executions kept' % many, '%.2f' % ratio, '>= 0.9', ratio >= 0.9)
        self.expire(count, statistics.mean(rates))

    def expire(self, count, undisturbed):
        """Let the scheduler remove all that is finished, while other work goes on."""
        finished = "SELECT count(*) FROM mistral.executions WHERE state <> 'RUNNING'"
        many, size = self.sql(finished), self.stored_bytes()
        self.set('mistral.expiration_max_finished', 1)
        self.set('mistral.expiration_interval', 1)
        begin, rates = time.time(), []
        while self.sql(finished) > many // 10:
            rates.append(self.start_many('bench_chain', count, 10, 1)['tasks_per_s'])
        rate = 0.9 * many / (time.time() - begin)
        ratio = statistics.mean(rates) / undisturbed
        self.add('15', 'work while %d are removed, %d/s' % (many, rate), '%.2f' % ratio, '>= 0.9', ratio >= 0.9,
                 removed_per_s=round(rate))
        while self.sql(finished) > 1:
            time.sleep(0.1)
        self.set('mistral.expiration_interval', 0)
        self.set('mistral.expiration_max_finished', 0)
        self.sql('VACUUM')
        for _ in range(many // 1000):
            self.sql("SELECT count(mistral.start_workflow('bench_one_local')) FROM generate_series(1, 1000)")
        ratio = self.stored_bytes() / size
        self.add('15', 'size when as many have come again', '%.2f' % ratio, '<= 1.2', ratio <= 1.2)

    def set(self, name, value):
        """A setting of the server, in effect when this returns."""
        self.sql('ALTER SYSTEM SET %s = %s' % (name, value))
        self.sql('SELECT pg_reload_conf()')
        while self.sql('SELECT setting FROM pg_settings WHERE name = %s', name) != str(value):
            time.sleep(0.01)

    def stored_bytes(self):
        return self.sql("SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class"
                        " WHERE relnamespace = 'mistral'::regnamespace AND relkind = 'r'")

    def goal_16_shapes(self):
        shapes = [('25 tasks in 5 levels', definitions.levels('bench_levels_5', 5, 5)),
                  ('100 tasks in 10 levels', definitions.levels('bench_levels_10', 10, 10)),
                  ('250 tasks in 5 levels of 50', definitions.levels('bench_levels_50', 5, 50)),
                  ('1,000 variables merged over 100 branches', definitions.merging('bench_merge', 100, 10))]
        child, parent = definitions.nested('bench_nested', 300)
        self.define(child)
        shapes.append(('300 nested workflows', parent))
        for name, text in shapes:
            self.define(text)
            workflow = re.search(r'^(bench_\w+):$', text, re.M).group(1)
            seconds = self.run_local(workflow)
            self.add('16', name, '%.3f s' % seconds, '<= 1 s', seconds <= 1)

    def goal_17_definitions(self):
        """Beyond the numbered goals: creating definitions, each validated and committed."""
        text = definitions.levels('bench_big', 50, 10)
        self.sql('SELECT count(*) FROM mistral.create_workflows(%s)', definitions.chain('bench_warm', 3, 'std.noop'))
        begin = time.time()
        self.sql('SELECT count(*) FROM mistral.create_workflows(%s)', text)
        seconds = time.time() - begin
        self.add('17', 'loading a definition of %d tasks' % len(re.findall('^    [a-z]', text, re.M)),
                 '%.0f ms' % (seconds * 1000), '<= 100 ms', seconds <= 0.1)
        count = 200 if self.options.quick else 1000
        begin = time.time()
        for i in range(count):
            self.sql('SELECT count(*) FROM mistral.create_workflows(%s)',
                     definitions.ordinary('bench_ordinary_%d' % i))
        rate = count / (time.time() - begin)
        self.add('17', 'ordinary definitions, one by one', '%.0f a second' % rate, '>= 1000 a second', rate >= 1000)

    def goal_18_executors(self):
        executors.measure(self)

    def goal_21_lateness(self):
        """A fork bomb is the last of the loads: it may go on afterwards."""
        lateness.measure(self)

    def goal_22_trees(self):
        trees.measure(self)

    def run(self):
        goals = [name for name in dir(self) if name.startswith('goal_')]
        # the loads of goal 21 leave work behind, so it is the last
        goals.sort(key=lambda name: (name.startswith('goal_21'), int(name.split('_')[1])))
        for name in goals:
            if self.options.only and name.split('_')[1] not in self.options.only:
                continue
            self.measure_baseline()
            try:
                getattr(self, name)()
            except (RuntimeError, psycopg2.Error) as e:
                self.add(name.split('_')[1], ' '.join(name.split('_')[2:]), 'failed: %s' % str(e).strip()[:200],
                         '', False)


def item_list(size):
    return json.dumps({'list': list(range(size))})


def slope(sizes, seconds):
    """The exponent of growth: the slope of a line through the logarithms."""
    x = [math.log(s) for s in sizes]
    y = [math.log(s) for s in seconds]
    mx, my = statistics.mean(x), statistics.mean(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


def table(results):
    columns = ('goal', 'name', 'reached', 'wanted', 'tasks_per_s', 'ratio', 'commits', 'statements',
               'wal_bytes', 'server_us')
    heads = ('goal', 'what', 'reached', 'wanted', 'tasks/s', '/ L', 'commits', 'statements', 'WAL B', 'CPU us')
    rows = [heads] + [tuple(str(r.get(c, '')) if not isinstance(r.get(c), list) else '' for c in columns)
                      for r in results]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    for number, row in enumerate(rows):
        print('  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if number == 0:
            print('  '.join('-' * width for width in widths))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true', help='shorter runs')
    parser.add_argument('--long', action='store_true', help='ten minutes for goal 14, a million rows for goal 15')
    parser.add_argument('--only', type=lambda text: text.split(','), help='numbers of goals')
    parser.add_argument('--json', help='write a line of JSON for each result here')
    bench = Bench(parser.parse_args())
    bench.run()
    print('L = %.0f commits/s (the last of the measurements)' % bench.baseline)
    table(bench.results)
    if bench.options.json:
        with open(bench.options.json, 'w', encoding='utf-8') as f:
            for line in bench.results:
                f.write(json.dumps(line) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
