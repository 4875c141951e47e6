"""Pages and files of a service come through the gateway as guarded as the service sent them."""

from testing.completions import PDF, executed, submit
from testing.probe import Probe


async def test_the_verification_page_keeps_its_guards(before_certification: Probe) -> None:
    async with before_certification.client(accept="text/html") as anyone:
        page = await anyone.get("/certificates/TCC-2027-0001/verification", params={"code": "guess"})
    assert "NOT VALID" in page.text
    assert page.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"


async def test_a_download_is_saved_and_never_guessed_at(before_certification: Probe, certification: Probe) -> None:
    engagement = await executed(certification, "SUPP")
    assert (await submit(certification, engagement, "SUPP")).status_code == 201
    async with before_certification.client("dcc") as dcc:
        file = await dcc.get(f"/engagements/{engagement}/completion-report/1/file")
    assert file.content == PDF
    assert file.headers["content-disposition"] == 'attachment; filename="completion-report-1.pdf"'
    assert file.headers["x-content-type-options"] == "nosniff"


async def test_public_lists_are_asked_of_the_service_that_keeps_them(before_certification: Probe) -> None:
    async with before_certification.client("panel") as panel, before_certification.client() as nobody:
        assert (await panel.get("/lists/devices")).json() == []
        assert (await nobody.get("/lists/devices")).status_code == 401
