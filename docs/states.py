#!/usr/bin/env python3
"""Write docs/states.md: the states and their transitions, from src/util/state.c.

    docs/states.py           write the file
    docs/states.py --check   print a line when it is not what would be written
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, '..', 'src', 'util', 'state.c')
TARGET = os.path.join(HERE, 'states.md')

KINDS = [('execution', 'Executions'), ('task', 'Tasks'), ('action', 'Actions')]

HEAD = """# States

What an execution, a task and an action may become, and what makes it so. This
page is written by `make docs` from the tables in `src/util/state.c`; the engine
refuses what they do not list. An object may always stay in its state.
"""


def tables(source):
    """The transitions of each kind as (from, to, when), in the order of the source."""
    found = {}
    for kind, body in re.findall(r'static const Transition (\w+)_transitions\[\] = \{(.*?)\n\};', source, re.S):
        found[kind] = re.findall(r'\{MST_STATE_([A-Z]+), MST_STATE_([A-Z]+), "([^"]*)"\}', body)
        assert len(found[kind]) == body.count('"') // 2, 'a transition of %s is not understood' % kind
    return found


def page():
    found = tables(open(SOURCE, encoding='utf-8').read())
    text = HEAD
    for kind, title in KINDS:
        text += '\n## %s\n\n```mermaid\nstateDiagram-v2\n    [*] --> %s\n' % (title, found[kind][0][0])
        for before, after, when in found[kind]:
            text += '    %s --> %s : %s\n' % (before, after, when)
        text += '```\n'
    return text


def main():
    wanted = page()
    if sys.argv[1:] != ['--check']:
        open(TARGET, 'w', encoding='utf-8').write(wanted)
    elif not os.path.exists(TARGET) or open(TARGET, encoding='utf-8').read() != wanted:
        print('docs/states.md is not what docs/states.py writes: run it')


main()
