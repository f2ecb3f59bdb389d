-- The steps of the execution :'id', in the order in which they ended.
SELECT coalesce(json_agg(step ORDER BY finished_at, name), '[]')
  FROM (SELECT t.name, t.finished_at,
			   mistral.state_name(t.state) AS state,
			   extract(epoch FROM t.finished_at - coalesce(t.started_at, t.created_at)) AS seconds,
			   t.published,
			   (SELECT coalesce(json_agg(json_build_object(
							'name', a.name, 'input', a.input, 'output', a.output,
							'state', mistral.state_name(a.state)) ORDER BY a.id), '[]')
				  FROM mistral.action_executions a
				 WHERE a.task_id = t.id) AS actions
		  FROM mistral.task_executions t
		 WHERE t.execution_id = :'id') AS step;
