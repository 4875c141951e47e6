-- What the checks found in a Test Readiness Report; those given before were not checked.

ALTER TABLE readiness_report ADD COLUMN findings jsonb NOT NULL DEFAULT '[]';
