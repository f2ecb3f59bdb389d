-- What must hold in the stored data.
--
-- Each part of the view finds the rows that break one invariant. All of them
-- are read with one snapshot, and every transaction leaves them whole, so what
-- is found is wrong, whatever else is going on. Nothing is locked.
--
-- A new invariant is a part here and a line in test/sql/check.sql, which breaks
-- it.

CREATE VIEW mistral.violations WITH (security_barrier) AS
SELECT v.invariant, v.project_id, v.execution_id, v.object, v.detail, v.mend, v.mend_sql
  FROM (
    -- References, which no foreign keys keep.
    SELECT 'executions have their data' AS invariant, e.project_id AS project_id, e.id AS execution_id, 'execution ' || e.id AS object,
           'it has no row in execution_data' AS detail,
           'restore the missing row, or delete the execution' AS mend,
           format('SELECT mistral.delete_execution(%L, true)', e.id) AS mend_sql
      FROM mistral.workflow_executions e
     WHERE NOT EXISTS (SELECT FROM mistral.execution_data d WHERE d.execution_id = e.id)
    UNION ALL
    SELECT 'data belong to executions', d.project_id, d.execution_id, 'data of execution ' || d.execution_id,
           'the execution does not exist',
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.execution_data WHERE execution_id = %L', d.execution_id)
      FROM mistral.execution_data d
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_executions e WHERE e.id = d.execution_id)
    UNION ALL
    SELECT 'executions have their version', e.project_id, e.id, 'execution ' || e.id,
           format('version %s of workflow %s does not exist', e.version_id, e.workflow_name),
           'restore the row of workflow_versions; or delete the execution',
           NULL
      FROM mistral.workflow_executions e
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_versions v WHERE v.id = e.version_id)
    UNION ALL
    SELECT 'sub-executions have their task', e.project_id, e.id, 'execution ' || e.id,
           format('its task %s does not exist', e.parent_task_id),
           'restore the missing rows, or delete this one',
           format('SELECT mistral.delete_execution(%L, true)', e.id)
      FROM mistral.workflow_executions e
     WHERE e.parent_task_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.task_executions t WHERE t.id = e.parent_task_id)
    UNION ALL
    SELECT 'tasks belong to executions', t.project_id, t.execution_id, 'task ' || t.id,
           'the execution does not exist',
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.task_executions WHERE id = %L', t.id)
      FROM mistral.task_executions t
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_executions e WHERE e.id = t.execution_id)
    UNION ALL
    SELECT 'actions belong to tasks', a.project_id, a.execution_id, 'action ' || a.id,
           format('its task %s does not exist', a.task_id),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.action_executions WHERE id = %L', a.id)
      FROM mistral.action_executions a
     WHERE a.task_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.task_executions t WHERE t.id = a.task_id AND t.execution_id = a.execution_id)
    UNION ALL
    SELECT 'variables belong to executions', c.project_id, c.execution_id, 'context ' || c.id,
           'the execution does not exist',
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.contexts WHERE id = %L', c.id)
      FROM mistral.contexts c
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_executions e WHERE e.id = c.execution_id)
    UNION ALL
    SELECT 'chains of variables are whole', c.project_id, c.execution_id, 'context ' || c.id,
           format('the link before it, %s, does not exist', c.parent_id),
           'restore the missing rows of contexts; or delete the execution',
           NULL
      FROM mistral.contexts c
     WHERE c.parent_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.contexts p WHERE p.id = c.parent_id)
    UNION ALL
    SELECT 'tasks have their variables', t.project_id, t.execution_id, 'task ' || t.id,
           format('the variables that it sees, context %s, do not exist', t.context_id),
           'restore the missing rows of contexts; or delete the execution',
           NULL
      FROM mistral.task_executions t
     WHERE t.context_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.contexts c WHERE c.id = t.context_id)
       AND (t.compensates IS NULL OR EXISTS (SELECT FROM mistral.task_executions o WHERE o.id = t.compensates))
    UNION ALL
    SELECT 'tasks have their variables', t.project_id, t.execution_id, 'task ' || t.id,
           format('the variables that it published, context %s, do not exist', t.published_id),
           'restore the missing rows of contexts; or delete the execution',
           NULL
      FROM mistral.task_executions t
     WHERE t.published_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.contexts c WHERE c.id = t.published_id)
       AND (t.compensates IS NULL OR EXISTS (SELECT FROM mistral.task_executions o WHERE o.id = t.compensates))
    UNION ALL
    SELECT 'tasks have their variables', t.project_id, t.execution_id, 'task ' || t.id,
           format('its list of items, context %s, do not exist', t.items_id),
           'restore the missing rows of contexts; or delete the execution',
           NULL
      FROM mistral.task_executions t
     WHERE t.items_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.contexts c WHERE c.id = t.items_id)
       AND (t.compensates IS NULL OR EXISTS (SELECT FROM mistral.task_executions o WHERE o.id = t.compensates))
    UNION ALL
    SELECT 'items belong to tasks', i.project_id, NULL, format('item %s of task %s', i.item_index, i.task_id),
           'the task does not exist, or has succeeded',
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.task_items WHERE task_id = %L AND item_index = %s', i.task_id, i.item_index)
      FROM mistral.task_items i
     WHERE NOT EXISTS (SELECT FROM mistral.task_executions t WHERE t.id = i.task_id AND t.state NOT IN ('S', 'K'))
    UNION ALL
    SELECT 'secrets belong to something', s.project_id, NULL, 'secret of ' || s.owner_id,
           'there is no environment, execution, trigger or action with that id',
           'delete this one',
           format('DELETE FROM mistral.secrets WHERE owner_id = %L', s.owner_id)
      FROM mistral.secrets s
     WHERE NOT EXISTS (SELECT FROM mistral.environments e WHERE e.id = s.owner_id)
       AND NOT EXISTS (SELECT FROM mistral.workflow_executions e WHERE e.id = s.owner_id)
       AND NOT EXISTS (SELECT FROM mistral.cron_triggers t WHERE t.id = s.owner_id)
       AND NOT EXISTS (SELECT FROM mistral.event_triggers t WHERE t.id = s.owner_id)
       AND NOT EXISTS (SELECT FROM mistral.action_executions a WHERE a.id = s.owner_id)
    UNION ALL
    SELECT 'what is queued exists', q.project_id, q.execution_id, 'queued action ' || q.action_id,
           'the action does not exist',
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.action_queue WHERE action_id = %L', q.action_id)
      FROM mistral.action_queue q
     WHERE NOT EXISTS (SELECT FROM mistral.action_executions a WHERE a.id = q.action_id)
    UNION ALL
    SELECT 'recorded results are of actions', r.project_id, r.execution_id, 'result of action ' || r.action_id,
           'the action does not exist',
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.action_results WHERE action_id = %L', r.action_id)
      FROM mistral.action_results r
     WHERE NOT EXISTS (SELECT FROM mistral.action_executions a WHERE a.id = r.action_id)
    UNION ALL
    SELECT 'signals are for executions', g.project_id, g.execution_id, 'signal ' || g.id,
           format('the execution of signal %s does not exist', g.name),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.signals WHERE id = %s', g.id)
      FROM mistral.signals g
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_executions e WHERE e.id = g.execution_id)
       -- one that was sent while the execution was being deleted
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d
                        WHERE d.execution_id = g.execution_id AND d.kind = 'take_signals' AND NOT d.is_dead)
    UNION ALL
    SELECT 'what waits for signals is unfinished', w.project_id, w.execution_id, 'wait of action ' || w.action_id,
           format('the action that waits for %s does not exist, or has ended', w.name),
           'delete the row',
           format('DELETE FROM mistral.signal_waits WHERE action_id = %L', w.action_id)
      FROM mistral.signal_waits w
     WHERE NOT EXISTS (SELECT FROM mistral.action_executions a WHERE a.id = w.action_id AND a.state = 'R')
    UNION ALL
    SELECT 'tasks of people belong to actions', h.project_id, h.execution_id, 'task of people ' || h.id,
           'the action does not exist',
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.human_tasks WHERE id = %L', h.id)
      FROM mistral.human_tasks h
     WHERE NOT EXISTS (SELECT FROM mistral.action_executions a WHERE a.id = h.id)
    UNION ALL
    SELECT 'what people are to do has a task', a.project_id, a.execution_id, 'action ' || a.id,
           'nobody can complete it: it has no row in human_tasks',
           'fail the action',
           format('SELECT mistral.complete_action(%L, ''ERROR'', ''"it was lost"'')', a.id)
      FROM mistral.action_executions a
     WHERE a.state IN ('R', 'P') AND coalesce(a.run ->> 'name', a.name) = 'std.human'
       AND NOT EXISTS (SELECT FROM mistral.human_tasks h WHERE h.id = a.id)
    UNION ALL
    SELECT 'ended tasks of people have an end', h.project_id, h.execution_id, 'task of people ' || h.id,
           'it is marked as ended, and its action goes on without a result',
           'let it be done again',
           format('UPDATE mistral.human_tasks SET is_ended = false, completed_by = NULL, completed_login = NULL, completed_at = NULL WHERE id = %L', h.id)
      FROM mistral.human_tasks h
      JOIN mistral.action_executions a ON a.id = h.id AND a.state IN ('R', 'P')
     WHERE (h.is_ended OR h.completed_by IS NOT NULL)
       AND NOT EXISTS (SELECT FROM mistral.action_results r WHERE r.action_id = h.id)
    UNION ALL
    SELECT 'times of tasks of people come', h.project_id, h.execution_id, 'task of people ' || h.id,
           'no call is left that would mark it as overdue, or escalate it',
           'leave one',
           format('INSERT INTO mistral.delayed_calls (due_at, created_at, execution_id, task_id, root_id, kind, project_id, args)'
                  ' VALUES (now(), now(), %L, %L, %L, ''human_timer'', %L, ''{"action_id": "%s"}'')',
                  h.execution_id, h.task_id, h.root_id, h.project_id, h.id)
      FROM mistral.human_tasks h
      JOIN mistral.action_executions a ON a.id = h.id AND a.state IN ('R', 'P')
      LEFT JOIN mistral.task_executions t ON t.id = h.task_id
      LEFT JOIN mistral.workflow_executions e ON e.id = h.execution_id
     WHERE NOT h.is_ended
       AND ((h.due_at IS NOT NULL AND NOT h.is_overdue) OR h.escalations @> '[{"done": false}]')
       AND (h.task_id IS NULL OR (e.state IN ('R', 'P') AND t.attempt = a.attempt AND t.state NOT IN ('S', 'E', 'C', 'K')))
       AND NOT EXISTS (SELECT FROM mistral.action_results r WHERE r.action_id = h.id)
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.kind = 'human_timer' AND d.args ->> 'action_id' = h.id::text)
    UNION ALL
    SELECT 'calls are about executions', d.project_id, d.execution_id, 'delayed call ' || d.id,
           format('call %s is about execution %s, which does not exist', d.kind, d.execution_id),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.delayed_calls WHERE id = %s', d.id)
      FROM mistral.delayed_calls d
     WHERE d.execution_id IS NOT NULL
       -- one that was left while the execution was being deleted cleans up after it
       AND d.kind <> 'take_signals'
       AND NOT EXISTS (SELECT FROM mistral.workflow_executions e WHERE e.id = d.execution_id)
       -- workers note lost actions without the lock of the execution, which may just be deleted
       AND NOT (d.kind = 'lose_action' AND d.created_at > now() - interval '1 min')
    UNION ALL
    SELECT 'calls are about tasks', d.project_id, d.execution_id, 'delayed call ' || d.id,
           format('call %s is about task %s, which does not exist', d.kind, d.task_id),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.delayed_calls WHERE id = %s', d.id)
      FROM mistral.delayed_calls d
     WHERE d.task_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.task_executions t WHERE t.id = d.task_id)
       AND NOT (d.kind = 'lose_action' AND d.created_at > now() - interval '1 min')
    UNION ALL
    SELECT 'what is claimed has an executor', a.project_id, a.execution_id, 'action ' || a.id,
           format('executor %s has claimed it and does not exist', a.executor_id),
           'fail the action',
           format('SELECT mistral.complete_action(%L, ''ERROR'', ''"its executor was lost"'')', a.id)
      FROM mistral.action_executions a
     WHERE a.state = 'R' AND a.executor_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.executors x WHERE x.id = a.executor_id)
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.args ->> 'action_id' = a.id::text AND NOT d.is_dead)
    UNION ALL
    SELECT 'workflows have their newest version', w.project_id, NULL::uuid, 'workflow ' || w.id,
           format('version %s of %s does not exist', w.version_id, w.name),
           'restore the missing row, or update the definition with its text',
           NULL
      FROM mistral.workflow_definitions w
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_versions v WHERE v.id = w.version_id)
    UNION ALL
    SELECT 'newest versions of workflows are kept', w.project_id, NULL::uuid, 'workflow ' || w.id,
           format('version %s of %s is marked as retired', w.version_id, w.name),
           'take the mark away',
           format('UPDATE mistral.workflow_versions SET retired_at = NULL WHERE id = %L', w.version_id)
      FROM mistral.workflow_definitions w
      JOIN mistral.workflow_versions v ON v.id = w.version_id
     WHERE v.retired_at IS NOT NULL
    UNION ALL
    SELECT 'actions have their newest version', w.project_id, NULL::uuid, 'action ' || w.id,
           format('version %s of %s does not exist', w.version_id, w.name),
           'restore the missing row, or update the definition with its text',
           NULL
      FROM mistral.action_definitions w
     WHERE NOT EXISTS (SELECT FROM mistral.action_versions v WHERE v.id = w.version_id)
    UNION ALL
    SELECT 'newest versions of actions are kept', w.project_id, NULL::uuid, 'action ' || w.id,
           format('version %s of %s is marked as retired', w.version_id, w.name),
           'take the mark away',
           format('UPDATE mistral.action_versions SET retired_at = NULL WHERE id = %L', w.version_id)
      FROM mistral.action_definitions w
      JOIN mistral.action_versions v ON v.id = w.version_id
     WHERE v.retired_at IS NOT NULL
    UNION ALL
    SELECT 'dynamic actions have their source', y.project_id, NULL::uuid, 'dynamic action ' || y.id,
           format('code source %s of %s does not exist', y.code_source_id, y.name),
           'restore the missing rows, or delete this one',
           format('SELECT mistral.delete_dynamic_action(%L)', y.id)
      FROM mistral.dynamic_actions y
     WHERE NOT EXISTS (SELECT FROM mistral.code_sources s WHERE s.id = y.code_source_id)
    UNION ALL
    SELECT 'cron triggers have their workflow', g.project_id, NULL::uuid, 'cron trigger ' || g.id,
           format('workflow %s does not exist', g.workflow_id),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.cron_triggers WHERE id = %L', g.id)
      FROM mistral.cron_triggers g
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_definitions w WHERE w.id = g.workflow_id)
    UNION ALL
    SELECT 'event triggers have their workflow', g.project_id, NULL::uuid, 'event trigger ' || g.id,
           format('workflow %s does not exist', g.workflow_id),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.event_triggers WHERE id = %L', g.id)
      FROM mistral.event_triggers g
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_definitions w WHERE w.id = g.workflow_id)
    UNION ALL
    SELECT 'offers are of definitions', m.project_id, NULL::uuid, 'member ' || m.member_id,
           format('%s %s does not exist', m.resource_type, m.resource_id),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.resource_members WHERE id = %L', m.id)
      FROM mistral.resource_members m
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_definitions w WHERE w.id = m.resource_id)
       AND NOT EXISTS (SELECT FROM mistral.workbooks b WHERE b.id = m.resource_id)
    UNION ALL
    -- Trees: what rows of one execution say of it and of those above.
    SELECT 'trees hang together', e.project_id, e.id, 'execution ' || e.id,
           format('root %s, depth %s and project %s do not follow from execution %s above', e.root_id, e.depth, e.project_id, p.id),
           'delete the tree',
           format('SELECT mistral.delete_execution(%L, true)', p.root_id)
      FROM mistral.workflow_executions e
      JOIN mistral.task_executions t ON t.id = e.parent_task_id
      JOIN mistral.workflow_executions p ON p.id = t.execution_id
     WHERE (e.root_id, e.depth, e.project_id) IS DISTINCT FROM (p.root_id, p.depth + 1, p.project_id)
        OR t.type <> 'W'
    UNION ALL
    SELECT 'trees have a root', e.project_id, e.id, 'execution ' || e.id,
           format('it is below nothing, and its root is %s', e.root_id),
           'delete the execution',
           format('SELECT mistral.delete_execution(%L, true)', e.id)
      FROM mistral.workflow_executions e
     WHERE e.parent_task_id IS NULL AND (e.root_id <> e.id OR e.depth <> 0)
    UNION ALL
    SELECT 'rows belong to the tree of their execution', t.project_id, t.execution_id, 'task ' || t.id,
           format('its root is %s and its project %s', coalesce(t.root_id, t.execution_id), t.project_id),
           'set both to those of the execution',
           format('UPDATE mistral.task_executions SET root_id = %L, project_id = %L WHERE id = %L', e.root_id, e.project_id, t.id)
      FROM mistral.task_executions t
      JOIN mistral.workflow_executions e ON e.id = t.execution_id
     WHERE coalesce(t.root_id, t.execution_id) <> e.root_id
        OR t.project_id <> e.project_id
    UNION ALL
    SELECT 'rows belong to the tree of their execution', a.project_id, a.execution_id, 'action ' || a.id,
           format('its root is %s and its project %s', coalesce(a.root_id, a.execution_id), a.project_id),
           'set both to those of the execution',
           format('UPDATE mistral.action_executions SET root_id = %L, project_id = %L WHERE id = %L', e.root_id, e.project_id, a.id)
      FROM mistral.action_executions a
      JOIN mistral.workflow_executions e ON e.id = a.execution_id
     WHERE coalesce(a.root_id, a.execution_id) <> e.root_id
        OR a.project_id <> e.project_id
    UNION ALL
    SELECT 'rows belong to the tree of their execution', c.project_id, c.execution_id, 'context ' || c.id,
           format('its root is %s and its project %s', coalesce(c.root_id, c.execution_id), c.project_id),
           'set both to those of the execution',
           format('UPDATE mistral.contexts SET root_id = %L, project_id = %L WHERE id = %L', e.root_id, e.project_id, c.id)
      FROM mistral.contexts c
      JOIN mistral.workflow_executions e ON e.id = c.execution_id
     WHERE coalesce(c.root_id, c.execution_id) <> e.root_id
        OR c.project_id <> e.project_id
    UNION ALL
    SELECT 'ids of actions are those of their task', a.project_id, a.execution_id, 'action ' || a.id,
           format('task %s has %s children', a.task_id, t.children),
           'delete the execution',
           NULL
      FROM mistral.action_executions a
      JOIN mistral.task_executions t ON t.id = a.task_id
     WHERE substr(uuid_send(a.id), 1, 12) <> substr(uuid_send(t.id), 1, 12)
        OR ('x' || right(a.id::text, 8))::bit(32)::int NOT BETWEEN 1 AND t.children
    UNION ALL
    SELECT 'links of variables are counted', c.project_id, c.execution_id, 'context ' || c.id,
           format('depth %s follows %s', c.depth, p.depth),
           'delete the execution',
           NULL
      FROM mistral.contexts c
      JOIN mistral.contexts p ON p.id = c.parent_id
     WHERE c.depth <> p.depth + 1
    UNION ALL
    -- Counters.
    SELECT 'open tasks are counted', e.project_id, e.id, 'execution ' || e.id,
           format('open_tasks is %s, and %s are not completed', e.open_tasks, coalesce(t.n, 0)),
           'set the counter',
           format('UPDATE mistral.workflow_executions SET open_tasks = %s WHERE id = %L', coalesce(t.n, 0), e.id)
      FROM mistral.workflow_executions e
      LEFT JOIN (SELECT x.execution_id, count(*) AS n FROM mistral.task_executions x
                  WHERE x.state IN ('I', 'R', 'W', 'D', 'P')
                  GROUP BY x.execution_id) t ON t.execution_id = e.id
     WHERE e.open_tasks <> coalesce(t.n, 0)
    UNION ALL
    SELECT 'open actions are counted', t.project_id, t.execution_id, 'task ' || t.id,
           format('open_children is %s, and %s are not completed', t.open_children, coalesce(a.n, 0)),
           'set the counter',
           format('UPDATE mistral.task_executions SET open_children = %s WHERE id = %L', coalesce(a.n, 0), t.id)
      FROM mistral.task_executions t
      LEFT JOIN (SELECT x.task_id, x.attempt, count(*) AS n FROM mistral.action_executions x
                  WHERE x.state IN ('R', 'P')
                  GROUP BY x.task_id, x.attempt) a ON a.task_id = t.id AND a.attempt = t.attempt
     WHERE t.type = 'A' AND t.state = 'R' AND t.open_children <> coalesce(a.n, 0)
    UNION ALL
    SELECT 'open sub-executions are counted', t.project_id, t.execution_id, 'task ' || t.id,
           format('open_children is %s, and %s have not told their end', t.open_children, coalesce(c.n, 0)),
           'set the counter',
           format('UPDATE mistral.task_executions SET open_children = %s WHERE id = %L', coalesce(c.n, 0), t.id)
      FROM mistral.task_executions t
      LEFT JOIN (SELECT x.parent_task_id, x.parent_attempt, count(*) AS n
                   FROM mistral.workflow_executions x
                  WHERE x.parent_task_id IS NOT NULL AND NOT x.parent_notified
                  GROUP BY x.parent_task_id, x.parent_attempt) c
        ON c.parent_task_id = t.id AND c.parent_attempt = t.attempt
     WHERE t.type = 'W' AND t.state = 'R' AND t.open_children <> coalesce(c.n, 0)
    UNION ALL
    -- Nothing is unfinished without something that continues it.
    SELECT 'tasks wait for something', t.project_id, t.execution_id, 'task ' || t.id,
           format('task %s is %s; no action, sub-execution or call is left that would continue it', t.name, mistral.state_name(t.state)),
           'fail the execution; its failed tasks can be run again',
           format('SELECT mistral.stop_execution(%L, ''ERROR'', ''nothing was left that would continue it'')', t.execution_id)
      FROM mistral.task_executions t
      JOIN mistral.workflow_executions e ON e.id = t.execution_id
     WHERE e.state = 'R' AND t.state IN ('I', 'R', 'D', 'P') AND t.open_children = 0
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.task_id = t.id AND NOT d.is_dead)
       AND NOT EXISTS (SELECT FROM mistral.limit_slots s WHERE s.execution_id = t.execution_id AND s.holder_id = t.id AND s.state = 'W')
    UNION ALL
    SELECT 'slots are of executions that have or await them', s.project_id, s.execution_id, 'slot of execution ' || s.execution_id,
           coalesce(format('it is %s', mistral.state_name(e.state)), 'it does not exist'),
           'delete the row',
           format('DELETE FROM mistral.limit_slots WHERE execution_id = %L AND holder_id = execution_id', s.execution_id)
      FROM mistral.limit_slots s
      LEFT JOIN mistral.workflow_executions e ON e.id = s.execution_id
     WHERE s.holder_id = s.execution_id
       AND NOT coalesce(e.state IN ('R', 'P') AND s.state = 'H' OR e.state = 'I', false)
    UNION ALL
    SELECT 'slots are of tasks that have or await them', s.project_id, s.execution_id, 'slot of task ' || s.holder_id,
           CASE WHEN t.id IS NULL THEN 'the task does not exist'
                ELSE format('task %s is %s', t.name, mistral.state_name(t.state)) END,
           'delete the row',
           format('DELETE FROM mistral.limit_slots WHERE execution_id = %L AND holder_id = %L', s.execution_id, s.holder_id)
      FROM mistral.limit_slots s
      LEFT JOIN mistral.task_executions t ON t.id = s.holder_id AND t.execution_id = s.execution_id
     WHERE s.holder_id <> s.execution_id
       AND NOT coalesce(CASE t.runtime #>> '{__engine, slots}'
                             WHEN 'taken' THEN s.state = 'H' AND t.state IN ('R', 'P')
                             WHEN 'awaited' THEN t.state = 'D' END, false)
    UNION ALL
    SELECT 'slots are passed on', s.project_id, s.execution_id, 'slot of task ' || s.holder_id,
           format('it waits for limit %s; nobody holds a slot, and no call is left that would give it one', coalesce(s.name, s.limit_id::text)),
           'have a call pass it on',
           format('INSERT INTO mistral.delayed_calls (due_at, created_at, kind, project_id, args) VALUES (now(), now(), ''pass_slots'', %L, %L)',
                  s.project_id, jsonb_build_object('limit_id', s.limit_id))
      FROM mistral.limit_slots s
     WHERE s.state = 'W'
       AND NOT EXISTS (SELECT FROM mistral.limit_slots h
                        WHERE h.project_id = s.project_id AND h.limit_id = s.limit_id AND h.state = 'H')
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d
                        WHERE d.kind = 'pass_slots' AND d.project_id = s.project_id AND NOT d.is_dead
                          AND (d.args ->> 'limit_id' = s.limit_id::text OR d.args ->> 'name' = s.name))
    UNION ALL
    SELECT 'executions wait for something', e.project_id, e.id, 'execution ' || e.id,
           'it is RUNNING; no task or call is left that would continue it',
           'fail the execution; its failed tasks can be run again',
           format('SELECT mistral.stop_execution(%L, ''ERROR'', ''nothing was left that would continue it'')', e.id)
      FROM mistral.workflow_executions e
     WHERE e.state = 'R' AND e.open_tasks = 0
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.execution_id = e.id AND d.kind <> 'timeout_execution' AND NOT d.is_dead)
    UNION ALL
    SELECT 'starts that are put off wait for something', e.project_id, e.id, 'execution ' || e.id,
           'it is IDLE, neither queued under its key nor for a limit, and no call would begin it',
           'begin it',
           format('SELECT mistral.resume_execution(%L)', e.id)
      FROM mistral.workflow_executions e
     WHERE e.state = 'I'
       AND NOT EXISTS (SELECT FROM mistral.start_queue q WHERE q.execution_id = e.id)
       AND NOT EXISTS (SELECT FROM mistral.limit_slots s WHERE s.execution_id = e.id AND s.holder_id = e.id AND s.state = 'W')
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.execution_id = e.id AND d.kind <> 'timeout_execution' AND NOT d.is_dead)
    UNION ALL
    SELECT 'queued starts get their turn', q.project_id, q.execution_id, 'queued execution ' || q.execution_id,
           format('no execution with the key %s runs, and no call passes its turn on', quote_literal(q.key)),
           'pass it on',
           format('INSERT INTO mistral.delayed_calls (due_at, created_at, kind, project_id, args) VALUES (now(), now(), ''pass_start_key'', %L, %L)',
                  q.project_id, jsonb_build_object('key', q.key))
      FROM mistral.start_queue q
      LEFT JOIN mistral.start_keys k ON k.project_id = q.project_id AND k.key = q.key
     WHERE NOT EXISTS (SELECT FROM mistral.workflow_executions e
                        WHERE e.id = k.turn_id AND e.state NOT IN ('S', 'E', 'C'))
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d
                        WHERE d.kind = 'pass_start_key' AND d.project_id = q.project_id
                          AND d.args ->> 'key' = q.key AND NOT d.is_dead)
    UNION ALL
    SELECT 'keys of executions are known', e.project_id, e.id, 'execution ' || e.id,
           format('key %s has no row in start_keys', quote_literal(e.key)),
           'add it',
           format('INSERT INTO mistral.start_keys (project_id, key, turn_id) VALUES (%L, %L, %L) ON CONFLICT DO NOTHING', e.project_id, e.key, e.id)
      FROM mistral.workflow_executions e
     WHERE e.key IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.start_keys k WHERE k.project_id = e.project_id AND k.key = e.key)
    UNION ALL
    SELECT 'joins wait for something', e.project_id, e.id, 'execution ' || e.id,
           'all that is left of it are tasks that wait for others',
           'fail the execution; its failed tasks can be run again',
           format('SELECT mistral.stop_execution(%L, ''ERROR'', ''nothing was left that would continue it'')', e.id)
      FROM mistral.workflow_executions e
     WHERE e.state = 'R' AND e.open_tasks > 0
       AND NOT EXISTS (SELECT FROM mistral.task_executions t
                        WHERE t.execution_id = e.id AND t.state IN ('I', 'R', 'D', 'P'))
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.execution_id = e.id AND d.kind <> 'timeout_execution' AND NOT d.is_dead)
    UNION ALL
    SELECT 'ends of tasks are followed', t.project_id, t.execution_id, 'task ' || t.id,
           format('task %s is %s, and what follows was not determined', t.name, mistral.state_name(t.state)),
           'fail the execution; its failed tasks can be run again',
           format('SELECT mistral.stop_execution(%L, ''ERROR'', ''nothing was left that would continue it'')', t.execution_id)
      FROM mistral.task_executions t
      JOIN mistral.workflow_executions e ON e.id = t.execution_id
     WHERE e.state = 'R' AND t.state NOT IN ('I', 'R', 'W', 'D', 'P') AND NOT t.processed
       AND e.rollback IS NULL
    UNION ALL
    SELECT 'rollbacks go on', e.project_id, e.id, 'execution ' || e.id,
           'it compensates what it has done, and no task of it is unfinished',
           'stop it; a failed compensation can be run again',
           format('SELECT mistral.stop_execution(%L, ''ERROR'')', e.id)
      FROM mistral.workflow_executions e
     WHERE e.state = 'R' AND e.rollback IS NOT NULL
       AND NOT EXISTS (SELECT FROM mistral.task_executions t
                        WHERE t.execution_id = e.id AND t.state IN ('I', 'R', 'W', 'D', 'P'))
    UNION ALL
    SELECT 'compensations belong to a rollback', t.project_id, t.execution_id, 'task ' || t.id,
           format('task %s compensates task %s, and its execution %s', t.name, t.compensates,
                  CASE WHEN e.rollback IS NULL THEN 'does not roll back' ELSE 'has ended' END),
           'delete the execution',
           NULL
      FROM mistral.task_executions t
      JOIN mistral.workflow_executions e ON e.id = t.execution_id
     WHERE t.compensates IS NOT NULL
       AND (e.rollback IS NULL OR e.state IN ('S', 'E', 'C') AND t.state IN ('I', 'R', 'W', 'D', 'P'))
    UNION ALL
    SELECT 'tasks are compensated once', t.project_id, t.execution_id, 'task ' || t.compensates,
           'it has more than one compensation',
           'compare what they have done',
           NULL
      FROM mistral.task_executions t
     WHERE t.compensates IS NOT NULL
     GROUP BY t.project_id, t.execution_id, t.compensates HAVING count(*) > 1
    UNION ALL
    SELECT 'ends of sub-executions are told', c.project_id, c.id, 'execution ' || c.id,
           format('it is %s, and task %s does not know', mistral.state_name(c.state), t.id),
           'have the task told',
           format('INSERT INTO mistral.delayed_calls (due_at, created_at, execution_id, root_id, kind, project_id) VALUES (now(), now(), %L, %L, ''child_finished'', %L)', c.id, c.root_id, c.project_id)
      FROM mistral.workflow_executions c
      JOIN mistral.task_executions t ON t.id = c.parent_task_id AND t.attempt = c.parent_attempt
     WHERE c.state IN ('S', 'E', 'C') AND NOT c.parent_notified AND t.state IN ('I', 'R', 'W', 'D', 'P')
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.execution_id = c.id AND NOT d.is_dead)
    UNION ALL
    SELECT 'running actions are somewhere', a.project_id, a.execution_id, 'action ' || a.id,
           format('action %s is neither queued nor claimed, waits for no signal, and no call or result of it is left', a.name),
           'fail the action',
           format('SELECT mistral.complete_action(%L, ''ERROR'', ''"it was lost"'')', a.id)
      FROM mistral.action_executions a
     WHERE a.state = 'R' AND a.is_sync AND a.executor_id IS NULL
       AND NOT EXISTS (SELECT FROM mistral.workflow_executions e
                        WHERE e.id = a.execution_id AND e.state IN ('S', 'E', 'C'))
       AND NOT EXISTS (SELECT FROM mistral.action_queue q WHERE q.action_id = a.id)
       AND NOT EXISTS (SELECT FROM mistral.signal_waits w WHERE w.action_id = a.id)
       AND NOT EXISTS (SELECT FROM mistral.action_results r WHERE r.action_id = a.id)
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d
                        WHERE d.args ->> 'action_id' = a.id::text AND NOT d.is_dead)
       -- what the database was to run in a paused execution is with the task
       AND NOT EXISTS (SELECT FROM mistral.task_executions t
                         JOIN mistral.workflow_executions e ON e.id = t.execution_id AND e.state = 'P'
                        WHERE t.id = a.task_id
                          AND t.runtime #> '{__engine,set_aside}' @> jsonb_build_array(jsonb_build_object('args', jsonb_build_object('action_id', a.id))))
    UNION ALL
    SELECT 'what is queued runs', q.project_id, q.execution_id, 'queued action ' || q.action_id,
           format('the action is %s%s', mistral.state_name(a.state), CASE WHEN a.executor_id IS NOT NULL THEN ' and claimed' END),
           'take it out of the queue',
           format('DELETE FROM mistral.action_queue WHERE action_id = %L', q.action_id)
      FROM mistral.action_queue q
      JOIN mistral.action_executions a ON a.id = q.action_id
     WHERE a.state NOT IN ('R', 'P') OR a.executor_id IS NOT NULL
    UNION ALL
    SELECT 'what maintenance has paused is resumed', e.project_id, e.id, 'execution ' || e.id,
           'it was paused by maintenance, which has ended',
           'resume it',
           format('SELECT mistral.resume_execution(%L)', e.id)
      FROM mistral.workflow_executions e
     WHERE e.state = 'P' AND e.paused_by_maintenance
       AND NOT EXISTS (SELECT FROM mistral.maintenance m WHERE m.status <> 'RUNNING')
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d
                        WHERE (d.execution_id = e.id OR d.root_id = e.root_id
                               AND d.kind IN ('maintenance_resume', 'change_child', 'change_children'))
                          AND NOT d.is_dead)
    UNION ALL
    -- Nothing is unfinished below what has ended, unless a call of the tree sees to it.
    SELECT 'sub-executions end with their execution', c.project_id, c.id, 'execution ' || c.id,
           format('it is %s, and execution %s above is %s', mistral.state_name(c.state), e.id, mistral.state_name(e.state)),
           'cancel it',
           format('SELECT mistral.cancel_execution(%L)', c.id)
      FROM mistral.workflow_executions c
      JOIN mistral.task_executions t ON t.id = c.parent_task_id
      JOIN mistral.workflow_executions e ON e.id = t.execution_id
     WHERE c.state NOT IN ('S', 'E', 'C') AND e.state IN ('S', 'E', 'C')
       -- one that failed compensates what it has done, whatever becomes of that above
       AND c.rollback IS NULL
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.root_id = e.root_id AND NOT d.is_dead)
    UNION ALL
    SELECT 'what has ended is not queued', q.project_id, q.execution_id, 'queued action ' || q.action_id,
           format('execution %s is %s', e.id, mistral.state_name(e.state)),
           'take it out of the queue',
           format('DELETE FROM mistral.action_queue WHERE action_id = %L', q.action_id)
      FROM mistral.action_queue q
      JOIN mistral.workflow_executions e ON e.id = q.execution_id
     WHERE e.state IN ('S', 'E', 'C')
       -- one that was being claimed at the end is looked at again
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d
                         JOIN mistral.action_executions a ON a.id = q.action_id
                        WHERE d.task_id = a.task_id AND d.kind = 'take_back_actions' AND NOT d.is_dead)
    UNION ALL
    SELECT 'what has ended is not scheduled', d.project_id, d.execution_id, 'delayed call ' || d.id,
           format('call %s is due at %s, and execution %s is %s', d.kind, d.due_at, e.id, mistral.state_name(e.state)),
           'delete the call',
           format('DELETE FROM mistral.delayed_calls WHERE id = %s', d.id)
      FROM mistral.delayed_calls d
      JOIN mistral.workflow_executions e ON e.id = d.execution_id
     WHERE e.state IN ('S', 'E', 'C') AND d.task_id IS NOT NULL AND NOT d.is_dead
       -- one that somebody had taken at the end comes back, and goes when it is due
       AND d.due_at > now() + interval '5 min'
    UNION ALL
    SELECT 'tasks end with their execution', t.project_id, t.execution_id, 'task ' || t.id,
           format('task %s is %s, its execution %s, and no action of it is with anybody', t.name, mistral.state_name(t.state), mistral.state_name(e.state)),
           'delete the execution',
           NULL
      FROM mistral.task_executions t
      JOIN mistral.workflow_executions e ON e.id = t.execution_id
      LEFT JOIN (SELECT DISTINCT a.task_id FROM mistral.action_executions a
                  WHERE a.state IN ('R', 'P')) o ON o.task_id = t.id
     WHERE e.state IN ('S', 'E', 'C') AND t.state IN ('I', 'R', 'W', 'D', 'P')
       AND NOT EXISTS (SELECT FROM mistral.workflow_executions c
                        WHERE c.parent_task_id = t.id AND c.state NOT IN ('S', 'E', 'C') AND c.rollback IS NOT NULL)
       AND (t.state NOT IN ('R', 'P') OR t.type = 'W' OR o.task_id IS NULL)
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.root_id = e.root_id AND NOT d.is_dead)
    UNION ALL
    -- Times and clocks.
    SELECT 'ends have a time', e.project_id, e.id, 'execution ' || e.id,
           format('state %s, finished_at %s', mistral.state_name(e.state), e.finished_at),
           'set it',
           format('UPDATE mistral.workflow_executions SET finished_at = %L WHERE id = %L', CASE WHEN e.state IN ('S', 'E', 'C') THEN coalesce(e.updated_at, e.created_at) END, e.id)
      FROM mistral.workflow_executions e
     WHERE (e.state IN ('S', 'E', 'C')) <> (e.finished_at IS NOT NULL)
    UNION ALL
    SELECT 'deadlines have a clock', e.project_id, e.id, 'execution ' || e.id,
           format('its deadline is %s, and no call is due then', e.deadline),
           'leave one',
           format('INSERT INTO mistral.delayed_calls (due_at, created_at, execution_id, root_id, kind, project_id, key, args)'
                  ' VALUES (%L, now(), %L, %L, ''timeout_execution'', %L, %L, %L)', e.deadline, e.id, e.root_id, e.project_id, 'deadline-' || e.id,
                  jsonb_build_object('deadline', (extract(epoch FROM e.deadline) * 1000000)::bigint - 946684800000000))
      FROM mistral.workflow_executions e
     WHERE e.state = 'R' AND e.deadline IS NOT NULL AND e.rollback IS NULL
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d WHERE d.key = 'deadline-' || e.id AND NOT d.is_dead)
    UNION ALL
    SELECT 'cron triggers have a clock', g.project_id, NULL::uuid, 'cron trigger ' || g.id,
           format('no call of trigger %s is left', g.name),
           'disable and enable it',
           format('SELECT mistral.enable_cron_trigger(%1$L, false); SELECT mistral.enable_cron_trigger(%1$L, true)', g.id)
      FROM mistral.cron_triggers g
     WHERE g.is_enabled
       AND NOT EXISTS (SELECT FROM mistral.delayed_calls d
                        WHERE d.key = 'cron-' || g.id AND NOT d.is_dead)
       AND NOT EXISTS (SELECT FROM pg_extension x WHERE x.extname = 'pg_cron')
    UNION ALL
    SELECT 'clocks have a cron trigger', d.project_id, NULL::uuid, 'delayed call ' || d.id,
           format('the trigger of %s does not exist', d.key),
           'restore the missing rows, or delete this one',
           format('DELETE FROM mistral.delayed_calls WHERE id = %s', d.id)
      FROM mistral.delayed_calls d
     WHERE d.key LIKE 'cron-%' AND NOT d.is_dead
       AND NOT EXISTS (SELECT FROM mistral.cron_triggers g WHERE d.key = 'cron-' || g.id)
    UNION ALL
    -- Events.
    SELECT 'events are numbered in this cluster', v.project_id, v.execution_id, 'event ' || v.id,
           format('transaction %s is yet to come', v.xact_id),
           'number it anew',
           format('UPDATE mistral.events SET xact_id = pg_current_xact_id() WHERE id = %s', v.id)
      FROM mistral.events v
     WHERE v.xact_id >= pg_snapshot_xmax(pg_current_snapshot())
    UNION ALL
    SELECT 'places of consumers are in this cluster', c.project_id, NULL::uuid, 'event consumer ' || c.name,
           format('transaction %s is yet to come', c.last_xact),
           'have it read on by number',
           format('UPDATE mistral.event_consumers SET floor_id = greatest(floor_id, last_id), last_xact = ''0'' WHERE name = %L AND project_id = %L', c.name, c.project_id)
      FROM mistral.event_consumers c
     WHERE c.last_xact >= pg_snapshot_xmax(pg_current_snapshot())
    UNION ALL
    SELECT 'events are routed', NULL, NULL::uuid, 'event consumer of the router',
           'it does not exist',
           'make it anew',
           'INSERT INTO mistral.event_consumers (name, project_id, sees_all) VALUES ('''', current_user, true)'
      FROM (VALUES (1)) AS one
     WHERE NOT EXISTS (SELECT FROM mistral.event_consumers c WHERE c.name = '')
    UNION ALL
    -- A delivery may be left of a subscription that is deleted: nobody claims it,
    -- and housekeeping removes it.
    -- Watched tables.
    SELECT 'watches have their table', w.project_id, NULL::uuid, 'watch ' || w.id,
           format('table %s does not exist', w.relation::oid),
           'end the watch',
           format('SELECT mistral.unwatch_table(%L)', w.id)
      FROM mistral.table_watches w
     WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = w.relation)
    UNION ALL
    SELECT 'watches have their trigger', w.project_id, NULL::uuid, 'watch ' || w.id,
           format('table %s has no trigger for it', w.relation),
           'end the watch, and watch the table again',
           format('SELECT mistral.unwatch_table(%L)', w.id)
      FROM mistral.table_watches w
      JOIN pg_class c ON c.oid = w.relation
     WHERE NOT EXISTS (SELECT FROM pg_trigger g
                        WHERE g.tgrelid = w.relation AND g.tgname = 'mistral_watch_' || w.id)
    UNION ALL
    SELECT 'triggers of watches have their watch', NULL, NULL::uuid, 'trigger ' || g.tgname,
           format('table %s: the watch does not exist', g.tgrelid::regclass),
           'drop the trigger',
           format('DROP TRIGGER %I ON %s', g.tgname, g.tgrelid::regclass)
      FROM pg_trigger g
     WHERE g.tgfoid = 'mistral.watch_row()'::regprocedure AND g.tgparentid = 0
       AND NOT EXISTS (SELECT FROM mistral.table_watches w
                        WHERE split_part(encode(g.tgargs, 'escape'), '\000', 1) = w.id::text)
    UNION ALL
    -- The database.
    SELECT 'triggers of our tables are as installed', NULL, NULL::uuid, 'trigger ' || g.tgname,
           format('table %s: its trigger %s', g.tgrelid::regclass, CASE g.tgenabled WHEN 'D' THEN 'is switched off' ELSE 'does not fire as it should in replication' END),
           'switch it on',
           format('ALTER TABLE %s ENABLE %s TRIGGER %I', g.tgrelid::regclass, w.enabled, g.tgname)
      FROM pg_trigger g
      JOIN pg_class c ON c.oid = g.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (SELECT CASE WHEN g.tgname IN ('note_load', 'keep_installed_rows')
                                      AND c.relname <> 'abode' THEN 'REPLICA'
                                     WHEN g.tgname IN ('wake_workers', 'restore_claims') THEN ''
                                     ELSE 'ALWAYS' END AS enabled) w
     WHERE n.nspname IN ('mistral', 'mistral_api') AND NOT g.tgisinternal
       AND (g.tgname ~ '^restore_' OR g.tgname IN ('note_load', 'keep_installed_rows', 'wake_workers'))
       AND g.tgenabled <> CASE w.enabled WHEN 'ALWAYS' THEN 'A' WHEN 'REPLICA' THEN 'R' ELSE 'O' END::"char"
    UNION ALL
    SELECT 'numbers are not given twice', NULL, NULL::uuid, 'sequence mistral.action_queue_id_seq',
           format('it has come to %s, and there is a row %s', s.last_value, m.id),
           'set it',
           format('SELECT setval(%L, %s)', 'mistral.action_queue_id_seq', m.id)
      FROM (SELECT max(x.id) AS id FROM mistral.action_queue x) m, mistral.action_queue_id_seq s
     WHERE m.id > s.last_value OR (m.id = s.last_value AND NOT s.is_called)
    UNION ALL
    SELECT 'numbers are not given twice', NULL, NULL::uuid, 'sequence mistral.delayed_calls_id_seq',
           format('it has come to %s, and there is a row %s', s.last_value, m.id),
           'set it',
           format('SELECT setval(%L, %s)', 'mistral.delayed_calls_id_seq', m.id)
      FROM (SELECT max(x.id) AS id FROM mistral.delayed_calls x) m, mistral.delayed_calls_id_seq s
     WHERE m.id > s.last_value OR (m.id = s.last_value AND NOT s.is_called)
    UNION ALL
    SELECT 'numbers are not given twice', NULL, NULL::uuid, 'sequence mistral.event_deliveries_id_seq',
           format('it has come to %s, and there is a row %s', s.last_value, m.id),
           'set it',
           format('SELECT setval(%L, %s)', 'mistral.event_deliveries_id_seq', m.id)
      FROM (SELECT max(x.id) AS id FROM mistral.event_deliveries x) m, mistral.event_deliveries_id_seq s
     WHERE m.id > s.last_value OR (m.id = s.last_value AND NOT s.is_called)
    UNION ALL
    SELECT 'numbers are not given twice', NULL, NULL::uuid, 'sequence mistral.event_subscriptions_id_seq',
           format('it has come to %s, and there is a row %s', s.last_value, m.id),
           'set it',
           format('SELECT setval(%L, %s)', 'mistral.event_subscriptions_id_seq', m.id)
      FROM (SELECT max(x.id) AS id FROM mistral.event_subscriptions x) m, mistral.event_subscriptions_id_seq s
     WHERE m.id > s.last_value OR (m.id = s.last_value AND NOT s.is_called)
    UNION ALL
    SELECT 'numbers are not given twice', NULL, NULL::uuid, 'sequence mistral.events_id_seq',
           format('it has come to %s, and there is a row %s', s.last_value, m.id),
           'set it',
           format('SELECT setval(%L, %s)', 'mistral.events_id_seq', m.id)
      FROM (SELECT max(x.id) AS id FROM mistral.events x) m, mistral.events_id_seq s
     WHERE m.id > s.last_value OR (m.id = s.last_value AND NOT s.is_called)
    UNION ALL
    SELECT 'numbers are not given twice', NULL, NULL::uuid, 'sequence mistral.executors_id_seq',
           format('it has come to %s, and there is a row %s', s.last_value, m.id),
           'set it',
           format('SELECT setval(%L, %s)', 'mistral.executors_id_seq', m.id)
      FROM (SELECT max(x.id) AS id FROM mistral.executors x) m, mistral.executors_id_seq s
     WHERE m.id > s.last_value OR (m.id = s.last_value AND NOT s.is_called)
    UNION ALL
    SELECT 'numbers are not given twice', NULL, NULL::uuid, 'sequence mistral.signals_id_seq',
           format('it has come to %s, and there is a row %s', s.last_value, m.id),
           'set it',
           format('SELECT setval(%L, %s)', 'mistral.signals_id_seq', m.id)
      FROM (SELECT max(x.id) AS id FROM mistral.signals x) m, mistral.signals_id_seq s
     WHERE m.id > s.last_value OR (m.id = s.last_value AND NOT s.is_called)
    UNION ALL
    SELECT 'the rows are at home', NULL, NULL::uuid, 'database',
           format('the workflows stand still: %s', a.source),
           'complete the restore',
           'SELECT mistral.resume_after_restore()'
      FROM mistral.abode a, pg_control_system() s, pg_database b, pg_extension x
     WHERE b.datname = current_database() AND x.extname = 'mistral'
       AND (a.system_id, a.database_id, a.extension_id) <> (s.system_identifier, b.oid, x.oid)
  ) v
 WHERE CASE WHEN v.project_id IS NULL THEN mistral.is_admin()
            ELSE mistral.can_read_project(v.project_id) END;
COMMENT ON VIEW mistral.violations
    IS 'rows that break what must hold in the stored data, of the projects that the user may see; see check()';
COMMENT ON COLUMN mistral.violations.invariant IS 'what must hold';
COMMENT ON COLUMN mistral.violations.project_id
    IS 'project of the row; null: for administrators';
COMMENT ON COLUMN mistral.violations.execution_id IS 'workflow execution, or null';
COMMENT ON COLUMN mistral.violations.object IS 'kind and id of the row';
COMMENT ON COLUMN mistral.violations.detail IS 'what is wrong with it';
COMMENT ON COLUMN mistral.violations.mend IS 'what can be done';
COMMENT ON COLUMN mistral.violations.mend_sql
    IS 'the statement that does it, to be run by an administrator; null: there is none';

CREATE FUNCTION mistral.check(execution_id uuid DEFAULT NULL, max_rows int DEFAULT 1000)
RETURNS SETOF mistral.violations
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF $1 IS NULL THEN
        RETURN QUERY SELECT v.* FROM mistral.violations v LIMIT $2;
    ELSE
        RETURN QUERY SELECT v.* FROM mistral.violations v WHERE v.execution_id = $1 LIMIT $2;
    END IF;
END
$$;
COMMENT ON FUNCTION mistral.check(uuid, int)
    IS 'finds what breaks the invariants of the stored data (of one execution, or of all that the user may see) and how to mend it; no rows: all is well; may run at any time';
REVOKE ALL ON FUNCTION mistral.check(uuid, int) FROM PUBLIC;

CREATE FUNCTION mistral.table_columns(
    OUT description int, OUT "table" text, OUT is_whole bool, OUT "position" int, OUT name text,
    OUT type regtype, OUT is_identity bool, OUT is_nullable bool)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_table_columns';
COMMENT ON FUNCTION mistral.table_columns()
    IS 'lists the columns of tables that the library reads and writes without SQL, as it expects them; a table has several descriptions where a part of its columns is enough, and those that are whole are written; text stands for json, too';
REVOKE ALL ON FUNCTION mistral.table_columns() FROM PUBLIC;
