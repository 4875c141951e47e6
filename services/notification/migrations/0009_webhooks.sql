-- Who wants to be called when something happens, what is to be sent, and how each attempt ended.
CREATE TABLE webhook (
    id             uuid PRIMARY KEY,
    role           text NOT NULL,
    party          text,
    url            text NOT NULL,
    -- the events that are wanted; empty: all
    events         text[] NOT NULL,
    -- the secret is made of the service's key, the id and this number; the one before counts until its end
    secret_number  integer NOT NULL DEFAULT 1,
    previous_until timestamptz,
    rotated_by     text,
    created_by     text NOT NULL,
    created_at     timestamptz NOT NULL,
    failing_since  timestamptz,
    disabled_at    timestamptz,
    disabled_why   text,
    deleted_at     timestamptz
);
CREATE INDEX webhook_owner ON webhook (role, party) WHERE deleted_at IS NULL;

-- What happened, by the event that says it. `payload` is what is sent, once somebody wants to be called about it.
CREATE TABLE webhook_event (
    engagement uuid NOT NULL,
    version    integer NOT NULL,
    type       text NOT NULL,
    at         timestamptz NOT NULL,
    seq        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    payload    text,
    addressed  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (engagement, version)
);
CREATE INDEX webhook_event_new ON webhook_event (seq) WHERE NOT addressed;
CREATE INDEX webhook_event_at ON webhook_event (at);

-- What happened before: nobody wanted to be called about it, so that nobody is now.
INSERT INTO webhook_event (engagement, version, type, at, addressed)
SELECT replace(stream, 'engagement-', '')::uuid, version, CASE type
           WHEN 'fact-recorded' THEN data::jsonb #>> '{occurrence,fact}'
           ELSE 'notification.' || type
       END, recorded_at, true
FROM event WHERE stream LIKE 'engagement-%' AND type <> 'execution-continued' ORDER BY seq;

CREATE TABLE webhook_delivery (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook      uuid NOT NULL REFERENCES webhook,
    event        bigint NOT NULL REFERENCES webhook_event (seq),
    attempts     integer NOT NULL DEFAULT 0,
    -- by the database's clock, which replicas share
    next_try     timestamptz NOT NULL DEFAULT '-infinity',
    claim        uuid,
    delivered_at timestamptz,
    ended_at     timestamptz,
    UNIQUE (webhook, event)
);
CREATE INDEX webhook_delivery_open ON webhook_delivery (next_try) WHERE delivered_at IS NULL AND ended_at IS NULL;

CREATE TABLE webhook_attempt (
    delivery bigint NOT NULL REFERENCES webhook_delivery,
    number   integer NOT NULL,
    at       timestamptz NOT NULL,
    status   integer,
    said     text NOT NULL,
    PRIMARY KEY (delivery, number)
);
