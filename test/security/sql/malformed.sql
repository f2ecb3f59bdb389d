-- No function makes a text that is not one in the encoding of the database: it
-- could be stored, and no dump that has it can be restored.
\set VERBOSITY terse
SELECT mistral.task_links('\x6e730100ff');
SELECT mistral.task_links('\x6e73010000');
SELECT mistral.task_links('\x6e730200c3a9');
SELECT mistral.task_links('\x6a22ff22');
-- nor is a wrong argument told as damage of the database
\set VERBOSITY sqlstate
SELECT mistral.task_links('');
SELECT mistral.task_links('\x6e73ffff41');
SELECT mistral.task_links('\x6eff010041');
