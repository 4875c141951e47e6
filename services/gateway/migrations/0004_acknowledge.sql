-- Keeps a service's answer to a caller, in one round trip: how far it has published about an engagement. An earlier
-- answer that comes later changes nothing.
-- The commit is not awaited on the disk: a gateway that starts anew finds it, only a server that crashes at this moment
-- loses it, and by the time that it is back the facts themselves have come.
CREATE FUNCTION acknowledge(given_caller text, given_engagement uuid, services text[], positions bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- Looked at first: whoever writes the row keeps the caller's other commands waiting.
    IF NOT EXISTS (SELECT FROM latest_command WHERE caller = given_caller AND engagement = given_engagement) THEN
        INSERT INTO latest_command (caller, engagement) VALUES (given_caller, given_engagement)
        ON CONFLICT (caller) DO UPDATE SET engagement = excluded.engagement;
    END IF;
    INSERT INTO acknowledged (engagement, service, position)
    SELECT given_engagement, t.service, t.position FROM unnest(services, positions) AS t (service, position)
    ON CONFLICT (engagement, service) DO UPDATE SET position = greatest(acknowledged.position, excluded.position);
END $$;
