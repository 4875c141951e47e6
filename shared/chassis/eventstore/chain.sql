-- name: head
SELECT position, hash FROM chain_head

-- name: unchained
-- Committed events that are not linked yet; of one that is gone, only its number.
SELECT
    unchained.event, event.stream, event.version, event.type, event.data, event.metadata, event.recorded_at, event.seal
FROM unchained LEFT JOIN event ON event.seq = unchained.event
WHERE unchained.event <> ALL ($1::bigint[])
ORDER BY unchained.event
LIMIT $2

-- name: link
-- Nothing comes back where the stored head is another, or a former leader asks.
WITH moved AS (
    UPDATE chain_head SET position = position + cardinality($1::bigint[]), hash = ($2::bytea[])[cardinality($2::bytea[])]
    WHERE position = $3 AND hash = $4 AND (SELECT epoch FROM relay) = $5
    RETURNING position - cardinality($1::bigint[]) AS first
), linked AS (
    INSERT INTO link (position, event, hash)
    SELECT first + number, event, hash
    FROM moved, unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS t (event, hash, number)
), taken AS (
    DELETE FROM unchained USING moved WHERE event = ANY ($1::bigint[])
)
SELECT true FROM moved
