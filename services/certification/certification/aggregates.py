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
            "scope-noted": completion.ScopeNoted,
            "issue-noted": completion.IssueNoted,
            "execution-completed": completion.ExecutionCompleted,
            "report-submitted": completion.ReportSubmitted,
            "evidence-submitted": completion.EvidenceSubmitted,
            "receipt-confirmed": completion.ReceiptConfirmed,
            "gate-body-decided": completion.GateBodyDecided,
            "exit-gate-held": completion.ExitGateHeld,
            "certificate-prepared": completion.CertificatePrepared,
            "certificate-issued": completion.CertificateIssued,
        }
    ),
    publish=publish,
    project=project,
    audience=lambda state: state.audience,
)
