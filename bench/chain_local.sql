-- one workflow of ten actions that run in the database
SELECT mistral.start_workflow('bench_chain_local');
