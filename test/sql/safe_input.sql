\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o

-- safe-input: a wrong input is an error of the task, which on-error may catch.
SELECT story.define($$
si_base:
  input: [safe, {what: null}]
  tasks:
    t: {action: std.echo, input: {output: <% $.what.inner %>}, on-error: after}
    after: {action: std.noop}
si_eval:
  input: [{what: null}]
  tasks:
    t: {action: std.echo, input: {output: <% $.what.inner %>}, safe-input: true, on-error: after, publish-on-error: {why: <% task().result %>}}
    after: {action: std.noop}
si_map: {input: [{what: 7}], tasks: {t: {action: std.echo, input: <% $.what %>, safe-input: true, on-error: after}, after: {action: std.noop}}}
si_unhandled: {input: [{what: null}], tasks: {t: {action: std.echo, input: {output: <% $.what.inner %>}, safe-input: true}}}
si_list: {input: [{what: 7}], tasks: {t: {with-items: i in <% $.what %>, action: std.noop, safe-input: true, on-error: after}, after: {action: std.noop}}}
si_item:
  tasks:
    t: {with-items: "i in <% [2, 1, 0, 3] %>", action: std.echo, input: {output: <% 6 / $.i %>}, safe-input: true, on-error: after}
    after: {action: std.noop}
si_sub: {input: [{what: null}], tasks: {t: {workflow: si_map, input: {what: <% $.what.inner %>}, safe-input: true, on-error: after}, after: {action: std.noop}}}
si_retry: {tasks: {t: {action: std.echo, input: {output: <% $.none %>}, safe-input: true, retry: {count: 2, delay: 0}, on-error: after}, after: {action: std.noop}}}
si_default:
  task-defaults: {safe-input: true, on-error: [after]}
  tasks:
    t: {action: std.echo, input: {output: <% $.none %>}}
    u: {action: std.echo, input: {output: <% $.none %>}, safe-input: false}
    after: {action: std.noop, on-error: [noop]}
$$);
CREATE FUNCTION story.outcome(workflow text, input jsonb DEFAULT '{}')
RETURNS TABLE (task text, state text, info text) LANGUAGE plpgsql AS $$
DECLARE
    id CONSTANT uuid := mistral.start_workflow(workflow, input);
BEGIN
    PERFORM story.settle();
    RETURN QUERY SELECT s.task, s.state, left(regexp_replace(s.info, 'expression=.*', '...'), 60) FROM story.show(id) AS s;
END
$$;
-- without it: no clause is followed
SELECT * FROM story.outcome('si_base', '{"safe": 1}');
SELECT * FROM story.outcome('si_eval');
SELECT * FROM story.outcome('si_eval', '{"what": {"inner": 1}}');
SELECT * FROM story.outcome('si_map');
SELECT * FROM story.outcome('si_unhandled');
SELECT * FROM story.outcome('si_list');
SELECT * FROM story.outcome('si_item');
SELECT * FROM story.outcome('si_sub');
SELECT * FROM story.outcome('si_retry');
SELECT runtime_context -> 'retry_task_policy' ->> 'retry_no' AS retries FROM mistral.tasks WHERE workflow_name = 'si_retry' AND name = 't';
SELECT * FROM story.outcome('si_default');
-- simulated alike
SELECT task, event, state FROM mistral.simulate($$
version: '2.0'
w: {tasks: {t: {action: std.echo, input: {output: <% $.none %>}, safe-input: true, on-error: after}, after: {action: std.noop}}}
$$) WHERE task IS NOT NULL AND state IN ('ERROR', 'SUCCESS') ORDER BY step;
SELECT mistral.validate_workflow(E'version: ''2.0''\nw: {tasks: {t: {action: std.noop, safe-input: <% true %>}}}') ->> 'error' AS error;
SELECT mistral.validate_workflow(E'version: ''2.0''\nw: {tasks: {t: {wait-for: {signal: a}, safe-input: true}}}') ->> 'error' AS error;
SELECT count(*) FROM mistral.violations;
SELECT story.clean();
SELECT count(mistral.delete_workflow(name)) FROM mistral.workflows WHERE name LIKE 'si\_%';
