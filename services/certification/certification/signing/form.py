"""A certificate as a PDF, by its form. The same certificate always gives the same bytes."""

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from certification.domain.certificate import Certificate, form_of
from certification.signing.typeface import FAMILY, FILES, shown
from rulebook.engine.certificates import CertificateForm

REHEARSAL = "REHEARSAL - made out in rehearsed time; it entitles nobody to anything."
BOTTOM_MM = 28
SIGNATURE_MM = 32
"""What the closing lines need; the stamp of the signature stands beside them."""
CLOSING_MM = 85


class _Form(FPDF):
    """A4 pages with the certificate's number and where to verify it at the foot."""

    def __init__(self, certificate: Certificate, form: CertificateForm) -> None:
        super().__init__(format="A4")
        for style, file in FILES.items():
            self.add_font(FAMILY, style, file)
        self._certificate = certificate
        self.set_margin(22)
        self.set_auto_page_break(True, margin=BOTTOM_MM)
        self.set_creation_date(certificate.prepared_at)
        self.set_title(f"{form.title} {certificate.number}")
        self.set_author(shown(certificate.issuer))
        self.set_subject(shown(f"{certificate.recipient.name}, {certificate.subject.name}"))
        self.set_lang("en-GB")
        self.alias_nb_pages()

    def footer(self) -> None:
        """Number, page, and where to verify."""
        certificate = self._certificate
        self.set_y(-24)
        self.set_font(FAMILY, size=7)
        self.set_text_color(90)
        self.line_of(f"{certificate.number} - page {self.page_no()} of {{nb}} - code {certificate.code}", 4)
        self.line_of(f"Verify at {certificate.verification_url}", 4, link=certificate.verification_url)
        head = certificate.head
        self.line_of(f"Records of the issuer: {head.position} events, sealed by {head.hash}", 4)

    def line_of(self, text: str, height: float = 5.5, style: str = "", link: str = "", width: float = 0) -> None:
        """One line of text, wrapped where it is too long; without a width it may reach the margin."""
        if style:
            self.set_font(style=style)
        self.multi_cell(width, height, shown(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, link=link)
        if style:
            self.set_font(style="")


def render(certificate: Certificate) -> bytes:
    """The unsigned PDF."""
    form = form_of(certificate)
    page = _Form(certificate, form)
    page.add_page()
    if certificate.rehearsal:
        _rehearsal(page)
    _head(page, certificate, form)
    _statement(page, certificate, form)
    if certificate.rows:
        _table(page, certificate)
    _close(page, certificate, form)
    return bytes(page.output())


def _rehearsal(page: _Form) -> None:
    page.set_font(FAMILY, size=10)
    page.set_text_color(164, 22, 26)
    page.line_of(REHEARSAL, 6, "B")
    page.set_text_color(0)
    page.ln(2)


def _head(page: _Form, certificate: Certificate, form: CertificateForm) -> None:
    page.set_font(FAMILY, size=13)
    page.line_of(form.title.upper(), 8, "B")
    page.ln(4)
    page.set_font(FAMILY, size=10)
    for field in certificate.fields:
        page.line_of(f"{field.label}: {field.value}")
    page.line_of(f"Certificate number: {certificate.number}")
    if certificate.supersedes:
        page.line_of(f"Supersedes: {certificate.supersedes}")
    page.ln(4)


def _statement(page: _Form, certificate: Certificate, form: CertificateForm) -> None:
    page.line_of(form.salutation)
    page.ln(2)
    page.line_of(form.heading.upper(), style="B")
    page.line_of(form.statement)
    page.ln(2)
    if certificate.rows:
        page.line_of(form.table_note)
        page.ln(2)


def _table(page: _Form, certificate: Certificate) -> None:
    page.set_font(FAMILY, size=9)
    heading = FontFace(emphasis="BOLD", fill_color=(226, 232, 240))
    with page.table(headings_style=heading, line_height=5.2, text_align="LEFT") as table:
        table.row(certificate.columns)
        for row in certificate.rows:
            table.row(tuple(map(shown, row)))
    page.ln(4)


def _close(page: _Form, certificate: Certificate, form: CertificateForm) -> None:
    farewell, *_, on_behalf = form.closing
    if page.get_y() > page.h - BOTTOM_MM - SIGNATURE_MM:
        page.add_page()
    page.set_font(FAMILY, size=10)
    page.line_of(farewell)
    page.ln(4)
    # Beside the stamp of the signature, which stands at the right.
    page.line_of(certificate.signatory, style="B", width=CLOSING_MM)
    page.line_of(certificate.position, width=CLOSING_MM)
    page.line_of(on_behalf, width=CLOSING_MM)
