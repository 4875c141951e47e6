-- name: keep_webhook_event
-- What happened.
INSERT INTO webhook_event (engagement, version, type, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: new_webhook_events
-- What happened and nobody was found for yet; nobody else looks at it meanwhile.
SELECT seq, engagement, version, type, at FROM webhook_event
WHERE NOT addressed ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED

-- name: stored_event
-- An event as it is stored.
SELECT type, data FROM event WHERE stream = $1 AND version = $2

-- name: tell_webhook_event
-- What is sent of an event.
UPDATE webhook_event SET payload = $2 WHERE seq = $1

-- name: live_webhooks
-- Every webhook that can be called.
SELECT id, role, party, events FROM webhook WHERE deleted_at IS NULL AND disabled_at IS NULL

-- name: call_webhook
-- A webhook is to be called about an event, once.
INSERT INTO webhook_delivery (webhook, event) VALUES ($1, $2) ON CONFLICT (webhook, event) DO NOTHING

-- name: webhook_events_addressed
-- For these events it is known who is to be called.
UPDATE webhook_event SET addressed = true WHERE seq = ANY ($1)

-- name: claim_webhook_delivery
-- The delivery that has waited longest; nobody else tries it while it is claimed. By the database's clock.
UPDATE webhook_delivery SET claim = gen_random_uuid(), next_try = clock_timestamp() + $1
FROM webhook, webhook_event
WHERE webhook.id = webhook_delivery.webhook AND webhook_event.seq = webhook_delivery.event
  AND webhook_delivery.id = (
    SELECT waiting.id FROM webhook_delivery AS waiting JOIN webhook AS called ON called.id = waiting.webhook
    WHERE delivered_at IS NULL AND ended_at IS NULL AND next_try <= clock_timestamp()
      AND called.disabled_at IS NULL AND called.deleted_at IS NULL
    ORDER BY next_try, waiting.id LIMIT 1 FOR UPDATE OF waiting SKIP LOCKED
)
RETURNING webhook_delivery.id, claim, attempts, webhook, url, secret_number, payload,
    webhook_event.engagement || '_' || webhook_event.version AS key,
    coalesce(previous_until > clock_timestamp(), false) AS previous_counts,
    extract(epoch FROM clock_timestamp())::bigint AS seconds

-- name: webhook_delivered
-- The receiver took it.
WITH done AS (
    UPDATE webhook_delivery SET delivered_at = $3, attempts = attempts + 1 WHERE id = $1 AND claim = $2
    RETURNING id, webhook, attempts
), well AS (
    UPDATE webhook SET failing_since = NULL WHERE id = (SELECT webhook FROM done)
)
INSERT INTO webhook_attempt (delivery, number, at, status, said)
SELECT id, attempts, $3, $4::integer, $5 FROM done ON CONFLICT DO NOTHING

-- name: webhook_failed
-- The receiver did not take it: tried again after a pause, or given up.
WITH done AS (
    UPDATE webhook_delivery SET attempts = attempts + 1, next_try = clock_timestamp() + coalesce($6::interval, interval '0'),
        ended_at = CASE WHEN $6::interval IS NULL THEN $3::timestamptz END
    WHERE id = $1 AND claim = $2 RETURNING id, webhook, attempts
), failing AS (
    UPDATE webhook SET failing_since = coalesce(failing_since, clock_timestamp())
    WHERE id = (SELECT webhook FROM done)
)
INSERT INTO webhook_attempt (delivery, number, at, status, said)
SELECT id, attempts, $3, $4::integer, $5 FROM done ON CONFLICT DO NOTHING

-- name: disable_webhook
-- A receiver that has taken nothing for so long is called no more.
UPDATE webhook SET disabled_at = $2, disabled_why = $3
WHERE id = $1 AND disabled_at IS NULL AND failing_since + $4 <= clock_timestamp()
RETURNING true

-- name: lock_owner
-- Whoever else adds a webhook of the same owner waits until this transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || coalesce($2, ''), 0))

-- name: add_webhook
-- A new webhook; the same request again changes nothing.
INSERT INTO webhook (id, role, party, url, events, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING

-- name: count_webhooks
-- How many webhooks an owner has.
SELECT count(*) FROM webhook WHERE role = $1 AND party IS NOT DISTINCT FROM $2 AND deleted_at IS NULL

-- name: webhooks
-- The webhooks of an owner, the oldest first.
SELECT id, url, events, created_by, created_at, failing_since, disabled_at, disabled_why, previous_until, secret_number
FROM webhook WHERE role = $1 AND party IS NOT DISTINCT FROM $2 AND deleted_at IS NULL ORDER BY created_at, id

-- name: webhook
-- One webhook of an owner.
SELECT id, url, events, created_by, created_at, failing_since, disabled_at, disabled_why, previous_until, secret_number
FROM webhook WHERE id = $1 AND role = $2 AND party IS NOT DISTINCT FROM $3 AND deleted_at IS NULL

-- name: delete_webhook
-- It is called no more.
UPDATE webhook SET deleted_at = $2 WHERE id = $1

-- name: rotate_secret
-- Another secret; the one before counts for a while longer. The same request again changes nothing.
UPDATE webhook SET secret_number = secret_number + 1, previous_until = clock_timestamp() + $3, rotated_by = $2
WHERE id = $1 AND rotated_by IS DISTINCT FROM $2

-- name: enable_webhook
-- It is called again, and about what waited for it.
UPDATE webhook SET disabled_at = NULL, disabled_why = NULL, failing_since = NULL WHERE id = $1

-- name: webhook_deliveries
-- What a webhook was or is to be called about, the newest first, below a number.
SELECT webhook_delivery.id, engagement || '_' || version AS message, type, engagement, at, attempts, delivered_at,
    CASE WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN ended_at IS NOT NULL THEN 'failed'
         WHEN attempts > 0 THEN 'retrying' ELSE 'queued' END AS status
FROM webhook_delivery JOIN webhook_event ON webhook_event.seq = webhook_delivery.event
WHERE webhook = $1 AND webhook_delivery.id < $2 ORDER BY webhook_delivery.id DESC LIMIT $3

-- name: webhook_attempts
-- How each attempt of some deliveries ended, in order.
SELECT delivery, number, at, status, said FROM webhook_attempt WHERE delivery = ANY ($1) ORDER BY delivery, number

-- name: replay_webhook
-- A webhook is called again: about one delivery, or each about what happened from an instant on.
UPDATE webhook_delivery SET delivered_at = NULL, ended_at = NULL, next_try = '-infinity', claim = NULL
WHERE webhook = $1 AND (id = $2::bigint OR event IN (SELECT seq FROM webhook_event WHERE at >= $3::timestamptz))

-- name: webhooks_disabled
-- How many webhooks are called no more because nothing was taken.
SELECT count(*) FROM webhook WHERE disabled_at IS NOT NULL AND deleted_at IS NULL
