-- What operations had published again: of which subjects, from which of their messages on, who, when and why.
CREATE TABLE republication (
    seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_subject  text NOT NULL,
    last_subject   text NOT NULL,
    from_sequence  bigint NOT NULL,
    subjects       bigint NOT NULL,
    messages       bigint NOT NULL,
    reason         text NOT NULL,
    actor          text NOT NULL,
    republished_at timestamptz NOT NULL
);

CREATE TRIGGER republication_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON republication
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- What was missing before a message that was released over the gap.
ALTER TABLE parked_decision ADD COLUMN passed_over text;
