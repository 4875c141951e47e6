-- name: stored
SELECT position, published FROM chain_head

-- name: timelines
SELECT number, position, hash, reason, actor, seal FROM timeline ORDER BY number
