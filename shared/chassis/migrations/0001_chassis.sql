-- What every service stands on: events, what is to be published, what was received, what could not be handled.

CREATE TABLE event (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream      text NOT NULL,
    version     integer NOT NULL,
    type        text NOT NULL,
    data        json NOT NULL,
    metadata    json NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (stream, version)
);

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are appended, never changed or removed';
END $$;

CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- The last sequence given out per subject; its row lock makes the sequence gapless in commit order.
CREATE TABLE publication (
    subject  text PRIMARY KEY,
    sequence bigint NOT NULL
);

CREATE TABLE outbox (
    seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic     text NOT NULL,
    type      text NOT NULL,
    subject   text NOT NULL,
    sequence  bigint NOT NULL,
    time      timestamptz NOT NULL,
    causation text NOT NULL,
    trace     text NOT NULL,
    value     bytea NOT NULL
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
    next_sequence bigint NOT NULL,
    PRIMARY KEY (source, subject)
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

-- Commands that were answered, by idempotency key.
CREATE TABLE request (
    caller      text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    outcome     json,
    handled_at  timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE TABLE rehearsal_clock (
    singleton      boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    offset_seconds double precision NOT NULL
);
