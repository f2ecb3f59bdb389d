-- Whatever somebody may put into a name, a text or a result, to make the
-- console of somebody else do something. :html and :long are texts.

\set html '<img/src=//evil.invalid/x/onerror=hacked=1><script>hacked=2</script>'

SELECT mistral.create_workflows(json_build_object('version', '2.0', :'html', json_build_object(
	'description', :'html' || ' javascript:hacked=3',
	'tags', json_build_array(:'html', E'\u202Eevil\u202C', repeat('tag', 70)),
	'input', json_build_array(json_build_object(:'html', :'html')),
	'output', json_build_object('html', :'html', 'rtl', E'\u202Etxt.exe\u202C'),
	'tasks', json_build_object(
		'<b/onmouseover=hacked=4>task</b>', json_build_object(
			'action', 'std.echo', 'input', json_build_object('output', :'html'),
			'publish', json_build_object('__proto__', json_build_object('hacked', 5), 'constructor', :'html', 'rtl', E'\u202Egpj.exe\u202C'),
			'on-success', json_build_array('<svg/onload>&"quoted"')),
		'<svg/onload>&"quoted"', json_build_object(
			'action', 'std.echo', 'input', json_build_object('output', 'x'),
			'on-success', json_build_array(E'\u202Eltr\u202C\u2066'), 'on-error', json_build_array('fail')),
		E'\u202Eltr\u202C\u2066', json_build_object(
			'action', 'std.fail', 'input', json_build_object('error_data', :'html')))))::text);
SELECT mistral.create_environment(:'html', json_build_object(:'html', :'html')::jsonb, :'html');
SELECT mistral.create_event_trigger(:'html', :'html', :'html', :'html', :'html');
SELECT mistral.create_cron_trigger(:'html', :'html', '0 0 1 1 *');
SELECT mistral.create_limit(:'html', 1);
SELECT mistral.create_event_consumer('<img/src=x/onerror=hacked=6>');
SELECT mistral.create_actions(json_build_object('version', '2.0', 'act<script>hacked=7</script>', json_build_object(
	'base', 'std.echo', 'base-input', json_build_object('output', :'html'), 'description', :'html'))::text);
SELECT mistral.start_workflow(:'html', description => :'html', key => :'html') AS hostile \gset
SELECT mistral.signal(:'hostile', :'html', json_build_object('html', :'html')::jsonb);

-- very long and very large: a name of 255 characters, a text without a blank, lists and trees
SELECT mistral.create_workflows(json_build_object('version', '2.0', repeat('W', 255), json_build_object(
	'input', json_build_array('large'),
	'tasks', json_build_object(repeat('t', 200), json_build_object(
		'action', 'std.echo', 'input', json_build_object('output', '<% $.large %>'),
		'publish', json_build_object('large', '<% $.large %>')))))::text);
SELECT mistral.start_workflow(repeat('W', 255), jsonb_build_object('large', jsonb_build_object(
	'text', repeat('long', 20000), 'html', :'html',
	'list', (SELECT jsonb_agg(i) FROM generate_series(1, 8000) i),
	'deep', (repeat('[', 80) || '"<i>deep</i>"' || repeat(']', 80))::jsonb,
	'numbers', '[1e400, 0.1000000000000000055511151231257827, 12345678901234567890]'::jsonb)));
