-- What happens, for those who watch: members of pg_monitor see all projects.

CREATE VIEW mistral.stat_executions AS
    SELECT e.project_id, mistral.state_name(e.state) AS state, count(*) AS executions,
           count(*) FILTER (WHERE e.parent_task_id IS NULL) AS roots,
           min(e.created_at) AS oldest, max(coalesce(e.updated_at, e.created_at)) AS last_change
      FROM mistral.workflow_executions e
     GROUP BY e.project_id, e.state;
COMMENT ON VIEW mistral.stat_executions IS 'executions by project and state; reads all of them';
COMMENT ON COLUMN mistral.stat_executions.project_id IS 'project';
COMMENT ON COLUMN mistral.stat_executions.state IS 'state';
COMMENT ON COLUMN mistral.stat_executions.executions IS 'number of executions';
COMMENT ON COLUMN mistral.stat_executions.roots IS 'number of those that are not part of another';
COMMENT ON COLUMN mistral.stat_executions.oldest IS 'creation of the oldest';
COMMENT ON COLUMN mistral.stat_executions.last_change IS 'last change of any';

CREATE VIEW mistral.stat_activity AS
    SELECT w.seconds,
           (SELECT count(*) FROM mistral.workflow_executions x
             WHERE x.id >= mistral.first_id(now() - make_interval(secs => w.seconds))) AS executions,
           (SELECT count(*) FROM mistral.task_executions x
             WHERE x.id >= mistral.first_id(now() - make_interval(secs => w.seconds))) AS tasks,
           (SELECT count(*) FROM mistral.action_executions x
             WHERE x.id >= mistral.first_id(now() - make_interval(secs => w.seconds))) AS actions
      FROM (VALUES (10), (60), (600)) AS w(seconds);
COMMENT ON VIEW mistral.stat_activity IS 'what has been started in the last seconds';
COMMENT ON COLUMN mistral.stat_activity.seconds IS 'length of the time, up to now';
COMMENT ON COLUMN mistral.stat_activity.executions IS 'executions started in it';
COMMENT ON COLUMN mistral.stat_activity.tasks IS 'tasks created in it';
COMMENT ON COLUMN mistral.stat_activity.actions IS 'actions of tasks created in it';

CREATE VIEW mistral.stat_queue AS
    SELECT g.project_id, g.action, g.target, g.provider, g.actions, g.ready, g.longest_wait,
           (SELECT count(*) FROM mistral.executors x
             WHERE x.lease_until > now() AND NOT x.is_draining
               AND (g.target = '' OR x.target = g.target)
               AND (x.actions IS NULL OR x.actions ? g.action)
               AND (x.keeps_rules OR NOT EXISTS (
                   SELECT FROM mistral.outbound_rules r
                     JOIN (VALUES ('std.email', 'email'), ('std.http', 'http'), ('std.mistral_http', 'http'),
                                  ('std.ssh', 'ssh'), ('std.ssh_proxied', 'ssh')) AS s(action, service)
                       ON r.services IS NULL OR s.service = ANY (r.services)
                    WHERE s.action = g.action))
               AND CASE WHEN g.provider IS NULL THEN mistral.role_serves(x.role_name, g.project_id)
                   ELSE x.role_name = g.provider END) AS executors
      FROM (SELECT q.project_id, coalesce(a.run ->> 'name', a.name) AS action,
                   coalesce(a.target, '') AS target, a.run ->> 'provider' AS provider,
                   count(*) AS actions, count(*) FILTER (WHERE NOT q.is_held) AS ready,
                   greatest(now() - min(q.due_at) FILTER (WHERE NOT q.is_held), interval '0') AS longest_wait
              FROM mistral.action_queue q
              JOIN mistral.action_executions a ON a.id = q.action_id
             GROUP BY 1, 2, 3, 4) AS g;
COMMENT ON VIEW mistral.stat_queue
    IS 'actions that wait for executors, by project, action and target; reads all of them';
COMMENT ON COLUMN mistral.stat_queue.project_id IS 'project';
COMMENT ON COLUMN mistral.stat_queue.action IS 'action that an executor is to run';
COMMENT ON COLUMN mistral.stat_queue.target IS 'target, or empty: any executor';
COMMENT ON COLUMN mistral.stat_queue.provider
    IS 'project that has registered the action, whose executors alone take it, or null';
COMMENT ON COLUMN mistral.stat_queue.actions IS 'number of actions';
COMMENT ON COLUMN mistral.stat_queue.ready IS 'number of those that may be claimed now';
COMMENT ON COLUMN mistral.stat_queue.longest_wait IS 'how long the first has been waiting';
COMMENT ON COLUMN mistral.stat_queue.executors IS 'number of living executors that take them';

CREATE VIEW mistral.stat_executors AS
    SELECT x.id, x.name, x.target, x.role_name, x.actions, x.lease_until > now() AS is_alive,
           x.is_draining, x.registered_at, x.last_heartbeat, x.lease_until - now() AS lease_left,
           x.keeps_rules
      FROM mistral.executors x;
COMMENT ON VIEW mistral.stat_executors IS 'executors and when they were last heard of';
COMMENT ON COLUMN mistral.stat_executors.id IS 'identifier';
COMMENT ON COLUMN mistral.stat_executors.name IS 'name that the process gave itself';
COMMENT ON COLUMN mistral.stat_executors.target IS 'target that it serves besides the common one';
COMMENT ON COLUMN mistral.stat_executors.role_name IS 'role that registered it';
COMMENT ON COLUMN mistral.stat_executors.actions IS 'names of the actions it takes; null: any';
COMMENT ON COLUMN mistral.stat_executors.is_alive IS 'its lease has not run out';
COMMENT ON COLUMN mistral.stat_executors.is_draining IS 'claims nothing more';
COMMENT ON COLUMN mistral.stat_executors.registered_at IS 'time of registration';
COMMENT ON COLUMN mistral.stat_executors.last_heartbeat IS 'time of the last sign of life';
COMMENT ON COLUMN mistral.stat_executors.lease_left IS 'time until its lease runs out';
COMMENT ON COLUMN mistral.stat_executors.keeps_rules IS 'goes by the rules on where requests may go';

CREATE VIEW mistral.stat_delayed_calls AS
    SELECT c.kind, count(*) FILTER (WHERE NOT c.is_dead) AS waiting,
           count(*) FILTER (WHERE NOT c.is_dead AND c.due_at <= now()) AS due,
           greatest(now() - min(c.due_at) FILTER (WHERE NOT c.is_dead), interval '0') AS lag,
           min(c.due_at) FILTER (WHERE NOT c.is_dead) AS next_due,
           count(*) FILTER (WHERE c.attempts > 0 AND NOT c.is_dead) AS failing,
           count(*) FILTER (WHERE c.is_dead) AS dead
      FROM mistral.delayed_calls c
     GROUP BY c.kind;
COMMENT ON VIEW mistral.stat_delayed_calls IS 'delayed calls by kind';
COMMENT ON COLUMN mistral.stat_delayed_calls.kind IS 'what the calls do';
COMMENT ON COLUMN mistral.stat_delayed_calls.waiting IS 'number of calls to be made';
COMMENT ON COLUMN mistral.stat_delayed_calls.due IS 'number of those that are due';
COMMENT ON COLUMN mistral.stat_delayed_calls.lag IS 'for how long the first has been due';
COMMENT ON COLUMN mistral.stat_delayed_calls.next_due IS 'when the first is due';
COMMENT ON COLUMN mistral.stat_delayed_calls.failing IS 'number of those that have failed and will be tried again';
COMMENT ON COLUMN mistral.stat_delayed_calls.dead IS 'number of those that were given up';

CREATE VIEW mistral.stat_events AS
    SELECT CASE c.name WHEN '' THEN 'router' ELSE 'consumer' END AS kind, c.name,
           p.pending + q.pending AS pending, least(p.oldest, q.oldest) AS oldest,
           c.acknowledged_at AS last_success, NULL::bigint AS failing, NULL::bigint AS dead
      FROM mistral.event_consumers c
      CROSS JOIN LATERAL (
           SELECT count(*) AS pending, min(e.created_at) AS oldest FROM mistral.events e
            WHERE (e.xact_id, e.id) > (c.last_xact, c.last_id) AND e.id > c.floor_id
              AND (c.sees_all OR e.project_id = c.project_id)
              AND (c.event_types IS NULL OR e.event = ANY (c.event_types))
              AND (c.workflow_name IS NULL OR e.payload ->> 'workflow_name' = c.workflow_name)) p
      CROSS JOIN LATERAL (
           SELECT count(*) AS pending, min(e.created_at) AS oldest
             FROM mistral.event_delays d
             JOIN mistral.events e ON (e.xact_id, e.id) > (d.last_xact, d.last_id) AND e.id > d.floor_id
              AND (e.xact_id, e.id) <= (c.last_xact, c.last_id)
              AND hashtext(e.project_id) = d.project_hash
            WHERE c.name = '') q
    UNION ALL
    SELECT 'publisher', d.endpoint, count(*) FILTER (WHERE NOT d.is_dead),
           min(d.created_at) FILTER (WHERE NOT d.is_dead), NULL,
           count(*) FILTER (WHERE d.attempts > 0 AND NOT d.is_dead),
           count(*) FILTER (WHERE d.is_dead)
      FROM mistral.event_deliveries d
     GROUP BY d.endpoint;
COMMENT ON VIEW mistral.stat_events IS 'events on their way, by consumer and by endpoint of publishers';
COMMENT ON COLUMN mistral.stat_events.kind IS 'router, consumer or publisher';
COMMENT ON COLUMN mistral.stat_events.name IS 'name of the consumer, or type and address of the publisher';
COMMENT ON COLUMN mistral.stat_events.pending IS 'number of events that have not arrived';
COMMENT ON COLUMN mistral.stat_events.oldest IS 'time of the first of them';
COMMENT ON COLUMN mistral.stat_events.last_success IS 'time of the last acknowledgement of a consumer';
COMMENT ON COLUMN mistral.stat_events.failing IS 'number of deliveries that will be tried again';
COMMENT ON COLUMN mistral.stat_events.dead IS 'number of deliveries that were given up';

-- The server shows what processes do to members of pg_read_all_stats only; of
-- ours whoever may read the view sees it.
CREATE FUNCTION mistral.worker_activity(OUT pid int, OUT kind text, OUT state text, OUT activity text,
                                        OUT started_at timestamptz, OUT changed_at timestamptz)
RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE
SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT a.pid, split_part(a.backend_type, ' ', 2), a.state, a.query, a.backend_start, a.state_change
      FROM pg_catalog.pg_stat_activity a
     WHERE a.backend_type LIKE 'mistral %'
       AND (a.datname IS NULL OR a.datname = current_database())
$$;
COMMENT ON FUNCTION mistral.worker_activity() IS 'workers of this database and what they do, or last did';
REVOKE ALL ON FUNCTION mistral.worker_activity() FROM PUBLIC;

CREATE VIEW mistral.stat_workers AS
    SELECT w.pid, w.kind, w.state, w.activity, w.started_at, w.changed_at FROM mistral.worker_activity() w;
COMMENT ON VIEW mistral.stat_workers IS 'workers of this database and what they do, or last did';
COMMENT ON COLUMN mistral.stat_workers.pid IS 'process';
COMMENT ON COLUMN mistral.stat_workers.kind IS 'launcher, scheduler or dispatcher';
COMMENT ON COLUMN mistral.stat_workers.state IS 'active or idle';
COMMENT ON COLUMN mistral.stat_workers.activity IS 'what it does, or did last';
COMMENT ON COLUMN mistral.stat_workers.started_at IS 'start of the process';
COMMENT ON COLUMN mistral.stat_workers.changed_at IS 'last change of state';

CREATE FUNCTION mistral.worker_slots(OUT databases int, OUT waiting int, OUT waits_since timestamptz)
RETURNS record
LANGUAGE c VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_worker_slots';
COMMENT ON FUNCTION mistral.worker_slots()
    IS 'whether the server has worker slots for the schedulers of all databases';
REVOKE ALL ON FUNCTION mistral.worker_slots() FROM PUBLIC;

CREATE VIEW mistral.stat_worker_slots AS
    SELECT w.databases, w.waiting, w.waits_since FROM mistral.worker_slots() w;
COMMENT ON VIEW mistral.stat_worker_slots
    IS 'whether the server has worker slots for the schedulers of all databases';
COMMENT ON COLUMN mistral.stat_worker_slots.databases IS 'databases of the server with the extension';
COMMENT ON COLUMN mistral.stat_worker_slots.waiting
    IS 'those whose scheduler waits for its turn: max_worker_processes is too small';
COMMENT ON COLUMN mistral.stat_worker_slots.waits_since
    IS 'since when that of this database waits; null: it does not';

GRANT USAGE ON SCHEMA mistral TO pg_monitor;
-- An action that no executor has taken is in the queue, and not under way: it is
-- found there by the task's range of ids.
CREATE VIEW mistral.stat_maintenance_tasks AS
    SELECT t.id AS task_id, t.name, e.id AS execution_id, e.workflow_name, e.project_id, t.started_at,
           t.open_children - q.queued AS actions, mistral.task_waits_for(t.id) AS waits_for
      FROM mistral.workflow_executions e
      JOIN mistral.task_executions t ON t.execution_id = e.id
      CROSS JOIN LATERAL (
           SELECT count(*) AS queued FROM mistral.action_queue q
            WHERE q.action_id > t.id
              AND q.action_id <= overlay(t.id::text PLACING 'ffffffff' FROM 29)::uuid) q
     WHERE e.state IN ('I', 'R', 'P') AND t.state = 'R' AND t.type = 'A' AND t.open_children > q.queued;
COMMENT ON VIEW mistral.stat_maintenance_tasks
    IS 'tasks with actions under way, whose end maintenance waits for; reads all unfinished executions';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.task_id IS 'task';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.name IS 'name of the task';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.execution_id IS 'workflow execution';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.workflow_name IS 'name of the workflow';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.project_id IS 'role that started it';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.started_at IS 'time when the task began to run';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.actions IS 'actions that have begun and not ended';
COMMENT ON COLUMN mistral.stat_maintenance_tasks.waits_for
    IS 'what the task waits for, for those who may see its project';

CREATE VIEW mistral.stat_maintenance AS
    SELECT m.status, m.asked_at, m.asked_by,
           (SELECT count(*) FROM mistral.workflow_executions e
             WHERE e.state = 'R' AND e.parent_task_id IS NULL) AS executions_to_pause,
           (SELECT count(*) FROM mistral.stat_maintenance_tasks) AS tasks_left,
           (SELECT count(*) FROM mistral.workflow_executions e
             WHERE e.state = 'P' AND e.paused_by_maintenance AND e.parent_task_id IS NULL) AS executions_to_resume
      FROM mistral.maintenance m;
COMMENT ON VIEW mistral.stat_maintenance
    IS 'maintenance, and what is left of it; reads all unfinished executions';
COMMENT ON COLUMN mistral.stat_maintenance.status IS 'RUNNING, PAUSING or PAUSED';
COMMENT ON COLUMN mistral.stat_maintenance.asked_at IS 'time when maintenance was last asked for, or its end';
COMMENT ON COLUMN mistral.stat_maintenance.asked_by IS 'role that did';
COMMENT ON COLUMN mistral.stat_maintenance.executions_to_pause
    IS 'executions that run, without those below them: all of them before maintenance, none when all is paused';
COMMENT ON COLUMN mistral.stat_maintenance.tasks_left
    IS 'tasks with actions under way, whose end maintenance waits for';
COMMENT ON COLUMN mistral.stat_maintenance.executions_to_resume
    IS 'executions that the end of maintenance resumes, without those below them';

GRANT SELECT ON mistral.stat_executions, mistral.stat_activity, mistral.stat_queue,
    mistral.stat_executors, mistral.stat_delayed_calls, mistral.stat_events,
    mistral.stat_workers, mistral.stat_worker_slots, mistral.stat_maintenance,
    mistral.stat_maintenance_tasks TO pg_monitor;
GRANT EXECUTE ON FUNCTION mistral.worker_slots(), mistral.worker_activity(), mistral.first_id(timestamptz), mistral.role_serves(text, text), mistral.state_name("char"), mistral.task_waits_for(uuid) TO pg_monitor;
