-- What the measurements need beside the extension.
CREATE SCHEMA bench;

CREATE TABLE bench.state (id int PRIMARY KEY, n int NOT NULL) WITH (fillfactor = 50);
CREATE TABLE bench.done (id bigint GENERATED ALWAYS AS IDENTITY, state_id int NOT NULL, at timestamptz NOT NULL);
INSERT INTO bench.state SELECT i, 0 FROM generate_series(1, 10000) i;

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
VACUUM ANALYZE bench.state;
