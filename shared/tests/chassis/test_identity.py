"""As whom a person acts: what a token says of them, and what they choose."""

import time
from pathlib import Path
from typing import Any

import pytest

from chassis.web.identity import ActingAsMissing, ActingAsNotHeld, Identity, NotAuthenticated, TokenVerifier
from kernel.principal import Principal
from testing.probe import AUDIENCE, ISSUER, Issuer

KNOWN = {"participant", "dcc", "panel"}
MO = Identity("mo", ("participant", "dcc"), ("SUPP", "OTHER"))
ISSUED = Issuer()


@pytest.fixture
def verifier(tmp_path: Path) -> TokenVerifier:
    (tmp_path / "jwks.json").write_bytes(ISSUED.jwks())
    return TokenVerifier(ISSUER, AUDIENCE, str(tmp_path / "jwks.json"), KNOWN)


async def read(verifier: TokenVerifier, **claims: Any) -> Identity:
    """What a token with these claims says."""
    return await verifier.verify(ISSUED.token("dcc", name="mo", **claims))


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (Identity("mo", ("participant",), ("SUPP",)), Principal("mo", "participant", "SUPP")),
        (Identity("dee", ("dcc",)), Principal("dee", "dcc")),
    ],
)
def test_who_holds_one_role_for_one_organisation_need_not_choose(identity: Identity, expected: Principal) -> None:
    assert identity.acting_as(None) == identity.acting_as("") == identity.acting_as(expected.role) == expected


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("participant/SUPP", Principal("mo", "participant", "SUPP")),
        (" participant / OTHER ", Principal("mo", "participant", "OTHER")),
        ("dcc", Principal("mo", "dcc")),
    ],
)
def test_who_holds_several_acts_in_the_one_chosen(chosen: str, expected: Principal) -> None:
    assert MO.acting_as(chosen) == expected


@pytest.mark.parametrize(
    "identity",
    [MO, Identity("mo", ("participant", "dcc"), ("SUPP",)), Identity("mo", ("participant",), ("SUPP", "OTHER"))],
)
def test_who_holds_several_and_chooses_none_is_told_what_there_is_to_choose(identity: Identity) -> None:
    with pytest.raises(ActingAsMissing) as refused:
        identity.acting_as(None)
    assert refused.value.held == f"{', '.join(identity.roles)} for {', '.join(identity.parties)}"
    assert "Assay-Acting-As: participant/SUPP" in refused.value.remedy_text


@pytest.mark.parametrize("chosen", ["panel", "participant/ELSE", "dcc/ELSE", "/SUPP", "participants"])
def test_nobody_acts_in_a_role_or_for_an_organisation_that_the_token_does_not_give(chosen: str) -> None:
    with pytest.raises(ActingAsNotHeld) as refused:
        MO.acting_as(chosen)
    assert refused.value == ActingAsNotHeld(chosen, "participant, dcc for SUPP, OTHER", "participant/SUPP")


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"party": "SUPP"}, Identity("mo", ("dcc",), ("SUPP",))),
        ({"party": ["SUPP", "OTHER", "SUPP"]}, Identity("mo", ("dcc",), ("SUPP", "OTHER"))),
        ({"roles": ["participant", "dcc", "dcc"]}, Identity("mo", ("participant", "dcc"))),
        ({"roles": "panel"}, Identity("mo", ("panel",))),
        ({"party": [7, None, ""]}, Identity("mo", ("dcc",))),
    ],
)
async def test_a_token_carries_one_role_and_party_or_several(
    verifier: TokenVerifier, claims: dict[str, Any], expected: Identity
) -> None:
    assert await read(verifier, **claims) == expected


async def test_roles_that_are_not_ours_are_left_out(verifier: TokenVerifier) -> None:
    identity = await read(verifier, roles=["offline_access", "dcc", "uma_authorization"])
    assert identity.acting_as(None) == Principal("mo", "dcc")
    with pytest.raises(ActingAsNotHeld):
        identity.acting_as("offline_access")


@pytest.mark.parametrize("roles", [["king"], [], None, [7]])
async def test_a_token_without_a_role_of_ours_is_not_accepted(verifier: TokenVerifier, roles: Any) -> None:
    with pytest.raises(NotAuthenticated, match="known role in `roles`: dcc, panel, participant"):
        await read(verifier, roles=roles)


async def test_a_remembered_token_may_be_used_in_each_of_its_roles(verifier: TokenVerifier) -> None:
    token = ISSUED.token("dcc", name="mo", roles=["participant", "dcc"], party="SUPP")
    first, again = await verifier.verify(token), await verifier.verify(token)
    assert first is again
    assert (first.acting_as("dcc").role, again.acting_as("participant").role) == ("dcc", "participant")


async def test_a_remembered_token_is_not_accepted_once_it_has_expired(
    verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = int(time.time()) + 60
    token = ISSUED.token("dcc", exp=until)
    await verifier.verify(token)
    monkeypatch.setattr(time, "time", lambda: float(until + 1))
    with pytest.raises(NotAuthenticated, match="has expired"):
        await verifier.verify(token)
