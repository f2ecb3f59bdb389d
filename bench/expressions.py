#!/usr/bin/python3
"""Measure the expression languages: evaluations per second in one backend.

usage: expressions.py [--quick] [--json FILE]

"cached" evaluates one expression many times in one statement, so that it is
parsed once; "cold" evaluates a different text each time. The growth exponent
of a builtin is that of its time between collections of 1,000 and 10,000 items:
1 is linear. The corpus is every recorded expression, each parsed and evaluated
once. Times are CPU seconds of the backend where /proc tells them, so that
neighbours do not count; bytes are what the memory context of one evaluation
took from the system, in blocks of 8 kB and more. The environment (PGHOST...)
leads to the server.
"""
import argparse
import glob
import json
import math
import os
import re
import sys
import time

import psycopg2

here = os.path.dirname(os.path.abspath(__file__))
cases = os.path.join(here, '..', 'test', 'cases', 'expressions')

SMALL = {'a': {'b': [{'c': 41}]}, 'x': 'y', 't': {'result': {'ip': '10.0.0.1'}}}
VMS = {'vms': [{'id': i, 'name': 'vm%d' % i, 'state': 'ACTIVE' if i % 2 else 'ERROR', 'ram': 1024 * (i % 7)}
               for i in range(1000)]}

REALISTIC = [
    ('path', '<% $.a.b[0].c + 1 %>', SMALL, 300000),
    ('path, Jinja', '{{ _.a.b[0].c + 1 }}', SMALL, 300000),
    ('get with default', '<% $.t.result.get(x, {}) %>', SMALL, 200000),
    ('interpolation', 'host <% $.t.result.ip %>:<% $.a.b[0].c %>', SMALL, 200000),
    ('where and select of 1,000',
     '<% $.vms.where($.state = ACTIVE).select({id => $.id}) %>', VMS, 300),
    ('loop over 1,000, Jinja',
     '{% for v in _.vms if v.state == "ACTIVE" %}{{ v.id }},{% endfor %}', VMS, 300),
]

GROWTH = [
    ('distinct', '<% $.l.distinct().len() %>'),
    ('toSet', '<% $.l.toSet().len() %>'),
    ('groupBy', '<% $.l.groupBy($ mod 100).len() %>'),
    ('orderBy', '<% $.l.orderBy(-$).first() %>'),
    ('in', '<% let(s => $.l.toSet()) -> $.l.where($ in $s).len() %>'),
    ('join', '<% $.l.join($.l, $1 = $2, $1).len() %>'),
    ('join of text', '<% $.l.join(",").len() %>'),
    ('toDict', '<% $.l.toDict($, $).len() %>'),
    ('sort, Jinja', '{{ _.l | sort | first }}'),
    ('unique, Jinja', '{{ _.l | unique | list | length }}'),
    ('groupby, Jinja', '{{ _.d | groupby("k") | length }}'),
    ('loop, Jinja', '{% for x in _.l %}{{ x }}{% endfor %}{{ 1 }}'),
]


class Bench:
    def __init__(self, quick):
        self.quick = quick
        self.connection = psycopg2.connect('')
        self.connection.autocommit = True
        self.stat = '/proc/%d/stat' % self.connection.get_backend_pid()
        self.results = []

    def clock(self):
        try:
            with open(self.stat, encoding='ascii') as f:
                fields = f.read().rsplit(')', 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
        except OSError:
            return time.perf_counter()

    def seconds(self, query, *args):
        with self.connection.cursor() as cursor:
            begin = self.clock()
            cursor.execute(query, args)
            cursor.fetchall()
            return self.clock() - begin

    def cost(self, expression, context):
        """Steps and bytes of one evaluation, as the server logs them."""
        with self.connection.cursor() as cursor:
            cursor.execute('SET client_min_messages = debug2')
            del self.connection.notices[:]
            cursor.execute('SELECT mistral.evaluate(%s::jsonb, %s::jsonb)', (json.dumps(expression), json.dumps(context)))
            cursor.execute('RESET client_min_messages')
        found = re.search(r'expression: (\d+) steps, (\d+) bytes', ''.join(self.connection.notices))
        return dict(steps=int(found.group(1)), bytes=int(found.group(2))) if found else {}

    def report(self, kind, name, **figures):
        self.results.append(dict(kind=kind, name=name, **figures))
        print('%-8s %-28s %s' % (kind, name, '  '.join('%s %s' % (k, v) for k, v in figures.items())))
        sys.stdout.flush()

    def cached(self, name, expression, context, n):
        n = n if self.quick else n * 10
        query = 'SELECT count(mistral.evaluate(%s::jsonb, c.v)) FROM (SELECT %s::jsonb AS v OFFSET 0) c, generate_series(1, %s)'
        args = json.dumps(expression), json.dumps(context)
        spent = max(self.seconds(query, *args, n) - self.seconds(query, *args, 1), 0.01)
        self.report('cached', name, per_second=round(n / spent), microseconds=round(spent / n * 1e6, 2),
                    **self.cost(expression, context))

    def cold(self, name, expression, context, n):
        n = min(n, 50000) * (1 if self.quick else 4)
        query = "SELECT count(mistral.evaluate(to_jsonb(%s || repeat(' ', i %% 2)), c.v)) " \
            'FROM (SELECT %s::jsonb AS v OFFSET 0) c, generate_series(1, %s) i'
        spent = max(self.seconds(query, expression, json.dumps(context), n), 0.01)
        self.report('cold', name, per_second=round(n / spent), microseconds=round(spent / n * 1e6, 2))

    def growth(self, name, expression):
        spent = []
        for size in (1000, 10000):
            context = {'l': [(i * 7919) % size for i in range(size)]}
            context['d'] = [{'k': i % 100} for i in context['l']]
            n = (300000 if self.quick else 2000000) // size
            query = 'SELECT count(mistral.evaluate(%s::jsonb, c.v)) FROM (SELECT %s::jsonb AS v OFFSET 0) c, generate_series(1, %s)'
            args = json.dumps(expression), json.dumps(context)
            base = self.seconds(query, '"x"', args[1], n)
            spent.append(max(self.seconds(query, *args, n) - base, 0.01) / n)
        self.report('growth', name, exponent=round(math.log10(spent[1] / spent[0]), 2),
                    milliseconds=round(spent[1] * 1e3, 2))

    def corpus(self):
        items = []
        for path in sorted(glob.glob(os.path.join(cases, '*.jsonl'))):
            with open(path, encoding='utf-8') as f:
                items += [i for i in map(json.loads, f) if 'error' not in i]
        with self.connection.cursor() as cursor:
            cursor.execute('CREATE TEMP TABLE corpus (expr jsonb, ctx jsonb)')
            for i in items:
                cursor.execute('INSERT INTO corpus VALUES (%s, %s)', (json.dumps(i['expr']), json.dumps(i['ctx'])))
        rounds = 1 if self.quick else 10
        spent = max(self.seconds('SELECT count(mistral.evaluate(expr, ctx)) FROM generate_series(1, %s), corpus', rounds), 0.01)
        self.report('corpus', '%d expressions' % len(items), per_second=round(rounds * len(items) / spent))

    def run(self):
        for case in REALISTIC:
            self.cached(*case)
        for case in REALISTIC:
            self.cold(*case)
        for case in GROWTH:
            self.growth(*case)
        self.corpus()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--json')
    options = parser.parse_args()
    bench = Bench(options.quick)
    bench.run()
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as f:
            for result in bench.results:
                f.write(json.dumps(result) + '\n')


main()
