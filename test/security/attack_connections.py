#!/usr/bin/python3
"""What may stand or fail between the REST server and its database: connections
that are cut within a request, and a pooler that gives a session of the server
to each transaction, so that nothing of one request may be left for the next.

usage: attack_connections.py --bindir DIR --database CONNINFO [-v]

The checks of a pooler need the program pgbouncer, and are left out without it.
The last line is "N passed, N failed".
"""
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading

import psycopg2

import rest_attack
from rest_attack import Server, check, wait


# --------------------------------------------------- a connection that is cut

class Relay:
    """Passes bytes between a socket of its own and the database's, until it is told to cut."""

    def __init__(self, directory, target, port):
        self.pairs = []
        self.target = target
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(directory, '.s.PGSQL.%s' % port))
        self.listener.listen(50)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            self.pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                if not data:
                    break
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def cut(self):
        for pair in self.pairs:
            for s in pair:
                with contextlib.suppress(OSError):
                    s.shutdown(socket.SHUT_RDWR)
        self.pairs = []


def waiting_for_locks(cursor, count):
    cursor.execute("SELECT count(*) FROM pg_stat_activity"
                   " WHERE application_name = 'mistral-api' AND wait_event_type = 'Lock'")
    return cursor.fetchone()[0] >= count


def in_the_middle(server, holder, watcher, method, path, document, stroke):
    """The answer to a request during whose work the connection is struck."""
    holder.cursor().execute('LOCK TABLE mistral.environments')
    answers = []
    thread = threading.Thread(target=lambda: answers.append(server.request(method, path, document)))
    thread.start()
    check('%s waits in the database' % method, wait(lambda: waiting_for_locks(watcher, 1)))
    stroke()
    if method == 'GET':         # it is tried again, and waits again
        check('GET is tried again', wait(lambda: waiting_for_locks(watcher, 1)))
        holder.rollback()
    thread.join(30)
    holder.rollback()
    return answers[0] if answers else (0, None, {})


def cuts(bindir, database):
    holder = psycopg2.connect(database)
    watching = psycopg2.connect(database)
    watching.autocommit = True
    watcher = watching.cursor()
    watcher.execute("SELECT current_setting('port'), split_part(current_setting('unix_socket_directories'), ',', 1)")
    port, directory = watcher.fetchone()

    def end():
        watcher.execute("SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
                        " WHERE application_name = 'mistral-api' AND wait_event_type = 'Lock'")

    with tempfile.TemporaryDirectory() as own:
        relay = Relay(own, os.path.join(directory, '.s.PGSQL.' + port), port)
        with Server(bindir, '%s host=%s' % (database, own)) as server:
            for name, stroke in (('ended by the server', end), ('cut', relay.cut)):
                status, answer, headers = in_the_middle(
                    server, holder, watcher, 'POST', '/v2/environments', {'name': 'cut', 'variables': {}}, stroke)
                text = (answer or {}).get('faultstring', '')
                check('a change over a connection that is %s' % name,
                      status == 503 and 'not known' in text and 'SQLSTATE' not in text and 'Retry-After' in headers,
                      (status, answer))
                status, answer, _ = in_the_middle(server, holder, watcher, 'GET', '/v2/environments', None, stroke)
                check('a look over a connection that is %s' % name, status == 200, (status, answer))
            check('the log has no empty SQLSTATE', 'SQLSTATE )' not in server.text())
        relay.listener.close()
    watcher.execute("DELETE FROM mistral.environments WHERE name = 'cut'")
    watching.close()
    holder.close()


# ---------------------------------------------------------------- a pooler

class Pooler:
    """pgbouncer with two sessions of the server, which its transactions share."""

    def __init__(self, directory, database):
        parameters = psycopg2.extensions.parse_dsn(database)
        self.port = self.free_port()
        settings = os.path.join(directory, 'pgbouncer.ini')
        with open(settings, 'w', encoding='utf-8') as file:
            file.write('[databases]\n* = host=%s port=%s user=%s\n[pgbouncer]\npool_mode = transaction\n'
                       'listen_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\n'
                       'default_pool_size = 2\nlogfile = %s/log\n'
                       % (parameters.get('host', '/tmp'), parameters.get('port', '5432'), parameters['user'],
                          self.port, directory))
        user = {}
        if os.geteuid() == 0:       # it refuses to be root
            os.chmod(directory, 0o777)
            user = {'user': 'postgres', 'group': 'postgres', 'extra_groups': []}
        self.process = subprocess.Popen(['pgbouncer', settings], stderr=subprocess.DEVNULL, cwd=directory, **user)
        self.database = 'host=127.0.0.1 port=%d dbname=%s user=%s' % (
            self.port, parameters['dbname'], parameters['user'])
        wait(self.is_up)

    @staticmethod
    def free_port():
        with contextlib.closing(socket.socket()) as s:
            s.bind(('127.0.0.1', 0))
            return s.getsockname()[1]

    def is_up(self):
        try:
            psycopg2.connect(self.database).close()
            return True
        except psycopg2.OperationalError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def leftovers(pooler):
    """Settings that a session of the server still has when its transaction is over."""
    connections = [psycopg2.connect(pooler.database) for _ in range(2)]
    found = set()
    for connection in connections:      # both at once, so each gets a session of its own
        cursor = connection.cursor()
        cursor.execute("SELECT current_user = session_user, current_setting('search_path') LIKE 'pg_catalog%',"
                       " coalesce(current_setting('mistral_api.auth', true), ''),"
                       " coalesce(current_setting('mistral_api.admin', true), ''), current_setting('statement_timeout')")
        found.add(cursor.fetchone())
    for connection in connections:
        connection.close()
    return found


def pooler(bindir, database):
    connection = psycopg2.connect(database)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute('SELECT mistral.create_roles()')
    roles = ('attack_pool_a', 'attack_pool_b')
    for role in roles:
        cursor.execute('DROP ROLE IF EXISTS ' + role)
        cursor.execute('CREATE ROLE %s IN ROLE mistral_user' % role)
    with tempfile.TemporaryDirectory() as directory:
        between = Pooler(directory, database)
        try:
            with Server(bindir, between.database, '--auth=headers') as server:
                crowd(server, roles)
                check('the server has seen the pooler', 'pooler' in server.text())
                check('nothing is left in the sessions', leftovers(between) == {(True, False, '', '', '0')},
                      leftovers(between))
            with Server(bindir, between.database, '--statement_timeout=1') as server:
                locker = psycopg2.connect(database)
                locker.cursor().execute('LOCK TABLE mistral.environments')
                status, answer, _ = server.request('GET', '/v2/environments')
                locker.close()
                check('statement_timeout works behind a pooler', status == 503, (status, answer))
                check('and members without authentication are refused', server.request(
                    'GET', '/v2/workflows/00000000-0000-4000-8000-00000000000f/members')[0] == 400)
            companions(bindir, between, cursor)
        finally:
            between.stop()
    for role in roles:
        cursor.execute("DELETE FROM mistral.environments WHERE project_id = %s", (role,))
        cursor.execute('DROP ROLE ' + role)
    connection.close()


def companions(bindir, between, cursor):
    """Executor and notifier notice the pooler, and do not wait to be notified."""
    for program, options in (('mistral-executor', ['--name=attack_pool']), ('mistral-notifier', [])):
        with tempfile.TemporaryFile('a+') as log:
            process = subprocess.Popen([os.path.join(bindir, program), '--database', between.database, *options],
                                       stderr=log)

            def says_pooler(log=log):
                log.seek(0)
                return 'pooler' in log.read()

            check('%s has seen the pooler' % program, wait(says_pooler))
            if options:
                check('it is registered', wait(lambda: registered(cursor)))
            process.terminate()
            check('%s ends well' % program, process.wait(30) == 0)
    check('and gone', not registered(cursor))


def registered(cursor):
    cursor.execute("SELECT count(*) FROM mistral.executors WHERE name = 'attack_pool'")
    return cursor.fetchone()[0] > 0


def crowd(server, roles):
    """Requests of two projects at once: each sees its own, and all are answered."""
    wrong = []

    def work(role, number):
        identity = {'X-Identity-Status': 'Confirmed', 'X-Project-Id': role}
        name = 'pool_%d' % number
        status, answer, _ = server.request('POST', '/v2/environments', {'name': name, 'variables': {}}, identity)
        if status != 201 or answer['project_id'] != role:
            wrong.append((status, answer))
        for _ in range(10):
            status, answer, _ = server.request('GET', '/v2/environments?limit=100', None, identity)
            if status != 200 or {e['project_id'] for e in answer['environments']} != {role}:
                wrong.append((status, answer))
            status, answer, _ = server.request('GET', '/v2/workflows?all_projects=1', None, identity)
            if status != 403:
                wrong.append((status, answer))
            status, answer, _ = server.request('GET', '/v2/workflows?all_projects=1', None,
                                               {**identity, 'X-Roles': 'admin'})
            if status != 200:
                wrong.append((status, answer))

    threads = [threading.Thread(target=work, args=(roles[i % 2], i)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check('248 requests of two projects through a pooler', not wrong, wrong[:3])


def attack_all(options):
    cuts(options.bindir, options.database)
    if shutil.which('pgbouncer') or os.path.exists('/usr/sbin/pgbouncer'):
        os.environ['PATH'] += ':/usr/sbin'
        pooler(options.bindir, options.database)
    else:
        print('pgbouncer is not installed: its checks are left out')


if __name__ == '__main__':
    rest_attack.main(__doc__, attack_all)
