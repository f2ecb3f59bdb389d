"""Back-end that calls the SQL functions, as a user of psql does."""
import json
import threading

import psycopg2

from runner.backend import Refused

# the HTTP status that a class of our SQLSTATEs stands for
STATUS = {'MS0': 400, 'MS03': 403, 'MS04': 404, 'MS09': 409, 'MS23': 423}

SINGULAR = {'workbooks': 'workbook', 'actions': 'action', 'workflows': 'workflow',
            'environments': 'environment', 'executions': 'execution'}


def status_of(sqlstate):
    return STATUS.get((sqlstate or '')[:4], STATUS.get((sqlstate or '')[:3], 500))


class Sql:
    def __init__(self):
        self.local = threading.local()

    def connection(self):
        if getattr(self.local, 'conn', None) is None:
            self.local.conn = psycopg2.connect('')
            self.local.conn.autocommit = True
        return self.local.conn

    def rows(self, query, *args):
        """The rows of a query; an error becomes a refusal."""
        with self.connection().cursor() as cursor:
            try:
                cursor.execute(query, args)
            except psycopg2.Error as e:
                message = e.diag.message_primary or str(e)
                raise Refused(status_of(e.pgcode), message) from None
            return cursor.fetchall() if cursor.description else []

    def value(self, query, *args):
        rows = self.rows(query, *args)
        return rows[0][0] if rows else None

    def call(self, function, *args):
        """The value of a function of the extension."""
        marks = ', '.join(['%s'] * len(args))
        return self.value('SELECT mistral.%s(%s)' % (function, marks), *args)

    # definitions

    def define(self, kind, text, namespace, update=False):
        verb = 'update' if update else 'create'
        name = 'workbook' if kind == 'workbooks' else kind
        self.rows('SELECT * FROM mistral.%s_%s(%%s, %%s)' % (verb, name), text, namespace)

    def define_environment(self, name, variables, update=False):
        self.rows('SELECT * FROM mistral.%s_environment(%%s, %%s::jsonb)' % ('update' if update else 'create'),
                  name, json.dumps(variables))

    def delete(self, kind, name, namespace='', force=False):
        if kind == 'executions':
            self.call('delete_execution', name, force)
        elif kind == 'environments':
            self.call('delete_environment', name)
        else:
            self.call('delete_' + SINGULAR[kind], name, namespace)

    def validate(self, kind, text):
        function = 'validate_workbook' if kind == 'workbooks' else \
            'validate_actions' if kind == 'actions' else 'validate_workflow'
        answer = self.call(function, text)
        return bool(answer['valid']), answer.get('error')

    # executions

    def start(self, workflow=None, namespace=None, input=None, params=None, description=None, source=None):
        return self.value(
            'SELECT mistral.start_workflow(%s, %s::jsonb, %s::jsonb, namespace => %s, description => %s,'
            ' source_execution_id => %s)', workflow, json.dumps(input or {}), json.dumps(params or {}),
            namespace or '', description, source)

    def execution(self, execution_id):
        return self.call('get_execution', execution_id)

    def execution_state(self, execution_id):
        return self.execution(execution_id)['state']

    def change_execution(self, execution_id, state=None, message=None, env=None):
        if state == 'PAUSED':
            self.call('pause_execution', execution_id)
        elif state == 'RUNNING':
            self.call('resume_execution', execution_id, None if env is None else json.dumps(env))
        elif state == 'CANCELLED':
            self.call('cancel_execution', execution_id, message)
        elif state is not None:
            self.call('stop_execution', execution_id, state, message)
        else:
            self.call('update_execution_env', execution_id, json.dumps(env))

    def tasks(self, execution_id):
        return self.objects('mistral.tasks', 'workflow_execution_id', execution_id)

    def task(self, task_id):
        found = self.objects('mistral.tasks', 'id', task_id)
        if not found:
            raise Refused(404, 'Task not found')
        return dict(found[0], result=self.call('task_result', task_id))

    def task_executions(self, task_id):
        return self.objects('mistral.executions', 'task_execution_id', task_id)

    def task_actions(self, task_id):
        return self.objects('mistral.actions', 'task_execution_id', task_id)

    def objects(self, view, column, value):
        """The rows of a view as documents."""
        return [row[0] for row in self.rows(
            'SELECT to_jsonb(v) FROM %s v WHERE %s = %%s ORDER BY created_at, id' % (view, column), value)]

    def rerun(self, task_id, reset, env):
        self.call('rerun_task', task_id, reset, None if env is None else json.dumps(env))

    def skip(self, task_id):
        self.call('skip_task', task_id)

    # action executions

    def run_action(self, name, input=None, params=None, namespace=None):
        return self.call('run_action', name, json.dumps(input or {}), json.dumps(params or {}), namespace or '')

    def action(self, action_id):
        found = self.objects('mistral.actions', 'id', action_id)
        if not found:
            raise Refused(404, 'ActionExecution not found')
        return found[0]

    def complete_action(self, action_id, state, output=None, has_output=False):
        # over REST a cancelled action has no result
        has_output = has_output and state != 'CANCELLED'
        self.call('complete_action', action_id, state, json.dumps(output) if has_output else None)
