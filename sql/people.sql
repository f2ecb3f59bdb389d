-- Tasks of people (docs/people.md).
--
-- Being a candidate is a right of its own: it gives nothing of the execution,
-- and needs no right on its project.

CREATE FUNCTION mistral.is_candidate(candidates jsonb, delegated_to text)
RETURNS boolean
LANGUAGE c STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mistral_is_candidate';
COMMENT ON FUNCTION mistral.is_candidate(jsonb, text)
    IS 'whether the current user has the privileges of one of the candidates, or of the role that the task is delegated to';
REVOKE ALL ON FUNCTION mistral.is_candidate(jsonb, text) FROM PUBLIC;

CREATE FUNCTION mistral.task_refusal(id uuid)
RETURNS text
LANGUAGE c STABLE STRICT PARALLEL UNSAFE COST 1000
AS 'MODULE_PATHNAME', 'mistral_task_refusal';
COMMENT ON FUNCTION mistral.task_refusal(uuid)
    IS 'why the current user may not do a task of people now; null: he may';
REVOKE ALL ON FUNCTION mistral.task_refusal(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.get_human_task(id uuid)
RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_get_human_task';
COMMENT ON FUNCTION mistral.get_human_task(uuid)
    IS 'a task of people, with its form, and what the current user may do with it; null when he may not see it; those who may read its execution see where it is from';
REVOKE ALL ON FUNCTION mistral.get_human_task(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.claim_task(id uuid)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_claim_task';
COMMENT ON FUNCTION mistral.claim_task(uuid)
    IS 'take a task of people for oneself: nobody else may do it until it is released, delegated or escalated';
REVOKE ALL ON FUNCTION mistral.claim_task(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.release_task(id uuid)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_release_task';
COMMENT ON FUNCTION mistral.release_task(uuid)
    IS 'give a task of people that one has claimed, or that was delegated, back to its candidates; whoever may change the execution may take it from anybody';
REVOKE ALL ON FUNCTION mistral.release_task(uuid) FROM PUBLIC;

CREATE FUNCTION mistral.delegate_task(id uuid, role text)
RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_delegate_task';
COMMENT ON FUNCTION mistral.delegate_task(uuid, text)
    IS 'hand a task of people to a role, whose members alone may do it until it is released; for whoever may do it, or may change the execution';
REVOKE ALL ON FUNCTION mistral.delegate_task(uuid, text) FROM PUBLIC;

CREATE FUNCTION mistral.complete_task(id uuid, answer jsonb DEFAULT NULL)
RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mistral_complete_task';
COMMENT ON FUNCTION mistral.complete_task(uuid, jsonb)
    IS 'complete a task of people as part of the caller''s transaction, with an answer that fits its form; returns its result {answer, by, at}';
REVOKE ALL ON FUNCTION mistral.complete_task(uuid, jsonb) FROM PUBLIC;

-- The view reads the table with the rights of its owner, and asks the two
-- functions about the current user: whoever may do a task need not be allowed
-- to read the table.
CREATE VIEW mistral.inbox WITH (security_barrier) AS
SELECT h.id,
       h.title,
       h.description,
       h.form,
       h.data,
       h.priority,
       h.created_at,
       h.due_at,
       h.is_overdue,
       h.claimed_by,
       h.claimed_at,
       h.delegated_to
  FROM mistral.human_tasks h
 WHERE NOT h.is_ended
   AND mistral.is_candidate(h.candidates, h.delegated_to)
   AND mistral.task_refusal(h.id) IS NULL;
COMMENT ON VIEW mistral.inbox
    IS 'tasks of people that the current user may do now: for complete_task()';
COMMENT ON COLUMN mistral.inbox.id IS 'identifier';
COMMENT ON COLUMN mistral.inbox.title IS 'what is to be done, in one line';
COMMENT ON COLUMN mistral.inbox.description IS 'more about it, or null';
COMMENT ON COLUMN mistral.inbox.form IS 'JSON Schema of the answer';
COMMENT ON COLUMN mistral.inbox.data IS 'what the workflow shows';
COMMENT ON COLUMN mistral.inbox.priority IS 'higher ones come first';
COMMENT ON COLUMN mistral.inbox.created_at IS 'time of creation';
COMMENT ON COLUMN mistral.inbox.due_at IS 'time by which it should be done, or null';
COMMENT ON COLUMN mistral.inbox.is_overdue IS 'that time has passed';
COMMENT ON COLUMN mistral.inbox.claimed_by IS 'the current user, if he has claimed it';
COMMENT ON COLUMN mistral.inbox.claimed_at IS 'time when he did';
COMMENT ON COLUMN mistral.inbox.delegated_to IS 'role that it was handed to, or null';
