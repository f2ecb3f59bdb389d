#!/usr/bin/python3
"""Check the REST server itself: its routes, limits, identities, and what it
makes of requests that are not well-formed.

usage: run_api_checks.py --program PATH --database CONNINFO [-v]

Starts servers of its own on free ports of the loopback address. CONNINFO names
a database with the extension, as a superuser who connects without a password.
"""
import argparse
import base64
import contextlib
import gzip
import http.client
import json
import os
import random
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import psycopg2

results = []
verbose = False


def check(what, condition, detail=''):
    results.append(bool(condition))
    if verbose or not condition:
        print('%s %s %s' % ('ok  ' if condition else 'FAIL', what, '' if condition else detail))


class Server:
    """A running mistral-api."""

    def __init__(self, program, database, *options, prefix=()):
        self.log = tempfile.TemporaryFile('a+')      # appends, wherever text() has read to
        self.process = subprocess.Popen(
            list(prefix) + [program, '--listen=127.0.0.1', '--port=0', '--database=' + database] + list(options),
            stderr=self.log)
        self.port = None
        for _ in range(600):
            match = re.search(r'serving https? on [^,]*, port (\d+)', self.text())
            if match:
                self.port = int(match.group(1))
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit('the server did not start: ' + self.text())

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def send(self, method, path, document, headers=None):
        """A request with a JSON document."""
        return self.request(method, path, json.dumps(document), {'Content-Type': 'application/json', **(headers or {})})

    def request(self, method, path, body=None, headers=None, tls=None):
        if tls:
            connection = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=60, context=tls)
        else:
            connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            text = response.read().decode('utf-8', 'replace')
            try:
                return response.status, json.loads(text), response.headers
            except ValueError:
                return response.status, text, response.headers

    def raw(self, data, wait=10.0, shut=True):
        """Send bytes; the status line's number, 0 when the connection was just closed."""
        with contextlib.closing(socket.create_connection(('127.0.0.1', self.port), timeout=wait)) as s:
            try:
                s.sendall(data)
                if shut:
                    s.shutdown(socket.SHUT_WR)
                answer = b''
                while b'\r\n' not in answer:
                    chunk = s.recv(4096)
                    if not chunk:
                        break
                    answer += chunk
            except OSError:         # closed, or no answer in time
                return 0
        match = re.match(rb'HTTP/1\.[01] (\d{3})', answer)
        return int(match.group(1)) if match else 0

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()


# ------------------------------------------------------------------- routes

def openapi(server, program):
    """The document and the routes say the same, and each route is served."""
    status, document, _ = server.request('GET', '/openapi.json')
    check('the OpenAPI document is served', status == 200 and document['openapi'].startswith('3.'))
    operations = {(method.upper(), path) for path, item in document['paths'].items() for method in item}
    listed = subprocess.run([program, '--routes'], capture_output=True, text=True, check=True).stdout
    routes = {tuple(line.split()[:2]) for line in listed.splitlines()}
    check('the document has all routes and no others', operations == routes, operations ^ routes)
    ids = [operation['operationId'] for item in document['paths'].values() for operation in item.values()]
    check('operation ids are unique', len(ids) == len(set(ids)))
    for method, path in sorted(operations):
        names = set(re.findall(r'{(\w+)}', path))
        described = {p['name'] for p in document['paths'][path][method.lower()]['parameters'] if p['in'] == 'path'}
        check('%s %s: variables are described' % (method, path), names == described)
        if path == '/v2/events/stream':
            continue                            # has no end; see live()
        address = re.sub(r'{\w+}', '00000000-0000-4000-8000-00000000000f', path)
        status, answer, _ = server.request(method, address)
        check('%s %s is served' % (method, path),
              status < 500 and status != 405 and not (status == 404 and 'Not Found' in str(answer)),
              (status, answer))
    connection = psycopg2.connect(server.database)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'mistral_api'::regnamespace")
        functions = {row[0] for row in cursor}
    wanted = {line.split()[2] for line in listed.splitlines()} - {'-'}
    check('each route has its function', wanted <= functions, wanted - functions)


def misfit(value, schema, place='answer'):
    """What of a value is not as its schema of the OpenAPI document says; None: all of it is."""
    kinds = {'object': dict, 'array': list, 'string': str, 'integer': int, 'number': (int, float), 'boolean': bool}
    if value is None or not schema.get('type'):
        return None if value is not None or schema.get('nullable') or not schema.get('type') else place + ' is null'
    if not isinstance(value, kinds[schema['type']]) or (isinstance(value, bool) and schema['type'] != 'boolean'):
        return '%s is %r and no %s' % (place, value, schema['type'])
    if schema.get('format') == 'date-time' and not re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z', value):
        return '%s is %r and no time' % (place, value)
    if schema.get('format') == 'uuid' and not re.fullmatch(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', value):
        return '%s is %r and no id' % (place, value)
    found = []
    if schema['type'] == 'array':
        found = [misfit(item, schema['items'], place + '[]') for item in value]
    elif schema['type'] == 'object':
        known = schema.get('properties', {})
        found = ['%s lacks %s' % (place, name) for name in schema.get('required', []) if name not in value]
        for name, item in value.items():
            if name in known:
                found.append(misfit(item, known[name], place + '.' + name))
            elif 'additionalProperties' in schema:
                found.append(misfit(item, schema['additionalProperties'], place + '.' + name))
            elif known:
                found.append('%s has a member %s' % (place, name))
    return next(filter(None, found), None)


def ask(server, method, path, document=None, route=None, status=None, headers=None):
    """The answer to a request, which is as the OpenAPI document says; route: its path with variables."""
    if not hasattr(server, 'document'):
        server.document = server.request('GET', '/openapi.json')[1]
    operation = server.document['paths'][route or path.partition('?')[0]][method.lower()]
    wanted = status or int(min(operation['responses']))
    if isinstance(document, str):
        found, answer, _ = server.request(method, path, document, headers)
    elif document is None:
        found, answer, _ = server.request(method, path, None, headers)
    else:
        found, answer, _ = server.send(method, path, document, headers)
    check('%s %s gets %d' % (method, path, wanted), found == wanted, (found, answer))
    if found < 400 and found != 204:
        content = operation['responses'][str(wanted)].get('content')
        check('%s %s is described' % (method, path), content is not None)
        if content:
            problem = misfit(answer, content['application/json']['schema'])
            check('%s %s is as described' % (method, path), problem is None, problem)
    return answer


def many_executions(server):
    """Counts, a filter by text, and operations on many executions."""
    server.request('POST', '/v2/workflows', "version: '2.0'\napi_many: {tasks: {t: {action: std.async_noop}}}")
    ids = [server.send('POST', '/v2/executions', {'workflow_name': 'api_many'})[1]['id'] for _ in range(5)]
    path = '/v2/executions/counts'
    answer = ask(server, 'GET', path + '?q=api_many', route=path)
    check('five run', answer['counts']['RUNNING'] == 5 and answer['is_exact'], answer)
    answer = server.request('GET', '/v2/executions?q=API_MAN&limit=2')[1]
    check('a page of what has a text', len(answer['executions']) == 2 and 'q=API_MAN' in answer['next'], answer)
    address = urllib.parse.urlsplit(answer['next'])
    answer = server.request('GET', address.path + '?' + address.query)[1]
    check('and the next', len(answer['executions']) == 2, answer)
    bulk = {'operation': 'cancel', 'filters': {'workflow_name': 'api_many'}}
    answer = ask(server, 'POST', '/v2/executions/bulk', {**bulk, 'preview': True})
    check('a preview', answer['matching'] == 5 and {x['id'] for x in answer['sample']} == set(ids), answer)
    answer = ask(server, 'POST', '/v2/executions/bulk', {**bulk, 'limit': 3, 'message': 'enough'})
    check('a portion', answer['done'] == 3 and answer['after'] in ids and not answer['failed'], answer)
    answer = ask(server, 'POST', '/v2/executions/bulk', {**bulk, 'limit': 3, 'after': answer['after']})
    check('the rest', answer['done'] == 2 and answer['after'] is None, answer)
    check('all are cancelled',
          {server.request('GET', '/v2/executions/' + i)[1]['state'] for i in ids} == {'CANCELLED'})
    answer = ask(server, 'POST', '/v2/executions/bulk', {'operation': 'rerun', 'ids': ids})
    check('none can run again', answer['done'] == 0 and not answer['failed'], answer)
    answer = ask(server, 'POST', '/v2/executions/bulk', {'operation': 'delete', 'ids': ids})
    check('all go', answer['done'] == 5, answer)
    check('a wrong operation', server.send('POST', '/v2/executions/bulk', {'operation': 'x', 'filters': {}})[0] == 400)
    server.request('DELETE', '/v2/workflows/api_many')


def drawn(server):
    """Graphs, timelines and trees, as pages draw them."""
    text = ("version: '2.0'\napi_drawn:\n  tasks:\n    a: {action: std.noop, on-success: b}\n"
            "    b: {with-items: i in <% range(3) %>, workflow: api_below}\napi_below: {tasks: {t: {action: std.async_noop}}}\n")
    answer = ask(server, 'POST', '/v2/graphs', text)
    check('a graph of a text', [(e['from'], e['to']) for e in answer['graphs'][0]['edges']] == [('a', 'b')], answer)
    check('a wrong text', ask(server, 'POST', '/v2/graphs', text + ' x')['line'] > 0)
    server.request('POST', '/v2/workflows', text)
    answer = ask(server, 'GET', '/v2/workflows/api_drawn/graph', route='/v2/workflows/{identifier}/graph')
    check('a graph of a workflow', [t['name'] for t in answer['tasks']] == ['a', 'b'], answer)
    execution = server.send('POST', '/v2/executions', {'workflow_name': 'api_drawn'})[1]['id']
    path, route = '/v2/executions/%s/' % execution, '/v2/executions/{id}/'
    check('it runs', wait(lambda: len(server.request('GET', path + 'tree')[1]['executions']) == 4))
    answer = ask(server, 'GET', path + 'graph', route=route + 'graph')
    check('what runs', [(r['task'], r['state'], r['items'] and r['items']['running']) for r in answer['runs']] ==
          [('a', 'SUCCESS', None), ('b', 'RUNNING', 3)], answer)
    check('what led to it', answer['taken'] == [{'from': 'a', 'to': 'b', 'kind': 'on-success', 'times': 1}], answer['taken'])
    check('only what runs', ask(server, 'GET', path + 'graph?graph=false', route=route + 'graph')['graph'] is None)
    answer = ask(server, 'GET', path + 'why', route=route + 'why')
    check('what would make it go on', answer['waits'][0]['operation']['function'] == 'complete_action' and
          len(answer['waits'][0]['operation']['arguments'][0]) == 36, answer)
    answer = ask(server, 'GET', path + 'timeline', route=route + 'timeline')
    check('a timeline', [t['segments'][-1]['to'] is None for t in answer['tasks']] == [False, True], answer)
    below = ask(server, 'GET', path + 'tree', route=route + 'tree')['executions'][1]
    check('a tree', below['task'] == 'b' and below['parent_execution_id'] == execution, below)
    answer = ask(server, 'GET', '/v2/executions/%s/path' % below['id'], route=route + 'path')
    check('the way up', [p['workflow_name'] for p in answer['path']] == ['api_drawn', 'api_below'], answer)
    server.request('DELETE', '/v2/executions/%s?force=true' % execution)
    for name in ('api_drawn', 'api_below'):
        server.request('DELETE', '/v2/workflows/' + name)


def designed(server):
    """What editors ask for."""
    text = "version: '2.0'\napi_design: {input: [n], tasks: {a: {action: std.echo output=<% $.n %>, publish: {r: <% task().result %>}}}}\n"
    server.request('POST', '/v2/workflows', text)
    path, route = '/v2/workflows/api_design/', '/v2/workflows/{identifier}/'
    version = ask(server, 'GET', path + 'versions', route=route + 'versions')['versions'][0]['id']
    answer = ask(server, 'GET', path + 'versions/' + version, route=route + 'versions/{version_id}')
    check('the text of a version', 'api_design' in answer['definition'], answer)
    check('what it calls', ask(server, 'GET', path + 'uses', route=route + 'uses')['calls']['actions'] == ['std.echo'])
    answer = ask(server, 'GET', '/v2/uses?action=std.echo', route='/v2/uses')
    check('who calls an action', 'api_design' in [w['name'] for w in answer['called_by']['workflows']], answer)
    answer = ask(server, 'GET', '/v2/language')
    check('the language', 'on-success' in [a['name'] for a in answer['attributes']['task']])
    answer = ask(server, 'POST', '/v2/simulations', {'definition': text, 'input': {'n': 5}})
    check('a simulation', answer['state'] == 'SUCCESS' and answer['steps'][-1]['event'] == 'OUTPUT', answer)
    check('a text that is wrong', server.send('POST', '/v2/simulations', {'definition': 'x'})[0] == 400)
    answer = ask(server, 'POST', '/v2/expressions/evaluate', {'expression': '<% $.a %>', 'context': {'a': 5}})
    check('an expression', answer == {'result': 5}, answer)
    check('one that fails', server.send('POST', '/v2/expressions/evaluate', {'expression': '<% $. %>'})[0] == 400)
    check('one that is wrong', not ask(server, 'POST', '/v2/expressions/validate', {'expression': '<% $. %>'})['valid'])
    execution = server.send('POST', '/v2/executions', {'workflow_name': 'api_design', 'input': {'n': 7}})[1]['id']
    check('it ends', wait(lambda: server.request('GET', '/v2/executions/' + execution)[1]['state'] == 'SUCCESS'))
    task = server.request('GET', '/v2/executions/%s/tasks' % execution)[1]['tasks'][0]['id']
    answer = ask(server, 'GET', '/v2/tasks/%s/context' % task, route='/v2/tasks/{id}/context')
    check('what a task sees and changes', (answer['variables'][0]['name'], answer['published'][0]['change']) == ('n', 'new'), answer)
    server.request('DELETE', '/v2/executions/' + execution)
    server.request('DELETE', '/v2/workflows/api_design')


def operated(server):
    """What operators ask for."""
    for path in ('/v2/executors', '/v2/queue', '/v2/delayed_calls', '/v2/event_consumers', '/v2/event_deliveries', '/v2/rates'):
        ask(server, 'GET', path)
    check('rates have parts', len(ask(server, 'GET', '/v2/rates?buckets=7', route='/v2/rates')['series']['started']) == 7)
    for kind in ('delayed_calls', 'event_deliveries'):
        check('no such one of %s' % kind, server.send('POST', '/v2/%s/999999999/retry' % kind, {})[0] == 404)
    check('nor to be removed', server.request('DELETE', '/v2/event_deliveries/999999999')[0] == 404)
    server.request('POST', '/v2/workflows', "version: '2.0'\napi_cron: {tasks: {t: {action: std.noop}}}")
    server.send('POST', '/v2/cron_triggers', {'name': 'api_cron', 'workflow_name': 'api_cron', 'pattern': '0 5 * * *'})
    path, route = '/v2/cron_triggers/api_cron', '/v2/cron_triggers/{identifier}'
    check('when it fires', len(ask(server, 'GET', path + '/times', route=route + '/times')['times']) == 5)
    check('not any more', ask(server, 'PUT', path, {'is_enabled': False}, route)['times'] == [])
    check('a list tells', [t['is_enabled'] for t in server.request('GET', '/v2/cron_triggers?name=api_cron')[1]['cron_triggers']] == [False])
    execution = ask(server, 'POST', path + '/run', {}, route + '/run')['workflow_execution_id']
    check('by hand', server.request('GET', '/v2/executions/' + execution)[1]['workflow_name'] == 'api_cron')
    server.request('DELETE', path)
    server.request('DELETE', '/v2/executions/%s?force=true' % execution)
    server.request('DELETE', '/v2/workflows/api_cron')


def limited(server):
    """Limits, which are changed while work goes on."""
    path, route = '/v2/limits/api%20limit', '/v2/limits/{name}'
    server.request('DELETE', path)
    answer = ask(server, 'POST', '/v2/limits', {'name': 'api limit', 'max': 2, 'rate': '100/1m'})
    check('a limit', (answer['max'], answer['rate'], answer['held']) == (2, '100/1m', 0), answer)
    check('once', server.send('POST', '/v2/limits', {'name': 'api limit', 'max': 2})[0] == 409)
    check('it is listed', 'api limit' in [limit['name'] for limit in ask(server, 'GET', '/v2/limits')['limits']])
    check('another bound', ask(server, 'PUT', path, {'max': 3, 'rate': ''}, route)['max'] == 3)
    check('no rate any more', ask(server, 'GET', path, route=route)['rate'] is None)
    check('no such number', server.send('PUT', path, {'max': 0})[0] == 400)
    check('a limit has a name', server.send('POST', '/v2/limits', {'max': 1})[0] == 400)
    check('no such member', server.send('PUT', path, {'scope': 'public'})[0] == 400)
    check('it is deleted', server.request('DELETE', path)[0] == 204)
    check('and gone', server.request('GET', path)[0] == 404 and server.send('PUT', path, {'max': 1})[0] == 404)


def caller(server):
    """Who asks, and how somebody could say it."""
    check('nobody need say who he is', server.request('GET', '/v2/auth')[1] == {'methods': ['none'], 'api': 'v2.0'})
    answer = ask(server, 'GET', '/v2/whoami')
    check('the caller', answer['may']['start'] and not answer['is_admin'] and not answer['has_auth'], answer)
    check('an administrator', ask(server, 'GET', '/v2/whoami', headers={'X-Roles': 'admin'})['is_admin'])


def pages(server):
    status, answer, _ = server.request('GET', '/healthz')
    check('/healthz', status == 200 and answer['status'] == 'ok')
    status, answer, headers = server.request('GET', '/metrics')
    check('/metrics', status == 200 and 'mistral_api_requests_total{class="2xx"}' in answer)
    check('metrics are text', headers['Content-Type'].startswith('text/plain'))
    for line in answer.splitlines():
        if not re.match(r'(# (HELP|TYPE) \S+ .+|\w+(\{le="[^"]+"\}|\{class="\dxx"\})? -?[0-9.e+]+)$', line):
            check('a line of the metrics', False, line)
    status, _, headers = server.request('PATCH', '/v2/workflows')
    check('405 names the methods', status == 405 and 'GET' in headers['Allow'])
    check('HEAD is not offered', server.request('HEAD', '/v2/workflows')[0] == 405)
    check('OPTIONS', server.request('OPTIONS', '/v2/workflows')[0] == 200)
    check('OPTIONS of nothing', server.request('OPTIONS', '/v2/nothing')[0] == 200)
    for kind in ('workflows', 'workbooks', 'actions'):
        for method in ('GET', 'PUT', 'DELETE', 'PATCH'):
            status, _, headers = server.request(method, '/v2/%s/validate' % kind)
            check('%s of what validates %s' % (method, kind), status == 405 and headers['Allow'] == 'POST', headers)
    check('a document goes to its collection', server.send('POST', '/v2/environments/x', {'name': 'x'})[0] == 400)
    check('slashes in front are one', server.request('GET', '//v2/workflows')[0] == 200)
    check('a % may stand for itself', server.request('GET', '/v2/environments/a%zz%')[1]['faultstring'].endswith('a%zz%]'))
    check('a parameter without a name', server.request('GET', '/v2/environments?=x')[0] == 400)
    status, _, headers = server.request('GET', '/v2')
    check('/v2 leads to /v2/', status == 302 and headers['Location'].endswith('/v2/'))
    status, _, headers = server.request('GET', '/v2/', headers={'X-Request-Id': 'abc-1'})
    check('request ids are kept', headers['X-Request-Id'] == 'abc-1')
    status, answer, _ = server.request('GET', '/', headers={'Host': 'x"y<z'})
    check('a strange host is not repeated', 'x"y' not in json.dumps(answer))
    check('an unknown mimetype', server.request(
        'POST', '/v2/executions', '{}', {'Content-Type': 'application/x-foo'})[0] == 415)
    check('no mimetype', server.request('POST', '/v2/executions', '{}')[0] == 415)
    check('XML', server.request('POST', '/v2/workflows', '<a/>', {'Content-Type': 'application/xml'})[0] == 415)


def definitions_by_path(server):
    """The last part of a path may say where a text goes."""
    texts = {'workflows': "version: '2.0'\napi_path:\n  tasks:\n    t:\n      action: std.noop\n",
             'workbooks': "version: '2.0'\nname: api_path\n",
             'actions': "version: '2.0'\napi_path:\n  base: std.noop\n"}
    for kind, text in texts.items():
        status, answer, _ = server.request('POST', '/v2/%s/api_space' % kind, text)
        stored = answer if kind == 'workbooks' else answer.get(kind, [{}])[0]
        check('%s of a namespace in the path' % kind, status == 201 and stored.get('namespace') == 'api_space', answer)
        if kind == 'actions':
            check('an action without parameters', stored.get('input', '') is None, answer)
            status, answer, _ = server.request('PUT', '/v2/actions/api_path/api_space', text)
            check('update in a namespace in the path', status == 200, answer)
        if kind == 'workbooks':
            status, answer, _ = server.request('PUT', '/v2/workbooks/api_space', text)
            check('an update without a change', status == 200 and not answer['updated_at'], answer)
            path = '/v2/workbooks/%s?namespace=api_space' % answer['id']
            check('a workbook has no id in paths', server.request('DELETE', path)[0] == 404)
        status, answer, _ = server.request('DELETE', '/v2/%s/api_path?namespace=api_space' % kind)
        check('delete of %s' % kind, status == 204, answer)
    admin = {'X-Roles': 'admin'}
    status, answer, _ = server.request('POST', '/v2/code_sources/api_path', 'pass', admin)
    check('a code source by its path', status == 201 and answer['name'] == 'api_path', answer)
    status, answer, _ = server.request('PUT', '/v2/code_sources/api_path', 'pass', admin)
    check('and its update', status == 200 and answer['version'] == 2, answer)
    check('and its end', server.request('DELETE', '/v2/code_sources/api_path', None, admin)[0] == 204)


def types_of_members(server):
    """All members of a body have their types, also where nothing is to be changed."""
    nowhere = '00000000-0000-4000-8000-00000000000f'
    wrong = {'text': (1, True, {}, [], 1.5), 'object': (' ', 'x', 1, [], True), 'list': ('x', 1, {}, [1]),
             'bool': ('x', '', {}, []), 'fixed': ('x', None)}
    members = (('executions/' + nowhere, {'id': 'text', 'state_info': 'text', 'tags': 'list', 'input': 'object',
                                          'published_global': 'object', 'project_id': 'fixed'}),
               ('tasks/' + nowhere, {'name': 'text', 'result': 'text', 'env': 'object', 'processed': 'bool',
                                     'reset': 'bool'}),
               ('action_executions/' + nowhere, {'description': 'text', 'output': 'object', 'accepted': 'bool'}),
               ('event_triggers/' + nowhere, {'name': 'text', 'workflow_input': 'object', 'id': 'fixed'}),
               ('environments', {'description': 'text', 'variables': 'object', 'project_id': 'fixed'}))
    for path, kinds in members:
        start = {'state': 'RUNNING'} if nowhere in path and 'event' not in path else {}
        start.update({'reset': True} if 'tasks' in path else {'name': 'api_nowhere'} if path == 'environments' else {})
        check('PUT %s' % path, server.send('PUT', '/v2/' + path, start)[0] == 404)
        for name, kind in kinds.items():
            for value in wrong[kind]:
                status, answer, _ = server.send('PUT', '/v2/' + path, {**start, name: value})
                check('PUT %s with %s = %r' % (path, name, value), status == 400, answer)
            if kind not in ('fixed', 'bool'):
                check('PUT %s with %s = null' % (path, name),
                      server.send('PUT', '/v2/' + path, {**start, name: None})[0] == 404)
            if kind == 'object':
                check('PUT %s with an empty text as %s' % (path, name),
                      server.send('PUT', '/v2/' + path, {**start, name: ''})[0] == 404)
    check('no "reset"', server.send('PUT', '/v2/tasks/' + nowhere, {'state': 'RUNNING'})[0] == 400)
    status, answer, _ = server.send('POST', '/v2/executions', {'one': 1, 'other': 2})
    check('several unknown members', status == 400 and answer['faultstring'].endswith('wf_ex: one, other'), answer)
    for text, wanted in (('"[]"', 404), ('"0"', 404), ('"{}"', 404), ('""', 404), ('"[1]"', 400)):
        status, answer, _ = server.request('POST', '/v2/executions', '{"workflow_name": "api_nowhere", "input": %s}' % text,
                                           {'Content-Type': 'application/json'})
        check('input %s' % text, status == wanted, answer)


def traces(server):
    """The header traceparent, as the W3C recommendation has it."""
    text = "version: '2.0'\napi_traced:\n  tasks:\n    t:\n      action: std.noop\n"
    server.request('POST', '/v2/workflows', text)
    trace, other = ('00-%s-00f067aa0ba902b7-01' % (digit * 32) for digit in 'ab')

    def start(headers, params=None):
        body = json.dumps({'workflow_name': 'api_traced', 'params': params or {}})
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest('POST', '/v2/executions')
            for name, value in headers + [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))]:
                connection.putheader(name, value)
            connection.endheaders(body.encode())
            response = connection.getresponse()
            answer = json.loads(response.read())
            return response.status, json.loads(answer['params']).get('traceparent') if 'params' in answer else answer

    check('a trace context', start([('Traceparent', trace)]) == (201, trace))
    check('none', start([]) == (201, None))
    check('one of a later version', start([('traceparent', '01' + trace[2:] + '-more')]) == (201, trace))
    for wrong in (trace.upper(), trace[:-1], trace + '-0', 'ff' + trace[2:], trace.replace('a' * 32, '0' * 32), 'x', '', 'x' * 5000):
        check('a header that is not valid counts for nothing: %.60s' % wrong, start([('traceparent', wrong)]) == (201, None))
    check('nor do two', start([('traceparent', trace), ('traceparent', other)]) == (201, None))
    check('the parameter goes first', start([('traceparent', trace)], {'traceparent': other}) == (201, other))
    status, answer = start([], {'traceparent': 'x'})
    check('and is refused when it is wrong', status == 400 and 'trace context' in answer['faultstring'], answer)
    check('it stands nowhere else', server.request('GET', '/v2/executions?traceparent=' + trace)[0] == 400)
    for execution in server.request('GET', '/v2/executions?workflow_name=api_traced')[1]['executions']:
        server.request('DELETE', '/v2/executions/%s?force=true' % execution['id'])
    check('and the workflow goes', server.request('DELETE', '/v2/workflows/api_traced')[0] == 204)


def actions_alone(server):
    """What the answers about actions without a workflow say."""
    action = {'name': 'std.echo', 'input': {'output': 1}, 'description': 'why'}
    _, answer, _ = server.send('POST', '/v2/action_executions', action)
    check('not stored', answer['id'] is None and answer['description'] == 'why', answer)
    _, answer, _ = server.send('POST', '/v2/action_executions', {**action, 'params': {'save_result': True}})
    check('stored', (answer['state'], answer['output'], answer['description']) == ('RUNNING', None, ''), answer)
    _, answer, _ = server.request('GET', '/v2/action_executions/' + answer['id'])
    check('and run', (answer['state'], answer['description']) == ('SUCCESS', ''), answer)
    _, answer, _ = server.send('POST', '/v2/action_executions',
                               {**action, 'params': {'save_result': True, 'run_sync': True}})
    check('stored afterwards', (answer['state'], answer['description']) == ('SUCCESS', 'why'), answer)
    _, answer, _ = server.request('GET', '/v2/action_executions/' + answer['id'])
    check('its description is kept', answer['description'] == 'why' and not answer['updated_at'], answer)
    _, answer, _ = server.send('POST', '/v2/action_executions', {'name': 'std.async_noop'})
    path = '/v2/action_executions/' + answer['id']
    check('one that runs was changed', server.request('GET', path)[1]['updated_at'])
    _, answer, _ = server.send('PUT', path, {'state': 'SUCCESS', 'output': None})
    check('a result that is null', json.loads(answer['output']) == {'result': None}, answer)
    for query in ('limit=', 'marker=', 'sort_keys=', 'sort_keys=,', 'all_projects=', 'project_id=', 'accepted=x'):
        check('?' + query, server.request('GET', '/v2/action_executions?' + query)[0] == 400)
    check('?accepted=', server.request('GET', '/v2/action_executions?accepted=')[0] == 200)


def signals(server):
    """Signals are sent, counted once by their keys, listed while nobody has taken them."""
    server.request('POST', '/v2/workflows', 'version: "2.0"\napi_signals: {tasks: {ask: {wait-for: go}}}')
    status, execution, _ = server.send('POST', '/v2/executions', {'workflow_name': 'api_signals'})
    path = '/v2/executions/%s/signals' % execution['id']

    for n, signal, expected in (
            (1, {'name': 'early', 'key': 'k', 'data': [1, None]}, True),
            (2, {'name': 'early', 'key': 'k', 'data': 'other'}, False),
            (3, {'name': 'early'}, True)):
        status, answer, _ = server.send('POST', path, signal)
        check('signal %d is taken, or known' % n, status == 201 and answer['is_new'] is expected, (status, answer))
    status, answer, _ = server.request('GET', path)
    check('signals that wait are listed in their order', status == 200 and
          [(s['name'], s['key'], s['data']) for s in answer['signals']] ==
          [('early', 'k', [1, None]), ('early', None, None)], (status, answer))
    status, task, _ = server.request('GET', '/v2/tasks?workflow_execution_id=%s' % execution['id'])
    check('who waits runs', task['tasks'][0]['state'] == 'RUNNING', task)
    status, answer, _ = server.send('POST', path, {'name': 'go', 'data': {'ok': True}})
    status, task, _ = server.request('GET', '/v2/tasks/%s' % task['tasks'][0]['id'])
    check('a signal that is waited for is the result', task['state'] == 'SUCCESS' and
          json.loads(task['result'])['data'] == {'ok': True}, task)
    for what, where, signal, expected in (
            ('without a name', path, {'key': 'k'}, 400), ('with a member too many', path, {'name': 'x', 'nam': 1}, 400),
            ('with a name that is no text', path, {'name': 5}, 400), ('after the end', path, {'name': 'x'}, 400),
            ('for nobody', '/v2/executions/nope/signals', {'name': 'x'}, 404)):
        status, answer, _ = server.send('POST', where, signal)
        check('a signal %s gets %d' % (what, expected), status == expected, (status, answer))
    status, answer, _ = server.send('POST', '/v2/signals', {'execution_key': 'nobody', 'name': 'go', 'data': 1})
    check('a signal for a key', status == 201 and answer['executions'] == 0, (status, answer))
    check('a signal for no key gets 400', server.send('POST', '/v2/signals', {'name': 'go'})[0] == 400)
    check('signals of no execution get 404', server.request('GET', '/v2/executions/nope/signals')[0] == 404)
    server.request('DELETE', '/v2/executions/%s' % execution['id'])
    server.request('DELETE', '/v2/workflows/api_signals')


def triggers(server):
    """Names in the place of ids, members that are missing."""
    text = "version: '2.0'\napi_triggered:\n  tasks:\n    t:\n      action: std.noop\n"
    workflow = server.request('POST', '/v2/workflows', text)[1]['workflows'][0]['id']
    cron = {'name': 'api cron', 'pattern': '0 0 1 1 *'}
    check('no workflow', server.send('POST', '/v2/cron_triggers', cron)[0] == 404)
    event = {'workflow_id': workflow, 'exchange': 'api_x', 'topic': 'api_t', 'event': 'api_e'}
    status, answer, _ = server.send('POST', '/v2/event_triggers', event)
    check('an event trigger without a name', status == 201 and answer['name'] == '', answer)
    path = '/v2/event_triggers/' + answer['id']
    _, answer, _ = server.send('PUT', path, {'scope': 'private'})
    check('nothing changed', not answer['updated_at'], answer)
    check('it goes', server.request('DELETE', path)[0] == 204)
    check('an event trigger has an id', server.request('GET', '/v2/event_triggers/api_none')[0] == 400)
    cron = {**cron, 'name': 'api_cron', 'workflow_id': 'api_triggered'}
    status, answer, _ = server.send('POST', '/v2/cron_triggers', cron)
    check('a name for an id', status == 201 and answer['workflow_id'] == workflow, answer)
    check('it goes, too', server.request('DELETE', '/v2/cron_triggers/api_cron')[0] == 204)
    check('and the workflow', server.request('DELETE', '/v2/workflows/api_triggered')[0] == 204)
    status, answer, _ = server.send('POST', '/v2/environments', {'name': 'api one', 'variables': {}})
    check('an environment with a space', status == 201, answer)
    check('and its end', server.request('DELETE', '/v2/environments/api%20one')[0] == 204)
    admin = {'X-Roles': 'admin'}
    check('sources by content', server.request('GET', '/v2/code_sources?content=x', None, admin)[0] == 400)


# --------------------------------------------------------- malformed requests

PATHS = ['/v2/%00', '/v2/workflows/%', '/v2/workflows/%zz', '/v2/workflows/%c3%28', '/v2/workflows/%ed%a0%80',
         '/v2/../../etc/passwd', '/v2/workflows/../x', '//v2//workflows', '/v2/workflows//members',
         '/v2/workflows/a/b/c/d/e/f/g/h/i/j', '/v2/executions/..%2f..%2f', '/v2/executions/%27%3b--',
         '/v2/workflows?name=%ff', '/v2/workflows?name=%00', '/v2/workflows?%', '/v2/workflows?limit=%31e9',
         '/v2/workflows?sort_keys=%27', '/v2/executions?created_at=gt:yesterday', '/v2/executions?input=%5b',
         '/v2/executions?sort_keys=input', '/v2/tasks?processed=perhaps', '/v2/executions?nulls=state',
         '/v2/executions?marker=x', '/v2/executions?limit=99999999999999999999', '/v2/executions?sort_dirs=up',
         '/v2/executions?project_id=x', '/v2/executions?name=has:%5c', '/v2/executions?workflow_id=in:a,b',
         '/v2/executions?fields=id;drop', '/v2/executions/x/report', '/v2/tasks/x', '/v2/event_triggers/x',
         '/v2/workflows/x/members', '/' + 'a' * 8000, '/v2/workflows/' + 'n' * 7000]
BODIES = ['', '{', '[]', '"x"', 'null', '{"a": 1', '{"a": 1}}', '{"a": }', "{'a': 1}", '{"a": 01}', '{"a": "\\u12"}',
          '{"a": "\\ud800"}', '{"name": "\\u0000"}', '[' * 100000, '{"a":' * 2000 + '1' + '}' * 2000,
          '{"workflow_name": 5}', '{"workflow_name": {"a": []}}', '{"workflow_name": "x", "input": "["}',
          '{"workflow_name": "x", "input": 1e999999}', '{"workflow_name": "x", "params": [1]}',
          '{"workflow_id": "\'; DROP TABLE x; --"}', '{"id": 7, "workflow_name": "x"}',
          '{"name": "x", "pattern": 5}', '{"state": 1}', '{"name": "std.echo", "params": {"run_sync": "maybe"}}']
TARGETS = [('POST', '/v2/executions'), ('PUT', '/v2/executions/00000000-0000-4000-8000-00000000000f'),
           ('PUT', '/v2/tasks/00000000-0000-4000-8000-00000000000f'), ('POST', '/v2/action_executions'),
           ('POST', '/v2/environments'), ('PUT', '/v2/environments'), ('POST', '/v2/cron_triggers'),
           ('POST', '/v2/event_triggers')]
RAW = [b'', b'\r\n\r\n', b'GET\r\n\r\n', b'GET /\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'\x00\x01\x02\x03\r\n\r\n',
       b'GET / HTTP/1.1\r\n\r\n', b'GET / HTTP/1.1\r\nHost\r\n\r\n', b'GET  /v2/ HTTP/1.1\r\nHost: x\r\n\r\n',
       b'GET / HTTP/1.1\r\nHost: x\r\nX: ' + b'a' * 100000 + b'\r\n\r\n',
       b'GET / HTTP/1.1\r\nHost: x\r\n' + b'A: b\r\n' * 20000 + b'\r\n',
       b'POST /v2/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
       b'POST /v2/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
       b'POST /v2/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
       b'POST /v2/workflows HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n',
       b'POST /v2/workflows HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n',
       b'GET /v2/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n', b'GET /' + b'a' * 200000 + b' HTTP/1.1\r\n\r\n',
       b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'\x00' * 300]


def malformed(server):
    for path in PATHS:
        status, answer, _ = server.request('GET', path)
        check('GET %.60s' % path, status < 500 and (status >= 400 or status == 200), (status, answer))
    for method, path in TARGETS:
        for body in BODIES:
            status, answer, _ = server.request(method, path, body.encode('utf-8', 'surrogatepass'),
                                               {'Content-Type': 'application/json'})
            check('%s %s %.40s' % (method, path, body), 400 <= status < 500, (status, answer))
    for text in (b'\xff\xfe', b'a: \xc3\x28', b'\x00', b'a: &a [*a, *a]', b'- ' * 50000, b'{' * 50000):
        for path in ('/v2/workflows', '/v2/workbooks', '/v2/actions', '/v2/workflows/validate'):
            status, answer, _ = server.request('POST', path, text)
            valid = path.endswith('validate') and status == 200 and answer['valid'] is False
            check('POST %s %.20r' % (path, text), valid or 400 <= status < 500, (status, answer))
    codings_and_depth(server)
    for data in RAW:
        status = server.raw(data)
        check('bytes %.50r' % data, status < 500 or status == 505, status)   # 505: the version


def codings_and_depth(server):
    """Bodies that are packed, or nested too deep, are refused by name."""
    text = b"version: '2.0'\napi_packed:\n  tasks:\n    t: {action: std.noop}\n"
    for path, body, kind in (('workflows/validate', text, 'text/plain'),
                             ('environments', b'{"name": "api_packed", "variables": {}}', 'application/json')):
        for coding in ('gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'gzip, identity'):
            status, answer, headers = server.request(
                'POST', '/v2/' + path, gzip.compress(body), {'Content-Type': kind, 'Content-Encoding': coding})
            check('a body in %s' % coding, status == 415 and '"%s"' % coding in answer['faultstring'] and
                  headers['Accept-Encoding'] == 'identity', (status, answer))
        for coding in ('identity', ''):
            check('a body in "%s"' % coding, server.request(
                'POST', '/v2/' + path, body, {'Content-Type': kind, 'Content-Encoding': coding})[0] < 300)
            server.request('DELETE', '/v2/environments/api_packed')
    check('the coding of no body', server.request('GET', '/v2/', None, {'Content-Encoding': 'gzip'})[0] == 200)
    for depth, wanted in ((499, 'Workflow not found'), (500, 'deeper than 500 levels'), (100000, 'deeper than 500 levels')):
        body = '{"workflow_name": "api_nowhere", "input": %s}' % ('{"a":' * (depth - 1) + '{}' + '}' * (depth - 1))
        status, answer, _ = server.request('POST', '/v2/executions', body, {'Content-Type': 'application/json'})
        check('a body of depth %d' % (depth + 1), status in (400, 404) and wanted in answer['faultstring'], answer)


def random_bytes(server, rounds):
    """Requests with bytes changed at random: any answer will do that is no crash."""
    chooser = random.Random(7)
    seed = (b'POST /v2/executions?limit=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
            b'Content-Length: 26\r\nConnection: close\r\n\r\n{"workflow_name": "a\\u00e9"}')
    worst = 0
    for _ in range(rounds):
        data = bytearray(seed)
        for _ in range(chooser.randint(1, 6)):
            at = chooser.randrange(len(data))
            choice = chooser.randrange(3)
            if choice == 0:
                data[at] = chooser.randrange(256)
            elif choice == 1:
                del data[at:at + chooser.randint(1, 8)]
            else:
                data[at:at] = bytes(chooser.randrange(256) for _ in range(chooser.randint(1, 8)))
        worst = max(worst, server.raw(bytes(data), wait=20))
    check('random requests give no error of the server', worst < 500 or worst == 505, worst)


# ------------------------------------------------------------------- limits

def limits(program, database):
    with Server(program, database, '--max_body=10000', '--request_timeout=2', '--idle_timeout=2',
                '--response_timeout=2', '--max_requests_per_connection=3', '--max_connections=40',
                '--pool_size=1', '--queue_timeout=1') as server:
        status, _, _ = server.request('POST', '/v2/workflows', b'x' * 20000)
        check('a body that is too large', status == 413)
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)
        closed = []
        for _ in range(3):
            connection.request('GET', '/v2/')
            response = connection.getresponse()
            response.read()
            closed.append(response.headers.get('Connection') == 'close')
        check('requests of a connection are counted', closed == [False, False, True], closed)
        connection.close()

        # clients that send slowly hold no connection to the database
        slow = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(20)]
        for s in slow:
            s.sendall(b'POST /v2/workflows/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx')
        start = time.time()
        check('others are served meanwhile', server.request('GET', '/healthz')[0] == 200 and time.time() - start < 1)
        ended = 0
        while time.time() - start < 8 and ended < len(slow):
            time.sleep(0.3)
            for s in list(slow):
                try:
                    s.sendall(b'x')
                    s.settimeout(0.01)
                    if s.recv(1) == b'':
                        raise ConnectionError
                except socket.timeout:
                    continue
                except OSError:
                    slow.remove(s)
            if not slow:
                break
        check('slow clients are ended though they send', not slow, len(slow))
        for s in slow:
            s.close()

        queue(server, database)
    check('the server stops by SIGTERM with success', server.process.returncode == 0, server.process.returncode)


def queue(server, database):
    """One connection to the database, held by a request that waits for a lock."""
    holder = psycopg2.connect(database)
    holder.cursor().execute('LOCK TABLE mistral.workbooks')
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(server.request('GET', '/v2/workbooks')))
               for _ in range(3)]
    for thread in threads:
        thread.start()
    wait(lambda: len(answers) == 2)
    holder.rollback()
    for thread in threads:
        thread.join()
    holder.close()
    statuses = sorted(answer[0] for answer in answers)
    check('who waits too long is told so', statuses == [200, 503, 503], statuses)
    check('and when to come back', all('Retry-After' in a[2] for a in answers if a[0] == 503))


# --------------------------------------------------------------- identities

def basic(user, password):
    return {'Authorization': 'Basic ' + base64.b64encode(('%s:%s' % (user, password)).encode()).decode()}


def identities(program, database):
    connection = psycopg2.connect(database)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT mistral.create_roles()")
    cursor.execute("DROP ROLE IF EXISTS api_check_one, api_check_two")
    cursor.execute("CREATE ROLE api_check_one LOGIN PASSWORD 'secret one' IN ROLE mistral_user")
    cursor.execute("CREATE ROLE api_check_two LOGIN IN ROLE mistral_admin")
    cursor.execute("SELECT mistral_api.create_token('api_check_one'), mistral_api.create_token('api_check_two'),"
                   " mistral_api.create_token('api_check_one', '-1 s')")
    one, two, old = cursor.fetchone()
    try:
        with Server(program, database, '--auth=token,password') as server:
            tokens(server, one, two, old)
            passwords(server)
            check('no secret is logged', not any(s in server.text() for s in (one, two, 'secret one')))
        with Server(program, database, '--auth=headers', '--trusted_proxies=192.0.2.1') as server:
            check('identity headers of strangers', server.request('GET', '/v2/workflows', headers={
                'X-Identity-Status': 'Confirmed', 'X-Project-Id': 'api_check_one'})[0] == 401)
        with Server(program, database, '--auth=headers', '--create_projects=on') as server:
            cursor.execute('SELECT current_user')
            for project, wanted in (('api_check_three', 200), (cursor.fetchone()[0], 403), ('x' * 80, 401)):
                status, answer, _ = server.request('GET', '/v2/workflows', headers={
                    'X-Identity-Status': 'Confirmed', 'X-Project-Id': project})
                check('project %.20s' % project, status == wanted, answer)
    finally:
        cursor.execute("DELETE FROM mistral_api.tokens WHERE role_name LIKE 'api_check_%'")
        cursor.execute('DROP ROLE api_check_one, api_check_two')
        cursor.execute('DROP ROLE IF EXISTS api_check_three')
        connection.close()


def tokens(server, one, two, old):
    text = "version: '2.0'\napi_check:\n  tasks:\n    t:\n      action: std.noop\n"
    for name, headers in (('bearer', {'Authorization': 'Bearer ' + one}), ('X-Auth-Token', {'X-Auth-Token': one})):
        status, answer, _ = server.request('GET', '/v2/workflows', headers=headers)
        check('a token as %s' % name, status == 200, answer)
    for name, headers in (('none', {}), ('unknown', {'X-Auth-Token': 'x' * 64}), ('old', {'X-Auth-Token': old}),
                          ('odd', {'Authorization': 'Bearer \t'}), ('broken', {'Authorization': 'Basic %%%'})):
        status, answer, got = server.request('GET', '/v2/workflows', headers=headers)
        check('a token that is %s' % name, status == 401 and 'WWW-Authenticate' in got, answer)
    status, answer, _ = server.request('POST', '/v2/workflows', text, {'X-Auth-Token': one})
    check('the role is the project', status == 201 and answer['workflows'][0]['project_id'] == 'api_check_one', answer)
    check('another project sees nothing', server.request(
        'GET', '/v2/workflows?name=api_check', headers={'X-Auth-Token': two})[1]['workflows'] == [])
    check('an administrator sees all', len(server.request(
        'GET', '/v2/workflows?name=api_check&all_projects=1', headers={'X-Auth-Token': two})[1]['workflows']) == 1)
    check('others may not', server.request(
        'GET', '/v2/workflows?all_projects=1', headers={'X-Auth-Token': one})[0] == 403)
    check('X-Roles makes nobody an administrator', server.request(
        'GET', '/v2/workflows?all_projects=1', headers={'X-Auth-Token': one, 'X-Roles': 'admin'})[0] == 403)
    check('delete', server.request('DELETE', '/v2/workflows/api_check', headers={'X-Auth-Token': one})[0] == 204)


def passwords(server):
    # the database may let everybody in: then no password proves anything
    status, answer, _ = server.request('GET', '/v2/workflows', headers=basic('api_check_one', 'wrong'))
    check('a wrong password', status == 401, answer)
    status, answer, _ = server.request('GET', '/v2/workflows', headers=basic('nobody_here', 'x'))
    check('an unknown role', status == 401, answer)
    status, _, _ = server.request('GET', '/v2/workflows', headers=basic('api_check_one', 'secret one'))
    check('a right password, where the database asks for it', status in (200, 401), status)


# ---------------------------------------------------------------- transport

def transport(program, database):
    with tempfile.TemporaryDirectory() as directory:
        key, certificate = os.path.join(directory, 'key'), os.path.join(directory, 'crt')
        made = subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out',
                               certificate, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext',
                               'subjectAltName=IP:127.0.0.1'], capture_output=True, check=False)
        check('a certificate is made', made.returncode == 0, made.stderr)
        with Server(program, database, '--tls_key=' + key, '--tls_certificate=' + certificate) as server:
            context = ssl.create_default_context(cafile=certificate)
            status, answer, _ = server.request('GET', '/', tls=context)
            href = answer['versions'][0]['links'][0]['href']
            check('TLS', status == 200 and href.startswith('https://127.0.0.1:'), href)
            check('plain HTTP is not answered', server.raw(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n') == 0)
            old = ssl.create_default_context(cafile=certificate)
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            check('TLS 1.2', server.request('GET', '/', tls=old)[0] == 200)
    for options, reason in ((['--listen=0.0.0.0'], 'no authentication on all addresses'),
                            (['--tls_key=/nowhere'], 'a key without a certificate'),
                            (['--port=x'], 'a port that is no number'), (['--nonsense=1'], 'an unknown setting'),
                            (['--auth=magic'], 'an unknown kind of authentication')):
        done = subprocess.run([program, '--database=' + database] + options, capture_output=True, timeout=20,
                              check=False)
        check('the server refuses %s' % reason, done.returncode == 2 and done.stderr, done.stderr)


def database_away(program, database):
    """Its connections are ended, and then it cannot be reached at all."""
    with Server(program, database) as server:
        check('before', server.request('GET', '/v2/workflows')[0] == 200)
        connection = psycopg2.connect(database)
        connection.autocommit = True
        connection.cursor().execute("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                                    " WHERE application_name = 'mistral-api'")
        connection.close()
        check('lost connections are made anew', server.request('GET', '/v2/workflows')[0] == 200)
    nowhere = database + ' host=/nonexistent'
    with Server(program, nowhere) as server:
        status, answer, headers = server.request('GET', '/v2/workflows')
        check('503 while the database is away', status == 503 and 'Retry-After' in headers, answer)
        check('/healthz says so', server.request('GET', '/healthz')[0] == 503)
        check('discovery works all the same', server.request('GET', '/')[0] == 200)


def is_blocked(connection):
    """Does some request wait for a lock?"""
    cursor = connection.cursor()
    cursor.execute('SELECT pg_stat_clear_snapshot()')
    cursor.execute("SELECT count(*) > 0 FROM pg_stat_activity"
                   " WHERE application_name = 'mistral-api' AND wait_event_type = 'Lock'")
    return cursor.fetchone()[0]


def graceful_stop(program, database):
    with Server(program, database) as server:
        holder = psycopg2.connect(database)
        holder.cursor().execute('LOCK TABLE mistral.workbooks')
        answers = []
        thread = threading.Thread(target=lambda: answers.append(server.request('GET', '/v2/workbooks')[0]))
        thread.start()
        check('a request waits in the database', wait(lambda: is_blocked(holder)))
        server.process.send_signal(signal.SIGTERM)
        check('the server says that it stops', wait(lambda: '"stopping"' in server.text()))
        holder.rollback()
        holder.close()
        thread.join()
        check('a request that has begun is answered', answers == [200], answers)
        check('then the server ends', server.process.wait(20) == 0)


def maintenance(server):
    """Everything is paused, refused, and goes on."""
    text = "version: '2.0'\napi_maintained:\n  tasks:\n    t:\n      action: std.async_noop\n"
    server.request('POST', '/v2/workflows', text)
    execution = server.send('POST', '/v2/executions', {'workflow_name': 'api_maintained'})[1]['id']
    path = '/v2/executions/' + execution
    action = None
    for _ in range(100):
        tasks = server.request('GET', path + '/tasks')[1]['tasks']
        if tasks:
            found = server.request('GET', '/v2/tasks/%s/action_executions' % tasks[0]['id'])[1]
            action = found['action_executions'][0]['id']
            break
        time.sleep(0.1)
    check('another status is refused', server.send('PUT', '/maintenance', {'status': 'PAUSING'})[0] == 500)
    status, answer, _ = server.send('PUT', '/maintenance', {'status': 'PAUSED'})
    check('maintenance begins', status == 200 and answer == {'status': 'PAUSING'}, answer)
    status, answer, headers = server.request('POST', '/v2/workflows', text)
    check('changes are refused', status == 423 and 'Server-Error-Message' in headers, answer)
    check('reading goes on', server.request('GET', path)[0] == 200)
    check('executions are paused', wait(lambda: server.request('GET', path)[1]['state'] == 'PAUSED'))
    check('it waits for the running task', server.request('GET', '/maintenance')[1] == {'status': 'PAUSING'})
    answer = server.request('GET', '/maintenance?fields=status,tasks_left,executions_to_resume')[1]
    check('it says how much is left', answer == {'status': 'PAUSING', 'tasks_left': 1, 'executions_to_resume': 1}, answer)
    answer = server.request('GET', path + '?fields=waits_for,waits')[1]
    check('what is paused waits for its end', answer['waits_for'].startswith('the end of the maintenance; ') and
          [w['kind'] for w in answer['waits']] == ['maintenance', 'asynchronous'], answer)
    status, answer, _ = server.request('GET', path + '/why?max_rows=1')
    check('and why is told', status == 200 and answer['waits'][0]['kind'] == 'maintenance' and
          answer['waits'][0]['how'] == "SELECT mistral.set_maintenance('RUNNING')", answer)
    check('of nothing nothing is told', server.request('GET', '/v2/executions/%s/why' % ('0' * 8 + path[-28:]))[0] == 404)
    status, answer, _ = server.send('PUT', '/v2/action_executions/%s' % action, {'state': 'SUCCESS'})
    check('actions may be completed', status == 200, answer)
    check('then all is paused', wait(lambda: server.request('GET', '/maintenance')[1] == {'status': 'PAUSED'}))
    status, answer, _ = server.send('PUT', '/maintenance', {'status': 'RUNNING'})
    check('maintenance ends', status == 200 and answer == {'status': 'RUNNING'}, answer)
    check('executions go on', wait(lambda: server.request('GET', path)[1]['state'] == 'SUCCESS'))
    server.request('DELETE', path + '?force=true')
    server.request('DELETE', '/v2/workflows/api_maintained')


def wait(condition):
    for _ in range(150):
        if condition():
            return True
        time.sleep(0.1)
    return False


def access_log(server):
    lines = [json.loads(line) for line in server.text().splitlines()]
    requests = [line for line in lines if 'status' in line]
    check('every line of the log is JSON', len(requests) > 100)
    check('requests are logged with durations', all({'ms', 'db_ms', 'method', 'path'} <= set(r) for r in requests))
    check('no query is logged', not any('?' in r['path'] for r in requests))


class Events:
    """A stream of events that somebody reads."""

    def __init__(self, server, query='', headers=None):
        self.connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
        self.connection.request('GET', '/v2/events/stream' + query, None, headers or {})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self):
        """The next event, without heartbeats; {} at the end of the stream."""
        event = {}
        while True:
            line = self.response.readline().decode().rstrip('\n')
            if not line and (event or self.response.isclosed()):
                return event
            if not line:
                if self.response.fp is None or not self.response.fp.peek(1):
                    return event
                continue
            name, _, value = line.partition(': ')
            if name and not line.startswith(':'):
                event[name] = value

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()
        self.connection.close()


def live_changes(server):
    """Who watches is told of changes, and of those that he has missed."""
    server.request('POST', '/v2/workflows', "version: '2.0'\napi_live: {tasks: {t: {action: std.async_noop}}}")
    execution = server.send('POST', '/v2/executions', {'workflow_name': 'api_live'})[1]['id']
    path = '/v2/executions/' + execution
    check('it runs', wait(lambda: server.request('GET', path + '/tasks')[1]['tasks']))
    task = server.request('GET', path + '/tasks')[1]['tasks'][0]['id']
    action = server.request('GET', '/v2/tasks/%s/action_executions' % task)[1]['action_executions'][0]['id']
    query = '?execution_id=' + execution
    with Events(server, query) as events, Events(server, query) as others, Events(server, '?workflow_name=api_live') as listed:
        check('a stream', events.status == 200 and events.response.headers['Content-Type'] == 'text/event-stream' and
              events.response.headers['Cache-Control'] == 'no-store', events.status)
        first = events.next()
        data = json.loads(first['data'])
        check('how it is', first['event'] == 'ready' and data['workflow_execution_id'] == execution and
              data['state'] == 'RUNNING' and data['tasks'] == 1, first)
        check('others see the same', others.next()['id'] == first['id'])
        check('a list', json.loads(listed.next()['data'])['newest'] == execution)
        server.send('PUT', '/v2/action_executions/' + action, {'state': 'SUCCESS'})
        change = events.next()
        while json.loads(change['data'])['state'] != 'SUCCESS':
            change = events.next()
        check('a change', change['event'] == 'change' and change['id'] != first['id'], change)
        check('others are told', others.next()['event'] == 'change')
        check('the list, too', listed.next()['event'] == 'change')
        for seen, event in ((change['id'], 'ready'), (first['id'], 'change'), ('x' * 1000, 'ready')):
            with Events(server, query, {'Last-Event-ID': seen}) as again:
                told = again.next()
                check('who has seen %.10s' % seen, (told['event'], told['id']) == (event, change['id']), told)
        check('streams are counted', wait(lambda: 'mistral_api_streams_open 3' in server.request('GET', '/metrics')[1]))
        server.request('DELETE', path)
        check('it has gone', events.next().get('event') == 'gone' and events.next() == {})
        check('the list goes on', listed.next()['event'] == 'change')
    check('nobody watches', wait(lambda: 'mistral_api_streams_open 0' in server.request('GET', '/metrics')[1]))
    for query, status in (('?execution_id=' + execution, 404), ('?execution_id=x', 400), ('?x=y', 400), ('?all_projects=true', 403)):
        with Events(server, query) as refused:
            check('watching %s' % query, refused.status == status, refused.status)
    server.request('DELETE', '/v2/workflows/api_live')


def live_bounds(program, database):
    """There is a bound to those who watch; a stop waits for none of them."""
    with Server(program, database, '--max-streams=2') as server:
        with Events(server) as one, Events(server) as two, Events(server) as three:
            check('two may watch', (one.status, two.status) == (200, 200))
            check('and no third', three.status == 503 and three.response.headers['Retry-After'] == '5', three.status)
            check('requests are answered', server.request('GET', '/v2/workflows')[0] == 200)
            one.next()
            check('it stops', server.stop() == 0)
            check('which ends the streams', one.next() == {})


def fetch(server, path, headers=None, method='GET'):
    """Status, headers and bytes of an answer."""
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, None, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def console_files(server):
    """Files are sent in the coding that the client takes, and kept as long as they are good."""
    script = '/ui/assets/app-ABCDEF23.js'
    for accepted, coding, body in ((None, None, b'code'), ('gzip', 'gzip', b'packed'), ('br, gzip', 'br', b'pressed'),
                                   ('gzip, br;q=0', 'gzip', b'packed'), ('GZIP;q=0.5', 'gzip', b'packed'),
                                   ('gzip;q=0.0, br;q=0', None, b'code'), ('xgzip, identity', None, b'code')):
        status, fields, found = fetch(server, script, {'Accept-Encoding': accepted} if accepted else None)
        check('a script for who accepts %s' % accepted, status == 200 and found == body and
              fields['Content-Encoding'] == coding and fields['Vary'] == 'Accept-Encoding' and
              fields['Content-Type'] == 'text/javascript; charset=utf-8', (status, found))
    check('a hashed name is good for ever', 'immutable' in fields['Cache-Control'], fields['Cache-Control'])
    for path in ('/ui/', '/ui/index.html', '/ui/assets/some-workflow.js'):
        status, fields, body = fetch(server, path)
        check('%s may change' % path, status == 200 and fields['Cache-Control'] == 'no-cache', fields['Cache-Control'])
        for known, wanted in ((fields['ETag'], 304), ('"x", W/' + fields['ETag'], 304), ('*', 304), ('"x"', 200)):
            status, again, found = fetch(server, path, {'If-None-Match': known})
            check('%s of who has %s' % (path, known), status == wanted and again['ETag'] == fields['ETag'] and
                  found == (b'' if wanted == 304 else body), (status, found))
        status, again, found = fetch(server, path, method='HEAD')
        check('HEAD %s' % path, status == 200 and found == b'' and
              again['Content-Length'] == fields['Content-Length'] and again['ETag'] == fields['ETag'])
    check('no script of that name', fetch(server, '/ui/assets/none.js', {'Accept': 'text/html'})[0] == 404)


def console_places(server):
    """Browsers come to the page from everywhere, and programs see the API."""
    browser = {'Accept': 'text/html,application/xhtml+xml,*/*;q=0.8'}
    for path, place in (('/', 'ui/'), ('/ui', 'ui/'), ('/ui?x=1', 'ui/'), ('/ui/a', './'), ('/ui/a/b', './../'),
                        ('/ui/executions/', './../')):
        status, fields, _ = fetch(server, path, browser)
        check('a browser at %s' % path, status == 302 and fields['Location'] == place, (status, fields['Location']))
    for headers in ({}, {'Accept': '*/*'}, {'Accept': 'application/json'}):
        status, _, body = fetch(server, '/', headers)
        check('a program at / with %s' % headers, status == 200 and b'"versions"' in body, (status, body))
        check('and below the page', fetch(server, '/ui/a', headers)[0] == 404)
    check('HEAD of / by a program', fetch(server, '/', method='HEAD')[0] == 405)
    check('POST to / by a browser', fetch(server, '/', browser, 'POST')[0] == 405)


def console(program, database):
    """The web console: where it is, how it is kept, and that the API is as without it."""
    browser = {'Accept': 'text/html'}
    with tempfile.TemporaryDirectory() as page:
        os.mkdir(os.path.join(page, 'assets'))
        for name, text in (('index.html', '<p>page'), ('assets/app-ABCDEF23.js', 'code'), ('assets/some-workflow.js', 'x'),
                           ('assets/app-ABCDEF23.js.gz', 'packed'), ('assets/app-ABCDEF23.js.br', 'pressed')):
            with open(os.path.join(page, name), 'w', encoding='utf-8') as file:
                file.write(text)
        with Server(program, database, '--console-dir=' + page) as server:
            console_files(server)
            console_places(server)
        with Server(program, database, '--console-dir=' + page, '--base-path=/mistral/', '--trust-forwarded') as server:
            for path in ('/mistral/ui/', '/ui/'):
                check('the page at %s' % path, fetch(server, path)[2] == b'<p>page')
            check('the root of the prefix', fetch(server, '/mistral', browser)[1]['Location'] == 'ui/')
            check('no other prefix', fetch(server, '/mistralx/ui/')[0] == 404)
            for headers, prefix in (({}, '/mistral'), ({'X-Forwarded-Prefix': '/a/b'}, '/a/b'),
                                    ({'X-Forwarded-Prefix': '//evil'}, '/mistral'),
                                    ({'X-Forwarded-Prefix': '/a b'}, '/mistral')):
                _, answer, _ = server.request('GET', '/mistral/', headers=headers)
                href = answer['versions'][0]['links'][0]['href']
                check('links with %s' % headers, href == 'http://127.0.0.1:%d%s/v2' % (server.port, prefix), href)
    with Server(program, database, '--console-dir=' + page) as server:
        check('a directory that is away is told', 'the console is not served' in server.text())
        check('and the API is served', fetch(server, '/', browser)[0] == 200)
    with Server(program, database, '--console-dir=off') as server:
        check('no console', fetch(server, '/ui/')[0] == 404 and 'console' not in server.text())
    for path in ('mistral', '/a//b', '/a/../b', '/a?b'):
        done = subprocess.run([program, '--database=' + database, '--base-path=' + path], capture_output=True, text=True)
        check('--base-path=%s' % path, done.returncode != 0 and 'base-path' in done.stderr, done.stderr)


def main():
    global verbose
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', required=True)
    parser.add_argument('--database', required=True)
    parser.add_argument('--rounds', type=int, default=300, help='random requests')
    parser.add_argument('--valgrind', action='store_true', help='run the first server under valgrind')
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()
    verbose = options.verbose

    prefix = ('valgrind', '--quiet', '--leak-check=full', '--errors-for-leak-kinds=definite',
              '--error-exitcode=99') if options.valgrind else ()
    with Server(options.program, options.database, prefix=prefix) as server:
        server.database = options.database
        check('it says loudly that there is no authentication', 'NO AUTHENTICATION' in server.text())
        openapi(server, options.program)
        pages(server)
        definitions_by_path(server)
        types_of_members(server)
        traces(server)
        actions_alone(server)
        signals(server)
        triggers(server)
        caller(server)
        many_executions(server)
        drawn(server)
        designed(server)
        operated(server)
        limited(server)
        live_changes(server)
        malformed(server)
        random_bytes(server, options.rounds)
        maintenance(server)
        check('the server still runs', server.process.poll() is None)
        if not options.valgrind:
            access_log(server)
    check('it ends well', server.process.returncode == 0, server.text()[-3000:])
    if not options.valgrind:
        limits(options.program, options.database)
        identities(options.program, options.database)
        transport(options.program, options.database)
        database_away(options.program, options.database)
        graceful_stop(options.program, options.database)
        console(options.program, options.database)
        live_bounds(options.program, options.database)
    failed = results.count(False)
    print('%d passed, %d failed' % (len(results) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
