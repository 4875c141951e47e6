-- Which seals need the service's key, which is not in the database: without it nobody seals an event as the service does.
ALTER TABLE seal ADD COLUMN keyed boolean NOT NULL DEFAULT false;

DROP FUNCTION seal_events(bigint[], bytea[]);

-- Seals events, given the hashes of their contents; one insert and one update of the head for all of them.
CREATE FUNCTION seal_events(events bigint[], contents bytea[], with_key boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
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
    INSERT INTO seal (position, event, hash, keyed)
    SELECT first + number, event, hash, with_key FROM unnest(events, hashes) WITH ORDINALITY AS t (event, hash, number);
    UPDATE chain_head SET position = first + cardinality(contents), hash = last;
END $$;
