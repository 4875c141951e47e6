-- name: next_sequences
-- The next sequence expected from each source about each subject, in which timeline, and what was not handled before it,
-- with what later timelines have revoked; none where nothing has come.
SELECT inbox.source, inbox.subject, inbox.timeline, inbox.next_sequence, nullif(inbox.unhandled, '{}') AS unhandled,
    CASE WHEN inbox.unhandled <> '{}' THEN (
        SELECT array_agg(ARRAY[revoked.timeline, revoked.first]) FROM revoked
        WHERE revoked.source = inbox.source AND revoked.subject = inbox.subject
    ) END AS revoked
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

-- name: settle
-- What was handled late, or is no more, leaves the unhandled; what has no handler joins them. Whoever comes second finds
-- that what it holds was handled meanwhile, and changes nothing.
UPDATE inbox SET unhandled = inbox.unhandled - t.late::int8multirange - t.revoked::int8multirange + t.added::int8multirange
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS t (source, subject, late, revoked, added)
WHERE inbox.source = t.source AND inbox.subject = t.subject AND inbox.unhandled @> t.late::int8multirange
RETURNING inbox.subject

-- name: unhandled_types
INSERT INTO unhandled_type (topic, partition, type, first_offset, last_offset)
SELECT topic, partition, type, min("offset"), max("offset")
FROM unnest($1::text[], $2::integer[], $3::text[], $4::bigint[]) AS t (topic, partition, type, "offset")
GROUP BY topic, partition, type
ON CONFLICT (topic, partition, type) DO UPDATE SET
    first_offset = least(unhandled_type.first_offset, excluded.first_offset),
    last_offset = greatest(unhandled_type.last_offset, excluded.last_offset)

-- name: to_handle_late
-- Where what was not handled begins, of the types that are handled now.
SELECT topic, partition, array_agg(type) AS types, min(first_offset) AS first_offset
FROM unhandled_type WHERE type = ANY ($1::text[]) GROUP BY topic, partition

-- name: revoke
INSERT INTO revoked (source, subject, timeline, first, last, revoked_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING

-- name: consumed
-- Whatever lay there of the types that are handled now has been handled.
WITH settled AS (
    DELETE FROM unhandled_type
    USING unnest($1::text[], $2::integer[], $3::bigint[]) AS t (topic, partition, next_offset)
    WHERE unhandled_type.topic = t.topic AND unhandled_type.partition = t.partition
        AND last_offset < t.next_offset AND type = ANY ($4::text[])
)
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
