"""Routes that anyone may call who holds a certificate."""

from typing import Annotated

from fastapi import APIRouter, File, Header, Query, Response, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import TypeAdapter

from certification.page import HEADERS, page
from certification.settings import signing_folder
from certification.verification import Verification, verify_file, verify_number
from chassis.web.http import Run, public, read_upload

LARGEST_CERTIFICATE = 1_000_000
ANSWER = TypeAdapter(Verification)

router = APIRouter(tags=["verification"])


@router.get("/certificates/root.pem", response_class=Response, **public())
async def root_certificate(runtime: Run) -> Response:
    """The root certificate under which every certificate is signed."""
    return Response(signing_folder(runtime).root_file.read_bytes(), media_type="application/x-pem-file")


@router.get("/certificates/{number}/verification", response_model=Verification, **public())
async def verify(
    number: str,
    runtime: Run,
    code: Annotated[str, Query(max_length=100)] = "",
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Whether a certificate with this number and verification code was issued; a page where a browser asks."""
    answer = await verify_number(runtime.pool, number, code)
    if "text/html" in accept:
        return HTMLResponse(page(answer), headers=HEADERS)
    return JSONResponse(ANSWER.dump_python(answer, mode="json"), headers=HEADERS)


@router.post("/certificates/verification", **public())
async def verify_upload(
    file: Annotated[UploadFile, File(description="The PDF or its JSON twin.")], runtime: Run
) -> Verification:
    """Whether a file is a certificate that was issued here, with nothing changed in it."""
    data = await read_upload(file, LARGEST_CERTIFICATE)
    return await verify_file(runtime.pool, signing_folder(runtime), data)
