-- The steps of the execution :'id', in the order in which they ended.
SELECT coalesce(json_agg(step ORDER BY finished_at, id), '[]')
  FROM (SELECT t.id, t.name, t.finished_at, t.state, t.published,
			   extract(epoch FROM t.finished_at - coalesce(t.started_at, t.created_at)) AS seconds,
			   (SELECT coalesce(json_agg(json_build_object(
							'name', a.name, 'state', a.state, 'input', a.input, 'output', a.output)
						ORDER BY a.id), '[]')
				  FROM mistral.actions a
				 WHERE a.task_execution_id = t.id) AS actions
		  FROM mistral.tasks t
		 WHERE t.workflow_execution_id = :'id') AS step;
