#!/usr/bin/python3
"""Run the recorded workflow cases.

usage: run_workflow_cases.py [options] [FILE or DIRECTORY...]

Over REST when the environment names a server (MISTRAL_API_URL), else, or with
--sql, through the SQL functions of the database that PGHOST, PGDATABASE and so
on lead to. Without arguments: all cases of test/cases/workflows.
"""
import argparse
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

import yaml                                     # noqa: E402

from runner import compare, httpd, report       # noqa: E402
from runner.case import Case                    # noqa: E402
from runner.choose import choose_backend        # noqa: E402
from runner.waits import Waits                  # noqa: E402


def find_cases(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                for name in sorted(names):
                    if name.endswith('.yaml'):
                        yield os.path.join(folder, name)
        else:
            yield path


def check(path, backend, http_base, options):
    with open(path, encoding='utf-8') as f:
        document = yaml.safe_load(f)
    case = Case(document, backend, http_base, options.scale, options.waits and Waits(options.waits))
    got = case.play()
    if options.show:
        print(json.dumps(got, indent=1, sort_keys=True))
        return
    with open(path[:-len('.yaml')] + '.expected.json', encoding='utf-8') as f:
        want = json.load(f)
    got = compare.blank(got, document.get('ignore') or [])
    found = list(compare.differences(want, got))
    if found:
        raise report.Failed('%d differences\n     %s' % (
            len(found), '\n     '.join(found[:options.details])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('paths', nargs='*', default=[os.path.join(here, 'cases', 'workflows')])
    parser.add_argument('--url', default=os.environ.get('MISTRAL_API_URL'), help='root of the REST API')
    parser.add_argument('--sql', action='store_true', help='call the SQL functions')
    parser.add_argument('--jobs', type=int, default=8, help='cases at a time')
    parser.add_argument('--scale', type=float, default=1.0, help='factor for time limits')
    parser.add_argument('--details', type=int, default=6, help='differences shown per case')
    parser.add_argument('--deviations', default=os.path.join(here, 'deviations', 'workflows'))
    parser.add_argument('--waits', metavar='CONNINFO', help='the database, in which it is looked'
                        ' after each step whether what all is said to wait for is true')
    parser.add_argument('--show', action='store_true', help='print what was seen, compare nothing')
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()

    backend = choose_backend(options)
    http_base = httpd.start()
    items = [(os.path.basename(p)[:-len('.yaml')], p) for p in find_cases(options.paths)]
    return report.run_all(items, lambda path: check(path, backend, http_base, options), options.jobs,
                          report.read_deviations(options.deviations), options.verbose)


if __name__ == '__main__':
    sys.exit(main())
