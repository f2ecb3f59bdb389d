"""A database, and executors that the checks start against it."""
import contextlib
import json
import os
import subprocess
import tempfile
import time

import psycopg2

from run_api_checks import check

TARGET = 'standard_actions'
WAIT = 60


def until(condition):
    """Wait until the condition holds; whether it came to that."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Place:
    def __init__(self, bindir, database):
        self.bindir, self.database = bindir, database
        self.connection = psycopg2.connect(database)
        self.connection.autocommit = True

    def sql(self, text, *args):
        with self.connection.cursor() as cursor:
            cursor.execute(text, args or None)
            return cursor.fetchone()[0] if cursor.description else None

    def has(self, program):
        return os.access(os.path.join(self.bindir, program), os.X_OK)

    @contextlib.contextmanager
    def executor(self, *options, config=None, environment=None):
        """A running executor, which alone takes actions of the target; yields the file of its log."""
        with tempfile.NamedTemporaryFile('w', suffix='.conf') as file, tempfile.TemporaryFile('w+') as log:
            file.write(config or '')
            file.flush()
            process = subprocess.Popen(
                [os.path.join(self.bindir, 'mistral-executor'), '-d', self.database, '--name', TARGET, '--target', TARGET,
                 '--lease', '5', '--denied-ranges', 'none', '--config', file.name, *options], stderr=log, env={**os.environ, **(environment or {})})
            try:
                check('an executor registers', until(
                    lambda: process.poll() is not None or
                    self.sql('SELECT count(*) FROM mistral.executors WHERE name = %s', TARGET) == 1) and process.poll() is None)
                yield log
            finally:
                process.terminate()
                code = process.wait(60)
                log.seek(0)
                check('the executor ends well', code == 0, log.read())

    def start(self, name, **given):
        """Start an action by itself; its id."""
        return self.sql('SELECT mistral.run_action(%s, %s, %s)', name, json.dumps(given),
                        json.dumps({'save_result': True, 'target': TARGET}))['id']

    def end(self, action):
        """How an action has ended: its state and its result."""
        shown = self.sql('SELECT mistral.wait_action(%s)', action)
        output = shown['output']
        output = json.loads(output) if isinstance(output, str) else output
        return shown['state'], (output or {}).get('result')

    def run(self, name, **given):
        return self.end(self.start(name, **given))

    def begun(self, action):
        return until(lambda: self.sql('SELECT executor_id IS NOT NULL FROM mistral.action_executions WHERE id = %s', action))

    def expect(self, cases):
        """Run cases (what, name, input, state, result) at once; a result may be a test of it."""
        started = [(self.start(name, **given), what, state, result) for what, name, given, state, result in cases]
        for action, what, state, result in started:
            ended = self.end(action)
            check(what, ended[0] == state and (result(ended[1]) if callable(result) else ended[1] == result), ended)

    def begin(self, text, given=None):
        """Start the workflow "story" of a text; its execution's id."""
        self.sql('SELECT count(*) FROM mistral.create_workflows(%s)', text)
        execution = self.sql('SELECT mistral.start_workflow(%s, %s)', 'story', json.dumps(given or {}))
        self.sql("SELECT mistral.delete_workflow('story')")
        return execution

    def workflow(self, text, given=None):
        """Run the workflow "story" of a text; its execution when it has ended."""
        execution = self.begin(text, given)
        check('the workflow ends', until(
            lambda: self.sql("SELECT mistral.get_execution(%s) ->> 'state' <> 'RUNNING'", execution)))
        return self.sql('SELECT mistral.get_execution(%s)', execution)

    def close(self):
        self.sql("DELETE FROM mistral.action_executions WHERE target = %s AND state <> 'R'", TARGET)
        self.connection.close()


def says(text):
    """A test that a result is a text with another in it."""
    return lambda result: isinstance(result, str) and text in result
