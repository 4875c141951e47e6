-- Engagements that a determination completed, and whose certificates are still to be made out.

CREATE TABLE owed_certificate (
    engagement uuid PRIMARY KEY,
    since      timestamptz NOT NULL
);
