-- What projects may do to the world: where requests may go, and which actions
-- may be used.  Administrators make the rules; whoever they hold for sees them.

CREATE TABLE mistral.outbound_rules (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      text NOT NULL DEFAULT '',
    effect          text NOT NULL,
    destination     text NOT NULL,
    services        text[],
    ports           text,
    description     text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      text NOT NULL,
    CONSTRAINT outbound_rules_effect_check CHECK (effect IN ('allow', 'deny'))
);
CREATE INDEX outbound_rules_project_idx ON mistral.outbound_rules (project_id);
COMMENT ON TABLE mistral.outbound_rules
    IS 'where std.http, e-mail, SSH and webhooks may go; without rules: wherever executors and notifiers let them';
COMMENT ON COLUMN mistral.outbound_rules.id IS 'identifier';
COMMENT ON COLUMN mistral.outbound_rules.project_id IS 'project that it holds for, or empty: every one';
COMMENT ON COLUMN mistral.outbound_rules.effect IS 'allow or deny';
COMMENT ON COLUMN mistral.outbound_rules.destination
    IS 'name of a host, *.domain for all names below one, a network or address, or * for everything';
COMMENT ON COLUMN mistral.outbound_rules.services IS 'http, email, ssh and webhook, as far as it holds for them; null: all';
COMMENT ON COLUMN mistral.outbound_rules.ports IS 'ports that it is on, as numbers and ranges like 22,8000-8999; null: all';
COMMENT ON COLUMN mistral.outbound_rules.description IS 'free text';
COMMENT ON COLUMN mistral.outbound_rules.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.outbound_rules.created_by IS 'administrator who made it';

CREATE TABLE mistral.action_rules (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      text NOT NULL DEFAULT '',
    effect          text NOT NULL,
    pattern         text NOT NULL,
    description     text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      text NOT NULL,
    CONSTRAINT action_rules_effect_check CHECK (effect IN ('allow', 'deny'))
);
CREATE INDEX action_rules_project_idx ON mistral.action_rules (project_id);
COMMENT ON TABLE mistral.action_rules
    IS 'which actions projects may use; without rules: all that they find';
COMMENT ON COLUMN mistral.action_rules.id IS 'identifier';
COMMENT ON COLUMN mistral.action_rules.project_id IS 'project that it holds for, or empty: every one';
COMMENT ON COLUMN mistral.action_rules.effect IS 'allow or deny';
COMMENT ON COLUMN mistral.action_rules.pattern IS 'name of an action; each * stands for any characters';
COMMENT ON COLUMN mistral.action_rules.description IS 'free text';
COMMENT ON COLUMN mistral.action_rules.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.action_rules.created_by IS 'administrator who made it';

SELECT pg_extension_config_dump('mistral.outbound_rules', '');
SELECT pg_extension_config_dump('mistral.outbound_rules_id_seq', '');
SELECT pg_extension_config_dump('mistral.action_rules', '');
SELECT pg_extension_config_dump('mistral.action_rules_id_seq', '');

ALTER TABLE mistral.outbound_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE mistral.action_rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON mistral.outbound_rules
    FOR SELECT USING (project_id = '' OR mistral.can_read_project(project_id));
CREATE POLICY read_own ON mistral.action_rules
    FOR SELECT USING (project_id = '' OR mistral.can_read_project(project_id));

-- Sessions keep the rules in memory until they are told that they have changed.
CREATE FUNCTION mistral.forget_rules()
RETURNS trigger
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_forget_rules';
COMMENT ON FUNCTION mistral.forget_rules()
    IS 'trigger: has all sessions read the rules anew when the transaction commits';
REVOKE ALL ON FUNCTION mistral.forget_rules() FROM PUBLIC;
CREATE TRIGGER forget_rules AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mistral.outbound_rules
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.forget_rules();
CREATE TRIGGER forget_rules AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mistral.action_rules
    FOR EACH STATEMENT EXECUTE FUNCTION mistral.forget_rules();
-- the rows that replication brings fire triggers for rows only
CREATE TRIGGER forget_rules_of_row AFTER INSERT OR UPDATE OR DELETE ON mistral.outbound_rules
    FOR EACH ROW EXECUTE FUNCTION mistral.forget_rules();
CREATE TRIGGER forget_rules_of_row AFTER INSERT OR UPDATE OR DELETE ON mistral.action_rules
    FOR EACH ROW EXECUTE FUNCTION mistral.forget_rules();
ALTER TABLE mistral.outbound_rules ENABLE ALWAYS TRIGGER forget_rules;
ALTER TABLE mistral.outbound_rules ENABLE ALWAYS TRIGGER forget_rules_of_row;
ALTER TABLE mistral.action_rules ENABLE ALWAYS TRIGGER forget_rules;
ALTER TABLE mistral.action_rules ENABLE ALWAYS TRIGGER forget_rules_of_row;

CREATE FUNCTION mistral.create_outbound_rule(
    effect text, destination text, project_id text DEFAULT NULL,
    services text[] DEFAULT NULL, description text DEFAULT NULL, ports text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_outbound_rule';
COMMENT ON FUNCTION mistral.create_outbound_rule(text, text, text, text[], text, text)
    IS 'allows or denies a host, the hosts of a domain (*.domain), a network, or everything (*), at all ports or at some (''22,8000-8999''), to a project, or to all, for the services http, email, ssh and webhook, or all of them; returns the rule''s id';
REVOKE ALL ON FUNCTION mistral.create_outbound_rule(text, text, text, text[], text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_outbound_rule(rule_id bigint)
RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_outbound_rule';
COMMENT ON FUNCTION mistral.delete_outbound_rule(bigint)
    IS 'deletes a rule of create_outbound_rule(); false when there is none';
REVOKE ALL ON FUNCTION mistral.delete_outbound_rule(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.create_action_rule(
    effect text, pattern text, project_id text DEFAULT NULL,
    description text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_create_action_rule';
COMMENT ON FUNCTION mistral.create_action_rule(text, text, text, text)
    IS 'allows or denies the actions whose names match the pattern to a project, or to all; returns the rule''s id';
REVOKE ALL ON FUNCTION mistral.create_action_rule(text, text, text, text) FROM PUBLIC;

CREATE FUNCTION mistral.delete_action_rule(rule_id bigint)
RETURNS bool
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delete_action_rule';
COMMENT ON FUNCTION mistral.delete_action_rule(bigint)
    IS 'deletes a rule of create_action_rule(); false when there is none';
REVOKE ALL ON FUNCTION mistral.delete_action_rule(bigint) FROM PUBLIC;

CREATE FUNCTION mistral.check_action(
    name text, project_id text DEFAULT NULL,
    OUT is_allowed bool, OUT rule_id bigint, OUT reason text)
LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_check_action';
COMMENT ON FUNCTION mistral.check_action(text, text)
    IS 'tells whether a project (null: the current role''s) may use an action of that name, and which rule says so';
REVOKE ALL ON FUNCTION mistral.check_action(text, text) FROM PUBLIC;

-- Some addresses of IPv6 stand for one of IPv4, to which a gateway passes on
-- what is sent to them.  The same list is in contrib/common/egress.c; a test
-- compares what comes of both.
CREATE FUNCTION mistral.embedded_addresses(address inet)
RETURNS SETOF inet
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT (CASE WHEN e.is_inverted THEN
                 concat_ws('.', 255 - get_byte(b.bytes, e.at[1]), 255 - get_byte(b.bytes, e.at[2]),
                                255 - get_byte(b.bytes, e.at[3]), 255 - get_byte(b.bytes, e.at[4]))
            ELSE concat_ws('.', get_byte(b.bytes, e.at[1]), get_byte(b.bytes, e.at[2]),
                                get_byte(b.bytes, e.at[3]), get_byte(b.bytes, e.at[4])) END)::inet
      FROM (SELECT substring(inet_send(address) FROM 5) AS bytes WHERE family(address) = 6) AS b
     CROSS JOIN (VALUES
            (inet '::ffff:0.0.0.0/96', '{12,13,14,15}'::int[], false),  -- mapped
            (inet '::/96', '{12,13,14,15}', false),                     -- compatible
            (inet '::ffff:0:0:0/96', '{12,13,14,15}', false),           -- translated
            (inet '64:ff9b::/96', '{12,13,14,15}', false),              -- NAT64
            (inet '64:ff9b:1::/48', '{6,7,9,10}', false),
            (inet '64:ff9b:1::/48', '{7,9,10,11}', false),
            (inet '64:ff9b:1::/48', '{9,10,11,12}', false),
            (inet '64:ff9b:1::/48', '{12,13,14,15}', false),
            (inet '2002::/16', '{2,3,4,5}', false),                     -- 6to4
            (inet '2001::/32', '{4,5,6,7}', false),                     -- Teredo
            (inet '2001::/32', '{12,13,14,15}', true),
            (NULL, '{12,13,14,15}', false)                              -- ISATAP
         ) AS e(network, at, is_inverted)
     WHERE CASE WHEN e.network IS NULL THEN
                get_byte(b.bytes, 8) & 253 = 0 AND substring(b.bytes FROM 10 FOR 3) = '\x005efe'
           ELSE address <<= e.network END
$$;
COMMENT ON FUNCTION mistral.embedded_addresses(inet)
    IS 'addresses of IPv4 that an address of IPv6 stands for: mapped, NAT64, 6to4, Teredo, ISATAP';
REVOKE ALL ON FUNCTION mistral.embedded_addresses(inet) FROM PUBLIC;

-- The host of "host", "host:port" or a URL, as rules compare it.
CREATE FUNCTION mistral.outbound_host(destination text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT rtrim(lower(CASE WHEN h.host ~ '^\[.*\]' THEN substring(h.host FROM '^\[([^]]*)\]')
                       WHEN h.host ~ ':.*:' THEN h.host
                       ELSE split_part(h.host, ':', 1) END), '.')
      FROM (SELECT regexp_replace(regexp_replace(regexp_replace(
                       trim(destination), '^[A-Za-z][A-Za-z0-9+.-]*://', ''),
                       '[/?#].*$', ''), '^.*@', '') AS host) AS h
$$;
COMMENT ON FUNCTION mistral.outbound_host(text)
    IS 'the host in a URL, or in "host:port", in small letters';
REVOKE ALL ON FUNCTION mistral.outbound_host(text) FROM PUBLIC;

-- The port in "host:port" or a URL, else that of the scheme or the service.
CREATE FUNCTION mistral.outbound_port(destination text, service text)
RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT coalesce(
               CASE WHEN h.host ~ '^\[.*\]' THEN substring(h.host FROM '\]:([0-9]{1,5})$')
               WHEN h.host !~ ':.*:' THEN substring(h.host FROM ':([0-9]{1,5})$') END::int,
               CASE h.scheme WHEN 'http' THEN 80 WHEN 'https' THEN 443 WHEN 'smtp' THEN 25 WHEN 'smtps' THEN 465 END,
               CASE service WHEN 'email' THEN 25 WHEN 'ssh' THEN 22 ELSE 80 END)
      FROM (SELECT lower(substring(trim(destination) FROM '^([A-Za-z][A-Za-z0-9+.-]*)://')) AS scheme,
                   regexp_replace(regexp_replace(regexp_replace(
                       trim(destination), '^[A-Za-z][A-Za-z0-9+.-]*://', ''),
                       '[/?#].*$', ''), '^.*@', '') AS host) AS h
$$;
COMMENT ON FUNCTION mistral.outbound_port(text, text)
    IS 'the port in a URL, or in "host:port", or the one that the service uses without';
REVOKE ALL ON FUNCTION mistral.outbound_port(text, text) FROM PUBLIC;

CREATE FUNCTION mistral.ports_of_rule(ports text)
RETURNS int4multirange
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT range_agg(int4range(split_part(p, '-', 1)::int, split_part(p, '-', -1)::int, '[]'))
      FROM string_to_table(coalesce(ports, '0-65535'), ',') AS p
$$;
COMMENT ON FUNCTION mistral.ports_of_rule(text) IS 'the ports of a rule on requests; of null all there are';
REVOKE ALL ON FUNCTION mistral.ports_of_rule(text) FROM PUBLIC;

-- The rules of a project on a service that have the port, and how many ports they have.
CREATE FUNCTION mistral.outbound_rules_on(whose text, service text, port int)
RETURNS TABLE (id bigint, project_id text, effect text, destination text, ports text, n_ports bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
    SELECT r.id, r.project_id, r.effect, r.destination, r.ports,
           (SELECT sum(upper(p) - lower(p)) FROM unnest(mistral.ports_of_rule(r.ports)) AS p)
      FROM mistral.outbound_rules r
     WHERE r.project_id IN ('', whose) AND (r.services IS NULL OR service = ANY (r.services))
       AND mistral.ports_of_rule(r.ports) @> port
$$;
COMMENT ON FUNCTION mistral.outbound_rules_on(text, text, int)
    IS 'the rules that may hold for requests of a project for a service at a port';
REVOKE ALL ON FUNCTION mistral.outbound_rules_on(text, text, int) FROM PUBLIC;

CREATE FUNCTION mistral.inet_or_null(address text)
RETURNS inet
LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
BEGIN
    IF address !~ '^[0-9A-Fa-f:.]+(/[0-9]+)?$' THEN
        RETURN NULL;
    END IF;
    RETURN address::inet;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION mistral.inet_or_null(text) IS 'the text as an address or network; null if it is none';
REVOKE ALL ON FUNCTION mistral.inet_or_null(text) FROM PUBLIC;

CREATE FUNCTION mistral.check_outbound(
    destination text, service text DEFAULT 'http', address inet DEFAULT NULL,
    project_id text DEFAULT NULL,
    OUT is_allowed bool, OUT rule_id bigint, OUT reason text)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path TO pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    whose CONSTANT text := coalesce(check_outbound.project_id, current_user);
    host CONSTANT text := mistral.outbound_host(destination);
    port CONSTANT int := mistral.outbound_port(destination, service);
    -- what executors deny unless their operator says otherwise (egress.h)
    denied_ranges CONSTANT cidr[] := '{0.0.0.0/8,100.64.0.0/10,127.0.0.0/8,168.63.129.16/32,169.254.0.0/16,'
        '192.0.0.0/24,192.88.99.0/24,198.18.0.0/15,224.0.0.0/4,240.0.0.0/4,'
        '::/96,::ffff:0:0:0/96,64:ff9b::/96,64:ff9b:1::/48,100::/64,2001::/32,'
        '2002::/16,fd00:ec2::/32,fd20:ce::/32,fe80::/10,fec0::/10,ff00::/8}';
    literal inet := mistral.inet_or_null(host);
    of_name record;
    of_address record;
    range cidr;
BEGIN
    IF host IS NULL OR host = '' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'argument "destination" names no host';
    END IF;
    IF service IS NULL OR service NOT IN ('http', 'email', 'ssh', 'webhook') THEN
        RAISE invalid_parameter_value USING MESSAGE = 'service must be http, email, ssh or webhook';
    END IF;
    IF NOT mistral.can_read_project(whose) THEN
        RAISE insufficient_privilege USING MESSAGE = format('permission denied for project "%s"', whose);
    END IF;
    literal := coalesce(literal, address);
    -- an address of IPv4 is one, however it is written
    IF literal <<= inet '::ffff:0.0.0.0/96' THEN
        SELECT e INTO literal FROM mistral.embedded_addresses(literal) AS e LIMIT 1;
    END IF;

    -- the most specific rule on the name, and on the address
    SELECT r.* INTO of_name
      FROM mistral.outbound_rules_on(whose, service, port) r
     WHERE r.destination <> '*' AND mistral.inet_or_null(r.destination) IS NULL
       AND (r.destination = host
            OR r.destination LIKE '*.%' AND right(host, length(r.destination) - 1) = substr(r.destination, 2))
     ORDER BY r.destination = host DESC, length(r.destination) DESC, r.n_ports, r.project_id DESC, r.effect DESC, r.id
     LIMIT 1;
    SELECT m.* INTO of_address
      FROM (SELECT DISTINCT ON (f.form) r.*, f.form
              FROM (SELECT literal AS form UNION SELECT mistral.embedded_addresses(literal)) AS f
              JOIN mistral.outbound_rules_on(whose, service, port) r
                ON f.form <<= mistral.inet_or_null(r.destination)
             ORDER BY f.form, masklen(mistral.inet_or_null(r.destination)) DESC,
                      r.n_ports, r.project_id DESC, r.effect DESC, r.id) AS m
     WHERE m.effect = 'deny' OR m.form = literal
     ORDER BY m.effect DESC, m.form = literal DESC
     LIMIT 1;

    is_allowed := true;
    IF of_name.effect = 'deny' THEN
        is_allowed := false;
    ELSIF of_address.effect = 'deny' THEN
        of_name := of_address;
        is_allowed := false;
    ELSIF of_name.effect IS NULL AND of_address.effect = 'allow' THEN
        of_name := of_address;
    ELSIF of_name.effect IS NULL THEN
        SELECT r.* INTO of_name
          FROM mistral.outbound_rules_on(whose, service, port) r
         WHERE r.destination = '*'
         ORDER BY r.n_ports, r.project_id DESC, r.effect DESC, r.id
         LIMIT 1;
        is_allowed := of_name.effect IS DISTINCT FROM 'deny';
    END IF;
    rule_id := of_name.id;
    IF rule_id IS NOT NULL THEN
        reason := format('%s by rule %s, "%s %s%s", %s', CASE WHEN is_allowed THEN 'allowed' ELSE 'denied' END,
                         rule_id, of_name.effect, of_name.destination, ' ports ' || of_name.ports,
                         CASE of_name.project_id WHEN '' THEN 'for every project'
                         ELSE format('for project "%s"', of_name.project_id) END);
    ELSE
        reason := 'allowed: no rule says otherwise';
    END IF;
    IF NOT is_allowed THEN
        reason := reason || '; administrators can change it';
        RETURN;
    END IF;

    SELECT d INTO range
      FROM unnest(denied_ranges) AS d
     WHERE literal <<= d OR EXISTS (SELECT FROM mistral.embedded_addresses(literal) AS e WHERE e <<= d)
     LIMIT 1;
    IF FOUND THEN
        is_allowed := false;
        reason := format('%s, but executors and notifiers deny %s unless their option "denied-ranges" says otherwise',
                         reason, range);
    ELSIF literal IS NULL THEN
        reason := reason || '; its address is judged when it is connected to';
    END IF;
END
$$;
COMMENT ON FUNCTION mistral.check_outbound(text, text, inet, text)
    IS 'tells whether requests of a project (null: the current role''s) may go to a URL or host, at an address if that is given, and which rule says so';
REVOKE ALL ON FUNCTION mistral.check_outbound(text, text, inet, text) FROM PUBLIC;
