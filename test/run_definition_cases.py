#!/usr/bin/python3
"""Validate the recorded definitions.

usage: run_definition_cases.py [options] [FILE.jsonl...]

Through SQL (mistral.validate_workflow and so on), or with --url over REST.
"""
import argparse
import glob
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

from runner import report                       # noqa: E402
from runner.backend import Refused              # noqa: E402
from runner.choose import choose_backend        # noqa: E402
from runner.reduce import definition_keyword    # noqa: E402

KINDS = {'workflow': 'workflows', 'workbook': 'workbooks', 'action': 'actions'}


def check(item, backend):
    try:
        accepted, error = backend.validate(KINDS[item['kind']], item['text'])
    except Refused as e:
        raise report.Failed('validation itself was refused: %s' % e)
    got = None if accepted else definition_keyword(error)
    if accepted != item['accepted']:
        raise report.Failed('accepted %s, want %s (%s)\n     %s' % (
            accepted, item['accepted'], item.get('error'), error))
    if got != item.get('error'):
        raise report.Failed('refused for %s, want %s\n     %s' % (got, item.get('error'), error))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='*', default=sorted(glob.glob(os.path.join(here, 'cases', 'definitions', '*.jsonl'))))
    parser.add_argument('--url', help='root of the REST API')
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--deviations', default=os.path.join(here, 'deviations', 'definitions'))
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()
    options.sql = not options.url

    items = []
    for path in options.files:
        with open(path, encoding='utf-8') as f:
            items += [json.loads(line) for line in f if line.strip()]
    backend = choose_backend(options)
    return report.run_all([(i['id'], i) for i in items], lambda item: check(item, backend), options.jobs,
                          report.read_deviations(options.deviations), options.verbose)


if __name__ == '__main__':
    sys.exit(main())
