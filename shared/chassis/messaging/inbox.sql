-- name: next_sequences
-- The next sequence expected from each source about each subject; none where nothing has come yet.
SELECT inbox.source, inbox.subject, inbox.next_sequence
FROM unnest($1::text[], $2::text[]) AS wanted (source, subject)
JOIN inbox USING (source, subject)

-- name: advance
-- Guarded by what was read, so that of two consumers that hold the same messages one changes nothing.
INSERT INTO inbox (source, subject, next_sequence)
SELECT source, subject, next FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) AS t (source, subject, was, next)
ON CONFLICT (source, subject) DO UPDATE SET next_sequence = excluded.next_sequence
WHERE inbox.next_sequence = (
    SELECT was FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (source, subject, was)
    WHERE t.source = excluded.source AND t.subject = excluded.subject
)
RETURNING subject

-- name: receive
-- The outside messages that have not come before.
INSERT INTO received (source, id) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT DO NOTHING
RETURNING source, id

-- name: parked_subjects
-- The first message that is parked of each.
SELECT parked.source, parked.subject, coalesce(min(parked.sequence), 0) AS first
FROM unnest($1::text[], $2::text[]) AS wanted (source, subject)
JOIN parked USING (source, subject)
GROUP BY parked.source, parked.subject

-- name: parked_early
-- What came before its time, and waits for what is missing.
SELECT parked.seq, parked.sequence, parked.topic, parked.headers, parked.value
FROM unnest($1::text[], $2::text[]) AS wanted (source, subject)
JOIN parked USING (source, subject)
WHERE parked.sequence IS NOT NULL

-- name: unpark
DELETE FROM parked WHERE seq = ANY ($1::bigint[])

-- name: park
INSERT INTO parked (source, subject, id, sequence, type, topic, headers, value, reason, parked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (source, id) DO NOTHING

-- name: lock_subject
-- Taken by a release, and by a batch that holds messages of a subject that is parked: one waits for the other.
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 4711003))
