-- What the stories of the console find: one execution for each thing that a
-- newcomer does.

CREATE FUNCTION public.resize(picture int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF picture % 11 = 5 THEN
		RAISE EXCEPTION 'picture % is no JPEG', picture;
	END IF;
	RETURN format('%s.jpeg, 800 x 600', picture);
END $$;
SELECT mistral.create_function_action('pictures.resize', 'public.resize(integer)', 'Makes a picture smaller');

SELECT mistral.create_workflows($$
version: '2.0'
approve_order:
  description: An order waits until somebody approves it.
  input: [order: 17]
  tasks:
    price:
      action: std.echo output=<% $.order * 3 %>
      publish: {total: <% task().result %>, currency: EUR}
      on-success: approval
    approval:
      action: std.async_noop
      publish: {approved: <% task().result %>, total: <% $.total + 1 %>}
      on-success: done
    done:
      action: std.noop
ship:
  description: Waits for the carrier to call back.
  input: [parcel: P-1]
  tasks:
    pick:
      action: std.noop
      on-success: pickup
    pickup:
      wait-for: picked_up
      publish: {by: <% task().result %>}
nightly:
  tasks:
    first:
      action: std.echo output=1
      on-success: second
    second:
      action: std.noop
      pause-before: true
deploy:
  description: Deploys to the region of its environment.
  input: [version: '1.4.2']
  tasks:
    build:
      action: std.echo output=<% $.version %>
      on-success: roll_out
    roll_out:
      action: std.echo output=<% env().get(region) %>
      fail-on: <% env().get(region) != eu %>
      on-success: announce
    announce:
      action: std.noop
resize:
  description: Resizes pictures; some of them are broken.
  input: [pictures: 30]
  tasks:
    each:
      with-items: i in <% range($.pictures) %>
      action: pictures.resize picture=<% $.i %>
      concurrency: 10
payment:
  input: [amount: 5]
  tasks:
    reserve:
      action: std.noop
      on-success: charge
    charge:
      action: std.fail error_data="card 4711 was declined"
order:
  description: Pays in a workflow of its own.
  tasks:
    check: {action: std.noop, on-success: pay}
    pay: {workflow: payment, input: {amount: 12}}
cleanup:
  tasks:
    remove:
      action: std.fail error_data="there is nothing to remove"
      on-success: sweep
    sweep:
      action: std.noop
report:
  description: Writes a report of a month.
  input:
    - month
    - pages: 3
    - with_pictures: true
  input-schema:
    type: object
    properties:
      month: {type: string, title: Month, enum: [January, February, March]}
      pages: {type: integer, minimum: 1, maximum: 50}
      with_pictures: {type: boolean}
    required: [month]
  tasks:
    write: {action: std.echo output=<% $.month %>}
patience:
  description: Sleeps for a day.
  tasks:
    sleep: {action: std.noop, wait-before: 86400}
stuck:
  tasks:
    sleep: {action: std.noop, wait-before: 3600}
flaky:
  tasks:
    call: {action: std.fail error_data="the service answered 503", retry: {count: 3, delay: 1}}
$$);

SELECT mistral.create_environment('europe', '{"region": "eu"}', 'Where it works');
SELECT mistral.create_environment('nowhere', '{"region": "none"}');

SELECT mistral.start_workflow('approve_order', '{"order": 17}');
SELECT mistral.start_workflow('ship');
SELECT mistral.start_workflow('nightly');
SELECT mistral.start_workflow('deploy', params => '{"env": "nowhere"}');
SELECT mistral.start_workflow('resize');
SELECT mistral.start_workflow('order');
SELECT mistral.start_workflow('cleanup');
SELECT mistral.start_workflow('patience');
SELECT mistral.start_workflow('flaky');
SELECT mistral.start_workflow('report', '{"month": "January"}');
SELECT mistral.start_workflow('flaky') FROM generate_series(1, 4);

SELECT mistral.create_cron_trigger('every_night', 'nightly', '30 2 * * *');
SELECT mistral.create_event_trigger('on_parcel', 'ship', 'shop', 'parcels', 'parcel.sent');
SELECT mistral.create_event_consumer('audit');

-- a second version, to be compared with the first
SELECT mistral.update_workflows($$
version: '2.0'
nightly:
  description: Runs at night.
  tasks:
    first:
      action: std.echo output=2
      on-success: second
    second:
      action: std.noop
      pause-before: true
$$);

-- a call that has failed for good, as after a fault of the disk
SELECT mistral.start_workflow('stuck') AS stuck \gset
UPDATE mistral.delayed_calls
   SET is_dead = true, attempts = 10, error = 'could not read block 7 in file "base/1/2": Input/output error'
 WHERE execution_id = :'stuck';

-- and an event that its receiver has refused for good
INSERT INTO mistral.event_deliveries
	   (event_id, execution_id, project_id, stream, endpoint, publisher, event, payload, attempts, is_dead, error)
SELECT 1, :'stuck', 'postgres', 1, 'http://127.0.0.1:9/hook', '{"type": "webhook", "url": "http://127.0.0.1:9/hook"}',
	   'WORKFLOW_LAUNCHED', '{}', 12, true, 'connection refused';

-- somebody has to say yes
SELECT mistral.create_workflows($$
version: '2.0'
holiday:
  tasks:
    approve:
      action: std.human
      input:
        title: Approve the holiday of <% $.who %>
        candidates: [<% $.role %>]
        form:
          type: object
          required: [ok]
          properties:
            ok: {type: boolean, title: Approved}
            remark: {type: string, title: Remark}
  input: [role, who]
$$);
SELECT mistral.start_workflow('holiday', jsonb_build_object('role', current_user, 'who', who)) FROM unnest(ARRAY['Ada', 'Grace']) AS who;

SELECT mistral.create_limit('printers', 3);
