"""How an engagement stands, from the rows of the read side. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.artefact_review import ScopeAgreed
from gateway.read_side.schemas import CertificateView, EngagementRow, IssueFigures, ScopeFigures

Row = Mapping[str, Any]


def engagement_row(row: Row) -> EngagementRow:
    """One engagement in a list."""
    return EngagementRow.model_validate({**row, "status": "ended" if row["ended_at"] else "open"})


def scope(facts: Mapping[str, Row]) -> ScopeFigures | None:
    """The agreed scope in figures, if it is agreed."""
    agreed = facts.get(ScopeAgreed.fact())
    return ScopeFigures.model_validate(agreed) if agreed else None


def certificate(issued: Row) -> CertificateView:
    """A certificate that was issued."""
    srvs = [row["srv"] for row in issued["srvs"]]
    return CertificateView.model_validate({**issued, "form": issued["outcome"], "srvs": srvs})


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
