"""Signatures as Standard Webhooks has them, and addresses that lead nowhere but to the internet."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from contracts import REGISTRY
from contracts.topics import NOTIFICATION
from kernel.stored import stored_name
from notification.domain.events import DeadlineMissed, Event, FactRecorded
from notification.emails.templates import emails
from notification.webhooks.addresses import AddressRefused, is_inside, parsed, resolved
from notification.webhooks.events import name_of, payload_of
from notification.webhooks.signing import secret_of, shown, signed_headers

from .given import ID, NOTICE, acknowledged, checking, engagement, hearing

KEY = b"what the service seals with"
BODY = b'{"type": "notification.deadline-missed"}'


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_standards_library_takes_what_is_signed_and_nothing_that_was_changed() -> None:
    secret = secret_of(KEY, "w", 1)
    headers = dict(signed_headers((secret,), "e_1", now(), BODY))
    receiver = Webhook(shown(secret))
    assert receiver.verify(BODY, headers) == {"type": "notification.deadline-missed"}
    for changed in (
        (BODY + b" ", headers),
        (BODY, {**headers, "webhook-id": "e_2"}),
        (BODY, {**headers, "webhook-timestamp": str(now() - 3)}),
        (BODY, dict(signed_headers((secret,), "e_1", now() - 3_600, BODY))),
    ):
        with pytest.raises(WebhookVerificationError):
            receiver.verify(*changed)


def test_after_a_rotation_both_secrets_verify_and_a_third_does_not() -> None:
    secrets = [secret_of(KEY, "w", number) for number in (2, 1)]
    headers = dict(signed_headers(secrets, "e_1", now(), BODY))
    for secret in secrets:
        Webhook(shown(secret)).verify(BODY, headers)
    for other in (secret_of(KEY, "w", 3), secret_of(KEY, "x", 1), secret_of(b"another key", "w", 1)):
        with pytest.raises(WebhookVerificationError):
            Webhook(shown(other)).verify(BODY, headers)


def test_what_the_standards_library_signs_is_what_is_signed_here() -> None:
    secret, at = secret_of(KEY, "w", 1), datetime.now(UTC)
    theirs = Webhook(shown(secret)).sign("e_1", at, BODY.decode())
    assert signed_headers((secret,), "e_1", int(at.timestamp()), BODY)["webhook-signature"] == theirs


INSIDE = """
    0.0.0.0 127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.100.100.200 192.0.0.192 224.0.0.1
    255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:169.254.169.254 ::ffff:127.0.0.1
    64:ff9b::a9fe:a9fe 2002:7f00:1::1 ::ffff:224.0.0.1 fec0::1 ::127.0.0.1 ::ffff:0:127.0.0.1 4000::1
"""


@pytest.mark.parametrize("address", INSIDE.split())
def test_what_is_private_local_or_a_clouds_metadata_is_inside(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_what_the_internet_reaches_is_not_inside(address: str) -> None:
    assert not is_inside(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/",
        "https://[::ffff:169.254.169.254]/",
        "https://2852039166/latest",
        "https://0xa9fea9fe/latest",
        "https://0251.0376.0251.0376/",
        "https://127.1/",
        "https://localhost/",
        "https://localhost.:8443/",
    ],
)
async def test_no_way_of_writing_an_address_inside_is_taken(url: str) -> None:
    with pytest.raises(AddressRefused):
        await resolved(url, private=False)


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.com/", "ftp://hooks.example.com/", "hooks.example.com", "https://", "https:///x"),
        *("https://user:secret@hooks.example.com/", "https://hooks.example.com/#x", "file:///etc/passwd", ""),
    ],
)
def test_only_a_plain_https_address_is_taken(url: str) -> None:
    assert str(parsed("https://hooks.example.com/a?b=c", private=False)) == "https://hooks.example.com/a?b=c"
    with pytest.raises(AddressRefused):
        parsed(url, private=False)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name resolve to these addresses; the names that are looked up."""
    names = list[str]()

    async def found(host: str, port: int, **_asked: Any) -> list[tuple[Any, ...]]:
        names.append(host)
        return [(2, 1, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    return names


async def test_a_name_of_which_one_address_is_inside_is_refused_and_else_the_checked_one_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(AddressRefused):
        await resolved("https://hooks.example.com/", private=False)
    resolving(monkeypatch, "93.184.215.14")
    target = await resolved("https://hooks.example.com:8443/a?b=c", private=False)
    assert str(target.connected) == "https://93.184.215.14:8443/a?b=c"
    assert target.url.host == "hooks.example.com"


async def test_a_name_in_other_letters_is_looked_up_and_asked_for_as_the_one_in_the_host_header(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = resolving(monkeypatch, "93.184.215.14")
    target = await resolved("https://faß.example/", private=False)
    assert asked == [target.url.raw_host.decode()] == ["xn--fa-hia.example"]
    assert target.url.netloc.decode() == asked[0]


async def test_a_deployment_may_allow_what_is_inside() -> None:
    target = await resolved("http://127.0.0.1:9/x", private=True)
    assert target.ip == "127.0.0.1"


def test_what_is_about_a_step_is_told_in_the_line_that_every_other_place_shows() -> None:
    story = checking(acknowledged(), "2027-01-11").accepted()
    missed = next(each for each in story.history if isinstance(each, DeadlineMissed) and "2027-W01" in each.key)
    state = engagement(story)
    assert name_of(missed) == "notification.deadline-missed"
    body = json.loads(payload_of(ID, missed, state, NOTICE))
    line = "Provide the Test Readiness Report of the week, with Supplier plc, missed: it was due Fri 8 January 2027"
    assert body["data"]["label"] == f"{line}, end of day"
    assert (body["type"], body["data"]["engagement"], body["data"]["key"]) == (name_of(missed), ID, missed.key)
    [mail, _] = emails(missed, state, ID)
    assert body["data"]["label"] in mail.body


def test_what_another_service_said_is_told_by_its_own_name() -> None:
    story = hearing(acknowledged(), "certification.certificate-issued", "2027-03-10", headline="issued").accepted()
    fact = next(each for each in story.history if isinstance(each, FactRecorded))
    assert name_of(fact) == "certification.certificate-issued"
    assert json.loads(payload_of(ID, fact, engagement(story), NOTICE))["data"]["headline"] == "issued"


def test_every_public_fact_of_this_service_about_an_engagement_has_its_name() -> None:
    named = {f"notification.{stored_name(event)}" for event in get_args(Event)}
    public = {contract.fact() for contract in REGISTRY.values() if NOTIFICATION.name == contract.TOPIC}
    assert public - named == {"notification.party-registered"}
