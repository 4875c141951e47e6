-- name: outbox_lag
SELECT count(*) AS pending, min(enqueued_at) AS oldest FROM outbox

-- name: count_parked
SELECT count(*) AS messages, count(DISTINCT (source, subject)) AS subjects FROM parked

-- name: count_against_cap
-- Parked messages but those of a source and subject of which only a missing one is waited for.
SELECT coalesce(sum(messages), 0)::bigint FROM (
    SELECT count(*) AS messages, min(parked.sequence) >= coalesce(min(inbox.next_sequence), 1) AS early
    FROM parked LEFT JOIN inbox USING (source, subject)
    GROUP BY source, subject
) AS each WHERE early IS NOT TRUE
