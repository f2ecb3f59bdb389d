-- L: one statement with one HOT UPDATE and one INSERT, one commit
\set which random(1, 10000)
WITH changed AS (UPDATE bench.state SET n = n + 1 WHERE id = :which RETURNING id)
INSERT INTO bench.done (state_id, at) SELECT id, now() FROM changed;
