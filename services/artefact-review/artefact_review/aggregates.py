"""The streams this service keeps: what binds the rules to the store."""

from artefact_review import read_models, translation
from artefact_review.domain import decisions, party, review
from chassis.eventstore.aggregate import Aggregate, Codec

REVIEW: Aggregate[decisions.Command, review.State, review.Event] = Aggregate(
    category="review",
    initial=review.NotNotified,
    decide=decisions.decide,
    evolve=review.evolve,
    codec=Codec(
        {
            "review-opened": review.ReviewOpened,
            "notification-acknowledged": review.NotificationAcknowledged,
            "start-rescheduled": review.StartRescheduled,
            "readiness-reported": review.ReadinessReported,
            "artefacts-submitted": review.ArtefactsSubmitted,
            "artefacts-reviewed": review.ArtefactsReviewed,
            "descoping-decided": review.DescopingDecided,
            "scope-agreed": review.ScopeAgreed,
            "entry-evidence-given": review.EntryEvidenceGiven,
            "entry-gate-held": review.EntryGateHeld,
        }
    ),
    publish=translation.publish,
    project=read_models.project,
    owner=translation.owner,
)
"""One engagement's artefacts and their review; the id is the engagement's."""

PARTY: Aggregate[party.AdmitParty, party.Party, party.PartyAdmitted] = Aggregate(
    category="party",
    initial=lambda: None,
    decide=party.decide,
    evolve=party.evolve,
    codec=Codec({"party-admitted": party.PartyAdmitted}),
    project=read_models.project_parties,
)
"""A Party's accession; the id is its signifier."""
