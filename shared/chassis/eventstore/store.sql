-- name: load_events
-- What each stream has beyond the version that is known of it.
SELECT event.stream, event.version, event.type, event.data
FROM unnest($1::text[], $2::integer[]) AS known (stream, version)
JOIN event ON event.stream = known.stream AND event.version > known.version
ORDER BY event.stream, event.version

-- name: append_events
INSERT INTO event (stream, version, type, data, metadata, recorded_at)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::json[], $5::json[], $6::timestamptz[])
RETURNING seq

-- name: take_sequences
-- The row lock is held to the end of the transaction: sequences are gapless and in the order of commits.
INSERT INTO publication (subject, sequence)
SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (subject) DO UPDATE SET sequence = publication.sequence + excluded.sequence
RETURNING subject, sequence

-- name: enqueue
INSERT INTO outbox (topic, type, subject, sequence, time, causation, trace, value)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::bytea[]
)
