-- check(): it finds nothing where all is well, each kind of damage, and what it
-- proposes mends it.
SET client_min_messages = warning;
SELECT count(*) AS created FROM mistral.create_workflows($$
version: '2.0'

ck_child:
  tasks:
    ask: {action: std.async_noop}

ck_parent:
  vars: {a: 1}
  tasks:
    one: {action: std.noop, publish: {a: 2}, on-success: two}
    two: {action: std.noop, publish: {a: 3}, on-success: [child, later, outside]}
    child: {workflow: ck_child}
    later: {action: std.noop, wait-before: 1000, on-success: both}
    outside: {action: std.http, input: {url: 'http://127.0.0.1:1/'}, on-success: both}
    both: {join: all, action: std.noop}

ck_short:
  tasks:
    only: {action: std.noop}

ck_waits:
  timeout: 3600
  tasks:
    ask: {wait-for: go}

ck_people:
  tasks:
    ask: {action: std.human, input: {due: 2d}}

ck_limit:
  tasks:
    only: {action: std.async_noop, limits: {max: 1}}

ck_row:
  input: [row]
  tasks:
    only: {action: std.noop}
$$);
CREATE TABLE ck_table (id int);
SELECT mistral.start_workflow('ck_parent') AS e \gset
SELECT id AS child FROM mistral.workflow_executions WHERE parent_task_id IS NOT NULL AND root_id = :'e' \gset
SELECT mistral.start_workflow('ck_short') AS s \gset
SELECT mistral.start_workflow('ck_waits') AS g \gset
SELECT mistral.signal(:'g', 'early');
SELECT mistral.start_workflow('ck_people') AS h \gset
SELECT mistral.start_workflow('ck_limit') AS l1 \gset
SELECT mistral.start_workflow('ck_limit') AS l2 \gset
SELECT mistral.start_workflow('ck_child', key => 'ck', on_conflict => 'queue') AS k1 \gset
SELECT mistral.start_workflow('ck_child', key => 'ck', on_conflict => 'queue') AS k2 \gset
SELECT mistral.start_workflow('ck_child', start_at => now() + '1 day') AS k3 \gset
SELECT mistral.watch_table('ck_table', 'ck_row') AS w \gset
SELECT mistral.create_cron_trigger('ck_nightly', 'ck_short', '0 4 * * *') AS c \gset
SELECT * FROM mistral.check();

-- Break one thing, see what is found, do what is proposed, look again; all of
-- it is rolled back.
CREATE FUNCTION pg_temp.damage(statement text, OUT invariants text, OUT left_over bigint)
LANGUAGE plpgsql AS $$
DECLARE
	mends text[];
	mend text;
BEGIN
	EXECUTE statement;
	SELECT string_agg(DISTINCT c.invariant, ', ' ORDER BY c.invariant)
	  INTO invariants FROM mistral.check() c;
	-- what is mended may show the next
	FOR round IN 1 .. 3 LOOP
		SELECT array_agg(c.mend_sql ORDER BY c.object) FILTER (WHERE c.mend_sql IS NOT NULL)
		  INTO mends FROM mistral.check() c;
		EXIT WHEN mends IS NULL;
		FOREACH mend IN ARRAY mends LOOP
			-- of two, the first may have mended what the second is for
			BEGIN
				EXECUTE mend;
			EXCEPTION WHEN SQLSTATE 'MS041' OR SQLSTATE 'MS092' THEN
				NULL;
			END;
		END LOOP;
	END LOOP;
	SELECT count(*) INTO left_over FROM mistral.check();
	RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = 'undo';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	NULL;
END
$$;

SELECT d.n, r.invariants, r.left_over
  FROM (VALUES
	(1, format('DELETE FROM mistral.execution_data WHERE execution_id = %L', :'e')),
	(2, format('DELETE FROM mistral.workflow_executions WHERE id = %L', :'s')),
	(3, format('DELETE FROM mistral.workflow_versions WHERE id = (SELECT version_id FROM mistral.workflow_executions WHERE id = %L)', :'s')),
	(4, format('DELETE FROM mistral.task_executions WHERE execution_id = %L', :'s')),
	(5, format('DELETE FROM mistral.task_executions WHERE execution_id = %L AND name = ''child''', :'e')),
	(6, format('DELETE FROM mistral.contexts WHERE execution_id = %L', :'e')),
	(7, format('DELETE FROM mistral.action_executions WHERE execution_id = %L AND state = ''R''', :'e')),
	(8, format('DELETE FROM mistral.action_queue WHERE execution_id = %L', :'e')),
	(9, format('DELETE FROM mistral.delayed_calls WHERE execution_id = %L', :'e')),
	(10, format('UPDATE mistral.workflow_executions SET open_tasks = open_tasks + 1 WHERE id = %L', :'e')),
	(11, format('UPDATE mistral.task_executions SET open_children = 5 WHERE execution_id = %L AND name IN (''child'', ''outside'')', :'e')),
	(12, format('UPDATE mistral.action_executions SET executor_id = 1000000 WHERE execution_id = %L AND state = ''R''', :'e')),
	(13, format('UPDATE mistral.workflow_executions SET root_id = id WHERE id = %L', :'child')),
	(14, format('UPDATE mistral.task_executions SET project_id = ''nobody'' WHERE execution_id = %L AND name = ''two''', :'e')),
	(15, format('UPDATE mistral.workflow_executions SET finished_at = NULL WHERE id = %L', :'s')),
	(16, format('UPDATE mistral.workflow_executions SET state = ''E'', finished_at = now() WHERE id = %L', :'e')),
	(17, format('UPDATE mistral.workflow_executions SET state = ''P'', paused_by_maintenance = true WHERE id = %L', :'child')),
	(18, format('UPDATE mistral.task_executions SET processed = false WHERE execution_id = %L AND name = ''two''', :'e')),
	(19, 'DELETE FROM mistral.workflow_definitions WHERE name = ''ck_short'''),
	(20, 'UPDATE mistral.workflow_versions v SET retired_at = now() FROM mistral.workflow_definitions d WHERE d.version_id = v.id AND d.name = ''ck_short'''),
	(21, 'DELETE FROM mistral.delayed_calls WHERE kind = ''fire_cron_trigger'''),
	(22, 'DELETE FROM mistral.cron_triggers WHERE name = ''ck_nightly'''),
	(23, 'DELETE FROM mistral.table_watches'),
	(24, format('DROP TRIGGER %I ON ck_table', 'mistral_watch_' || :'w')),
	(25, 'DROP TABLE ck_table'),
	(26, 'DELETE FROM mistral.event_consumers WHERE name = '''''),
	(27, 'UPDATE mistral.event_consumers SET last_xact = ''99999999999'''),
	(28, 'ALTER TABLE mistral.maintenance DISABLE TRIGGER ALL'),
	(29, 'ALTER TABLE mistral.executors ENABLE TRIGGER note_load'),
	(30, 'ALTER SEQUENCE mistral.delayed_calls_id_seq RESTART'),
	(31, format('INSERT INTO mistral.events (xact_id, created_at, execution_id, root_id, project_id, event, payload)'
				' VALUES (''1'', now(), %1$L, %1$L, current_user, ''x'', ''{}''); UPDATE mistral.events SET xact_id = ''99999999999''', :'e')),
	(32, format('INSERT INTO mistral.action_results (action_id, execution_id, recorded_at, state, project_id) VALUES (gen_random_uuid(), %L, now(), ''S'', current_user)', :'e')),
	(33, format('INSERT INTO mistral.delayed_calls (due_at, created_at, execution_id, kind, project_id) VALUES (now(), now(), %L, ''change_child'', current_user)', gen_random_uuid())),
	(34, format('INSERT INTO mistral.delayed_calls (due_at, created_at, execution_id, task_id, kind, project_id) SELECT now() + ''1 year'', now(), execution_id, id, ''continue_task'', project_id FROM mistral.task_executions WHERE execution_id = %L', :'s')),
	(35, 'SELECT mistral.begin_restore()'),
	(36, format('DELETE FROM mistral.signal_waits WHERE execution_id = %L', :'g')),
	(37, format('UPDATE mistral.signal_waits SET action_id = gen_random_uuid() WHERE execution_id = %L', :'g')),
	(38, format('UPDATE mistral.signals SET execution_id = gen_random_uuid() WHERE execution_id = %L', :'g')),
	(39, 'ALTER SEQUENCE mistral.signals_id_seq RESTART'),
	(40, format('DELETE FROM mistral.limit_slots WHERE holder_id = (SELECT id FROM mistral.task_executions WHERE execution_id = %L)', :'l2')),
	(41, format('DELETE FROM mistral.limit_slots WHERE holder_id = (SELECT id FROM mistral.task_executions WHERE execution_id = %L)', :'l1')),
	(42, format('UPDATE mistral.limit_slots SET holder_id = gen_random_uuid() WHERE execution_id = %L', :'l1')),
	(43, 'DELETE FROM mistral.delayed_calls WHERE kind = ''timeout_execution'''),
	(44, 'DELETE FROM mistral.delayed_calls WHERE kind = ''begin_execution'''),
	(45, 'DELETE FROM mistral.start_queue'),
	(46, 'UPDATE mistral.start_keys SET turn_id = gen_random_uuid()'),
	(47, 'DELETE FROM mistral.start_keys'),
	(48, 'INSERT INTO mistral.secrets VALUES (gen_random_uuid(), ''0123456789abcdef'', current_user, ''"x"'')'),
	(49, format('UPDATE mistral.human_tasks SET id = gen_random_uuid() WHERE execution_id = %L', :'h')),
	(50, format('UPDATE mistral.human_tasks SET is_ended = true WHERE execution_id = %L', :'h')),
	(51, 'DELETE FROM mistral.delayed_calls WHERE kind = ''human_timer''')) AS d(n, statement),
	   LATERAL pg_temp.damage(d.statement) r
 ORDER BY d.n;

-- nothing has stayed
SELECT * FROM mistral.check();
-- a lost action of an execution that was deleted meanwhile, until its call is run
BEGIN;
INSERT INTO mistral.delayed_calls (due_at, created_at, execution_id, task_id, kind, project_id)
	SELECT now() + '1 day', now() - s.age, gen_random_uuid(), gen_random_uuid(), 'lose_action', current_user
	  FROM unnest('{1 s,1 day}'::interval[]) AS s(age);
SELECT invariant FROM mistral.check() ORDER BY 1;
ROLLBACK;
-- of one execution, and no more than asked for
BEGIN;
UPDATE mistral.workflow_executions SET open_tasks = open_tasks + 1;
SELECT count(*) > 2 AS many FROM mistral.check();
SELECT invariant FROM mistral.check(:'e');
SELECT count(*) FROM mistral.check(max_rows => 1);
ROLLBACK;
-- each project sees its own, and the database is the administrator's
BEGIN;
CREATE ROLE ck_user;
GRANT USAGE ON SCHEMA mistral TO ck_user;
GRANT EXECUTE ON FUNCTION mistral.check(uuid, int), mistral.can_read_project(text), mistral.is_admin(),
	mistral.state_name("char") TO ck_user;
GRANT SELECT ON mistral.violations TO ck_user;
UPDATE mistral.workflow_executions SET open_tasks = open_tasks + 1 WHERE id = :'e';
SELECT mistral.begin_restore();
SELECT invariant FROM mistral.check() ORDER BY 1;
SET ROLE ck_user;
SELECT invariant FROM mistral.check();
ROLLBACK;

SELECT mistral.delete_execution(x, true) FROM unnest(ARRAY[:'e', :'s', :'g', :'k1', :'k2', :'k3']::uuid[]) AS x;
SELECT mistral.unwatch_table(:'w');
SELECT mistral.delete_cron_trigger(:'c');
SELECT mistral.delete_workflow(w) FROM unnest('{ck_parent,ck_child,ck_short,ck_waits,ck_row}'::text[]) AS w;
DROP TABLE ck_table;
