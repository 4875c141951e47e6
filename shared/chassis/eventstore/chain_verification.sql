-- name: linked_events
-- Every link with its event, in order; then the events that nothing links, and whether they wait for it.
SELECT
    link.position, link.hash, coalesce(link.event, unchained.event) AS event, unchained.event IS NOT NULL AS waiting,
    event.seq, event.stream, event.version, event.type, event.data, event.metadata, event.recorded_at, event.seal
FROM link
FULL JOIN event ON event.seq = link.event
FULL JOIN unchained ON unchained.event = event.seq
ORDER BY link.position NULLS LAST, event.seq

-- name: linked_since
-- Every link after a position with its event, in order.
SELECT
    link.position, link.hash, link.event,
    event.seq, event.stream, event.version, event.type, event.data, event.metadata, event.recorded_at, event.seal
FROM link LEFT JOIN event ON event.seq = link.event
WHERE link.position > $1
ORDER BY link.position

-- name: hash_at
SELECT hash FROM link WHERE position = $1
