-- name: pending
-- The next messages in their order; none for a leader of a former epoch.
SELECT seq, topic, type, subject, sequence, time, causation, trace, value
FROM outbox WHERE (SELECT epoch FROM relay) = $1 ORDER BY seq LIMIT $2

-- name: delete
-- Nothing comes back to a leader of a former epoch.
DELETE FROM outbox WHERE seq = ANY ($1) AND (SELECT epoch FROM relay) = $2 RETURNING seq

-- name: oldest
SELECT min(seq) FROM outbox
