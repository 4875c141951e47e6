-- In an engagement that has ended nothing awaits anybody.
UPDATE step SET holder = NULL FROM engagement WHERE id = step.engagement AND ended_at IS NOT NULL;
DELETE FROM task USING engagement WHERE id = task.engagement AND ended_at IS NOT NULL;
UPDATE engagement SET next_due = NULL WHERE ended_at IS NOT NULL;
