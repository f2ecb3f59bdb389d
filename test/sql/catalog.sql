-- What every object of the extension must have. Each query lists offenders.

-- members of the extension, by catalog
CREATE TEMP VIEW member AS
	SELECT classid, objid
	  FROM pg_depend
	 WHERE refclassid = 'pg_extension'::regclass
	   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'mistral')
	   AND deptype = 'e';

-- functions without a comment
SELECT p.oid::regprocedure AS function
  FROM pg_proc p
  JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
 WHERE obj_description(p.oid, 'pg_proc') IS NULL
 ORDER BY p.oid::regprocedure::text;

-- tables, views and sequences without a comment
SELECT c.oid::regclass AS relation, c.relkind
  FROM pg_class c
  JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
 WHERE obj_description(c.oid, 'pg_class') IS NULL
   AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
   AND NOT EXISTS (SELECT 1 FROM pg_depend d
					WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('i', 'a'))
 ORDER BY c.oid::regclass::text;

-- columns of tables and views without a comment
SELECT c.oid::regclass AS relation, a.attname AS column
  FROM pg_class c
  JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE col_description(c.oid, a.attnum) IS NULL
   AND c.relkind IN ('r', 'p', 'v', 'm')
 ORDER BY c.oid::regclass::text, a.attnum;

-- types without a comment
SELECT t.oid::regtype AS type
  FROM pg_type t
  JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
 WHERE obj_description(t.oid, 'pg_type') IS NULL
   AND t.typelem = 0
   AND (t.typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c')
 ORDER BY t.oid::regtype::text;

-- anything granted to everybody
SELECT p.oid::regprocedure AS function
  FROM pg_proc p
  JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
 WHERE has_function_privilege('public', p.oid, 'EXECUTE')
 ORDER BY p.oid::regprocedure::text;

SELECT c.oid::regclass AS relation
  FROM pg_class c
  JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
 CROSS JOIN aclexplode(c.relacl) a
 WHERE a.grantee = 0
 ORDER BY c.oid::regclass::text;

-- functions in SQL and PL/pgSQL, and those that run as their owner, without
-- a search path of their own (a body that is parsed at creation needs none)
SELECT p.oid::regprocedure AS function
  FROM pg_proc p
  JOIN pg_language l ON l.oid = p.prolang
  JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
 WHERE (l.lanname IN ('sql', 'plpgsql') OR p.prosecdef)
   AND (p.prosqlbody IS NULL OR p.prosecdef)
   AND NOT EXISTS (SELECT 1 FROM unnest(p.proconfig) c(setting)
					WHERE c.setting ~ '^search_path=.*pg_temp"?$')
 ORDER BY p.oid::regprocedure::text;

-- functions in C whose volatility nobody wrote: none may be unsafe to call
-- in parallel and immutable at the same time
SELECT p.oid::regprocedure AS function
  FROM pg_proc p
  JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
 WHERE p.provolatile = 'i' AND p.proparallel = 'u'
 ORDER BY p.oid::regprocedure::text;

-- tables whose rows pg_dump would leave out, but for those that the install
-- script fills
SELECT c.oid::regclass AS relation
  FROM pg_class c
  JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
 WHERE c.relkind IN ('r', 'p')
   AND c.relpersistence = 'p'
   AND c.oid <> ALL (SELECT unnest(extconfig) FROM pg_extension WHERE extname = 'mistral')
   AND NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'keep_installed_rows' AND t.tgenabled = 'R')
 ORDER BY c.oid::regclass::text;

-- tables that every role could read through a grant: row level security must be on
SELECT c.oid::regclass AS relation
  FROM pg_class c
  JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
 WHERE c.relkind IN ('r', 'p')
   AND NOT c.relrowsecurity
   AND EXISTS (SELECT 1 FROM pg_attribute a
				WHERE a.attrelid = c.oid AND a.attname = 'project_id')
 ORDER BY c.oid::regclass::text;
