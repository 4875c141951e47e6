"""Named points at which a test lets the process die, as if it were killed there.

ASSAY_FAILPOINT=relay.sent ends the process at the first passing of that point, ASSAY_FAILPOINT=relay.sent:3 at the
third. Without it a point does nothing.
"""

import os

VARIABLE = "ASSAY_FAILPOINT"
EXIT_CODE = 137
"""What a shell says of a process that was killed."""

_name, _, _passing = os.environ.get(VARIABLE, "").partition(":")
_left = int(_passing or 1)


def failpoint(name: str) -> None:
    """Die here, at once and without any tidying, when this is the point that was asked for."""
    global _left  # noqa: PLW0603
    if name != _name:
        return
    _left -= 1
    if _left <= 0:
        os._exit(EXIT_CODE)
