"""Whose testing it is, and the procedure by which it is done."""

from dataclasses import dataclass

from kernel.audience import Audience
from kernel.engagement import Participant, Subject, organisations
from rulebook.engine.profile import Profile, profile


@dataclass(frozen=True)
class Engagement:
    """What is tested, who takes part, and by which edition of which procedure. The first participant started it."""

    procedure: str
    rulebook: str | None
    subject: Subject
    participants: tuple[Participant, ...]

    @property
    def profile(self) -> Profile:
        """Everything that its procedure says, in the edition under which it began."""
        return profile(self.procedure, self.rulebook)

    @property
    def audience(self) -> Audience:
        """Who may do what in it."""
        roles = self.profile.roles
        held = (each for each in self.participants if each.role in roles and roles[each.role].organisation)
        return self.profile.audience(organisations(held))

    @property
    def name(self) -> str:
        """The organisation whose testing it is; what is tested, where none takes part."""
        return self.participants[0].name if self.participants else self.subject.name
