#!/usr/bin/python3
"""A secret is shown by nothing: not by any table, view, function or REST resource,
to whoever asks, its own project included; only who claims an action with it gets it.

Canaries go the ways that secrets go: through an environment, inputs, expressions,
results, errors, contexts, sub-workflows, items, events, triggers and actions that
run by themselves.  Then all there is is walked, as every kind of role.

usage: attack_secrets.py --bindir DIR --database CONNINFO [-v]

The last line is "N passed, N failed".
"""
import contextlib
import http.client
import random
import re
import time

import psycopg2

import attack_functions as functions
from rest_attack import Server, check, main

MARKED = 'Canary-of-nobody-7d2f'        # a variable that its environment says is secret
NAMED = 'Canary-by-name-91ac'           # what a setting makes a secret, wherever it is
NUMBER = 918273645
CANARIES = (MARKED, NAMED, str(NUMBER))
ROLES = {
    'attack_secrets_own': 'mistral_user',
    'attack_secrets_other': 'mistral_user',
    'attack_secrets_observer': 'mistral_observer',
    'attack_secrets_admin': 'mistral_admin',
    'attack_secrets_executor': 'mistral_executor',
    'attack_secrets_both': 'mistral_user, mistral_observer',
    'attack_secrets_nobody': None,
}
# what hands actions to those who run them
CLAIMS = ('mistral.claim_actions', 'mistral.claimed_actions', 'mistral.exchange_actions')
OWN = 'attack_secrets_own'

DEFINITIONS = """
version: '2.0'

sec_all:
  input: [password, plain]
  output: {all: <% $ %>, env: <% env() %>, again: <% $.password + $.plain %>}
  output-on-error: {all: <% $ %>}
  vars: {early: <% env().token %>}
  tasks:
    echo:
      action: std.echo
      input: {output: "<% 'Bearer ' + env().token + ' ' + $.password %>"}
      publish: {seen: <% task().result %>, number: <% env().pin %>, text: <% str(env().pin) %>}
      publish-on-error: {seen: nothing}
      on-success: [sql, items, below, global, guarded, http, waits, alone]
    sql:
      action: std.sql
      input: {query: "SELECT $1::text AS said, 1 / length($2) AS one", params: ["<% $.seen %>", "<% env().token %>"]}
      publish: {rows: <% task().result %>}
    items:
      with-items: i in <% [env().token, $.password, $.plain] %>
      action: std.echo output=<% $.i %>
      publish: {outputs: <% task().result %>}
    below: {workflow: sec_below password=<% $.password %> given=<% env().token %>}
    global:
      action: std.noop
      publish: {branch: {b: <% env().token %>}, global: {g: <% env().token %>}}
    guarded:
      action: std.noop
      on-success:
        - noop: <% env().token.len() = 21 and env().token.startsWith('Canary-of-nob') %>
        - fail(msg=<% env().token %>): <% not env().token.endsWith('-7d2f') %>
    http:
      action: std.http
      input: {url: "https://user:<% env().token %>@host/", headers: {Authorization: <% $.seen %>, Pin: <% $.text %>}}
    waits:
      action: std.async_noop
      wait-before: 0
    alone: {action: std.sleep seconds=3600}

sec_below:
  input: [password, given]
  output: {o: <% $.given + '!' %>}
  tasks:
    t: {action: std.echo output=<% $.given + $.password %>, publish: {got: <% task().result %>}}

sec_fails:
  input: [password]
  tasks:
    t: {action: std.fail error_data=<% env().token %>, on-error: [u, v]}
    u: {action: std.echo output=<% env().token.nothing %>}
    v: {action: <% env().token %>}

sec_message:
  input: [password]
  tasks:
    t:
      action: std.noop
      on-success:
        publish: {branch: {p: <% env().token %>}}
        next:
          - fail(msg=<% env().token + ' ' + $.password %>)
"""


def forget(cursor):
    for role in ROLES:
        cursor.execute('SELECT 1 FROM pg_roles WHERE rolname = %s', (role,))
        if cursor.fetchone():
            cursor.execute('DROP OWNED BY %s; DROP ROLE %s' % (role, role))


def make_roles(cursor):
    cursor.execute('SET client_min_messages = warning; SELECT mistral.create_roles()')
    forget(cursor)
    for role, group in ROLES.items():
        cursor.execute('CREATE ROLE %s LOGIN' % role)
        if group:
            cursor.execute('GRANT %s TO %s' % (group, role))


def wait(cursor, query, what):
    """Until a query is true."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        cursor.execute(query)
        if cursor.fetchone()[0]:
            return
        time.sleep(0.05)
    check(what, False, 'did not happen')


def send_canaries(cursor):
    """Start everything, and let it come as far as it can without an executor."""
    cursor.execute('SET SESSION AUTHORIZATION %s' % OWN)
    cursor.execute('SELECT mistral.create_workflows(%s, or_replace => true)', (DEFINITIONS,))
    cursor.execute("""SELECT mistral.create_environment('sec_env', %s, secrets => '{token,pin}')""",
                   ('{"token": "%s", "pin": %d, "url": "https://x:%s@host/", "api_password": "%s", "open": "door"}'
                    % (MARKED, NUMBER, MARKED, NAMED),))
    hook = '{"type": "webhook", "url": "http://127.0.0.1:9/"}'
    cursor.execute("SELECT mistral.create_event_subscription('sec_hook', %s)", (hook,))
    cursor.execute("SELECT mistral.create_event_consumer('sec_reader', from_start => true)")
    for name in ('sec_all', 'sec_fails', 'sec_message'):
        cursor.execute("""SELECT mistral.start_workflow(%s, %s, '{"env": "sec_env"}', description => %s)""",
                       (name, '{"password": "%s"%s}' % (NAMED, ', "plain": "%s"' % MARKED if name == 'sec_all' else ''), 'with ' + MARKED))
    cursor.execute("SELECT id FROM mistral.executions WHERE workflow_name = 'sec_all'")
    execution = cursor.fetchone()[0]
    # what others report has it in it, too
    cursor.execute("""SELECT mistral.complete_action(a.id, 'ERROR', to_jsonb('said ' || %s))
                        FROM mistral.actions a WHERE a.name = 'std.async_noop'""", (MARKED,))
    cursor.execute("SELECT mistral.create_cron_trigger('sec_cron', 'sec_fails', '0 0 1 1 *', %s, %s)",
                   ('{"password": "%s"}' % NAMED, '{"env": {"token": "x", "my_password": "%s"}}' % NAMED))
    cursor.execute("SELECT mistral.create_event_trigger('sec_event', id, 'e', 't', 'v', workflow_input => %s) "
                   "FROM mistral.workflows WHERE name = 'sec_fails'", ('{"password": "%s"}' % NAMED,))
    cursor.execute("""SELECT mistral.run_action('std.ssh', %s, '{"save_result": true}')""",
                   ('{"cmd": "true", "host": "h", "username": "u", "password": "%s"}' % NAMED,))
    cursor.execute("""SELECT mistral.run_action('std.echo', %s, '{"save_result": true}')""",
                   ('{"output": {"password": "%s"}}' % NAMED,))
    cursor.execute('RESET SESSION AUTHORIZATION')
    wait(cursor, "SELECT count(*) = 0 FROM mistral.delayed_calls WHERE project_id = '%s' AND due_at < now()" % OWN, 'all calls are done')
    wait(cursor, "SELECT count(*) > 0 FROM mistral.event_deliveries WHERE project_id = '%s'" % OWN, 'deliveries are made')
    return execution


def canaries_in(text):
    return [canary for canary in CANARIES if canary in text]


def walk_tables(cursor):
    """What the superuser finds anywhere but in the one table."""
    cursor.execute("""SELECT c.oid::regclass::text FROM pg_class c
                       WHERE c.relnamespace IN ('mistral'::regnamespace, 'mistral_api'::regnamespace)
                         AND c.relkind IN ('r', 'v', 'm') AND c.oid <> 'mistral.secrets'::regclass""")
    for (relation,) in cursor.fetchall():
        cursor.execute('SELECT r::text FROM %s AS r' % relation)
        found = [row[0] for row in cursor.fetchall() if canaries_in(row[0])]
        check('%s has no secret' % relation, not found, found[:1])


def walk_relations(database, role):
    """What a role may read directly."""
    with contextlib.closing(psycopg2.connect(database, user=role)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("""SELECT c.oid::regclass::text FROM pg_class c
                           WHERE c.relnamespace IN ('mistral'::regnamespace, 'mistral_api'::regnamespace)
                             AND c.relkind IN ('r', 'v', 'm')
                             AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')""")
        relations = [row[0] for row in cursor.fetchall()]
        check('%s may not read the secrets' % role, 'mistral.secrets' not in relations)
        for relation in relations:
            try:
                cursor.execute('SELECT r::text FROM %s AS r' % relation)
                found = [row[0] for row in cursor.fetchall() if canaries_in(row[0])]
                check('%s reads no secret in %s' % (role, relation), not found, found[:1])
            except psycopg2.errors.InsufficientPrivilege:
                pass


def walk_functions(database, role, listed):
    """What functions answer, and say when they fail."""
    choose = random.Random(1)
    caller = functions.Caller(database, role)
    for name, signature, types in listed:
        if name in CLAIMS:
            continue
        found = ''
        for arguments in functions.argument_lists(types, choose, role == OWN):
            state, answer = caller.call(name, types, arguments)
            if state == '42501' and 'permission denied for' in answer:
                break
            if canaries_in(answer):
                found = '%s -> %s' % (functions.shown(arguments), answer[:300])
                break
        check('%s learns nothing of %s' % (role, signature), not found, found)
    caller.close()


def get_text(server, address):
    with contextlib.closing(http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)) as connection:
        connection.request('GET', address)
        with connection.getresponse() as response:
            if response.headers['Content-Type'] == 'text/event-stream':
                return ''.join(response.readline().decode() for _ in range(4))     # one event; it has no end
            return response.read().decode()


def walk_api(options, role, names):
    """What the REST server answers."""
    with Server(options.bindir, '%s user=%s' % (options.database, role)) as server:
        status, document, _ = server.request('GET', '/openapi.json')
        check('the server answers', status == 200)
        for path, operations in sorted(document['paths'].items()):
            if 'get' not in operations:
                continue
            variables = re.findall(r'{(\w+)}', path)
            paths = [path] if not variables else [path.replace('{%s}' % variables[0], str(name)) for name in names]
            for address in paths:
                if '{' in address:
                    continue
                answer = get_text(server, address)
                check('%s learns nothing of GET %s' % (role, address), not canaries_in(answer), canaries_in(answer))
        check('nor does its log', not canaries_in(server.text()))


def use_references(database, references):
    """Whoever sees a reference of another project has no use for it."""
    for role in ('attack_secrets_other', 'attack_secrets_both'):
        with contextlib.closing(psycopg2.connect(database, user=role)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for reference in references:
                cursor.execute("SELECT mistral.run_action('std.sql', jsonb_build_object('query', 'SELECT $1::text AS v', 'params', "
                               "jsonb_build_array(%s::text))) ->> 'output'", (reference,))
                answer = cursor.fetchone()[0]
                check('%s gets a reference for a reference' % role, reference in answer and not canaries_in(answer), answer)
                cursor.execute("SELECT mistral.create_environment('sec_mine', jsonb_build_object('a', %s::text), or_replace => true)", (reference,))
                cursor.execute("SELECT mistral.create_workflows('{version: \"2.0\", sec_mine: {output: {o: <% env().a %>}, tasks: {t: {action: std.noop}}}}', "
                               "or_replace => true); SELECT mistral.start_workflow('sec_mine', params => '{\"env\": \"sec_mine\"}')")
                cursor.execute('SELECT output::text FROM mistral.executions WHERE id = %s', (cursor.fetchone()[0],))
                answer = cursor.fetchone()[0]
                check('%s starts nothing with it' % role, reference in answer and not canaries_in(answer), answer)


def claim(database, project):
    """Who runs the actions gets what they need, and nobody else's."""
    with contextlib.closing(psycopg2.connect(database, user='attack_secrets_executor')) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT mistral.register_executor('sec_runner', actions => '{std.http,std.ssh}', keeps_rules => true)")
        executor = cursor.fetchone()[0]
        cursor.execute('SELECT name, input::text FROM mistral.claim_actions(%s, 100) WHERE project_id = %s', (executor, project))
        inputs = dict(cursor.fetchall())
        check('the executor gets the secrets of a task', MARKED in inputs.get('std.http', '') and str(NUMBER) in inputs['std.http']
              and NAMED in inputs['std.http'], inputs)
        check('and of an action that runs by itself', NAMED in inputs.get('std.ssh', ''), inputs)
        cursor.execute('SELECT count(*) FROM mistral.claimed_actions(%s) WHERE input::text ~ %s', (executor, NAMED))
        check('and again when it asks', cursor.fetchone()[0] == 2)
        cursor.execute("SELECT mistral.complete_actions(%s, jsonb_agg(jsonb_build_object('id', action_id, 'error', 'failed with ' || input::text))) "
                       'FROM mistral.claimed_actions(%s)', (executor, executor))
        cursor.execute('SELECT mistral.unregister_executor(%s)', (executor,))


def attack(options):
    with contextlib.closing(psycopg2.connect(options.database)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute('SELECT current_database()')
        database = cursor.fetchone()[0]
        cursor.execute("ALTER DATABASE %s SET mistral.secret_keys = '*password*'" % database)
        try:
            attack_with(options, cursor)
        finally:
            cursor.execute('RESET SESSION AUTHORIZATION')
            cursor.execute('ALTER DATABASE %s RESET mistral.secret_keys' % database)
            cursor.execute("""SELECT mistral.delete_execution(id, true) FROM mistral.workflow_executions
                               WHERE project_id LIKE 'attack_secrets%' AND parent_task_id IS NULL""")
            cursor.execute("SELECT mistral.delete_cron_trigger(id) FROM mistral.cron_triggers WHERE project_id LIKE 'attack_secrets%'")
            # while the router stands still: it may be at events whose subscriptions go
            cursor.execute("BEGIN; SELECT FROM mistral.event_consumers WHERE name = '' FOR UPDATE")
            cursor.execute("DELETE FROM mistral.event_subscriptions WHERE project_id LIKE 'attack_secrets%'")
            cursor.execute("DELETE FROM mistral.event_deliveries WHERE project_id LIKE 'attack_secrets%'; COMMIT")
            for table in ('secrets', 'environments', 'event_triggers', 'event_consumers', 'action_executions', 'executors'):
                column = 'role_name' if table == 'executors' else 'project_id'
                cursor.execute("DELETE FROM mistral.%s WHERE %s LIKE 'attack_secrets%%'" % (table, column))


def attack_with(options, cursor):
    # workers have settings of the database from their start on
    cursor.execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type IN ('mistral scheduler', 'mistral dispatcher')")
    make_roles(cursor)
    with contextlib.closing(psycopg2.connect(options.database)) as connection:
        connection.autocommit = True
        own = connection.cursor()
        execution = send_canaries(own)
    cursor.execute("SELECT count(*) FROM mistral.tasks WHERE published::text ~ '<secret' OR state_info ~ '<secret'")
    check('canaries have gone through tasks', cursor.fetchone()[0] > 3)
    walk_tables(cursor)
    cursor.execute("SELECT name FROM mistral.environments WHERE project_id = %s", (OWN,))
    names = [row[0] for row in cursor.fetchall()]
    for relation in ('workflow_executions', 'task_executions', 'action_executions', 'contexts', 'workflow_definitions', 'cron_triggers',
                     'event_triggers', 'environments'):
        cursor.execute("SELECT id::text FROM mistral.%s WHERE project_id = %%s" % relation, (OWN,))
        names += [row[0] for row in cursor.fetchall()]
    functions.VALUES['uuid'] += tuple(n for n in names if len(n) == 36)
    functions.VALUES['text'] += tuple(names) + ('sec_reader', 'sec_all', "<% executions() %>", "<%% execution('%s') %%>" % execution)
    functions.VALUES['jsonb'] += ('{"id": "%s"}' % execution, '{"fields": "params,input,output"}')
    listed = functions.list_functions(cursor)
    for role in ROLES:
        walk_relations(options.database, role)
        walk_functions(options.database, role, listed)
    for role in (OWN, 'attack_secrets_observer', 'attack_secrets_other', 'attack_secrets_admin'):
        walk_api(options, role, names)
    cursor.execute("SELECT DISTINCT (regexp_matches(variables::text, '<secret [0-9a-f]{16}>', 'g'))[1] FROM mistral.environments WHERE project_id = %s", (OWN,))
    use_references(options.database, [row[0] for row in cursor.fetchall()])
    claim(options.database, OWN)
    walk_tables(cursor)
    cursor.execute("SELECT invariant, object, detail FROM mistral.check()")
    check('nothing is violated', cursor.fetchall() == [])


if __name__ == '__main__':
    main(__doc__, attack)
