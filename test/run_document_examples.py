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
    ```yaql     expressions, and behind "→" the result of each, or "error: " with the
    ```jinja    error. With "workflow" behind the language, they take the place of
                EXAMPLE in the definition before them.
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
PIECE = re.compile(r'^(?:```(?P<language>\w*)(?P<workflow> workflow)?\n(?P<text>.*?)^```$'
                   r'|<!-- run\n(?P<hidden>.*?)^-->$'
                   r'|<!-- not run: (?P<reason>.+?) -->$)', re.M | re.S)

EXAMPLE = re.compile(r'^(?P<text>.+)\n→ (?P<result>.*)$', re.M)
ROLE = re.compile(r'^CREATE ROLE (\w+)', re.M)
# pages of docs/ that are written by psql from the .sql file beside them
PAGES = ('functions', 'reference')

# shows what an expression gives, or its error
FUNCTIONS = """
CREATE FUNCTION pg_temp.example(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text;
BEGIN
    RETURN mistral.evaluate(to_jsonb(expression));
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(': ', 'error', substring(detail FROM '^\\w+'),
                     nullif(substring(message FROM 'error=(.*)\\]$'), ''));
END $$;
CREATE FUNCTION pg_temp.example(expression text, definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE started uuid; result text;
BEGIN
    PERFORM FROM mistral.create_workflows(replace(definition, 'EXAMPLE', to_json(expression)::text), or_replace => true);
    started := mistral.start_workflow('greeting', '{"who": "Ada"}', '{"env": {"region": "eu"}}');
    SELECT coalesce((e.output->'example')::text, 'error: ' || substring(e.state_info FROM '.*error=(.*?)(, hint=.*)?\\], wf=')) INTO result
      FROM mistral.executions e WHERE e.id = started;
    RETURN result;
END $$;
"""


class Block:
    """A block that is run, and the one behind it that says what comes out."""

    def __init__(self, kind, text, line):
        self.kind = kind
        self.text = text
        self.line = line
        self.expected = None    # text of the output, None where none is shown
        self.span = None        # where it stands in the document
        self.definition = None  # the one before an expression in a workflow


def blocks(document):
    """The blocks of a document that are run."""
    found = []
    skip = False
    definition = None
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
            definition = text if kind == 'yaml' else definition
            end = piece.end()
        elif kind in ('yaql', 'jinja') and not skip:
            for example in EXAMPLE.finditer(document, *piece.span('text')):
                block = Block(kind, example['text'], document.count('\n', 0, example.start()) + 1)
                block.expected, block.span = example['result'], example.span('result')
                block.definition = definition if piece['workflow'] else None
                found.append(block)
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
        self.show(FUNCTIONS)

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
    if block.kind in ('yaql', 'jinja'):
        if shown.rstrip('\n') != block.expected:
            raise report.Failed('line %d: %s\n     want %s\n      got %s' % (
                block.line, block.text, block.expected, shown.rstrip('\n')))
        return
    if block.expected is None:
        if has_error(shown):
            raise report.Failed('line %d:\n%s' % (block.line, shown))
        return
    want, got = essences(block.expected, shown)
    if want != got:
        raise report.Failed('line %d\n%s' % (block.line, '\n'.join(
            difflib.unified_diff(want, got, 'document', 'psql', lineterm='', n=9))))


def example(block):
    """The statement that shows what an expression gives, in one line without a head."""
    text = block.text
    if not re.search(r'<%|\{\{|\{%', text):
        text = ('<%% %s %%>' if block.kind == 'yaql' else '{{ %s }}') % text
    arguments = ['$example$%s$example$' % a for a in (text, block.definition) if a is not None]
    return 'SELECT pg_temp.example(%s) \\g (format=unaligned tuples_only=on)' % ', '.join(arguments)


def statement(block):
    if block.kind == 'sql':
        return block.text
    if block.kind in ('yaql', 'jinja'):
        return example(block)
    try:
        return create(block.text)
    except yaml.YAMLError as e:
        if block.expected is None:
            raise report.Failed('line %d: %s' % (block.line, e)) from None
        return 'SELECT FROM mistral.create_workflows($definition$%s$definition$);' % block.text


def psql(database, command):
    subprocess.run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', command], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, PGDATABASE=database, PGOPTIONS='-c client_min_messages=warning'))


def roles():
    """The names of the roles that the server has."""
    return set(subprocess.run(['psql', '-XqAt', '-d', 'postgres', '-c', 'SELECT rolname FROM pg_roles'], check=True,
                              capture_output=True, text=True, encoding='utf-8').stdout.split('\n'))


def drop_roles(names):
    """Drop roles of a document, which would be there when it is run again: they outlive its database."""
    for name in sorted(names):
        psql('postgres', 'DROP ROLE IF EXISTS %s' % name)


def run_document(path, rewrite, verbose):
    """Run a document; returns how many of its blocks passed and failed."""
    with open(path, encoding='utf-8') as f:
        document = f.read()
    database = 'documents_%d' % os.getpid()
    counts = [0, 0]
    psql('postgres', 'CREATE DATABASE %s' % database)
    session = None
    others = roles()
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
        drop_roles({name for block in blocks(document) if block.kind == 'sql' for name in ROLE.findall(block.text)} - others)
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
        if block.kind in ('yaql', 'jinja'):
            begin, end = block.span
            document = document[:begin] + shown.rstrip('\n') + document[end:]
            continue
        want, got = essences(block.expected or '', shown)
        if block.span is not None and want != got:
            begin, end = block.span
            document = document[:begin] + results(shown) + '\n' + document[end:]
    with open(path, 'w', encoding='utf-8') as f:
        f.write(document)


def check_page(name):
    """Compare a page that make docs writes with what it would write now; returns counts."""
    docs = os.path.join(os.path.dirname(here), 'docs')
    database = 'documents_%d' % os.getpid()
    psql('postgres', 'CREATE DATABASE %s' % database)
    try:
        psql(database, 'CREATE EXTENSION mistral')
        written = subprocess.run(['psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', database,
                                  '-f', os.path.join(docs, name + '.sql')],
                                 check=True, capture_output=True, text=True, encoding='utf-8').stdout
    finally:
        psql('postgres', 'DROP DATABASE %s WITH (FORCE)' % database)
    with open(os.path.join(docs, name + '.md'), encoding='utf-8') as f:
        committed = f.read()
    if committed == written:
        return [1, 0]
    print('FAIL docs/%s.md is not what "make docs" writes now\n%s' % (name, '\n'.join(list(difflib.unified_diff(
        committed.split('\n'), written.split('\n'), 'committed', 'written', lineterm='', n=1))[:20])), flush=True)
    return [0, 1]


def main():
    root = os.path.dirname(here)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='*', default=[os.path.join(root, 'README.md')] + sorted(
        set(glob.glob(os.path.join(root, 'docs', '*.md'))) - {os.path.join(root, 'docs', 'reference.md')}))
    parser.add_argument('--write', action='store_true', help='put the outputs that were seen into the documents')
    parser.add_argument('-v', '--verbose', action='store_true')
    options = parser.parse_args()

    passed = failed = 0
    for name in PAGES:
        counts = check_page(name) if not sys.argv[1:] else [0, 0]
        passed += counts[0]
        failed += counts[1]
    for path in options.files:
        counts = run_document(path, options.write, options.verbose)
        passed += counts[0]
        failed += counts[1]
    print('%d passed, %d failed' % (passed, failed), flush=True)
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
