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

-- name: position
-- The last public sequence of a subject.
SELECT sequence FROM publication WHERE subject = $1

-- name: mark_request
-- Nothing comes back where the key was used before.
INSERT INTO request (caller, key, fingerprint, handled_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING key

-- name: find_request
SELECT fingerprint, outcome FROM request WHERE caller = $1 AND key = $2

-- name: answer_request
UPDATE request SET outcome = $3 WHERE caller = $1 AND key = $2

-- name: inbox_positions
-- How far each source has been seen about a subject.
SELECT source, next_sequence - 1 AS seen FROM inbox WHERE subject = $1 AND source = ANY ($2::text[])

-- name: outbox_lag
SELECT count(*) AS pending, min(time) AS oldest FROM outbox

-- name: count_parked
SELECT count(*) AS messages, count(DISTINCT (source, subject)) AS subjects FROM parked

-- name: count_against_cap
-- Parked messages but those of a source and subject of which only a missing one is waited for.
SELECT coalesce(sum(messages), 0)::bigint FROM (
    SELECT count(*) AS messages, min(parked.sequence) >= coalesce(min(inbox.next_sequence), 1) AS early
    FROM parked LEFT JOIN inbox USING (source, subject)
    GROUP BY source, subject
) AS each WHERE early IS NOT TRUE

-- name: lock_stream
-- Commands on one stream wait for each other instead of being tried again; batches rely on the version alone.
SELECT pg_advisory_xact_lock(hashtextextended($1, 4711004))
