"""Uploaded files: their size, and their names."""

from io import BytesIO

import pytest
from starlette.datastructures import UploadFile

from chassis.web.http import UploadTooLarge, read_upload


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plan.xlsx", "plan.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\tm\\plan.xlsx", "plan.xlsx"),
        ("plan\u202exslx.exe\r\n", "planxslx.exe"),
        ("p" * 5_000 + ".xlsx", "p" * 195 + ".xlsx"),
        ("..", "unnamed"),
        (None, "unnamed"),
    ],
)
async def test_a_file_that_is_too_large_is_refused_by_a_name_that_can_be_shown(name: str | None, said: str) -> None:
    file = UploadFile(BytesIO(b"12345"), filename=name)
    with pytest.raises(UploadTooLarge) as refused:
        await read_upload(file, limit=4)
    assert refused.value.file == said


async def test_a_file_of_just_the_size_is_read() -> None:
    assert await read_upload(UploadFile(BytesIO(b"1234")), limit=4) == b"1234"
