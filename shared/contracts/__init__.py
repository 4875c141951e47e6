"""What crosses Kafka: one frozen class per event type and version, and the topics that carry them."""

from contracts import (
    artefact_review,
    audit,
    certification,
    code_administrator,
    disputes,
    execution_tracker,
    notification,
    rejected,
)
from contracts.base import REGISTRY, Contract, Part

__all__ = [
    "REGISTRY",
    "Contract",
    "Part",
    "artefact_review",
    "audit",
    "certification",
    "code_administrator",
    "disputes",
    "execution_tracker",
    "notification",
    "rejected",
]
