-- name: add_submission
-- A submission as it was made.
INSERT INTO submission (engagement, number, files, findings, submitted_by, submitted_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: add_update
-- New versions of artefacts while tests run, which no review follows.
INSERT INTO submission (engagement, number, files, findings, submitted_by, submitted_at, is_update)
VALUES ($1, $2, $3, $4, $5, $6, true)

-- name: add_review
-- DCC's review of a submission.
UPDATE submission SET review = $3 WHERE engagement = $1 AND number = $2

-- name: submissions
-- Every submission of an engagement, in order.
SELECT number, files, findings, submitted_by, submitted_at, review, is_update
FROM submission WHERE engagement = $1 ORDER BY number

-- name: find_file
-- A file of an engagement by its hash, under the name it was submitted with last.
SELECT file ->> 'file_name' AS file_name
FROM submission CROSS JOIN jsonb_array_elements(files) AS file
WHERE engagement = $1 AND file ->> 'sha256' = $2 ORDER BY number DESC LIMIT 1

-- name: files_of_kind
-- The files of a kind of artefact, in the order of their submissions.
SELECT number, submitted_by, submitted_at, file
FROM submission CROSS JOIN jsonb_array_elements(files) AS file
WHERE engagement = $1 AND file ->> 'kind' = $2 ORDER BY number

-- name: add_readiness_report
-- The Test Readiness Report of a week.
INSERT INTO readiness_report (engagement, week, report, reported_by, reported_at, findings)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: readiness_reports
-- The Test Readiness Reports of an engagement, by week.
SELECT week, report, reported_by, reported_at, findings FROM readiness_report WHERE engagement = $1 ORDER BY week

-- name: keep_party
-- What was last confirmed of a Party's accession.
INSERT INTO party (signifier, name, acceded_on, reference) VALUES ($1, $2, $3, $4)
ON CONFLICT (signifier) DO UPDATE SET name = $2, acceded_on = $3, reference = $4

-- name: find_party
-- A Party that acceded.
SELECT signifier, name, acceded_on, reference FROM party WHERE signifier = $1

-- name: add_certificate
-- A certificate that an organisation holds; heard again, what it says last counts.
INSERT INTO certificate (organisation, number, form, subject, srvs, supersedes, issued_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (organisation, number) DO UPDATE
SET form = excluded.form, subject = excluded.subject, srvs = excluded.srvs,
    supersedes = excluded.supersedes, issued_at = excluded.issued_at

-- name: certificates_of
-- The certificates of an organisation, in the order of their issue.
SELECT number, form, subject, srvs, supersedes, issued_at
FROM certificate WHERE organisation = $1 ORDER BY issued_at, number

-- name: keep_approval
-- When a provisional approval lapses.
INSERT INTO provisional_approval (engagement, lapses_at) VALUES ($1, $2)
ON CONFLICT (engagement) DO UPDATE SET lapses_at = $2

-- name: end_approval
-- A provisional approval that is over: redeemed, lapsed, or void with the start that it confirmed.
DELETE FROM provisional_approval WHERE engagement = $1

-- name: overdue_approvals
-- The provisional approvals that lapse by an instant, the longest overdue first.
SELECT engagement FROM provisional_approval WHERE lapses_at <= $1 ORDER BY lapses_at
