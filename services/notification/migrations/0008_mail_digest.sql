-- Who wants one mail a day for all that need not be told at once. `addressee` is an address, or `role:` and a role whose
-- mailbox is a setting; `digest_on` is the last day of which a digest was made.
CREATE TABLE mail_preference (
    addressee text PRIMARY KEY,
    delivery  text NOT NULL CHECK (delivery IN ('at-once', 'daily')),
    chosen_by text NOT NULL,
    chosen_at timestamptz NOT NULL,
    digest_on date
);
ALTER TABLE mail
    -- kept for the day's digest
    ADD COLUMN waits boolean NOT NULL DEFAULT false,
    -- the mail that carries it and all others of its digest
    ADD COLUMN digest bigint REFERENCES mail;
CREATE INDEX mail_waiting ON mail (coalesce(address, 'role:' || role)) WHERE waits;
CREATE INDEX mail_digest ON mail (digest) WHERE digest IS NOT NULL;
CREATE INDEX mail_address ON mail (address, role, seq);
DROP INDEX mail_pending, mail_unsent;
CREATE INDEX mail_unsent ON mail (seq) WHERE sent_at IS NULL AND ended_at IS NULL AND NOT waits;
