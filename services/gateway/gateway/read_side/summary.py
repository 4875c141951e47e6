"""How an engagement stands, from the rows of the read side. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.artefact_review import DescopingDecided, DescopingProposed, ProposalWithdrawn, ScopeAgreed
from contracts.certification import CertificateIssued
from contracts.notification import EngagementNotified
from gateway.read_side.schemas import CertificateView, EngagementRow, IssueFigures, ProposalView, ScopeFigures

Row = Mapping[str, Any]
Facts = Mapping[str, Sequence[Row]]
"""The digests of facts by their name, in their order."""

FACTS: Final = tuple(
    contract.fact()
    for contract in (
        *(EngagementNotified, DescopingProposed, DescopingDecided, ProposalWithdrawn),
        *(ScopeAgreed, CertificateIssued),
    )
)
"""The facts that a summary tells of."""


def engagement_row(row: Row) -> EngagementRow:
    """One engagement in a list."""
    return EngagementRow.model_validate({**row, "status": "ended" if row["ended_at"] else "open"})


def descoping(facts: Facts) -> list[ProposalView]:
    """What was proposed to be descoped, with the notice or after it, and how it stands (CTSD 5.2.5, 5.2.6)."""
    said: dict[tuple[str, str], str] = {}
    for decided in facts[DescopingDecided.fact()]:
        said[_key(decided["item"])] = "agreed" if decided["agreed"] else "refused"
    for withdrawn in facts[ProposalWithdrawn.fact()]:
        said[_key(withdrawn["item"])] = "withdrawn"
    proposed = [proposal for notice in facts[EngagementNotified.fact()] for proposal in notice["descoping"]]
    proposed += [proposal for more in facts[DescopingProposed.fact()] for proposal in more["proposals"]]
    return [ProposalView(**proposal, status=said.get(_key(proposal), "proposed")) for proposal in proposed]


def _key(item: Row) -> tuple[str, str]:
    return item["kind"], item["item"]


def scope(facts: Facts) -> ScopeFigures | None:
    """The agreed scope in figures, if it is agreed."""
    agreed = facts[ScopeAgreed.fact()]
    return ScopeFigures.model_validate(agreed[-1]) if agreed else None


def certificates(facts: Facts) -> list[CertificateView]:
    """The certificates that were issued, in their order."""
    return [
        CertificateView.model_validate(
            {**issued, "form": issued["outcome"], "srvs": [row["srv"] for row in issued["srvs"]]}
        )
        for issued in facts[CertificateIssued.fact()]
    ]


def issues(rows: Sequence[Row]) -> IssueFigures:
    """Issues in figures; an issue with an agreed plan is still outstanding."""
    outstanding: Counter[str] = Counter()
    for row in rows:
        if row["status"] != "closed":
            outstanding[str(row["severity"])] += row["issues"]
    return IssueFigures(
        total=sum(row["issues"] for row in rows),
        outstanding=outstanding.total(),
        outstanding_by_severity=dict(sorted(outstanding.items())),
    )
