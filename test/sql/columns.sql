-- What the library keeps of the columns of our tables, and what the catalog
-- has. Each query lists what differs.

CREATE TEMP VIEW described AS
	SELECT t.*, a.attnum, a.atttypid::regtype AS atttypid, a.attnotnull, a.attidentity
	  FROM mistral.table_columns() t
	  LEFT JOIN pg_attribute a ON a.attrelid = to_regclass('mistral.' || quote_ident(t."table"))
							  AND a.attname = t.name AND a.attnum > 0 AND NOT a.attisdropped;

-- the list is not empty, and the tables of the engine are written
SELECT count(DISTINCT description) > 25 AS are_listed FROM described;
SELECT "table" FROM described WHERE is_whole GROUP BY 1 ORDER BY "table" COLLATE "C";

-- columns that there are not
SELECT "table", name FROM described WHERE attnum IS NULL ORDER BY 1, 2;

-- columns of another type
SELECT "table", name, type, atttypid
  FROM described
 WHERE atttypid <> type AND NOT (type = 'text'::regtype AND atttypid = 'json'::regtype)
 ORDER BY 1, 2;

-- columns whose numbers the library does not take from the table's sequence
SELECT "table", name
  FROM described
 WHERE is_identity AND attidentity = '' OR is_whole AND attidentity <> '' AND NOT is_identity
 ORDER BY 1, 2;

-- columns that may be null, and are read as if not
SELECT "table", name FROM described WHERE NOT attnotnull AND NOT is_nullable ORDER BY 1, 2;

-- columns that may not be null, and would be written as null
SELECT "table", name FROM described WHERE attnotnull AND is_nullable AND is_whole ORDER BY 1, 2;

-- columns in another order than the table's
SELECT "table", name
  FROM (SELECT *, lag(attnum) OVER (PARTITION BY description ORDER BY position) AS before FROM described) d
 WHERE before >= attnum
 ORDER BY 1, 2;

-- columns of tables that are written, and that would be left out
SELECT d."table", a.attname
  FROM (SELECT DISTINCT description, "table" FROM described WHERE is_whole) d
  JOIN pg_attribute a ON a.attrelid = ('mistral.' || quote_ident(d."table"))::regclass
					 AND a.attnum > 0 AND NOT a.attisdropped
 WHERE NOT EXISTS (SELECT FROM described x WHERE x.description = d.description AND x.attnum = a.attnum)
 ORDER BY 1, 2;

-- a column that comes later is seen by the comparison
BEGIN;
ALTER TABLE mistral.task_executions ADD COLUMN note text, ALTER COLUMN name DROP NOT NULL;
SELECT a.attname FROM pg_attribute a
 WHERE a.attrelid = 'mistral.task_executions'::regclass AND a.attnum > 0 AND NOT a.attisdropped
   AND NOT EXISTS (SELECT FROM described x WHERE x."table" = 'task_executions' AND x.attnum = a.attnum);
SELECT DISTINCT name FROM described WHERE NOT attnotnull AND NOT is_nullable;
ROLLBACK;
