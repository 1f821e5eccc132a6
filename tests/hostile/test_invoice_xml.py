"""Hostile invoices: nothing is read from elsewhere, limits hold, and every refusal has a reason."""

import base64
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from invoicing import Refused, check, xml
from invoicing.tasks import read_einvoice, xml_text
from invoicing.validate import exit_code

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_HEAD = (
    f'<Invoice xmlns="{_UBL}Invoice-2" xmlns:cbc="{_UBL}CommonBasicComponents-2" '
    f'xmlns:cac="{_UBL}CommonAggregateComponents-2">'
)
_SECRET = "the secret that must not leave"


def _refusal(data: bytes) -> str | None:
    try:
        xml.parse(data)
    except Refused as refusal:
        return refusal.code
    return None


def _pdf(files: dict[str, bytes]) -> bytes:
    written = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for name, content in files.items():
            pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)
        pdf.save(written)
    return written.getvalue()


@pytest.mark.parametrize("spelling", ["DOCTYPE", "doctype"])
@pytest.mark.parametrize("before", ["", "\n", "<!-- <a> -->", "<?pi <x> ?>", '<?xml version="1.0"?>', "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_document_type_is_refused_before_parsing(
    tmp_path: Path, spelling: str, before: str, encoding: str
) -> None:
    (tmp_path / "secret.txt").write_text(_SECRET, encoding="utf-8")
    entity = f'<!{spelling} a [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]>'
    data = f"{before}{entity}{_HEAD}<cbc:ID>&e;</cbc:ID></Invoice>".encode(encoding)
    refusal = _refusal(data)
    assert refusal in ("xml.doctype", "xml.malformed", "xml.encoding")
    assert _SECRET not in repr(check(data).as_json())


def test_a_document_type_in_text_is_only_text() -> None:
    data = f"{_HEAD}<cbc:ID><![CDATA[<!DOCTYPE html>]]></cbc:ID></Invoice>".encode()
    assert check(data).terms[0] == ("BT-1", "<!DOCTYPE html>")


def test_undefined_and_recursive_entities_are_refused() -> None:
    assert _refusal(b"<a>&unknown;</a>") == "xml.malformed"


def test_xinclude_is_refused_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(_SECRET, encoding="utf-8")
    include = (
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file://{tmp_path}/secret.txt"/>'
    )
    assert _refusal(f"<a>{include}</a>".encode()) == "xml.xinclude"


def test_a_stylesheet_instruction_is_never_executed() -> None:
    data = f'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>{_HEAD}<cbc:ID>1</cbc:ID></Invoice>'.encode()
    assert check(data).terms[0] == ("BT-1", "1")


def test_a_schema_location_is_never_fetched() -> None:
    hint = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"'
    data = f"{_HEAD.replace('<Invoice ', f'<Invoice {hint} ')}<cbc:ID>1</cbc:ID></Invoice>".encode()
    started = time.monotonic()
    assert check(data).syntax is not None
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("depth", [xml.MAX_DEPTH + 1, 5_000, 200_000])
def test_depth_is_capped(depth: int) -> None:
    assert _refusal(b"<a>" * depth + b"</a>" * depth) == "xml.too_deep"


def test_the_deepest_allowed_document_is_read() -> None:
    assert _refusal(b"<a>" * xml.MAX_DEPTH + b"</a>" * xml.MAX_DEPTH) is None


def test_elements_are_capped() -> None:
    assert _refusal(b"<a>" + b"<b/>" * (2 * xml.MAX_ELEMENTS) + b"</a>") == "xml.too_many_elements"


def test_bytes_are_capped() -> None:
    assert _refusal(b"<a>" + b" " * xml.MAX_BYTES + b"</a>") == "xml.too_large"


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b'<?xml version="1.0" encoding="UTF-7"?><a>+ADwAIQ-</a>', "xml.encoding"),
        (b"+ADw-a/+AD4-", "xml.malformed"),
        (b'<?xml version="1.0" encoding="UTF-8_W/O_BOM"?><a/>', "xml.encoding"),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "xml.encoding"),
        (b'<?xml version="1.0" encoding="UTF-8"?><a>\xe4</a>', "xml.encoding"),
        (b"<a>\xe4</a>", "xml.encoding"),
        (b' <?xml version="1.0"?><a/>', "xml.malformed"),
        ("<a/>".encode("utf-32"), "xml.malformed"),
        (b"\xff\xfe<\x00a\x00\x00\xd8>\x00", "xml.encoding"),
        (b"<a>\x00</a>", "xml.malformed"),
        (b"<a>&#0;</a>", "xml.malformed"),
        (b"<a/><b/>", "xml.malformed"),
        (b"", "xml.empty"),
        (b" \r\n", "xml.empty"),
    ],
)
def test_bytes_that_are_not_what_they_claim_are_refused(data: bytes, refusal: str) -> None:
    assert _refusal(data) == refusal


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>Straße</a>'.encode("latin-1"),
        '<?xml version="1.0" encoding="UTF-16"?><a>Straße</a>'.encode("utf-16"),
        '<?xml version="1.1" encoding="utf-8"?><a>Straße</a>'.encode(),
        "<a>Straße</a>".encode("utf-8-sig"),
    ],
)
def test_honest_encodings_are_read(data: bytes) -> None:
    assert xml.parse(data).text == "Straße"


def test_a_valid_invoice_of_fifteen_megabytes_is_read(tmp_path: Path) -> None:
    content = base64.b64encode(bytes(11_000_000)).decode()
    attached = (
        '<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="a.pdf">'
        f"{content}</cbc:EmbeddedDocumentBinaryObject>"
    )
    document = f"<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment>{attached}</cac:Attachment>"
    data = f"{_HEAD}<cbc:ID>15 MB</cbc:ID>{document}</cac:AdditionalDocumentReference></Invoice>".encode()
    assert len(data) > 14_500_000
    answer: Any = read_einvoice(BytesIO(data), tmp_path)
    assert answer["fields"]["number"]["value"] == "15 MB"
    assert answer["attachments"][0]["bytes"] == 11_000_000
    assert len(str(answer)) < 20_000


def test_endless_sub_lines_end() -> None:
    depth = 60
    lines = "<cac:SubInvoiceLine>" * depth + "</cac:SubInvoiceLine>" * depth
    report = check(f"{_HEAD}<cbc:ID>1</cbc:ID><cac:InvoiceLine>{lines}</cac:InvoiceLine></Invoice>".encode())
    assert report.terms[0] == ("BT-1", "1")


def test_an_amount_of_a_million_digits_is_no_amount() -> None:
    total = f"<cac:LegalMonetaryTotal><cbc:PayableAmount>{'9' * 1_000_000}</cbc:PayableAmount></cac:LegalMonetaryTotal>"
    report = check(f"{_HEAD}{total}</Invoice>".encode())
    finding = next(one for one in report.findings if one.rule == "value.amount")
    assert len(finding.detail) <= 200
    assert all(len(term.value) <= 2000 for term in report.terms)


def test_an_entity_attack_inside_a_pdf_is_refused(tmp_path: Path) -> None:
    attack = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'
    report = check(_pdf({"factur-x.xml": attack}))
    assert [finding.rule for finding in report.findings] == ["input.doctype"]
    with pytest.raises(Refused, match=r"xml\.doctype"):
        read_einvoice(BytesIO(_pdf({"factur-x.xml": attack})), tmp_path)


def test_an_inflating_attachment_is_refused(tmp_path: Path) -> None:
    data = _pdf({"bomb.bin": bytes(70 * 1024 * 1024)})
    assert len(data) < 1_000_000
    with pytest.raises(Refused, match=r"pdf\.file_too_large"):
        read_einvoice(BytesIO(data), tmp_path)


def test_names_of_attached_files_are_data_and_touch_no_path(tmp_path: Path) -> None:
    name = "../../../../tmp/evil<script>.xml"
    answer: Any = read_einvoice(BytesIO(_pdf({name: b"<a/>"})), tmp_path)
    assert answer["report"]["embedded"] == [name]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("xml_xxe_file.xml", {"input.doctype"}),
        ("xml_billion_laughs.xml", {"input.doctype"}),
        ("xml_xinclude.xml", {"input.xinclude"}),
        ("xml_deep_200k.xml", {"input.too_deep"}),
        ("pdf_facturx_xxe.pdf", {"input.doctype"}),
        ("pdf_facturx_two_xml.pdf", {"input.unknown_root", "pdf.several_invoices"}),
        ("xrechnung_attachment_traversal.xml", {"xsd.invalid", "scenario.none"}),
        ("pdf_zero_bytes.pdf", {"input.empty"}),
    ],
)
def test_the_collected_attacks_are_rejected(corpora: Path, name: str, rules: set[str]) -> None:
    report = check((corpora / "hostile" / "generated" / name).read_bytes()).as_json()
    assert rules & {finding["rule"] for finding in report["findings"]}
    assert report["accepted"] is False
    assert exit_code(report) == 1
    assert "root:" not in repr(report)


@pytest.mark.corpus
def test_no_collected_xml_or_text_reads_a_file_or_crashes(corpora: Path, tmp_path: Path) -> None:
    files = [
        path for path in sorted((corpora / "hostile").rglob("*")) if path.suffix.lower() in (".xml", ".svg", ".txt")
    ]
    assert len(files) > 15
    for path in files:
        with path.open("rb") as source:
            assert check(source.read()).accepted is not True, path
            source.seek(0)
            try:
                text = xml_text(source, tmp_path)
            except Refused:
                continue
            assert "root:x:0" not in str(text), path
