-- name: databases
SELECT datname FROM pg_database

-- name: hold
-- Whoever stores an event waits for this, and this for them.
LOCK TABLE event IN SHARE MODE

-- name: state
SELECT
    (SELECT array_agg(name ORDER BY name) FROM migration) AS migrations,
    (SELECT coalesce(max(number), 1) FROM timeline) AS timeline,
    (SELECT count(*) FROM event) AS events,
    (SELECT count(*) FROM public_message) AS messages,
    (SELECT max(recorded_at) FROM event) AS last_event_at,
    (SELECT position FROM chain_head) AS position,
    (SELECT encode(hash, 'hex') FROM chain_head) AS hash
