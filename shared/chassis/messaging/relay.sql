-- name: pending
-- The next messages in their order; none for a leader of a former epoch.
SELECT outbox.seq, message, topic, type, subject, timeline, sequence, time, causation, trace, value, seal
FROM outbox JOIN public_message ON public_message.seq = message
WHERE (SELECT epoch FROM relay) = $1 AND outbox.seq <> ALL ($2::bigint[])
ORDER BY outbox.seq LIMIT $3

-- name: delete
-- Nothing comes back to a leader of a former epoch.
DELETE FROM outbox WHERE seq = ANY ($1) AND (SELECT epoch FROM relay) = $2 RETURNING seq

-- name: oldest
SELECT min(seq) FROM outbox WHERE seq <> ALL ($1::bigint[])

-- name: next_head
SELECT published + 1 FROM chain_head

-- name: head_told
UPDATE chain_head SET published = $1 WHERE (SELECT epoch FROM relay) = $2
