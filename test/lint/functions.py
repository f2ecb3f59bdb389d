#!/usr/bin/env python3
"""Print the builtins of the expression languages that nothing describes.

The names are read from the tables in src/yaql, src/jinja and src/lang, and are
looked for in the texts of src/expr/reference. What a builtin takes is compared
by the regression test "expressions", which needs a server. An entry of the
texts must have examples, each with its result.

Operators are read from the lexers, and are looked for in the first section of
the language's text; what that says of precedence is compared with the levels of
YAQL's parser here, and with parentheses by "expressions".
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


# what the lexers have besides operators
PUNCTUATION = set('( ) ] { } , : ; . =').union(['=>', 'true', 'false', 'null'])
# how the texts call some operators
NAMES = {'comparisons': ['=', '!=', '<', '<=', '>', '>=']}
JINJA_WORDS = ['and', 'in', 'is', 'not', 'or', 'if', 'else']


def section(language):
    """The first section of a text, which has the operators."""
    return read(os.path.join(ROOT, 'src', 'expr', 'reference', language + '.txt')).split('\n== ')[0]


def check_operators():
    yaql = dict(re.findall(r'^\t\{"([^"]+)", YAQL_TOK_(\w+)\}', read(os.path.join(ROOT, 'src', 'yaql', 'lex.c')), re.M))
    jinja = set(re.findall(r'^\t\{"([^"]+)", JINJA_T_\w+\}', read(os.path.join(ROOT, 'src', 'jinja', 'lexer.c')), re.M))
    if not yaql or not jinja:
        yield 'the tables of operators are not understood'
    for language, operators in ('yaql', set(yaql)), ('jinja', jinja.union(JINJA_WORDS)):
        text = section(language)
        told = set(re.findall(r'^left (\S+)', text, re.M)).union(*(code.split() for code in re.findall(r'`([^`]+)`', text)))
        if re.search(r'^value\[', text, re.M):
            told.add('[')
        for operator in sorted(operators - told - (PUNCTUATION - ({'.', '='} if language == 'yaql' else set()))):
            yield '%s: the operator %s is not described' % (language, operator)
    yield from check_levels(yaql, section('yaql'))


def check_levels(tokens, text):
    """Of YAQL the parser has the levels as numbers."""
    parser = read(os.path.join(ROOT, 'src', 'yaql', 'parse.c'))
    levels = {name: int(level) for name, level in re.findall(r'#define (BIND_\w+)\s+(\d+)', parser)}
    rows = {token: (prefix, infix) for token, prefix, infix in
            re.findall(r'\[YAQL_TOK_(\w+)\] = \{(\w+), (\w+),', parser)}
    line = re.search(r':: From the loosest to the tightest: (.*?)\. Those', text).group(1)
    last = 0
    for group in re.split(r', (?:then |and )?', line):
        words = re.findall(r'`([^`]+)`', group)
        for name, operators in NAMES.items():
            words += operators if name in group else []
        found = {levels[rows['PLUS'][0]]} if 'sign' in group else set()
        for word in words:
            prefix, infix = rows[tokens[word.split()[0]]]
            found.add(levels.get(infix) or levels[prefix])
        if len(found) != 1 or min(found) <= last:
            yield 'yaql: the parser has another precedence than the text says of %s' % group
        last = max(found | {last})


def entries(language):
    """The entries of a text as lists of lines; the first is how it is written."""
    text = read(os.path.join(ROOT, 'src', 'expr', 'reference', language + '.txt'))
    lines = '\n'.join(line for line in text.split('\n') if not line.startswith(('== ', ':: ')))
    return [part.split('\n') for part in re.split(r'\n\n+', lines.strip('\n'))]


def main():
    for finding in check_operators():
        print(finding)
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
