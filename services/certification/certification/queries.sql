-- name: lock_numbers
-- Whoever is giving out a number is alone until it commits, so that numbers are gapless.
SELECT pg_advisory_xact_lock(4711101)

-- name: next_serial
-- The next number of a year.
SELECT coalesce(max(serial), 0) + 1 FROM certificate WHERE year = $1

-- name: latest_of_role
-- What the newest certificate of a Party in a role says.
SELECT content FROM certificate WHERE party = $1 AND role = $2 ORDER BY year DESC, serial DESC LIMIT 1

-- name: add_report
-- A completion report as it came in.
INSERT INTO report (engagement, number, party, content, submitted_by, submitted_at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: confirm_report
-- When DCC confirmed the receipt of a report.
UPDATE report SET confirmed_at = $3 WHERE engagement = $1 AND number = $2

-- name: reports_of
-- Every report of an engagement, the newest first.
SELECT number, party, content, submitted_by, submitted_at, confirmed_at
FROM report WHERE engagement = $1 ORDER BY number DESC

-- name: add_certificate
-- A certificate that has its number and is not signed yet.
INSERT INTO certificate (number, year, serial, engagement, party, role, content) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: issue_certificate
-- What was signed and stored, and when.
UPDATE certificate SET pdf_sha256 = $2, json_sha256 = $3, issued_at = $4 WHERE number = $1

-- name: unsigned
-- Certificates that have a number and no signature yet, in order.
SELECT engagement, content FROM certificate WHERE issued_at IS NULL ORDER BY year, serial LIMIT 20

-- name: certificate_of
-- The certificate of an engagement.
SELECT number, engagement, party, content, pdf_sha256, json_sha256, issued_at FROM certificate WHERE engagement = $1

-- name: certificate
-- The certificate of a number.
SELECT number, engagement, party, content, pdf_sha256, json_sha256, issued_at FROM certificate WHERE number = $1

-- name: certificate_by_hash
-- The issued certificate whose PDF or twin has these bytes.
SELECT number, engagement, party, content, pdf_sha256, json_sha256, issued_at FROM certificate
WHERE pdf_sha256 = $1 OR json_sha256 = $1

-- name: superseded_by
-- The newest issued certificate of the same Party and role, when there is one newer than this (CTSD 5.21.2).
SELECT newer.number FROM certificate AS this
JOIN certificate AS newer ON newer.party = this.party AND newer.role = this.role AND newer.issued_at IS NOT NULL
    AND (newer.year, newer.serial) > (this.year, this.serial)
WHERE this.number = $1 ORDER BY newer.year DESC, newer.serial DESC LIMIT 1

-- name: register_srv
-- The newest certificate counts, by year and serial: as texts, TCC-2027-10000 would come before TCC-2027-9999.
INSERT INTO eligibility (party, role, srv, since, certificate) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (party, role, srv) DO UPDATE SET certificate = excluded.certificate
WHERE (SELECT (year, serial) FROM certificate WHERE number = eligibility.certificate)
    < (SELECT (year, serial) FROM certificate WHERE number = excluded.certificate)

-- name: eligible
-- The eligibility register of a Party, or of all, in one role, or in all.
SELECT party, role, srv, since, certificate FROM eligibility
WHERE ($1::text IS NULL OR party = $1) AND ($2::text IS NULL OR role = $2)

-- name: certificates_issued
-- How many certificates were issued.
SELECT count(*) FROM certificate WHERE issued_at IS NOT NULL

-- name: certificates_waiting
-- Certificates that were decided and numbered and are still to be signed.
SELECT count(*) FROM certificate WHERE issued_at IS NULL
