-- Workflows that follow the rows of tables.
SET client_min_messages = warning;
CREATE SCHEMA watches_test;
SET search_path TO watches_test, mistral, public;
RESET client_min_messages;

SELECT count(*) FROM mistral.create_workflows($$
version: '2.0'
wa_order:
  input: [row]
  output: {said: <% $.said %>}
  tasks:
    say:
      action: std.echo output=<% $.row.item + ' for ' + $.row.who %>
      publish: {said: <% task().result %>}
wa_columns:
  input: [num, item, who]
  tasks:
    wait: {action: std.async_noop, publish: {got: <% task().result.item %>}}
  output: {got: <% $.got %>}
$$);
CREATE TABLE orders (num int PRIMARY KEY, item text, who text);
CREATE TABLE answers (action uuid, execution uuid, item text);

-- a row that comes starts a workflow, in the same transaction
SELECT mistral.watch_table('orders', 'wa_order') AS w \gset
INSERT INTO orders VALUES (1, 'tea', 'Ada'), (2, 'cake', 'Bo');
SELECT e.state, e.output ->> 'said' AS said, (e.description::jsonb -> 'triggered_by') - 'id' AS triggered_by
  FROM mistral.executions e WHERE e.workflow_name = 'wa_order' ORDER BY 2;
BEGIN;
INSERT INTO orders VALUES (3, 'milk', 'Cy');
ROLLBACK;
UPDATE orders SET item = 'coffee';
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'wa_order';
SELECT mistral.unwatch_table(:'w');
INSERT INTO orders VALUES (3, 'milk', 'Cy');
SELECT count(*) FROM mistral.executions WHERE workflow_name = 'wa_order';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'orders'::regclass;

-- columns as inputs; other rows wake an action, and cancel an execution
SELECT mistral.watch_table('orders', 'wa_columns', '{insert,update}', input_name => NULL) AS w \gset
UPDATE orders SET item = 'juice' WHERE num = 1;
INSERT INTO orders VALUES (4, 'soup', 'Di');
SELECT mistral.watch_table('answers', operation => 'wake', id_column => 'action') AS a,
       mistral.watch_table('answers', operation => 'cancel', id_column => 'execution') AS c \gset
INSERT INTO answers (action, item)
SELECT a.id, 'bread' FROM mistral.action_executions a JOIN mistral.executions e ON e.id = a.execution_id
 WHERE e.workflow_name = 'wa_columns' AND e.input ->> 'item' = 'juice';
INSERT INTO answers (execution)
SELECT e.id FROM mistral.executions e WHERE e.workflow_name = 'wa_columns' AND e.input ->> 'item' = 'soup';
SELECT input, state, output FROM mistral.executions WHERE workflow_name = 'wa_columns' ORDER BY input ->> 'num';
INSERT INTO answers (action, execution) SELECT action, execution FROM answers;
INSERT INTO answers VALUES ('00000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-000000000000');

-- rows that come in bulk, and those of partitions, whichever way they come
CREATE TABLE parts (num int, item text, who text) PARTITION BY RANGE (num);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_high (who text, gone int, item text, num int);
ALTER TABLE parts_high DROP COLUMN gone;
SELECT mistral.watch_table('parts', 'wa_order', '{INSERT,UPDATE,DELETE}') AS p \gset
ALTER TABLE parts ATTACH PARTITION parts_high FOR VALUES FROM (100) TO (200);
COPY parts FROM stdin;
1	oil	Flo
101	pie	Gus
\.
INSERT INTO parts_high (num, item, who) VALUES (102, 'nut', 'Hal');
UPDATE parts SET item = 'ham' WHERE num = 1;
DELETE FROM parts WHERE num = 101;
-- a row that moves to another partition leaves the one and comes to the other
UPDATE parts SET num = 2, item = 'rye' WHERE num = 102;
TRUNCATE parts;
SELECT e.output ->> 'said' AS said, e.input -> 'row' ->> 'num' AS num,
       e.description::jsonb -> 'triggered_by' ->> 'table' AS "table",
       e.description::jsonb -> 'triggered_by' ->> 'event' AS event
  FROM mistral.executions e
 WHERE e.description LIKE '%' || :'p' || '%' ORDER BY e.id;
SELECT mistral.unwatch_table(:'p');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'parts_low'::regclass;

-- who changes rows needs no rights on workflows, and row security comes first
CREATE ROLE watches_clerk;
GRANT USAGE ON SCHEMA watches_test TO watches_clerk;
GRANT INSERT ON orders TO watches_clerk;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY small ON orders FOR INSERT WITH CHECK (num < 1000);
SET ROLE watches_clerk;
INSERT INTO watches_test.orders VALUES (900, 'fig', 'Ida');
INSERT INTO watches_test.orders VALUES (1900, 'fig', 'Ida');
RESET ROLE;
SELECT e.input ->> 'num' AS num, e.project_id = current_user AS is_ours
  FROM mistral.executions e WHERE e.workflow_name = 'wa_columns' AND e.input ->> 'item' = 'fig';
DROP OWNED BY watches_clerk;
DROP ROLE watches_clerk;
ALTER TABLE orders DISABLE ROW LEVEL SECURITY;

-- a column that is renamed or dropped is missed; a table takes its trigger along
CREATE TABLE notes (action uuid, item text);
SELECT mistral.watch_table('notes', operation => 'wake', id_column => 'action') AS n \gset
ALTER TABLE notes RENAME action TO act;
INSERT INTO notes VALUES (NULL, 'lost');
ALTER TABLE notes DROP COLUMN act;
INSERT INTO notes VALUES ('lost');
DROP TABLE notes;
SELECT mistral.unwatch_table(:'n');

-- what is wrong is refused, and a start that fails undoes the change
ALTER TABLE orders ADD extra int;
INSERT INTO orders VALUES (5, 'salt', 'Ed', 1);
SELECT count(*) FROM orders WHERE num = 5;
SELECT mistral.watch_table('orders', 'wa_order', '{TRUNCATE}');
SELECT mistral.watch_table('orders', 'wa_order', '{}');
SELECT mistral.watch_table('orders');
SELECT mistral.watch_table('orders', operation => 'wake');
SELECT mistral.watch_table('orders', operation => 'wake', id_column => 'none');
SELECT mistral.watch_table('orders', operation => 'dance');
SELECT mistral.unwatch_table('00000000-0000-4000-8000-000000000000');

-- the trigger of a watch works for its own table only
CREATE TRIGGER stolen AFTER INSERT ON answers FOR EACH ROW EXECUTE FUNCTION mistral.watch_row(:'w');
\set VERBOSITY sqlstate
INSERT INTO answers DEFAULT VALUES;
\set VERBOSITY default

SET client_min_messages = warning;
SELECT mistral.unwatch_table(x) FROM unnest(ARRAY[:'w', :'a', :'c']::uuid[]) AS x;
DROP SCHEMA watches_test CASCADE;
SELECT mistral.delete_workflow(w) FROM unnest('{wa_order,wa_columns}'::text[]) AS w;
