-- name: tables
SELECT tablename AS table FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename

-- name: shape
-- The columns by which a row is known: of the first unique index that has no number of the database's own; and those.
SELECT key, identities FROM (
    SELECT
        array_agg(attname ORDER BY place) AS key, bool_or(attidentity <> '') AS numbered, primary_first, name,
        (SELECT coalesce(array_agg(own.attname), '{}') FROM pg_attribute AS own
         WHERE own.attrelid = ('public.' || quote_ident($1))::regclass AND own.attidentity <> '') AS identities
    FROM (
        SELECT attname, attidentity, column_of.place, NOT indisprimary AS primary_first, indexrelid::regclass::text AS name
        FROM pg_index
        CROSS JOIN unnest(indkey::smallint[]) WITH ORDINALITY AS column_of (number, place)
        JOIN pg_attribute ON attrelid = indrelid AND attnum = column_of.number
        WHERE indrelid = ('public.' || quote_ident($1))::regclass AND indisunique AND indpred IS NULL
    ) AS columns GROUP BY primary_first, name
) AS indexes WHERE NOT numbered ORDER BY primary_first, name LIMIT 1

-- name: streams
-- Every stream, by its last event.
SELECT stream FROM event GROUP BY stream ORDER BY max(seq)

-- name: events
SELECT version, type, data, recorded_at, metadata ->> 'cause' AS cause, metadata ->> 'actor' AS actor
FROM event WHERE stream = $1 ORDER BY version

-- name: heard
-- Of each subject, up to where each source was heard, and what of it is still to be handled.
SELECT
    subject, array_agg(source ORDER BY source) AS sources, array_agg(next_sequence ORDER BY source) AS following,
    array_agg((unhandled + waiting)::text ORDER BY source) AS unhandled
FROM inbox CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(int8range(sequence, sequence, '[]')), '{}') AS waiting FROM parked
    WHERE parked.source = inbox.source AND parked.subject = inbox.subject AND sequence IS NOT NULL
) AS parked
WHERE source = ANY ($1::text[]) GROUP BY subject ORDER BY subject

-- name: handled_otherwise
-- Subjects of which a message was not taken as its source publishes it now: people decided so, or a timeline ended.
SELECT subject FROM revoked
UNION SELECT subject FROM parked_decision WHERE decision IN ('edited', 'skipped') OR passed_over IS NOT NULL

-- name: published
SELECT type, subject, timeline, sequence, time, value FROM public_message
WHERE subject = $1 AND sequence < $2 AND NOT sequence <@ $3::text::int8multirange ORDER BY sequence

-- name: last_published
-- The last message about each of the next subjects; of those that are still to be published, none.
SELECT subject, max(sequence) AS last FROM public_message
WHERE topic = ANY ($1::text[]) AND subject > $2 AND seq NOT IN (SELECT message FROM outbox)
GROUP BY subject ORDER BY subject LIMIT $3

-- name: behind
SELECT published.subject, published.last, coalesce(inbox.next_sequence, 1) - 1 AS heard
FROM unnest($2::text[], $3::bigint[]) AS published (subject, last)
LEFT JOIN inbox ON inbox.source = $1 AND inbox.subject = published.subject
WHERE coalesce(inbox.next_sequence, 1) <= published.last

-- name: compare
-- Rows that differ in anything but what is left out. The unqualified name is the temporary table's.
SELECT to_jsonb(there) - $1::text[] AS there, to_jsonb(derived) - $1::text[] AS derived
FROM public.:table AS there FULL JOIN :table AS derived USING (:key)
WHERE to_jsonb(there) - $1::text[] IS DISTINCT FROM to_jsonb(derived) - $1::text[]
LIMIT $2
