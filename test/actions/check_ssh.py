"""std.ssh and std.ssh_proxied: a real sshd for keys and forwarding, a server of the test's for the rest."""
import contextlib
import socket
import threading

import paramiko

from .peers import SshServer
from .place import check, says, until


# what "nc" does, where it is not installed
RELAY = """exec python3 -c 'import os, socket, threading
s = socket.create_connection(("127.0.0.1", %d))
def back():
    while data := s.recv(65536): os.write(1, data)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536): s.sendall(data)'"""


class PasswordServer(paramiko.ServerInterface):
    """A server that takes a password, and whose commands are bad manners."""

    def __init__(self, key):
        self.key = key
        self.gate = threading.Event()
        self.commands = []
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.host = '127.0.0.1:%d' % self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.socket.accept()
            transport = paramiko.Transport(client)
            transport.add_server_key(self.key)
            with contextlib.suppress(Exception):
                transport.start_server(server=self)

    def get_allowed_auths(self, username):
        return 'keyboard-interactive' if username == 'asked' else 'password'

    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if password == 'secret' else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username, submethods):
        return paramiko.InteractiveQuery('', '', ('Password: ', False))

    def check_auth_interactive_response(self, responses):
        return paramiko.AUTH_SUCCESSFUL if responses == ['secret'] else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.commands.append(command.decode())
        threading.Thread(target=self.serve, args=(channel, command.decode()), daemon=True).start()
        return command != b'refused'

    def serve(self, channel, command):
        with contextlib.suppress(Exception):
            if command == 'slow':
                self.gate.wait(30)
            elif command == 'huge':
                while True:
                    channel.sendall(b'x' * 65536)
            elif command == 'cut':
                channel.sendall(b'half')
                channel.get_transport().close()
                return
            elif command == 'bytes':
                channel.sendall(b'\x00\xff\xc3\xbc')
            channel.sendall(command.encode())
            channel.send_exit_status(0)
            channel.close()


def run(place, directory):
    if not place.has('mistral-ssh'):
        print('mistral-ssh was not built: its actions are not tested')
        return
    keys = directory / 'ssh'
    keys.mkdir()
    server = SshServer(keys)
    key = paramiko.RSAKey.generate(2048)
    bad = PasswordServer(key)
    known = directory / 'known_hosts'
    known.write_text(server.known + '[127.0.0.1]:%s ssh-rsa %s\n' % (bad.host.split(':')[1], key.get_base64()))
    common = ('--ssh-known-hosts', str(known), '--ssh-key-directory', str(keys))
    try:
        check('sshd listens', until(server.is_ready))
        with place.executor(*common, '--ssh-max-output', '500000', '--ssh-connect-timeout', '5', '--js-processes', '1', '--js-timeout', '5') as log:
            mixed(place, server)
            commands(place, server)
            logins(place, server, bad)
            proxied(place, server)
            misbehaviour(place, bad)
            log.seek(0)
            check('the log has no secrets', 'PRIVATE KEY' not in log.read())
        host_keys(place, server, directory, common)
        policies(place, server, common)
    finally:
        server.close()


def mixed(place, server):
    """Scripts that wait for a process are run as scripts, whatever has begun meanwhile."""
    if not place.has('mistral-js'):
        return
    ask = {'host': server.host, 'username': server.user, 'private_key_filename': 'user', 'cmd': 'echo a'}
    endless = place.start('std.js', script='for (;;);')
    place.begun(endless)
    waiting = place.start('std.js', script='return 2')
    check('a command', place.run('std.ssh', **ask) == ('SUCCESS', 'a\n'))
    check('a script that ends with its process', place.end(endless)[0] == 'ERROR')
    check('the one that has waited for it', place.end(waiting) == ('SUCCESS', 2))


def commands(place, server):
    good = {'host': server.host, 'username': server.user, 'private_key': server.key}
    full = {**good, 'return_result_on_error': True}
    place.expect([
        ('standard output', 'std.ssh', {**good, 'cmd': 'echo out; echo err >&2'}, 'SUCCESS', 'out\n'),
        ('all of it', 'std.ssh', {**full, 'cmd': 'echo out; echo err >&2; exit 7'}, 'SUCCESS',
         {'stdout': 'out\n', 'stderr': 'err\n', 'exit_code': 7}),
        ('a failure', 'std.ssh', {**good, 'cmd': 'echo secret >&2; exit 7'}, 'ERROR',
         lambda r: 'The command failed' in r and 'secret' not in r),
        ('an end by a signal', 'std.ssh', {**full, 'cmd': 'kill -9 $$'}, 'SUCCESS', lambda r: r['exit_code'] != 0),
        ('several hosts', 'std.ssh', {**good, 'host': [server.host, server.host], 'cmd': 'echo a'}, 'SUCCESS', ['a\n', 'a\n']),
        ('a list of one', 'std.ssh', {**good, 'host': [server.host], 'cmd': 'echo a'}, 'SUCCESS', 'a\n'),
        ('several, in full', 'std.ssh', {**full, 'host': [server.host, server.host], 'cmd': 'exit 1'}, 'SUCCESS',
         [{'stdout': '', 'stderr': '', 'exit_code': 1}] * 2),
        ('the key in a file', 'std.ssh', {**good, 'private_key': None, 'private_key_filename': 'user', 'cmd': 'echo a'}, 'SUCCESS', 'a\n'),
        ('much output', 'std.ssh', {**good, 'cmd': 'head -c 400000 /dev/zero | tr "\\0" x'}, 'SUCCESS', 'x' * 400000),
        ('too much of it', 'std.ssh', {**good, 'cmd': 'yes'}, 'ERROR', says('longer than the limit of 500000 bytes')),
        ('input is empty', 'std.ssh', {**good, 'cmd': 'cat'}, 'SUCCESS', '')])


def logins(place, server, bad):
    ask = {'username': 'me', 'password': 'secret', 'host': bad.host, 'cmd': 'hello'}
    place.expect([
        ('by password', 'std.ssh', ask, 'SUCCESS', 'hello'),
        ('by a question', 'std.ssh', {**ask, 'username': 'asked'}, 'SUCCESS', 'hello'),
        ('a wrong password', 'std.ssh', {**ask, 'password': 'no'}, 'ERROR', says('does not let user "me" in')),
        ('nothing to log in with, though keys lie about', 'std.ssh',
         {'username': server.user, 'host': server.host, 'cmd': 'true'}, 'ERROR', says('does not let user')),
        ('a key out of its directory', 'std.ssh', {**ask, 'private_key_filename': '../x'}, 'ERROR', says('must be relative')),
        ('an absolute one', 'std.ssh', {**ask, 'private_key_filename': '/etc/passwd'}, 'ERROR', says('must be relative')),
        ('a key that is not there', 'std.ssh', {**ask, 'private_key_filename': 'nope'}, 'ERROR', says('could not be read')),
        ('a key that is none', 'std.ssh', {**ask, 'private_key': 'nope'}, 'ERROR', says('could not be read')),
        ('a host that is not there', 'std.ssh', {**ask, 'host': '127.0.0.1:1'}, 'ERROR', says('Could not connect to 127.0.0.1:1')),
        ('a host without an address', 'std.ssh', {**ask, 'host': 'no.such.host.invalid'}, 'ERROR', says('Could not resolve')),
        ('a port that is none', 'std.ssh', {**ask, 'host': '127.0.0.1:99999'}, 'ERROR', says('no valid port')),
        ('no host', 'std.ssh', {**ask, 'host': []}, 'ERROR', says('host is not given')),
        ('a host that is no text', 'std.ssh', {**ask, 'host': [7]}, 'ERROR', says('must be a text'))])


def proxied(place, server):
    good = {'host': server.host, 'username': server.user, 'private_key_filename': 'user', 'gateway_host': server.host, 'cmd': 'echo a'}
    place.expect([
        ('through a gateway', 'std.ssh_proxied', good, 'SUCCESS', 'a\n'),
        ('much output', 'std.ssh_proxied', {**good, 'cmd': 'head -c 400000 /dev/zero | tr "\\0" x'}, 'SUCCESS', 'x' * 400000),
        ('a gateway that does not know us', 'std.ssh_proxied', {**good, 'gateway_username': 'no-such-user'}, 'ERROR', says('does not let user "no-such-user" in')),
        ('a host that the gateway does not reach', 'std.ssh_proxied', {**good, 'host': '127.0.0.1:1'}, 'ERROR',
         says('gateway does not connect to 127.0.0.1:1')),
        ('a proxy command', 'std.ssh_proxied', {**good, 'proxy_command': 'touch /tmp/x'}, 'ERROR', says('runs no proxy commands'))])


def misbehaviour(place, bad):
    ask = {'username': 'me', 'password': 'secret', 'host': bad.host}
    place.expect([
        ('a command that is refused', 'std.ssh', {**ask, 'cmd': 'refused'}, 'ERROR', says('could not be run')),
        ('a connection that is cut', 'std.ssh', {**ask, 'cmd': 'cut'}, 'ERROR', lambda r: 'connection was lost' in r or 'Socket error' in r),
        ('output without end', 'std.ssh', {**ask, 'cmd': 'huge'}, 'ERROR', says('longer than the limit')),
        ('bytes that are no text', 'std.ssh', {**ask, 'cmd': 'bytes'}, 'SUCCESS', '\ufffd\ufffdübytes')])
    execution = """
version: '2.0'
story:
  input: [host]
  tasks:
    wait:
      action: std.ssh
      input: {cmd: slow, host: <% $.host %>, username: me, password: secret}
      timeout: 2
      target: standard_actions
"""
    check('the limit of a task ends it', place.workflow(execution, {'host': bad.host})['state'] == 'ERROR')
    check('though it had begun', 'slow' in bad.commands)
    with socket.create_server(('127.0.0.1', 0)) as silent:
        place.expect([('a server that says nothing', 'std.ssh', {**ask, 'host': '127.0.0.1:%d' % silent.getsockname()[1], 'cmd': 'x'},
                       'ERROR', says('Could not connect'))])


def host_keys(place, server, directory, common):
    ask = {'host': server.host, 'username': server.user, 'private_key_filename': 'user', 'cmd': 'echo a'}
    empty, wrong = directory / 'no_hosts', directory / 'wrong_hosts'
    wrong.write_text('[127.0.0.1]:%d ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJy1vLzSgzCXzZw1NSTLJbuBTKYcwNqy8vXyqUHFDcsZ\n' % server.port)
    for name, policy, state, said in ((empty, 'verify', 'ERROR', says('is not known')), (wrong, 'verify', 'ERROR', says('not the one that is known')),
                                      (empty, 'accept-new', 'SUCCESS', 'a\n'), (empty, 'verify', 'SUCCESS', 'a\n'),
                                      (wrong, 'accept-new', 'ERROR', says('not the one that is known')), (wrong, 'accept', 'SUCCESS', 'a\n')):
        with place.executor(*common, '--ssh-known-hosts', str(name), '--ssh-host-keys', policy):
            place.expect([('a key of %s, %s' % (name.name, policy), 'std.ssh', ask, state, said)])


def policies(place, server, common):
    ask = {'host': server.host, 'username': server.user, 'private_key_filename': 'user', 'cmd': 'echo a'}
    with place.executor(*common, '--denied-ranges', '127.0.0.0/8', '--ssh-proxy-commands'):
        place.expect([
            ('an address that is not allowed', 'std.ssh', ask, 'ERROR', says('denied range')),
            ('nor as a gateway', 'std.ssh_proxied', {**ask, 'gateway_host': server.host}, 'ERROR', says('denied range')),
            ('a proxy command that is allowed', 'std.ssh_proxied',
             {**ask, 'gateway_host': server.host, 'proxy_command': RELAY % server.port}, 'SUCCESS', 'a\n')])
    with place.executor(*common, '--allowed-hosts', 'example.org'):
        place.expect([('a host that is not allowed', 'std.ssh', ask, 'ERROR', says('not on the list of allowed hosts'))])
