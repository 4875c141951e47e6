"""The completion of an engagement, bound to how it is stored, published and projected."""

from certification.domain import completion
from certification.domain.completion import Completion, Event, evolve
from certification.domain.decisions import Command, decide
from certification.read_models import project
from certification.translation import publish
from chassis.eventstore.aggregate import Aggregate, Codec

COMPLETION: Aggregate[Command, Completion, Event] = Aggregate(
    category="completion",
    initial=Completion,
    decide=decide,
    evolve=evolve,
    codec=Codec(
        {
            "completion-opened": completion.CompletionOpened,
            "issue-raised": completion.IssueRaised,
            "plan-agreed": completion.PlanAgreed,
            "plan-replaced": completion.PlanReplaced,
            "issue-fixed": completion.IssueFixed,
            "fix-disproved": completion.FixDisproved,
            "issue-closed": completion.IssueClosed,
            "execution-completed": completion.ExecutionCompleted,
            "report-submitted": completion.ReportSubmitted,
            "receipt-confirmed": completion.ReceiptConfirmed,
            "exit-gate-held": completion.ExitGateHeld,
            "certificate-prepared": completion.CertificatePrepared,
            "certificate-issued": completion.CertificateIssued,
        }
    ),
    publish=publish,
    project=project,
    owner=lambda state: state.party,
)
