-- name: add_feed
-- A new feed; the same request again changes nothing.
INSERT INTO calendar_feed (id, secret_hash, person, role, party, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING

-- name: count_feeds
-- How many feeds a person has besides one.
SELECT count(*) FROM calendar_feed WHERE person = $1 AND id <> $2 AND revoked_at IS NULL

-- name: feeds
-- The feeds of a person, the oldest first.
SELECT id, created_at FROM calendar_feed WHERE person = $1 AND revoked_at IS NULL ORDER BY created_at, id

-- name: revoke_feed
-- Nobody reads it any more.
UPDATE calendar_feed SET revoked_at = $3 WHERE id = $1 AND person = $2 AND revoked_at IS NULL RETURNING true

-- name: feed_of_secret
-- The feed that has a secret, by its hash.
SELECT id, role, party FROM calendar_feed WHERE secret_hash = $1 AND revoked_at IS NULL

-- name: deadlines_of_role
-- The open deadlines that a role owes or waits for, the soonest first, and those that fell away since an instant; of an
-- organisation those of the engagements in which it takes part.
SELECT * FROM (
    SELECT engagement, key, action, sender, opens, due, why, clause, at, about, withdrawn, missed, done_on, in_time,
           changed_at
    FROM deadline
    WHERE done_on IS NULL AND NOT withdrawn AND due IS NOT NULL AND (sender = $1 OR recipient = $1)
      AND ($2::text IS NULL OR engagement IN (SELECT engagement FROM participant WHERE organisation = $2))
    ORDER BY due, engagement, key LIMIT $4
) AS open
UNION ALL SELECT * FROM (
    SELECT engagement, key, action, sender, opens, due, why, clause, at, about, withdrawn, missed, done_on, in_time,
           changed_at
    FROM deadline
    WHERE withdrawn AND due IS NOT NULL AND changed_at > $3 AND (sender = $1 OR recipient = $1)
      AND ($2::text IS NULL OR engagement IN (SELECT engagement FROM participant WHERE organisation = $2))
    ORDER BY changed_at DESC, engagement, key LIMIT $4
) AS lost

-- name: times_dated
-- How often each step of some engagements was given a date.
SELECT engagement, key, count(*) AS times FROM dating
WHERE engagement = ANY ($1) AND due IS NOT NULL GROUP BY engagement, key
