#!/usr/bin/python3
"""Attacks on who watches for changes: what another project does, a token that was
taken away, and places that one role takes from the others.

usage: attack_streams.py --bindir DIR --database CONNINFO [-v]

The last line is "N passed, N failed".
"""
import contextlib
import http.client

import psycopg2

import rest_attack
from rest_attack import check

ROLES = ('attack_streams_a', 'attack_streams_b')


class Events:
    """A stream that somebody reads."""

    def __init__(self, server, token, query='', headers=None):
        self.connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
        self.connection.request('GET', '/v2/events/stream' + query, None,
                                {'Authorization': 'Bearer ' + token, **(headers or {})})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def text(self, until=None):
        """What comes up to a line that begins so, or to the end."""
        lines = []
        while True:
            line = self.response.readline().decode()
            lines.append(line)
            if not line or (until and line.startswith(until)):
                return ''.join(lines)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()
        self.connection.close()


def prepare(cursor):
    """Two projects with a token each, and an execution of the second."""
    drop(cursor)
    cursor.execute('SELECT mistral.create_roles()')
    for role in ROLES:
        cursor.execute('CREATE ROLE %s IN ROLE mistral_user' % role)
    cursor.execute('SET ROLE ' + ROLES[1])
    cursor.execute("SELECT count(*) FROM mistral.create_workflows(%s)",
                   ("version: '2.0'\nattack_streams: {tasks: {t: {action: std.async_noop}}}",))
    cursor.execute("SELECT mistral.start_workflow('attack_streams')")
    execution = cursor.fetchone()[0]
    cursor.execute('RESET ROLE')
    cursor.execute('SELECT mistral_api.create_token(%s), mistral_api.create_token(%s)', ROLES)
    return execution, cursor.fetchone()


def drop(cursor):
    cursor.execute("SELECT mistral.delete_execution(id, true) FROM mistral.executions"
                   " WHERE project_id = ANY (%s) AND task_execution_id IS NULL", (list(ROLES),))
    for role in ROLES:
        cursor.execute('SELECT 1 FROM pg_roles WHERE rolname = %s', (role,))
        if cursor.fetchone():
            cursor.execute('SET ROLE ' + role)
            cursor.execute("SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE project_id = %s", (role,))
            cursor.execute('RESET ROLE')
            cursor.execute('DELETE FROM mistral_api.tokens WHERE role_name = %s', (role,))
            cursor.execute('DROP ROLE ' + role)


def other_projects(server, execution, tokens):
    """Nobody is told of what another project does."""
    for query in ('?execution_id=' + execution, '?execution_id=' + execution.upper()):
        with Events(server, tokens[0], query) as events:
            check('another project watches %s' % query[:14], events.status == 404, events.status)
    with Events(server, tokens[0], '?workflow_name=attack_streams') as events:
        check('a workflow of another project', '"newest": null' in events.text('data: ') and events.status == 200)
    with Events(server, tokens[0], '?all_projects=true') as events:
        check('all projects', events.status == 403, events.status)
    with Events(server, tokens[1], '?execution_id=' + execution) as events:
        check('the own execution', execution in events.text('data: '))
        # who asks for the same is no other
        with Events(server, tokens[0], '?execution_id=' + execution) as others:
            check('nor what somebody else watches', others.status == 404, others.status)
    for query in ("?execution_id=' OR true --", '?execution_id=x', '?workflow_name=%27%22', '?nothing=1', '?execution_id=%00'):
        with Events(server, tokens[0], query.replace(' ', '%20')) as events:
            check('watching %s' % query, events.status in (200, 400), events.status)
    with Events(server, tokens[0], '', {'Last-Event-ID': 'x' * 5000}) as events:
        text = events.text('data: ')
        check('a version that is none', 'event: ready' in text and 'xxx' not in text, text)
    with Events(server, 'nobody') as events:
        check('who is nobody watches nothing', events.status == 401, events.status)
    with Events(server, tokens[1], '', {'Sec-Fetch-Site': 'cross-site'}) as events:
        check('nor do pages of other sites', events.status == 403, events.status)


def shares(server, tokens):
    """One role takes half of the places at most."""
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(Events(server, tokens[0])).status for _ in range(3)]
        check('half of the places', taken == [200, 200, 503], taken)
        check('the rest is for others', stack.enter_context(Events(server, tokens[1])).status == 200)


def taken_away(server, cursor, tokens):
    """A token that is deleted ends what was begun with it."""
    with Events(server, tokens[0]) as events:
        events.text('data: ')
        cursor.execute('DELETE FROM mistral_api.tokens WHERE role_name = %s', (ROLES[0],))
        check('the stream ends', 'event: change' not in events.text())
    with Events(server, tokens[0]) as events:
        check('and none begins', events.status == 401, events.status)


def attack(options):
    connection = psycopg2.connect(options.database)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        execution, tokens = prepare(cursor)
        with rest_attack.Server(options.bindir, options.database, '--auth=token', '--max-streams=4') as server:
            other_projects(server, execution, tokens)
            check('places are given back', rest_attack.wait(
                lambda: 'streams_open 0' in str(rest_get(server, '/metrics'))))
            shares(server, tokens)
            check('and again', rest_attack.wait(lambda: 'streams_open 0' in str(rest_get(server, '/metrics'))))
            taken_away(server, cursor, tokens)
        drop(cursor)


def rest_get(server, path):
    """What a page of the server says."""
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request('GET', path)
        return connection.getresponse().read()


if __name__ == '__main__':
    rest_attack.main(__doc__, attack)
