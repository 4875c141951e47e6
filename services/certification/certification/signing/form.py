"""The form of CTSD Annex E as a PDF. The same certificate always gives the same bytes."""

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from certification.domain.certificate import Certificate
from certification.signing.typeface import FAMILY, FILES, shown
from rulebook.engine.certificates import CertificateForm, certificate_form
from rulebook.engine.editions import root_of

ISSUER = "Data Communications Company (DCC)"
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
        self.set_author(ISSUER)
        self.set_subject(shown(f"{certificate.party_name}, {certificate.role_name}"))
        self.set_lang("en-GB")
        self.alias_nb_pages()

    def footer(self) -> None:
        """Number, page, and where to verify."""
        certificate = self._certificate
        self.set_y(-20 if certificate.head is None else -24)
        self.set_font(FAMILY, size=7)
        self.set_text_color(90)
        self.line_of(f"{certificate.number} - page {self.page_no()} of {{nb}} - code {certificate.code}", 4)
        self.line_of(f"Verify at {certificate.verification_url}", 4, link=certificate.verification_url)
        if head := certificate.head:
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
    form = certificate_form(certificate.procedure, root_of(certificate.rulebook))
    page = _Form(certificate, form)
    page.add_page()
    if certificate.rehearsal:
        _rehearsal(page)
    _head(page, certificate, form)
    _subject(page, certificate, form)
    _table(page, certificate, form)
    _close(page, certificate, form)
    return bytes(page.output())


def _rehearsal(page: _Form) -> None:
    page.set_font(FAMILY, size=10)
    page.set_text_color(164, 22, 26)
    page.line_of(REHEARSAL, 6, "B")
    page.set_text_color(0)
    page.ln(2)


def _head(page: _Form, certificate: Certificate, form: CertificateForm) -> None:
    to, of, dated, *_ = form.labels
    page.set_font(FAMILY, size=13)
    page.line_of(form.title.upper(), 8, "B")
    page.ln(4)
    page.set_font(FAMILY, size=10)
    page.line_of(f"{to}: {certificate.party_name}")
    page.line_of(f"{of}: {ISSUER}")
    page.line_of(f"{dated}: {long_date(certificate)}")
    page.line_of(f"Certificate number: {certificate.number}")
    page.ln(4)


def _subject(page: _Form, certificate: Certificate, form: CertificateForm) -> None:
    party, signifier, role = form.labels[3:6]
    page.line_of(form.salutation)
    page.ln(2)
    page.line_of(form.heading.upper(), style="B")
    page.line_of(form.statement)
    page.ln(2)
    page.line_of(f"{party}: {certificate.party_name}")
    page.line_of(f"{signifier}: {certificate.party}")
    page.line_of(f"{role}: {certificate.role_name} ({certificate.role})")
    page.ln(2)
    page.line_of(form.table_note)
    page.ln(2)


def _table(page: _Form, certificate: Certificate, form: CertificateForm) -> None:
    page.set_font(FAMILY, size=9)
    heading = FontFace(emphasis="BOLD", fill_color=(226, 232, 240))
    with page.table(headings_style=heading, col_widths=(30, 35, 35), line_height=5.2, text_align="LEFT") as table:
        table.row(form.columns)
        for row in certificate.srvs:
            table.row((row.srv, row.route, f"{row.issued_on:%d/%m/%Y}"))
    page.ln(4)


def _close(page: _Form, certificate: Certificate, form: CertificateForm) -> None:
    farewell, _name, _position, on_behalf = form.closing
    if page.get_y() > page.h - BOTTOM_MM - SIGNATURE_MM:
        page.add_page()
    page.set_font(FAMILY, size=10)
    page.line_of(farewell)
    page.ln(4)
    # Beside the stamp of the signature, which stands at the right.
    page.line_of(certificate.signatory, style="B", width=CLOSING_MM)
    page.line_of(certificate.position, width=CLOSING_MM)
    page.line_of(on_behalf, width=CLOSING_MM)


def long_date(certificate: Certificate) -> str:
    """The day of issue, for example `7 May 2027`."""
    return f"{certificate.issued_on.day} {certificate.issued_on:%B %Y}"
