-- name: seal
SELECT seal_events($1::bigint[], $2::bytea[], $3)

-- name: head
SELECT position, hash FROM chain_head

-- name: is_keyed
SELECT keyed FROM seal ORDER BY position DESC LIMIT 1

-- name: sealed_events
-- Every seal with its event, in order; then the events that nothing seals.
SELECT
    seal.position, seal.hash, seal.event, seal.keyed,
    event.seq, event.stream, event.version, event.type, event.data, event.metadata, event.recorded_at
FROM seal FULL JOIN event ON event.seq = seal.event
ORDER BY seal.position NULLS LAST, event.seq
