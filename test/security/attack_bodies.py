#!/usr/bin/python3
"""Bodies of requests that fill the REST server's memory: clients that send
much of a large one and then wait, and what is left for the others.

usage: attack_bodies.py --bindir DIR --database CONNINFO [-v]

The last line is "N passed, N failed".
"""
import contextlib
import http.client
import json
import os
import re
import subprocess

import rest_attack
from rest_attack import Server, check, wait

BODY = 256 * 1024       # max_body; a body takes up to twice as much memory
MEMORY = 4 * 1024 * 1024
LIMITS = ('--max_body=%d' % BODY, '--max_body_memory=%d' % MEMORY, '--request_timeout=60')
WORKFLOW = "version: '2.0'\nattack_bodies:\n  tasks:\n    t: {action: std.noop}\n"


def metric(server, name):
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request('GET', '/metrics')
        return int(re.search(r'^mistral_api_%s (\d+)$' % name, connection.getresponse().read().decode(), re.M).group(1))


def begin(server, length, chunked=False):
    """A client that has sent a large part of a body, and sends no more."""
    client = server.connect(60)
    head = 'POST /v2/workflows/validate HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n'
    if chunked:
        client.sendall((head % 'Transfer-Encoding: chunked' + '%x\r\n' % length).encode() + b'#' * (length - 1))
    else:
        client.sendall((head % ('Content-Length: %d' % (length + 1))).encode() + b'#' * length)
    return client


def answer(client):
    """Status and headers that a client gets without having asked to its end."""
    response = http.client.HTTPResponse(client)
    response.begin()
    response.read()
    return response.status, response.headers


def validate(server, length):
    """Status and headers for a complete body of a length."""
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request('POST', '/v2/workflows/validate', WORKFLOW + '#' * (length - len(WORKFLOW)),
                           {'Content-Type': 'text/plain'})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers


def fill(server, chunked):
    """Clients that stop within bodies, as many as until one is refused."""
    clients = []
    while len(clients) < 100 and not metric(server, 'bodies_refused_total'):
        before = metric(server, 'body_bytes')
        clients.append(begin(server, BODY - 1, chunked))
        if not wait(lambda: metric(server, 'body_bytes') >= before + BODY or metric(server, 'bodies_refused_total')):
            break
    return clients


def full(bindir, database, chunked):
    kind = 'chunks' if chunked else 'bodies'
    with Server(bindir, database, *LIMITS) as server:
        status, _ = validate(server, BODY - 1)
        check('one body of the largest size passes', status == 200, status)
        check('and leaves nothing', metric(server, 'body_bytes') == 0)
        clients = fill(server, chunked)
        check('%s are refused when the memory is full' % kind, 4 <= len(clients) <= 16, len(clients))
        refused = clients.pop()
        status, headers = answer(refused)
        left = metric(server, 'body_bytes')
        refused.close()
        check('with 503, and when to come again', (status, headers.get('Retry-After')) == (503, '1'), status)
        check('on a connection that is closed', headers.get('Connection') == 'close', headers)
        check('what came of it is gone with the answer, the others stay', left == len(clients) * BODY <= MEMORY, left)
        status, headers = validate(server, BODY - 1)
        check('a complete large body is refused, too', (status, headers.get('Retry-After')) == (503, '1'), status)
        status, _ = validate(server, 1000)
        check('a small one passes between them', status == 200, status)
        status, _, _ = server.request('GET', '/v2/workflows')
        check('as does a request without one', status == 200, status)
        clients.pop().close()
        check('who goes makes room', wait(lambda: validate(server, BODY - 1)[0] == 200))
        for client in clients:
            client.close()
        check('nothing is left in the end', wait(lambda: metric(server, 'body_bytes') == 0))


def slow_readers(bindir, database):
    """The memory of a body does not wait for who reads the answer, which repeats all of it."""
    database += " options='-c mistral.execution_field_size_limit=-1'"
    size, names = 8 * 1024 * 1024, ['attack_bodies_%d' % i for i in range(3)]
    with Server(bindir, database, '--max_body=%d' % (2 * size)) as server:
        clients = []
        for name in names:
            text = json.dumps({'name': name, 'variables': {'v': '#' * size}})
            clients.append(server.connect(60))
            clients[-1].sendall(('POST /v2/environments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
                                 'Content-Length: %d\r\n\r\n%s' % (len(text), text)).encode())
        check('the requests are carried out', wait(
            lambda: all(server.request('GET', '/v2/environments/' + name)[0] == 200 for name in names)))
        check('answers that nobody reads hold no bodies', wait(lambda: metric(server, 'body_bytes') == 0))
        # a request is logged when its answer is sent
        check('and nobody has read them', '"method": "POST"' not in server.text(), server.text())
        for client, name in zip(clients, names):
            client.close()
            check('%s goes' % name, server.request('DELETE', '/v2/environments/' + name)[0] == 204)


def bounds(bindir, database):
    """The setting at its bounds, and beyond."""
    for value, right in (('1024', True), ('1e15', True), ('1023', False), ('1e16', False), ('nan', False),
                         ('-1', False), ('x', False), ('', False)):
        if right:
            with Server(bindir, database, '--max_body=%d' % BODY, '--max_body_memory=' + value) as server:
                status, _ = validate(server, BODY - 1)
                check('with %s a body of the largest size passes' % value, status == 200, status)
            continue
        done = subprocess.run([os.path.join(bindir, 'mistral-api'), '--max_body_memory=' + value], stderr=subprocess.PIPE,
                              timeout=20, check=False)
        check('%r is refused' % value, done.returncode == 2 and b'max-body-memory' in done.stderr, done.stderr)


def attack(options):
    full(options.bindir, options.database, False)
    full(options.bindir, options.database, True)
    slow_readers(options.bindir, options.database)
    bounds(options.bindir, options.database)


if __name__ == '__main__':
    rest_attack.main(__doc__, attack)
