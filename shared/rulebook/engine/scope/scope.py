"""The scope of an engagement: the exact tests that a User Role must execute, less what was agreed to descope."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from rulebook import VERSION
from rulebook.engine.editions import edition
from rulebook.engine.errata import Erratum, errata_of_role
from rulebook.engine.files import ROOT
from rulebook.engine.scope.catalogue import Test, mandatory_tests, optional_tests
from rulebook.engine.scope.matrix import ROLE_NAMES, ROLES, known_srvs, minimum_rows, service_requests
from rulebook.engine.scope.scope_refusals import (
    CertifiedWithoutChoice,
    ChoiceDescoped,
    ItemMalformed,
    ItemUnknown,
    NotDescopable,
    NothingToTest,
    SrvUnknown,
    UserRoleUnknown,
)

if TYPE_CHECKING:
    from rulebook.engine.profile_parts import Profile

__all__ = [
    "ROLES",
    "Effect",
    "Item",
    "ItemUnknown",
    "NotDescopable",
    "NothingToTest",
    "Scope",
    "Test",
    "UserRoleUnknown",
    "additional_scope",
    "asked_scope",
    "below_minimum",
    "effect_of_descoping",
    "find_test",
    "matching",
    "matching_names",
    "minimum_reason",
    "minimum_set",
    "named_by",
    "role_name",
    "scope",
    "srv_name",
    "tests_of",
    "web_services",
    "web_services_of",
]

ROLE_FIELD: Final = "role"
"""The field of a subject that names the User Role whose matrix it is."""
DESCOPABLE: Final = ("service-request", "device-alert", "dcc-alert", "response-code")


@dataclass(frozen=True)
class Item:
    """What can be descoped: `service-request` "4.2" or "4.2:CV1-OD", `device-alert` "0x8F35", `dcc-alert` "N24",
    `response-code` "E11" (CTSD 5.2.2).
    """

    kind: str
    item: str

    @classmethod
    def of(cls, text: str) -> "Item":
        """An item as it is written in one text, for example `service-request:4.2:CV1-OD`."""
        kind, _, item = text.partition(":")
        if not kind or not item:
            raise ItemMalformed(text)
        return cls(kind, item)


@dataclass(frozen=True)
class Scope:
    """The tests that must be executed, those that may be, the SRVs the Party becomes eligible for, and what to know.

    `already` are SRVs that were asked for in Additional SR Testing and are certified already.
    """

    role: str
    tests: tuple[Test, ...]
    optional: tuple[Test, ...]
    srvs: tuple[str, ...]
    errata: tuple[Erratum, ...]
    version: str = VERSION
    already: tuple[str, ...] = ()

    def counts(self) -> Mapping[str, int]:
        """How many tests of each kind must be executed."""
        return Counter(test.kind for test in self.tests)

    def without(self, descoped: Collection[Item], root: Path = ROOT) -> "Scope":
        """What is left of it when the items are descoped."""
        out = {test.id for item in descoped for test in matching(self.role, item, root)}
        tests = tuple(test for test in self.tests if test.id not in out)
        optional = tuple(test for test in self.optional if test.id not in out)
        return replace(self, tests=tests, optional=optional, srvs=_srvs(tests))

    def test(self, test_id: str) -> Test | None:
        """The test of an id, mandatory or optional; `None` when it is not in scope."""
        return next((test for test in (*self.tests, *self.optional) if test.id == test_id), None)


def role_name(role: str) -> str:
    """The name of a role, for example `Export Supplier`."""
    return ROLE_NAMES[_known(role)]


def scope(role: str, descoped: Collection[Item] = (), root: Path = ROOT) -> Scope:
    """What a role must test when the given items were agreed to be descoped (CTSD 5.2, 8.1)."""
    tests = mandatory_tests(_known(role), root)
    whole = Scope(
        role, tests, optional_tests(role, root), _srvs(tests), errata_of_role(role, root), edition(root).version
    )
    return whole.without(descoped, root)


def additional_scope(role: str, chosen: Collection[Item], certified: Collection[str] = (), root: Path = ROOT) -> Scope:
    """What Additional SR Testing of chosen Service Requests takes, less the SRVs certified already (CTSD 5.4.1, 8.1.4).

    Our reading: the chosen rows of the role's matrix and nothing else. Alerts, Response Codes and the Install and
    Commission scenario were tested in UEPT; the Self-Service Interface does not apply (CTSD 1.4.1).
    """
    for each in certified:
        if each not in known_srvs():
            raise SrvUnknown(each, _nearest(each, known_srvs()) or "Name an SRV as the source does, for example 4.2.")
    asked = {test.id: test for item in chosen for test in _service_requests(role, item, root)}
    wanted = tuple(test for test in mandatory_tests(_known(role), root) if test.id in asked)
    tests = tuple(test for test in wanted if test.srv not in certified)
    already = tuple(srv for srv in _srvs(wanted) if srv in certified)
    if not tests:
        raise NothingToTest(role, ", ".join(already) or "none")
    return Scope(role, tests, (), _srvs(tests), errata_of_role(role, root), edition(root).version, already)


def _service_requests(role: str, item: Item, root: Path) -> tuple[Test, ...]:
    if item.kind != "service-request":
        raise ItemUnknown(role, "service request", item.item, "Choose Service Requests, for example 4.2.")
    return matching(role, item, root)


def tests_of(
    profile: "Profile",
    subject_fields: Mapping[str, str],
    chosen: Sequence[str] = (),
    certified: Collection[str] = (),
    descoped: Sequence[Item] = (),
) -> Scope:
    """The tests of an engagement, less what is descoped.

    `chosen` are the Service Requests that were named, `certified` those that the Party is eligible for already.
    """
    match profile.scope.source:
        case "matrix":
            return scope(subject_fields[ROLE_FIELD], descoped, profile.root)
        case "chosen":
            return _chosen(profile, subject_fields[ROLE_FIELD], chosen, certified, descoped)
        case "pack":
            tests = profile.scope.pack.tests if profile.scope.pack else ()
            return Scope("", tests, (), (), (), profile.rulebook)
        case "none":
            return Scope("", (), (), (), (), profile.rulebook)
        case _:
            assert_never(profile.scope.source)


tests_of.__test__ = False  # type: ignore[attr-defined]  # pytest takes what is called so for a test


def web_services_of(profile: "Profile", subject_fields: Mapping[str, str]) -> tuple[str, ...]:
    """The test web services that must be reached first; none where execution begins with nothing."""
    if profile.execution.begins_with == "nothing":
        return ()
    if profile.scope.source in ("matrix", "chosen"):
        return web_services(subject_fields[ROLE_FIELD], profile.root)
    return profile.scope.pack.web_services if profile.scope.pack else ()


def _chosen(
    profile: "Profile", role: str, chosen: Sequence[str], certified: Collection[str], descoped: Sequence[Item]
) -> Scope:
    items = [Item("service-request", each) for each in chosen]
    found = additional_scope(role, items, certified, profile.root).without(descoped, profile.root)
    if not found.tests:
        raise NothingToTest(role, ", ".join(found.already) or "none")
    return found


def matching(role: str, item: Item, root: Path = ROOT) -> tuple[Test, ...]:
    """The tests that fall away when an item is descoped. Refused: an unknown item, or one that can't be descoped."""
    if item.kind not in DESCOPABLE:
        raise NotDescopable(item.kind)
    every = (*mandatory_tests(_known(role), root), *optional_tests(role, root))
    candidates = [test for test in every if test.kind == item.kind]
    found = tuple(test for test in candidates if item.item in _names(test))
    if not found:
        raise ItemUnknown(role, item.kind.replace("-", " "), item.item, _hint(item, candidates))
    return found


def named_by(profile: "Profile", subject_fields: Mapping[str, str], item: Item) -> frozenset[str]:
    """The ids of the tests of an engagement that an item names, whether they are in its scope or not."""
    tests = profile.scope.pack.tests if profile.scope.pack else ()
    if profile.scope.source in ("matrix", "chosen"):
        role = subject_fields[ROLE_FIELD]
        tests = (*mandatory_tests(role, profile.root), *optional_tests(role, profile.root))
    return frozenset(test.id for test in tests if test.kind == item.kind and item.item in _names(test))


@dataclass(frozen=True)
class Effect:
    """What descoping one more item does: tests that fall away, SRVs the Party won't be eligible for (CTSD 5.2.3), those
    of them that belong to the role's minimum set (5.2.6: DCC won't agree).
    """

    item: Item
    tests: tuple[Test, ...]
    srvs_lost: tuple[str, ...]
    below_minimum: tuple[str, ...]


def effect_of_descoping(role: str, item: Item, descoped: Collection[Item] = (), root: Path = ROOT) -> Effect:
    """What descoping an item does beside what is descoped already."""
    before, after = scope(role, descoped, root), scope(role, (*descoped, item), root)
    kept = {test.id for test in (*after.tests, *after.optional)}
    lost = tuple(srv for srv in before.srvs if srv not in after.srvs)
    return Effect(
        item=item,
        tests=tuple(test for test in (*before.tests, *before.optional) if test.id not in kept),
        srvs_lost=lost,
        below_minimum=tuple(srv for srv in lost if srv in minimum_set(role, root)),
    )


def asked_scope(
    role: str, descoped: Sequence[Item], srvs: Collection[str], certified: Collection[str], root: Path = ROOT
) -> tuple[Scope, tuple[Effect, ...]]:
    """The tests of a role and what descoping each item does; with SRVs, the scope of Additional SR Testing of these."""
    if not srvs:
        if certified:
            raise CertifiedWithoutChoice(", ".join(certified))
        effects = (effect_of_descoping(role, item, descoped[:number], root) for number, item in enumerate(descoped))
        return scope(role, descoped, root), tuple(effects)
    if descoped:
        raise ChoiceDescoped(", ".join(f"{each.kind}:{each.item}" for each in descoped))
    return additional_scope(role, [Item("service-request", each) for each in srvs], certified, root), ()


def minimum_set(role: str, root: Path = ROOT) -> frozenset[str]:
    """The SRVs without which a User can't operate in a role; DCC doesn't agree to descope them (CTSD 5.2.6)."""
    return frozenset(minimum_rows(_known(role), root))


def below_minimum(role: str, descoped: Collection[Item], root: Path = ROOT) -> frozenset[str]:
    """The SRVs of the role's minimum set that would be left without any test."""
    return minimum_set(role, root) - set(scope(role, descoped, root).srvs)


def web_services(role: str, root: Path = ROOT) -> tuple[str, ...]:
    """The test web services that a User in a role can reach: only these are checked (CTSD 5.10.2, 5.10.3)."""
    reached = {_web_service(test) for test in mandatory_tests(_known(role), root) if test.kind == "service-request"}
    return tuple(each for each in ("non-critical", "critical", "dcc-only") if each in reached)


def find_test(role: str, test_id: str, root: Path = ROOT) -> Test | None:
    """The test of an id among all tests of a role, in scope or not."""
    every = (*mandatory_tests(_known(role), root), *optional_tests(role, root))
    return next((test for test in every if test.id == test_id), None)


def minimum_reason(role: str, srv: str, root: Path = ROOT) -> str | None:
    """Why an SRV belongs to a role's minimum set; `None` when it doesn't."""
    return minimum_rows(_known(role), root).get(srv)


def matching_names(test: Test) -> tuple[str, ...]:
    """The items by which a test can be descoped, as an Item names them."""
    return tuple(f"{test.kind}:{name}" for name in _names(test)) if test.kind in DESCOPABLE else ()


def srv_name(role: str, srv: str) -> str:
    """The name of a Service Request in a role's matrix."""
    for each in service_requests(_known(role)):
        if each.srv == srv:
            return each.name
    raise ItemUnknown(role, "service request", srv, _hint(Item("service-request", srv), mandatory_tests(role)))


def _web_service(test: Test) -> str:
    if test.variant == "CV8-DCC":
        return "dcc-only"
    return "critical" if test.critical else "non-critical"


def _names(test: Test) -> tuple[str, ...]:
    if test.kind == "service-request":
        return (f"{test.srv}", f"{test.srv}:{test.variant}")
    return (f"{test.code}",)


def _hint(item: Item, candidates: Iterable[Test]) -> str:
    known = _unique(name for test in candidates for name in _names(test))
    if near := _nearest(item.item, known):
        return near
    return f"Known: {', '.join(known[:12])}." if known else "The role has no test of this kind."


def _nearest(named: str, known: Collection[str]) -> str:
    """What was probably meant: alike, and of an SRV the same family; nothing where nothing is near."""
    family = f"{named.partition('.')[0]}." if "." in named else ""
    near = get_close_matches(named, [each for each in known if each.startswith(family)], n=3)
    return f"Did you mean {' or '.join(near)}?" if near else ""


def _srvs(tests: Iterable[Test]) -> tuple[str, ...]:
    return _unique(test.srv for test in tests if test.kind == "service-request" and test.srv)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _known(role: str) -> str:
    if role not in ROLES:
        raise UserRoleUnknown(role)
    return role
