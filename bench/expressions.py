#!/usr/bin/python3
"""Measure the expression languages: evaluations per second in one backend.

usage: expressions.py [--quick] [--json FILE]

"cached" evaluates one expression many times in one statement, so that it is
parsed once; "cold" evaluates a different text each time. The growth exponent
of a builtin is that of its time between collections of 1,000 and 10,000 items:
1 is linear. The corpus is every recorded expression, each parsed and evaluated
once. The environment (PGHOST...) leads to the server.
"""
import argparse
import glob
import json
import math
import os
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
        self.results = []

    def seconds(self, query, *args):
        with self.connection.cursor() as cursor:
            begin = time.perf_counter()
            cursor.execute(query, args)
            cursor.fetchall()
            return time.perf_counter() - begin

    def report(self, kind, name, **figures):
        self.results.append(dict(kind=kind, name=name, **figures))
        print('%-8s %-28s %s' % (kind, name, '  '.join('%s %s' % (k, v) for k, v in figures.items())))
        sys.stdout.flush()

    def cached(self, name, expression, context, n):
        n = max(n // 10, 10) if self.quick else n
        query = 'SELECT count(mistral.evaluate(%s::jsonb, c.v)) FROM (SELECT %s::jsonb AS v OFFSET 0) c, generate_series(1, %s)'
        args = json.dumps(expression), json.dumps(context)
        spent = self.seconds(query, *args, n) - self.seconds(query, *args, 1)
        self.report('cached', name, per_second=round(n / spent), microseconds=round(spent / n * 1e6, 2))

    def cold(self, name, expression, context, n):
        n = max(min(n, 50000) // (10 if self.quick else 1), 10)
        query = "SELECT count(mistral.evaluate(to_jsonb(%s || repeat(' ', i %% 2)), c.v)) " \
            'FROM (SELECT %s::jsonb AS v OFFSET 0) c, generate_series(1, %s) i'
        spent = self.seconds(query, expression, json.dumps(context), n)
        self.report('cold', name, per_second=round(n / spent), microseconds=round(spent / n * 1e6, 2))

    def growth(self, name, expression):
        spent = []
        for size in (1000, 10000):
            context = {'l': [(i * 7919) % size for i in range(size)]}
            context['d'] = [{'k': i % 100} for i in context['l']]
            n = 30000 // size
            query = 'SELECT count(mistral.evaluate(%s::jsonb, c.v)) FROM (SELECT %s::jsonb AS v OFFSET 0) c, generate_series(1, %s)'
            args = json.dumps(expression), json.dumps(context)
            base = min(self.seconds(query, '"x"', args[1], n) for _ in range(3))
            spent.append((min(self.seconds(query, *args, n) for _ in range(3)) - base) / n)
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
        spent = self.seconds('SELECT count(mistral.evaluate(expr, ctx)) FROM generate_series(1, %s), corpus', rounds)
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
