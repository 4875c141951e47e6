"""Development tokens."""

import pytest

from assay_stack.home import Home
from assay_stack.keys import AUDIENCE, ISSUER, jwks, make_keys
from assay_stack.token import make_token
from chassis.web.identity import Identity, NotAuthenticated, TokenVerifier
from kernel.failure import Failure
from rulebook.engine.roles import every_role


def verifier(home: Home) -> TokenVerifier:
    return TokenVerifier(ISSUER, AUDIENCE, str(jwks(home)))


async def test_a_service_accepts_a_participants_token_and_knows_its_party(home: Home) -> None:
    token = make_token(home, "participant", "ACME")
    assert await verifier(home).verify(token.value) == Identity("ACME", ("participant",), ("ACME",))


@pytest.mark.parametrize("role", every_role())
async def test_a_service_accepts_a_token_of_every_role(home: Home, role: str) -> None:
    token = make_token(home, role, "ACME" if every_role()[role] else None)
    assert (await verifier(home).verify(token.value)).acting_as(None).role == role


async def test_a_token_may_carry_several_roles_and_parties(home: Home) -> None:
    token = make_token(home, ["participant", "dcc"], ["ACME", "OTHER"])
    identity = await verifier(home).verify(token.value)
    assert identity == Identity("ACME+OTHER", ("participant", "dcc"), ("ACME", "OTHER"))
    assert identity.acting_as("participant/OTHER").party == "OTHER"


async def test_a_token_of_another_stack_is_refused(home: Home) -> None:
    make_keys(home)
    other = Home(home.folder / "other")
    with pytest.raises(NotAuthenticated):
        await verifier(home).verify(make_token(other, "dcc").value)


def test_a_role_that_does_not_exist_is_refused_naming_those_that_do(home: Home) -> None:
    with pytest.raises(Failure) as failure:
        make_token(home, "emperor")
    assert "emperor" in failure.value.what
    assert "participant, dcc" in failure.value.remedy


def test_a_participant_without_a_party_is_refused(home: Home) -> None:
    with pytest.raises(Failure, match="must name its Party"):
        make_token(home, "participant")


def test_a_token_without_a_role_is_refused(home: Home) -> None:
    with pytest.raises(Failure, match="needs a role"):
        make_token(home, [])


def test_a_token_that_is_never_valid_is_refused(home: Home) -> None:
    with pytest.raises(Failure, match="a minute at least"):
        make_token(home, "dcc", minutes=0)
