"""What the service tells of its certificates at /metrics."""

from certification.read_models import QUERIES
from chassis.observability.metrics import Measure

MEASURES = (
    Measure("assay_certificates_issued", "Certificates that were issued.", QUERIES["certificates_issued"]),
    Measure(
        "assay_certificates_waiting",
        "Certificates that were decided and are still to be signed.",
        QUERIES["certificates_waiting"],
    ),
)
