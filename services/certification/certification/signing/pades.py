"""PAdES signatures (baseline B-B) on the PDF. pyHanko is loaded by whoever needs this module, and only then."""

from datetime import UTC, datetime
from io import BytesIO

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext

from certification.signing.keys import SigningFolder

FIELD = "Signature"
BOX = (320, 80, 535, 125)
"""Where the stamp stands on the last page, in points from its lower left corner."""

USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})


class NotSigned(Exception):
    """The signature can't be accepted; `args[0]` says why."""


def sign(pdf: bytes, folder: SigningFolder, reason: str) -> bytes:
    """The PDF with a signature that allows no change after it."""
    signer = signers.SimpleSigner.load(  # type: ignore[no-untyped-call]
        folder.key_file, folder.certificate_file, ca_chain_files=(folder.root_file,)
    )
    if signer is None:
        raise FileNotFoundError(folder.folder)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    stamp = TextStampStyle(stamp_text="Digitally signed by\n%(signer)s\n%(ts)s")
    place = fields.SigFieldSpec(FIELD, on_page=-1, box=BOX)
    pdf_signer = signers.PdfSigner(metadata, signer, stamp_style=stamp, new_field_spec=place)
    return bytes(pdf_signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf))).getvalue())


def check(pdf: bytes, folder: SigningFolder, reason: str | None = None) -> None:
    """Raise NotSigned unless one signature under the root covers the whole file and nothing was changed.

    Where a reason is given, it must be the one for which the file was signed.
    """
    try:
        _check(pdf, folder, reason)
    except NotSigned:
        raise
    except Exception as error:  # a file made to break the reader may break it anywhere
        raise NotSigned("the file can't be read as a signed PDF") from error


def _check(pdf: bytes, folder: SigningFolder, reason: str | None) -> None:
    signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
    if len(signatures) != 1:
        raise NotSigned(f"the file has {len(signatures)} signatures; a certificate has one")
    signature = signatures[0]
    root = load_cert_from_pemder(folder.root_file)  # type: ignore[no-untyped-call]
    # the register says what was issued, so an old certificate stays good after its signer's has run out
    moment = signature.self_reported_timestamp or datetime.now(UTC)
    trust = ValidationContext(trust_roots=[root], allow_fetching=False, moment=moment)
    status = validate_pdf_signature(signature, signer_validation_context=trust, key_usage_settings=USAGE)
    if not (status.intact and status.valid):
        raise NotSigned("the file was changed after it was signed")
    if not status.trusted:
        raise NotSigned("the signature is not under the root of these certificates")
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE or not status.bottom_line:
        raise NotSigned("something was added to the file after it was signed")
    signed_for = str(signature.sig_object.get("/Reason"))
    if reason not in (None, signed_for):
        raise NotSigned(f"it was signed as {signed_for}, and {reason} belongs here")
