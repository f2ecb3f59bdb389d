#!/usr/bin/python3
"""Queries of std.sql in the workers: whose rights they have, and what they
survive.

    attack_sql_action.py --bindir DIR --database CONNINFO

The last line is "N passed, N failed".
"""

import argparse
import os
import subprocess
import time

ROLE = "attack_sql_tenant"
WORKFLOWS = """
version: '2.0'
deferred:
  tasks:
    t: {wait-before: 1, action: std.sql query="INSERT INTO attack_sql.jobs VALUES ('q')"}
locked:
  tasks:
    t: {wait-before: 1, action: std.sql query="UPDATE attack_sql.slow SET n = n + 1"}
deadlock:
  input: [a, b]
  tasks:
    t:
      wait-before: 1
      action: std.sql query="SELECT attack_sql.both($1, $2)"
      input: {params: ['<% $.a %>', '<% $.b %>']}
"""


class Attack:
    """Runs the checks on one database, and counts."""

    def __init__(self, bindir, database):
        self.psql = [os.path.join(bindir, "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database]
        self.passed = self.failed = 0

    def sql(self, text, role=None):
        """The output of statements, as a role."""
        if role is not None:
            text = f"SET SESSION AUTHORIZATION {role}; {text}"
        done = subprocess.run(self.psql, input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def check(self, name, got, want):
        """Count one comparison."""
        if got == want:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{name}: got {got!r}, expected {want!r}")

    def wait(self, query, want, seconds=60):
        """What a query returns once it returns what is wanted, or too late."""
        end = time.monotonic() + seconds
        got = self.sql(query)
        while got != want and time.monotonic() < end:
            time.sleep(0.05)
            got = self.sql(query)
        return got

    def start(self, workflow, values="{}"):
        """Start a workflow as the tenant."""
        return self.sql(f"SELECT mistral.start_workflow('{workflow}', '{values}')", ROLE)

    def state(self, execution):
        """The query for the state of an execution."""
        return f"SELECT state FROM mistral.executions WHERE id = '{execution}'"

    def set_up(self):
        """A tenant with tables of his own."""
        self.sql(f"""
            SET client_min_messages = warning;
            CREATE ROLE {ROLE} LOGIN;
            SELECT mistral.create_roles();
            GRANT mistral_user TO {ROLE};
            CREATE SCHEMA attack_sql AUTHORIZATION {ROLE};""")
        self.sql(f"""
            CREATE TABLE attack_sql.ran_as (who text);
            CREATE TABLE attack_sql.jobs (name text);
            CREATE TABLE attack_sql.slow (n int);
            INSERT INTO attack_sql.slow VALUES (0);
            CREATE TABLE attack_sql.pair (id text PRIMARY KEY, n int);
            INSERT INTO attack_sql.pair VALUES ('a', 0), ('b', 0);
            CREATE FUNCTION attack_sql.trap() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN INSERT INTO attack_sql.ran_as VALUES (current_user); RETURN NULL; END$$;
            CREATE CONSTRAINT TRIGGER trap AFTER INSERT ON attack_sql.jobs
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION attack_sql.trap();
            CREATE FUNCTION attack_sql.both(first text, second text) RETURNS void LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE attack_sql.pair SET n = n + 1 WHERE id = first;
                UPDATE attack_sql.pair SET n = n + 1 WHERE id = second;
            END$$;
            SELECT count(*) FROM mistral.create_workflows($w${WORKFLOWS}$w$);""", ROLE)

    def clean_up(self):
        """Leave nothing behind."""
        self.sql(f"""
            SET client_min_messages = warning;
            SELECT mistral.delete_execution(id, true) FROM mistral.executions
             WHERE project_id = '{ROLE}' AND task_execution_id IS NULL;
            SELECT mistral.delete_workflow(id::text) FROM mistral.workflows WHERE project_id = '{ROLE}';
            DROP SCHEMA attack_sql CASCADE;
            DROP ROLE {ROLE};""")

    def deferred_trigger(self):
        """A deferred trigger must not run with the rights of the worker."""
        execution = self.start("deferred")
        self.check("deferred trigger", self.wait(self.state(execution), "SUCCESS"), "SUCCESS")
        self.check("its rights", self.sql("SELECT DISTINCT who FROM attack_sql.ran_as"), ROLE)

    def hold(self, statement):
        """A session that keeps a transaction open after a statement."""
        session = subprocess.Popen(self.psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        session.stdin.write(f"BEGIN; {statement};\n\\echo held\n")
        session.stdin.flush()
        session.stdout.readline()
        return session

    def lock_timeout(self):
        """A lock that lasts longer than the worker waits is waited for."""
        session = self.hold("LOCK TABLE attack_sql.slow")
        execution = self.start("locked")
        tried = ("SELECT count(*) FROM mistral.delayed_calls"
                 f" WHERE execution_id = '{execution}' AND kind = 'run_action' AND error LIKE '%lock timeout%'")
        self.check("tried again", self.wait(tried, "1"), "1")
        self.check("while it is locked", self.sql(self.state(execution)), "RUNNING")
        session.communicate("COMMIT;\n")
        self.check("once it is free", self.wait(self.state(execution), "SUCCESS"), "SUCCESS")
        self.check("done once", self.sql("SELECT n FROM attack_sql.slow"), "1")

    def conflict(self):
        """A session and the worker take rows in opposite order."""
        session = self.hold("UPDATE attack_sql.pair SET n = n + 10 WHERE id = 'b'")
        execution = self.start("deadlock", '{"a": "a", "b": "b"}')
        waits = ("SELECT count(*) FROM mistral.delayed_calls"
                 f" WHERE execution_id = '{execution}' AND kind = 'run_action'")
        self.wait(waits, "1")
        session.communicate("UPDATE attack_sql.pair SET n = n + 10 WHERE id = 'a'; COMMIT;\n")
        self.check("after a conflict", self.wait(self.state(execution), "SUCCESS"), "SUCCESS")
        self.check("both effects", self.sql("SELECT string_agg(n::text, ' ' ORDER BY id) FROM attack_sql.pair"),
                   "11 11")


def main():
    """Run all checks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bindir", required=True)
    parser.add_argument("--database", required=True)
    options = parser.parse_args()
    attack = Attack(options.bindir, options.database)
    attack.set_up()
    try:
        attack.deferred_trigger()
        attack.lock_timeout()
        attack.conflict()
    finally:
        attack.clean_up()
    print(f"{attack.passed} passed, {attack.failed} failed")


main()
