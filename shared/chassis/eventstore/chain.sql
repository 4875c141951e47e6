-- name: seal
SELECT seal_events($1::bigint[], $2::bytea[], $3)

-- name: head
SELECT position, hash FROM chain_head

-- name: is_keyed
SELECT keyed FROM seal ORDER BY position DESC LIMIT 1
