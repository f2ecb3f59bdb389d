#!/usr/bin/env python3
"""Hold the layout of the sources against the object files.

    structure.py OBJECTS

OBJECTS is the directory below which the objects of src/ lie. Arrows are taken
from symbols (nm), not from #include lines: a file depends on the file that
defines what it leaves undefined. Prints one line a finding; findings named in
exceptions.txt beside this file are left out, and an entry there that is no
longer needed is a finding itself.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))

# From the ground: a room may use itself and what is above it in this list.
ROOMS = [line.split('#')[0].strip() for line in open(os.path.join(HERE, 'rooms.txt'))]
ROOMS = [room for room in ROOMS if room]

MAX_HEADER_LINES = 200
MAX_PROTOTYPES = 40
MAX_CIRCLE = 3
MIN_COMMENT_SHARE = 15
MODEL_LINES = 200
NAMED_CIRCLE = 'circle of:'
FACTS = 'fact:'                 # those of facts.py


def read_exceptions():
    """Lines "kind: finding", each with a reason in the comment lines above.

    "circle of: FILE FILE ..." names a circle by its exact members: it lets
    pass what goes round among them, and each of them has to be part of it, so
    that a circle can only shrink.
    """
    entries = {}
    reason = []
    for line in open(os.path.join(HERE, 'exceptions.txt')):
        line = line.strip()
        if line.startswith('#'):
            reason.append(line)
        elif line and not line.startswith(FACTS):
            entries[line] = ' '.join(reason)
        else:
            reason = []
    return entries


def room_of(path):
    """The innermost room of a file, by its path below src."""
    folder = os.path.dirname(path)
    while folder and folder not in ROOMS:
        folder = os.path.dirname(folder)
    return folder or 'src'


def sources(suffix):
    found = []
    for folder, _, names in os.walk(os.path.join(PROJECT, 'src')):
        for name in names:
            if name.endswith(suffix):
                found.append(os.path.relpath(os.path.join(folder, name), os.path.join(PROJECT, 'src')))
    return sorted(found)


def symbols(objects, path):
    """(defined, undefined) names of a file's object that are ours."""
    out = subprocess.check_output(['nm', os.path.join(objects, path[:-2] + '.o')], text=True)
    defined, undefined = set(), set()
    for line in out.splitlines():
        parts = line.split()
        name = parts[-1]
        if not re.match(r'(mst|mistral)_', name):
            continue
        if parts[-2] == 'U':
            undefined.add(name)
        elif parts[-2] in 'TDBRV':
            defined.add(name)
    return defined, undefined


class Tree:
    def __init__(self, objects):
        self.files = sources('.c')
        self.defined, self.undefined, self.home = {}, {}, {}
        for path in self.files:
            self.defined[path], self.undefined[path] = symbols(objects, path)
            for name in self.defined[path]:
                self.home[name] = path
        self.uses = {path: {} for path in self.files}
        for path in self.files:
            for name in self.undefined[path]:
                target = self.home.get(name)
                if target and target != path:
                    self.uses[path].setdefault(target, []).append(name)


def check_arrows(tree):
    """A file uses files of its own room and of rooms nearer to the ground."""
    order = {room: i for i, room in enumerate(ROOMS)}
    for path, targets in tree.uses.items():
        room = room_of(path)
        if room == 'src':
            continue
        for target, names in sorted(targets.items()):
            if order.get(room_of(target), -1) > order[room]:
                yield 'arrow: %s -> %s (%s)' % (path, target, ', '.join(sorted(names)))


def check_includes():
    """A header is of the own room or of one nearer to the ground; the engine's face is for its inner rooms, too."""
    order = {room: i for i, room in enumerate(ROOMS)}
    for path in sources('.c') + sources('.h'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        for header in re.findall(r'^#include "(\w+/[\w/]+\.h)"', text, re.M):
            room, other = room_of(path), room_of(header)
            if order.get(other, -1) > order.get(room, len(ROOMS)) and not room.startswith(other + '/'):
                yield 'arrow: %s includes %s' % (path, header)


def circles(graph):
    """Strongly connected components with more than one member (Tarjan 1972)."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []
    counter = [0]

    def visit(root):
        work = [(root, iter(sorted(graph.get(root, ()))))]
        index[root] = low[root] = counter[0]
        counter[0] += 1
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = counter[0]
                    counter[0] += 1
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(graph.get(target, ())))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        members.append(member)
                        if member == node:
                            break
                    if len(members) > 1:
                        found.append(sorted(members))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def check_circles(tree, exceptions):
    """Files of one room that use each other in a circle are few, or named."""
    named = [set(entry[len(NAMED_CIRCLE):].split()) for entry in exceptions if entry.startswith(NAMED_CIRCLE)]
    found = circles({path: set(targets) for path, targets in tree.uses.items()})
    for names in named:
        for path in sorted(names - set().union(*[members for members in found if names >= set(members)])):
            yield 'exceptions.txt: no longer part of its circle: %s' % path
    for members in found:
        rooms = sorted({room_of(path) for path in members})
        if len(members) > MAX_CIRCLE and not any(names >= set(members) for names in named):
            yield 'circle: %d files of %s: %s' % (len(members), ', '.join(rooms), ' '.join(members))


def check_used(tree):
    """What other files could use is used by one, or by SQL."""
    used = set().union(*tree.undefined.values())
    for path in tree.files:
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        entry = set(re.findall(r'PG_FUNCTION_INFO_V1\((\w+)\)', text))
        for name in sorted(tree.defined[path] - used - entry):
            if not re.match(r'mistral_\w+_main$', name):
                yield 'unused: %s of %s' % (name, path)


def check_headers():
    for path in sources('.h'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        lines = text.count('\n')
        prototypes = len(re.findall(r'^extern [^;]*?\(', text, re.M))
        if lines > MAX_HEADER_LINES:
            yield 'header: %s has %d lines' % (path, lines)
        if prototypes > MAX_PROTOTYPES:
            yield 'header: %s has %d prototypes' % (path, prototypes)


def check_prototypes(tree):
    for path in sources('.h'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        for name in re.findall(r'^extern [^;(]*?\b(mst_\w+)\(', text, re.M):
            if name not in tree.home:
                yield 'prototype: %s of %s has no definition' % (name, path)


def check_names():
    seen = {}
    for path in sources('.c') + sources('.h'):
        seen.setdefault(os.path.basename(path), []).append(path)
    for name, paths in sorted(seen.items()):
        if len(paths) > 1:
            yield 'name: %s' % ' '.join(paths)


def tracked_files():
    """The files that git knows; nothing where the tree is a copy without its history."""
    if not os.path.exists(os.path.join(PROJECT, '.git')):
        return []
    return subprocess.check_output(['git', 'ls-files'], cwd=PROJECT, text=True).split()


def check_cited_files():
    """A file named in a comment exists."""
    tracked = tracked_files()
    if not tracked:
        return
    known = {os.path.basename(path) for path in tracked}
    server = re.compile(r'(postgres|c|libpq\w*|yaml|std\w+|string|errno|unistd|\w*_fe)\.h$')
    for path in sources('.c') + sources('.h'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        for comment in re.findall(r'/\*.*?\*/', text, re.S):
            for name in re.findall(r'\b([a-z][a-z0-9_-]*\.(?:md|c|h))\b', comment):
                if name not in known and not server.match(name):
                    yield 'cited: %s names %s, which does not exist' % (path, name)


SQL_TEXT = re.compile(r"""(?x) ^[ (]* (?: SELECT\b | INSERT[ ]INTO\b | UPDATE[ ][\w.%"]+[ ] | DELETE[ ]FROM\b
    | WITH[ ]\w+[ ]AS\b | LOCK[ ]TABLE\b | TRUNCATE\b | COPY[ ][\w.]+[ ] | (?:CREATE|ALTER|DROP)[ ][A-Z]+[ ] )
    | \b (?:FROM|JOIN|INTO|UPDATE|TABLE) [ ] (?:ONLY[ ])? (?:mistral|mistral_api|pg_catalog)\. """)


def check_sql_text():
    """Statements stand in store/ and sql/ only; util/spi.c runs them for these rooms."""
    for path in sources('.c') + sources('.h'):
        if path.split('/')[0] in ('store', 'sql'):
            continue
        text = re.sub(r'/\*.*?\*/', ' ', open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read(), flags=re.S)
        # those in errhint("Use SELECT ...") and the like are prose
        text = re.sub(r'\berr(?:msg|hint|detail)\w*\(\s*(?:"(?:\\.|[^"\\])*"\s*)+', ' ', text)
        literals = re.findall(r'"((?:\\.|[^"\\\n])*)"', text)
        if any(SQL_TEXT.search(literal) for literal in literals):
            yield 'sql: %s has SQL text' % path
        if os.path.splitext(path)[0] != 'util/spi' and re.search(r'\bSPI_(?:execute|prepare|cursor)\w*\(|\bmst_spi_plan\(|\bStatement\s+\w+ =', text):
            yield 'sql: %s runs statements' % path


def check_documents():
    """A file of ours that a document names exists, by its path or by its name."""
    tracked = tracked_files()
    names = {os.path.basename(path) for path in tracked}
    for document in (path for path in tracked if path.endswith('.md')):
        text = open(os.path.join(PROJECT, document), encoding='utf-8').read()
        for path in sorted(set(re.findall(r'`((?:[\w.-]+/)*[\w-]+\.(?:c|h|py|sh|awk))`', text))):
            if not (path in tracked if path.startswith(('src/', 'contrib/', 'test/', 'docs/', 'bench/', 'sql/'))
                    else os.path.basename(path) in names):
                yield 'cited: %s names %s, which does not exist' % (document, path)


def check_entry_points():
    """SQL entry points are in sql/ only."""
    for path in sources('.c'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        room = path.split('/')[0]
        if room != 'sql' and 'PG_FUNCTION_INFO_V1(' in text:
            yield 'entry: %s has SQL entry points' % path


def check_states():
    """A state is assigned in one file; rows are made with their first one."""
    for path in sources('.c'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        if path.startswith('engine/') and path != 'engine/memory/transitions.c' and \
                re.search(r'->state\s*=[^=]', text):
            yield 'state: %s assigns a state' % path


def check_writers():
    """Decisions of the engine never write: one file does, and the calls around it."""
    for path in sources('.c'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        if path.startswith('engine/') and not path.startswith('engine/calls/') and path != 'engine/memory/write_back.c':
            for name in re.findall(r'\bmst_store_(?:write|insert|delete|take|release_held|sync)\w*', text):
                yield 'write: %s calls %s' % (path, name)


COMMENT = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])+\'', re.S)


def commented_lines(text):
    """How many lines have a comment, or a part of one."""
    lines = set()
    for match in COMMENT.finditer(text):
        if match.group().startswith('/*'):
            first = text.count('\n', 0, match.start())
            lines.update(range(first, first + match.group().count('\n') + 1))
    return len(lines)


def check_shares():
    """A room says why: a share of its lines are comments."""
    rooms = {}
    for path in sources('.c') + sources('.h'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        count = rooms.setdefault(path.split('/')[0], [0, 0])
        count[0] += commented_lines(text)
        count[1] += text.count('\n')
    for room, (commented, lines) in sorted(rooms.items()):
        if commented * 100 < lines * MIN_COMMENT_SHARE:
            yield 'share: %s has %.1f %% comments, of at least %d' % (room, 100.0 * commented / lines, MIN_COMMENT_SHARE)


def check_contracts():
    """What other files, or SQL, can call has its contract above the definition."""
    definition = re.compile(r'^(?!static|typedef|struct|enum|extern|#|/|\*|[ \t])[A-Za-z_][\w *]*\n(\w+)\(', re.M)
    for path in sources('.c'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        for match in definition.finditer(text):
            if not re.search(r'\*/\n(?:PG_FUNCTION_INFO_V1\(\w+\);\n)*\Z', text[:match.start()]):
                yield 'contract: %s of %s has none above its definition' % (match.group(1), path)


def check_static_names():
    """The name of a function has a noun, so that a breakpoint or a search finds it."""
    for path in sources('.c'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        for word in re.findall(r'^([a-z0-9]+)\(', text, re.M):
            yield 'word: %s of %s is a single word' % (word, path)


def check_models():
    """The head of a long file says more than its title."""
    for path in sources('.c'):
        text = open(os.path.join(PROJECT, 'src', path), encoding='utf-8').read()
        head = re.match(r'/\*-+\n \*\n \* \S+\n((?: \*\t[^\n]*\n)+) \*\n(.*?) \*-+\n', text, re.S)
        if text.count('\n') > MODEL_LINES and (not head or head.group(2).count('\n') < 3):
            yield 'model: %s has %d lines and no paragraph at its head' % (path, text.count('\n'))


def main():
    tree = Tree(sys.argv[1])
    exceptions = read_exceptions()
    needed = set()
    for check in (check_arrows(tree), check_includes(), check_circles(tree, exceptions), check_used(tree), check_headers(),
                  check_prototypes(tree), check_names(), check_cited_files(), check_documents(), check_entry_points(), check_sql_text(), check_states(), check_writers(),
                  check_shares(), check_contracts(), check_static_names(), check_models()):
        for finding in check:
            # numbers and names behind a file may change without the exception
            key = next((entry for entry in exceptions if finding.startswith(entry)), None)
            if key is None:
                print(finding)
            else:
                needed.add(key)
    for entry in exceptions:
        if entry not in needed and not entry.startswith(NAMED_CIRCLE):
            print('exceptions.txt: no longer needed: %s' % entry)


main()
