-- name: lock_stream
-- Commands on one stream wait for each other instead of being tried again; batches rely on the version alone.
SELECT pg_advisory_xact_lock(hashtextextended($1, 4711004))

-- name: mark_request
-- Nothing comes back where the key was used before.
INSERT INTO request (caller, key, fingerprint, handled_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING key

-- name: find_request
SELECT fingerprint, outcome FROM request WHERE caller = $1 AND key = $2

-- name: answer_request
UPDATE request SET outcome = $3 WHERE caller = $1 AND key = $2

-- name: position
-- The last public sequence of a subject.
SELECT sequence FROM publication WHERE subject = $1

-- name: inbox_positions
-- How far each source has been seen about a subject.
SELECT source, next_sequence - 1 AS seen FROM inbox WHERE subject = $1 AND source = ANY ($2::text[])
