"""Plays one case: performs its steps and looks at what came of them."""
import json
import time
import uuid

import yaml

from runner.backend import KINDS, Refused
from runner.reduce import Reducer, decode, keyword
from runner.report import Failed

FINAL = ('SUCCESS', 'ERROR', 'CANCELLED')


def as_list(value):
    return [value] if isinstance(value, str) else list(value)


def definitions(section, kind):
    """(text, namespace) pairs of a case, or of one of its steps."""
    for entry in section.get(kind) or []:
        if isinstance(entry, dict):
            yield entry['text'], entry.get('namespace', '')
        else:
            yield entry, ''


def defined_names(kind, text):
    """(kind, name) of all that a definition text creates."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    if not isinstance(document, dict):
        return
    if kind != 'workbooks':
        for name in document:
            if name != 'version':
                yield kind, name
        return
    book = document.get('name')
    if book is None:
        return
    yield kind, book
    for member_kind in ('workflows', 'actions'):
        for name in document.get(member_kind) or {}:
            if name != 'version':
                yield member_kind, '%s.%s' % (book, name)


def replace(value, old, new):
    """The document with a text replaced in all its strings."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [replace(v, old, new) for v in value]
    if isinstance(value, dict):
        return {replace(k, old, new): replace(v, old, new) for k, v in value.items()}
    return value


def ordered(items, *keys):
    """Sorted by contents: times are too coarse to tell what came first."""
    return sorted(items, key=lambda i: json.dumps([i[k] for k in keys] + [i], sort_keys=True))


class Case:
    def __init__(self, document, backend, http_base, scale=1.0, waits=None):
        base = '%s/r/%s' % (http_base, uuid.uuid4().hex[:12])
        self.document = replace(document, '__HTTP__', base)
        self.backend = backend
        self.scale = scale
        self.waits = waits      # looks at what unfinished things wait for
        self.reduce = Reducer(base)
        self.executions = {}    # handle -> id
        self.runs = {}          # handle -> stand-alone action run as first answered
        self.snapshots = {}
        self.refused = []

    # ---- running

    def play(self):
        """Run the case from clean to clean; returns what was seen."""
        sections = [self.document]
        for step in self.document.get('steps') or []:
            if isinstance(step, dict):
                sections += [step[k] for k in ('create', 'update') if k in step]
        for section in sections:
            self.remove(section)
        try:
            self.define(self.document)
            for number, step in enumerate(self.document['steps']):
                self.perform(number, step)
            return json.loads(json.dumps(self.result()))
        finally:
            self.cancel_all()
            for section in sections:
                self.remove(section)

    def perform(self, number, step):
        step = {step: {}} if isinstance(step, str) else dict(step)
        must_fail = step.pop('expect_error', False)
        (operation, argument), = step.items()
        try:
            getattr(self, 'step_' + operation)(argument)
        except Refused as e:
            if not must_fail:
                raise Failed('step %d (%s) refused: %s' % (number, operation, e))
            self.refused.append({'step': number, 'op': operation, 'status': e.status,
                                 'error': keyword(e.message)})
        else:
            if must_fail:
                raise Failed('step %d (%s) was not refused' % (number, operation))
        if self.waits:
            self.waits.check(self.executions.values(), 'step %d (%s)' % (number, operation))

    def result(self):
        seen = {}
        if self.executions:
            seen['executions'] = self.settled(
                lambda: {h: self.look(e) for h, e in sorted(self.executions.items())})
        if self.snapshots:
            seen['snapshots'] = self.snapshots
        if self.runs:
            seen['action_runs'] = {h: self.look_at_run(r) for h, r in self.runs.items()}
        if self.refused:
            seen['refused'] = self.refused
        return seen

    def until(self, probe, seconds, complaint, pause=0.1):
        """Call probe until it returns something; fail after the time."""
        end = time.time() + seconds * self.scale
        while True:
            found = probe()
            if found is not None:
                return found
            if time.time() > end:
                raise Failed(complaint())
            time.sleep(pause)
            pause = min(0.5, pause * 1.3)

    def settled(self, look):
        """What two looks in a row agree on."""
        end = time.time() + 15 * self.scale
        last = look()
        while True:
            time.sleep(0.3)
            now = look()
            if now == last or time.time() > end:
                return now
            last = now

    # ---- definitions

    def remove(self, section):
        for kind in KINDS:
            for text, namespace in definitions(section, kind):
                for member_kind, name in defined_names(kind, text):
                    self.remove_one(member_kind, name, namespace)
        for name in section.get('environments') or {}:
            self.remove_one('environments', name)

    def remove_one(self, kind, name, namespace=''):
        try:
            self.backend.delete(kind, name, namespace)
        except Refused:
            pass

    def define(self, section, update=False):
        for kind in KINDS:
            for text, namespace in definitions(section, kind):
                self.backend.define(kind, text, namespace, update)
        for name, variables in (section.get('environments') or {}).items():
            self.backend.define_environment(name, variables, update)

    def cancel_all(self):
        for execution in self.executions.values():
            try:
                if self.backend.execution_state(execution) not in FINAL:
                    self.backend.change_execution(execution, 'CANCELLED')
            except (Refused, OSError):
                pass

    # ---- finding

    def resolve(self, reference):
        """The id behind main, main/task, main/task#1/inner."""
        handle, *path = str(reference).split('/')
        if handle not in self.executions:
            raise Failed('unknown execution %s' % handle)
        execution = self.executions[handle]
        for part in path:
            execution = self.child(execution, part)
        return execution

    def child(self, execution, part):
        name, _, number = part.partition('#')
        index = int(number or 0)

        def probe():
            found = []
            for task in self.backend.tasks(execution):
                if task['name'] == name:
                    found += self.backend.task_executions(task['id'])
            return found if len(found) > index else None
        children = self.until(probe, 30, lambda: 'no sub-execution %s' % part)
        if number:
            children = [self.backend.execution(c['id']) for c in children]
            children.sort(key=lambda c: json.dumps(decode(c.get('input')), sort_keys=True))
        return children[index]['id']

    def find_task(self, argument):
        """The last run of a task, a failed one first."""
        execution = self.resolve(argument.get('execution', 'main'))

        def probe():
            runs = [t for t in self.backend.tasks(execution) if t['name'] == argument['task']]
            bad = [t for t in runs if t['state'] == 'ERROR']
            return (bad or runs or [None])[-1]
        return self.until(probe, 30, lambda: 'no task %s' % argument['task'])

    def find_action(self, argument):
        """The action execution that a step completes; unfinished ones first."""
        execution = self.resolve(argument.get('execution', 'main'))

        def probe():
            found = []
            runs = [t for t in self.backend.tasks(execution) if t['name'] == argument['task']]
            for task in sorted(runs, key=lambda t: t['state'] in FINAL):
                found += self.backend.task_actions(task['id'])
            if 'input' in argument:
                found = [a for a in found if decode(a['input']) == argument['input']]
            found.sort(key=lambda a: a['state'] in FINAL)
            found = found[argument.get('index', 0):]
            if found and (found[0]['state'] not in FINAL or argument.get('completed')):
                return found[0]['id']
            return None
        return self.until(probe, 30, lambda: 'no action execution to complete: %s' % argument)

    # ---- steps

    def step_start(self, argument):
        fields = {k: argument[k] for k in ('workflow', 'namespace', 'input', 'params', 'description')
                  if k in argument}
        if 'source' in argument:
            fields['source'] = self.resolve(argument['source'])
        self.executions[argument.get('as', 'main')] = self.backend.start(**fields)

    def step_run(self, argument):
        self.step_start(argument)
        self.step_await({'execution': argument.get('as', 'main'), 'state': argument.get('state'),
                         'timeout': argument.get('timeout')})

    def step_await(self, argument):
        argument = {'execution': argument} if isinstance(argument, str) else argument
        execution = self.resolve(argument.get('execution', 'main'))
        wanted = as_list(argument.get('state') or FINAL)
        seen = []

        def probe():
            seen[:] = [self.backend.execution_state(execution)]
            return seen[0] if seen[0] in wanted else None
        self.until(probe, argument.get('timeout') or 60,
                   lambda: 'timeout: %s is %s, not %s' % (argument.get('execution', 'main'), seen[0], wanted))

    def step_await_task(self, argument):
        execution = self.resolve(argument.get('execution', 'main'))
        wanted = as_list(argument.get('state') or FINAL)
        seen = []

        def probe():
            runs = [t for t in self.backend.tasks(execution) if t['name'] == argument['task']]
            seen[:] = [t['state'] for t in runs]
            if sum(s in wanted for s in seen) < argument.get('count', 1):
                return None
            if 'actions' in argument and \
                    len(self.backend.task_actions(runs[-1]['id'])) < argument['actions']:
                return None
            return True
        self.until(probe, argument.get('timeout') or 60,
                   lambda: 'timeout: task %s is %s, not %s' % (argument['task'], seen, wanted))

    def step_complete(self, argument):
        if 'run' in argument:
            action = self.runs[argument['run']]['id']
        else:
            action = self.find_action(argument)
        self.backend.complete_action(action, argument.get('state', 'SUCCESS'),
                                     argument.get('output'), 'output' in argument)

    def change(self, argument, **fields):
        reference = argument if isinstance(argument, str) else argument.get('execution', 'main')
        self.backend.change_execution(self.resolve(reference), **fields)

    def step_pause(self, argument):
        self.change(argument, state='PAUSED')

    def step_resume(self, argument):
        self.change(argument, state='RUNNING', env=None if isinstance(argument, str) else argument.get('env'))

    def step_cancel(self, argument):
        self.change(argument, state='CANCELLED',
                    message=None if isinstance(argument, str) else argument.get('message'))

    def step_stop(self, argument):
        argument = {'execution': argument} if isinstance(argument, str) else argument
        self.change(argument, state=argument.get('state', 'ERROR'), message=argument.get('message'))

    def step_update_env(self, argument):
        self.change(argument, env=argument['env'])

    def step_rerun(self, argument):
        self.backend.rerun(self.find_task(argument)['id'], argument.get('reset', True), argument.get('env'))

    def step_skip(self, argument):
        self.backend.skip(self.find_task(argument)['id'])

    def step_sleep(self, argument):
        time.sleep(float(argument))

    def step_create(self, argument):
        self.define(argument)

    def step_update(self, argument):
        self.define(argument, update=True)

    def step_delete(self, argument):
        for kind in ('workflow', 'workbook', 'action', 'environment', 'execution'):
            if kind in argument:
                name = argument[kind] if kind != 'execution' else self.resolve(argument[kind])
                self.backend.delete(kind + 's', name, argument.get('namespace', ''),
                                    kind == 'execution' and bool(argument.get('force')))

    def step_run_action(self, argument):
        fields = {k: argument[k] for k in ('input', 'params', 'namespace') if k in argument}
        self.runs[argument.get('as', 'run')] = self.backend.run_action(argument['name'], **fields)

    def step_await_action(self, argument):
        argument = {'run': argument} if isinstance(argument, str) else argument
        action = self.runs[argument.get('run', 'run')]['id']
        wanted = as_list(argument.get('state') or FINAL)
        seen = []

        def probe():
            seen[:] = [self.backend.action(action)['state']]
            return seen[0] if seen[0] in wanted else None
        self.until(probe, argument.get('timeout') or 60,
                   lambda: 'timeout: action run is %s, not %s' % (seen[0], wanted))

    def step_snapshot(self, argument):
        argument = {'as': argument} if isinstance(argument, str) else argument
        execution = self.resolve(argument.get('execution', 'main'))
        self.snapshots[argument['as']] = self.settled(lambda: self.look(execution))

    # ---- looking

    def look(self, execution_id):
        execution = self.backend.execution(execution_id)
        seen = {
            'workflow': execution['workflow_name'],
            'state': execution['state'],
            'state_info': self.reduce.info(execution.get('state_info')),
            'input': self.reduce(decode(execution.get('input'))),
            'output': self.reduce(decode(execution.get('output'))),
        }
        optional = {
            'namespace': execution.get('workflow_namespace'),
            'env': self.reduce((decode(execution.get('params')) or {}).get('env')),
            'published_global': self.reduce(decode(execution.get('published_global'))),
        }
        seen.update({k: v for k, v in optional.items() if v})
        tasks = self.backend.tasks(execution_id)
        names = {t['id']: t['name'] for t in tasks}
        by_name = {}
        for task in tasks:
            by_name.setdefault(task['name'], []).append(self.look_at_task(task, names))
        seen['tasks'] = {name: ordered(runs, 'published') for name, runs in by_name.items()}
        return seen

    def look_at_task(self, listed, names):
        try:
            task = self.backend.task(listed['id'])
            result = self.reduce(decode(task.get('result')))
        except Refused:
            # reading a task evaluates its result, which can fail
            task, result = listed, '<ignored>'
        seen = {
            'type': task['type'],
            'state': task['state'],
            'state_info': self.reduce.info(task.get('state_info')),
            'result': result,
            'published': self.reduce(decode(task.get('published'))),
        }
        context = decode(task.get('runtime_context')) or {}
        triggers = sorted([names.get(t.get('task_id'), '?'), t.get('event')]
                          for t in context.get('triggered_by') or [])
        if triggers and task['state'] != 'WAITING':
            seen['triggered_by'] = triggers
        retry = (context.get('retry_task_policy') or {}).get('retry_no')
        if retry is not None:
            seen['retry_no'] = retry
        if task['type'] == 'WORKFLOW':
            children = [self.look(c['id']) for c in self.backend.task_executions(listed['id'])]
            seen['executions'] = ordered(children, 'workflow', 'input')
        else:
            actions = [self.look_at_action(a) for a in self.backend.task_actions(listed['id'])]
            seen['actions'] = ordered(actions, 'name', 'input')
        return seen

    def look_at_action(self, action):
        return {
            'name': action['name'],
            'state': action['state'],
            'accepted': action['accepted'],
            'input': self.reduce(decode(action.get('input'))),
            'output': self.reduce(decode(action.get('output'))),
        }

    def look_at_run(self, run):
        """A stand-alone action run: as stored, or as it was answered."""
        if run.get('id'):
            try:
                return dict(self.look_at_action(self.backend.action(run['id'])), saved=True)
            except Refused:
                pass
        return {'name': run['name'], 'state': run['state'], 'saved': False,
                'output': self.reduce(decode(run.get('output')))}
