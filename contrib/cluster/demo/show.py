#!/usr/bin/python3
"""Prints the steps of an execution, as JSON on standard input, for people."""
import json
import sys
import textwrap

MARKS = {'SUCCESS': '+', 'ERROR': '!', 'CANCELLED': 'x', 'SKIPPED': '-'}
WIDTH = 88


def seconds(value):
    return '' if value is None else '%.2f s' % value


def plain(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def action_lines(action):
    """What was asked, and what was answered."""
    output = action['output'] or {}
    result = output.get('result') if isinstance(output, dict) else output
    if action['name'] == 'std.http':
        yield 'GET %s' % action['input'].get('url')
        if isinstance(result, dict) and 'status' in result:
            yield '-> %s %s' % (result['status'], plain(result.get('content')))
            return
    yield '-> %s' % plain(result)


def show(step):
    tries = len(step['actions'])
    note = ', %d tries' % tries if tries > 1 else ''
    print('   [%s] %-14s %-8s %s%s' % (MARKS.get(step['state'], '?'), step['name'], step['state'],
                                      seconds(step['seconds']), note))
    for action in step['actions']:
        for line in action_lines(action):
            for piece in textwrap.wrap(line, WIDTH - 10) or ['']:
                print('          %s' % piece)
    if step['published']:
        print('          published %s' % ', '.join(
            '%s = %s' % (k, plain(v)) for k, v in sorted(step['published'].items())))
    print()


def main():
    steps = json.load(sys.stdin) or []
    for step in steps:
        show(step)


if __name__ == '__main__':
    main()
