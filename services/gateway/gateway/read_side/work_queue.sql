-- name: give_steps
-- Whose turn the steps of some engagements are, from their notice to their end.
UPDATE step SET holder = CASE WHEN ended_at IS NULL THEN reader.holder END
FROM reader JOIN engagement ON id = reader.engagement
WHERE step.engagement = ANY ($1::uuid[]) AND reader.engagement = step.engagement AND reader.role = step.sender
  AND step.holder IS DISTINCT FROM CASE WHEN ended_at IS NULL THEN reader.holder END

-- name: with_tasks
-- Some engagements, to derive their tasks; whoever reads them is alone until it commits.
SELECT id, procedure, rulebook, participants FROM engagement WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE

-- name: task_facts
-- Every fact of some types about some engagements.
SELECT engagement, type, source, sequence, at, data FROM fact WHERE engagement = ANY ($1::uuid[]) AND type = ANY ($2)

-- name: remove_tasks
-- The tasks of some engagements are derived anew.
DELETE FROM task WHERE engagement = ANY ($1::uuid[])

-- name: add_task
-- A task waits for whoever holds a role, if somebody does, until the engagement ends.
INSERT INTO task (engagement, kind, key, role, holder, action, clause, due, begun_at, begun_on, details)
SELECT $1, $2, $3, $4, reader.holder, $5, $6, $7, $8, $9, $10 FROM reader JOIN engagement ON id = engagement
WHERE engagement = $1 AND role = $4 AND ended_at IS NULL

-- name: tasks_derived
-- The tasks of these engagements are kept from now on.
UPDATE engagement SET tasks_derived = true WHERE id = ANY ($1::uuid[])

-- name: without_tasks
-- Engagements whose tasks were never derived.
SELECT id FROM engagement WHERE NOT tasks_derived ORDER BY id LIMIT 100

-- name: set_next_due
-- The first date that somebody owes something by in some engagements; in one that has ended, none.
UPDATE engagement SET next_due = CASE WHEN ended_at IS NULL THEN least(
    (SELECT min(due) FROM step WHERE engagement = id AND done_on IS NULL AND NOT withdrawn),
    (SELECT min(due) FROM task WHERE engagement = id)) END
WHERE id = ANY ($1::uuid[])

-- name: work_items
-- A page of what waits for a holder, the most urgent first, after a place in that order: first the places, by the indexes
-- alone, then what is shown of them. `OFFSET 0` keeps PostgreSQL from reading whole tables for some rows.
WITH place AS MATERIALIZED (
    (SELECT rank, engagement, 'step' AS kind, key FROM step
     WHERE holder = $1 AND done_on IS NULL AND NOT withdrawn AND rank IS NOT NULL AND (opens IS NULL OR opens <= $2)
       AND ($3::text IS NULL OR $3 = 'step') AND ($4::date IS NULL OR (due < $4 AND rank < $4))
       AND ($5::uuid IS NULL OR engagement = $5)
       AND (rank, engagement) >= ($6, $7) AND (rank, engagement, 'step', key) > ($6, $7, $8, $9)
     ORDER BY rank, engagement, key LIMIT $10)
    UNION ALL
    (SELECT rank, engagement, kind, key FROM task
     WHERE holder = $1
       AND ($3::text IS NULL OR kind = $3) AND ($4::date IS NULL OR (due < $4 AND rank < $4))
       AND ($5::uuid IS NULL OR engagement = $5)
       AND (rank, engagement, kind, key) > ($6, $7, $8, $9)
     ORDER BY rank, engagement, kind, key LIMIT $10)
)
SELECT item.*, subject_name, procedure
FROM (SELECT * FROM place ORDER BY rank, engagement, kind, key LIMIT $10) AS page
CROSS JOIN LATERAL (
    SELECT * FROM work_item WHERE engagement = page.engagement AND kind = page.kind AND key = page.key AND holder = $1
    OFFSET 0
) AS item
CROSS JOIN LATERAL (SELECT subject_name, procedure FROM engagement WHERE id = page.engagement OFFSET 0) AS engagement
ORDER BY page.rank, page.engagement, page.kind, page.key

-- name: work_counts
-- How much waits for a holder, by kind, and how much of it is overdue; of each table no more than a number is counted.
SELECT kind, count(*) AS waiting, count(*) FILTER (WHERE due < $2) AS overdue
FROM (
    (SELECT 'step' AS kind, due FROM step
     WHERE holder = $1 AND done_on IS NULL AND NOT withdrawn AND rank IS NOT NULL AND (opens IS NULL OR opens <= $2)
     ORDER BY rank LIMIT $3)
    UNION ALL
    (SELECT kind, due FROM task WHERE holder = $1 ORDER BY rank LIMIT $3)
) AS counted
GROUP BY kind

-- name: duties
-- What awaits whoever holds a role in one engagement, the most urgent first.
SELECT item.*, subject_name, procedure FROM work_item AS item JOIN engagement ON engagement.id = item.engagement
WHERE item.engagement = $1 AND holder IS NOT NULL AND (opens IS NULL OR opens <= $2)
ORDER BY rank, kind, key
