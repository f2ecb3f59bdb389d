"""Services on the loopback interface that actions talk to, each with its bad manners."""
import base64
import contextlib
import http.server
import os
import pathlib
import pwd
import socket
import socketserver
import ssl
import subprocess
import threading

SERVER_USER = 'postgres'


def certificate(directory):
    """A certificate for localhost that is its own authority; its file, and that of its key."""
    cert, key = directory / 'cert.pem', directory / 'key.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert],
                   check=True, capture_output=True)
    return cert, key


def server_context(directory):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / 'cert.pem', directory / 'key.pem')
    return context


class Quiet(http.server.BaseHTTPRequestHandler):
    """Notes what it is asked, and answers by the path."""
    protocol_version = 'HTTP/1.1'

    def note(self):
        length = int(self.headers.get('Content-Length') or 0)
        self.server.seen.append({'method': self.command, 'path': self.path, 'headers': self.headers,
                                 'body': self.rfile.read(length)})

    def answer(self, status=200, body=b'{}', headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            with contextlib.suppress(OSError):
                self.wfile.write(body)

    def do_GET(self):
        self.note()
        if self.path.startswith('/away/'):
            self.answer(302, b'', [('Location', self.path[6:])])
        elif self.path == '/held':
            self.server.gate.wait(30)
            self.answer()
        elif self.path == '/cut':
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
            self.close_connection = True
        else:
            self.answer(body=b'{"path": "%s"}' % self.path.encode())

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def do_CONNECT(self):
        """As a proxy for TLS: passes on until one side has enough."""
        self.note()
        host, port = self.path.rsplit(':', 1)
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200)
            self.end_headers()
            pair = {self.connection: far, far: self.connection}
            threads = [threading.Thread(target=self.copy, args=item, daemon=True) for item in pair.items()]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
        self.close_connection = True

    @staticmethod
    def copy(near, far):
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def log_message(self, *_):
        pass


class Threads(socketserver.ThreadingMixIn):
    daemon_threads = True
    block_on_close = False


class HttpServer(Threads, http.server.HTTPServer):
    """An HTTP service, with TLS if it is given a context, which is a proxy as well."""

    def __init__(self, context=None):
        super().__init__(('127.0.0.1', 0), Quiet)
        self.seen = []
        self.gate = threading.Event()
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        self.url = '%s://localhost:%d' % ('https' if context else 'http', self.port)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass

    def last(self, path=None):
        return next((request for request in reversed(self.seen) if path in (None, request['path'])), None)


class SmtpServer(Threads, socketserver.TCPServer):
    """Takes mail. What it does wrong is in the name before the sender's "@"."""
    allow_reuse_address = True

    def __init__(self, context, password='secret', starts_tls=True, is_tls=False):
        super().__init__(('127.0.0.1', 0), SmtpHandler)
        self.context, self.password, self.starts_tls = context, password, starts_tls
        self.mails, self.logins = [], []
        self.gate = threading.Event()
        if is_tls:
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.starts_tls = False
        self.host = 'localhost:%d' % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


class SmtpHandler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b'\r\n')

    def handle(self):
        self.sender, self.recipients, self.is_secure = None, [], isinstance(self.connection, ssl.SSLSocket)
        self.say('220 sink ready')
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command.split(' ')[0].upper()
            handler = getattr(self, 'do_' + verb.lower(), None)
            if handler is None:
                self.say('500 what?')
            elif handler(command) == 'end':
                return

    def do_ehlo(self, _):
        offers = (['STARTTLS'] if self.server.starts_tls and not self.is_secure else []) + ['AUTH PLAIN']
        for offer in offers[:-1]:
            self.say('250-' + offer)
        self.say('250 ' + offers[-1])

    def do_starttls(self, _):
        self.say('220 go on')
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile('rb'), self.connection.makefile('wb', 0)
        self.is_secure = True

    def do_auth(self, command):
        words = command.split(' ')
        if len(words) < 3:
            self.say('334 ')
            words.append(self.rfile.readline().decode().strip())
        _, user, password = base64.b64decode(words[2]).decode().split('\0')
        self.server.logins.append((user, password, self.is_secure))
        self.say('235 welcome' if password == self.server.password else '535 wrong password')

    def do_mail(self, command):
        self.sender = command[command.index('<') + 1:command.index('>')]
        if self.sender.startswith('cut'):
            return 'end'
        if self.sender.startswith('slow'):
            self.server.gate.wait(30)
        if self.sender.startswith('malformed'):
            self.say('hello there')
            return 'end'
        self.say('250 fine')
        return None

    def do_rcpt(self, command):
        recipient = command[command.index('<') + 1:command.index('>')]
        if recipient.startswith('unknown'):
            self.say('550 no such user')
        else:
            self.recipients.append(recipient)
            self.say('250 fine')

    def do_data(self, _):
        self.say('354 speak')
        lines = []
        while (line := self.rfile.readline()) not in (b'.\r\n', b''):
            if self.sender.startswith('half'):
                return 'end'
            lines.append(line[1:] if line.startswith(b'.') else line)
        if self.sender.startswith('full'):
            self.say('552 too large')
        else:
            self.server.mails.append({'from': self.sender, 'to': self.recipients, 'data': b''.join(lines),
                                      'is_secure': self.is_secure})
            self.say('250 taken')
        return None

    def do_quit(self, _):
        self.say('221 bye')
        return 'end'


class SshServer:
    """OpenSSH's server, run by a user without rights, who can log in by key."""

    def __init__(self, directory):
        self.user = SERVER_USER if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.directory = pathlib.Path(directory)
        with socket.create_server(('127.0.0.1', 0)) as probe:
            self.port = probe.getsockname()[1]
        for name in ('host', 'user'):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', self.directory / name], check=True)
        (self.directory / 'authorized').write_text((self.directory / 'user.pub').read_text())
        # a test logs in many times at once; by default the server drops some at random from ten on
        (self.directory / 'sshd_config').write_text(
            'ListenAddress 127.0.0.1\nPort %d\nHostKey %s/host\nAuthorizedKeysFile %s/authorized\nPidFile none\n'
            'StrictModes no\nUsePAM no\nPasswordAuthentication no\nMaxStartups 1000\nLoginGraceTime 600\n' % (self.port, directory, directory))
        command = ['/usr/sbin/sshd', '-D', '-e', '-f', str(self.directory / 'sshd_config')]
        if os.getuid() == 0:
            os.makedirs('/run/sshd', exist_ok=True)
            for path in [self.directory, *self.directory.iterdir()]:
                os.chown(path, *pwd.getpwnam(self.user)[2:4])
            command = ['runuser', '-u', self.user, '--'] + command
        self.log = open(self.directory / 'log', 'w+')
        self.process = subprocess.Popen(command, stderr=self.log, stdout=self.log)
        self.host = '127.0.0.1:%d' % self.port
        key = (self.directory / 'host.pub').read_text().split()
        self.known = '[127.0.0.1]:%d %s %s\n' % (self.port, key[0], key[1])
        self.key = (self.directory / 'user').read_text()

    def is_ready(self):
        with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.port), 1) as client:
            return client.recv(4) == b'SSH-'
        return False

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
