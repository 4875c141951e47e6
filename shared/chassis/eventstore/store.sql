-- name: load_events
-- What each stream has beyond the version that is known of it.
SELECT event.stream, event.version, event.type, event.data
FROM unnest($1::text[], $2::integer[]) AS known (stream, version)
JOIN event ON event.stream = known.stream AND event.version > known.version
ORDER BY event.stream, event.version

-- name: take_sequences
-- The row lock is held to the end of the transaction: sequences are gapless and in the order of commits.
INSERT INTO publication (subject, sequence)
SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (subject) DO UPDATE SET sequence = publication.sequence + excluded.sequence
RETURNING subject, sequence

-- name: write
SELECT write_decided(
    $1, $2, $3,
    $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::bytea[],
    $11::integer,
    $12::text[], $13::text[], $14::text[], $15::bigint[], $16::timestamptz[], $17::text[], $18::text[], $19::bytea[],
    $20::bytea[],
    $21, $22, $23, $24::json, $25::timestamptz
)
