"""What participants are called: as their registration says it, also where that came after the notice (CTSD 5.8.1a)."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.engagement import named
from notification.domain.engagement import Engagement
from notification.domain.events import Event, ParticipantNamed


@dataclass(frozen=True)
class NameParticipant:
    """An organisation is registered under a name."""

    engagement: str
    organisation: str
    name: str


def name_participant(command: NameParticipant, state: Engagement) -> Sequence[Event]:
    """Whoever is called so already, or takes no part, is left as it is."""
    known = state.notice.participants
    if named(known, command.organisation, command.name) == known:
        return ()
    return (ParticipantNamed(command.organisation, command.name),)
