-- name: messages
-- Every message by subject and number, and the last number that the subject was given.
SELECT seq, topic, type, subject, timeline, public_message.sequence, time, causation, trace, value, seal,
       publication.sequence AS given_out
FROM public_message FULL JOIN publication USING (subject)
ORDER BY subject, public_message.sequence

-- name: enqueued_without_message
SELECT outbox.seq, outbox.message FROM outbox LEFT JOIN public_message ON public_message.seq = outbox.message
WHERE public_message.seq IS NULL ORDER BY outbox.seq LIMIT $1

-- name: timeline
SELECT coalesce(max(number), 1) FROM timeline

-- name: keep_what_lies
CREATE TEMPORARY TABLE lies (message bigint PRIMARY KEY, records bigint NOT NULL)

-- name: await
CREATE TEMPORARY TABLE awaited (message bigint PRIMARY KEY)

-- name: await_published
-- What has left the outbox; on a compacted topic, the last of each key.
INSERT INTO awaited
SELECT seq FROM public_message
WHERE topic = ANY ($1::text[]) AND seq NOT IN (SELECT message FROM outbox)
  AND (topic <> ALL ($2::text[]) OR NOT EXISTS (
      SELECT FROM public_message AS later
      WHERE later.subject = public_message.subject AND later.sequence > public_message.sequence))

-- name: messages_of
SELECT DISTINCT seq, topic, type, subject, timeline, sequence, time, causation, trace, value
FROM public_message JOIN unnest($1::text[], $2::bigint[]) AS wanted (subject, sequence) USING (subject, sequence)

-- name: lies
INSERT INTO lies SELECT message, count(*) FROM unnest($1::bigint[]) AS t (message) GROUP BY message
ON CONFLICT (message) DO UPDATE SET records = lies.records + excluded.records

-- name: not_there
SELECT topic, type, subject, sequence FROM public_message
JOIN awaited ON awaited.message = seq
LEFT JOIN lies ON lies.message = seq
WHERE lies.message IS NULL ORDER BY seq LIMIT $1

-- name: duplicates
SELECT coalesce(sum(records - 1), 0)::bigint FROM lies
