\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- A failure below other executions is told once, with the path that leads to it.
SELECT story.define($$
cau_leaf: {tasks: {bad: {action: std.fail error_data="disk full"}, good: {action: std.noop}}}
cau_mid: {tasks: {call: {workflow: cau_leaf}}}
cau_top: {tasks: {nest: {workflow: cau_mid}, also: {action: std.fail error_data="no power"}}}
cau_items: {tasks: {each: {with-items: "i in [1, 2, 3]", workflow: cau_pick i=<% $.i %>}, all: {with-items: "i in [1, 2]", action: std.fail error_data=<% $.i %>}}}
cau_pick: {input: [i], tasks: {run: {action: std.noop, on-success: [{stop: <% $.i = 2 %>}, {bad: <% $.i = 3 %>}]}, stop: {action: std.noop, on-success: fail}, bad: {action: std.fail error_data="third"}}}
$$);
SELECT mistral.start_workflow('cau_leaf') AS id \gset
SELECT story.hide(state_info) AS state_info FROM mistral.executions WHERE id = :'id';
SELECT mistral.start_workflow('cau_top') AS id \gset
SELECT workflow_name, story.hide(state_info) AS state_info FROM mistral.executions
 WHERE :'id' IN (id, root_execution_id) ORDER BY created_at, id;
SELECT mistral.start_workflow('cau_items') AS id \gset
SELECT story.hide(state_info) AS state_info FROM mistral.executions WHERE id = :'id';

-- what a text says is kept as it is said, whatever it looks like
SELECT story.define($$
cau_words: {tasks: {nest: {workflow: cau_lines}, like: {action: std.fail, input: {error_data: "Failure caused by error in tasks: no"}}, said: {workflow: cau_said}}}
cau_lines: {tasks: {lines: {action: std.fail, input: {error_data: "one\n  two\n    three"}}, empty: {action: std.fail error_data=""}}}
cau_said: {tasks: {t: {action: std.noop, on-success: ["fail(msg='Failure caused by error in tasks: yes')"]}}}
$$);
SELECT mistral.start_workflow('cau_words') AS id \gset
SELECT story.hide(state_info) AS state_info FROM mistral.executions WHERE id = :'id';

-- it grows with the names only, not by doubling
SELECT story.define(string_agg(format('cau_deep%s: {tasks: {t: {workflow: cau_deep%s}}}', n, n + 1), E'\n')
                    || E'\ncau_deep20: {tasks: {t: {action: std.fail error_data="cause"}}}')
  FROM generate_series(0, 19) AS n;
SELECT mistral.start_workflow('cau_deep0') AS id \gset
SELECT story.hide(state_info) AS state_info FROM mistral.executions WHERE id = :'id';

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
