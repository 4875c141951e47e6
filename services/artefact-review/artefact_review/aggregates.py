"""The streams this service keeps: what binds the rules to the store."""

from artefact_review import read_models, translation
from artefact_review.domain import decisions, events, party, review
from chassis.eventstore.aggregate import Aggregate, Codec

REVIEW: Aggregate[decisions.Command, review.State, events.Event] = Aggregate(
    category="review",
    initial=review.NotNotified,
    decide=decisions.decide,
    evolve=review.evolve,
    codec=Codec(
        {
            "review-opened": events.ReviewOpened,
            "notification-acknowledged": events.NotificationAcknowledged,
            "start-rescheduled": events.StartRescheduled,
            "readiness-reported": events.ReadinessReported,
            "artefacts-submitted": events.ArtefactsSubmitted,
            "artefacts-reviewed": events.ArtefactsReviewed,
            "proposal-withdrawn": events.ProposalWithdrawn,
            "descoping-decided": events.DescopingDecided,
            "scope-agreed": events.ScopeAgreed,
            "entry-evidence-given": events.EntryEvidenceGiven,
            "gate-body-decided": events.GateBodyDecided,
            "entry-gate-held": events.EntryGateHeld,
        }
    ),
    publish=translation.publish,
    project=read_models.project,
    audience=translation.audience,
)
"""One engagement's artefacts and their review; the id is the engagement's."""

PARTY: Aggregate[party.Command, party.Party, party.Event] = Aggregate(
    category="party",
    initial=party.Party,
    decide=party.decide,
    evolve=party.evolve,
    codec=Codec({"party-admitted": party.PartyAdmitted, "certificate-noted": party.CertificateNoted}),
    project=read_models.project_parties,
)
"""An organisation's accession and certificates; the id is its signifier."""
