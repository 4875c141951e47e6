-- name: published
SELECT subject, sequence FROM publication

-- name: consumed
SELECT source, subject, next_sequence - 1 AS seen FROM inbox

-- name: pending
SELECT count(*) FROM outbox

-- name: parked
SELECT count(*) FROM parked

-- name: events
SELECT count(*) FROM event

-- name: gaps
-- Events that are missing from their streams.
SELECT coalesce(sum(last - events), 0) FROM (
    SELECT max(version) AS last, count(*) AS events FROM event GROUP BY stream
) AS streams

-- name: doubled
-- Causes that acted on a stream in more than one transaction, or said the same twice in one.
SELECT count(*) FROM (
    SELECT FROM event GROUP BY stream, metadata->>'actor', metadata->>'cause'
    HAVING count(DISTINCT recorded_at) > 1 OR count(*) > count(DISTINCT type || ' ' || data::text)
) AS twice

-- name: disordered
-- Messages of a service that acted on a stream after a later one about the same subject.
SELECT count(*) FROM (
    SELECT sequence < max(sequence) OVER (PARTITION BY stream, actor, subject ORDER BY version) AS late
    FROM (
        SELECT stream, version, metadata->>'actor' AS actor,
               substring(metadata->>'cause' FROM '^(.+):\d+$') AS subject,
               substring(metadata->>'cause' FROM ':(\d+)$')::bigint AS sequence
        FROM event WHERE metadata->>'actor' LIKE 'assay.%' AND metadata->>'cause' ~ ':\d+$'
    ) AS caused
) AS acted WHERE late

-- name: uncounted
-- Public events that the dashboard's figures do not count.
SELECT coalesce(sum(publication.sequence - coalesce(dashboard.sequence, 0)), 0)
FROM publication LEFT JOIN dashboard ON dashboard.engagement = publication.subject
WHERE coalesce(dashboard.sequence, 0) < publication.sequence
    AND publication.subject LIKE '________-____-____-____-____________'

-- name: unchecked
-- Steps that the timer has still to look at, by the stack's own time.
SELECT count(*) FROM (SELECT next_check FROM deadline UNION ALL SELECT next_check FROM engagement) AS looks
WHERE next_check <= now() + coalesce((SELECT offset_seconds FROM rehearsal_clock), 0) * interval '1 second'

-- name: unsigned
-- Certificates that have a number and were not issued.
SELECT count(*) FROM certificate WHERE issued_at IS NULL

-- name: certificates_doubled
-- Certificates of a form beyond the first of a decision, or under a number that another has.
SELECT greatest(count(*) - count(DISTINCT (engagement, form)), count(*) - count(DISTINCT number)) FROM certificate

-- name: issued
SELECT stream || ' ' || (data->>'number') AS certificate FROM event WHERE type = 'certificate-issued'
