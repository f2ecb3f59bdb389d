-- The extension, and roles for the programs and for a first project.  The
-- password of those who log in is read from file descriptor 3.
\set password `cat <&3`

CREATE EXTENSION mistral;
CREATE EXTENSION pg_cron;
SELECT mistral.create_roles();

-- executor and notifier: what they run and deliver is everybody's
CREATE ROLE mistral_worker LOGIN PASSWORD :'password' IN ROLE mistral_executor;

-- a project: who logs in with it over REST or SQL works in it
CREATE ROLE demo LOGIN PASSWORD :'password' IN ROLE mistral_user;

-- the REST server, which works for its projects and has no rights of its own
CREATE ROLE mistral_rest LOGIN NOINHERIT PASSWORD :'password' IN ROLE demo;
SELECT mistral_api.grant_server('mistral_rest');
