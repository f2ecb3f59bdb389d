-- Secrets: what stands for them wherever anybody looks, and what is done with them.
\getenv srcdir PG_ABS_SRCDIR
\set story :srcdir '/sql/include/story.sql'
\o /dev/null
\i :story
\o
CREATE FUNCTION story.mask(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT regexp_replace(story.hide(t), '<secret [0-9a-f]{16}>', '<secret>', 'g')
$$;
CREATE FUNCTION story.masked(id uuid)
RETURNS TABLE (task text, state text, info text, result text, published text) LANGUAGE sql AS $$
SELECT task, state, story.mask(info), story.mask(result::text), story.mask(published::text) FROM story.show($1)
$$;

-- ---- environments: names say which variables are secrets
SELECT mistral.create_environment('sec_env', '{"password": "hunter2x", "pin": 123456, "flag": true, "user": "bob", "nothing": null,
    "nested": {"a": "inner-one", "b": ["inner-two", 7]}, "url": "https://bob:hunter2x@host/?p=123456"}', secrets => '{password,pin,flag,nested,nothing,absent}') IS NOT NULL AS created;
SELECT story.mask(variables::text) AS variables, secrets FROM mistral.environments WHERE name = 'sec_env';
SELECT story.mask(mistral_api.get_environment('sec_env') ->> 'variables') AS answer;
SELECT value FROM mistral.secrets ORDER BY value::text COLLATE "C";
-- a value written back is the same secret; a new one replaces the old
SELECT mistral.update_environment('sec_env', jsonb_set(variables, '{user}', '"eve"')) FROM mistral.environments WHERE name = 'sec_env';
SELECT mistral.update_environment('sec_env', jsonb_set(variables, '{password}', '"swordfish"')) FROM mistral.environments WHERE name = 'sec_env';
SELECT story.mask(variables::text) AS variables FROM mistral.environments WHERE name = 'sec_env';
SELECT value FROM mistral.secrets ORDER BY value::text COLLATE "C";
-- what is not a secret any more is still a reference; in the clear it is what is written anew
SELECT mistral.update_environment('sec_env', secrets => '{password}');
SELECT mistral.update_environment('sec_env', jsonb_set(variables, '{pin}', '4321')) FROM mistral.environments WHERE name = 'sec_env';
SELECT story.mask(variables::text) AS variables, secrets FROM mistral.environments WHERE name = 'sec_env';
-- over REST, by the member "secrets"
SELECT mistral_api.create_environment('{"name": "sec_rest", "variables": {"token": "from-rest", "x": 1}, "secrets": ["token"]}') ->> 'name' AS name;
SELECT story.mask(mistral_api.update_environment('{"name": "sec_rest", "variables": {"token": "again-rest", "x": "say again-rest"}}') ->> 'variables') AS variables;
SELECT mistral_api.create_environment('{"name": "sec_bad", "variables": {}, "secrets": "token"}');
SELECT mistral.create_environment('sec_bad', '{}', secrets => '{NULL}');
SELECT mistral.create_environment('sec_bad', '{}', secrets => array_fill('a'::text, ARRAY[1001]));
SELECT mistral.delete_environment('sec_rest');
SELECT mistral.create_environment('sec_env', '{"password": "or-replaced", "more": "x or-replaced"}', or_replace => true) IS NOT NULL AS replaced;
SELECT story.mask(variables::text) AS variables, secrets FROM mistral.environments WHERE name = 'sec_env';
SELECT value FROM mistral.secrets ORDER BY value::text COLLATE "C";

-- ---- executions: expressions, queries and actions get the value, and nobody else
SELECT mistral.create_environment('sec_env', '{"password": "hunter2x", "pin": 123456, "short": "abc", "user": "bob"}', secrets => '{password,pin,short}', or_replace => true) IS NOT NULL AS replaced;
SELECT define($$
sc_flow:
  input: [plain]
  output: {all: <% $.seen %>, sum: <% $.sum %>}
  tasks:
    compute:
      action: std.noop
      publish:
        seen: <% 'Bearer ' + env().password + '!' %>
        length: <% env().password.len() %>
        sum: <% env().pin + 1 %>
        pin: <% env().pin %>
        text: "{{ env().pin }}:{{ env().short }}"
        same: <% $.plain = env().password %>
        rows: <% [env().password, {env().user => env().password}] %>
      on-success: [query, items, below, choose]
    query:
      action: std.sql
      input: {query: "SELECT length($1) AS l, $1 AS v, $2::int + 1 AS n", params: ["<% env().password %>", "<% env().pin %>"]}
    items:
      with-items: i in <% $.rows %>
      action: std.echo output=<% $.i %>
    below: {workflow: sc_below given=<% env().password %>}
    choose:
      action: std.noop
      on-success:
        - right: <% env().password = 'hunter2x' %>
        - wrong: <% env().password != 'hunter2x' %>
    right: {action: std.noop}
    wrong: {action: std.fail}
sc_below:
  input: [given]
  output:
    g: <% $.given.replace('x', 'y') %>
    h: <% $.given %>
  tasks:
    t: {action: std.echo output=<% $.given %>}
sc_fails:
  tasks:
    t: {action: std.noop, on-success: [u, v]}
    u:
      action: std.fail
      input: {error_data: "<% 'no ' + env().password %>"}
      on-error: noop
    v: {action: std.echo output=<% int(env().password) %>}
sc_calls:
  input: [p]
  tasks:
    t:
      action: std.http
      input: {url: "http://<% env().user %>:<% env().password %>@h/", headers: {A: <% $.p %>, N: <% env().pin %>}, body: {pin: <% env().pin %>}}
$$);
SELECT mistral.start_workflow('sc_flow', '{"plain": "hunter2x"}', '{"env": "sec_env"}') AS flow \gset
SELECT * FROM story.masked(:'flow');
SELECT story.mask(input::text) AS input, story.mask(params::text) AS params FROM mistral.executions WHERE id = :'flow';
SELECT name, story.mask(input::text) AS input, story.mask(output::text) AS output FROM mistral.actions WHERE workflow_name = 'sc_flow' ORDER BY 1, 2;
SELECT mistral.start_workflow('sc_fails', params => '{"env": "sec_env"}') AS fails \gset
SELECT * FROM story.masked(:'fails');
-- without secrets nothing is looked for
SELECT mistral.start_workflow('sc_below', '{"given": "hunter2x"}') AS none \gset
SELECT has_secrets, input FROM mistral.workflow_executions JOIN mistral.execution_data ON id = execution_id WHERE id = :'none';

-- ---- who claims the action gets it, and what he says of it is sealed
SELECT mistral.register_executor('sec_runner', actions => '{std.http}') AS me \gset
SELECT mistral.start_workflow('sc_calls', '{"p": "x-hunter2x"}', '{"env": "sec_env"}') AS calls \gset
SELECT story.mask(input::text) AS shown FROM mistral.actions WHERE workflow_execution_id = :'calls';
SELECT action_id, input FROM mistral.claim_actions(:me) \gset
SELECT :'input' AS claimed;
SELECT input AS claimed_again FROM mistral.claimed_actions(:me);
SELECT mistral.complete_actions(:me, jsonb_build_array(jsonb_build_object('id', :'action_id', 'error', 'cannot go to http://bob:hunter2x@h/ with 123456')));
SELECT * FROM story.masked(:'calls');
-- one that follows from a result, in the same call
SELECT mistral.rerun_task(id, true) IS NULL AS rerun FROM mistral.tasks WHERE workflow_execution_id = :'calls';
SELECT input AS exchanged FROM mistral.exchange_actions(:me, '[]', 1);
SELECT mistral.cancel_execution(:'calls');
SELECT mistral.unregister_executor(:me);

-- ---- references are good where the project uses them, and nowhere else
SELECT input AS sealed FROM mistral.executions WHERE id = :'flow' \gset
SELECT mistral.start_workflow('sc_flow', :'sealed', '{"env": "sec_env"}') AS again \gset
SELECT published ->> 'same' AS same FROM mistral.tasks WHERE workflow_execution_id = :'again' AND name = 'compute';
SELECT mistral.start_workflow(NULL, source_execution_id => :'flow') AS source \gset
SELECT published ->> 'same' AS same FROM mistral.tasks WHERE workflow_execution_id = :'source' AND name = 'compute';
SELECT mistral.start_workflow('sc_below', jsonb_build_object('given', :'sealed'::jsonb -> 'plain')) AS given \gset
SELECT * FROM story.masked(:'given');
SELECT output -> 'g' AS changed FROM mistral.executions WHERE id = :'given';
SELECT mistral.start_workflow('sc_below', '{"given": "<secret 0123456789abcdef> and <secret xyz"}') AS unknown \gset
SELECT output FROM mistral.executions WHERE id = :'unknown';
SELECT story.mask(mistral.run_action('std.sql', jsonb_build_object('query', 'SELECT length($1) AS l', 'params', jsonb_build_array(:'sealed'::jsonb -> 'plain'))) ->> 'output') AS alone;

-- ---- forms that a secret takes on its way are known, and come back as they were
SELECT mistral.create_environment('sec_forms', '{"odd": "a\"b\\c/é😀 d", "n": 12345.5}', secrets => '{odd,n}') IS NOT NULL AS created;
SELECT define($$
sc_forms:
  tasks:
    t:
      action: std.noop
      publish:
        json: <% json_dump({k => env().odd}) %>
        url: "{{ env().odd | urlencode }}"
        number: "n={{ env().n }}"
        back: <% json_parse(json_dump({k => env().odd})).k = env().odd %>
      on-success: s
    s:
      action: std.sql
      input: {query: "SELECT $1::text::jsonb ->> 'k' = $2 AS is_right, length($3) AS l, $4 AS n, to_jsonb($2) AS quoted",
              params: ["<% $.json %>", "<% env().odd %>", "<% $.url %>", "<% $.number %>"]}
$$);
SELECT mistral.start_workflow('sc_forms', params => '{"env": "sec_forms"}') AS forms \gset
SELECT * FROM story.masked(:'forms');
SELECT mistral.start_workflow('sc_below', jsonb_build_object('given', published -> 'url')) AS given FROM mistral.tasks
 WHERE workflow_execution_id = :'forms' AND name = 't' \gset
SELECT * FROM story.masked(:'given');
SELECT mistral.delete_environment('sec_forms');

-- ---- signals: what is sent is sealed with what it is sent to
SELECT mistral.create_environment('sec_signal', '{"password": "hunter2x"}', secrets => '{password}') IS NOT NULL AS created;
SELECT define($$
sc_waits:
  tasks:
    w: {wait-for: {signal: go}, publish: {same: <% task().result.data.p = env().password %>}}
    x: {wait-for: {signal: never}}
$$);
SELECT mistral.start_workflow('sc_waits', params => '{"env": "sec_signal"}') AS waits \gset
SELECT mistral.signal(:'waits', 'other', '{"p": "hunter2x"}');
SELECT story.mask(data::text) AS data FROM mistral.signals;
SELECT mistral.signal(:'waits', 'go', '{"p": "hunter2x"}');
SELECT name, story.mask(mistral.task_result(id) ->> 'data') AS data, published FROM mistral.tasks WHERE workflow_execution_id = :'waits' ORDER BY 1;
SELECT mistral.cancel_execution(:'waits');
-- a name with a secret in it is waited for as what it is
SELECT define($$
sc_called:
  tasks:
    w: {wait-for: {any: ["go_<% env().password %>", other]}}
$$);
SELECT mistral.start_workflow('sc_called', params => '{"env": "sec_signal"}') AS called \gset
SELECT mistral.signal(:'called', 'go_hunter2');
SELECT state FROM mistral.executions WHERE id = :'called';
SELECT mistral.signal(:'called', 'go_hunter2x');
SELECT state FROM mistral.executions WHERE id = :'called';
SELECT story.mask(input::text) AS input FROM mistral.actions WHERE workflow_execution_id = :'called';

-- ---- keys of limits count as what they are, and are not shown
SELECT define($$
sc_limits: {tasks: {t: {action: std.async_noop, limits: {key: <% env().password %>, max: 1}}}}
sc_flows: {limits: {key: "to <% env().password %>", max: 1}, tasks: {t: {action: std.async_noop}}}
$$);
SELECT mistral.start_workflow('sc_limits', params => '{"env": "sec_signal"}') AS first \gset
SELECT mistral.start_workflow('sc_limits', params => '{"env": "sec_signal"}') AS second \gset
SELECT mistral.start_workflow('sc_limits', params => '{"env": {"password": "other-one"}}') AS third \gset
SELECT mistral.start_workflow('sc_flows', params => '{"env": "sec_signal"}') AS flow1 \gset
SELECT mistral.start_workflow('sc_flows', params => '{"env": "sec_signal"}') AS flow2 \gset
SELECT state, task_state, regexp_replace(story.mask(waits_for), '\d{4}-\d\d-\d\d [0-9:+-]+', '<time>', 'g') AS waits_for
  FROM (SELECT e.id, e.state, t.state AS task_state, e.waits_for, e.created_at FROM mistral.executions e
          LEFT JOIN mistral.tasks t ON t.workflow_execution_id = e.id
         WHERE e.workflow_name IN ('sc_limits', 'sc_flows')) x ORDER BY created_at, id;
SELECT DISTINCT story.mask(key) AS key FROM mistral.limit_slots ORDER BY 1;
SELECT count(*) FROM mistral.limit_slots s WHERE s::text LIKE '%hunter2x%';
SELECT count(mistral.cancel_execution(e)) FROM unnest(ARRAY[:'second', :'third', :'flow2', :'first', :'flow1']::uuid[]) e;
SELECT mistral.delete_environment('sec_signal');

-- ---- names make secrets of values, wherever they come from
SET mistral.secret_keys = '*password*, api_token';
SELECT define($$
sc_named:
  input: [password, user]
  tasks:
    login:
      action: std.echo
      input: {output: {API_Token: "tok-<% $.user %>", expires: 5}}
      publish: {answer: <% task().result %>, copy: <% task().result.API_Token + '/' + $.password %>}
      on-success: use
    use:
      action: std.sql
      input: {query: "SELECT $1 = 'tok-bob/s3cr3t' AS is_right", params: ["<% $.copy %>"]}
$$);
SELECT mistral.start_workflow('sc_named', '{"password": "s3cr3t", "user": "bob"}', '{"env": {"db": {"my_Password_2": ["deep1", {"x": "deep2"}], "host": "h"}}}') AS named \gset
SELECT * FROM story.masked(:'named');
SELECT story.mask(input::text) AS input, story.mask(params::text) AS params FROM mistral.executions WHERE id = :'named';
SELECT mistral.create_cron_trigger('sec_cron', 'sc_named', '0 0 1 1 *', '{"password": "s3cr3t", "user": "bob"}') AS cron \gset
SELECT story.mask(workflow_input::text) AS input FROM mistral.cron_triggers WHERE id = :'cron';
SELECT mistral.fire_cron_trigger(:'cron');
SELECT * FROM story.masked(story.exec('sc_named'));
SELECT mistral.delete_cron_trigger(:'cron');
SELECT story.mask(mistral.simulate('{version: "2.0", s: {input: [password], tasks: {t: {action: std.echo output=<% $.password %>}}}}', '{"password": "s3cr3t"}')::text) LIKE '%s3cr3t%' AS simulation_shows;
RESET mistral.secret_keys;

-- ---- what a reference is opened to is bounded, as it can stand anywhere any number of times
SELECT mistral.create_environment('sec_long', jsonb_build_object('p', repeat('q', 400000)), secrets => '{p}') IS NOT NULL AS created;
SELECT variables -> 'p' AS ref FROM mistral.environments WHERE name = 'sec_long' \gset
SELECT mistral.register_executor('sec_long', actions => '{std.http}') AS me \gset
SELECT mistral.run_action('std.http', jsonb_build_object('url', 'http://h/', 'body', array_fill('x' || (:'ref'::jsonb #>> '{}'), ARRAY[1000]))) IS NOT NULL AS many_strings;
SELECT mistral.run_action('std.http', jsonb_build_object('url', 'http://h/', 'body', array_fill(:'ref'::jsonb, ARRAY[1000]))) IS NOT NULL AS many_values;
SELECT mistral.run_action('std.http', jsonb_build_object('url', 'http://h/', 'body', repeat(:'ref'::jsonb #>> '{}', 10000))) IS NOT NULL AS one_string;
SELECT mistral.run_action('std.http', jsonb_build_object('url', 'http://h/', 'body', :'ref'::jsonb)) IS NOT NULL AS one;
SELECT length(input ->> 'body') / 100000 AS length, input ->> 'body' LIKE '%<secret%' AS has_references FROM mistral.claim_actions(:me, 10) ORDER BY action_id;
SELECT count(*) FROM mistral.complete_actions(:me, (SELECT jsonb_agg(jsonb_build_object('id', id, 'result', 1)) FROM mistral.actions WHERE name = 'std.http' AND workflow_execution_id IS NULL));
SELECT mistral.unregister_executor(:me);
SELECT count(mistral.delete_action_execution(id)) FROM mistral.actions WHERE name = 'std.http' AND workflow_execution_id IS NULL;
-- and an execution has no more of them than its set has room for
SELECT count(mistral.create_environment('sec_long_' || n, jsonb_build_object('p', repeat(n::text, 450000)), secrets => '{p}')) FROM generate_series(10, 29) AS n;
SELECT mistral.start_workflow('sc_below', jsonb_build_object('given', jsonb_agg(variables -> 'p'))) AS full FROM mistral.environments WHERE name LIKE 'sec\_long\_%' \gset
SELECT count(*) AS kept FROM mistral.secrets WHERE owner_id = :'full';
SELECT mistral.wait_execution(:'full', '30s') IS NOT NULL AS ended;
SELECT count(mistral.delete_environment(name)) FROM mistral.environments WHERE name LIKE 'sec\_long%';
-- a long secret is looked for in a time that the length of the text bounds
SELECT mistral.create_environment('sec_long', jsonb_build_object('p', repeat('a', 400000) || 'b'), secrets => '{p}') IS NOT NULL AS created;
SET statement_timeout = '20s';
SELECT mistral.start_workflow('sc_below', jsonb_build_object('given', repeat('a', 900000)), '{"env": "sec_long"}') AS long \gset
SELECT mistral.start_workflow('sc_below', jsonb_build_object('given', repeat('a', 500000) || 'b'), '{"env": "sec_long"}') AS found \gset
RESET statement_timeout;
SELECT mistral.wait_execution(:'long', '30s') IS NOT NULL AND mistral.wait_execution(:'found', '30s') IS NOT NULL AS ended;
SELECT length(story.mask(input ->> 'given')) AS length FROM mistral.executions WHERE id IN (:'long', :'found') ORDER BY id;
SELECT mistral.delete_environment('sec_long');

-- ---- items that are kept as rows; the actions get the value, the first ones in the call that starts all
SELECT mistral.create_environment('sec_items', '{"password": "hunter2x"}', secrets => '{password}') IS NOT NULL AS created;
SELECT define($$
sc_items:
  tasks:
    list: {with-items: 'i in <% [env().password, 1] %>', action: 'std.sql query="SELECT length($1)" params=<% [str($.i)] %>', retry: {count: 1, delay: 1000, per-item: true, continue-on: <% true %>}}
    rows:
      with-items: {row: {query: "SELECT 'my ' || $1 AS p", params: [<% env().password %>]}}
      action: std.sql query="SELECT length($1)" params=<% [$.row.p] %>
      retry: {count: 1, delay: 1000, per-item: true, continue-on: <% true %>}
$$);
SELECT mistral.start_workflow('sc_items', params => '{"env": "sec_items"}') AS items \gset
SELECT t.name, story.mask(i.item::text) AS item FROM mistral.task_items i JOIN mistral.task_executions t ON t.id = i.task_id
 WHERE t.execution_id = :'items' ORDER BY t.name, i.item_index;
SELECT FROM mistral.run_due_calls(as_of => now() + interval '1 hour');
SELECT t.name, a.item_index, a.accepted, a.output FROM mistral.action_executions a JOIN mistral.task_executions t ON t.id = a.task_id
 WHERE a.execution_id = :'items' ORDER BY 1, 2, 3;
SELECT mistral.delete_environment('sec_items');

-- ---- they go with what they belong to
SELECT mistral.delete_environment('sec_env');
SELECT count(*) > 0 AS used_by_executions FROM mistral.secrets;
SELECT story.clean();
SELECT count(*) FROM mistral.secrets;
SELECT invariant, object, detail FROM mistral.check();
