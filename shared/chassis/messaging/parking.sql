-- name: list_parked
SELECT seq, source, subject, id, sequence, type, topic, partition, "offset", headers, value, reason, parked_at
FROM parked ORDER BY seq LIMIT $1

-- name: find_parked
SELECT seq, source, subject, id, sequence, type, topic, partition, "offset", headers, value, reason, parked_at FROM parked WHERE seq = $1

-- name: first_parked
-- The message of a source and subject that must be released before all others.
SELECT seq, source, subject, id, sequence, type, topic, partition, "offset", headers, value, reason, parked_at
FROM parked WHERE source = $1 AND subject = $2 ORDER BY sequence, seq LIMIT 1

-- name: still_wrong
UPDATE parked SET reason = $2 WHERE seq = $1

-- name: remove_parked
DELETE FROM parked WHERE seq = $1

-- name: keep_decision
INSERT INTO parked_decision (parked, source, subject, id, decision, reason, actor, value_before, decided_at, value_after, problem, passed_over)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: decisions
SELECT decision, reason, actor, decided_at, problem, passed_over FROM parked_decision WHERE parked = $1 ORDER BY seq

-- name: expected
SELECT next_sequence FROM inbox WHERE source = $1 AND subject = $2

-- name: pass
-- Whatever happened to a sequence, the next one is expected after it. It is unhandled where nothing handles its type.
INSERT INTO inbox (source, subject, timeline, next_sequence, unhandled) VALUES ($1, $2, $3, $4, $5::text::int8multirange)
ON CONFLICT (source, subject) DO UPDATE SET
    timeline = greatest(inbox.timeline, excluded.timeline),
    next_sequence = greatest(inbox.next_sequence, excluded.next_sequence),
    unhandled = inbox.unhandled + excluded.unhandled
