-- name: current
SELECT coalesce(max(number), 1) FROM timeline

-- name: positions
SELECT subject, sequence FROM publication WHERE subject = ANY ($1::text[])

-- name: revoked
SELECT source, subject, timeline, first, last, revoked_at FROM revoked
ORDER BY revoked_at DESC, source, subject, timeline LIMIT $1

-- name: one_at_a_time
-- Until the transaction ends, nobody else begins a timeline.
LOCK TABLE timeline IN SHARE ROW EXCLUSIVE MODE

-- name: begin
-- The heads of a timeline are numbered from 1.
WITH begun AS (
    INSERT INTO timeline (number, position, hash, reason, actor, began_at, seal) VALUES ($1, $2, $3, $4, $5, $6, $7)
)
UPDATE chain_head SET published = 0
