-- What waits for whom: the steps that are owed, and the tasks that facts began (a referral to determine, a question to answer).

-- Whoever holds a role in an engagement: `dcc`, or `participant/SUPP` where an organisation must hold the role.
ALTER TABLE reader ADD COLUMN holder text NOT NULL GENERATED ALWAYS AS (role || coalesce('/' || organisation, '')) STORED;

-- Whose turn a step is; not known before the notice of its engagement has come.
ALTER TABLE step ADD COLUMN holder text;
UPDATE step SET holder = reader.holder FROM reader
WHERE reader.engagement = step.engagement AND reader.role = step.sender;
CREATE INDEX step_owed ON step (holder, coalesce(due, opens), engagement, key) INCLUDE (opens, due)
WHERE done_on IS NULL AND NOT withdrawn AND coalesce(due, opens) IS NOT NULL;

CREATE TABLE task (
    engagement uuid NOT NULL REFERENCES engagement,
    kind       text NOT NULL,
    key        text NOT NULL,
    role       text NOT NULL,
    holder     text NOT NULL,
    action     text NOT NULL,
    clause     text,
    due        date,
    begun_at   timestamptz NOT NULL,
    begun_on   date NOT NULL,
    details    jsonb NOT NULL,
    PRIMARY KEY (engagement, kind, key, role)
);
CREATE INDEX task_owed ON task (holder, coalesce(due, begun_on), engagement, kind, key) INCLUDE (due);

-- What has no date comes where it began.
CREATE VIEW work_item AS
SELECT holder, coalesce(due, opens) AS rank, engagement, 'step' AS kind, key, sender AS role, action, clause, opens, due,
       at, about, missed_due, NULL::timestamptz AS begun_at, jsonb_build_object('ref', ref, 'to', recipient, 'method', method) AS details
FROM step WHERE done_on IS NULL AND NOT withdrawn AND coalesce(due, opens) IS NOT NULL
UNION ALL
SELECT holder, coalesce(due, begun_on), engagement, kind, key, role, action, clause, NULL, due,
       NULL, '', NULL, begun_at, details
FROM task;

-- Engagements of which the facts were kept before there were tasks.
ALTER TABLE engagement ADD COLUMN tasks_derived boolean NOT NULL DEFAULT false;
CREATE INDEX engagement_without_tasks ON engagement (id) WHERE NOT tasks_derived;
