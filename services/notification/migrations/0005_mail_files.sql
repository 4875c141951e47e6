-- What goes with a mail, and whether it is sent at once whatever its addressee chose.
ALTER TABLE mail ADD COLUMN files jsonb NOT NULL DEFAULT '[]', ADD COLUMN mandatory boolean NOT NULL DEFAULT true;
-- The first mail of each thread is found without going through all that a role was ever told.
CREATE INDEX mail_thread ON mail (engagement, role, seq);
