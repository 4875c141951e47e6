-- The chain: every stored event is sealed in the order of commits, by a hash over the seal before it and its content.

CREATE TABLE seal (
    position bigint PRIMARY KEY,
    event    bigint NOT NULL,
    hash     bytea NOT NULL
);

CREATE TRIGGER seal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- The last seal. Its row lock puts the commits of a service in one order, so it is taken last in a transaction.
CREATE TABLE chain_head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position  bigint NOT NULL,
    hash      bytea NOT NULL
);
INSERT INTO chain_head (position, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- Seals events, given the hashes of their contents; one insert and one update of the head for all of them.
CREATE FUNCTION seal_events(events bigint[], contents bytea[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first  bigint;
    last   bytea;
    hashes bytea[] := contents;
BEGIN
    SELECT position, hash INTO first, last FROM chain_head FOR UPDATE;
    FOR number IN 1 .. cardinality(contents) LOOP
        last := sha256(last || contents[number]);
        hashes[number] := last;
    END LOOP;
    INSERT INTO seal (position, event, hash)
    SELECT first + number, event, hash FROM unnest(events, hashes) WITH ORDINALITY AS t (event, hash, number);
    UPDATE chain_head SET position = first + cardinality(contents), hash = last;
END $$;

-- What was stored before there was a chain is sealed as it is found. The framing is that of chassis.chain.content.
DO $$
DECLARE
    parts  text[];
    part   text;
    framed bytea;
    each   record;
BEGIN
    FOR each IN SELECT * FROM event ORDER BY seq LOOP
        parts := ARRAY[
            each.stream, each.version::text, each.type, each.data::text, each.metadata::text,
            (extract(epoch FROM each.recorded_at) * 1000000)::bigint::text
        ];
        framed := '';
        FOREACH part IN ARRAY parts LOOP
            framed := framed || int4send(octet_length(part)) || convert_to(part, 'UTF8');
        END LOOP;
        PERFORM seal_events(ARRAY[each.seq], ARRAY[sha256(framed)]);
    END LOOP;
END $$;
