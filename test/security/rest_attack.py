"""What the attacks on the REST server share: a server, and the count of checks."""
import argparse
import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

results = []
verbose = False


def check(what, condition, detail=''):
    results.append(bool(condition))
    if verbose or not condition:
        print('%s %s %s' % ('ok  ' if condition else 'FAIL', what, '' if condition else detail))


def wait(condition, seconds=30):
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Server:
    """A running mistral-api on a free port of the loopback address."""

    def __init__(self, bindir, database, *options):
        self.log = tempfile.TemporaryFile('a+')     # appends, wherever text() has read to
        self.process = subprocess.Popen(
            [os.path.join(bindir, 'mistral-api'), '--listen=127.0.0.1', '--port=0', '--database=' + database,
             '--allowed-hosts=x', *options], stderr=self.log)     # what the attacks call it
        wait(lambda: 'serving http' in self.text() or self.process.poll() is not None)
        match = re.search(r'serving http on [^,]*, port (\d+)', self.text())
        if not match:
            raise SystemExit('the server did not start: ' + self.text())
        self.port = int(match.group(1))

    def text(self):
        """Its log so far."""
        self.log.seek(0)
        return self.log.read()

    def connect(self, timeout=20, source='127.0.0.1'):
        return socket.create_connection(('127.0.0.1', self.port), timeout=timeout, source_address=(source, 0))

    def request(self, method, path, document=None, headers=None):
        """Status, document and headers of the answer."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        with contextlib.closing(connection):
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, {'Content-Type': 'application/json', **(headers or {})})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, json.loads(text) if text else None, response.headers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def main(description, attack):
    """Run an attack, which is given the options of the command line, and tell how it went."""
    global verbose
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bindir', required=True)
    parser.add_argument('--database', required=True)
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()
    verbose = options.verbose
    attack(options)
    failed = results.count(False)
    print('%d passed, %d failed' % (len(results) - failed, failed))
    sys.exit(1 if failed else 0)
