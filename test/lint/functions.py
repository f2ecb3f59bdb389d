#!/usr/bin/env python3
"""Print the builtins of the expression languages that nothing describes.

The names are read from the tables in src/yaql, src/jinja and src/lang, and are
looked for in the texts of src/expr/reference. What a builtin takes is compared
by the regression test "expressions", which needs a server. An entry of the
texts must have examples, each with its result.
"""
import glob
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
ROWS = {'yaql': ('yaql', r'^\t\{"(?:#property#)?([^"]+)",\s*YAQL_(?:FUNCTION|METHOD|EXTENSION)'),
        'jinja': ('jinja', r'^\t\{"([^"]+)",[^\n]*JINJA_TAKES'),
        'both': ('lang', r'^\t\{"(\w+)",\s*"')}


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def entries(language):
    """The entries of a text as lists of lines; the first is how it is written."""
    text = read(os.path.join(ROOT, 'src', 'expr', 'reference', language + '.txt'))
    lines = '\n'.join(line for line in text.split('\n') if not line.startswith(('== ', ':: ')))
    return [part.split('\n') for part in re.split(r'\n\n+', lines.strip('\n'))]


def main():
    for language, (room, pattern) in ROWS.items():
        found = entries(language)
        # what stands in front of the arguments, or last: "value | trim(chars)"
        written = {re.split(r'[. ]', e[0].split('(')[0])[-1] for e in found}
        names = {name for path in sorted(glob.glob(os.path.join(ROOT, 'src', room, '*.c')))
                 for name in re.findall(pattern, read(path), re.M)}
        if not names:
            print('%s: the tables of builtins are not understood' % room)
        for name in sorted(names - written):
            print('%s: src/expr/reference/%s.txt does not describe it' % (name, language))
        for e in found:
            marks = ''.join(line[0] for line in e[1:] if line[:2] in ('> ', '= '))
            if not re.fullmatch('(>=)+', marks):
                print('%s: its examples in %s.txt lack results' % (e[0], language))


main()
