#!/usr/bin/python3
"""Attacks by way of a browser: pages of other sites that use the API with what
their visitor may do, and paths that lead out of the console's directory.

usage: attack_browser.py --bindir DIR --database CONNINFO [-v]

A page of another site is told from our own by what browsers say of it; what has
been refused must not have happened.  The console's directory holds a copy of
what a build makes, and things beside it that nobody may get.
The last line is "N passed, N failed".
"""
import contextlib
import http.client
import os
import tempfile

import psycopg2

import rest_attack
from rest_attack import check

PROBE = {'name': 'attack_browser', 'variables': {}}
# what a browser says when a page of another site sends something, and in which words older ones do
STRANGERS = (
    ('another site', {'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Origin': 'https://evil.example'}),
    ('another origin of the site', {'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors'}),
    ('a form of another site', {'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate',
                                'Sec-Fetch-Dest': 'document'}),
    ('an unknown word', {'Sec-Fetch-Site': 'else'}),
    ('an empty word', {'Sec-Fetch-Site': ''}),
    ('an older browser', {'Origin': 'https://evil.example'}),
    ('a page without an origin', {'Origin': 'null'}),
    ('an origin that begins as ours', {'Origin': 'http://127.0.0.1:%d.evil.example'}),
    ('an origin that ends as ours', {'Origin': 'http://evil.example/127.0.0.1:%d'}),
    ('another port of the machine', {'Origin': 'http://127.0.0.1:1'}))
PATHS_OUT = (
    '/ui/../secret.txt', '/ui/..%2fsecret.txt', '/ui/%2e%2e/secret.txt', '/ui/%2e%2e%2fsecret.txt', '/ui/..%5csecret.txt',
    '/ui/assets/../../secret.txt', '/ui/assets/..%2f..%2fsecret.txt', '/ui//secret.txt', '/ui/./index.html',
    '/ui/%00index.html', '/ui/index.html%00', '/ui/index.html%00.js', '/ui/index.html/', '/ui/..;/secret.txt',
    '/ui/link.txt', '/ui/linked/secret.txt', '/ui/.hidden.txt', '/ui/.git/config.txt', '/ui/pipe.js',
    '/ui/%252e%252e/secret.txt', '/ui/%e2%80%a5/secret.txt', '/ui/%c0%ae%c0%ae/secret.txt', '/uix/index.html', '/UI/index.html')


def exists(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mistral.environments WHERE name = 'attack_browser'")
        return cursor.fetchone()[0] > 0


def other_sites(server, connection):
    """What a page of another site sends is refused, and does nothing."""
    for what, headers in STRANGERS:
        headers = {name: value.replace('%d', str(server.port)) for name, value in headers.items()}
        for kind in ('application/json', 'text/plain'):
            status, _, _ = server.request('POST', '/v2/environments', PROBE, {**headers, 'Content-Type': kind})
            check('%s sends %s' % (what, kind), status == 403 and not exists(connection), status)
        check('%s deletes' % what, server.request('DELETE', '/v2/environments/x', None, headers)[0] == 403)
    for what in (0, 1, 3, 4):
        check('%s reads' % STRANGERS[what][0], server.request('GET', '/v2/workflows', None, STRANGERS[what][1])[0] == 403)
    link = {'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document'}
    check('a link may be followed', server.request('GET', '/v2/workflows', None, link)[0] == 200)
    check('but not into a frame',
          server.request('GET', '/v2/workflows', None, {**link, 'Sec-Fetch-Dest': 'iframe'})[0] == 403)
    status, _, headers = server.request('OPTIONS', '/v2/environments', None, {
        'Origin': 'https://evil.example', 'Access-Control-Request-Method': 'POST'})
    check('nobody is allowed to read across sites',
          not [name for name in headers if name.lower().startswith('access-control')], headers)


def own_page(server, connection):
    """Our own page, and programs, are served."""
    own = {'Sec-Fetch-Site': 'same-origin', 'Origin': 'http://127.0.0.1:%d' % server.port}
    for what, headers in (('our page', own), ('our page in an older browser', {'Origin': own['Origin']}),
                          ('a program', {}), ('somebody who types the address', {'Sec-Fetch-Site': 'none'})):
        status, answer, _ = server.request('POST', '/v2/environments', PROBE, headers)
        check('%s creates' % what, status == 201 and exists(connection), answer)
        check('%s deletes' % what, server.request('DELETE', '/v2/environments/attack_browser', None, headers)[0] == 204)


def hosts(options):
    """A name that leads to this machine is no name of it."""
    with rest_attack.Server(options.bindir, options.database, '--allowed-hosts=mistral.internal, other') as server:
        for host in ('evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '127.evil.example',
                     'evil.example:%d' % server.port, '10.0.0.1', '[::2]', 'mistral.internal.evil', 'mistral'):
            status, _, _ = server.request('GET', '/v2/workflows', None, {'Host': host})
            check('Host %s is refused' % host, status == 403, status)
        for host in ('127.0.0.1', 'localhost:1', 'LOCALHOST', '127.1.2.3', '[::1]:8989', 'mistral.internal', 'other:443'):
            status, _, _ = server.request('GET', '/v2/workflows', None, {'Host': host})
            check('Host %s is served' % host, status == 200, status)
    # where somebody must say who he is, the name gives nobody anything
    with rest_attack.Server(options.bindir, options.database, '--auth=token') as server:
        check('a name counts only where nothing else does',
              server.request('GET', '/v2/workflows', None, {'Host': 'any.example'})[0] == 401)
        status, _, _ = server.request('POST', '/v2/environments', PROBE, dict(STRANGERS[0][1]))
        check('another site is not asked who it is', status == 403, status)


def fetch(server, path, headers=None, method='GET'):
    """Status, headers and bytes of an answer."""
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, None, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def write_page(root):
    """What a build makes, and what is no part of it."""
    page = os.path.join(root, 'page')
    os.makedirs(os.path.join(page, 'assets'))
    os.makedirs(os.path.join(page, '.git'))
    os.makedirs(os.path.join(root, 'beside'))
    for name, text in (('secret.txt', 'secret'), ('beside/secret.txt', 'secret'), ('page/.hidden.txt', 'secret'),
                       ('page/.git/config.txt', 'secret'), ('page/index.html', '<p>page'), ('page/plain.css', 'css'),
                       ('page/assets/app-ABCDEF23.js', 'code'), ('page/assets/app-ABCDEF23.js.gz', 'packed'),
                       ('page/assets/app-ABCDEF23.js.br', 'pressed'), ('page/assets/some-workflow.js', 'code')):
        with open(os.path.join(root, name), 'w', encoding='utf-8') as file:
            file.write(text)
    os.symlink('../secret.txt', os.path.join(page, 'link.txt'))
    os.symlink('../beside', os.path.join(page, 'linked'))
    os.mkfifo(os.path.join(page, 'pipe.js'))
    return page


def paths(server):
    """Nothing but the files of the page is served."""
    browser = {'Accept': 'text/html,*/*;q=0.8'}
    for path in PATHS_OUT:
        for headers in ({}, browser):
            status, fields, body = fetch(server, path, headers)
            check('%s leads nowhere' % path, b'secret' not in body and b'<p>page' not in body and
                  (status in (400, 404) or (status == 302 and set(fields['Location']) <= {'.', '/'})), (status, body))
    check('a file of the page', fetch(server, '/ui/plain.css')[2] == b'css')
    for method in ('POST', 'PUT', 'DELETE', 'PATCH'):
        check('%s' % method, fetch(server, '/ui/plain.css', method=method)[0] == 405)


def page_headers(server):
    """A page that is attacked can do little."""
    status, fields, body = fetch(server, '/ui/')
    policy = {part.split()[0]: part.split()[1:] for part in fields['Content-Security-Policy'].split(';')}
    check('the page', status == 200 and body == b'<p>page' and fields['Content-Type'].startswith('text/html'))
    check('no script but ours', policy['default-src'] == ["'none'"] and policy['script-src'] == ["'self'"] and
          policy['base-uri'] == ["'none'"] and policy['frame-ancestors'] == ["'none'"], policy)
    check('nothing unsafe', 'unsafe' not in fields['Content-Security-Policy'] and '*' not in fields['Content-Security-Policy'])
    for name, value in (('X-Content-Type-Options', 'nosniff'), ('Referrer-Policy', 'no-referrer'),
                        ('Cross-Origin-Opener-Policy', 'same-origin'), ('Cross-Origin-Resource-Policy', 'same-origin'),
                        ('X-Frame-Options', 'DENY')):
        check(name, fields[name] == value, fields[name])
    check('the page sets no cookie', fields['Set-Cookie'] is None)
    status, fields, _ = fetch(server, '/v2/workflows')
    check('answers of the API are not kept, and not guessed at',
          fields['Cache-Control'] == 'no-store' and fields['X-Content-Type-Options'] == 'nosniff')
    check('an answer of the API is no page', fields['Content-Type'].startswith('application/json'))


def attack(options):
    connection = psycopg2.connect(options.database)
    connection.autocommit = True
    with contextlib.closing(connection):
        with rest_attack.Server(options.bindir, options.database) as server:
            other_sites(server, connection)
            own_page(server, connection)
    hosts(options)
    with tempfile.TemporaryDirectory() as root:
        with rest_attack.Server(options.bindir, options.database, '--console-dir=' + write_page(root)) as server:
            paths(server)
            page_headers(server)


if __name__ == '__main__':
    rest_attack.main(__doc__, attack)
