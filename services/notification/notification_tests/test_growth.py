"""What is asked again and again costs what is still to be done, however much was done in all years before."""

from pathlib import Path

import asyncpg

from chassis.process.database import CHASSIS_MIGRATIONS, migrate
from notification.calendars.tables import QUERIES as CALENDARS
from notification.read_models import QUERIES
from notification.webhooks.tables import QUERIES as WEBHOOKS
from testing.plans import ways
from testing.probe import Postgres

MIGRATIONS = Path(__file__).parents[1] / "migrations"
WHOLE = {
    f"every row of {table}"
    for table in ("deadline", "mail", "request", "webhook_event", "webhook_delivery", "mail_delivery")
}
NOW = "'2027-01-04 09:00+00'"
YEARS = """
WITH answered AS (
    INSERT INTO request (caller, key, fingerprint, outcome, handled_at)
    SELECT 'participant/SUPP/mo', gen_random_uuid(), '', '{"id": "", "version": 1}', now() FROM generate_series(1, 4000)
), begun AS (
    INSERT INTO engagement (id, procedure, subject, notified_at)
    SELECT gen_random_uuid(), 'uept', 'SUPP/ES', now() FROM generate_series(1, 200) RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS number FROM begun
), written AS (
    INSERT INTO mail (key, engagement, role, subject, body, written_at, sent_at)
    SELECT id || '/' || step, id, 'dcc', 'Reminder', repeat('words ', 50), now(), now()
    FROM numbered, generate_series(1, 20) AS step
)
INSERT INTO deadline (engagement, key, ref, action, sender, recipient, method, clause, due, conditional, why, done_on,
                      next_check, changed_at)
SELECT id, step, step, 'Submit the report', 'participant', 'dcc', 'e-mail', 'CTSD 5.6.1', '2027-03-01', false,
       repeat('words ', 20), CASE WHEN number > 2 THEN date '2027-02-01' END,
       CASE WHEN number <= 2 THEN timestamptz '2027-02-26 09:00+00' END, now()
FROM numbered, generate_series(1, 20) AS step
"""
"""Two engagements under way, and many that have ended."""

CALLED = """
INSERT INTO webhook (id, role, url, events, created_by, created_at)
VALUES ('6f1c7e0e-0000-4000-8000-000000000001', 'dcc', 'https://a.example/', '{}', 'dee', now());
INSERT INTO webhook_event (engagement, version, type, at, payload, addressed)
SELECT '6f1c7e0e-0000-4000-8000-000000000001', version, 'notification.step-completed', now(), repeat('words ', 50), true
FROM generate_series(1, 4000) AS version;
INSERT INTO webhook_delivery (webhook, event, delivered_at)
SELECT '6f1c7e0e-0000-4000-8000-000000000001', seq, now() FROM webhook_event;
INSERT INTO mail_delivery (mail, at, outcome, said) SELECT seq, now(), 'sent', 'taken' FROM mail;
INSERT INTO mail_preference (addressee, delivery, chosen_by, chosen_at)
SELECT 'x' || n || '@y.example', 'daily', 'dee', now() FROM generate_series(1, 50) AS n;
"""
"""Much that a receiver was called about, and people who want a digest and of whom nothing waits."""


async def test_what_is_asked_of_deadlines_mail_and_webhooks_reads_what_is_open_alone(postgres: Postgres) -> None:
    dsn = postgres.database()
    await migrate(dsn, CHASSIS_MIGRATIONS, MIGRATIONS)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(YEARS)
        await connection.execute(CALLED)
        await connection.execute("VACUUM ANALYZE")
        asked = {
            "due_for_check": (NOW,),
            "under_way": ("'operations/-/assay'", "'calendar:1:'"),
            "deadlines_due": (),
            "deadlines_late": (),
            "deadlines_unchecked": (NOW,),
            "mails_pending": (),
            "claim_mail": ("interval '1 minute'",),
            "mails_undelivered": (),
            "undelivered": ("1000000", "200"),
            "begin_digest": ("'2027-01-04'",),
            "new_webhook_events": ("100",),
            "claim_webhook_delivery": ("interval '1 minute'",),
            "deadlines_of_role": ("'participant'", "'SUPP'", NOW, "1000"),
        }
        every = {**QUERIES, **WEBHOOKS, **CALENDARS}
        found = {name: await ways(connection, every[name], *arguments) for name, arguments in asked.items()}
    finally:
        await connection.close()
    wholes = {name: way for name, through in found.items() for way in through if way in WHOLE}
    assert not wholes
    assert found["deadlines_due"] == {"deadline_open"}
    assert "mail_unsent" in found["claim_mail"]
    assert "webhook_event_new" in found["new_webhook_events"]
    assert "deadline_open" in found["deadlines_of_role"]
