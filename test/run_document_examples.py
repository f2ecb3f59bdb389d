#!/usr/bin/python3
"""Run the examples of documents, and compare what they show with what happens.

usage: run_document_examples.py [options] [FILE.md...]

The fenced blocks of a document are run in its order, by one session of psql in
a database of the document's own:

    ```yaml     a definition: it is created, or replaces the one of its name.
                Workflows, ad-hoc actions and workbooks are told apart by their
                attributes. A block without "version" is a fragment, and is only
                read as YAML.
    ```sql      statements for psql.
    ```         directly behind one of the two: what psql shows for it.
    <!-- run    statements that the reader need not see, up to -->
    <!-- not run: REASON -->   leaves out the block that follows.

An error is expected where the output has one, and nowhere else. Identifiers,
the time of the run and the width of columns do not count. Results that hold
nothing, as those of functions that return void, are not shown in documents.
"""
import argparse
import datetime
import difflib
import glob
import os
import re
import subprocess
import sys
import uuid

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

import yaml                                     # noqa: E402

from runner import report                       # noqa: E402

SETTINGS = ('\\pset footer off', '\\set VERBOSITY default', '\\set SHOW_CONTEXT never',
            "SET TimeZone = 'UTC'; SET client_min_messages = warning;")
UUID = re.compile(r'\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b')
TIME = re.compile(r'\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:?\d\d)?)?')
PIECE = re.compile(r'^(?:```(?P<language>\w*)\n(?P<text>.*?)^```$'
                   r'|<!-- run\n(?P<hidden>.*?)^-->$'
                   r'|<!-- not run: (?P<reason>.+?) -->$)', re.M | re.S)


class Block:
    """A block that is run, and the one behind it that says what comes out."""

    def __init__(self, kind, text, line):
        self.kind = kind
        self.text = text
        self.line = line
        self.expected = None    # text of the output, None where none is shown
        self.span = None        # where it stands in the document


def blocks(document):
    """The blocks of a document that are run."""
    found = []
    skip = False
    end = None                  # of the block before, with nothing but space behind it
    for piece in PIECE.finditer(document):
        line = document.count('\n', 0, piece.start()) + 1
        if piece['reason']:
            skip = True
            continue
        kind = 'sql' if piece['hidden'] is not None else piece['language']
        is_output = kind == '' and end is not None and not document[end:piece.start()].strip()
        end = None
        if is_output:
            found[-1].expected, found[-1].span = piece['text'], piece.span('text')
        elif kind in ('sql', 'yaml') and not skip:
            text = piece['hidden'] if piece['hidden'] is not None else piece['text']
            found.append(Block(kind, text, line))
            end = piece.end()
        skip = skip and is_output
    return found


def create(text):
    """The statement that stores a definition, as its attributes have it."""
    members = yaml.safe_load(text)
    if not isinstance(members, dict) or 'version' not in members:
        return None
    kind = 'workflows'
    if isinstance(members.get('name'), str):
        kind = 'workbook'
    elif any(isinstance(m, dict) and 'base' in m for m in members.values()):
        kind = 'actions'
    return 'SELECT FROM mistral.create_%s($definition$%s$definition$, or_replace => true);' % (kind, text)


class Psql:
    """A session of psql that is given blocks, and tells what each of them shows."""

    def __init__(self, database):
        environment = dict(os.environ, PGDATABASE=database, PGOPTIONS='-c client_min_messages=warning')
        self.process = subprocess.Popen(
            ['stdbuf', '-oL', 'psql', '-X', '-q'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=environment)
        self.show('\n'.join(SETTINGS))

    def show(self, text):
        mark = 'end of block %s' % uuid.uuid4()
        self.process.stdin.write('%s\n\\echo %s\n' % (text, mark))
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.rstrip('\n') == mark:
                return ''.join(lines)
            lines.append(line)
        raise report.Failed('psql ended:\n' + ''.join(lines))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def results(output):
    """The results in an output of psql without those that hold nothing."""
    kept = []
    for part in re.split(r'\n\s*\n', output.strip('\n')):
        lines = [line.rstrip() for line in part.split('\n')]
        if len(lines) >= 2 and re.fullmatch(r'-*', lines[1]) and not any(lines[2:]):
            continue
        kept.append('\n'.join(lines))
    return '\n\n'.join(part for part in kept if part)


def is_of_this_run(time):
    day = datetime.date.fromisoformat(time[:10])
    return abs(datetime.datetime.now(datetime.timezone.utc).date() - day) <= datetime.timedelta(days=1)


def essence(output, times):
    """The lines of an output without what differs from run to run.

    times says of each time in it whether it differs.
    """
    output = TIME.sub(lambda m: '<time>' if next(times, False) else m[0], UUID.sub('<id>', output))
    lines = [re.sub(r'-{2,}', '--', ' '.join(line.split())) for line in output.split('\n')]
    return [line for line in lines if line]


def essences(expected, shown):
    """What counts of the output in the document, and of the one of psql."""
    times = [is_of_this_run(m[0]) for m in TIME.finditer(shown)]
    return essence(results(expected), iter(times)), essence(results(shown), iter(times))


def has_error(output):
    return re.search(r'^(ERROR|FATAL|PANIC):|^invalid command', output, re.M) is not None


def check(block, shown):
    """Say what is wrong with the output of a block."""
    if block.expected is None:
        if has_error(shown):
            raise report.Failed('line %d:\n%s' % (block.line, shown))
        return
    want, got = essences(block.expected, shown)
    if want != got:
        raise report.Failed('line %d\n%s' % (block.line, '\n'.join(
            difflib.unified_diff(want, got, 'document', 'psql', lineterm='', n=9))))


def statement(block):
    if block.kind == 'sql':
        return block.text
    try:
        return create(block.text)
    except yaml.YAMLError as e:
        if block.expected is None:
            raise report.Failed('line %d: %s' % (block.line, e)) from None
        return 'SELECT FROM mistral.create_workflows($definition$%s$definition$);' % block.text


def psql(database, command):
    subprocess.run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', command], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, PGDATABASE=database, PGOPTIONS='-c client_min_messages=warning'))


def run_document(path, rewrite, verbose):
    """Run a document; returns how many of its blocks passed and failed."""
    with open(path, encoding='utf-8') as f:
        document = f.read()
    database = 'documents_%d' % os.getpid()
    counts = [0, 0]
    psql('postgres', 'CREATE DATABASE %s' % database)
    session = None
    try:
        psql(database, 'CREATE EXTENSION mistral')
        session = Psql(database)
        seen = []
        for block in blocks(document):
            failed = attempt(block, session, seen)
            counts[failed is not None] += 1
            if failed is not None:
                print('FAIL %s, %s' % (os.path.basename(path), failed), flush=True)
            elif verbose:
                print('ok   %s, line %d' % (os.path.basename(path), block.line), flush=True)
    finally:
        if session is not None:
            session.close()
        psql('postgres', 'DROP DATABASE %s WITH (FORCE)' % database)
    if rewrite:
        write(path, document, seen)
    return counts


def attempt(block, session, seen):
    """Run a block; note what it shows, and return what is wrong, or None."""
    try:
        text = statement(block)
        if text is not None:
            shown = session.show(text)
            seen.append((block, shown))
            check(block, shown)
    except report.Failed as e:
        return str(e)
    return None


def write(path, document, seen):
    """Put what was seen in place of what the document shows."""
    for block, shown in reversed(seen):
        want, got = essences(block.expected or '', shown)
        if block.span is not None and want != got:
            begin, end = block.span
            document = document[:begin] + results(shown) + '\n' + document[end:]
    with open(path, 'w', encoding='utf-8') as f:
        f.write(document)


def main():
    root = os.path.dirname(here)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='*', default=[os.path.join(root, 'README.md')] + sorted(
        set(glob.glob(os.path.join(root, 'docs', '*.md'))) - {os.path.join(root, 'docs', 'reference.md')}))
    parser.add_argument('--write', action='store_true', help='put the outputs that were seen into the documents')
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()

    passed = failed = 0
    for path in options.files:
        counts = run_document(path, options.write, options.verbose)
        passed += counts[0]
        failed += counts[1]
    print('%d passed, %d failed' % (passed, failed), flush=True)
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
