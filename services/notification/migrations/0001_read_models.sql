-- What can be asked of Parties, engagements, their timetables and what people were told.

CREATE TABLE party (
    signifier  text PRIMARY KEY,
    name       text NOT NULL,
    acceded_on date NOT NULL,
    reference  text NOT NULL
);

CREATE TABLE engagement (
    id          uuid PRIMARY KEY,
    procedure   text NOT NULL,
    subject     text NOT NULL,
    notified_at timestamptz NOT NULL,
    -- when the timer has to look whether testing still goes on: null where it is not under way
    next_check   timestamptz
);
CREATE INDEX engagement_next_check ON engagement (next_check) WHERE next_check IS NOT NULL;

-- What each organisation that takes part is called there.
CREATE TABLE participant (
    engagement   uuid NOT NULL REFERENCES engagement,
    organisation text NOT NULL,
    name         text NOT NULL,
    PRIMARY KEY (engagement, organisation)
);

CREATE TABLE deadline (
    engagement  uuid NOT NULL REFERENCES engagement,
    key         text NOT NULL,
    ref         text NOT NULL,
    action      text NOT NULL,
    sender      text NOT NULL,
    recipient   text NOT NULL,
    method      text NOT NULL,
    clause      text NOT NULL,
    opens       date,
    due         date,
    conditional boolean NOT NULL,
    why         text NOT NULL,
    withdrawn   boolean NOT NULL DEFAULT false,
    missed      boolean NOT NULL DEFAULT false,
    done_on     date,
    done_by     text,
    in_time     boolean,
    -- when the timer has to look at it next: its reminder, then the end of its day, then never
    next_check   timestamptz,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (engagement, key)
);
CREATE INDEX deadline_next_check ON deadline (next_check) WHERE next_check IS NOT NULL;

-- Every pair of dates that a step was ever given.
CREATE TABLE dating (
    engagement uuid NOT NULL REFERENCES engagement,
    key        text NOT NULL,
    version    integer NOT NULL,
    opens      date,
    due        date,
    why        text NOT NULL,
    reason     text NOT NULL,
    dated_at   timestamptz NOT NULL,
    PRIMARY KEY (engagement, key, version)
);

-- What people are told by e-mail. `address` is null where it goes to the mailbox of their role, which is a setting.
CREATE TABLE mail (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE,
    engagement uuid NOT NULL REFERENCES engagement,
    role       text NOT NULL,
    address    text,
    subject    text NOT NULL,
    body       text NOT NULL,
    written_at timestamptz NOT NULL,
    attempts   integer NOT NULL DEFAULT 0,
    -- from when on it may be tried, and whose claim it is until then: by the database's clock, which replicas share
    next_try   timestamptz NOT NULL DEFAULT '-infinity',
    claim      uuid,
    problem    text,
    sent_to    text,
    sent_at    timestamptz
);
CREATE INDEX mail_engagement ON mail (engagement, seq);
CREATE INDEX mail_pending ON mail (next_try) WHERE sent_at IS NULL;
