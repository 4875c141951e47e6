"""All of an engagement that its page shows, from the rows of the read side and its procedure's profile. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from contracts import REGISTRY
from contracts.artefact_review import (
    ArtefactsReviewed,
    ArtefactsSubmitted,
    ArtefactsUpdated,
    EntryGateHeld,
    ProvisionalApprovalLapsed,
    ProvisionallyApproved,
)
from contracts.certification import ExitGateHeld
from contracts.topics import DISPUTES
from gateway.read_side.schemas import (
    ArtefactState,
    ArtefactView,
    CriterionView,
    GateView,
    ReferralEvent,
    ReferralView,
    RoleView,
)
from gateway.read_side.summary import FACTS as OF_SUMMARY
from rulebook.engine.documents import Document
from rulebook.engine.profile import Gate, Profile

Row = Mapping[str, Any]
Facts = Mapping[str, Sequence[Row]]

OF_RIGHTS: Final = tuple(
    each.fact() for each in REGISTRY.values() if DISPUTES.name == each.TOPIC and "right" in each.model_fields
)
"""What tells of a right of referral and of what became of it: whatever facts there are of these."""
OF_GATES: Final = {
    EntryGateHeld.fact(): ("held_at", None),
    ExitGateHeld.fact(): ("held_at", None),
    ProvisionallyApproved.fact(): ("approved_at", "provisional"),
    ProvisionalApprovalLapsed.fact(): ("lapsed_at", "lapsed"),
}
"""The facts that tell how a gate stands: the field with their instant, and the outcome where it stands in none."""
FACTS: Final = (
    *OF_SUMMARY,
    *OF_GATES,
    *(contract.fact() for contract in (ArtefactsSubmitted, ArtefactsReviewed, ArtefactsUpdated)),
)
"""The facts that an overview tells of, beside those of rights."""


def roles(profile: Profile, participants: Sequence[Row]) -> list[RoleView]:
    """Who acts in it, and the organisation that holds a role here, where one must."""
    by_role = {each["role"]: each for each in participants}
    return [
        RoleView(
            role=role.id,
            title=role.title,
            may=sorted(role.may),
            organisation=by_role[role.id]["organisation"] if role.id in by_role else None,
            name=by_role[role.id]["name"] if role.id in by_role else None,
        )
        for role in profile.roles.values()
    ]


def artefacts(profile: Profile, facts: Facts) -> list[ArtefactView]:
    """Each kind of artefact that the procedure has, the file handed in last, and what its review came to."""
    reviews = {each["submission"]: each["outcome"] for each in facts[ArtefactsReviewed.fact()]}
    handed_in: dict[str, Row] = {}
    for submission in facts[ArtefactsSubmitted.fact()]:
        for file in submission["artefacts"]:
            handed_in[file["kind"]] = {**file, "submission": submission["submission"]}
    for update in facts[ArtefactsUpdated.fact()]:
        came = (file for file in update["artefacts"] if file["kind"] in update["changed"])
        handed_in |= {file["kind"]: {**file, "submission": update["submission"], "updated": True} for file in came}
    return [_artefact(each, handed_in.get(each.kind), reviews) for each in profile.artefacts]


def _artefact(document: Document, file: Row | None, reviews: Mapping[int, str]) -> ArtefactView:
    return ArtefactView(
        kind=document.kind,
        title=document.title,
        clause=document.clause,
        provided_by=document.provided_by,
        reviewed_by=document.reviewed_by,
        state=_state(document, file, reviews),
        submission=file["submission"] if file else None,
        file_name=file["file_name"] if file else None,
        sha256=file["sha256"] if file else None,
    )


def _state(document: Document, file: Row | None, reviews: Mapping[int, str]) -> ArtefactState:
    if file is None:
        return "awaited" if document.submitted else "kept"
    if "updated" in file:
        return "updated"
    match reviews.get(file["submission"]):
        case None:
            return "in-review"
        case "accepted":
            return "accepted"
        case _:
            return "returned"


def gates(profile: Profile, facts: Facts) -> list[GateView]:
    """Each gate with its criteria; verdicts and the outcome are those of what was said of it last."""
    told = [
        {**row, "at": row[at], "outcome": outcome or row["outcome"]}
        for fact, (at, outcome) in OF_GATES.items()
        for row in facts[fact]
    ]
    told.sort(key=lambda row: datetime.fromisoformat(row["at"]))
    latest = {row["gate"]: row for row in told}
    verdicts = {row["gate"]: row["criteria"] for row in told if "criteria" in row}
    return [_gate(each, latest.get(each.id), verdicts.get(each.id, ())) for each in profile.gates]


def _gate(gate: Gate, latest: Row | None, verdicts: Sequence[Row]) -> GateView:
    said = {each["criterion"]: each for each in verdicts}
    return GateView(
        gate=gate.id,
        phase=gate.phase,
        title=gate.title,
        clause=gate.clause,
        chain=[link.body for link in gate.chain],
        outcome=latest["outcome"] if latest else None,
        decided_at=latest["at"] if latest else None,
        reason=latest.get("reason") if latest else None,
        outstanding=latest.get("outstanding", []) if latest else [],
        criteria=[
            CriterionView(
                criterion=each.id,
                clause=each.clause,
                text=each.text,
                met=said[each.id]["met"] if each.id in said else None,
                statement=said[each.id]["statement"] if each.id in said else None,
            )
            for each in gate.criteria
        ],
    )


def referrals(rows: Sequence[Row]) -> list[ReferralView]:
    """Each right of referral with all that happened about it, in its order; the latest says how it stands."""
    by_right: dict[str, list[Row]] = {}
    for row in rows:
        by_right.setdefault(row["data"]["right"], []).append(row)
    return [_referral(right, found) for right, found in by_right.items()]


def _referral(right: str, rows: Sequence[Row]) -> ReferralView:
    known = {name: value for row in rows for name, value in row["data"].items()}
    holds = [row for row in rows if "holds" in row["data"]]
    happened = [row for row in rows if row not in holds]
    return ReferralView(
        right=right,
        route=known.get("route"),
        subject=known.get("subject"),
        clause=known.get("clause"),
        body=known.get("body"),
        meanwhile=known.get("meanwhile"),
        latest=_name((happened or rows)[-1]),
        waits=holds[-1]["data"]["holds"] if holds and "ended_at" not in holds[-1]["data"] else [],
        events=list(_events(rows)),
    )


def _events(rows: Sequence[Row]) -> Iterator[ReferralEvent]:
    for row in rows:
        yield ReferralEvent(type=_name(row), at=row["at"], data=row["data"])


def _name(row: Row) -> str:
    name: str = row["type"].partition(".")[2]
    return name
