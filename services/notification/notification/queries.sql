-- name: put_party
-- A Party as it was last confirmed.
INSERT INTO party (signifier, name, acceded_on, reference) VALUES ($1, $2, $3, $4)
ON CONFLICT (signifier) DO UPDATE
SET name = excluded.name, acceded_on = excluded.acceded_on, reference = excluded.reference

-- name: party_names
-- The names of the Parties that are registered, of several signifiers.
SELECT signifier, name FROM party WHERE signifier = ANY($1)

-- name: add_engagement
-- A new engagement.
INSERT INTO engagement (id, procedure, subject, notified_at, declarations) VALUES ($1, $2, $3, $4, $5)

-- name: call_participant
-- What an organisation is called in an engagement.
INSERT INTO participant (engagement, organisation, name) VALUES ($1, $2, $3)
ON CONFLICT (engagement, organisation) DO UPDATE SET name = excluded.name

-- name: misnamed
-- Participants that are registered under another name than they are called.
SELECT participant.engagement, participant.organisation, party.name
FROM participant JOIN party ON party.signifier = participant.organisation
WHERE participant.name <> party.name

-- name: add_declared_day
-- A day that was declared otherwise.
INSERT INTO declared_day (number, day, working, why, role, declared_by, declared_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: declared_days
-- Every day that was declared otherwise, in the order in which they were.
SELECT number, day, working, why, role, declared_by, declared_at FROM declared_day ORDER BY number

-- name: behind_declarations
-- Engagements with a step that is still to be done, that count fewer declarations than there are.
SELECT id FROM engagement
WHERE declarations < $1
  AND EXISTS (SELECT FROM deadline WHERE engagement = engagement.id AND done_on IS NULL AND NOT withdrawn)
ORDER BY id

-- name: count_declarations
-- How many declarations an engagement counts.
UPDATE engagement SET declarations = $2 WHERE id = $1

-- name: check_again
-- When to look whether testing still goes on.
UPDATE engagement SET next_check = $2 WHERE id = $1 AND next_check IS DISTINCT FROM $2

-- name: add_dating
-- Dates given to a step, unless they are the ones it has.
INSERT INTO dating (engagement, key, version, opens, due, why, reason, dated_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE NOT EXISTS (
    SELECT FROM deadline
    WHERE engagement = $1 AND key = $2 AND NOT withdrawn
      AND opens IS NOT DISTINCT FROM $4 AND due IS NOT DISTINCT FROM $5
)

-- name: put_deadline
-- A step as it stands now.
INSERT INTO deadline (engagement, key, ref, action, sender, recipient, method, clause, opens, due, conditional, why,
                      at, about, missed, done_on, done_by, in_time, next_check, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
ON CONFLICT (engagement, key) DO UPDATE
SET ref = excluded.ref, action = excluded.action, sender = excluded.sender, recipient = excluded.recipient,
    method = excluded.method, clause = excluded.clause, opens = excluded.opens, due = excluded.due,
    conditional = excluded.conditional, why = excluded.why, at = excluded.at, about = excluded.about,
    withdrawn = false, missed = excluded.missed,
    done_on = excluded.done_on, done_by = excluded.done_by, in_time = excluded.in_time,
    next_check = excluded.next_check, changed_at = excluded.changed_at

-- name: withdraw_deadlines
-- Steps that fell away.
UPDATE deadline SET withdrawn = true, next_check = NULL, changed_at = $3 WHERE engagement = $1 AND key = ANY($2)

-- name: end_engagement
-- Every step that is still to be done falls away.
UPDATE deadline SET withdrawn = true, next_check = NULL, changed_at = $2
WHERE engagement = $1 AND done_on IS NULL AND NOT withdrawn

-- name: deadlines
-- The steps of an engagement, but those that fell away before they had a date.
SELECT key, ref, action, sender, recipient, method, clause, opens, due, conditional, why, at, about, withdrawn, missed,
       done_on, done_by, in_time, changed_at
FROM deadline WHERE engagement = $1 AND NOT (withdrawn AND due IS NULL)

-- name: datings
-- Every pair of dates that the steps of an engagement were given, oldest first.
SELECT key, version, opens, due, why, reason, dated_at FROM dating WHERE engagement = $1 ORDER BY version

-- name: due_for_check
-- Engagements of which something is to be said by an instant, the one that waited longest first.
SELECT engagement FROM (
    SELECT engagement, next_check FROM deadline WHERE next_check <= $1
    UNION ALL SELECT id, next_check FROM engagement WHERE next_check <= $1
) AS looks GROUP BY engagement ORDER BY min(next_check)

-- name: under_way
-- Engagements with a step that is still to be done, but those of which a caller's command was answered: its key is a
-- text that is the same for all, and the engagement's id.
SELECT DISTINCT engagement FROM deadline
WHERE done_on IS NULL AND NOT withdrawn
  AND NOT EXISTS (SELECT FROM request WHERE caller = $1 AND key = $2 || engagement)
ORDER BY engagement

-- name: write_mail
-- A mail to be sent. It waits for the digest of the day where it may and its addressee wants one.
INSERT INTO mail (key, engagement, role, address, subject, body, written_at, files, mandatory, message_id, reminds,
                  reminds_due, waits)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NOT $9 AND EXISTS (
    SELECT FROM mail_preference WHERE addressee = coalesce($4, 'role:' || $3) AND delivery = 'daily'
))
ON CONFLICT (key) DO NOTHING

-- name: mail
-- What was written about an engagement, to whom, and what became of it.
SELECT seq, key, role, coalesce(sent_to, address) AS address, subject, body, files::text, mandatory, written_at, attempts,
       problem, sent_at, CASE
           WHEN EXISTS (SELECT FROM mail_delivery WHERE mail = seq AND outcome = 'bounced') THEN 'bounced'
           WHEN ended_at IS NOT NULL THEN (
               SELECT outcome FROM mail_delivery WHERE mail = seq AND outcome IN ('refused', 'needless')
               ORDER BY id DESC LIMIT 1)
           WHEN sent_at IS NOT NULL THEN 'sent'
           WHEN waits THEN 'waiting for the digest'
           WHEN attempts > 0 THEN 'deferred'
           ELSE 'queued'
       END AS status
FROM mail WHERE engagement = $1 ORDER BY seq

-- name: mail_log
-- Everything that became of the mails of an engagement, oldest first.
SELECT mail, at, outcome, mail_delivery.address, code, said
FROM mail_delivery JOIN mail ON mail.seq = mail_delivery.mail WHERE engagement = $1 ORDER BY mail_delivery.id

-- name: undelivered
-- Mails that were refused or bounced, the newest first, below a number.
SELECT mail_delivery.id, key, engagement, role, mail_delivery.address, subject, at, outcome, code, said
FROM mail_delivery JOIN mail ON mail.seq = mail_delivery.mail
WHERE outcome IN ('refused', 'bounced') AND mail_delivery.id < $1 ORDER BY mail_delivery.id DESC LIMIT $2

-- name: claim_mail
-- The oldest mail that may be tried now; nobody else tries it while it is claimed. By the database's clock.
UPDATE mail SET claim = gen_random_uuid(), next_try = clock_timestamp() + $1
WHERE seq = (
    SELECT seq FROM mail
    WHERE sent_at IS NULL AND ended_at IS NULL AND NOT waits AND coalesce(digest, seq) = seq
      AND next_try <= clock_timestamp()
    ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING seq, key, engagement, role, address, subject, body, written_at, attempts, claim, files::text, digest,
    (SELECT first.key FROM mail AS first WHERE first.engagement = mail.engagement AND first.role = mail.role
     ORDER BY first.seq LIMIT 1) AS thread,
    EXISTS (
        SELECT FROM deadline WHERE deadline.engagement = mail.engagement AND deadline.key = mail.reminds
        AND (done_on IS NOT NULL OR withdrawn OR due IS DISTINCT FROM mail.reminds_due)
    ) AS needless

-- name: renew_claim
-- Whoever still has a mail to itself keeps it for longer; not where nobody need be reminded any more.
UPDATE mail SET next_try = clock_timestamp() + $3
WHERE seq = $1 AND claim = $2 AND sent_at IS NULL AND next_try > clock_timestamp() AND (digest IS NOT NULL OR NOT EXISTS (
    SELECT FROM deadline WHERE deadline.engagement = mail.engagement AND deadline.key = mail.reminds
    AND (done_on IS NOT NULL OR withdrawn OR due IS DISTINCT FROM mail.reminds_due)
))
RETURNING true

-- name: mail_sent
-- The mail server took it, whoever has it claimed by now; with it all that it carries.
WITH sent AS (
    UPDATE mail SET sent_at = $2, sent_to = $3, attempts = attempts + 1, problem = NULL
    WHERE (seq = $1 OR digest = $1) AND sent_at IS NULL AND ended_at IS NULL RETURNING seq
)
INSERT INTO mail_delivery (mail, at, outcome, address, code, said) SELECT seq, $2, 'sent', $3, 250, $4 FROM sent

-- name: mail_deferred
-- It was not taken; whoever has it claimed lets it be tried again later.
WITH deferred AS (
    UPDATE mail SET next_try = clock_timestamp() + $3, problem = $4, attempts = attempts + 1
    WHERE seq = $1 AND claim = $2 RETURNING seq
)
INSERT INTO mail_delivery (mail, at, outcome, address, code, said)
SELECT seq, $5, 'deferred', $6, $7::integer, $4 FROM deferred

-- name: mail_ended
-- It was refused for good, or is not needed any more, as whoever has it claimed found; with it all that it carries.
WITH ended AS (
    UPDATE mail SET ended_at = $3, problem = $5, attempts = attempts + 1
    WHERE (seq = $1 OR digest = $1) AND sent_at IS NULL AND ended_at IS NULL
      AND EXISTS (SELECT FROM mail AS claimed WHERE claimed.seq = $1 AND claimed.claim = $2)
    RETURNING seq
)
INSERT INTO mail_delivery (mail, at, outcome, address, code, said)
SELECT seq, $3, $4, $6, $7::integer, $5 FROM ended

-- name: mail_known
-- Whether a mail has this Message-ID.
SELECT EXISTS (SELECT FROM mail WHERE message_id = $1)

-- name: mail_reported
-- What a report said of the mail of a Message-ID, and of all that it carried; nothing where it was said before.
INSERT INTO mail_delivery (mail, at, outcome, address, said)
SELECT seq, $2, $3, $4, $5 FROM mail
WHERE message_id = $1 OR digest = (SELECT seq FROM mail WHERE message_id = $1)
ON CONFLICT DO NOTHING

-- name: prefer
-- How an addressee wants to be told.
INSERT INTO mail_preference (addressee, delivery, chosen_by, chosen_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (addressee) DO UPDATE
SET delivery = excluded.delivery, chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at

-- name: wait_no_longer
-- What was kept for a digest that is not wanted any more.
UPDATE mail SET waits = false WHERE coalesce(address, 'role:' || role) = $1 AND waits

-- name: preference
-- What an addressee chose.
SELECT delivery FROM mail_preference WHERE addressee = $1

-- name: engagements_told
-- The engagements about which a role was told last at an address, or at its mailbox.
SELECT DISTINCT engagement FROM (
    SELECT engagement FROM mail WHERE role = $1 AND address IS NOT DISTINCT FROM $2 ORDER BY seq DESC LIMIT $3
) AS latest

-- name: begin_digest
-- An addressee for whom something waits and whose digest of a day is still to be made, also where another choice was made
-- while it was written. Whoever asks first makes it.
UPDATE mail_preference SET digest_on = $1
WHERE addressee = (
    SELECT addressee FROM mail_preference
    WHERE (digest_on IS NULL OR digest_on < $1) AND EXISTS (
        SELECT FROM mail WHERE coalesce(address, 'role:' || role) = addressee AND waits
    )
    ORDER BY addressee LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING addressee

-- name: fill_digest
-- All that waits for an addressee goes with the first of it.
UPDATE mail SET waits = false, digest = (
    SELECT min(seq) FROM mail WHERE coalesce(address, 'role:' || role) = $1 AND waits
)
WHERE coalesce(address, 'role:' || role) = $1 AND waits

-- name: digest_parts
-- What a digest carries, but reminders of what was done or moved meanwhile.
SELECT subject, body FROM mail WHERE digest = $1 AND NOT EXISTS (
    SELECT FROM deadline WHERE deadline.engagement = mail.engagement AND deadline.key = mail.reminds
    AND (done_on IS NOT NULL OR withdrawn OR due IS DISTINCT FROM mail.reminds_due)
) ORDER BY seq

-- name: deadlines_due
-- How many steps have a date that is still to be kept.
SELECT count(*) FROM deadline WHERE due IS NOT NULL AND done_on IS NULL AND NOT withdrawn AND NOT missed

-- name: deadlines_late
-- How many steps were to be done on a day that is over, and are still to be done.
SELECT count(*) FROM deadline WHERE missed AND done_on IS NULL AND NOT withdrawn

-- name: deadlines_unchecked
-- How many steps the timer should have looked at more than a minute before.
SELECT count(*) FROM deadline WHERE next_check < $1::timestamptz - interval '1 minute'

-- name: mails_pending
-- How many mails the mail server has still to take; what is kept for a digest is not yet to be sent.
SELECT count(*) FROM mail WHERE sent_at IS NULL AND ended_at IS NULL AND NOT waits

-- name: mails_undelivered
-- How many mails were refused for good or came back.
SELECT count(*) FROM mail_delivery WHERE outcome IN ('refused', 'bounced')
