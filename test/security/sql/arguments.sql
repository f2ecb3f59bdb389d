-- No argument makes rows without bound, or a row of any size.
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
BEGIN;
-- what an executor says of itself
SELECT n, pg_temp.refusal(format('SELECT mistral.register_executor(''x'', actions => %L)', array_fill('a'::text, ARRAY[n])))
  FROM unnest('{1000,1001}'::int[]) AS n;
SELECT n, pg_temp.refusal(format('SELECT mistral.register_executor(%L)', repeat('x', n))),
       pg_temp.refusal(format('SELECT mistral.register_executor(''x'', %L)', repeat('x', n))),
       pg_temp.refusal(format('SELECT mistral.register_executor(''x'', actions => ARRAY[%L])', repeat('x', n)))
  FROM unnest('{255,256}'::int[]) AS n;
SELECT n, pg_temp.refusal(format('SELECT mistral.register_executor(''x'', info => %L)', jsonb_build_object('a', repeat('x', n))))
  FROM unnest('{65000,66000}'::int[]) AS n;
ROLLBACK;

-- what a publisher is, of which each delivery has a copy, and filters of events
SELECT n, pg_temp.refusal(format('SELECT mistral.create_event_subscription(''x%s'', %L)', n,
           jsonb_build_object('type', 'noop', 'more', repeat('x', n))))
  FROM unnest('{8000,8200}'::int[]) AS n;
SELECT n, pg_temp.refusal(format('SELECT mistral.create_event_subscription(''y%s'', ''{"type": "noop"}'', workflow_name => %L)', n, repeat('x', n))),
       pg_temp.refusal(format('SELECT mistral.create_event_consumer(''y%s'', workflow_name => %L)', n, repeat('x', n)))
  FROM unnest('{255,256}'::int[]) AS n;
SELECT mistral.delete_event_subscription(s) FROM unnest('{x8000,y255}'::text[]) AS s;
SELECT mistral.delete_event_consumer('y255');

-- deliveries
SELECT n, pg_temp.refusal(format('SELECT mistral.claim_deliveries(%s)', n)),
       pg_temp.refusal(format('SELECT mistral.claim_deliveries(max_per_endpoint => %s)', n))
  FROM unnest('{-1,0,10000,10001}'::int[]) AS n ORDER BY n;
SELECT lease, pg_temp.refusal(format('SELECT mistral.claim_deliveries(lease => %L)', lease))
  FROM unnest('{-1 s,0,1 ms,1 day,25 hours,1 month,178000000 years}'::text[]) AS lease;
SELECT n, pg_temp.refusal(format('SELECT mistral.claim_deliveries(busy_endpoints => %L)', array_fill('a'::text, ARRAY[n])))
  FROM unnest('{10000,10001}'::int[]) AS n;
SELECT n, pg_temp.refusal(format('SELECT mistral.complete_deliveries(%L)', (SELECT jsonb_agg('{"id": 0}'::jsonb) FROM generate_series(1, n))))
  FROM unnest('{1,10000,10001}'::int[]) AS n;
SELECT r, pg_temp.refusal(format('SELECT mistral.complete_deliveries(%L)', r)) FROM unnest(ARRAY['{}', '7', 'null', '[]']) AS r;
