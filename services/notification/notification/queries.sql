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
-- A mail to be sent.
INSERT INTO mail (key, engagement, role, address, subject, body, written_at, files, mandatory)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (key) DO NOTHING

-- name: mail
-- What was written about an engagement, to whom, and whether it was sent.
SELECT key, role, coalesce(sent_to, address) AS address, subject, body, written_at, attempts, problem, sent_at
FROM mail WHERE engagement = $1 ORDER BY seq

-- name: claim_mail
-- The oldest mail that may be tried now; nobody else tries it while it is claimed. By the database's clock.
UPDATE mail SET claim = gen_random_uuid(), next_try = clock_timestamp() + $1
WHERE seq = (
    SELECT seq FROM mail WHERE sent_at IS NULL AND next_try <= clock_timestamp()
    ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING seq, key, engagement, role, address, subject, body, written_at, attempts, claim, files::text,
    (SELECT first.key FROM mail AS first WHERE first.engagement = mail.engagement AND first.role = mail.role
     ORDER BY first.seq LIMIT 1) AS thread

-- name: renew_claim
-- Whoever still has a mail to itself keeps it for longer.
UPDATE mail SET next_try = clock_timestamp() + $3
WHERE seq = $1 AND claim = $2 AND sent_at IS NULL AND next_try > clock_timestamp()
RETURNING true

-- name: mail_sent
-- The mail server took it, whoever has it claimed by now.
UPDATE mail SET sent_at = $2, sent_to = $3, attempts = attempts + 1, problem = NULL WHERE seq = $1

-- name: mail_failed
-- It was not taken; whoever has it claimed lets it be tried again later.
UPDATE mail SET next_try = clock_timestamp() + $3, problem = $4, attempts = attempts + 1
WHERE seq = $1 AND claim = $2

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
-- How many mails the mail server has still to take.
SELECT count(*) FROM mail WHERE sent_at IS NULL
