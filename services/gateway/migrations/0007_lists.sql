-- Lists of engagements are read by an index, page by page, and searched by words.

-- Roles of the house read every engagement: they are readers like all others.
INSERT INTO reader (engagement, role)
SELECT id, role FROM engagement CROSS JOIN unnest('{auditor,operations}'::text[]) AS house (role);

-- The order of the list beside whose list it is.
ALTER TABLE reader ADD COLUMN notified_at timestamptz;
UPDATE reader SET notified_at = engagement.notified_at FROM engagement WHERE id = reader.engagement;
ALTER TABLE reader ALTER COLUMN notified_at SET NOT NULL;
CREATE INDEX reader_list ON reader (holder, notified_at, engagement);

-- The first date that somebody owes something by.
ALTER TABLE engagement ADD COLUMN next_due date;
UPDATE engagement
SET next_due = (SELECT min(due) FROM step WHERE engagement = id AND done_on IS NULL AND NOT withdrawn);
CREATE INDEX engagement_by_due ON engagement (next_due) WHERE next_due IS NOT NULL;

-- Few are in one phase, or of one procedure, for long.
CREATE INDEX engagement_by_phase ON engagement (phase, notified_at);
CREATE INDEX engagement_by_procedure ON engagement (procedure, notified_at);
DROP INDEX engagement_by_time;

-- What an engagement is found by: what is tested, and who takes part.
ALTER TABLE engagement ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    to_tsvector('simple', translate(subject_id || ' ' || subject_name, '/._-', '    '))
    || jsonb_to_tsvector('simple', participants, '["string"]')
) STORED;
CREATE INDEX engagement_by_words ON engagement USING gin (search);
