-- The read side of every engagement, kept from what all services publish.

CREATE TABLE engagement (
    id             uuid PRIMARY KEY,
    procedure      text NOT NULL,
    rulebook       text NOT NULL,
    subject_kind   text NOT NULL,
    subject_id     text NOT NULL,
    subject_name   text NOT NULL,
    subject_fields jsonb NOT NULL,
    -- a list of {role, organisation, name}
    participants   jsonb NOT NULL,
    start_date     date NOT NULL,
    phase          text NOT NULL,
    notified_at    timestamptz NOT NULL,
    ended_at       timestamptz,
    -- whether the span of the whole engagement was reported
    traced         boolean NOT NULL DEFAULT false
);
CREATE INDEX engagement_by_participant ON engagement USING gin (participants jsonb_path_ops);
CREATE INDEX engagement_by_subject ON engagement USING gin (subject_fields jsonb_path_ops);
CREATE INDEX engagement_by_time ON engagement (notified_at);
CREATE INDEX engagement_to_trace ON engagement (ended_at) WHERE ended_at IS NOT NULL AND NOT traced;

-- Which roles may read an engagement, and for which organisation where one must hold the role.
CREATE TABLE reader (
    engagement   uuid NOT NULL REFERENCES engagement,
    role         text NOT NULL,
    organisation text,
    PRIMARY KEY (engagement, role)
);

-- Facts of different services come in any order: these rows may be there before their engagement.
CREATE TABLE step (
    engagement  uuid NOT NULL,
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
    reminded_at timestamptz,
    missed_due  date,
    missed_at   timestamptz,
    done_on     date,
    done_by     text,
    in_time     boolean,
    PRIMARY KEY (engagement, key)
);

-- What was said of an engagement, in digest. Single test results are in `result` alone.
CREATE TABLE fact (
    engagement uuid NOT NULL,
    source     text NOT NULL,
    sequence   bigint NOT NULL,
    type       text NOT NULL,
    at         timestamptz NOT NULL,
    data       json NOT NULL,
    PRIMARY KEY (engagement, source, sequence)
);
CREATE INDEX fact_by_type ON fact (engagement, type, sequence);

-- The latest result of each test.
CREATE TABLE result (
    engagement  uuid NOT NULL,
    test        text NOT NULL,
    outcome     text NOT NULL,
    executed_at timestamptz NOT NULL,
    PRIMARY KEY (engagement, test)
);

CREATE TABLE issue (
    engagement uuid NOT NULL,
    issue      integer NOT NULL,
    severity   integer NOT NULL,
    status     text NOT NULL,
    PRIMARY KEY (engagement, issue)
);

-- The last move of rehearsal time: repeated, it leads to the same offset.
CREATE TABLE clock_move (
    singleton      boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    wanted         timestamptz NOT NULL,
    offset_seconds double precision NOT NULL
);
