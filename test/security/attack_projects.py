#!/usr/bin/python3
"""The REST server that makes the roles of projects: what its own role must have
been given, what it says without, and which roles nobody gets through it.

usage: attack_projects.py --bindir DIR --database CONNINFO [-v]

The last line is "N passed, N failed".
"""
import argparse
import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import psycopg2

results = []
verbose = False
SERVER = 'attack_projects_server'
ROLES = ('attack_project_new', 'attack_project_other', 'attack_project_foreign', 'attack_project_login',
         'attack_project_super', SERVER)


def check(what, condition, detail=''):
    results.append(bool(condition))
    if verbose or not condition:
        print('%s %s %s' % ('ok  ' if condition else 'FAIL', what, '' if condition else detail))


class Server:
    """A running mistral-api that makes projects, connected as its own role."""

    def __init__(self, bindir, database):
        self.log = tempfile.TemporaryFile('a+')
        self.process = subprocess.Popen(
            [os.path.join(bindir, 'mistral-api'), '--listen=127.0.0.1', '--port=0',
             '--database=%s user=%s' % (database, SERVER), '--auth=headers', '--create_projects=on'],
            stderr=self.log)
        deadline = time.monotonic() + 30
        match = None
        while not match and time.monotonic() < deadline:
            match = re.search(r'serving http on [^,]*, port (\d+)', self.text())
            time.sleep(0.02)
        if not match:
            raise SystemExit('the server did not start: ' + self.text())
        self.port = int(match.group(1))

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def list_workflows(self, project):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request('GET', '/v2/workflows', None, {'X-Identity-Status': 'Confirmed', 'X-Project-Id': project})
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def drop_roles(cursor):
    for role in ROLES:
        cursor.execute('SELECT 1 FROM pg_roles WHERE rolname = %s', (role,))
        if cursor.fetchone():
            cursor.execute('DROP OWNED BY %s' % role)
            cursor.execute('DROP ROLE %s' % role)


def without_rights(bindir, database, cursor):
    cursor.execute('CREATE ROLE %s LOGIN NOINHERIT' % SERVER)
    with Server(bindir, database) as server:
        status, answer = server.list_workflows('attack_project_new')
        check('without rights it is the fault of the server', status == 500 and 'create' in answer['faultstring'],
              (status, answer))
        check('its log says what helps', 'grant_server' in server.text() and 'permission denied' in server.text())
    cursor.execute("SELECT mistral_api.grant_server(%s)", (SERVER,))
    with Server(bindir, database) as server:
        status, _ = server.list_workflows('attack_project_new')
        check('to serve is not to make projects', status == 500, status)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'attack_project_new'")
    check('nothing was made', cursor.fetchone() is None)


def with_rights(bindir, database, cursor):
    for _ in range(2):          # it may be repeated
        cursor.execute("SELECT mistral_api.grant_server(%s, create_projects => true)", (SERVER,))
    cursor.execute("SELECT rolcreaterole, rolsuper, pg_has_role(rolname, 'mistral_user', 'MEMBER WITH ADMIN OPTION'),"
                   " has_function_privilege(rolname, 'mistral_api.ensure_project(text)', 'EXECUTE'),"
                   " pg_has_role(rolname, 'mistral_admin', 'MEMBER') FROM pg_roles WHERE rolname = %s", (SERVER,))
    check('it has what it needs and no more', cursor.fetchone() == (True, False, True, True, False))
    cursor.execute("CREATE ROLE attack_project_foreign IN ROLE mistral_user")
    cursor.execute("CREATE ROLE attack_project_login LOGIN")
    cursor.execute("CREATE ROLE attack_project_super SUPERUSER IN ROLE mistral_user")
    with Server(bindir, database) as server:
        for project in ('attack_project_new', 'attack_project_other', 'attack_project_new'):
            status, answer = server.list_workflows(project)
            check('project %s is made and served' % project, (status, answer) == (200, {'workflows': []}), (status, answer))
        for project in ('attack_project_login', 'attack_project_super', 'mistral_admin', 'pg_monitor', 'pg_new', 'public', 'none', SERVER):
            status, answer = server.list_workflows(project)
            check('%s is no project' % project, status in (400, 403), (status, answer))
        status, answer = server.list_workflows('attack_project_foreign')
        check('a project that others have made is not taken', status == 403, (status, answer))
        check('and the log says why', 'permission denied to set role' in server.text(), server.text()[-500:])
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'attack_project%' AND"
                   " (rolcanlogin OR rolsuper OR rolcreaterole) ORDER BY 1")
    check('what was made can do nothing else', [r[0] for r in cursor] ==
          ['attack_project_login', 'attack_project_super', SERVER])
    for role in ('attack_project_new', 'mistral_user', 'mistral_admin', 'mistral_observer'):
        cursor.execute("SELECT has_function_privilege(%s, 'mistral_api.grant_server(text, bool)', 'EXECUTE')", (role,))
        check('%s cannot give these rights' % role, not cursor.fetchone()[0])


def main():
    global verbose
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bindir', required=True)
    parser.add_argument('--database', required=True)
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()
    verbose = options.verbose
    connection = psycopg2.connect(options.database)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute('SELECT mistral.create_roles()')
    drop_roles(cursor)
    try:
        without_rights(options.bindir, options.database, cursor)
        with_rights(options.bindir, options.database, cursor)
    finally:
        drop_roles(cursor)
        connection.close()
    failed = results.count(False)
    print('%d passed, %d failed' % (len(results) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
