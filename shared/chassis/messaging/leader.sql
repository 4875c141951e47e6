-- name: try_lock
SELECT pg_try_advisory_lock($1)

-- name: begin_epoch
UPDATE relay SET epoch = epoch + 1 RETURNING epoch

-- name: epoch
SELECT epoch FROM relay
