"""Back-end that speaks the v2 REST API, as any client does."""
import http.client
import json
import threading
import time
import urllib.parse

from runner.backend import Refused


class Rest:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port or 80)
        self.root = parts.path.rstrip('/') or '/v2'
        self.local = threading.local()

    def connection(self):
        if getattr(self.local, 'conn', None) is None:
            self.local.conn = http.client.HTTPConnection(*self.address, timeout=120)
        return self.local.conn

    def request(self, method, path, body=None, content_type=None):
        """One exchange; a kept connection that has gone away is opened anew."""
        headers = {'Accept': '*/*'}
        if content_type:
            headers['Content-Type'] = content_type
        for last in (False, True):
            conn = self.connection()
            try:
                conn.request(method, self.root + path, body, headers)
                response = conn.getresponse()
                return response.status, response.read().decode('utf-8', 'replace')
            except (ConnectionError, http.client.HTTPException):
                conn.close()
                self.local.conn = None
                if last or method == 'POST':
                    raise

    def call(self, method, path, body=None, text=None, params=None):
        if params:
            path += '?' + urllib.parse.urlencode(params)
        if text is not None:
            status, answer = self.request(method, path, text.encode(), 'text/plain')
        elif body is not None:
            status, answer = self.request(method, path, json.dumps(body).encode(), 'application/json')
        else:
            status, answer = self.request(method, path)
        if status >= 400:
            raise Refused(status, fault(answer))
        return json.loads(answer) if answer else None

    def get(self, path, **params):
        return self.call('GET', path, params=params)

    # definitions

    def define(self, kind, text, namespace, update=False):
        self.call('PUT' if update else 'POST', '/' + kind, text=text, params=in_namespace(namespace))

    def define_environment(self, name, variables, update=False):
        self.call('PUT' if update else 'POST', '/environments',
                  {'name': name, 'variables': json.dumps(variables)})

    def delete(self, kind, name, namespace='', force=False):
        params = in_namespace(namespace)
        if force:
            params['force'] = 'true'
        self.call('DELETE', '/%s/%s' % (kind, urllib.parse.quote(name, safe='')), params=params)

    def validate(self, kind, text):
        answer = self.call('POST', '/%s/validate' % kind, text=text)
        return bool(answer['valid']), answer.get('error')

    # executions

    def start(self, workflow=None, namespace=None, input=None, params=None, description=None, source=None):
        body = {}
        for key, value in (('workflow_name', workflow), ('workflow_namespace', namespace),
                           ('description', description), ('source_execution_id', source)):
            if value is not None:
                body[key] = value
        for key, value in (('input', input), ('params', params)):
            if value is not None:
                body[key] = json.dumps(value)
        return self.call('POST', '/executions', body)['id']

    def execution(self, execution_id):
        return self.get('/executions/%s' % execution_id)

    def execution_state(self, execution_id):
        return self.execution(execution_id)['state']

    def change_execution(self, execution_id, state=None, message=None, env=None):
        body = {}
        if state is not None:
            body['state'] = state
        if message is not None:
            body['state_info'] = message
        if env is not None:
            body['params'] = json.dumps({'env': env})
        self.call('PUT', '/executions/%s' % execution_id, body)

    def tasks(self, execution_id):
        return self.get('/executions/%s/tasks' % execution_id)['tasks']

    def task(self, task_id):
        return self.get('/tasks/%s' % task_id)

    def task_executions(self, task_id):
        return self.get('/tasks/%s/workflow_executions' % task_id)['executions']

    def task_actions(self, task_id):
        return self.get('/tasks/%s/action_executions' % task_id, include_output='true')['action_executions']

    def rerun(self, task_id, reset, env):
        body = {'state': 'RUNNING', 'reset': reset}
        if env is not None:
            body['env'] = json.dumps(env)
        self.call('PUT', '/tasks/%s' % task_id, body)

    def skip(self, task_id):
        self.call('PUT', '/tasks/%s' % task_id, {'state': 'SKIPPED', 'reset': False})

    # action executions

    def run_action(self, name, input=None, params=None, namespace=None):
        body = {'name': name}
        for key, value in (('input', input), ('params', params)):
            if value is not None:
                body[key] = json.dumps(value)
        if namespace is not None:
            body['workflow_namespace'] = namespace
        return self.call('POST', '/action_executions', body)

    def action(self, action_id):
        return self.get('/action_executions/%s' % action_id)

    def complete_action(self, action_id, state, output=None, has_output=False):
        body = {'state': state}
        if has_output:
            body['output'] = json.dumps(output)
        self.call('PUT', '/action_executions/%s' % action_id, body)


def in_namespace(namespace):
    return {'namespace': namespace} if namespace else {}


def fault(answer):
    """The message in the body of a refusal."""
    try:
        document = json.loads(answer)
    except ValueError:
        return answer
    if isinstance(document, dict):
        return document.get('faultstring') or document.get('error') or answer
    return answer


def wait_for_server(url, seconds=30):
    """True when the server answers within the time."""
    backend = Rest(url)
    end = time.time() + seconds
    while time.time() < end:
        try:
            backend.request('GET', '/')
            return True
        except OSError:
            time.sleep(0.2)
    return False
