-- name: portion
-- The next subjects, with as many messages together as are enqueued at once; one subject at least.
SELECT subject FROM (
    SELECT subject, sum(sequence) OVER (ORDER BY subject) AS messages, row_number() OVER (ORDER BY subject) AS place
    FROM (SELECT subject, sequence FROM publication WHERE subject > $1 ORDER BY subject LIMIT $2) AS next
) AS summed
WHERE messages <= $2 OR place = 1
ORDER BY subject

-- name: lock
-- Nobody publishes about them meanwhile. In the order in which transactions take sequences.
SELECT subject, sequence FROM publication WHERE subject = ANY ($1::text[]) ORDER BY subject COLLATE "C" FOR UPDATE

-- name: enqueue
WITH enqueued AS (
    INSERT INTO outbox (message, enqueued_at)
    SELECT seq, $3 FROM public_message WHERE subject = ANY ($1::text[]) AND sequence >= $2 ORDER BY seq
    RETURNING message
)
SELECT count(*) FROM enqueued

-- name: keep
INSERT INTO republication
    (first_subject, last_subject, from_sequence, subjects, messages, reason, actor, republished_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: any_beyond
SELECT EXISTS (SELECT FROM publication WHERE subject > $1)
