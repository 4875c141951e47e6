-- What every service stands on: events, what is to be published, what was received, what could not be handled.

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added, never changed or removed', TG_TABLE_NAME;
END $$;

-- `seal` is a keyed hash of the rest but `seq`; the key is not in the database.
CREATE TABLE event (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream      text NOT NULL,
    version     integer NOT NULL,
    type        text NOT NULL,
    data        json NOT NULL,
    metadata    json NOT NULL,
    recorded_at timestamptz NOT NULL,
    seal        bytea NOT NULL,
    UNIQUE (stream, version)
);

CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- The last sequence given out per subject; its row lock makes the sequence gapless in commit order.
CREATE TABLE publication (
    subject  text PRIMARY KEY,
    sequence bigint NOT NULL
);

-- Every public message, as it was published and can be published again. `seal` is a keyed hash of the rest but `seq`.
CREATE TABLE public_message (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic     text NOT NULL,
    type      text NOT NULL,
    subject   text NOT NULL,
    timeline  integer NOT NULL,
    sequence  bigint NOT NULL,
    time      timestamptz NOT NULL,
    causation text NOT NULL,
    trace     text NOT NULL,
    value     bytea NOT NULL,
    seal      bytea NOT NULL,
    UNIQUE (subject, sequence)
);

CREATE TRIGGER public_message_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- The public messages that the relay is to publish, in this order; one that is published again stands here anew.
CREATE TABLE outbox (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message     bigint NOT NULL,
    enqueued_at timestamptz NOT NULL
);

-- Counts the leaders there have been: a former leader's epoch is no longer the current one.
CREATE TABLE relay (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    epoch     bigint NOT NULL
);
INSERT INTO relay (epoch) VALUES (0);

CREATE TABLE inbox (
    source        text NOT NULL,
    subject       text NOT NULL,
    timeline      integer NOT NULL,
    next_sequence bigint NOT NULL,
    PRIMARY KEY (source, subject)
);

-- What was handled and is no more: the source's database was brought back to before it, and went on from there.
CREATE TABLE revoked (
    source     text NOT NULL,
    subject    text NOT NULL,
    timeline   integer NOT NULL,
    first      bigint NOT NULL,
    last       bigint NOT NULL,
    revoked_at timestamptz NOT NULL,
    PRIMARY KEY (source, subject, timeline)
);

-- How far each partition was handled, kept with its effects: a database that is brought back reads on from here.
CREATE TABLE consumed (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Outside systems send no sequence: their messages are told apart by id.
CREATE TABLE received (
    source text NOT NULL,
    id     text NOT NULL,
    PRIMARY KEY (source, id)
);

CREATE TABLE parked (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source    text NOT NULL,
    subject   text NOT NULL,
    id        text NOT NULL,
    sequence  bigint,
    type      text NOT NULL,
    topic     text NOT NULL,
    headers   json NOT NULL,
    value     bytea NOT NULL,
    reason    text NOT NULL,
    parked_at timestamptz NOT NULL,
    UNIQUE (source, id)
);
CREATE INDEX parked_subject ON parked (source, subject);

-- What operations decided about parked messages: who, when, why, the content before and after, and why it could not be
-- carried out, if so. Only ever added to.
CREATE TABLE parked_decision (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parked       bigint NOT NULL,
    source       text NOT NULL,
    subject      text NOT NULL,
    id           text NOT NULL,
    decision     text NOT NULL CHECK (decision IN ('retried', 'edited', 'skipped')),
    reason       text NOT NULL,
    actor        text NOT NULL,
    value_before bytea NOT NULL,
    decided_at   timestamptz NOT NULL,
    value_after  bytea,
    problem      text
);

CREATE TRIGGER parked_decision_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON parked_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- Commands that were answered, by idempotency key.
CREATE TABLE request (
    caller      text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    outcome     json NOT NULL,
    handled_at  timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE TABLE rehearsal_clock (
    singleton      boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    offset_seconds double precision NOT NULL
);
