-- Writes docs/reference.md from the comments in the database: make docs.
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n'

SELECT '# Reference' || E'\n\n'
	|| 'Functions, views and settings, as their comments describe them. Written by' || E'\n'
	|| '`make docs`; change the comments, not this file.' || E'\n';

SELECT E'## Functions\n';
SELECT format(E'### %s\n\n```sql\n%s(%s)%s\n```\n\n%s\n',
			  p.proname, p.oid::regproc,
			  CASE WHEN length(pg_get_function_arguments(p.oid)) > 70
				   THEN E'\n    ' || replace(pg_get_function_arguments(p.oid), ', ', E',\n    ') || E'\n'
				   ELSE pg_get_function_arguments(p.oid) END,
			  CASE WHEN pg_get_function_result(p.oid) IS NULL THEN ''
				   ELSE ' → ' || pg_get_function_result(p.oid) END,
			  upper(left(obj_description(p.oid, 'pg_proc'), 1)) || substr(obj_description(p.oid, 'pg_proc'), 2) || '.')
  FROM pg_proc p
  JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	   AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'mistral')
 WHERE p.pronamespace = 'mistral'::regnamespace
   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
   AND p.oid NOT IN (SELECT oprcode FROM pg_operator)
 ORDER BY p.proname, pg_get_function_identity_arguments(p.oid);

SELECT E'## Views\n';
SELECT format(E'### %s\n\n%s.\n\n| column | type | |\n|---|---|---|\n%s\n', c.relname,
			  upper(left(obj_description(c.oid, 'pg_class'), 1)) || substr(obj_description(c.oid, 'pg_class'), 2),
			  (SELECT string_agg(format('| `%s` | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod),
										col_description(c.oid, a.attnum)), E'\n' ORDER BY a.attnum)
				 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0))
  FROM pg_class c
 WHERE c.relnamespace = 'mistral'::regnamespace AND c.relkind = 'v'
 ORDER BY c.relname;

SELECT E'## Settings\n\n| setting | default | changed by | |\n|---|---|---|---|';
SELECT format('| `%s` | %s | %s | %s |', name,
			  CASE WHEN boot_val = '' THEN '(empty)' ELSE boot_val || CASE WHEN unit ~ '^[0-9]' THEN ' × ' || unit ELSE coalesce(' ' || unit, '') END END,
			  CASE context WHEN 'postmaster' THEN 'restart' WHEN 'sighup' THEN 'reload'
						   WHEN 'superuser' THEN 'superuser' ELSE 'anybody' END,
			  concat_ws(' ', short_desc, extra_desc))
  FROM pg_settings
 WHERE name LIKE 'mistral.%'
 ORDER BY name;
