-- Whose calendar program may read their deadlines, by a secret of which the hash alone is known.
CREATE TABLE calendar_feed (
    id          uuid PRIMARY KEY,
    secret_hash bytea NOT NULL UNIQUE,
    person      text NOT NULL,
    role        text NOT NULL,
    party       text,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz
);
CREATE INDEX calendar_feed_person ON calendar_feed (person) WHERE revoked_at IS NULL;
-- What an organisation takes part in, and what fell away lately, are found without going through all there ever was.
CREATE INDEX participant_organisation ON participant (organisation);
CREATE INDEX deadline_withdrawn ON deadline (changed_at) WHERE withdrawn AND due IS NOT NULL;
