-- The days that were declared otherwise than the release's calendar has them, and how many of them an engagement counts.
CREATE TABLE declared_day (
    number      integer PRIMARY KEY,
    day         date NOT NULL,
    working     boolean NOT NULL,
    why         text NOT NULL,
    role        text NOT NULL,
    declared_by text NOT NULL,
    declared_at timestamptz NOT NULL
);
ALTER TABLE engagement ADD COLUMN declarations integer NOT NULL DEFAULT 0;
CREATE INDEX engagement_declarations ON engagement (declarations);
