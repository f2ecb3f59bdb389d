"""Plays a recorded HTTP transcript and compares the answers.

Placeholders ($id1, $time, $base) are bound where an answer shows them first
and must have the same value from then on. test/cases/rest/README.md has the
rules of comparison.
"""
import http.client
import json
import re
import time
import urllib.parse

UUID = r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
TIME = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'
PLACEHOLDER = re.compile(r'\$(id\d+\b|id_[a-z0-9_]+|time\b|base\b)')

# members that a newer server may add, and those where null and absent are one
MAY_BE_ADDED = {'checksum'}
MAY_BE_ABSENT = {'updated_at', 'task_name'}


class Unbound(Exception):
    """A request needs a value that no answer has given."""


def fill(value, bound):
    """The value with its placeholders replaced."""
    if isinstance(value, str):
        def replacement(match):
            if match.group(1) not in bound:
                raise Unbound(match.group(0))
            return bound[match.group(1)]
        return PLACEHOLDER.sub(replacement, value)
    if isinstance(value, list):
        return [fill(v, bound) for v in value]
    if isinstance(value, dict):
        return {fill(k, bound): fill(v, bound) for k, v in value.items()}
    return value


def structure(text):
    """The object or list that a string holds as JSON, or None."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, (dict, list)) else None


def brief(value):
    line = value if isinstance(value, str) else json.dumps(value)
    return line if len(line) <= 240 else line[:240] + '...'


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def at(document, path):
    """What a dotted path leads to, also through JSON in strings."""
    for part in path.split('.') if path else []:
        if isinstance(document, str):
            document = structure(document)
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part == 'length':
            document = len(document)
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


class Comparison:
    """Compares one body; placeholders met for the first time become bound."""

    def __init__(self, bound, step):
        self.bound = bound
        self.ignored = [p.split('.') for p in step.get('ignore') or []]
        self.loose = [p.split('.') for p in step.get('loose') or []]
        self.faults = []

    @staticmethod
    def named(patterns, path):
        return any(len(p) == len(path) and all(a in ('*', b) for a, b in zip(p, path)) for p in patterns)

    def differ(self, path, want, got):
        self.faults.append('%s: want %s, got %s' % ('.'.join(path) or 'body', brief(want), brief(got)))

    def values(self, want, got, path=()):
        if self.named(self.ignored, path):
            return
        if self.named(self.loose, path):
            if type(want) is not type(got) or bool(want) != bool(got):
                self.differ(path, want, got)
        elif isinstance(want, dict) and isinstance(got, dict):
            self.objects(want, got, path)
        elif isinstance(want, list) and isinstance(got, list):
            if len(want) != len(got):
                self.differ(path, '%d items' % len(want), '%d items' % len(got))
            for i, (w, g) in enumerate(zip(want, got)):
                self.values(w, g, path + (str(i),))
        elif isinstance(want, str) and isinstance(got, str):
            self.strings(want, got, path)
        elif is_number(want) and is_number(got):
            if want != got:
                self.differ(path, want, got)
        elif want is not got:
            self.differ(path, want, got)

    def strings(self, want, got, path):
        inner_want, inner_got = structure(want), structure(got)
        if inner_want is not None and inner_got is not None:
            self.values(inner_want, inner_got, path)
        elif not self.match(want, got):
            self.differ(path, want, got)

    def objects(self, want, got, path):
        expected = set()
        for name, value in want.items():
            key = self.member(name, want, got)
            expected.add(key)
            here = path + (name,)
            if key in got:
                self.values(value, got[key], here)
            elif not self.named(self.ignored, here) and not (name in MAY_BE_ABSENT and value is None):
                self.faults.append('%s: missing' % '.'.join(here))
        for key in set(got) - expected - MAY_BE_ADDED:
            here = path + (key,)
            if not self.named(self.ignored, here) and not (key in MAY_BE_ABSENT and got[key] is None):
                self.faults.append('%s: not expected (%s)' % ('.'.join(here), brief(got[key])))

    def member(self, name, want, got):
        """The name under which a member is in the answer; it may be an id."""
        if not PLACEHOLDER.search(name):
            return name
        try:
            return fill(name, self.bound)
        except Unbound:
            for key in got:
                if key not in want and self.match(name, key):
                    return key
            return name

    def match(self, want, got):
        """Whether a text fits the recorded one; binds what it shows."""
        pattern, met, position = '', [], 0
        for found in PLACEHOLDER.finditer(want):
            name = found.group(1)
            pattern += re.escape(want[position:found.start()])
            position = found.end()
            if name == 'time':
                pattern += TIME
            elif name in self.bound:
                pattern += re.escape(self.bound[name])
            elif name in met:
                pattern += '(?P=%s)' % name
            else:
                pattern += '(?P<%s>%s)' % (name, UUID)
                met.append(name)
        match = re.fullmatch(pattern + re.escape(want[position:]), got, re.S)
        if match is None:
            return False
        values = [match.group(name) for name in met]
        if len(set(values)) < len(values) or set(values) & set(self.bound.values()):
            return False
        self.bound.update(zip(met, values))
        return True


class Transcript:
    def __init__(self, steps, base, timeout=40):
        self.steps = steps
        self.base = base
        self.timeout = timeout
        self.bound = {'base': base}

    def play(self):
        """Pairs of a step and what was wrong with its answer."""
        for step in self.steps:
            try:
                yield step, self.check(step)
            except Unbound as e:
                yield step, ['%s has no value, since an earlier step failed' % e]
            except (OSError, http.client.HTTPException) as e:
                yield step, [repr(e)]

    def check(self, step):
        want = step['response']
        status, body = self.perform(step)
        if status != want['status']:
            return ['status %d, want %d: %s' % (status, want['status'], brief(body))]
        if 'body' not in want:
            return []
        self.sort(step, body)
        for name, path in (step.get('capture') or {}).items():
            value = at(body, path)
            if isinstance(value, str):
                self.bound.setdefault(name, value)
        comparison = Comparison(self.bound, step)
        comparison.values(want['body'], body)
        return comparison.faults

    def perform(self, step):
        """Send the request, again and again where the step says until when."""
        if step.get('wait'):
            time.sleep(step['wait'])
        end = time.time() + self.timeout
        while True:
            status, body = self.send(step['request'])
            if self.is_reached(step.get('until') or {}, body) or time.time() > end:
                return status, body
            time.sleep(0.15)

    @staticmethod
    def is_reached(conditions, body):
        for path, values in conditions.items():
            if at(body, path) not in (values if isinstance(values, list) else [values]):
                return False
        return True

    def send(self, request):
        url = urllib.parse.urlsplit(self.base)
        path = fill(request['path'], self.bound)
        if request.get('query'):
            path += '?' + fill(request['query'], self.bound)
        headers = {'Accept': '*/*'}
        headers.update(fill(request.get('headers') or {}, self.bound))
        body = fill(request.get('body'), self.bound)
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
            if 'content-type' not in {h.lower() for h in headers}:
                headers['Content-Type'] = 'application/json'
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=90)
        try:
            connection.request(request['method'], urllib.parse.quote(path, safe="/?&=%:,;+$@!*'()[]~"),
                               None if body is None else body.encode(), headers)
            response = connection.getresponse()
            return response.status, self.decode(response)
        finally:
            connection.close()

    @staticmethod
    def decode(response):
        text = response.read().decode('utf-8', 'replace')
        if not text:
            return None
        if 'json' in (response.getheader('Content-Type') or '') or text[0] in '{[':
            try:
                return json.loads(text)
            except ValueError:
                pass
        return text

    @staticmethod
    def sort(step, body):
        for path, key in (step.get('sort') or {}).items():
            items = at(body, path)
            if isinstance(items, list):
                items.sort(key=lambda item: str(at(item, key)))
