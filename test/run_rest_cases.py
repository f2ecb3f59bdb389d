#!/usr/bin/python3
"""Play the recorded HTTP transcripts against a REST server.

usage: run_rest_cases.py [options] [FILE or DIRECTORY...]

Every request is one test. The files of a directory run some at a time; those
of test/cases/rest/projects need a server that takes the caller's identity from
request headers, and run only when --auth-url names one.
"""
import argparse
import glob
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

from runner import report                           # noqa: E402
from runner.rest import wait_for_server             # noqa: E402
from runner.transcript import Transcript            # noqa: E402


def files_of(paths):
    for path in paths:
        if os.path.isdir(path):
            yield from sorted(glob.glob(os.path.join(path, '*.jsonl')))
        else:
            yield path


def root(url):
    url = url.rstrip('/')
    return url[:-len('/v2')] if url.endswith('/v2') else url


def play(path, base, deviations, results):
    """Play one file; a request that is a known deviation must fail."""
    with open(path, encoding='utf-8') as f:
        steps = [json.loads(line) for line in f if line.strip()]
    name = os.path.basename(path)[:-len('.jsonl')]
    for number, (step, faults) in enumerate(Transcript(steps, base).play(), 1):
        key = '%s:%d' % (name, number)
        request = step['request']
        if key in deviations:
            faults = [] if faults else ['listed as a deviation (%s), but it passes' % deviations[key]]
        if faults:
            results.append((False, 'FAIL %s: %s %s%s\n     %s' % (
                key, request['method'], request['path'],
                '?' + request['query'] if request.get('query') else '', '\n     '.join(faults))))
        else:
            results.append((True, 'ok   ' + key))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('paths', nargs='*')
    parser.add_argument('--url', default=os.environ.get('MISTRAL_API_URL') or 'http://127.0.0.1:8989')
    parser.add_argument('--auth-url', default=os.environ.get('MISTRAL_AUTH_API_URL'))
    parser.add_argument('--jobs', type=int, default=4, help='files at a time')
    parser.add_argument('--deviations', default=os.path.join(here, 'deviations', 'rest'))
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()

    cases = os.path.join(here, 'cases', 'rest')
    work = [(path, root(options.url)) for path in files_of(options.paths or [cases])]
    if options.auth_url and not options.paths:
        work += [(path, root(options.auth_url)) for path in files_of([os.path.join(cases, 'projects')])]
    for base in {base for _, base in work}:
        if not wait_for_server(base):
            sys.exit('no server answers at %s' % base)

    results = []
    deviations = report.read_deviations(options.deviations)

    def one(item):
        play(item[0], item[1], deviations, results)
    broken = report.each(work, one, options.jobs)
    for passed, line in results:
        if options.verbose or not passed:
            print(line)
    for line in broken:
        print(line)
    failed = sum(not passed for passed, _ in results) + len(broken)
    print('%d passed, %d failed' % (len(results) + len(broken) - failed, failed))
    return 1 if failed or not results else 0


if __name__ == '__main__':
    sys.exit(main())
