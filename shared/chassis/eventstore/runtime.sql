-- name: begin
SELECT answered_as, outcome, last_sequence, versions, types, contents FROM begin_command($1, $2, $3, $4, $5)

-- name: inbox_positions
-- How far each source has been seen about a subject.
SELECT source, next_sequence - 1 AS seen FROM inbox WHERE subject = $1 AND source = ANY ($2::text[])
