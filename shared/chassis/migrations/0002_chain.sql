-- The chain: the relay's leader links the seals of committed events, so that one that was removed or moved shows.

-- Events that are committed and not linked yet.
CREATE TABLE unchained (
    event bigint PRIMARY KEY
);

CREATE TABLE link (
    position bigint PRIMARY KEY,
    event    bigint NOT NULL UNIQUE,
    hash     bytea NOT NULL
);

CREATE TRIGGER link_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- The last link, and how many heads were published.
CREATE TABLE chain_head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position  bigint NOT NULL,
    hash      bytea NOT NULL,
    published bigint NOT NULL DEFAULT 0
);
INSERT INTO chain_head (position, hash) VALUES (0, decode(repeat('00', 32), 'hex'));
