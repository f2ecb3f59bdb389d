\echo Use "CREATE EXTENSION mistral" to load this file. \quit

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Definitions and data are Unicode; in other encodings, and above all in
-- SQL_ASCII, what is stored could not be read back.
DO $$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'extension "mistral" needs a database with encoding UTF8',
            DETAIL = format('The encoding of this database is %s.', current_setting('server_encoding')),
            HINT = 'Use CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
    END IF;
END
$$;

COMMENT ON SCHEMA mistral IS 'workflows: definitions, executions and what runs them';

