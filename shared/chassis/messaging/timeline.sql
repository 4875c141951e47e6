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

-- name: restored
-- From a backup of when, and when, if no timeline has begun since.
SELECT taken_at, restored_at FROM restored WHERE timeline = (SELECT coalesce(max(number), 1) FROM timeline)

-- name: read_on
INSERT INTO consumed (topic, partition, next_offset) VALUES ($1, $2, $3)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
