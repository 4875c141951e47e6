-- One round trip to begin a command, one to write what it decided.

-- Waits for the stream, then reads what its command needs: the answer, where the key was answered before (to whatever
-- request), or else the subject's last public sequence and the events beyond the version that is known.
-- Commands on one stream wait for each other instead of being tried again; batches rely on the version alone.
CREATE FUNCTION begin_command(
    given_stream text, known_version integer, given_subject text, given_caller text, given_key text,
    OUT answered_as text, OUT outcome text, OUT last_sequence bigint, OUT versions integer[], OUT types text[],
    OUT contents text[]
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(given_stream, 4711004));
    -- Statements of their own after the lock: they see what was committed meanwhile.
    IF given_key IS NOT NULL THEN
        SELECT request.fingerprint, request.outcome::text INTO answered_as, outcome
        FROM request WHERE request.caller = given_caller AND request.key = given_key;
        IF FOUND THEN RETURN; END IF;
    END IF;
    SELECT publication.sequence INTO last_sequence FROM publication WHERE publication.subject = given_subject;
    SELECT array_agg(event.version), array_agg(event.type), array_agg(event.data::text)
    INTO versions, types, contents
    FROM (
        SELECT event.version, event.type, event.data FROM event
        WHERE event.stream = given_stream AND event.version > known_version ORDER BY event.version
    ) AS event;
END $$;

-- Writes events, public messages and the answer to a request. `read_position` is the last sequence of `subject` as the
-- transaction has read it, from which so many of its messages go on; the subject is null where sequences were taken.
CREATE FUNCTION write_decided(
    given_subject text, read_position bigint, taken bigint,
    streams text[], versions integer[], types text[], contents text[], metadata text[], times timestamptz[],
    seals bytea[],
    timeline integer,
    topics text[], contracts text[], subjects text[], sequences bigint[], message_times timestamptz[],
    causations text[], traces text[], message_values bytea[], message_seals bytea[],
    caller text, key text, fingerprint text, outcome json, handled_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF given_subject IS NOT NULL THEN
        INSERT INTO publication (subject, sequence) VALUES (given_subject, read_position + taken)
        ON CONFLICT (subject) DO UPDATE SET sequence = publication.sequence + taken
        WHERE publication.sequence = read_position;
        IF NOT FOUND THEN
            RAISE serialization_failure USING MESSAGE = 'another transaction has published about ' || given_subject;
        END IF;
    END IF;
    WITH appended AS (
        INSERT INTO event (stream, version, type, data, metadata, recorded_at, seal)
        SELECT t.stream, t.version, t.type, t.data::json, t.metadata::json, t.at, t.seal
        FROM unnest(streams, versions, types, contents, metadata, times, seals)
            AS t (stream, version, type, data, metadata, at, seal)
        RETURNING seq
    )
    INSERT INTO unchained SELECT seq FROM appended;
    WITH kept AS (
        INSERT INTO public_message (topic, type, subject, timeline, sequence, time, causation, trace, value, seal)
        SELECT t.topic, t.type, t.subject, write_decided.timeline, t.sequence, t.at, t.causation, t.trace, t.value, t.seal
        FROM unnest(
            topics, contracts, subjects, sequences, message_times, causations, traces, message_values, message_seals
        ) AS t (topic, type, subject, sequence, at, causation, trace, value, seal)
        RETURNING seq, time
    )
    INSERT INTO outbox (message, enqueued_at) SELECT seq, time FROM kept ORDER BY seq;
    IF key IS NOT NULL THEN
        INSERT INTO request VALUES (caller, key, fingerprint, outcome, handled_at);
    END IF;
END $$;
