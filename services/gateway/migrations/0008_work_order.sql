-- A page of the queue is read by an index alone, in its order, whatever PostgreSQL believes of how much waits for whom.

ALTER TABLE step ADD COLUMN rank date GENERATED ALWAYS AS (coalesce(due, opens)) STORED;
ALTER TABLE task ADD COLUMN rank date NOT NULL GENERATED ALWAYS AS (coalesce(due, begun_on)) STORED;
DROP INDEX step_owed;
DROP INDEX task_owed;
CREATE INDEX step_owed ON step (holder, rank, engagement, key) INCLUDE (opens, due)
WHERE done_on IS NULL AND NOT withdrawn AND rank IS NOT NULL;
CREATE INDEX task_owed ON task (holder, rank, engagement, kind, key) INCLUDE (due);

CREATE OR REPLACE VIEW work_item AS
SELECT holder, rank, engagement, 'step' AS kind, key, sender AS role, action, clause, opens, due, at, about,
       missed_due, NULL::timestamptz AS begun_at, jsonb_build_object('ref', ref, 'to', recipient, 'method', method) AS details
FROM step WHERE done_on IS NULL AND NOT withdrawn AND rank IS NOT NULL
UNION ALL
SELECT holder, rank, engagement, kind, key, role, action, clause, NULL, due, NULL, '', NULL, begun_at, details
FROM task;
