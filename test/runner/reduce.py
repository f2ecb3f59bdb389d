"""Replaces what differs from run to run, and reduces error texts to marks."""
import json
import re
import urllib.parse

UUID = re.compile(r'\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b')
TIME = re.compile(r'\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?')
FAILED_TASKS = re.compile(r'Failure caused by error in tasks: ([^\n]*)')

# what stands in an error text of the engine, and its mark
ENGINE_MARKS = (
    ('action raised an exception', 'action-raised'),
    ('Fail action expected exception', 'fail-action'),
    ('Failed to send HTTP request', 'http-request-failed'),
    ('Failed to run task', 'failed-to-run-task'),
    ('Failed to handle action completion', 'failed-on-action-completion'),
    ('Failed to complete task', 'failed-to-complete-task'),
    ('Failed to complete action', 'failed-to-complete-action'),
    ('Failed to check and complete', 'failed-to-check-and-complete'),
    ('Failed to evaluate expression in output-on-error', 'output-on-error'),
    ('Can not evaluate YAQL expression', 'yaql-eval'),
    ('Can not evaluate Jinja expression', 'jinja-eval'),
    ('Failed to find action', 'action-not-found'),
    ('Failed to find base action', 'base-action-not-found'),
    ('Failed to find workflow', 'workflow-not-found'),
    ('Invalid input [', 'invalid-input'),
    ('Failed to instantiate an action', 'action-instantiation'),
    ('Wrong input format', 'wrong-input-format'),
    ('Wrong dynamic input', 'wrong-dynamic-input'),
    ('Invalid data type in', 'policy-type'),
    ('Field size limit exceeded', 'size-limit'),
    ('Rerunning succeeded tasks', 'rerun-succeeded'),
    ("Can't change workflow execution state", 'bad-transition'),
    ('Invalid task name', 'invalid-task-name'),
)

# the same for the answers of the validate requests
DEFINITION_MARKS = (
    ('Invalid DSL', 'schema'),
    ('Unsupported DSL version', 'version'),
    ('Definition could not be parsed', 'yaml'),
    ('not found.', 'task-not-found'),
    ('Failed to find start tasks', 'no-start-tasks'),
    ('inbound tasks for task', 'join-inbound'),
    ('Mixing expression types', 'mixed-expressions'),
    ("Wrong format of 'with-items'", 'with-items-format'),
    ("Invalid array in 'with-items'", 'with-items-format'),
    ('cannot be in the format of UUID', 'uuid-name'),
    ('must not exceed', 'name-length'),
    ("doesn't have any tasks", 'no-tasks'),
    ('At least one item', 'empty'),
    ('Failed to find a specification class', 'type'),
    ('must be backed by', 'type'),
    ('Invalid action/workflow task property', 'action-syntax'),
    ('Syntax error', 'jinja-grammar'),
    ('Parse error', 'yaql-grammar'),
    ('Lexical error', 'yaql-grammar'),
    ('unexpected end of statement', 'yaql-grammar'),
)


def engine_marks(text):
    return [mark for part, mark in ENGINE_MARKS if part in text]


def keyword(text):
    """A few words that tell one refusal from another."""
    text = UUID.sub('<uuid>', str(text)).strip()
    marks = engine_marks(text)
    if marks:
        return marks[0]
    head = re.split(r'[\[\n:]', text)[0]
    return ' '.join(head.split()[:9]).rstrip('.')


def definition_keyword(text):
    """Why a definition was refused."""
    for part, mark in DEFINITION_MARKS:
        if part in str(text):
            return mark
    return keyword(text)


def text(value, is_info=False):
    """Reduce one string; is_info says that it is a state_info."""
    value = UUID.sub('<uuid>', value)
    failed = FAILED_TASKS.search(value)
    if failed:
        # of nested lists of failed tasks only the outermost is certain
        return '<error: error-in-tasks: %s>' % failed.group(1).strip()
    marks = engine_marks(value)
    if marks:
        return '<error: %s>' % '; '.join(marks)
    value = TIME.sub('<time>', value)
    if is_info and (value.startswith(('{', '[')) or len(value) > 300):
        return '<text>'
    return value


class Reducer:
    """Reduces documents of one run; base is its address of the HTTP service."""

    def __init__(self, base):
        self.base = base
        self.path = urllib.parse.urlsplit(base).path

    def __call__(self, value, is_info=False):
        if isinstance(value, str):
            value = value.replace(self.base, '__HTTP__').replace(self.path, '')
            return text(value, is_info)
        if isinstance(value, list):
            return [self(v) for v in value]
        if isinstance(value, dict):
            result = {self(k): self(v) for k, v in value.items()}
            if {'elapsed', 'status', 'content'} <= set(value):
                result['elapsed'] = '<elapsed>'
            return result
        return value

    def info(self, value):
        return None if value is None else self(value, True)


def decode(value):
    """A member that may hold JSON as text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value
