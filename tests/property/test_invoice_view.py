"""The view says all that the model says, each value once, where people look for it, and findings can lead there."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import HealthCheck, example, given, settings
from lxml import html

from invoicing import Invoice, read, render_html, write_cii, write_ubl
from invoicing.anchors import Anchors
from invoicing.detect import Syntax
from invoicing.model import Binary, Identifier, Line, LineTax, Note, term_fields
from invoicing.view_wording import LABELS
from tests.arbitrary_invoices import arbitrary_invoices
from tests.valid_invoices import valid_invoice

_many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
_SECTIONS = {
    "BG-1": "Bemerkungen", "BG-2": "Technische Angaben", "BG-3": "Verweise", "BG-4": "Rechnungssteller",
    "BG-7": "Rechnungsempfänger", "BG-10": "Abweichender Zahlungsempfänger", "BG-11": "Steuervertreter",
    "BG-13": "Lieferung und Leistung", "BG-14": "Lieferung und Leistung", "BG-16": "Zahlung",
    "BG-20": "Nachlässe und Zuschläge", "BG-21": "Nachlässe und Zuschläge", "BG-22": "Beträge",
    "BG-23": "Umsatzsteuer", "BG-24": "Anlagen", "BG-25": "Positionen", "BG-DEX-09": "Zahlung", "BT-20": "Zahlung",
    **dict.fromkeys(["BT-11", "BT-12", "BT-14", "BT-15", "BT-16", "BT-17", "BT-18", "BT-19"], "Verweise"),
    **dict.fromkeys(["BT-1", "BT-2", "BT-3", "BT-5", "BT-6", "BT-7", "BT-8", "BT-9", "BT-10", "BT-13"], "Rechnung"),
}  # fmt: skip


class Said(NamedTuple):
    """One value of the model: its name by the rule that the documentation gives, the group it belongs to, itself."""

    name: str
    bt: str
    top: str
    value: Any


def _said(model: Any, group: str = "", place: str = "", top: str = "") -> Iterator[Said]:
    for item in term_fields(type(model)):
        bt, found = item.id_in(group), getattr(model, item.name)
        if bt is None or found is None:
            continue
        for number, one in enumerate(found if item.many else (found,), 1):
            name = "-".join(filter(None, (place, bt.lower(), str(number) if item.many else "")))
            if item.group_class is None:
                yield Said(name, bt, top or bt, one)
            else:
                inside = "BG-25" if bt == "BG-DEX-01" else bt
                yield from _said(one, inside, name if item.many else place, top or bt)


def _shown(tree: html.HtmlElement) -> dict[str, html.HtmlElement]:
    found = tree.xpath("//*[@data-bt]")
    named = {element.get("id"): element for element in found}
    assert len(named) == len(found)
    return named


def _text(element: html.HtmlElement) -> str:
    for line_break in element.iter("br"):
        line_break.tail = f"\n{line_break.tail or ''}"
    return f"{element.text_content()}{_code_beside(element)}"


def _code_beside(element: html.HtmlElement) -> str:
    """The code that stands behind its words in a column, as it reads elsewhere."""
    beside = element.getnext() if element.tag == "bdi" else None
    return f" ({beside.text.strip()})" if beside is not None and beside.get("class") == "bt-number" else ""


def _is_right(said: Said, text: str) -> bool:
    match said.value:
        case date() as day:
            return text == f"{day.day:02}.{day.month:02}.{day.year:04}"
        case Decimal() as number:
            digits = re.sub(r" (?:%|[A-Z]{3})$", "", text)
            return Decimal(digits.replace(".", "").replace(",", ".")) == number
        case Identifier() as identifier:
            return text.startswith(_lines(identifier.value)) and (identifier.scheme or "") in text
        case Binary() as binary:
            return _lines(binary.filename or "") in text and (binary.mime or "") in text
        case _ if said.bt == "BT-20":
            return _lines(said.value.strip(" \t\r\n")) == text
    return _lines(str(said.value)) == text or f"({said.value})" in text


def _lines(text: str) -> str:
    return "\n".join(text.splitlines())


@_many
@given(arbitrary_invoices())
@example(Invoice(lines=(Line("1", tax=LineTax("Z", None), unit="C62", quantity=Decimal(1)),)))
def test_every_value_stands_once_in_its_section_and_reads_right(invoice: Invoice) -> None:
    tree = html.fromstring(render_html(invoice))
    shown = _shown(tree)
    wanted = list(_said(invoice))
    assert sorted(shown) == sorted(one.name for one in wanted)
    for one in wanted:
        element = shown[one.name]
        assert element.get("data-bt") == one.bt
        assert _is_right(one, _text(element)), (one, _text(element))
        [section] = element.iterancestors("section")
        assert section.findtext("h2") == _SECTIONS[one.top], one


@_many
@given(arbitrary_invoices())
@example(Invoice(number="\xa0", payment_terms="\u3000", notes=(Note("ADU", "\u2028"),)))
def test_every_place_that_a_reader_remembers_is_in_the_view_and_the_other_way_round(invoice: Invoice) -> None:
    for data in (write_ubl(invoice), *_in_cii(invoice)):
        document = read(data)
        tree, places = html.fromstring(render_html(document.invoice)), document.reading.places
        ids = set(tree.xpath("//@id"))
        assert set(places.values()) <= ids
        shown = {name for name in _shown(tree) if document.format.syntax is Syntax.CII or not name.endswith("-bt-21")}
        assert shown <= set(places.values()), "in UBL the code of a note (BT-21) stands within its text"
        finder = Anchors(places)
        assert all(finder.of(location, None) == name for location, name in places.items())


def _in_cii(invoice: Invoice) -> list[bytes]:
    is_expressible = not invoice.third_party_payments and not any(line.sub_lines for line in invoice.lines)
    return [write_cii(invoice)] if is_expressible else []


def test_ids_are_unique_and_labels_name_the_terms_beside_them() -> None:
    for seed in range(36):
        tree = html.fromstring(render_html(valid_invoice(seed)))
        ids = tree.xpath("//@id")
        assert len(set(ids)) == len(ids)
        for value in tree.xpath("//dd//*[@data-bt] | //dd[@data-bt]"):
            [entry] = value.xpath("ancestor::div[1]")
            assert value.get("data-bt") in entry.xpath("string(dt/span[@class='bt-number'][@hidden])")
        for value in tree.xpath("//tbody/tr/*[not(.//dd)]//*[@data-bt]"):
            column = len(value.xpath("ancestor::*[self::td or self::th]/preceding-sibling::*")) + 1
            assert value.get("data-bt") in value.xpath(f"string(ancestor::table/thead/tr/th[{column}]/span)")


def test_every_field_that_a_view_labels_has_a_label() -> None:
    """Fields of the invoice that have a section instead are the groups."""
    for model, labels in LABELS.items():
        names = {item.name: item for item in term_fields(model)}
        assert set(labels) <= set(names)
        missing = {name for name, item in names.items() if name not in labels and item.group_class is None}
        assert missing == set(), model
