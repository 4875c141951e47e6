"""Facts that the Code Administrator feeds in."""

from contracts.base import Contract, Day


class PartyAcceded(Contract, name="code-administrator.party-acceded", house="dcc"):
    """A Party acceded to the Code (CTSD 5.8.1a). The subject is the Party's signifier."""

    signifier: str
    name: str
    acceded_on: Day
    reference: str
