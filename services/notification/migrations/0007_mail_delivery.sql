-- What became of each mail: every answer of the mail server, and what came back later.
CREATE TABLE mail_delivery (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mail    bigint NOT NULL REFERENCES mail,
    at      timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('sent', 'deferred', 'refused', 'needless', 'bounced', 'delayed', 'delivered')),
    address text,
    -- of the SMTP answer, where there was one
    code    integer,
    said    text NOT NULL
);
CREATE INDEX mail_delivery_mail ON mail_delivery (mail, id);
-- A report that comes again is kept once.
CREATE UNIQUE INDEX mail_delivery_report ON mail_delivery (mail, outcome, address)
    WHERE outcome IN ('bounced', 'delayed', 'delivered');

ALTER TABLE mail
    -- when it was given up: refused for good, or not needed any more
    ADD COLUMN ended_at timestamptz,
    -- the local part of its Message-ID, by which a report finds it again
    ADD COLUMN message_id text,
    -- the step that it calls to mind, and its date: once it is done or has another date, nobody is reminded
    ADD COLUMN reminds text,
    ADD COLUMN reminds_due date;
UPDATE mail SET message_id = left(encode(sha256(convert_to(key, 'UTF8')), 'hex'), 40);
CREATE UNIQUE INDEX mail_message_id ON mail (message_id);
