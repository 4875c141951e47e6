-- In which timeline the database was when it was brought back with those of all services: it serves when it is in a later
-- one. Where Kafka was lost as well, nothing else tells.
CREATE TABLE restored (
    timeline    integer PRIMARY KEY,
    taken_at    timestamptz NOT NULL,
    restored_at timestamptz NOT NULL
);

-- Called by whoever restores the database, before any service starts. Every message is published again, in its order and
-- before anything new: consumers may lack some, and topics all. So nothing is looked for at its former place. Where Kafka
-- was lost, the topics of outside systems are new as well, and are read from their beginning.
CREATE FUNCTION mark_restored(taken_at timestamptz, kafka_lost boolean) RETURNS void LANGUAGE sql AS $$
    INSERT INTO restored (timeline, taken_at, restored_at)
    SELECT coalesce(max(number), 1), mark_restored.taken_at, now() FROM timeline
    ON CONFLICT (timeline) DO UPDATE SET taken_at = excluded.taken_at, restored_at = excluded.restored_at;

    DELETE FROM outbox;
    INSERT INTO outbox (message, enqueued_at) SELECT seq, now() FROM public_message ORDER BY seq;

    DELETE FROM unhandled_type;
    DELETE FROM consumed WHERE kafka_lost;
$$;
