"""Files as they are answered with."""

import pytest

from chassis.web.replies import file_reply


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TCC-2027-0001-KWQF.pdf", 'filename="TCC-2027-0001-KWQF.pdf"'),
        ("run 2.log", "filename*=UTF-8''run%202.log"),
        ('a"; filename="b.exe', "filename*=UTF-8''a%22%3B%20filename%3D%22b.exe"),
        ("\u6f22.csv", "filename*=UTF-8''%E6%BC%A2.csv"),
    ],
)
def test_a_file_is_saved_under_its_name_and_kept_by_nobody_on_the_way(name: str, said: str) -> None:
    headers = file_reply(b"1", name, "application/octet-stream").headers
    assert headers["content-disposition"] == f"attachment; {said}"
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("private, no-store", "nosniff")
