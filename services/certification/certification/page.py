"""The page that a person sees who follows a certificate's verification address."""

from html import escape

from certification.verification import Verification

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#111}
h1{padding:.6rem 1rem;color:#fff;border-radius:.3rem}.valid{background:#0b6b3a}.invalid{background:#a4161a}
dt{font-weight:600;margin-top:.6rem}dd{margin:0;overflow-wrap:anywhere}table{border-collapse:collapse;margin-top:1rem}
th,td{text-align:left;padding:.2rem 1.2rem .2rem 0;border-bottom:1px solid #ccc}"""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""The code in the address is nobody else's business."""


def page(verification: Verification) -> str:
    """The answer as HTML."""
    verdict, body = ("VALID", _certificate(verification)) if verification.valid else ("NOT VALID", _refused())
    style = "valid" if verification.valid else "invalid"
    rehearsal = "<p><strong>From a rehearsal: it entitles nobody to anything.</strong></p>" * verification.rehearsal
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Certificate verification</title>'
        f"<style>{STYLE}</style></head><body><h1 class={style}>{verdict}</h1>{rehearsal}{body}</body></html>"
    )


def _refused() -> str:
    return "<p>No certificate with this number and verification code was issued.</p>"


def _certificate(verification: Verification) -> str:
    facts = [
        (verification.title, verification.number),
        ("Status", _status(verification)),
        *((field.label, field.value) for field in verification.fields),
        ("SHA-256 of the PDF", verification.pdf_sha256),
    ]
    listed = "".join(f"<dt>{escape(str(name))}</dt><dd>{escape(str(fact))}</dd>" for name, fact in facts)
    return f"<dl>{listed}</dl>{_table(verification) if verification.columns else ''}"


def _table(verification: Verification) -> str:
    heads = "".join(f"<th>{escape(column)}</th>" for column in verification.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in verification.rows)
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _status(verification: Verification) -> str:
    if verification.superseded_by:
        return f"superseded by {verification.superseded_by}, which lists all that this one lists"
    return verification.status
