"""Finds the back-end that the options ask for."""
import sys


def choose_backend(options):
    if options.url and not options.sql:
        from runner.rest import Rest, wait_for_server
        if not wait_for_server(options.url):
            sys.exit('no server answers at %s' % options.url)
        return Rest(options.url)
    from runner.sql import Sql
    return Sql()
