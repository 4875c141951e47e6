-- name: next_sequences
-- The next sequence expected from each source about each subject, and in which timeline; none where nothing has come.
SELECT inbox.source, inbox.subject, inbox.timeline, inbox.next_sequence
FROM unnest($1::text[], $2::text[]) AS wanted (source, subject)
JOIN inbox USING (source, subject)

-- name: advance
-- Guarded by what was read, so that of two consumers that hold the same messages one changes nothing.
INSERT INTO inbox (source, subject, timeline, next_sequence)
SELECT source, subject, timeline, next
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::bigint[]) AS t (source, subject, was, timeline, next)
ON CONFLICT (source, subject) DO UPDATE SET timeline = excluded.timeline, next_sequence = excluded.next_sequence
WHERE inbox.next_sequence = (
    SELECT was FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (source, subject, was)
    WHERE t.source = excluded.source AND t.subject = excluded.subject
)
RETURNING subject

-- name: revoke
INSERT INTO revoked (source, subject, timeline, first, last, revoked_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING

-- name: consumed
INSERT INTO consumed (topic, partition, next_offset)
SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[])
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset

-- name: next_offsets
SELECT topic, partition, next_offset FROM consumed

-- name: receive
-- The outside messages that have not come before.
INSERT INTO received (source, id) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT DO NOTHING
RETURNING source, id
