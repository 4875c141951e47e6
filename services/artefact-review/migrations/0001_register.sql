-- What people read: submissions with their files, findings and review; readiness reports; Parties that acceded, and their certificates.

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

CREATE TABLE certificate (
    number       text NOT NULL,
    organisation text NOT NULL,
    form         text NOT NULL,
    subject      jsonb NOT NULL,
    srvs         text[] NOT NULL,
    supersedes   text,
    issued_at    timestamptz NOT NULL,
    PRIMARY KEY (organisation, number)
);

CREATE INDEX certificate_of_organisation ON certificate (organisation, issued_at);
