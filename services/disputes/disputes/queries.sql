-- name: add_right
-- A right of referral that arose.
INSERT INTO referral_right
    (engagement, id, route, subject, matter, clause, referred_by, within, body, meanwhile, effect, appeal, final, arose_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: lapse_right
-- A right that can't be used any more, and why.
UPDATE referral_right SET lapsed_at = $3, because = $4 WHERE engagement = $1 AND id = $2

-- name: refer_matter
-- The matter of a right was put to the body that decides on it.
UPDATE referral_right SET referred_role = $3, referred_at = $4, grounds = $5 WHERE engagement = $1 AND id = $2

-- name: rights
-- The rights of an engagement, in the order in which they arose.
SELECT id, route, subject, matter, clause, referred_by, within, referral_right.body, meanwhile, effect, appeal, final,
       arose_at, lapsed_at, because, referred_role, referred_at, grounds, stage
FROM referral_right LEFT JOIN referral ON referral.engagement = referral_right.engagement AND "right" = id
WHERE referral_right.engagement = $1 ORDER BY arose_at, id

-- name: add_referral
-- A matter was put to a body.
INSERT INTO referral (engagement, "right", subject_name, body, stage, before_since) VALUES ($1, $2, $3, $4, $5, $6)

-- name: keep_referral
-- How far a referral has come, and before which body it lies, if it still does.
UPDATE referral SET body = $3, stage = $4, before_since = coalesce($5, before_since)
WHERE engagement = $1 AND "right" = $2

-- name: pending
-- What lies before a body, the oldest first.
SELECT referral.engagement, "right", subject_name, stage, before_since, subject, matter, clause, grounds, referred_role,
       referred_at
FROM referral JOIN referral_right ON referral_right.engagement = referral.engagement AND referral_right.id = "right"
WHERE referral.body = $1 ORDER BY before_since, referral.engagement, "right"
