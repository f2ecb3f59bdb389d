#!/usr/bin/python3
"""Attacks on the REST server by bytes: requests inside requests, heads and
bodies that programs read differently, and clients that hold what they have got.

usage: attack_http.py --bindir DIR --database CONNINFO [-v]

Each request that is to be refused carries, where its rest would begin, a second
one with the identity of somebody else.  It must be answered once, with an
error, and the connection closed; the second request must never be served.
The last line is "N passed, N failed".
"""
import contextlib
import re
import resource
import socket
import time

import psycopg2

import rest_attack
from rest_attack import check, wait

VICTIM = 'attack_http_victim'
OWN = 'attack_http_own'
IDENTITY = 'X-Identity-Status: Confirmed\r\nX-Project-Id: %s\r\n'
# what must never be run: it makes an environment in another project
SMUGGLED_BODY = '{"name": "smuggled", "variables": {}}'
SMUGGLED = ('POST /v2/environments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' + IDENTITY % VICTIM +
            'Content-Length: %d\r\n\r\n' % len(SMUGGLED_BODY) + SMUGGLED_BODY)


class Server(rest_attack.Server):
    """A server that is sent bytes."""

    def exchange(self, data, timeout=20):
        """Send bytes without ending the stream; all that comes until the server closes, and whether it did."""
        with contextlib.closing(self.connect(timeout)) as s:
            answer = b''
            try:
                s.sendall(data)
                while True:
                    chunk = s.recv(65536)
                    if not chunk:
                        return answer, True
                    answer += chunk
            except socket.timeout:
                return answer, False
            except OSError:
                return answer, True


def statuses(answer):
    return [int(s) for s in re.findall(rb'HTTP/1\.1 (\d{3}) ', answer)]


def request(line='POST /v2/environments HTTP/1.1', host='Host: x\r\n', fields='', body='', identity=True):
    return (line + '\r\n' + host + (IDENTITY % OWN if identity else '') +
            'Content-Type: application/json\r\n' + fields + '\r\n' + body)


# ------------------------------------------------------- bodies of two lengths

N = len(SMUGGLED)
CHUNKED = 'Transfer-Encoding: chunked\r\n'
LAST = '0\r\n\r\n'

FRAMING = [
    ('two lengths', 'Content-Length: 0\r\nContent-Length: %d\r\n' % N, ''),
    ('two lengths, the other way', 'Content-Length: %d\r\nContent-Length: 0\r\n' % N, ''),
    ('the same length twice', 'Content-Length: 2\r\nContent-Length: 2\r\n', '{}'),
    ('a list of lengths', 'Content-Length: 0, %d\r\n' % N, ''),
    ('a list of the same length', 'Content-Length: 2, 2\r\n', '{}'),
    ('three, cases mixed', 'content-length: 0\r\nCONTENT-LENGTH: 0\r\nContent-Length: %d\r\n' % N, ''),
    ('no length', 'Content-Length:\r\n', ''),
    ('length +5', 'Content-Length: +5\r\n', '{"a":'),
    ('length -5', 'Content-Length: -5\r\n', ''),
    ('length 0x5', 'Content-Length: 0x5\r\n', '{"a":'),
    ('length 5e0', 'Content-Length: 5e0\r\n', '{"a":'),
    ('length 5.0', 'Content-Length: 5.0\r\n', '{"a":'),
    ('length "5"', 'Content-Length: "5"\r\n', '{"a":'),
    ('length 5 5', 'Content-Length: 5 5\r\n', '{"a":'),
    ('length 5;', 'Content-Length: 5;\r\n', '{"a":'),
    ('length 5\\v', 'Content-Length: 5\x0b\r\n', '{"a":'),
    ('length of words', 'Content-Length: five\r\n', '{"a":'),
    ('length 2^32', 'Content-Length: 4294967296\r\n', ''),
    ('length 2^32 + 2', 'Content-Length: 4294967298\r\n', '{}'),
    ('length 2^63', 'Content-Length: 9223372036854775808\r\n', ''),
    ('length 2^64', 'Content-Length: 18446744073709551616\r\n', ''),
    ('length 2^64 + 2', 'Content-Length: 18446744073709551618\r\n', '{}'),
    ('length of 400 digits', 'Content-Length: ' + '9' * 400 + '\r\n', ''),
    ('length and chunks', 'Content-Length: 5\r\n' + CHUNKED, LAST),
    ('chunks and length', CHUNKED + 'Content-Length: %d\r\n' % (N + 5), LAST),
    ('chunked twice', CHUNKED * 2, LAST),
    ('chunked, chunked', 'Transfer-Encoding: chunked, chunked\r\n', LAST),
    ('gzip, chunked', 'Transfer-Encoding: gzip, chunked\r\n', LAST),
    ('chunked, gzip', 'Transfer-Encoding: chunked, gzip\r\n', LAST),
    ('identity', 'Transfer-Encoding: identity\r\n', LAST),
    ('chunked, identity', 'Transfer-Encoding: chunked, identity\r\n', LAST),
    ('identity and chunked', 'Transfer-Encoding: identity\r\n' + CHUNKED, LAST),
    ('chunked and identity', CHUNKED + 'Transfer-Encoding: identity\r\n', LAST),
    ('xchunked', 'Transfer-Encoding: xchunked\r\n', LAST),
    ('chunkedx', 'Transfer-Encoding: chunkedx\r\n', LAST),
    ('"chunked"', 'Transfer-Encoding: "chunked"\r\n', LAST),
    ('chunked;q=1', 'Transfer-Encoding: chunked;q=1\r\n', LAST),
    ('a comma behind chunked', 'Transfer-Encoding: chunked,\r\n', LAST),
    ('a comma before chunked', 'Transfer-Encoding: ,chunked\r\n', LAST),
    ('no coding', 'Transfer-Encoding:\r\n', LAST),
    ('\\vchunked', 'Transfer-Encoding: \x0bchunked\r\n', LAST),
    ('chunked\\0', 'Transfer-Encoding: chunked\0\r\n', LAST),
    ('a blank before the colon', 'Transfer-Encoding : chunked\r\n', LAST),
    ('a tab before the colon', 'Transfer-Encoding\t: chunked\r\n', LAST),
    ('a blank before a length\'s colon', 'Content-Length : 5\r\n', '{"a":'),
    ('a blank before the name', 'X: y\r\n Transfer-Encoding: chunked\r\n', LAST),
    ('a folded coding', 'Transfer-Encoding:\r\n chunked\r\n', LAST),
    ('a folded length', 'Content-Length: 2\r\n 2\r\n', '{}'),
    ('a folded other field', 'X-Y: a\r\n\tb\r\n', ''),
    ('a fold of blanks only', 'X-Y: a\r\n \r\n', ''),
    ('a bare LF', 'X-Y: a\nTransfer-Encoding: chunked\r\n', LAST),
    ('a bare LF in a value', 'X-Y: a\nContent-Length: 0\r\nContent-Length: %d\r\n' % N, ''),
    ('a bare CR', 'X-Y: a\rTransfer-Encoding: chunked\r\n', LAST),
    ('CR CR LF', 'X-Y: a\r\r\n', ''),
    ('LF CR', 'X-Y: a\n\rX-Z: b\r\n', ''),
    ('a NUL in a value', 'X-Y: a\0b\r\n', ''),
    ('a NUL in a name', 'X\0Y: a\r\n', ''),
    ('a backspace', 'X-Y: a\x08\r\n', ''),
    ('an escape', 'X-Y: \x1b[2J\r\n', ''),
    ('a DEL', 'X-Y: \x7f\r\n', ''),
    ('a field without a colon', 'X-Y\r\n', ''),
    ('a field without a name', ': x\r\n', ''),
    ('brackets in a name', 'X[Y]: x\r\n', ''),
    ('UTF-8 in a name', 'X\u00e9: x\r\n', ''),
]

CHUNKS = [
    ('a size of words', 'zz\r\n'),
    ('no size', '\r\n'),
    ('a size 0x2', '0x2\r\n{}\r\n0\r\n\r\n'),
    ('a size +2', '+2\r\n{}\r\n0\r\n\r\n'),
    ('a size -2', '-2\r\n{}\r\n0\r\n\r\n'),
    ('a size with a blank before', ' 2\r\n{}\r\n0\r\n\r\n'),
    ('a size with a blank behind', '2 \r\n{}\r\n0\r\n\r\n'),
    ('a size with a tab behind', '2\t\r\n{}\r\n0\r\n\r\n'),
    ('a size with garbage behind', '2g\r\n{}\r\n0\r\n\r\n'),
    ('a size 2,2', '2,2\r\n{}\r\n0\r\n\r\n'),
    ('a size of 2^64 + 2', '10000000000000002\r\n{}\r\n0\r\n\r\n'),
    ('a size of 2^63', '8000000000000000\r\n'),
    ('a size of 200 digits', 'f' * 200 + '\r\n'),
    ('zeros before a size', '0' * 40 + '2\r\n{}\r\n0\r\n\r\n'),
    ('LF behind a size', '2\n{}\r\n0\r\n\r\n'),
    ('CR behind a size', '2\r{}\r\n0\r\n\r\n'),
    ('a NUL behind a size', '2\0\r\n{}\r\n0\r\n\r\n'),
    ('LF behind a chunk', '2\r\n{}\n0\r\n\r\n'),
    ('nothing behind a chunk', '2\r\n{}0\r\n\r\n'),
    ('more behind a chunk', '2\r\n{}xx\r\n0\r\n\r\n'),
    ('CR behind a chunk', '2\r\n{}\r0\r\n\r\n'),
    ('LF in an extension', '2;a\nb\r\n{}\r\n0\r\n\r\n'),
    ('CR in an extension', '2;a\rb\r\n{}\r\n0\r\n\r\n'),
    ('a NUL in an extension', '2;a=\0\r\n{}\r\n0\r\n\r\n'),
    ('an extension without a name', '2;\r\n{}\r\n0\r\n\r\n'),
    ('an extension without a value', '2;a=\r\n{}\r\n0\r\n\r\n'),
    ('an open quoted string', '2;a="x\r\n{}\r\n0\r\n\r\n'),
    ('a long extension', '2;a=' + 'x' * 5000 + '\r\n{}\r\n0\r\n\r\n'),
    ('many extensions', ''.join('1;a=%s\r\n%s\r\n' % ('x' * 900, c) for c in '{' + ' ' * 40 + '}') + '0\r\n\r\n'),
    ('a trailer without a colon', '2\r\n{}\r\n0\r\nX\r\n\r\n'),
    ('a trailer with a blank before the colon', '2\r\n{}\r\n0\r\nX : y\r\n\r\n'),
    ('a folded trailer', '2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n'),
    ('LF behind a trailer', '2\r\n{}\r\n0\r\nX: y\n\r\n'),
    ('LF at the end', '2\r\n{}\r\n0\r\n\n'),
    ('LF behind the last size', '2\r\n{}\r\n0\n\r\n'),
    ('a long trailer', '2\r\n{}\r\n0\r\n' + ('X: ' + 'y' * 500 + '\r\n') * 100 + '\r\n'),
]

HOSTS = [
    ('no Host', '', 400), ('two Hosts', 'Host: x\r\nHost: y\r\n', 400), ('one Host twice', 'Host: x\r\nHost: x\r\n', 400),
    ('an empty Host', 'Host:\r\n', 400), ('a Host with a blank', 'Host: x y\r\n', 400),
    ('a list of Hosts', 'Host: x, y\r\n', 400), ('a Host with a path', 'Host: x/y\r\n', 400),
    ('a Host with a user', 'Host: a@x\r\n', 400), ('a Host with a bad port', 'Host: x:8x\r\n', 400),
    ('a Host without a port', 'Host: x:\r\n', 400), ('a Host with a NUL', 'Host: x\0y\r\n', 400),
    ('a Host with quotes', 'Host: x"\r\n', 400), ('half an address', 'Host: [::1\r\n', 400),
    ('a Host before a blank line', 'Host: x\n\r\n', 400),
]

LINES = [
    ('GET /v2/', 400), ('GET /v2/ ', 400), ('GET  /v2/ HTTP/1.1', 400), ('GET /v2/  HTTP/1.1', 400),
    ('GET\t/v2/ HTTP/1.1', 400), ('GET /v2/ HTTP/1.1 ', 400), (' GET /v2/ HTTP/1.1', 400),
    ('GET /v2/ HTTP/1.1 HTTP/1.1', 400), ('GET /v2/ x HTTP/1.1', 400), ('GET v2/ HTTP/1.1', 400),
    ('GET * HTTP/1.1', 400), ('CONNECT x:80 HTTP/1.1', 400), ('GET /v2/ http/1.1', 400),
    ('GET /v2/ HTTP/1', 400), ('GET /v2/ HTTP/1.10', 400), ('GET /v2/ HTTP/01.1', 400), ('GET /v2/ HTTP/1.1\0', 400),
    ('GET /v2/ HTTP/0.9', 505), ('GET /v2/ HTTP/2.0', 505), ('GET /v2/ HTTP/1.2', 505), ('GET /v2/ ICY/1.1', 400),
    ('G\0T /v2/ HTTP/1.1', 400), ('G(T /v2/ HTTP/1.1', 400), ('GET /v2/#x HTTP/1.1', 400),
    ('GET /v2/\x01 HTTP/1.1', 400), ('GET /v2/\x7f HTTP/1.1', 400), ('GET ftp://x/v2/ HTTP/1.1', 400),
    ('GET http:///v2/ HTTP/1.1', 400), ('GET http://y/v2/ HTTP/1.1', 400), ('GET http://x:81/v2/ HTTP/1.1', 400),
    ('GET http://a@x/v2/ HTTP/1.1', 400), ('HTTP/1.1 200 OK', 400), ('', 400),
    ('GET /%s HTTP/1.1' % ('a' * 40000), 414),
]


class Attack:
    """The server, and whether something was done in the name of the victim."""

    def __init__(self, server, cursor):
        self.server = server
        self.cursor = cursor

    def smuggled(self):
        self.cursor.execute("SELECT count(*) FROM mistral.environments WHERE name = 'smuggled'")
        count = self.cursor.fetchone()[0]
        self.cursor.execute("DELETE FROM mistral.environments WHERE name = 'smuggled'")
        return count

    def refused(self, what, data, wanted=(400,)):
        """One answer, an error, and then the end of the connection; nothing of the rest is run."""
        answer, closed = self.server.exchange(data.encode('latin-1') + SMUGGLED.encode())
        got = statuses(answer)
        check(what, len(got) == 1 and got[0] in wanted and closed and b'\r\nConnection: close\r\n' in answer,
              (got, closed))
        check(what + ': nothing is smuggled', self.smuggled() == 0)

    def served(self, what, data, wanted, last=True):
        answer, closed = self.server.exchange(data.encode('latin-1'), 20 if last else 1)
        got = statuses(answer)
        check(what, got == wanted and closed == last, (got, closed, answer[:200]))
        return answer


def framing(attack):
    attack.server.exchange(SMUGGLED.encode(), 1)
    check('what is smuggled would work', attack.smuggled() == 1)
    for name, fields, body in FRAMING:
        attack.refused(name, request(fields=fields, body=body), (400, 413))
    for name, body in CHUNKS:
        attack.refused(name, request(fields=CHUNKED, body=body), (400, 413))
    attack.refused('chunks in HTTP/1.0', request('POST /v2/environments HTTP/1.0', fields=CHUNKED, body=LAST))
    attack.refused('chunks in HTTP/1.0 that stays',
                   request('POST /v2/environments HTTP/1.0', fields='Connection: keep-alive\r\n' + CHUNKED, body=LAST))
    # a body cut short is no request
    with contextlib.closing(attack.server.connect()) as s:
        s.sendall(request(fields='Content-Length: 10\r\n', body='{"a"').encode())
        s.shutdown(socket.SHUT_WR)
        check('half a body is not answered', s.recv(1000) == b'')


def lines_and_hosts(attack):
    for name, host, status in HOSTS:
        attack.refused(name, request('GET /v2/ HTTP/1.1', host), (status,))
    for line, status in LINES:
        attack.refused('line %.40r' % line, request(line), (status,))
    attack.refused('a blank line of LF first', '\n' + request('GET /v2/ HTTP/1.1'))
    attack.refused('three blank lines first', '\r\n\r\n\r\n' + request('GET /v2/ HTTP/1.1'))
    attack.refused('bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')
    attack.refused('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (400, 505))
    attack.refused('a large field', request(fields='X: ' + 'y' * 40000 + '\r\n'), (431,))
    attack.refused('many large fields', request(fields=('X: ' + 'y' * 1000 + '\r\n') * 100), (431,))
    attack.refused('many fields', request(fields='X: y\r\n' * 1000), (431,))
    attack.refused('another expectation', request(fields='Expect: 200-ok\r\nContent-Length: 2\r\n', body='{}'), (417,))
    for name in ('X-Project-Id', 'X-Identity-Status', 'X-Roles', 'X-Auth-Token', 'Authorization', 'Content-Type'):
        attack.refused('%s twice' % name, request(fields='%s: %s\r\n%s: x\r\n' % (name, VICTIM, name)))


def well_formed(attack):
    """What looks like the above and is right."""
    close = 'Connection: close\r\n'
    for line, fields, body, wanted in (
            ('GET /v2/ HTTP/1.1', '', '', [200]), ('GET http://x/v2/ HTTP/1.1', '', '', [200]),
            ('GET HTTP://X/v2/?a=b HTTP/1.1', '', '', [200]), ('GET http://x HTTP/1.1', '', '', [200]),
            ('OPTIONS * HTTP/1.1', '', '', [200]), ('GET /v2/ HTTP/1.0', '', '', [200]),
            ('GET /v2/?a=[]{}|\xe9 HTTP/1.1', '', '', [200]), ('FROB /v2/ HTTP/1.1', '', '', [405]),
            ('GET /v2/ HTTP/1.1', 'X-Empty:\r\nX-Blank: \t \r\nX-Latin: \xe9\r\n', '', [200]),
            ('GET /v2/ HTTP/1.1', 'Content-Length: 0002\r\n', '{}', [200]),
            ('POST /v2/environments HTTP/1.1', CHUNKED, '2\r\n{}\r\n0\r\n\r\n', [400]),
            ('POST /v2/environments HTTP/1.1', 'transfer-encoding:CHUNKED \r\n', '0\r\n\r\n', [400]),
            ('POST /v2/environments HTTP/1.1', 'Expect: 100-continue\r\n' + CHUNKED, '0\r\n\r\n', [400])):
        attack.served('%s with %r' % (line, fields), request(line, fields=close + fields, body=body), wanted)
    body = '1;a\r\n{\r\n1 ; b = "c;\\"\xe9" ;d=e\r\n}\r\n00\r\nX-Project-Id: %s\r\nContent-Length: 5\r\n\r\n' % VICTIM
    answer = attack.served('extensions and a trailer', request(fields=CHUNKED + close, body=body), [400])
    check('the trailer and the extensions are ignored', b'name' in answer.lower(), answer)
    three = request('GET /v2/ HTTP/1.1') * 2 + request('GET /v2/ HTTP/1.1', fields=close)
    attack.served('requests in a row', three, [200, 200, 200])
    attack.served('an empty line between', request('GET /v2/ HTTP/1.1') + '\r\n' + request(
        'GET /v2/ HTTP/1.1', fields=close), [200, 200])
    attack.served('HTTP/1.0 may stay', request('GET /v2/ HTTP/1.0', fields='Connection: keep-alive\r\n') + request(
        'GET /v2/ HTTP/1.0'), [200, 200])
    attack.served('HTTP/1.0 needs no Host', request('GET /v2/ HTTP/1.0', host=''), [200])
    with contextlib.closing(attack.server.connect()) as s:
        s.sendall(request(fields='Expect: 100-continue\r\nContent-Length: 2\r\n').encode())
        check('the server says go on', s.recv(100).startswith(b'HTTP/1.1 100 '))
        s.sendall(b'{}')
        check('and answers', s.recv(100).startswith(b'HTTP/1.1 400 '))
    for data in (request('GET /v2/ HTTP/1.1', fields=close), request(fields=CHUNKED + close, body=body)):
        with contextlib.closing(attack.server.connect()) as s:
            for c in data.encode('latin-1'):
                s.sendall(bytes([c]))
            check('byte by byte', s.recv(100).startswith(b'HTTP/1.1 '))
    query = '&'.join('p%d=%d' % (i, i) for i in range(800))
    attack.served('800 parameters', request('GET /v2/workflows?%s HTTP/1.1' % query, fields=close), [400])


def bodies_too_large(attack):
    """They are refused before they are received."""
    for fields in ('Content-Length: 20000000\r\n', 'Content-Length: 999999999999\r\n',
                   'Expect: 100-continue\r\nContent-Length: 20000000\r\n'):
        with contextlib.closing(attack.server.connect(5)) as s:
            s.sendall(request(fields=fields).encode())
            check('refused by its head: %r' % fields, statuses(s.recv(4096)) == [413])
    with contextlib.closing(attack.server.connect(5)) as s:
        s.sendall(request(fields=CHUNKED, body='fffffff\r\n').encode())
        check('refused by the size of its chunk', statuses(s.recv(4096)) == [413])


def strangers(attack):
    """No body is received from those who may not send it, or for what leads nowhere."""
    body = 'Content-Length: 1000000\r\n'
    for name, data, wanted in (
            ('a stranger', request(fields=body, identity=False), 401),
            ('a stranger with chunks', request(fields=CHUNKED, identity=False), 401),
            ('one who waits', request(fields='Expect: 100-continue\r\n' + body, identity=False), 401),
            ('no path', request('POST /v2/nothing HTTP/1.1', fields=body), 404),
            ('no method', request('PATCH /v2/environments HTTP/1.1', fields=body), 405)):
        attack.refused('a body of ' + name, data, (wanted,))
    answer, _ = attack.server.exchange(
        (request('GET /v2/nothing HTTP/1.1') + request('GET /v2/workflows HTTP/1.1', identity=False) +
         request('GET /v2/ HTTP/1.1', fields='Connection: close\r\n')).encode())
    check('without a body the connection stays', statuses(answer) == [404, 401, 200], answer)


# --------------------------------------------------------- clients that hold

def timed(server):
    start = time.monotonic()
    answer, _ = server.exchange(request('GET /v2/ HTTP/1.1', fields='Connection: close\r\n').encode(), 15)
    return statuses(answer), time.monotonic() - start


HALVES = (('nothing', b''), ('half a line', b'GET /v2'), ('half a head', b'GET /v2/ HTTP/1.1\r\nHost: x\r\nX: '),
          ('half a body', b'POST /v2/environments HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'))


def crowds(bindir, database):
    """More connections than there are places, none of which asks for anything."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with Server(bindir, database) as server:
        for name, data in HALVES:
            crowd = []
            for _ in range(600):
                s = server.connect()
                s.sendall(data)
                crowd.append(s)
            got, seconds = timed(server)
            check('600 clients that have sent %s lock nobody out' % name, got == [200] and seconds < 2, (got, seconds))
            for s in crowd:
                s.close()
    with Server(bindir, database, '--max_connections=3', '--max_connections_per_address=3') as server:
        crowd = [server.connect() for _ in range(20)]
        got, seconds = timed(server)
        check('at the smallest of limits', got == [200] and seconds < 2, (got, seconds))
        for s in crowd:
            s.close()


def answered(s):
    """The statuses of one more request over a connection; none when it has been closed."""
    try:
        s.sendall(request('GET /v2/ HTTP/1.1').encode())
        return statuses(s.recv(4096))
    except OSError:
        return []


def neighbours(bindir, database):
    """What one address does to another."""
    with Server(bindir, database, '--max_connections=10') as server:
        quiet = server.connect(source='127.0.0.2')
        check('a quiet client is served', answered(quiet) == [200])
        crowd = [server.connect() for _ in range(30)]
        check('a crowd from elsewhere does not cost its connection', answered(quiet) == [200])
        for s in crowd + [quiet]:
            s.close()
    holder = psycopg2.connect(database)
    holder.cursor().execute('LOCK TABLE mistral.environments')
    with Server(bindir, database, '--max_connections=10', '--max_connections_per_address=4', '--pool_size=1') as server:
        busy = [server.connect() for _ in range(4)]
        for s in busy:
            s.sendall(request('GET /v2/environments HTTP/1.1').encode())

        def all_served():
            with contextlib.closing(server.connect(source='127.0.0.2')) as s:
                s.sendall(request('GET /metrics HTTP/1.1', fields='Connection: close\r\n').encode())
                return b'mistral_api_requests_active 5\n' in s.makefile('rb').read()

        check('its requests are being worked on', wait(all_served))
        with contextlib.closing(server.connect()) as s:
            check('an address whose connections are all in use gets no more', statuses(s.recv(4096)) == [503])
        with contextlib.closing(server.connect(source='127.0.0.2')) as s:
            check('another one does', answered(s) == [200])
        holder.rollback()
        check('what was begun is answered', [statuses(s.recv(65536)) for s in busy] == [[200]] * 4)
        for s in busy:
            s.close()
    holder.close()


def slow_clients(bindir, database):
    with Server(bindir, database, '--header_timeout=1', '--request_timeout=3', '--idle_timeout=1') as server:
        for name, data in HALVES:
            start = time.monotonic()
            answer, closed = server.exchange(data, 10)
            seconds = time.monotonic() - start
            wanted = [408] if data else []
            check('a client that stops after %s is ended' % name,
                  closed and statuses(answer) == wanted and seconds < (3.8 if b'{' in data else 1.8),
                  (closed, answer, seconds))
        with contextlib.closing(server.connect()) as s:
            start = time.monotonic()
            ended = False
            s.settimeout(0.1)
            s.sendall(b'GET /v2/ HTTP/1.1\r\nX: ')
            while not ended and time.monotonic() - start < 5:
                try:
                    s.sendall(b'y')
                    ended = s.recv(1) != b'y'
                except socket.timeout:
                    continue
                except OSError:
                    ended = True
            check('so is one that sends a byte now and then', ended and time.monotonic() - start < 2.5)
        with contextlib.closing(server.connect()) as s:
            s.sendall(request('GET /v2/ HTTP/1.1').encode())
            start = time.monotonic()
            answer = b''
            while True:
                chunk = s.recv(4096)
                if not chunk:
                    break
                answer += chunk
            check('and one that asks for nothing more', statuses(answer) == [200] and time.monotonic() - start < 2)


def attack_all(options):
    connection = psycopg2.connect(options.database)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute('SELECT mistral.create_roles()')
    for role in (VICTIM, OWN):
        cursor.execute('DROP ROLE IF EXISTS ' + role)
        cursor.execute('CREATE ROLE %s IN ROLE mistral_user' % role)
    try:
        with Server(options.bindir, options.database, '--auth=headers') as server:
            attack = Attack(server, cursor)
            framing(attack)
            lines_and_hosts(attack)
            well_formed(attack)
            bodies_too_large(attack)
            strangers(attack)
            check('the server still runs', server.process.poll() is None)
        crowds(options.bindir, options.database)
        neighbours(options.bindir, options.database)
        slow_clients(options.bindir, options.database)
    finally:
        cursor.execute("DELETE FROM mistral.environments WHERE name = 'smuggled'")
        for role in (VICTIM, OWN):
            cursor.execute('DROP ROLE ' + role)
        connection.close()


if __name__ == '__main__':
    rest_attack.main(__doc__, attack_all)
