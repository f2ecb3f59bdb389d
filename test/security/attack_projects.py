#!/usr/bin/python3
"""The REST server that makes the roles of projects: what its own role must have
been given, what it says without, and which roles nobody gets through it.

usage: attack_projects.py --bindir DIR --database CONNINFO [-v]

The last line is "N passed, N failed".
"""
import psycopg2

import rest_attack
from rest_attack import check

SERVER = 'attack_projects_server'
ROLES = ('attack_project_new', 'attack_project_other', 'attack_project_foreign', 'attack_project_login',
         'attack_project_super', SERVER)


class Server(rest_attack.Server):
    """A server that makes projects, connected as its own role."""

    def __init__(self, bindir, database):
        super().__init__(bindir, '%s user=%s' % (database, SERVER), '--auth=headers', '--create_projects=on')

    def list_workflows(self, project):
        return self.request('GET', '/v2/workflows', None,
                            {'X-Identity-Status': 'Confirmed', 'X-Project-Id': project})[:2]


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


def attack_all(options):
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


if __name__ == '__main__':
    rest_attack.main(__doc__, attack_all)
