"""Runs actions of modules and of installed plug-ins: mistral-python-executor my_module."""
import argparse
import importlib
import logging
import sys

from .actions import registered
from .executor import run
from .plugins import plugins


def main() -> None:
    """Parse the command line and run until a signal."""
    parser = argparse.ArgumentParser(prog='mistral-python-executor', description=__doc__)
    parser.add_argument('modules', nargs='*', help='modules that make actions with @action')
    parser.add_argument('--plugins', action='append', default=[], metavar='PATTERN',
                        help='actions written for mistral-lib, by name; as "my.*"')
    parser.add_argument('--database', default='', metavar='DSN', help="libpq's syntax; as the environment says")
    parser.add_argument('--name', help='of this executor')
    parser.add_argument('--target', default='', help='take tasks of this target as well')
    parser.add_argument('--concurrency', type=int, default=10, help='calls at once (10)')
    parser.add_argument('--lease', type=float, default=60, help='seconds (60)')
    parser.add_argument('--no-listen', action='store_true', help='behind a pooler')
    parser.add_argument('--verbose', action='store_true', help='a line for each action')
    options = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO,
                        format='%(asctime)s %(levelname)s %(message)s')
    sys.path.insert(0, '')
    try:
        for module in options.modules:
            importlib.import_module(module)
        run(options.database, list(registered().values()) + plugins(*options.plugins),
            name=options.name, target=options.target, concurrency=options.concurrency,
            lease=options.lease, listen=not options.no_listen)
    except ValueError as e:
        parser.error(str(e))


if __name__ == '__main__':
    main()
