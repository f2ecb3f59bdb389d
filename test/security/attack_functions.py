#!/usr/bin/python3
"""Every SQL function of the extension with every kind of argument, as every kind
of role: nulls, empty and huge values, wrong types of JSON, ids and names of
another project.  No call ends the server, none fails with an internal error,
and none answers with what belongs to another project.

usage: attack_functions.py --bindir DIR --database CONNINFO [--seed N] [-v]

The last line is "N passed, N failed".
"""
import argparse
import random
import sys

import psycopg2

SECRET = 'TopSecretOfB'
ROLES = {
    'attack_functions_a': 'mistral_user',
    'attack_functions_b': 'mistral_user',
    'attack_functions_admin': 'mistral_admin',
    'attack_functions_observer': 'mistral_observer',
    'attack_functions_executor': 'mistral_executor',
    'attack_functions_nobody': None,
}
# who may see what belongs to everybody, or is handed every project's actions
TRUSTED = ('attack_functions_b', 'attack_functions_admin', 'attack_functions_executor', 'attack_functions_observer')
THOROUGH = ('attack_functions_a', 'attack_functions_admin')     # who try every value in every place
COMBINATIONS = 12       # of arguments that are chosen at random, for each function and role
TIMEOUT = 500           # milliseconds that a call may take before it is told to end

DEFINITIONS = """
version: '2.0'
TopSecretOfB:
  description: TopSecretOfB
  tags: [TopSecretOfB]
  input: [x: TopSecretOfB]
  output: {o: TopSecretOfB}
  tasks:
    TopSecretOfB_done: {action: std.echo output=TopSecretOfB, publish: {p: TopSecretOfB}, on-success: TopSecretOfB_open}
    TopSecretOfB_open: {action: std.async_noop}
"""

DEEP = '[' * 6000 + ']' * 6000
PLAIN = ('', ' ', 'x' * 70000, 'nosuch', '%s%n', "'; SELECT 1 --", '\x01\x7f', 'é☃𝄞', '*', '{}', '[]', '0', '-1', 'RUNNING', 'public',
         "version: '2.0'\nw: {tasks: {t: {action: std.noop}}}", "version: '2.0'", '<% $ %>', '{{ _ }}', '<% executions() %>',
         '* * * * *', 'UTC', '(', '&a [*a]')
VALUES = {
    'text': PLAIN,
    'name': ('', 'nosuch', 'x' * 70000),
    'json': ('null', '{}', '[]', '7', '"x"', '{"a": 1}', '[null]', '[{"id": null}]'),
    'jsonb': ('null', '{}', '[]', '7', '"x"', 'true', '1e1000', '[[]]', '[null]', '{"a": {"b": []}}', '[{"id": null}]', '[{"id": 0, "result": {}}]',
              '{"limit": "-1", "marker": "x", "sort_keys": "id,id", "fields": ","}', '{"name": "in:a,b", "sort_dirs": "up"}', '{"id": "gt:"}',
              '{"workflow_name": 7}', '{"definition": null, "name": null, "id": null, "state": "?", "input": [], "params": 7}',
              '{"notify": [{}], "env": 7, "task_name": null, "evaluate_env": "x"}', '"' + 'x' * 70000 + '"', DEEP,
              '[' + ','.join(['{"id": 1}'] * 20000) + ']'),
    'integer': ('0', '-1', '1', '2147483647', '-2147483648'),
    'bigint': ('0', '-1', '1', '9223372036854775807', '-9223372036854775808'),
    'smallint': ('0', '-1', '32767'),
    'boolean': ('true', 'false'),
    'uuid': ('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    'inet': ('10.0.0.1', '::ffff:10.0.0.1/96', '64:ff9b:1::/48', '2001::/16', '0.0.0.0/0', '::'),
    'interval': ('0', '-1 s', '1 ms', '178000000 years', '-178000000 years', '1 month -30 days'),
    'timestamp with time zone': ('infinity', '-infinity', '4713-01-01 BC', '294276-12-31', '2026-01-01'),
    'text[]': ('{}', '{NULL}', '{""}', '{{a,b},{c,d}}', '[5:6]={a,b}', '{' + ','.join(['a'] * 20000) + '}'),
    'bigint[]': ('{}', '{NULL}', '{{1},{2}}', '[-5:-4]={1,9223372036854775807}'),
    'uuid[]': ('{}', '{NULL}', '{00000000-0000-0000-0000-000000000000}'),
    'jsonb[]': ('{}', '{NULL}', '{"{}",7}'),
    'boolean[]': ('{}', '{NULL}', '{t,f}'),
    'bytea': ('', r'\x00', r'\x' + 'ff' * 999, r'\x6e730100ff', r'\x6e73010000', r'\x6a22ff22', r'\x6a220022', r'\x74', r'\x6e73ffff41'),
    '"char"': ('', 'R', '?', r'\377'),
    'regclass': ('0', 'pg_class', 'mistral.workflow_executions'),
    'double precision': ('NaN', 'Infinity', '0', '-1e300'),
    # rows: null only
    'mistral_api.collections': (), 'mistral_api.fields': (), 'mistral.resource_members': (), 'mistral.stored_workflow': (),
    'mistral.task_executions': (), 'mistral.workflow_executions': (),
}


class Counts:
    """What was found."""

    def __init__(self, verbose):
        self.passed = self.failed = 0
        self.verbose = verbose

    def check(self, what, holds, detail=''):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
        if self.verbose or not holds:
            print('%s %s %s' % ('ok  ' if holds else 'FAIL', what, '' if holds else detail))


def forget_roles(cursor):
    for role in ROLES:
        cursor.execute('SELECT 1 FROM pg_roles WHERE rolname = %s', (role,))
        if cursor.fetchone():
            cursor.execute('DROP OWNED BY %s' % role)
            cursor.execute('DROP ROLE %s' % role)


def make_roles(cursor):
    forget_roles(cursor)
    for role, group in ROLES.items():
        cursor.execute('CREATE ROLE %s LOGIN' % role)
        if group:
            cursor.execute('GRANT %s TO %s' % (group, role))


def make_rows(cursor):
    """One row of every kind of project b, and the ids and names of them."""
    cursor.execute('SET SESSION AUTHORIZATION attack_functions_b')
    cursor.execute('SELECT mistral.create_workflows(%s)', (DEFINITIONS,))
    cursor.execute("SELECT mistral.create_actions(%s)", ("version: '2.0'\nTopSecretOfB: {base: std.echo, base-input: {output: TopSecretOfB}}",))
    cursor.execute("SELECT mistral.create_workbook(%s)", ("version: '2.0'\nname: TopSecretOfB\nworkflows: {w: {tasks: {t: {action: std.noop}}}}",))
    cursor.execute("""SELECT mistral.create_environment(%s, '{"x": "TopSecretOfB"}', %s)""", (SECRET, SECRET))
    cursor.execute("SELECT mistral.create_cron_trigger(%s, %s, '0 0 1 1 *')", (SECRET, SECRET))
    cursor.execute("SELECT mistral.create_event_trigger(%s, id, 'e', 't', 'ev') FROM mistral.workflows WHERE name = %s", (SECRET, SECRET))
    cursor.execute("""SELECT mistral.create_event_subscription(%s, '{"type": "noop", "x": "TopSecretOfB"}')""", (SECRET,))
    cursor.execute('SELECT mistral.create_event_consumer(%s)', (SECRET,))
    cursor.execute("SELECT mistral.start_workflow(%s, description => %s)", (SECRET, SECRET))
    cursor.execute("SELECT mistral.run_action('std.async_noop')")
    cursor.execute('SET SESSION AUTHORIZATION attack_functions_admin')     # only such store programs
    cursor.execute('SELECT mistral.create_code_source(%s, %s)', (SECRET, SECRET))
    cursor.execute('SELECT mistral.create_dynamic_action(%s, %s, (SELECT id FROM mistral.code_sources WHERE name = %s))', (SECRET,) * 3)
    cursor.execute('RESET SESSION AUTHORIZATION')
    ids = set()
    for relation in ('workflow_executions', 'task_executions', 'action_executions', 'contexts', 'workflow_definitions', 'workflow_versions',
                     'action_definitions', 'workbooks', 'environments', 'code_sources', 'dynamic_actions', 'cron_triggers', 'event_triggers'):
        cursor.execute("SELECT id::text FROM mistral.%s WHERE project_id LIKE 'attack_functions%%'" % relation)
        ids |= {row[0] for row in cursor}
    return sorted(ids)


def add_targets(ids):
    """Let arguments point at project b."""
    VALUES['uuid'] += tuple(ids)
    VALUES['text'] += (SECRET, 'attack_functions_b') + tuple(ids)
    VALUES['uuid[]'] += ('{' + ','.join(ids) + '}',)
    VALUES['jsonb'] += tuple('{"%s": "%s"}' % (name, i) for name in ('id', 'workflow_id', 'root_execution_id', 'project_id') for i in ids[:3])
    VALUES['jsonb'] += ('{"project_id": "attack_functions_b"}', '{"all_projects": "true"}', '{"workflow_name": "TopSecretOfB"}',
                        '{"name": "TopSecretOfB"}', '{"name": "has:TopSecret", "fields": "id"}')


def list_functions(cursor):
    cursor.execute("""SELECT p.pronamespace::regnamespace || '.' || quote_ident(p.proname), p.oid::regprocedure::text,
                             ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u(t, i) ORDER BY i)
                        FROM pg_proc p
                       WHERE p.pronamespace IN ('mistral'::regnamespace, 'mistral_api'::regnamespace)
                         AND p.prokind = 'f' AND NOT p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype)
                         AND 'internal'::regtype <> ALL (p.proargtypes::oid[]) AND 'cstring'::regtype <> ALL (p.proargtypes::oid[])
                       ORDER BY 2""")
    return cursor.fetchall()


def argument_lists(types, choose, thorough):
    """Lists of arguments: all null, one of each kind among nulls, and some at random."""
    yield [None] * len(types)
    for place, kind in enumerate(types if thorough else ()):
        for value in VALUES[kind]:
            yield [value if i == place else None for i in range(len(types))]
    for _ in range(COMBINATIONS if types else 0):
        yield [choose.choice(VALUES[kind] or (None,)) for kind in types]


class Caller:
    """A session of a role, which keeps nothing of what it calls."""

    def __init__(self, database, role):
        self.role = role
        self.connection = psycopg2.connect(database, user=role)
        self.cursor = self.connection.cursor()

    def call(self, name, types, arguments):
        """The answer as a text, or SQLSTATE and message of the refusal."""
        self.cursor.execute("SET LOCAL statement_timeout = %d; SET LOCAL lock_timeout = %d" % (TIMEOUT, TIMEOUT))
        places = ', '.join('%%s::%s' % kind for kind in types)
        try:
            self.cursor.execute("SELECT r::text FROM %s(%s) AS r" % (name, places), arguments)
            return None, ' '.join(str(row[0]) for row in self.cursor.fetchall())
        except psycopg2.Error as error:
            return error.pgcode or 'lost', str(error)
        except UnicodeDecodeError as error:
            return 'XX malformed text', str(error)
        finally:
            if not self.connection.closed:
                self.connection.rollback()

    def close(self):
        self.connection.close()


def shown(arguments):
    return '(%s)' % ', '.join('null' if a is None else repr(a if len(a) < 80 else a[:77] + '...') for a in arguments)


def repeats(arguments):
    """Whether the secret is only what the caller has said himself."""
    return any(SECRET in a for a in arguments if a is not None)


def attack_role(database, role, functions, choose, counts):
    caller = Caller(database, role)
    for name, signature, types in functions:
        for arguments in argument_lists(types, choose, role in THOROUGH):
            state, answer = caller.call(name, types, arguments)
            if state == 'lost' or caller.connection.closed:
                counts.check('%s lives through %s' % (role, signature), False, shown(arguments) + ' ' + answer)
                return
            what = '%s %s' % (role, signature)
            if state is not None and state[:2] == 'XX':
                counts.check(what + ' has no internal error', False, shown(arguments) + ' ' + answer)
            elif role not in TRUSTED and SECRET in answer and not repeats(arguments):
                counts.check(what + ' tells nothing of others', False, shown(arguments) + ' ' + answer[:300])
            else:
                counts.passed += 1
            if state == '42501' and 'permission denied for function' in answer:
                break           # not his, whatever the arguments are
    caller.close()


def attack(options):
    connection = psycopg2.connect(options.database)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute('SET client_min_messages = warning; SELECT mistral.create_roles(); SELECT pg_postmaster_start_time()')
    make_roles(cursor)
    cursor.execute('SELECT mistral.create_roles()')
    counts = Counts(options.verbose)
    add_targets(make_rows(cursor))
    functions = list_functions(cursor)
    unknown = sorted({kind for _, _, types in functions for kind in types} - set(VALUES))
    counts.check('there are values for every type of argument', not unknown, unknown)
    functions = [f for f in functions if not set(f[2]) - set(VALUES)]
    for role in ROLES:
        attack_role(options.database, role, functions, random.Random(options.seed), counts)
    cursor.execute("SELECT count(*) FROM mistral.workflow_executions WHERE project_id = 'attack_functions_b'")
    counts.check('what the other project has is still there', cursor.fetchone()[0] == 1)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bindir', required=True)
    parser.add_argument('--database', required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('-v', '--verbose', action='store_true')
    counts = attack(parser.parse_args())
    print('%d passed, %d failed' % (counts.passed, counts.failed))
    sys.exit(1 if counts.failed else 0)


if __name__ == '__main__':
    main()
