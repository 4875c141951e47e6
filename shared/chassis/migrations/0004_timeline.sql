-- Each time that the database was brought back to an earlier state: from which link on, why, by whom. There is always a
-- first. `seal` is a keyed hash of the rest but the time.
CREATE TABLE timeline (
    number   integer PRIMARY KEY,
    position bigint NOT NULL,
    hash     bytea NOT NULL,
    reason   text NOT NULL,
    actor    text NOT NULL,
    began_at timestamptz NOT NULL,
    seal     bytea NOT NULL
);

CREATE TRIGGER timeline_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timeline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
