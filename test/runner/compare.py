"""Compares what was recorded with what was seen."""
import copy
import json


def shown(value):
    line = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return line if len(line) <= 160 else line[:157] + '...'


def blank(document, patterns):
    """A copy in which what the patterns name (a.*.b) is '<ignored>'."""
    document = copy.deepcopy(document)
    for pattern in patterns:
        blank_one(document, pattern.split('.'))
    return document


def blank_one(node, parts):
    head, rest = parts[0], parts[1:]
    if isinstance(node, dict):
        keys = list(node) if head == '*' else [k for k in node if k == head]
    elif isinstance(node, list):
        keys = [i for i in range(len(node)) if head in ('*', str(i))]
    else:
        keys = []
    for key in keys:
        if rest:
            blank_one(node[key], rest)
        else:
            node[key] = '<ignored>'


def differences(want, got, path=''):
    """Lines that say where got is not what was wanted."""
    if want == '<ignored>':
        return
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted(set(want) | set(got), key=str):
            here = '%s.%s' % (path, key) if path else str(key)
            if key not in got:
                yield '%s: missing, want %s' % (here, shown(want[key]))
            elif key not in want:
                yield '%s: not expected: %s' % (here, shown(got[key]))
            else:
                yield from differences(want[key], got[key], here)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, (w, g) in enumerate(zip(want, got)):
            yield from differences(w, g, '%s.%d' % (path, i))
    elif want != got or isinstance(want, bool) != isinstance(got, bool):
        yield '%s: want %s, got %s' % (path, shown(want), shown(got))
