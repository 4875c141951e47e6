-- What is read of an execution: results and issues as they are recorded, and the stream job's figures.

CREATE TABLE result (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    engagement  text NOT NULL,
    result_id   uuid NOT NULL UNIQUE,
    test        text NOT NULL,
    run         text NOT NULL,
    purpose     text NOT NULL,
    outcome     text NOT NULL,
    verifies    integer,
    script      text,
    recorded_by text NOT NULL,
    executed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX result_engagement ON result (engagement, seq);

CREATE TABLE issue (
    engagement  text NOT NULL,
    issue       integer NOT NULL,
    test        text NOT NULL,
    severity    integer NOT NULL,
    title       text NOT NULL,
    description text NOT NULL,
    provider    text,
    status      text NOT NULL,
    raised_by   text NOT NULL,
    raised_at   timestamptz NOT NULL,
    steps       text,
    workaround  text,
    resolve_by  date,
    agreed_by   text,
    agreed_at   timestamptz,
    fix         text,
    fixed_at    timestamptz,
    verified_by uuid,
    closed_at   timestamptz,
    PRIMARY KEY (engagement, issue)
);

-- Written by the stream job alone. It is a copy: emptied, it fills again from the public events.
CREATE TABLE dashboard (
    engagement text PRIMARY KEY,
    generation integer NOT NULL,
    sequence   bigint NOT NULL,
    figures    json NOT NULL
);

-- The dashboards as they were published, each time one was.
CREATE TABLE published_dashboard (
    engagement text NOT NULL,
    version    integer NOT NULL,
    day        date NOT NULL,
    content    json NOT NULL,
    PRIMARY KEY (engagement, version)
);
