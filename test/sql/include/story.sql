-- Helpers of the engine's stories; include with \i.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS story CASCADE;
CREATE SCHEMA story;
SET search_path TO story, mistral, public;
RESET client_min_messages;

-- Define the workflows of a text, replacing those of the same names.
CREATE FUNCTION story.define(definition text, namespace text DEFAULT '') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.create_workflows(
        E'version: ''2.0''\n' || definition, namespace);
END
$$;

-- Ids differ from run to run.
CREATE FUNCTION story.hide(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT regexp_replace(t, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '<id>', 'g')
$$;

-- What a user sees of an execution, without ids and times.
CREATE FUNCTION story.show(id uuid)
RETURNS TABLE (task text, state text, info text, result jsonb, published jsonb)
LANGUAGE sql AS $$
SELECT '=' AS task, e.state, regexp_replace(story.hide(e.state_info), E'\n.*', ''),
       story.hide(e.output::text)::jsonb, NULL::jsonb
  FROM mistral.executions e WHERE e.id = $1
UNION ALL
(SELECT t.name, t.state, regexp_replace(story.hide(t.state_info), E'\n.*', ''),
       story.hide(mistral.task_result(t.id)::text)::jsonb, t.published
  FROM mistral.tasks t WHERE t.workflow_execution_id = $1
 ORDER BY t.created_at, t.id)
$$;

-- The newest execution of a workflow, and tasks and actions of it.
CREATE FUNCTION story.exec(workflow text) RETURNS uuid LANGUAGE sql STABLE AS $$
SELECT id FROM mistral.executions WHERE workflow_name = $1 ORDER BY created_at DESC, id DESC LIMIT 1
$$;
CREATE FUNCTION story.task(workflow text, task text) RETURNS uuid LANGUAGE sql STABLE AS $$
SELECT id FROM mistral.tasks
 WHERE workflow_execution_id = (SELECT story.exec($1)) AND name = $2
 ORDER BY created_at DESC, id DESC LIMIT 1
$$;
CREATE FUNCTION story.action(workflow text, task text, n int DEFAULT NULL) RETURNS uuid LANGUAGE sql STABLE AS $$
SELECT id FROM mistral.action_executions
 WHERE task_id = (SELECT story.task($1, $2)) AND ($3 IS NULL OR item_index = $3)
 ORDER BY id DESC LIMIT 1
$$;

-- Give the newest action of a task, or of one of its items, its result.
CREATE FUNCTION story.complete(workflow text, task text, state text DEFAULT 'SUCCESS',
                               output jsonb DEFAULT '1', n int DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
SELECT mistral.complete_action(story.action($1, $2, $5), $3, $4)
$$;

-- Run what is due until nothing is, whoever runs it.
CREATE FUNCTION story.settle() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        PERFORM mistral.run_due_calls();
        EXIT WHEN NOT EXISTS (SELECT FROM mistral.delayed_calls
                               WHERE due_at <= clock_timestamp() AND NOT is_dead)
              AND NOT EXISTS (SELECT FROM mistral.action_results);
    END LOOP;
END
$$;

-- All executions of the tree of the newest one of a workflow, with their tasks.
CREATE FUNCTION story.tree(workflow text)
RETURNS TABLE (workflow_name text, state text, task text, task_state text, info text)
LANGUAGE sql AS $$
SELECT e.workflow_name, e.state, t.name, t.state,
       regexp_replace(story.hide(coalesce(t.state_info, e.state_info)), E'\n.*', '')
  FROM mistral.executions e
  LEFT JOIN mistral.tasks t ON t.workflow_execution_id = e.id
 WHERE coalesce(e.root_execution_id, e.id) = story.exec($1)
 ORDER BY e.created_at, e.id, t.created_at, t.id
$$;

-- Leave no executions behind: other tests look at all there are.
CREATE FUNCTION story.clean() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mistral.delete_execution(id, true)
       FROM mistral.executions WHERE task_execution_id IS NULL;
    DELETE FROM mistral.action_executions WHERE execution_id IS NULL;
END
$$;
