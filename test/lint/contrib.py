#!/usr/bin/python3
"""The structure of contrib/, as the linker and a reader see it.

usage: contrib.py BUILD

BUILD is a directory in which contrib/ was built; sources are read from the tree
that this file is in. Prints what is wrong, and nothing when all is well:

- calls go from a program to contrib/common, never back, and nowhere in a circle;
  in a folder they go down the table of its README.md;
- what a header declares is defined by the file of its name, and used elsewhere;
- no file of src/ and of another program is included;
- every function that others see has a contract above its definition, every long
  file tells its model, every header is short, every folder explains itself.
"""
import pathlib
import re
import subprocess
import sys

HEADER_LINES = 200
HEADER_PROTOTYPES = 40
LONG_FILE = 200         # lines from which on a file has to tell its model
MODEL_SENTENCES = 3
COMMENT_SHARE = 0.15    # of the lines of a folder that are not blank
README_LINES = 60

root = pathlib.Path(__file__).resolve().parents[2] / 'contrib'


def complain(where, what):
    print('contrib/%s: %s' % (where, what))


# ---------------------------------------------------------------- symbols

def symbols(path):
    """The names that an object defines for others, and those that it wants."""
    defined, wanted = set(), set()
    lines = subprocess.run(['nm', '--extern-only', '--format=posix', path], check=True, capture_output=True, text=True).stdout
    for line in lines.splitlines():
        name, kind = line.split()[:2]
        (wanted if kind in 'Uwv' else defined).add(name)
    return defined, wanted


def circles(arrows):
    """The sets of files that can reach one another."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for to in arrows.get(todo.pop(), ()):
                if to not in seen:
                    seen.add(to)
                    todo.append(to)
        return seen
    reached = {name: reach(name) for name in arrows}
    return {frozenset(b for b in reached[a] if a in reached.get(b, ())) for a in arrows if a in reached[a]}


def rows(folder):
    """The files of a folder by the row of its README.md's table in which they stand."""
    path = root / folder / 'README.md'
    found = {}
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else ()):
        if line.startswith('|'):
            for name in re.findall(r'`(\w+)\.c`', line.split('|')[1] + line.split('|')[2]):
                found.setdefault('%s/%s' % (folder, name), number)
    return found


def check_program(directory, used):
    """The arrows between a program's objects; notes which names of which file are used."""
    program = directory.name
    objects = {}
    for path in sorted(directory.glob('*.o')):
        shared = path.stem.startswith('common-')
        name = 'common/' + path.stem[7:] if shared else program + '/' + path.stem
        if (root / (name + '.c')).exists():     # else it is left from an earlier build
            objects[name] = symbols(path)
    home = {symbol: name for name, (defined, _) in objects.items() for symbol in defined}
    arrows = {}
    order = {**rows(program), **rows('common')}
    for name, (defined, wanted) in objects.items():
        used.setdefault(name, (defined, set()))
        for symbol in wanted & home.keys():
            to = home[symbol]
            arrows.setdefault(name, set()).add(to)
            used.setdefault(to, (objects[to][0], set()))[1].add(symbol)
            if name.startswith('common/') and not to.startswith('common/'):
                complain(name + '.c', 'calls %s of %s.c: calls go the other way' % (symbol, to))
            elif name.split('/')[0] == to.split('/')[0] and order.get(name, 0) > order.get(to, 0):
                complain(name + '.c', 'calls %s of %s.c, which stands above it in README.md' % (symbol, to))
    for circle in circles(arrows):
        complain(program, 'a circle: ' + ' '.join(sorted(circle)))


def check_symbols(build):
    used = {}
    for directory in sorted((build / 'contrib').iterdir()):
        if any(directory.glob('*.o')):
            check_program(directory, used)
    if not used:
        complain('', 'nothing was built')
    for name, (defined, wanted) in sorted(used.items()):
        for symbol in sorted(defined - wanted - {'main'}):
            complain(name + '.c', '%s is used nowhere else: make it static, or remove it' % symbol)
    return {name: defined for name, (defined, _) in used.items()}


# ---------------------------------------------------------------- sources

def check_includes(build):
    """What was really included, however the line is written."""
    for dependencies in sorted((build / 'contrib').glob('*/*.d')):
        own = dependencies.parent.name
        for path in re.findall(r'\S+\.h\b', dependencies.read_text()):
            path = pathlib.Path(path)
            full = (dependencies.parent / path).resolve()
            if full.is_relative_to((build / 'src').resolve()):
                complain('%s/%s' % (own, dependencies.name), 'includes %s of src/' % full.name)
            elif full.is_relative_to((build / 'contrib').resolve()) and full.parent.name not in (own, 'common'):
                complain('%s/%s' % (own, dependencies.name), 'includes %s of another program' % full.name)


def head_comment(text):
    match = re.match(r'/\*-+\n(.*?)\*-+\n \*/', text, re.S)
    return match.group(1) if match else ''


def check_header(name, text, defined):
    prototypes = re.findall(r'^extern [^;(]*?(\w+)(?: *\[\w*\])?(?:;| *\()', text, re.M)
    if text.count('\n') > HEADER_LINES:
        complain(name, '%d lines, more than %d' % (text.count('\n'), HEADER_LINES))
    if len(prototypes) > HEADER_PROTOTYPES:
        complain(name, '%d prototypes, more than %d' % (len(prototypes), HEADER_PROTOTYPES))
    for symbol in prototypes:
        if symbol not in defined.get(name[:-2], ()):
            complain(name, 'declares %s, which %sc does not define' % (symbol, name[:-1]))


def check_source(name, text):
    lines = text.split('\n')
    for number, line in enumerate(lines):
        if not re.match(r'[a-z_]\w*\(', line) or number < 2 or lines[number - 1].startswith(('static', ' ', '#')):
            continue
        if not line.startswith('main(') and not lines[number - 2].endswith('*/'):
            complain('%s:%d' % (name, number + 1), '%s has no contract above it' % line.split('(')[0])
    sentences = len(re.findall(r'[.:)](?=\s)', head_comment(text)))
    if len(lines) > LONG_FILE and sentences < MODEL_SENTENCES:
        complain(name, 'has %d lines and tells no model at its head' % len(lines))


def comment_lines(text):
    """How many lines are nothing but comment, and how many are not blank."""
    comments = all_lines = 0
    inside = False
    for line in (line.strip() for line in text.split('\n')):
        if not line:
            continue
        all_lines += 1
        if inside or line.startswith('/*'):
            comments += 1
            inside = '*/' not in line
    return comments, all_lines


def check_readme(folder, sources):
    path = root / folder / 'README.md'
    text = path.read_text() if path.exists() else ''
    if not text or text.count('\n') > README_LINES:
        complain(folder, 'README.md is missing, or longer than a page')
    for source in sources:
        if '%s/%s' % (folder, source.stem) not in rows(folder):
            complain(folder, 'the table of README.md does not have %s' % source.name)


def check_folder(folder, defined):
    comments = lines = 0
    for path in sorted((root / folder).glob('*.[ch]')):
        name, text = '%s/%s' % (folder, path.name), path.read_text()
        if path.suffix == '.h':
            check_header(name, text, defined)
        else:
            check_source(name, text)
        some, all_lines = comment_lines(text)
        comments += some
        lines += all_lines
    if comments < COMMENT_SHARE * lines:
        complain(folder, 'comments are %.1f %% of the lines, less than %d' % (100 * comments / lines, 100 * COMMENT_SHARE))
    check_readme(folder, sorted((root / folder).glob('*.c')))


def main():
    build = pathlib.Path(sys.argv[1])
    defined = check_symbols(build)
    check_includes(build)
    for folder in sorted({path.parent.name for path in root.glob('*/*.c')}):
        check_folder(folder, defined)


if __name__ == '__main__':
    main()
