-- What operations decided about parked messages: who, when, why, and the bytes before an edit. Only ever added to.
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
    decided_at   timestamptz NOT NULL
);

CREATE TRIGGER parked_decision_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON parked_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
