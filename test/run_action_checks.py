#!/usr/bin/python3
"""Check actions that are run by themselves over REST, with a real executor and
an HTTP service: what is answered, what stays behind, and whom they keep waiting.

usage: run_action_checks.py --bindir DIR --database CONNINFO [-v]

Starts servers and executors of its own. CONNINFO names a database with the
extension, as a superuser who connects without a password.
"""
import argparse
import contextlib
import http.client
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import psycopg2

import run_api_checks
from run_api_checks import Server, check, wait

ACTIONS = """version: '2.0'
act_status:
  input: [url]
  base: std.http
  base-input: {url: <% $.url %>}
  output: {code: <% $.status %>}
act_broken:
  input: [url]
  base: std.http
  base-input: {url: <% $.url %>}
  output: <% $.no.such.thing %>
"""
TARGET = 'action_checks'
PATH = '/v2/action_executions'
NOT_STORED = ('id', 'workflow_name', 'task_execution_id', 'state_info', 'tags', 'project_id', 'accepted',
              'created_at', 'updated_at')


class Service:
    """What std.http talks to: /held answers when the test lets it."""

    def __init__(self):
        service = self
        self.gate = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == '/held':
                    service.gate.wait(60)
                body = b'{"a": 1}'
                self.send_response(404 if self.path == '/missing' else 200)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.url = 'http://127.0.0.1:%d' % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def let_go(self):
        """Answer what is held, and hold what comes."""
        gate, self.gate = self.gate, threading.Event()
        gate.set()


class Place:
    """The database, the programs and the service that the checks use."""

    def __init__(self, bindir, database):
        self.program = os.path.join(bindir, 'mistral-api')
        self.database = database
        self.connection = psycopg2.connect(database)
        self.connection.autocommit = True
        self.service = Service()
        self.log = tempfile.TemporaryFile()
        self.executor = subprocess.Popen(
            [os.path.join(bindir, 'mistral-executor'), '-d', database, '--name', 'action-checks', '--target', TARGET,
             '--max-actions', '20', '--http-denied-ranges', 'none'], stderr=self.log)
        self.until("SELECT count(*) = 1 FROM mistral.executors WHERE name = 'action-checks'")

    def sql(self, text, *args):
        with self.connection.cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchone()[0] if cursor.description else None

    def until(self, query, *args):
        """Wait until the query is true; whether it came to that."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.sql(query, *args):
                return True
            time.sleep(0.02)
        return False

    def server(self, *options):
        return Server(self.program, self.database, *options)

    def request(self, path='/fine', name='std.http', target=TARGET, **more):
        """The body of a request that runs an action against the service."""
        params = {'target': target, **more.pop('params', {})}
        return {'name': name, 'input': {'url': self.service.url + path}, 'params': params, **more}

    def left(self):
        """Rows of stand-alone actions and of what belongs to them."""
        return (self.sql("SELECT count(*) FROM mistral.action_executions WHERE target = %s OR name LIKE 'act\\_%%'", TARGET) +
                self.sql("SELECT count(*) FROM mistral.action_queue WHERE lane IN (%s, 'action_nobody')", TARGET) +
                self.sql("SELECT count(*) FROM mistral.delayed_calls WHERE kind = 'forget_action'"))

    def clear(self):
        self.sql("DELETE FROM mistral.action_executions WHERE target IN (%s, 'action_nobody') AND state <> 'R'", TARGET)

    def begun(self, n=1):
        """Until the executor has begun so many actions."""
        return self.until("SELECT count(*) = %s FROM mistral.action_executions"
                          " WHERE target = %s AND state = 'R' AND executor_id IS NOT NULL", n, TARGET)

    def close(self):
        self.service.let_go()
        self.executor.terminate()
        self.executor.wait(60)
        self.connection.close()


def in_background(server, body, headers=None):
    """Send a request from a thread; returns the thread and the list its answer goes to."""
    answers = []

    def send():
        with contextlib.suppress(OSError, http.client.HTTPException):       # the server may end first
            answers.append(server.send('POST', PATH, body, headers))

    thread = threading.Thread(target=send)
    thread.start()
    return thread, answers


def answers(place, server):
    """What comes back, by the ways in which an action can be run."""
    for params in ({}, {'run_sync': True}):
        status, answer, _ = server.send('POST', PATH, place.request(params=params, description='why'))
        output = json.loads(answer['output'])['result']
        check('%s: the result is the answer' % params,
              status == 201 and answer['state'] == 'SUCCESS' and output['content'] == {'a': 1}, answer)
        check('%s: its description is that of the request' % params, answer['description'] == 'why', answer)
        check('%s: as of what is not stored' % params, not any(answer[name] for name in NOT_STORED), answer)
        check('%s: nothing stays behind' % params, place.left() == 0)
    plain = server.send('POST', PATH, {'name': 'std.echo', 'input': {'output': 1}})[1]
    check('it has the members of one that the database runs', set(plain) == set(answer), set(plain) ^ set(answer))

    saved = place.request(params={'save_result': True, 'run_sync': True}, description='why')
    status, answer, _ = server.send('POST', PATH, saved)
    check('run_sync and save_result: stored, not accepted',
          status == 201 and answer['state'] == 'SUCCESS' and answer['accepted'] is False and
          '"a": 1' in answer['output'] and answer['description'] == 'why' and answer['updated_at'] is None, answer)
    check('as GET shows it', server.request('GET', PATH + '/' + answer['id'])[1] == answer, answer)
    status, answer, _ = server.send('POST', PATH, place.request(params={'save_result': True}))
    check('save_result: not waited for', answer['state'] == 'RUNNING' and answer['output'] is None, answer)
    shown = place.sql('SELECT mistral.wait_action(%s)', answer['id'])
    check('its result comes later', shown['state'] == 'SUCCESS' and shown['accepted'], shown)
    place.clear()


def failures(place, server):
    """Failures are results, too."""
    for path, said in (('/missing', '"status": 404'), (':0', 'raised an exception')):
        status, answer, _ = server.send('POST', PATH, place.request(path))
        check('%s fails' % path, status == 201 and answer['state'] == 'ERROR' and said in answer['output'], answer)
    refused = {**place.request(), 'input': {'url': 'http://127.0.0.1:1/'}}
    answer = server.send('POST', PATH, refused)[1]
    check('a refused connection', answer['state'] == 'ERROR' and 'action_ex_id=None' in answer['output'], answer)
    for params in ({}, {'save_result': True}):
        status, answer, _ = server.send('POST', PATH, {'name': 'std.async_noop', 'params': {'run_sync': True, **params}})
        check('what is asynchronous is not run synchronously %s' % params,
              status == 400 and answer['faultstring'] == 'Action does not support synchronous execution.', answer)
    check('nothing stays behind of failures', place.left() == 0)


def in_the_database(server):
    """What the database runs may take time as well."""
    for body, result in (({'name': 'std.sleep', 'input': {'seconds': 0.3}}, None),
                         ({'name': 'std.echo', 'input': {'output': 5, 'delay': 1}}, 5)):
        status, answer, _ = server.send('POST', PATH, body)
        check('%s is waited for' % body['name'], status == 201 and answer['state'] == 'SUCCESS' and
              json.loads(answer['output'])['result'] == result and answer['id'] is None, answer)


def adhoc(place, server):
    """The output of an ad-hoc action is applied to what is stored."""
    server.request('POST', '/v2/actions', ACTIONS, {'Content-Type': 'text/plain'})
    sync = {'run_sync': True, 'save_result': True}
    answer = server.send('POST', PATH, place.request(name='act_status'))[1]
    check('what is only returned is the base action\'s', json.loads(answer['output'])['result']['status'] == 200, answer)
    check('under the name asked for', answer['name'] == 'act_status', answer)
    answer = server.send('POST', PATH, place.request(name='act_status', params=sync))[1]
    check('what is stored is transformed', json.loads(answer['output']) == {'result': {'code': 200}}, answer)
    answer = server.send('POST', PATH, place.request(name='act_broken', params=sync))[1]
    check('or fails', answer['state'] == 'ERROR' and answer['accepted'] is False, answer)
    for name in ('act_status', 'act_broken'):
        server.request('DELETE', '/v2/actions/' + name)
    place.clear()


def timeouts(place):
    """When the time is over the error says why, and nothing is left half done."""
    with place.server('--action_timeout=1') as server:
        status, answer, _ = server.send('POST', PATH, place.request(target='action_nobody'))
        check('without an executor', status == 504 and answer['faultstring'] ==
              'No executor has taken action std.http within 1 seconds. Is one running that serves it'
              ' and target "action_nobody"?', answer)
        check('it is taken back', place.left() == 0)
        saved = place.request(target='action_nobody', params={'run_sync': True, 'save_result': True})
        check('without one, saved', server.send('POST', PATH, saved)[0] == 504)
        check('it has ended', place.sql("SELECT state = 'E' AND output ->> 'result' LIKE 'No executor%'"
                                        " FROM mistral.action_executions WHERE target = 'action_nobody'"))
        check('and cannot be claimed', place.sql("SELECT count(*) FROM mistral.action_queue WHERE lane = 'action_nobody'") == 0)
        place.clear()
        status, answer, _ = server.send('POST', PATH, place.request('/held'))
        check('one that runs', status == 504 and
              answer['faultstring'] == 'Action std.http has not ended within 1 seconds. Its result will be ignored.', answer)
        check('its row is gone', place.left() == 0)
        saved = place.request('/held', params={'run_sync': True, 'save_result': True})
        status, answer, _ = server.send('POST', PATH, saved)
        check('one that runs and is saved', status == 504 and 'It goes on as action execution' in answer['faultstring'], answer)
        place.service.let_go()
        shown = place.sql('SELECT mistral.wait_action(%s)', answer['faultstring'].rstrip('.').split()[-1])
        check('goes on', shown['state'] == 'SUCCESS', shown)
        place.clear()
        status, answer, _ = server.send('POST', PATH, place.request())
        check('the executor goes on, too', status == 201 and answer['state'] == 'SUCCESS', answer)
        check('late results leave nothing', place.left() == 0)


def gone(place):
    """Clients that hang up, connections that are lost, servers that stop or die."""
    with place.server() as server:
        body = json.dumps(place.request('/held')).encode()
        head = ('POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n' % (PATH, len(body)))
        with socket.create_connection(('127.0.0.1', server.port)) as client:
            client.sendall(head.encode() + body)
            check('a client waits', place.begun())
        check('when it hangs up the row goes', place.until("SELECT count(*) = 0 FROM mistral.action_executions WHERE target = %s", TARGET))
        check('with all of it', place.left() == 0)

        thread, answers = in_background(server, place.request('/held'))
        place.begun()
        place.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'mistral-api'")
        place.service.let_go()
        thread.join()
        check('lost connections to the database do no harm', answers[0][0] == 201 and answers[0][1]['state'] == 'SUCCESS', answers)

    with place.server('--stop_timeout=0') as server:
        thread, answers = in_background(server, place.request('/held'))
        place.begun()
        check('a server with waiters stops', server.stop() == 0)
        thread.join()
    check('and leaves nothing, or not for ever', place.sql(
        "SELECT count(*) FROM mistral.action_executions WHERE target = %s", TARGET) ==
        place.sql("SELECT count(*) FROM mistral.delayed_calls WHERE kind = 'forget_action'"))

    with place.server() as server:
        thread, answers = in_background(server, place.request('/held'))
        place.begun()
        server.stop(signal.SIGKILL)
    check('of a server that was killed the row stays', place.left() > 0)
    place.sql("UPDATE mistral.delayed_calls SET due_at = now() WHERE kind = 'forget_action'")
    check('until its time is over', place.until("SELECT count(*) = 0 FROM mistral.action_executions WHERE target = %s", TARGET))
    place.service.let_go()
    check('the executor learns that nobody wants the result',
          place.until("SELECT count(*) = 0 FROM mistral.action_claims c JOIN mistral.executors x ON x.id = c.executor_id"
                      " WHERE x.name = 'action-checks'") and place.executor.poll() is None)
    violated = place.sql("SELECT jsonb_agg(to_jsonb(v)) FROM mistral.check() AS v")
    check('nothing is violated', violated is None, violated)


def crowd(place):
    """Many who wait hold no connection to the database, and have a bound."""
    with place.server('--pool_size=1', '--max_waiting_actions=3', '--max_connections=20') as server:
        waiting = [in_background(server, place.request('/held')) for _ in range(3)]
        check('three wait', place.begun(3))
        check('metrics say so', wait(lambda: 'mistral_api_actions_awaited 3' in server.request('GET', '/metrics')[1]))
        status, answer, headers = server.send('POST', PATH, place.request())
        check('a fourth is refused', status == 503 and headers['Retry-After'] and 'Too many' in answer['faultstring'], answer)
        check('which has run nothing', place.begun(3))
        check('others are served', server.request('GET', '/v2/workflows?limit=1')[0] == 200)
        place.service.let_go()
        for thread, answers in waiting:
            thread.join()
            check('those who wait are answered', answers[0][0] == 201, answers)
        check('then there is room again', server.send('POST', PATH, place.request())[0] == 201)
    with place.server('--max_connections=3') as server:
        waiting = [in_background(server, place.request('/held')) for _ in range(2)]
        place.begun(2)
        check('connections are left to others', server.send('POST', PATH, place.request())[0] == 503)
        place.service.let_go()
        for thread, _ in waiting:
            thread.join()


def projects(place):
    """Two projects do not see each other's actions, nor take all places."""
    place.sql('SELECT mistral.create_roles()')
    names = ('action_check_one', 'action_check_two')
    headers = [{'X-Identity-Status': 'Confirmed', 'X-Project-Id': name} for name in names]
    try:
        with place.server('--auth=headers', '--create_projects=on', '--max_waiting_actions=3') as server:
            waiting = [in_background(server, place.request('/held'), headers[0]) for _ in range(2)]
            place.begun(2)
            check('one project does not have all places', server.send('POST', PATH, place.request(), headers[0])[0] == 503)
            status, answer, _ = server.send('POST', PATH, place.request(), headers[1])
            check('another has its own', status == 201 and answer['state'] == 'SUCCESS', answer)
            path = PATH + '/' + place.sql('SELECT min(id::text) FROM mistral.action_executions WHERE target = %s', TARGET)
            check('they do not exist for another', server.request('GET', path, headers=headers[1])[0] == 404)
            check('who cannot end them', server.send('PUT', path, {'state': 'ERROR'}, headers[1])[0] == 404)
            place.service.let_go()
            for thread, answers in waiting:
                thread.join()
                check('their own project has the result', answers[0][0] == 201 and answers[0][1]['state'] == 'SUCCESS', answers)
            check('nothing stays behind of either', place.left() == 0)
    finally:
        for name in names:
            place.sql('DROP ROLE IF EXISTS ' + name)


def example():
    """The executor of docs/executor-protocol.md."""
    document = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'docs', 'executor-protocol.md')
    with open(document) as file:
        return re.search(r'^```python\n(.*?)^```$', file.read(), re.M | re.S).group(1)


def own_actions(place, server):
    """An action of one's own, from the announcement of an executor to its end."""
    connect = 'psycopg2.connect("")'
    check('the example connects to the database', connect in example())
    program = subprocess.Popen([sys.executable, '-c', example().replace(connect, 'psycopg2.connect(%r)' % place.database)],
                               stderr=place.log)
    try:
        check('the example registers', place.until("SELECT count(*) = 1 FROM mistral.executors WHERE name = 'python'"))
        status, action, _ = server.request('GET', '/v2/actions/my.add')
        check('it has announced its action', status == 200 and
              (action['kind'], action['input'], action['is_system'], action['definition'], action['scope']) ==
              ('executor', 'a, b=1', False, '', 'private'), action)
        status, listed, _ = server.request('GET', '/v2/actions?kind=executor&name=my.add')
        check('lists show it', status == 200 and [a['id'] for a in listed['actions']] == [action['id']], listed)
        check('its path has its name, as those of all actions', server.request('GET', '/v2/actions/' + action['id'])[0] == 404)
        check('a standard action is as it was', 'kind' not in server.request('GET', '/v2/actions/std.noop')[1])
        status, answer, _ = server.send('POST', PATH, {'name': 'my.add', 'input': '{"a": 2}'})
        check('it runs by itself, with the default', status == 201 and json.loads(answer['output']) == {'result': 3}, (status, answer))
        status, answer, _ = server.send('POST', PATH, {'name': 'my.add', 'input': '{"b": 2, "c": 3}'})
        check('its input is checked', status == 400 and
              answer['faultstring'] == "Invalid input [name=my.add, missing=['a'], unexpected=['c']]", (status, answer))
        execution = place.sql("""SELECT mistral.start_workflow((SELECT id FROM mistral.create_workflows(
            '{version: "2.0", act_own: {output: {sum: <% task(t).result %>},'
            ' tasks: {t: {with-items: "i in [1, 2, 3]", action: "my.add a=<% $.i %> b=10"}}}}', or_replace => true))::text)""")
        check('a workflow uses it', place.until("SELECT state = 'SUCCESS' FROM mistral.executions WHERE id = %s", execution))
        check('for each item', place.sql('SELECT output FROM mistral.executions WHERE id = %s', execution) == {'sum': [11, 12, 13]})
    finally:
        program.kill()
        program.wait()
    place.sql("SELECT mistral.unregister_executor(id) FROM mistral.executors WHERE name = 'python'")
    check('the action outlives the executor', server.request('GET', '/v2/actions/my.add')[0] == 200)
    status, answer, _ = server.request('PUT', '/v2/actions', "{version: '2.0', my.add: {base: std.noop}}",
                                       {'Content-Type': 'text/plain'})
    check('a text does not change it', status == 400 and 'cannot become one of kind "adhoc"' in answer['faultstring'], (status, answer))
    check('it can be deleted', server.request('DELETE', '/v2/actions/my.add')[0] == 204)
    check('and is gone', server.request('GET', '/v2/actions/my.add')[0] == 404)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bindir', required=True)
    parser.add_argument('--database', required=True)
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()
    run_api_checks.verbose = options.verbose

    place = Place(options.bindir, options.database)
    try:
        with place.server() as server:
            answers(place, server)
            failures(place, server)
            in_the_database(server)
            adhoc(place, server)
            own_actions(place, server)
        timeouts(place)
        gone(place)
        crowd(place)
        projects(place)
    finally:
        place.close()
    failed = run_api_checks.results.count(False)
    print('%d passed, %d failed' % (len(run_api_checks.results) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
