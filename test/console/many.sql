-- :executions finished executions of years past, and a workflow of :tasks tasks
-- in 20 layers, which is run. Only figures are taken from them.

SELECT mistral.create_workflows($$
version: '2.0'
archive:
  tasks: {keep: {action: std.noop}}
$$);
SELECT mistral.start_workflow('archive') AS first \gset
SELECT mistral.wait_execution(:'first') IS NOT NULL AS began;

INSERT INTO mistral.workflow_executions
	   (id, root_id, version_id, workflow_id, project_id, workflow_name, created_at, updated_at, finished_at, state)
SELECT x.id, x.id, e.version_id, e.workflow_id, e.project_id, e.workflow_name, x.at, x.at + interval '4 s', x.at + interval '4 s',
	   substr('SSSSSSSSEC', i % 10 + 1, 1)::"char"
  FROM mistral.workflow_executions e, generate_series(1, :executions) AS i,
	   LATERAL (SELECT timestamptz '2026-01-01' - i * interval '17 s' AS at, mistral.first_id(timestamptz '2026-01-01' - i * interval '17 s') AS first,
					   md5(i::text) AS hash) AS t,
	   LATERAL (SELECT t.at, (left(t.first::text, 14) || '7' || substr(t.hash, 1, 3) || '-a' || substr(t.hash, 4, 3) || '-' || substr(t.hash, 7, 12))::uuid AS id) AS x
 WHERE e.id = :'first';
ANALYZE mistral.workflow_executions;

SELECT mistral.create_workflows(json_build_object('version', '2.0', 'wide', json_build_object('tasks', (
	SELECT json_object_agg('t' || i, json_strip_nulls(json_build_object(
			   'action', 'std.noop',
			   'join', CASE WHEN i >= w THEN 'one' END,
			   'on-success', CASE WHEN i + w < :tasks THEN
				   json_build_array('t' || i + w, 't' || (i / w + 1) * w + (i + 1) % w) END)))
	  FROM generate_series(0, :tasks - 1) i, (SELECT :tasks / 20 AS w) AS w)))::text);
SELECT mistral.start_workflow('wide');
