"""Whoever holds a role, as one text: `dcc`, or `participant/SUPP` where an organisation must hold it."""

from kernel.principal import Principal


def holders(caller: Principal) -> list[str]:
    """What a caller is: the role that needs no organisation, and the role held by the organisation acted for."""
    return [caller.role] if caller.party is None else [caller.role, f"{caller.role}/{caller.party}"]
