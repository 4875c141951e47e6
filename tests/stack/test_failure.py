"""What is said to be done about something that the machine refused."""

import errno

import pytest

from kernel.failure import MAKE_ROOM, remedy_of


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("could not extend file: No space left on device"),
        RuntimeError("could not write. HINT: Check free disk space."),
    ],
)
def test_a_full_disk_asks_for_room_whoever_tells_of_it(error: Exception) -> None:
    assert remedy_of(error) == MAKE_ROOM


def test_a_folder_that_may_not_be_written_asks_for_another_user_or_folder() -> None:
    assert "ASSAY_HOME" in remedy_of(OSError(errno.EACCES, "Permission denied"))
    assert remedy_of(OSError(errno.EIO, "Input/output error")) == "Mend that, and try again."
