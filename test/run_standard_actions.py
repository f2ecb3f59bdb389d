#!/usr/bin/python3
"""Check the standard actions and programs as actions with a real executor, against services on loopback.

usage: run_standard_actions.py --bindir DIR --database CONNINFO [-v] [PART...]

Starts executors and services of its own. CONNINFO names a database with the extension, as a
superuser who connects without a password. PARTs are http, email and so on; all if none is named.
"""
import argparse
import importlib
import pathlib
import sys
import tempfile

import run_api_checks
from actions import peers
from actions.place import Place

PARTS = ('kinds', 'http', 'email', 'script', 'ssh', 'program')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bindir', required=True)
    parser.add_argument('--database', required=True)
    parser.add_argument('-v', '--verbose', action='store_true')
    parser.add_argument('parts', nargs='*', default=PARTS)
    options = parser.parse_args()
    run_api_checks.verbose = options.verbose

    place = Place(options.bindir, options.database)
    try:
        with tempfile.TemporaryDirectory(dir='/tmp') as directory:
            directory = pathlib.Path(directory)
            directory.chmod(0o755)
            peers.certificate(directory)
            for part in options.parts:
                importlib.import_module('actions.check_' + part).run(place, directory)
    finally:
        place.close()
    failed = run_api_checks.results.count(False)
    print('%d passed, %d failed' % (len(run_api_checks.results) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
