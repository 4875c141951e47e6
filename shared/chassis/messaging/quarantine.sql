-- name: park
INSERT INTO parked (source, subject, id, sequence, type, topic, partition, "offset", headers, value, reason, parked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (source, id) DO NOTHING

-- name: unpark
DELETE FROM parked WHERE seq = ANY ($1::bigint[])

-- name: parked_subjects
-- The first message that is parked of each.
SELECT parked.source, parked.subject, coalesce(min(parked.sequence), 0) AS first
FROM unnest($1::text[], $2::text[]) AS wanted (source, subject)
JOIN parked USING (source, subject)
GROUP BY parked.source, parked.subject

-- name: parked_early
-- What came before its time, and waits for what is missing.
SELECT parked.seq, parked.sequence, parked.topic, parked.partition, parked."offset", parked.headers, parked.value
FROM unnest($1::text[], $2::text[]) AS wanted (source, subject)
JOIN parked USING (source, subject)
WHERE parked.sequence IS NOT NULL

-- name: lock_subject
-- Taken by a release, and by a batch that holds messages of a subject that is parked: one waits for the other.
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 4711003))
