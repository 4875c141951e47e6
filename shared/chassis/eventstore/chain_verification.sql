-- name: sealed_events
-- Every seal with its event, in order; then the events that nothing seals.
SELECT
    seal.position, seal.hash, seal.event, seal.keyed,
    event.seq, event.stream, event.version, event.type, event.data, event.metadata, event.recorded_at
FROM seal FULL JOIN event ON event.seq = seal.event
ORDER BY seal.position NULLS LAST, event.seq
