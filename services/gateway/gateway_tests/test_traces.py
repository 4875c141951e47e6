"""A request is one trace from the door to the decision, and the milestone links into it."""

from typing import Any

from assay_cli.trace import Span, milestones, read

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
ACKNOWLEDGEMENT = {"contact": {"name": "Dee", "email": "dee@dcc.invalid"}, "initiation_meeting_on": "2026-12-08"}


def exported(door: Any) -> list[Span]:
    """Every span of the gateway and of notification so far."""
    for probe in (door.gateway, door.notification):
        assert probe.runtime.telemetry._provider.force_flush()
    return [span for probe in (door.gateway, door.notification) for span in read(probe.runtime.settings.telemetry)]


async def test_a_request_is_one_trace_from_the_door_to_the_decision(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("dcc", traceparent=f"00-{CALLER}-00f067aa0ba902b7-01") as dcc:
        await dcc.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)
        await dcc.get(f"/engagements/{engagement}")  # answers when the fact has been published
    work = {span.id: span for span in exported(door) if span.trace == CALLER}
    route = "POST /engagements/{engagement}/acknowledgement"
    (decided,) = (span for span in work.values() if span.name.startswith("decide "))
    asked = work[str(work[str(decided.parent)].parent)]
    assert [decided.service, work[str(decided.parent)].name] == ["assay.notification", route]
    assert [asked.name, asked.service] == ["ask notification", "assay.gateway"]
    assert work[str(asked.parent)].name == route
    assert work[str(asked.parent)].parent == "00f067aa0ba902b7"
    assert work[str(asked.parent)].attributes["engagement.id"] == engagement
    assert work[str(asked.parent)].attributes["http.response.status_code"] == 200


async def test_a_milestone_shows_the_request_behind_it(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("dcc") as dcc:
        await dcc.get(f"/engagements/{engagement}")
    first, *_ = milestones(exported(door), engagement.replace("-", ""))
    assert [span.name for span in first.work][1:] == ["POST /engagements", "ask notification", "POST /engagements"]


async def test_probes_and_what_has_no_route_leave_nothing_of_a_clients_choice(door: Any) -> None:
    async with door.client() as nobody:
        for path in ("/health/live", "/health/ready", "/metrics", "/nothing-of-ours"):
            await nobody.get(path)
    names = {span.name for span in exported(door)}
    assert "GET (no route)" in names
    assert not [name for name in names if "health" in name or "metrics" in name or "nothing" in name]
