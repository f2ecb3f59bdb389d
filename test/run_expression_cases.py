#!/usr/bin/python3
"""Evaluate the recorded expressions with mistral.evaluate().

usage: run_expression_cases.py [options] [FILE.jsonl...]

The result must be the recorded one, integers told from floats; or, where an
error was recorded, an error of the same language must be raised.
"""
import argparse
import glob
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

import psycopg2                                 # noqa: E402

from runner import report                       # noqa: E402
from runner.compare import shown                # noqa: E402
from runner.sql import Sql                      # noqa: E402

# errors of evaluation, and of grammar, which are found earlier here
SQLSTATES = {'YaqlEvaluationException': ('MS011', 'MS004'),
             'JinjaEvaluationException': ('MS012', 'MS005')}


def is_same(want, got):
    """Equal as stored documents: 1 is not 1.0, and true is not 1."""
    if type(want) is not type(got):
        return False
    if isinstance(want, dict):
        return want.keys() == got.keys() and all(is_same(want[k], got[k]) for k in want)
    if isinstance(want, list):
        return len(want) == len(got) and all(map(is_same, want, got))
    return want == got


def in_any_order(value):
    return sorted(value, key=lambda v: json.dumps(v, sort_keys=True)) if isinstance(value, list) else value


def check(item, backend):
    with backend.connection().cursor() as cursor:
        try:
            cursor.execute('SELECT mistral.evaluate(%s::jsonb, %s::jsonb)::text',
                           (json.dumps(item['expr']), json.dumps(item['ctx'])))
            text = cursor.fetchone()[0]
        except psycopg2.Error as e:
            if e.pgcode in SQLSTATES.get(item.get('error'), ()):
                return
            raise report.Failed('%s\n     want %s, got %s %s' % (
                shown(item['expr']), shown(item.get('error') or item.get('result')),
                e.pgcode, (e.diag.message_primary or str(e)).strip())) from None
    got = None if text is None else json.loads(text)
    if item.get('error'):
        raise report.Failed('%s\n     want %s (%s), got %s' % (
            shown(item['expr']), item['error'], item.get('detail'), shown(got)))
    want = item['result']
    if item.get('unordered'):
        want, got = in_any_order(want), in_any_order(got)
    if not is_same(want, got):
        raise report.Failed('%s\n     want %s\n     got  %s' % (shown(item['expr']), shown(want), shown(got)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='*', default=sorted(glob.glob(os.path.join(here, 'cases', 'expressions', '*.jsonl'))))
    parser.add_argument('--deviations', default=os.path.join(here, 'deviations', 'expressions'))
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()

    items = []
    for path in options.files:
        with open(path, encoding='utf-8') as f:
            items += [json.loads(line) for line in f if line.strip()]
    backend = Sql()
    return report.run_all([(i['id'], i) for i in items], lambda item: check(item, backend), 1,
                          report.read_deviations(options.deviations), options.verbose)


if __name__ == '__main__':
    sys.exit(main())
