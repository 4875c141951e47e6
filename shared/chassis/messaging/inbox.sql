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
