-- L: one statement with one HOT UPDATE and one INSERT, one commit
\set id random(1, 10000)
SELECT bench.baseline(:id);
