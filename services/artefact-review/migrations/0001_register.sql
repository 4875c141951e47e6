-- What people read: submissions with their files, findings and review; readiness reports; Parties that acceded.

CREATE TABLE submission (
    engagement   text NOT NULL,
    number       integer NOT NULL,
    files        jsonb NOT NULL,
    findings     jsonb NOT NULL,
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL,
    review       jsonb,
    PRIMARY KEY (engagement, number)
);

CREATE TABLE readiness_report (
    engagement  text NOT NULL,
    week        text NOT NULL,
    report      jsonb NOT NULL,
    reported_by text NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (engagement, week)
);

CREATE TABLE party (
    signifier  text PRIMARY KEY,
    name       text NOT NULL,
    acceded_on date NOT NULL,
    reference  text NOT NULL
);
