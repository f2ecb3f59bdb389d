"""The HTTP service that cases call: answers that depend on the request only.

Counters belong to the run of a case (/r/<run>/...), so that cases can run
side by side and again.
"""
import base64
import collections
import http.server
import json
import threading
import time
import urllib.parse


def json_or_text(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


class Counters:
    """Numbers that go up, by key, safe for several threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._values = collections.Counter()

    def next(self, *key):
        with self._lock:
            self._values[key] += 1
            return self._values[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.0'
    counters = Counters()

    def log_message(self, *args):
        pass

    def reply(self, status, document, headers=()):
        self.send(status, json.dumps(document, sort_keys=True), 'application/json', headers)

    def send(self, status, text, content_type, headers=()):
        body = text.encode()
        self.send_response_only(status)
        self.send_header('Content-Type', content_type)
        self.send_header('Content-Length', str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        parts = [urllib.parse.unquote(p) for p in url.path.split('/') if p]
        self.query = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        self.run = ''
        if len(parts) >= 2 and parts[0] == 'r':
            self.run = parts[1]
            parts = parts[2:]
        length = int(self.headers.get('Content-Length') or 0)
        self.body = self.rfile.read(length).decode('utf-8', 'replace') if length else ''
        method = getattr(self, 'path_' + (parts[0] if parts else ''), None)
        if method is None:
            self.reply(404, {'error': 'no such endpoint'})
        else:
            self.parts = parts
            method(*parts[1:])

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = answer

    def path_json(self, *text):
        if text:
            self.reply(200, json.loads(text[0]))
        else:
            self.reply(200, {k: json_or_text(v) for k, v in self.query})

    def path_text(self, *words):
        self.send(200, '/'.join(words), 'text/plain')

    def path_status(self, code):
        self.reply(int(code), {'status': int(code)})

    def path_flaky(self, key, failures, code='500'):
        call = self.counters.next(self.run, 'flaky', key)
        ok = call > int(failures)
        self.reply(200 if ok else int(code), {'call': call, 'ok': ok})

    def path_counter(self, key):
        self.reply(200, {'count': self.counters.next(self.run, 'counter', key)})

    def path_progress(self, key, polls):
        poll = self.counters.next(self.run, 'progress', key)
        self.reply(200, {'state': 'ready' if poll > int(polls) else 'pending', 'poll': poll})

    def path_slow(self, ms):
        time.sleep(int(ms) / 1000)
        self.reply(200, {'slept': int(ms)})

    def path_redirect(self, left):
        left = int(left)
        target = 'redirect/%d' % (left - 1) if left > 1 else 'json?landed=true'
        self.reply(302, {'left': left}, [('Location', '/r/%s/%s' % (self.run, target))])

    def path_cookie(self, name, value):
        self.reply(200, {'set': True}, [('Set-Cookie', '%s=%s; Path=/' % (name, value))])

    def path_auth(self, user, password):
        token = base64.b64encode(('%s:%s' % (user, password)).encode()).decode()
        if self.headers.get('Authorization') == 'Basic ' + token:
            self.reply(200, {'user': user})
        else:
            self.reply(401, {'user': None})

    def path_echo(self, *rest):
        kept = {k.lower(): v for k, v in self.headers.items()
                if k.lower().startswith('x-') or k.lower() in ('content-type', 'cookie')}
        self.reply(200, {'method': self.command, 'path': '/' + '/'.join(self.parts),
                         'query': dict(self.query), 'headers': kept,
                         'body': json_or_text(self.body)})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away (a timeout under test) is no news."""


def start(port=0):
    """Serve in a thread; returns the base URL."""
    server = Server(('127.0.0.1', port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return 'http://127.0.0.1:%d' % server.server_port
