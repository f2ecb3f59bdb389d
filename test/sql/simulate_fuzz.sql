-- Random workflows of all constructs and both languages: mistral.simulate()
-- answers or refuses, and decides as an execution does.  The numbers follow
-- from the seed, so a row that is printed can be made again.
CREATE FUNCTION pg_temp.chance(percent int) RETURNS boolean
LANGUAGE sql VOLATILE AS 'SELECT random() * 100 < $1';

CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text
LANGUAGE sql VOLATILE AS 'SELECT choices[1 + floor(random() * cardinality(choices))::int]';

CREATE FUNCTION pg_temp.yaql(depth int) RETURNS text
LANGUAGE plpgsql VOLATILE AS $f$
BEGIN
	IF depth > 0 AND pg_temp.chance(35) THEN
		RETURN format(pg_temp.pick('[%1$s]', 'dict(a => %1$s)', 'str(%1$s)', 'json_dump(%1$s)',
			'json_pp(%1$s)', 'yaml_dump(%1$s)', '(%1$s).len()', '%1$s = %1$s', 'bool(%1$s)',
			'(%1$s).toList()', 'isDict(%1$s)', 'let(x => %1$s) -> $x'), pg_temp.yaql(depth - 1));
	END IF;
	RETURN pg_temp.pick('execution()', 'execution().spec', 'execution().spec.tasks.keys()', 'execution().id',
		'execution().input', 'execution().params', 'execution().root_execution_id', 'execution().created_at',
		'executions()', 'executions(state => SUCCESS)', 'executions(rootExecutionId => execution().id)',
		'executions(id => execution().id)', 'executions(id => nosuch)', 'executions(fromTime => "2000-01-01T00:00")',
		'executions().select($.spec)', 'tasks()', 'tasks(execution().id, true)',
		'tasks(execution().id, true, SUCCESS, true)', 'tasks(nosuch)', 'tasks().select($.result)',
		'task()', 'task()?.result', 'task()?.spec', 'task(t1)', 'task(t1)?.result', 'task(t2)?.published',
		'task(t3)?.state_info', 'env()', 'env().v', 'global(g)', 'uuid()', 'json_parse("[1]")', '$', '$.i', '$.get(p)', '$.get(q)',
		'$.get("__execution")', '$.get("__task_execution")', '$.get("__env")', '$.nosuch', '1 + 1', '1 / 0',
		'range(0, 3)', '[1, 2]', '{a => 1}', 'true', 'false', 'null', '0', 'datetime(2020, 1, 1)', 't1', 'w2');
END
$f$;

CREATE FUNCTION pg_temp.jinja(depth int) RETURNS text
LANGUAGE plpgsql VOLATILE AS $f$
BEGIN
	IF depth > 0 AND pg_temp.chance(35) THEN
		RETURN format(pg_temp.pick('[%1$s]', '{"a": %1$s}', '(%1$s)|string', '(%1$s)|list', '(%1$s)|length',
			'(%1$s)|tojson', '(%1$s)|pprint', '(%1$s)|json_pp', 'json_dump(%1$s)', 'json_pp(%1$s)', 'yaml_dump(%1$s)',
			'(%1$s) == (%1$s)', '(%1$s) is mapping', '(%1$s)|default(1)'), pg_temp.jinja(depth - 1));
	END IF;
	RETURN pg_temp.pick('execution()', 'execution().spec', 'execution().spec.tasks', 'execution().id',
		'execution().input', 'execution().params', 'execution().root_execution_id', 'executions()',
		'executions(state="SUCCESS")', 'executions(root_execution_id=execution().id)',
		'executions(id=execution().id)', 'executions(to_time="2000-01-01")', 'tasks()',
		'tasks(execution().id, true)', 'tasks(execution().id, true, "SUCCESS", true)', 'task()', '(task() or {}).result',
		'task("t1")', '(task("t1") or {}).result', '(task("t2") or {}).published', '1|task("t1")', '1|tasks', '1|execution', 'env()',
		'env().v', '1|env', 'global("g")', 'uuid()', '1|uuid', 'json_parse("[1]")', '_', '_.i', '_.p', '_.q',
		'_.__execution', '_.__task_execution', '_.__env', '_.nosuch', '1 + 1', '1 / 0', 'range(3)|list',
		'[1, 2]', 'true', 'false', 'none', '0', '"t1"', '"w2"');
END
$f$;

-- An expression, in some places with text around it.
CREATE FUNCTION pg_temp.expr(pattern text DEFAULT '%s') RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $f$
BEGIN
	RETURN to_jsonb(format(pattern, CASE WHEN pg_temp.chance(50) THEN format('<%% %s %%>', pg_temp.yaql(2))
			ELSE format('{{ %s }}', pg_temp.jinja(2)) END));
END
$f$;

-- What follows a task: only later ones, so that every execution ends.
CREATE FUNCTION pg_temp.clause(task int, n int, is_first boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
	list jsonb := '[]';
	target text;
	later text[] := ARRAY(SELECT 't' || i FROM generate_series(task + 1, n) AS i);
BEGIN
	target := pg_temp.pick(VARIADIC later || ARRAY['fail', 'succeed', 'noop', 'pause', 'fail(msg=<% task().name %>)']);
	list := list || CASE WHEN pg_temp.chance(25) THEN jsonb_build_object(target, pg_temp.expr())
		ELSE to_jsonb(target) END;
	IF is_first THEN
		list := to_jsonb(later);	-- joins have somebody to wait for
	END IF;
	IF pg_temp.chance(20) THEN
		RETURN jsonb_build_object('next', list, 'publish',
			jsonb_build_object('branch', jsonb_build_object('p', pg_temp.expr()), 'global', jsonb_build_object('g', pg_temp.expr())));
	END IF;
	RETURN list;
END
$f$;

-- The work of a task; timed: with what passes time.
CREATE FUNCTION pg_temp.work(timed boolean, level int) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
	task jsonb;
BEGIN
	task := CASE WHEN level < 3 AND pg_temp.chance(25)
		THEN jsonb_build_object('workflow', CASE WHEN pg_temp.chance(90) THEN to_jsonb('w' || level + 1) ELSE pg_temp.expr() END)
		ELSE pg_temp.pick('{"action": "std.echo"}', '{"action": "std.echo"}', '{"action": "std.echo"}', '{"action": "std.noop"}',
			'{"action": "std.fail"}', '{"action": "adhoc"}', '{"action": "nosuch"}',
			'{"action": "<% task().nosuch %>"}')::jsonb END;
	IF timed AND pg_temp.chance(10) THEN
		task := pg_temp.pick('{"action": "std.async_noop"}', '{"action": "std.http"}', '{"action": "std.sql"}')::jsonb;
	END IF;
	IF pg_temp.chance(20) THEN
		task := task || jsonb_build_object('with-items', 'i in ' || pg_temp.pick('<% range(0, 4) %>', '{{ [1, 2, 3] }}', '[1, 2]',
			'<% tasks(execution().id).select($.name) %>', '{{ execution().spec }}', '<% [] %>', '{{ executions() }}'));
		IF pg_temp.chance(40) THEN
			task := task || jsonb_build_object('concurrency', 1 + floor(random() * 3)::int);
		END IF;
	END IF;
	RETURN task || CASE task ->> 'action'
		WHEN 'std.echo' THEN jsonb_build_object('input', jsonb_build_object('output', pg_temp.expr(pg_temp.pick('%s', '%s', 'text %s'))))
		WHEN 'adhoc' THEN jsonb_build_object('input', jsonb_build_object('a', pg_temp.expr()))
		WHEN 'std.http' THEN '{"input": {"url": "http://127.0.0.1:9"}}'
		WHEN 'std.sql' THEN '{"input": {"query": "SELECT 1"}}'
		ELSE '{}' END::jsonb;
END
$f$;

CREATE FUNCTION pg_temp.task(number int, n int, timed boolean, level int) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
	task jsonb := pg_temp.work(timed, level);
	name text;
	is_first boolean;
BEGIN
	FOREACH name IN ARRAY '{on-success,on-error,on-complete,on-skip}'::text[] LOOP
		is_first := name = 'on-success' AND number = 1 AND n > 1;
		IF is_first OR pg_temp.chance(CASE name WHEN 'on-success' THEN 70 ELSE 20 END) THEN
			task := task || jsonb_build_object(name, pg_temp.clause(number, n, is_first));
		END IF;
	END LOOP;
	FOREACH name IN ARRAY '{publish,publish-on-error,publish-on-skip}'::text[] LOOP
		IF pg_temp.chance(40) THEN
			task := task || jsonb_build_object(name, jsonb_build_object(pg_temp.pick('p', 'q'), pg_temp.expr()));
		END IF;
	END LOOP;
	FOREACH name IN ARRAY '{keep-result,safe-rerun,target,fail-on,pause-before}'::text[] LOOP
		IF pg_temp.chance(5) THEN
			task := task || jsonb_build_object(name, pg_temp.expr());
		END IF;
	END LOOP;
	IF number > 1 AND pg_temp.chance(30) THEN
		task := task || pg_temp.pick('{"join": "all"}', '{"join": "one"}', '{"join": 1}')::jsonb;
	END IF;
	IF timed THEN
		FOREACH name IN ARRAY '{wait-before,wait-after,timeout}'::text[] LOOP
			IF pg_temp.chance(15) THEN
				task := task || jsonb_build_object(name, CASE WHEN pg_temp.chance(70) THEN to_jsonb(floor(random() * 5)::int) ELSE pg_temp.expr() END);
			END IF;
		END LOOP;
		IF pg_temp.chance(20) THEN
			task := task || jsonb_build_object('retry', jsonb_build_object('count', 2, 'delay', 1,
				pg_temp.pick('break-on', 'continue-on'), pg_temp.expr()));
		END IF;
	END IF;
	RETURN task;
END
$f$;

CREATE FUNCTION pg_temp.workflow(timed boolean, level int) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
	workflow jsonb := '{}';
	tasks jsonb := '{}';
	name text;
	n int := 1 + floor(random() * 4)::int;
	is_reverse boolean := level = 1 AND pg_temp.chance(10);
BEGIN
	FOR i IN 1 .. n LOOP
		tasks := tasks || jsonb_build_object('t' || i, CASE
			WHEN is_reverse AND i > 1 THEN pg_temp.work(timed, level) || jsonb_build_object('requires', jsonb_build_array('t' || i - 1))
			WHEN is_reverse THEN pg_temp.work(timed, level)
			ELSE pg_temp.task(i, n, timed, level) END);
	END LOOP;
	workflow := jsonb_build_object('tasks', tasks, 'input', '[{"i": 1}]'::jsonb);
	IF is_reverse THEN
		workflow := workflow || '{"type": "reverse"}';
	ELSIF pg_temp.chance(15) THEN
		workflow := workflow || jsonb_build_object('task-defaults', jsonb_build_object('on-error', '["fail"]'::jsonb));
	END IF;
	FOREACH name IN ARRAY '{vars,output,output-on-error}'::text[] LOOP
		IF pg_temp.chance(50) THEN
			workflow := workflow || jsonb_build_object(name, jsonb_build_object('o', pg_temp.expr()));
		END IF;
	END LOOP;
	RETURN workflow;
END
$f$;

-- A workbook, as YAML in flow style.
CREATE FUNCTION pg_temp.definition(seed int, timed boolean) RETURNS text
LANGUAGE plpgsql VOLATILE AS $f$
BEGIN
	PERFORM setseed(seed / 100000.0);
	RETURN jsonb_build_object('version', '2.0', 'name', 'fuzz', 'actions', jsonb_build_object('adhoc', jsonb_build_object(
			'input', '["a"]'::jsonb, 'base', 'std.echo', 'base-input', jsonb_build_object('output', pg_temp.expr()),
			'output', pg_temp.expr())),
		'workflows', jsonb_build_object('w1', pg_temp.workflow(timed, 1), 'w2', pg_temp.workflow(timed, 2), 'w3', pg_temp.workflow(timed, 3)));
END
$f$;

-- What becomes of it: the last state and the output, or the class of the error.
CREATE FUNCTION pg_temp.simulated(text, target text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
	result text;
BEGIN
	SELECT concat_ws(' ', s.state, s.detail ->> 'output') INTO result
	  FROM mistral.simulate($1, params => jsonb_build_object('task_name', target, 'env', '{"v": 1}'::jsonb), workflow => 'w1') AS s
	 ORDER BY s.step DESC LIMIT 1;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate;
END
$f$;

CREATE FUNCTION pg_temp.executed(text, target text) RETURNS text
LANGUAGE plpgsql VOLATILE AS $f$
DECLARE
	execution uuid;
	result text;
BEGIN
	PERFORM mistral.create_workbook($1);
	execution := mistral.start_workflow('fuzz.w1', params => jsonb_build_object('task_name', target, 'env', '{"v": 1}'::jsonb));
	SELECT concat_ws(' ', state, output) INTO result FROM mistral.executions WHERE id = execution;
	RAISE EXCEPTION USING ERRCODE = 'MSZZZ', MESSAGE = result;	-- leaves nothing behind
EXCEPTION
	WHEN SQLSTATE 'MSZZZ' THEN
		RETURN sqlerrm;
	WHEN OTHERS THEN
		RETURN sqlstate;
END
$f$;

-- Ids and times differ from run to run.
CREATE FUNCTION pg_temp.masked(text) RETURNS text
LANGUAGE sql IMMUTABLE AS $f$
SELECT regexp_replace(regexp_replace($1, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}', '<id>', 'g'),
                      '20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?', '<time>', 'g')
$f$;

-- Without what depends on other executions, and without actions that only a
-- simulation has.
CREATE FUNCTION pg_temp.closed(text) RETURNS text
LANGUAGE sql IMMUTABLE AS $f$
SELECT replace(replace(replace(replace(
         regexp_replace($1, 'executions\((\(\)|[^()])*\)', 'tasks()', 'g'),
         'tasks()', 'tasks(execution().id)'), '1|tasks', 'tasks(execution().id)'),
         '"action": "nosuch"', '"action": "std.noop"'), 'uuid', 'execution')
$f$;

-- All constructs: nothing but an answer or an error of the language.
SELECT seed, r AS result
  FROM generate_series(1, 250) AS seed,
       pg_temp.simulated(pg_temp.definition(seed, true), 't1') AS r
 WHERE r IS NULL OR r !~ '^(MS\d\d\d$|SUCCESS|ERROR|CANCELLED|RUNNING|PAUSED)';

-- What passes no time has the same outcome as an execution.
SELECT seed, s AS simulated, e AS executed
  FROM generate_series(1, 250) AS seed,
       pg_temp.closed(pg_temp.definition(seed, false)) AS d,
       pg_temp.simulated(d, 't1') AS s,
       pg_temp.executed(d, 't1') AS e
 WHERE pg_temp.masked(s) IS DISTINCT FROM pg_temp.masked(e);
