-- name: load_offset
SELECT offset_seconds FROM rehearsal_clock

-- name: store_offset
-- Time never goes back: the larger offset stays.
INSERT INTO rehearsal_clock (offset_seconds) VALUES ($1)
ON CONFLICT (singleton) DO UPDATE
SET offset_seconds = greatest(rehearsal_clock.offset_seconds, excluded.offset_seconds)
RETURNING offset_seconds
