"""E-invoices in a whole installation: judged, refused with a mail, excepted, checked again, attachments filed."""

import base64
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path

import pytest
from sqlalchemy import select

from dms.actor import Role
from dms.identity import service as identity
from dms.identity.models import LegalEntity
from dms.intake.einvoices import RuleWatch
from dms.jobs.models import Job
from dms.payables import checks, notices, rejection, service
from dms.payables.models import PayableInvoice, PayableState
from dms.platform import Platform
from dms.records import queries
from dms.records import service as records
from invoicing.rulesets import default_folder, installed
from tests.conftest import skip_loudly
from tests.factories import PASSWORD, TEST, add_person, bring, opened, wait_for_outcome
from tests.served import served

pytestmark = pytest.mark.corpus
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")


@pytest.fixture(scope="module")
def xml(corpora: Path) -> str:
    """A valid XRechnung of the public test suite, UBL."""
    if not installed(default_folder()):
        skip_loudly("no rule sheets here: run `make setup`")
    path = corpora / "einvoice/kosit-testsuite/business-cases/standard/01.01a-INVOICE_ubl.xml"
    return path.read_text(encoding="utf-8")


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path / "data") as found:
        yield found


def _without_buyer_reference(xml: str) -> str:
    """BR-DE-15 (XRechnung): BT-10 must be there."""
    return _changed(xml, r"<cbc:BuyerReference>.*?</cbc:BuyerReference>", "")


def _without_address(xml: str) -> str:
    return _changed(
        _changed(xml, r'schemeID="EM"', 'schemeID="9930"'), r"<cbc:ElectronicMail>.*?</cbc:ElectronicMail>", ""
    )


def _with_wrong_lines(xml: str, count: int) -> str:
    """Each with a net amount (BT-131) that its quantity and price do not make."""
    [line, *_] = re.findall(r"<cac:InvoiceLine>.*?</cac:InvoiceLine>", xml, re.DOTALL)
    wrong = _changed(line, r'(<cbc:LineExtensionAmount currencyID="EUR">)[^<]*', r"\g<1>987654.32")
    return xml.replace(line, wrong * count)


def _changed(xml: str, pattern: str, by: str) -> str:
    changed = re.sub(pattern, by, xml, flags=re.DOTALL)
    assert changed != xml
    return changed


def _through(platform: Platform, xml: str, name: str = "rechnung.xml") -> PayableInvoice:
    receipt = bring(platform, name, xml.encode())
    wait_for_outcome(platform, receipt.document_id)
    with platform.db.read(TEST) as session:
        query = select(PayableInvoice).where(PayableInvoice.document_id == receipt.document_id)
        return session.scalars(query).one()


def _mails(platform: Platform) -> list[str]:
    _until_done(platform)
    folder = platform.settings.folder / "mail"
    return [path.read_bytes().decode() for path in sorted(folder.glob("*.eml"))]


def _until_done(platform: Platform) -> None:
    import time

    end = time.monotonic() + 60
    while time.monotonic() < end:
        with platform.db.read(TEST) as session:
            if session.scalars(select(Job.id).where(Job.state.in_(("ready", "running")))).first() is None:
                return
        time.sleep(0.05)
    raise AssertionError("jobs are still open")


def test_a_sound_invoice_is_accepted_by_the_named_rule_set(platform: Platform, xml: str) -> None:
    row = _through(platform, xml)
    with platform.db.read(TEST) as session:
        check = checks.newest(session, row.document_id)
    assert check is not None
    assert (row.state, row.verdict, check.verdict) == (PayableState.CAPTURE, "accepted", "accepted")
    assert check.rule_set == " ".join(installed(default_folder())[0].label.values())
    assert _mails(platform) == []


def test_an_invoice_that_breaks_a_rule_goes_back_with_a_mail_that_says_why(platform: Platform, xml: str) -> None:
    row = _through(platform, _without_buyer_reference(xml))
    assert (row.state, row.verdict) == (PayableState.REJECTED, "rejected")
    [mail] = _mails(platform)
    message = message_from_bytes(mail.encode(), policy=default_policy)
    text, report = message.get_body(preferencelist=("plain",)), next(message.iter_attachments())
    assert text is not None
    assert message["To"] == "seller@email.de"
    assert str(row.invoice_number) in message["Subject"]
    assert "Leitweg-ID oder Käuferreferenz (BT-10)" in text.get_content()
    assert "[Regel BR-DE-15]" in text.get_content()
    assert "BR-DE-15 (Fehler)" in report.get_content()
    with platform.db.read(TEST) as session:
        [notice] = notices.of_payable(session, row.id)
        assert notice.is_automatic
        assert notice.sent_at is not None


@pytest.mark.parametrize("why", ["switch", "exempt", "address", "duplicate", "unknown_profile"])
def test_a_person_decides_where_the_machine_must_not(platform: Platform, xml: str, why: str) -> None:
    broken = _without_buyer_reference(xml)
    if why == "switch":
        with platform.db.write(TEST) as session:
            identity.change(session, session.scalars(select(LegalEntity)).one(), rejects_automatically=False)
    if why == "exempt":
        first = _through(platform, broken)
        with platform.db.write(TEST) as session:
            rejection.exempt(session, first, "seller@email.de", reason="Kleinunternehmen", clock=platform.clock)
    if why == "address":
        broken = _without_address(broken)
    if why == "duplicate":
        _through(platform, xml)
    if why == "unknown_profile":
        broken = _changed(
            xml,
            r"<cbc:CustomizationID>.*?</cbc:CustomizationID>",
            "<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>",
        )
    row = _through(platform, broken)
    assert (row.state, row.verdict) == (PayableState.CAPTURE, "rejected")


@pytest.mark.parametrize(
    ("limit", "addresses"),
    [(notices.MAX_AUTOMATIC_A_DAY, ["seller@email.de"]), (notices.MAX_AUTOMATIC_IN_ALL, ["a@email.de", "b@email.de"])],
)
def test_the_machine_does_not_write_without_end(platform: Platform, xml: str, limit: int, addresses: list[str]) -> None:
    broken = _without_buyer_reference(xml)
    first = _through(platform, broken)
    with platform.db.write(TEST) as session:
        letter = rejection.letter(session, first, checks.newest(session, first.document_id), automatic=True)  # type: ignore[arg-type]
        for number in range(limit - 1):
            address = addresses[number % len(addresses)]
            notices.write(session, first, address, letter, platform.clock, automatic=True)
    broken = _changed(broken, r"<cbc:ID>.*?</cbc:ID>", "<cbc:ID>noch eine</cbc:ID>")
    other = _through(platform, broken.replace("seller@email.de", "Seller@Email.de"))
    assert other.state == PayableState.CAPTURE


def test_an_exempt_sender_may_write_its_vat_id_as_it_likes(platform: Platform, xml: str) -> None:
    first = _through(platform, _without_buyer_reference(xml))
    with platform.db.write(TEST) as session:
        rejection.exempt(session, first, "seller@email.de", reason="Kleinunternehmen", clock=platform.clock)
    again = _without_buyer_reference(xml).replace("seller@email.de", "other@email.de")
    row = _through(platform, _changed(again, "DE 123456789", "de123456789"))
    assert (row.state, row.verdict) == (PayableState.CAPTURE, "rejected")


def test_what_rejects_is_not_cut_off_behind_hundreds_of_warnings(platform: Platform, xml: str) -> None:
    row = _through(platform, _with_wrong_lines(_without_buyer_reference(xml), checks.MAX_FINDINGS + 10))
    with platform.db.read(TEST) as session:
        check = checks.newest(session, row.document_id)
    assert check is not None
    assert check.findings_total > checks.MAX_FINDINGS
    assert "BR-DE-15" in {finding["rule"] for finding in check.report["findings"]}
    assert row.state == PayableState.REJECTED


def test_a_refused_invoice_is_taken_up_again_by_a_person(platform: Platform, xml: str) -> None:
    row = _through(platform, _without_buyer_reference(xml))
    with platform.db.write(TEST) as session:
        document = records.document(session, row.document_id)
        known = queries.values(session, document.id)
        taken = service.open_for_document(session, document, known, {"syntax": "ubl-invoice"}, platform.clock)
        assert taken.id != row.id
        assert taken.state == PayableState.CAPTURE
        assert service.open_for_document(session, document, known, None, platform.clock).id == taken.id


def test_without_rules_it_stays_open_until_there_are_some(tmp_path: Path, xml: str) -> None:
    rules = tmp_path / "rules"
    with opened(tmp_path / "data", rules_dir=rules) as platform:
        row = _through(platform, _without_buyer_reference(xml))
        assert (row.state, row.verdict) == (PayableState.CAPTURE, "unchecked")
        watch = RuleWatch(platform)
        assert watch.look() == 0
        rules.symlink_to(default_folder())
        assert watch.look() == 1
        _until_done(platform)
        with platform.db.read(TEST) as session:
            found = [check.verdict for check in checks.history(session, row.document_id)]
            again = session.get_one(PayableInvoice, row.id)
        assert found == ["rejected", "unchecked"]
        assert (again.state, again.verdict) == (PayableState.CAPTURE, "rejected"), "a person decides later"
        assert watch.look() == 0


def test_attachments_become_documents_that_go_with_their_invoice(platform: Platform, xml: str) -> None:
    embedded = (
        "<cac:AdditionalDocumentReference><cbc:ID>Stundenzettel</cbc:ID><cac:Attachment>"
        "<cbc:EmbeddedDocumentBinaryObject "
        f'mimeCode="image/png" filename="../../stunden.png">{base64.b64encode(PNG).decode()}'
        "</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>"
    )
    row = _through(platform, _changed(xml, "<cac:AccountingSupplierParty>", f"{embedded}<cac:AccountingSupplierParty>"))
    _until_done(platform)
    with platform.db.read(TEST) as session:
        main = records.document(session, row.document_id)
        [attachment] = queries.attachments(session, row.document_id)
    assert (attachment.original_name, attachment.state, attachment.media_type) == ("stunden.png", "inbox", "image/png")
    assert attachment.acl_node_id == main.acl_node_id
    with platform.store.open(attachment.original_sha256) as stream:
        assert stream.read() == PNG
    with platform.db.write(TEST) as session:
        records.discard(
            session,
            records.document(session, main.id),
            reason="Irrläufer",
            has_open_payable=False,
            clock=platform.clock,
        )
    with platform.db.read(TEST) as session:
        assert records.document(session, attachment.id).state == "discarded"


def test_an_invoice_too_long_for_a_pdf_leads_back_to_its_page_and_says_so(platform: Platform, xml: str) -> None:
    """The buttons of the page stay at hand; a shorter one is typeset."""
    add_person(platform, "anna", Role.INVOICE_DESK)
    long, short = _through(platform, _with_wrong_lines(xml, 1600), "lang.xml"), _through(platform, xml, "kurz.xml")
    with served(platform) as client:
        client.post("/anmelden", data={"login": "anna", "password": PASSWORD})
        answer = client.get(f"/rechnungen/{long.id}/ansicht.pdf")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/rechnungen/{long.id}")
        assert "zu lang für eine Ansicht als PDF" in client.get(answer.headers["location"]).text
        assert client.get(f"/rechnungen/{short.id}/ansicht.pdf").content.startswith(b"%PDF-")
