#!/usr/bin/python3
"""What the programs beside the server do when it is not there or refuses them,
and where their requests may go.

Works in a database of its own, so that no executor or notifier but its own
takes what is meant for it.

usage: attack_programs.py --bindir DIR --database CONNINFO

Ends with "N passed, N failed".
"""
import argparse
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

import psycopg2

PATIENCE = 20       # seconds until a condition counts as never met
STOP = 5            # seconds in which a program ends that has nothing to end

DEFINITIONS = """
version: '2.0'
attack_programs:
  tasks:
    only: {action: std.noop}
"""

DENIED = """
0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.254 2130706433 0x7f.1 100.64.0.1 100.100.100.200 168.63.129.16 169.254.169.254
192.0.0.192 198.18.0.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
[::] [::1] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:169.254.169.254] [::ffff:0:127.0.0.1] [::ffff:100.100.100.200]
[64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe] [64:ff9b::8.8.8.8] [64:ff9b:1::a9fe:a9fe] [64:ff9b:1:7f00:0:100::]
[2002:7f00:1::] [2002:a9fe:a9fe::1] [2001:0:7f00:1::] [2001:0:808:808:0:0:5601:5601] [2001:db8::200:5efe:127.0.0.1]
[2001:db8::5efe:169.254.169.254] [fd00:ec2::254] [fd20:ce::254] [fe80::1] [fe80::a9fe:a9fe] [fec0::1] [ff02::1] [100::1]
""".split()

ALLOWED = '10.255.255.1 192.168.255.1 172.31.255.1 [fd12:3456::1] [2001:db8::1] [::ffff:10.255.255.1]'.split()

# the same, where only one range is denied: what stands for its addresses is, too
ONE_DENIED = ['10.1.2.3', '[::ffff:10.1.2.3]', '[::10.1.2.3]', '[64:ff9b::10.1.2.3]', '[2002:a01:203::1]',
              '[2001:0:a01:203::1]', '[2001:db8::5efe:10.1.2.3]', '[64:ff9b:1:a01:2:300::]', '[64:ff9b:1:1:a:102:300::]']
ONE_ALLOWED = ['127.0.0.1', '[64:ff9b::11.1.2.3]', '[2002:b01:203::1]']


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers with the status that the path names."""

    seen = []

    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.seen.append(self.path)
        self.send_response(int(self.path[1:4]))
        if self.path.startswith('/3'):
            self.send_header('Location', '/200/redirected')
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


def with_values(conninfo, **changes):
    """A connection string with other values."""
    return psycopg2.extensions.make_dsn(conninfo, **changes)


class Test:
    """Counts checks, and keeps a database of its own for as long as it lasts."""

    def __init__(self, bindir, conninfo):
        self.bindir = bindir
        self.passed = self.failed = 0
        self.server = psycopg2.connect(conninfo)
        self.server.autocommit = True
        self.server.cursor().execute('DROP DATABASE IF EXISTS attack_programs WITH (FORCE)')
        self.server.cursor().execute('DROP ROLE IF EXISTS attack_programs')
        self.server.cursor().execute('CREATE DATABASE attack_programs')
        self.conninfo = with_values(conninfo, dbname='attack_programs')
        self.admin = psycopg2.connect(self.conninfo)
        self.admin.autocommit = True
        self.value('CREATE EXTENSION mistral')

    def close(self):
        """Remove database and role."""
        self.admin.close()
        self.server.cursor().execute('DROP DATABASE attack_programs WITH (FORCE)')
        self.server.cursor().execute('DROP ROLE attack_programs')
        self.server.close()

    def check(self, condition, name):
        print('%s - %s' % ('ok' if condition else 'not ok', name), flush=True)
        if condition:
            self.passed += 1
        else:
            self.failed += 1

    def value(self, query, *args):
        with self.admin.cursor() as cursor:
            cursor.execute(query, args)
            row = cursor.fetchone() if cursor.description else None
            return row and row[0]

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.02)
        return False

    def other(self, **changes):
        return with_values(self.conninfo, **changes)


class Program:
    def __init__(self, test, name, *options):
        self.log = tempfile.TemporaryFile('a+')
        self.process = subprocess.Popen([os.path.join(test.bindir, name), *options], stderr=self.log,
                                        stdout=subprocess.DEVNULL)

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """The seconds until it has ended."""
        begin = time.monotonic()
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - begin


def test_stop(test):
    """Programs that have no server end when they are told to."""
    with socket.socket() as silent, tempfile.TemporaryDirectory() as empty:
        silent.bind(('127.0.0.1', 0))
        silent.listen()
        places = [('no server', 'host=%s dbname=x user=x' % empty, r'could not connect'),
                  ('a server that says nothing',
                   'host=127.0.0.1 port=%d dbname=x user=x' % silent.getsockname()[1], None),
                  ('no database', test.other(dbname='attack_none'), r'3D000.*name of the database'),
                  ('no user', test.other(user='attack_none'), r'28000.*name of the user'),
                  ('no extension', test.other(dbname='postgres'), r'CREATE EXTENSION mistral'),
                  ('no rights', test.other(user='attack_programs'), r'mistral_executor')]
        for what, place, hint in places:
            for name in ('mistral-executor', 'mistral-notifier'):
                program = Program(test, name, '--database=' + place)
                if hint is not None:
                    test.check(test.wait(lambda: re.search(hint, program.text())),
                               '%s says what to do: %s' % (name, what))
                else:
                    silent.accept()
                test.check(program.stop() < STOP and program.process.returncode == 0,
                           '%s ends at once: %s' % (name, what))


def errors(test, hosts, *options):
    """The errors of deliveries to hosts, by host."""
    for host in hosts:
        test.value('SELECT mistral.create_event_subscription(%s, %s, %s)', host,
                   json.dumps({'type': 'webhook', 'url': 'http://%s:9/' % host}), ['WORKFLOW_SUCCEEDED'])
    test.value("SELECT mistral.start_workflow('attack_programs')")
    program = Program(test, 'mistral-notifier', '--database=' + test.conninfo, '--connect-timeout=0.3',
                      '--timeout=0.5', '--poll-interval=0.1', '--max-deliveries=500', *options)
    test.wait(lambda: test.value('SELECT count(error) = %s FROM mistral.event_deliveries', len(hosts)))
    program.stop()
    with test.admin.cursor() as cursor:
        cursor.execute('SELECT s.name, d.error FROM mistral.event_subscriptions s'
                       ' LEFT JOIN mistral.event_deliveries d ON d.subscription_id = s.id WHERE s.name = ANY (%s)', (hosts,))
        found = dict(cursor.fetchall())
    for host in hosts:
        test.value('SELECT mistral.delete_event_subscription(%s)', host)
    return found


def test_egress(test):
    """Nothing goes to addresses that are not for users, however they are written."""
    for denied, allowed, options in ((DENIED, ALLOWED, []),
                                     (ONE_DENIED, ONE_ALLOWED, ['--denied-ranges=10.0.0.0/8'])):
        found = errors(test, denied + allowed, *options)
        wrong = [(host, found[host]) for host in denied if 'denied range' not in (found[host] or '')]
        test.check(not wrong, 'denied with %s: %s' % (options, wrong or 'all'))
        wrong = [(host, found[host]) for host in allowed if 'denied range' in (found[host] or 'denied range')]
        test.check(not wrong, 'not denied with %s: %s' % (options, wrong or 'all'))


def test_answers(test):
    """What is success of a webhook, and what is tried again."""
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    taken, refused = ('200', '201', '202', '204', '205', '226', '299'), ('301', '302', '303', '307', '308', '400', '503')
    for status in taken + refused:
        test.value('SELECT mistral.create_event_subscription(%s, %s, %s)', status, json.dumps(
            {'type': 'webhook', 'url': 'http://127.0.0.1:%d/%s' % (server.server_port, status)}), ['WORKFLOW_SUCCEEDED'])
    test.value("SELECT mistral.start_workflow('attack_programs')")
    program = Program(test, 'mistral-notifier', '--database=' + test.conninfo, '--denied-ranges=none', '--poll-interval=0.1')
    test.wait(lambda: len({path[:4] for path in Answers.seen}) == len(taken + refused) and
              test.value('SELECT count(*) = %s AND count(error) = %s FROM mistral.event_deliveries',
                         len(refused), len(refused)))
    program.stop()
    with test.admin.cursor() as cursor:
        cursor.execute("SELECT right(endpoint, 3) FROM mistral.event_deliveries ORDER BY 1")
        left = tuple(row[0] for row in cursor.fetchall())
    test.check(left == refused, 'any 2xx is success, and nothing else: %s' % (left,))
    test.check(all(Answers.seen.count('/' + status) == 1 for status in taken), 'what was taken is sent once')
    test.check('/200/redirected' not in Answers.seen, 'redirects are not followed')
    for status in taken + refused:
        test.value('SELECT mistral.delete_event_subscription(%s)', status)
    test.check(test.value('SELECT count(*) FROM mistral.event_deliveries') == 0, 'deliveries end with their subscriptions')
    server.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--bindir', required=True)
    parser.add_argument('--database', required=True)
    options = parser.parse_args()
    test = Test(options.bindir, options.database)
    test.value('CREATE ROLE attack_programs LOGIN')
    test.value('SELECT mistral.create_roles()')
    test.value('GRANT mistral_observer TO attack_programs')
    test.value('SELECT count(*) FROM mistral.create_workflows(%s)', DEFINITIONS)
    test_stop(test)
    test_egress(test)
    test_answers(test)
    test.close()
    print('%d passed, %d failed' % (test.passed, test.failed))
    return 1 if test.failed else 0


if __name__ == '__main__':
    sys.exit(main())
