\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- START-03, START-12, START-13, START-18, START-19: requests.
SELECT story.define($$
begin: {input: [a, {b: 2}], output: {sum: <% $.a + $.b %>}, tasks: {t: {action: std.noop}}}
$$);
SELECT mistral.start_workflow('begin', '{"c": 1}');
SELECT mistral.start_workflow('begin', '{"a": 1}', namespace => 'elsewhere');
SELECT mistral.start_workflow('begin', '[1]');
SELECT mistral.start_workflow('begin', '{"a": 1}', '{"whatever": [1]}', description => repeat('long ', 100),
                              execution_id => '11111111-2222-4333-8444-555555555555') AS id \gset
SELECT mistral.start_workflow('begin', '{"a": 5}', execution_id => '11111111-2222-4333-8444-555555555555') = :'id' AS same;
SELECT output, params, length(description) FROM mistral.executions WHERE id = :'id';

-- START-14: based on another execution.
SELECT mistral.start_workflow(NULL, '{"b": 10}', source_execution_id => :'id') AS copy \gset
SELECT workflow_name, input, output, params, right(story.hide(description), 35) AS remark
  FROM mistral.executions WHERE id = :'copy';

-- START-06 to START-10: environments.
SELECT count(*) FROM mistral.create_environment('story_env', '{"who": "world", "hi": "hello <% env().who %>", "far": "<% env().hi %>!"}');
SELECT story.define($$
env: {output: {e: <% env() %>}, tasks: {t: {action: std.noop}}}
$$);
SELECT result FROM story.show(mistral.start_workflow('env', '{}', '{"env": "story_env"}')) WHERE task = '=';
SELECT result FROM story.show(mistral.start_workflow('env', '{}', '{"env": "story_env", "evaluate_env": false}')) WHERE task = '=';
SELECT mistral.start_workflow('env', '{}', '{"env": "nowhere"}');
SELECT mistral.start_workflow('env', '{}', '{"env": 5}');
SELECT mistral.start_workflow('env', '{}', '{"env": {"a": "<% $.nope %>"}}');
SELECT mistral.delete_environment('story_env');

-- PAUS-03, PAUS-08, PAUS-10, PAUS-11: pausing and resuming.
SELECT story.define($$
two: {tasks: {a: {action: std.async_noop, on-success: a2}, a2: {action: std.noop},
              b: {action: std.async_noop, on-success: b2}, b2: {action: std.noop}}}
late: {tasks: {t: {action: std.async_noop, on-success: u, wait-before: 1}, u: {action: std.noop}}}
$$);
SELECT mistral.start_workflow('two') AS id \gset
SELECT mistral.pause_execution(:'id'), mistral.pause_execution(:'id');
SELECT story.complete('two', 'a'), story.complete('two', 'b');
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
SELECT task, state FROM story.show(:'id');
SELECT mistral.resume_execution(:'id');
\set VERBOSITY sqlstate
SELECT mistral.pause_execution(:'id');
\set VERBOSITY default

-- PAUS-14, ACT-20, ACT-22: results that are refused.
SELECT mistral.start_workflow('two') AS id \gset
SELECT story.complete('two', 'a', 'PAUSED');
SELECT task, state FROM story.show(:'id');
SELECT story.complete('two', 'a', 'RUNNING');
SELECT task, state FROM story.show(:'id');
SELECT story.complete('two', 'a', 'IDLE');
SELECT story.complete('two', 'a', 'DONE');
SELECT mistral.complete_action('00000000-0000-4000-8000-000000000000');

-- STOP-01, STOP-04 to STOP-07: stopping.
SELECT mistral.stop_execution(:'id', 'SUCCESS', 'good enough');
SELECT task, state, info, result FROM story.show(:'id');
SELECT mistral.stop_execution(:'id', 'ERROR', 'no'), mistral.stop_execution(:'id', 'CANCELLED', 'no');
SELECT state, state_info FROM mistral.executions WHERE id = :'id';
SELECT story.complete('two', 'a'), story.complete('two', 'b');
SELECT task, state FROM story.show(:'id');
SELECT mistral.start_workflow('two') AS id \gset
SELECT mistral.pause_execution(:'id');
\set VERBOSITY sqlstate
SELECT mistral.stop_execution(:'id', 'SUCCESS');
SELECT mistral.stop_execution(:'id', 'ERROR', 'gave up');
SELECT state, state_info, output FROM mistral.executions WHERE id = :'id';
SELECT mistral.stop_execution(:'id', 'SUCCESS');
\set VERBOSITY default
SELECT mistral.stop_execution(:'id', 'PAUSED');

-- RER-04, RER-09, RER-14 to RER-16: reruns.
SELECT story.define($$
shaky: {tasks: {t: {action: std.async_noop, retry: {count: 1, delay: 0}, on-success: u}, u: {action: std.noop}}}
called: {tasks: {t: {action: std.async_noop}}}
caller: {tasks: {t: {workflow: called}}}
joined: {tasks: {a: {action: std.fail, on-success: j, on-error: noop}, b: {action: std.noop, on-success: j},
                 j: {join: all, action: std.echo output="joined"}}}
$$);
SELECT mistral.start_workflow('shaky') AS id \gset
SELECT story.complete('shaky', 't', 'ERROR', '"one"');
SELECT story.complete('shaky', 't', 'ERROR', '"two"');
SELECT task, state, info FROM story.show(:'id') WHERE task = 't';
SELECT mistral.rerun_task(story.task('shaky', 't'), false);
SELECT mistral.rerun_task(story.task('shaky', 't'));
SELECT story.complete('shaky', 't', 'ERROR', '"three"');
SELECT t.state, t.runtime_context, t.finished_at IS NULL AS open FROM mistral.tasks t WHERE t.id = story.task('shaky', 't');
SELECT story.complete('shaky', 't', 'SUCCESS', '4');
SELECT task, state, result FROM story.show(:'id');
SELECT state, accepted, output FROM mistral.action_executions WHERE task_id = story.task('shaky', 't') ORDER BY id;
SELECT mistral.start_workflow('caller') AS id \gset
SELECT story.complete('called', 't', 'ERROR', '"bad"');
SELECT mistral.rerun_task(story.task('caller', 't'));
SELECT * FROM story.tree('caller');
SELECT story.complete('called', 't', 'SUCCESS', '1');
SELECT * FROM story.tree('caller');

-- RER-07: a join that is rerun itself starts at once.
SELECT mistral.start_workflow('joined') AS id \gset
SELECT task, state, info FROM story.show(:'id') WHERE task = 'j';
SELECT mistral.rerun_task(story.task('joined', 'j'));
SELECT task, state, result FROM story.show(:'id') WHERE task IN ('j', '=');

-- RER-14: nothing while the execution is paused.
SELECT mistral.start_workflow('two') AS id \gset
SELECT story.complete('two', 'a', 'ERROR', '"x"');
SELECT mistral.pause_execution(:'id');
SELECT mistral.rerun_task(story.task('two', 'a'));
SELECT task, state FROM story.show(:'id');

-- RER-15: a cancelled task.
SELECT mistral.start_workflow('shaky') AS id \gset
SELECT story.complete('shaky', 't', 'CANCELLED', 'null');
SELECT mistral.rerun_task(story.task('shaky', 't'));
SELECT task, state FROM story.show(:'id');

-- RER-17 to RER-23: skipping.
SELECT story.define($$
skip_own: {output: {v: <% $.get(v) %>}, tasks: {
  t: {action: std.fail, publish-on-skip: {v: skipped}, on-skip: s, on-success: u, on-complete: c},
  s: {action: std.noop}, u: {action: std.noop}, c: {action: std.noop}}}
skip_plain: {tasks: {t: {action: std.fail, on-success: u}, u: {action: std.noop}}}
skip_guard: {tasks: {t: {action: std.fail, on-skip: [{s: <% false %>}], on-success: u}, s: {action: std.noop}, u: {action: std.noop}}}
skip_end: {tasks: {t: {action: std.fail}}}
skip_sub: {tasks: {t: {workflow: skip_end}}}
$$);
CREATE FUNCTION story.skip(w text) RETURNS TABLE (task text, state text, published jsonb) LANGUAGE plpgsql AS $$
DECLARE
    id uuid := mistral.start_workflow(w);
BEGIN
    PERFORM mistral.skip_task(story.task(w, 't'));
    RETURN QUERY SELECT s.task, s.state, s.published FROM story.show(id) AS s;
END
$$;
SELECT w, s.* FROM unnest(ARRAY['skip_own', 'skip_plain', 'skip_guard', 'skip_end', 'skip_sub']) AS w, story.skip(w) AS s;
SELECT mistral.skip_task(story.task('skip_own', 's'));

-- RER-03: a rerun with new environment; who may update one.
SELECT story.define($$
uses_env: {tasks: {t: {action: 'std.echo output=<% 8 / env().v %>'}}}
$$);
SELECT mistral.start_workflow('uses_env', '{}', '{"env": {"v": 0}}') AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT mistral.rerun_task(story.task('uses_env', 't'), env => '{"v": 8}');
SELECT task, state, result FROM story.show(:'id');
SELECT mistral.update_execution_env(:'id', '{"v": 9}');
SELECT mistral.update_execution_description(:'id', 'renamed');
SELECT description FROM mistral.executions WHERE id = :'id';

-- run_async: the first tasks have started when the call returns; what can be
-- done in the database follows, unless it is not wanted any more.
CREATE TABLE story.effects (n int);
SELECT story.define($$
later:
  tasks:
    none: {action: std.noop, on-success: then}
    then: {action: std.noop}
    fail: {action: std.fail, on-error: noop}
    sql: {action: 'std.sql query="INSERT INTO story.effects VALUES (1)"'}
    ask: {action: std.async_noop}
    items: {with-items: 'i in <% range(0, 150) %>', action: std.noop}
later_bad: {tasks: {t: {action: no.such}}}
$$);
BEGIN;
SELECT mistral.start_workflow('later', run_async => true) AS id \gset
SELECT task, state FROM story.show(:'id');
SELECT count(*) FILTER (WHERE a.state = 'RUNNING') AS running, count(*) AS made
  FROM mistral.actions a WHERE a.workflow_execution_id = :'id' AND a.task_name = 'items';
SELECT count(*) FROM story.effects;
SELECT story.settle();
SELECT task, state FROM story.show(:'id');
SELECT count(*) FROM story.effects;
SELECT story.complete('later', 'ask');
SELECT state FROM mistral.executions WHERE id = :'id';
COMMIT;
BEGIN;
SELECT mistral.start_workflow('later', run_async => true) AS id \gset
SELECT mistral.cancel_execution(:'id');
SELECT story.settle();
SELECT task, state FROM story.show(:'id');
SELECT count(*) FROM story.effects;
COMMIT;
SELECT task, state FROM story.show(mistral.start_workflow('later_bad', run_async => true));

-- What nobody knows.
SELECT mistral.get_execution('00000000-0000-4000-8000-000000000000');
SELECT mistral.pause_execution('00000000-0000-4000-8000-000000000000');
SELECT mistral.rerun_task('00000000-0000-4000-8000-000000000000');
SELECT mistral.get_execution(NULL);

SET client_min_messages = warning;
SELECT story.clean();
DROP SCHEMA story CASCADE;
