"""From what the events of an engagement come: whose duty leads to each, and which part of a profile it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kernel.audience import Duty
from rulebook.engine.profile_parts import SUBMITTED, Profile

ACKNOWLEDGED: Final = "notification.notification-acknowledged"
REPORTED: Final = "artefact-review.readiness-reported"
"""It tells of a week."""
PUBLISHED: Final = "execution-tracker.dashboard-published"
"""It tells of a day."""


@dataclass(frozen=True)
class Part:
    """A part that a profile may have or not, and what it is called."""

    called: str
    of: Callable[[Profile], object]


@dataclass(frozen=True)
class Origin:
    """From what an event comes."""

    duty: Duty
    part: Part | None = None


HANDED_IN: Final = Part(
    "an artefact of the phase initiation with a reader, and a step that hands it in", lambda profile: profile.handed_in
)
ENTRY: Final = Part("a gate of the phase entry", lambda profile: profile.gate("entry"))
EXIT: Final = Part("a gate of the phase exit", lambda profile: profile.gate("exit"))
CERTIFICATES: Final = Part("a certificate", lambda profile: profile.certificates)
DESCOPING: Final = Part('a notice that asks = ["descoping"]', lambda profile: "descoping" in profile.notice.asks)
CONNECTIVITY: Final = Part(
    'execution that begins_with = "connectivity"', lambda profile: profile.execution.begins_with == "connectivity"
)
SUBMISSION: Final = Part(
    'execution that ends_with = "report" or "evidence"', lambda profile: profile.execution.ends_with != "nothing"
)
ORIGINS: Final[Mapping[str, Origin]] = MappingProxyType(
    {
        "notification.engagement-notified": Origin("start"),
        ACKNOWLEDGED: Origin("decide"),
        "notification.initiation-meeting-held": Origin("decide"),
        REPORTED: Origin("provide"),
        SUBMITTED: Origin("provide", HANDED_IN),
        "artefact-review.artefacts-reviewed": Origin("review", HANDED_IN),
        "artefact-review.artefacts-updated": Origin("provide", HANDED_IN),
        "artefact-review.reviewers-assigned": Origin("review", HANDED_IN),
        "artefact-review.artefacts-signed-off": Origin("review", HANDED_IN),
        "artefact-review.descoping-decided": Origin("decide", DESCOPING),
        "artefact-review.descoping-proposed": Origin("provide", DESCOPING),
        "artefact-review.proposal-withdrawn": Origin("provide", DESCOPING),
        "artefact-review.gate-body-decided": Origin("decide", ENTRY),
        "artefact-review.entry-gate-held": Origin("decide", ENTRY),
        "artefact-review.entry-gate-determined": Origin("determine", ENTRY),
        "artefact-review.provisionally-approved": Origin("decide", ENTRY),
        "execution-tracker.connectivity-checked": Origin("execute", CONNECTIVITY),
        "execution-tracker.connectivity-confirmed": Origin("execute", CONNECTIVITY),
        PUBLISHED: Origin("execute"),
        "execution-tracker.execution-completed": Origin("execute"),
        "execution-tracker.further-testing-begun": Origin("execute", EXIT),
        "certification.completion-report-submitted": Origin("provide", SUBMISSION),
        "certification.report-receipt-confirmed": Origin("review", SUBMISSION),
        "certification.gate-body-decided": Origin("decide", EXIT),
        "certification.exit-gate-held": Origin("decide", EXIT),
        "certification.exit-gate-determined": Origin("determine", EXIT),
        "certification.certificate-issued": Origin("decide", CERTIFICATES),
    }
)
"""Events that are not here come whatever the profile says, or tell of no step."""


def lacking(profile: Profile, event: str) -> str | None:
    """What a profile lacks so that an event could come; None where it can."""
    origin = ORIGINS.get(event)
    return origin.part.called if origin and origin.part and not origin.part.of(profile) else None
