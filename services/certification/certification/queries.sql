-- name: lock_numbers
-- Whoever is giving out a number is alone until it commits, so that numbers are gapless.
SELECT pg_advisory_xact_lock(4711101)

-- name: next_serial
-- The next number of a prefix in a year.
SELECT coalesce(max(serial), 0) + 1 FROM certificate WHERE prefix = $1 AND year = $2

-- name: latest_of_subject
-- What the newest certificate of a form says that was made out for a subject.
SELECT number, content FROM certificate WHERE subject = $1 AND form = $2 ORDER BY year DESC, serial DESC LIMIT 1

-- name: held_for_subject
-- The number of the newest issued certificate of each form for a subject.
SELECT DISTINCT ON (form) form, number FROM certificate
WHERE subject = $1 AND issued_at IS NOT NULL ORDER BY form, year DESC, serial DESC

-- name: add_submission
-- A completion report, or evidence, as it came in.
INSERT INTO submission (engagement, number, content, submitted_by, submitted_at) VALUES ($1, $2, $3, $4, $5)

-- name: confirm_submission
-- When the receipt of a report, or of evidence, was confirmed.
UPDATE submission SET confirmed_at = $3 WHERE engagement = $1 AND number = $2

-- name: submissions_of
-- Everything that was submitted in an engagement, the newest first.
SELECT number, content, submitted_by, submitted_at, confirmed_at
FROM submission WHERE engagement = $1 ORDER BY number DESC

-- name: add_certificate
-- A certificate that has its number and is not signed yet.
INSERT INTO certificate (number, prefix, year, serial, engagement, form, subject, supersedes, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: issue_certificate
-- What was signed and stored, and when.
UPDATE certificate SET pdf_sha256 = $2, json_sha256 = $3, issued_at = $4 WHERE number = $1

-- name: owe_certificate
-- A body determined that the testing is complete: what certifies it is made out by itself.
INSERT INTO owed_certificate (engagement, since) VALUES ($1, $2) ON CONFLICT (engagement) DO NOTHING

-- name: certificate_made_out
-- Nothing is owed once it is made out, or the engagement withdrawn.
DELETE FROM owed_certificate WHERE engagement = $1

-- name: owed
-- Engagements whose certificates are to be made out, the oldest first.
SELECT engagement FROM owed_certificate ORDER BY since, engagement

-- name: unsigned
-- Certificates that have a number and no signature yet, in order, but for some numbers.
SELECT engagement, content FROM certificate
WHERE issued_at IS NULL AND number <> ALL ($1::text[]) ORDER BY year, serial, prefix LIMIT 20

-- name: certificates_of
-- The certificates of an engagement.
SELECT number, engagement, content, pdf_sha256, json_sha256, issued_at FROM certificate
WHERE engagement = $1 ORDER BY prefix, year, serial

-- name: certificate
-- The certificate of a number.
SELECT number, engagement, content, pdf_sha256, json_sha256, issued_at FROM certificate WHERE number = $1

-- name: certificate_by_hash
-- The issued certificate whose PDF or twin has these bytes.
SELECT number, engagement, content, pdf_sha256, json_sha256, issued_at FROM certificate
WHERE pdf_sha256 = $1 OR json_sha256 = $1

-- name: superseded_by
-- The newest issued certificate that takes the place of this one, itself or through others (CTSD 5.21.2).
WITH RECURSIVE later AS (
    SELECT number, issued_at, year, serial FROM certificate WHERE supersedes = $1
    UNION ALL
    SELECT next.number, next.issued_at, next.year, next.serial
    FROM certificate AS next JOIN later ON next.supersedes = later.number
)
SELECT number FROM later WHERE issued_at IS NOT NULL ORDER BY year DESC, serial DESC LIMIT 1

-- name: register_srv
-- The newest certificate counts, by year and serial: as texts, TCC-2027-10000 would come before TCC-2027-9999.
INSERT INTO eligibility (party, role, srv, since, certificate) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (party, role, srv) DO UPDATE SET certificate = excluded.certificate
WHERE (SELECT (year, serial) FROM certificate WHERE number = eligibility.certificate)
    < (SELECT (year, serial) FROM certificate WHERE number = excluded.certificate)

-- name: eligible
-- A page of the eligibility register of a Party, or of all, in one role, or in all.
SELECT party, role, srv, since, certificate FROM eligibility
WHERE ($1::text IS NULL OR party = $1) AND ($2::text IS NULL OR role = $2)
ORDER BY party, role, srv LIMIT $3 OFFSET $4

-- name: add_entry
-- An entry of a list; the newest certificate counts, by year and serial.
INSERT INTO listed (list, key, name, status, since, certificate) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (list, key) DO UPDATE
SET name = excluded.name, status = excluded.status, certificate = excluded.certificate
WHERE (SELECT (year, serial) FROM certificate WHERE number = listed.certificate)
    < (SELECT (year, serial) FROM certificate WHERE number = excluded.certificate)

-- name: entries_of_list
-- The entries of a list.
SELECT list, key, name, status, since, certificate FROM listed WHERE list = $1 ORDER BY key

-- name: certificates_issued
-- How many certificates were issued.
SELECT count(*) FROM certificate WHERE issued_at IS NOT NULL

-- name: certificates_waiting
-- Certificates that were decided and numbered and are still to be signed.
SELECT count(*) FROM certificate WHERE issued_at IS NULL
