-- name: lock_engagements
-- Whoever takes something in about these engagements is alone until it commits: what follows from all facts of one would
-- otherwise pass over a fact that is taken in meanwhile. A row is not enough, for before the notice there is none.
SELECT pg_advisory_xact_lock(hashtextextended(id::text, 4711201)) FROM unnest($1::uuid[]) AS wanted (id)

-- name: add_engagement
-- An engagement of which notice was given.
INSERT INTO engagement
    (id, procedure, rulebook, subject_kind, subject_id, subject_name, subject_fields, participants,
     start_date, phase, notified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'notified', $10)

-- name: add_reader
-- A role that may read an engagement, and the organisation that holds it, where one must.
INSERT INTO reader (engagement, role, organisation, notified_at) VALUES ($1, $2, $3, $4)

-- name: call_participant
-- An organisation that takes part is called otherwise than before.
UPDATE engagement
SET participants = (
    SELECT jsonb_agg(CASE WHEN each ->> 'organisation' = $2 THEN each || jsonb_build_object('name', $3::text) ELSE each END
                     ORDER BY place)
    FROM jsonb_array_elements(participants) WITH ORDINALITY AS listed (each, place)
)
WHERE id = $1 AND participants <> '[]'

-- name: move_start
-- DCC moved the start of testing.
UPDATE engagement SET start_date = $2 WHERE id = $1

-- name: reopen_steps
-- Steps that were done and are to be done again.
UPDATE step SET done_on = NULL, done_by = NULL, in_time = NULL WHERE engagement = $1 AND key = ANY ($2::text[])

-- name: put_step
-- A step with its dates; what was done of it stays.
INSERT INTO step (engagement, key, ref, action, sender, recipient, method, clause, opens, due, conditional, why,
                  at, about)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (engagement, key) DO UPDATE
SET ref = excluded.ref, action = excluded.action, sender = excluded.sender, recipient = excluded.recipient,
    method = excluded.method, clause = excluded.clause, opens = excluded.opens, due = excluded.due,
    conditional = excluded.conditional, why = excluded.why, at = excluded.at,
    about = excluded.about, withdrawn = false

-- name: withdraw_steps
-- Steps that are not asked for any more.
UPDATE step SET withdrawn = true WHERE engagement = $1 AND key = ANY ($2::text[])

-- name: end_steps
-- The engagement was withdrawn: what is still to be done is not asked for any more.
UPDATE step SET withdrawn = true WHERE engagement = $1 AND done_on IS NULL

-- name: step_done
-- When, by whom and whether in time a step was done.
UPDATE step SET done_on = $3, done_by = $4, in_time = $5 WHERE engagement = $1 AND key = $2

-- name: step_missed
-- The date that a step has missed.
UPDATE step SET missed_due = $3, missed_at = $4 WHERE engagement = $1 AND key = $2

-- name: step_reminded
-- When both sides were reminded of a step.
UPDATE step SET reminded_at = $3 WHERE engagement = $1 AND key = $2

-- name: add_fact
-- What a service said of an engagement, in digest.
INSERT INTO fact (engagement, source, sequence, type, at, data) VALUES ($1, $2, $3, $4, $5, $6)

-- name: put_result
-- The result executed last counts, in whatever order they are recorded; of two at one instant, the later recorded.
INSERT INTO result (engagement, test, outcome, executed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (engagement, test) DO UPDATE SET outcome = excluded.outcome, executed_at = excluded.executed_at
WHERE excluded.executed_at >= result.executed_at

-- name: put_issue
-- An issue as it stands after a change.
INSERT INTO issue (engagement, issue, severity, status) VALUES ($1, $2, $3, $4)
ON CONFLICT (engagement, issue) DO UPDATE SET severity = excluded.severity, status = excluded.status

-- name: milestones
-- The latest fact of each type about each gate or form, of engagements that are known.
SELECT DISTINCT ON (engagement, type, about) engagement, type, about, at, data
FROM (
    SELECT engagement, type, coalesce(data ->> 'gate', data ->> 'outcome', '') AS about, at, data, sequence
    FROM fact WHERE engagement = ANY ($1::uuid[]) AND type = ANY ($2)
) AS milestone
ORDER BY engagement, type, about, sequence DESC

-- name: facts_of
-- The facts of some types about an engagement; those of one type in their order.
SELECT type, data FROM fact WHERE engagement = $1 AND type = ANY ($2) ORDER BY type, sequence

-- name: facts_about_rights
-- What happened about an engagement's rights of referral, in its order.
SELECT type, at, data FROM fact WHERE engagement = $1 AND type = ANY ($2) ORDER BY source, sequence

-- name: procedures
-- By which rules some engagements are run.
SELECT id, procedure, rulebook FROM engagement WHERE id = ANY ($1::uuid[])

-- name: tested
-- Those of some engagements that have results.
SELECT wanted.id FROM unnest($1::uuid[]) AS wanted (id)
WHERE EXISTS (SELECT FROM result WHERE engagement = wanted.id)

-- name: set_phase
-- How far an engagement has come, and when it ended.
UPDATE engagement SET phase = $2, ended_at = $3 WHERE id = $1

-- name: taking_part
-- By which rules an engagement is run, and who takes part.
SELECT procedure, rulebook, participants FROM engagement WHERE id = $1

-- name: seen
-- How far each source has been seen about an engagement: here, or by its answers.
SELECT source, max(seen) AS seen
FROM (
    SELECT source, next_sequence - 1 AS seen FROM inbox WHERE subject = $1::uuid::text
    UNION ALL
    SELECT 'assay.' || service, position FROM acknowledged WHERE engagement = $1::uuid
) AS every
GROUP BY source

-- name: latest_command
-- The engagement that a caller's last command was about.
SELECT engagement FROM latest_command WHERE caller = $1

-- name: acknowledge
-- A service's answer to a caller said how far it has published.
SELECT acknowledge($1, $2, $3, $4)

-- name: engagement
-- One engagement.
SELECT id, procedure, rulebook, subject_kind, subject_id, subject_name, subject_fields, participants,
       start_date, phase, notified_at, ended_at, next_due
FROM engagement WHERE id = $1

-- name: engagements
-- A page of the engagements that a holder of a role may read, the newest first, before a place in that order. `OFFSET 0`
-- keeps PostgreSQL from reading the whole table for some rows.
SELECT id, procedure, rulebook, subject_kind, subject_id, subject_name, subject_fields, participants,
       start_date, phase, notified_at, ended_at, next_due
FROM (
    SELECT engagement, notified_at AS place FROM reader WHERE holder = $1 AND (notified_at, engagement) < ($2, $3)
    ORDER BY notified_at DESC, engagement DESC LIMIT $4
) AS page
CROSS JOIN LATERAL (SELECT * FROM engagement WHERE id = page.engagement OFFSET 0) AS engagement
ORDER BY place DESC, page.engagement DESC

-- name: engagements_found
-- The same of those that meet conditions.
SELECT id, procedure, rulebook, subject_kind, subject_id, subject_name, subject_fields, participants,
       start_date, phase, engagement.notified_at, ended_at, next_due
FROM engagement JOIN reader ON reader.engagement = id
WHERE holder = $1 AND (engagement.notified_at, id) < ($2, $3) AND :conditions
ORDER BY engagement.notified_at DESC, id DESC LIMIT $4

-- name: steps
-- The steps of an engagement, with what was done of them.
SELECT key, ref, action, sender, recipient, method, clause, opens, due, conditional, why, at, about, withdrawn,
       reminded_at, missed_due, missed_at, done_on, done_by, in_time
FROM step WHERE engagement = $1

-- name: facts_after
-- Some of an engagement's facts after a place, source by source, each's in their order.
SELECT source, sequence, type, at, data FROM fact WHERE engagement = $1 AND (source, sequence) > ($2, $3)
ORDER BY source, sequence LIMIT $4

-- name: facts
-- The latest facts, newest first.
SELECT source, sequence, type, at, data FROM fact WHERE engagement = $1
ORDER BY at DESC, source, sequence DESC LIMIT $2

-- name: results
-- How many tests have which outcome as their latest.
SELECT outcome, count(*) AS tests FROM result WHERE engagement = $1 GROUP BY outcome

-- name: issues
-- How many issues there are of each severity and status.
SELECT severity, status, count(*) AS issues FROM issue WHERE engagement = $1 GROUP BY severity, status

-- name: outstanding_issues
-- The issues that are not closed, the most severe first.
SELECT issue, severity, status FROM issue WHERE engagement = $1 AND status <> 'closed' ORDER BY severity, issue LIMIT $2

-- name: untraced
-- Engagements that have ended and whose span was not reported yet.
SELECT id, procedure, subject_id, notified_at, ended_at
FROM engagement WHERE ended_at IS NOT NULL AND NOT traced LIMIT 100

-- name: traced
-- The spans of these engagements were reported.
UPDATE engagement SET traced = true WHERE id = ANY ($1::uuid[])

-- name: clock_move
-- The last move of the clock; whoever reads it is alone until it commits.
SELECT wanted, offset_seconds FROM clock_move FOR UPDATE

-- name: put_clock_move
-- The move of the clock that is to be repeated until every service has made it.
INSERT INTO clock_move (wanted, offset_seconds) VALUES ($1, $2)
ON CONFLICT (singleton) DO UPDATE SET wanted = excluded.wanted, offset_seconds = excluded.offset_seconds
