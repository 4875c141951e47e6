-- name: add_result
-- One result as it was recorded.
INSERT INTO result (engagement, result_id, test, run, purpose, outcome, verifies, script, recorded_by, executed_at,
                    recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: add_issue
-- A testing issue begins as open.
INSERT INTO issue (engagement, issue, test, severity, title, description, status, raised_by, raised_at, provider)
VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)

-- name: plan_issue
-- The plan that stands; an agreement to an earlier one ends.
UPDATE issue SET steps = $3, workaround = $4, resolve_by = $5, agreed_by = NULL, agreed_at = NULL
WHERE engagement = $1 AND issue = $2

-- name: agree_issue
-- Who agreed the plan that stands, and when.
UPDATE issue SET agreed_by = $3, agreed_at = $4 WHERE engagement = $1 AND issue = $2

-- name: fix_issue
-- How and when it was last said to be fixed.
UPDATE issue SET fix = $3, fixed_at = $4 WHERE engagement = $1 AND issue = $2

-- name: close_issue
-- Which retest verified the fix.
UPDATE issue SET verified_by = $3, closed_at = $4 WHERE engagement = $1 AND issue = $2

-- name: set_issue_status
-- The status as the domain says it.
UPDATE issue SET status = $3 WHERE engagement = $1 AND issue = $2

-- name: results
-- Results in the order in which they were recorded, after a place in it.
SELECT seq, result_id, test, run, purpose, outcome, verifies, script, recorded_by, executed_at, recorded_at
FROM result
WHERE engagement = $1 AND seq > $2
  AND ($3::text IS NULL OR test = $3) AND ($4::text IS NULL OR run = $4) AND ($5::text IS NULL OR outcome = $5)
ORDER BY seq
LIMIT $6

-- name: issues
-- Every issue of an engagement by its number.
SELECT issue, test, severity, title, description, provider, status, raised_by, raised_at, steps, workaround, resolve_by,
       agreed_by, agreed_at, fix, fixed_at, verified_by, closed_at
FROM issue
WHERE engagement = $1
ORDER BY issue

-- name: published_sequence
-- How many public events of an engagement there are.
SELECT sequence FROM publication WHERE subject = $1

-- name: tally
-- What the stream job has counted; what an earlier generation counted is not read.
SELECT figures FROM dashboard WHERE engagement = $1 AND generation = $2

-- name: uncounted
-- Of which engagements a public event that has left the outbox is counted neither in a generation nor a later one.
SELECT publication.subject FROM publication
LEFT JOIN dashboard ON dashboard.engagement = publication.subject
WHERE publication.subject LIKE '________-____-____-____-____________'
    AND coalesce(dashboard.generation, $1) <= $1
    AND CASE WHEN dashboard.generation = $1 THEN dashboard.sequence ELSE 0 END
        < publication.sequence - (
            SELECT count(DISTINCT message) FROM outbox JOIN public_message ON public_message.seq = message
            WHERE public_message.subject = publication.subject
        )

-- name: keep_tally
-- A replay of older events changes nothing, nor does an event that was never published; a later generation begins anew.
INSERT INTO dashboard (engagement, generation, sequence, figures)
SELECT $1, $2, $3, $4 FROM publication WHERE publication.subject = $1 AND publication.sequence >= $3
ON CONFLICT (engagement) DO UPDATE
SET generation = excluded.generation, sequence = excluded.sequence, figures = excluded.figures
WHERE (dashboard.generation, dashboard.sequence) < (excluded.generation, excluded.sequence)
RETURNING true

-- name: add_dashboard
-- A dashboard as it was published.
INSERT INTO published_dashboard (engagement, version, day, content) VALUES ($1, $2, $3, $4)

-- name: dashboards
-- Of each day, as it was published last.
SELECT DISTINCT ON (day) day, content, count(*) OVER (PARTITION BY day) AS times
FROM published_dashboard WHERE engagement = $1 AND ($2::date IS NULL OR day = $2) ORDER BY day DESC, version DESC

-- name: last_generation
-- The generation of tallies that is kept now; the first where there is none yet.
SELECT coalesce(max(generation), 1) FROM public.dashboard

-- name: take_over_earlier_generations
-- For an audit: what an earlier generation counted is not read, and counted in another way.
INSERT INTO dashboard SELECT * FROM public.dashboard WHERE generation < $1

-- name: kept_tallies
-- For an audit: how far each engagement is counted.
SELECT engagement, sequence FROM public.dashboard WHERE generation = $1 ORDER BY engagement

-- name: published_until
-- For an audit: the public events of an engagement up to a sequence.
SELECT sequence, type, value FROM public_message WHERE subject = $1 AND sequence <= $2 ORDER BY sequence
