"""The invoice as an accessible German HTML fragment, grouped as people read it; every value escaped, nothing active.

Each value carries its business term as `data-bt`. Addresses in the invoice (BT-124) are shown as text, never as links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from invoicing import cash_discount, wording
from invoicing.model import (
    Address,
    AllowanceCharge,
    Identifier,
    Invoice,
    Line,
    Party,
    PaymentInstructions,
    Period,
    term_fields,
)

MAX_DEPTH = 10
_Row = tuple[str, str, str]


def render_html(invoice: Invoice, heading_level: int = 2) -> str:
    """The fragment, a `<div class="invoice-view">` whose sections begin with headings of the level given."""
    view = _View(invoice, heading_level)
    return f'<div class="invoice-view" lang="de">{"".join(view.sections())}</div>'


class _View:
    """One invoice being shown."""

    def __init__(self, invoice: Invoice, heading_level: int) -> None:
        self._invoice = invoice
        self._heading = f"h{heading_level}"
        self._currency = invoice.currency

    def sections(self) -> Iterator[str]:
        """The sections in reading order, without those that would be empty."""
        invoice = self._invoice
        yield self._section(wording.invoice_type(invoice.type_code), _list(self._header()))
        yield self._section("Rechnungssteller", _list(_party(invoice.seller, "BG-4")))
        yield self._section("Rechnungsempfänger", _list(_party(invoice.buyer, "BG-7")))
        yield self._section("Abweichender Zahlungsempfänger", _list(_party(invoice.payee, "BG-10")))
        yield self._section("Steuervertreter", _list(_party(invoice.tax_representative, "BG-11")))
        yield self._section("Lieferung und Leistung", _list(self._delivery()))
        yield self._section("Beträge", _list(self._totals()))
        yield self._section("Zahlung", _list(self._payment()))
        yield self._section("Positionen", self._lines())
        yield self._section("Nachlässe und Zuschläge", self._allowances_and_charges())
        yield self._section("Umsatzsteuer", self._tax())
        yield self._section("Bemerkungen", _list(("Bemerkung", "BT-22", note.text or "") for note in invoice.notes))
        yield self._section("Verweise", _list(self._references()))
        yield self._section("Anlagen", self._attachments())

    def _section(self, title: str, content: str) -> str:
        return f"<section><{self._heading}>{escape(title)}</{self._heading}>{content}</section>" if content else ""

    def _header(self) -> Iterator[_Row]:
        invoice = self._invoice
        yield "Rechnungsnummer", "BT-1", invoice.number or ""
        yield "Rechnungsdatum", "BT-2", wording.day(invoice.issue_date)
        yield "Fällig am", "BT-9", wording.day(invoice.due_date)
        yield "Leitweg-ID oder Käuferreferenz", "BT-10", invoice.buyer_reference or ""
        yield "Bestellnummer", "BT-13", invoice.purchase_order_reference or ""
        yield "Währung", "BT-5", invoice.currency or ""

    def _delivery(self) -> Iterator[_Row]:
        delivery, period = self._invoice.delivery, self._invoice.invoicing_period
        if delivery:
            yield "Geliefert an", "BT-70", delivery.name or ""
            yield "Lieferanschrift", "BG-15", _address(delivery.address)
            yield "Lieferdatum", "BT-72", wording.day(delivery.actual_date)
        yield "Abrechnungszeitraum", "BG-14", _period(period)

    def _totals(self) -> Iterator[_Row]:
        totals = self._invoice.totals
        if totals is None:
            return
        currency = self._currency
        yield "Summe der Positionen", "BT-106", wording.amount(totals.lines, currency)
        yield "Summe der Nachlässe", "BT-107", wording.amount(totals.allowances, currency)
        yield "Summe der Zuschläge", "BT-108", wording.amount(totals.charges, currency)
        yield "Gesamtbetrag netto", "BT-109", wording.amount(totals.net, currency)
        yield "Umsatzsteuer", "BT-110", wording.amount(totals.tax, currency)
        in_tax_currency = wording.amount(totals.tax_in_tax_currency, self._invoice.tax_currency)
        yield "Umsatzsteuer in Buchungswährung", "BT-111", in_tax_currency
        yield "Gesamtbetrag brutto", "BT-112", wording.amount(totals.gross, currency)
        yield "Bereits gezahlt", "BT-113", wording.amount(totals.prepaid, currency)
        yield "Rundung", "BT-114", wording.amount(totals.rounding, currency)
        yield "Zu zahlen", "BT-115", wording.amount(totals.payable, currency)

    def _payment(self) -> Iterator[_Row]:
        for instructions in self._invoice.payment_instructions:
            yield from _instructions(instructions)
        terms = cash_discount.parse(self._invoice.payment_terms)
        for step in terms.steps:
            base = f" von {wording.amount(step.base, self._currency)}" if step.base is not None else ""
            yield (
                "Skonto",
                "BT-20",
                f"{wording.percent(step.percent)}{base} bei Zahlung innerhalb von {step.days} Tagen",
            )
        yield "Zahlungsbedingungen", "BT-20", terms.text
        for claim in self._invoice.third_party_payments:
            amount = wording.amount(claim.amount, self._currency)
            yield "Forderung Dritter", "BG-DEX-09", " · ".join(filter(None, (claim.type, claim.description, amount)))

    def _lines(self) -> str:
        rows = list(self._line_rows(self._invoice.lines, 0))
        heads = ("Nr.", "Bezeichnung", "Menge", "Einzelpreis", "Umsatzsteuer", "Netto")
        return _table(f"Positionen der Rechnung in {self._currency or ''}".strip(), heads, rows)

    def _line_rows(self, lines: Iterable[Line], depth: int) -> Iterator[tuple[str, ...]]:
        for line in lines:
            yield self._line_row(line, depth)
            if depth < MAX_DEPTH:
                yield from self._line_rows(line.sub_lines, depth + 1)

    def _line_row(self, line: Line, depth: int) -> tuple[str, ...]:
        tax, price = line.tax, line.price
        rate = (
            wording.percent(tax.rate)
            if tax and tax.rate is not None
            else wording.tax_category(tax.category if tax else None)
        )
        return (
            _value("BT-126", ("› " * depth) + (line.number or "")),
            self._line_text(line),
            _value("BT-129", f"{wording.number(line.quantity)} {wording.unit(line.unit)}".strip()),
            _value("BT-146", _price(line)) if price else "",
            _value("BT-152", rate),
            _value("BT-131", wording.amount(line.net)),
        )

    def _line_text(self, line: Line) -> str:
        item = line.item
        parts = [_value("BT-153", item.name or "")] if item else []
        if item:
            parts.append(_value("BT-154", item.description or ""))
            parts.append(_value("BT-155", f"Artikelnummer {item.seller_id}" if item.seller_id else ""))
            parts += [_value("BG-32", f"{one.name or ''}: {one.value or ''}") for one in item.attributes]
        parts.append(_value("BT-127", line.note or ""))
        parts.append(_value("BG-26", _period(line.period)))
        parts += [self._line_allowance("Nachlass", "BG-27", one) for one in line.allowances]
        parts += [self._line_allowance("Zuschlag", "BG-28", one) for one in line.charges]
        return "<br>".join(part for part in parts if part)

    def _line_allowance(self, word: str, bt: str, one: AllowanceCharge) -> str:
        return _value(bt, f"{word} {wording.amount(one.amount, self._currency)} {one.reason or ''}".strip())

    def _allowances_and_charges(self) -> str:
        named = [("Nachlass", one) for one in self._invoice.allowances]
        named += [("Zuschlag", one) for one in self._invoice.charges]
        rows = [
            (
                escape(word),
                escape(one.reason or one.reason_code or ""),
                escape(wording.percent(one.percent)),
                escape(wording.percent(one.vat_rate) or wording.tax_category(one.vat_category)),
                escape(wording.amount(one.amount)),
            )
            for word, one in named
        ]
        return _table("Nachlässe und Zuschläge der Rechnung", ("Art", "Grund", "Satz", "Umsatzsteuer", "Betrag"), rows)

    def _tax(self) -> str:
        rows = [
            (
                _value("BT-118", wording.tax_category(one.category)),
                _value("BT-119", wording.percent(one.rate)),
                _value("BT-116", wording.amount(one.taxable)),
                _value("BT-117", wording.amount(one.tax)),
                _value("BT-120", one.exemption_reason or one.exemption_code or ""),
            )
            for one in self._invoice.tax_breakdown
        ]
        heads = ("Art", "Satz", "Netto", "Umsatzsteuer", "Grund der Befreiung")
        return _table("Umsatzsteuer nach Sätzen", heads, rows)

    def _references(self) -> Iterator[_Row]:
        invoice = self._invoice
        yield "Projekt", "BT-11", invoice.project_reference or ""
        yield "Vertrag", "BT-12", invoice.contract_reference or ""
        yield "Auftragsnummer des Rechnungsstellers", "BT-14", invoice.sales_order_reference or ""
        yield "Wareneingang", "BT-15", invoice.receiving_advice_reference or ""
        yield "Lieferschein", "BT-16", invoice.despatch_advice_reference or ""
        yield "Vergabe oder Los", "BT-17", invoice.tender_reference or ""
        yield "Gegenstand der Rechnung", "BT-18", _identifier(invoice.invoiced_object)
        yield "Buchungsreferenz", "BT-19", invoice.buyer_accounting_reference or ""
        for one in invoice.preceding_invoices:
            issued = f" vom {wording.day(one.issue_date)}" if one.issue_date else ""
            yield "Frühere Rechnung", "BG-3", f"{one.number or ''}{issued}"
        yield "Steuerzeitpunkt", "BT-7", wording.day(invoice.tax_point_date)
        yield "Spezifikation", "BT-24", (invoice.process.specification if invoice.process else "") or ""

    def _attachments(self) -> str:
        rows = [
            (
                _value("BT-122", one.reference or ""),
                _value("BT-123", one.description or ""),
                _value("BT-125", (one.attachment.filename if one.attachment else "") or ""),
                _value("BT-124", one.url or ""),
            )
            for one in self._invoice.supporting_documents
        ]
        return _table("Anlagen zur Rechnung", ("Kennung", "Beschreibung", "Datei", "Adresse"), rows)


def _party(party: Party | None, group_id: str) -> Iterator[_Row]:
    if party is None:
        return
    terms = {item.name: item.id_in(group_id) or "" for item in term_fields(Party)}
    yield "Name", terms["name"], party.name or ""
    yield "Handelsname", terms["trading_name"], party.trading_name or ""
    yield "Anschrift", terms["address"], _address(party.address)
    for identifier in party.identifiers:
        yield "Kennung", terms["identifiers"], _identifier(identifier)
    yield "Registernummer", terms["legal_registration"], _identifier(party.legal_registration)
    yield "Umsatzsteuer-ID", terms["vat_id"], party.vat_id or ""
    yield "Steuernummer", terms["tax_number"], party.tax_number or ""
    yield "Weitere rechtliche Angaben", terms["legal_information"], party.legal_information or ""
    yield "Elektronische Adresse", terms["electronic_address"], _identifier(party.electronic_address)
    if party.contact:
        contact = filter(None, (party.contact.name, party.contact.phone, party.contact.email))
        yield "Ansprechstelle", terms["contact"], "\n".join(contact)


def _instructions(instructions: PaymentInstructions) -> Iterator[_Row]:
    means = wording.payment_means(instructions.means_code)
    yield "Zahlungsart", "BT-81", " · ".join(filter(None, (means, instructions.means_text)))
    for account in instructions.accounts:
        bic = f"BIC {account.bic}" if account.bic else None
        yield "Konto", "BT-84", "\n".join(filter(None, (account.iban, account.name, bic)))
    yield "Verwendungszweck", "BT-83", instructions.remittance or ""
    if instructions.card:
        yield "Karte", "BG-18", " · ".join(filter(None, (instructions.card.number, instructions.card.holder)))
    if debit := instructions.direct_debit:
        yield "Mandatsreferenz", "BT-89", debit.mandate or ""
        yield "Gläubiger-ID", "BT-90", debit.creditor or ""
        yield "Belastetes Konto", "BT-91", debit.debited_iban or ""


def _address(address: Address | None) -> str:
    if address is None:
        return ""
    place = " ".join(filter(None, (address.post_code, address.city)))
    country = address.country if address.country != "DE" else None
    lines = (address.line_1, address.line_2, address.line_3, place, address.subdivision, country)
    return "\n".join(filter(None, lines))


def _period(period: Period | None) -> str:
    if period is None:
        return ""
    return f"{wording.day(period.start) or '…'} bis {wording.day(period.end) or '…'}"


def _price(line: Line) -> str:
    price = line.price
    if price is None:
        return ""
    has_base = price.base_quantity is not None and price.base_quantity != 1
    base = f" je {wording.number(price.base_quantity)} {wording.unit(price.base_unit)}".rstrip() if has_base else ""
    return f"{wording.amount(price.net)}{base}"


def _identifier(identifier: Identifier | None) -> str:
    if identifier is None:
        return ""
    return f"{identifier.value} ({identifier.scheme})" if identifier.scheme else identifier.value


def _value(bt: str, text: str) -> str:
    return f'<span data-bt="{bt}">{_multiline(text)}</span>' if text else ""


def _multiline(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())


def _list(rows: Iterable[_Row]) -> str:
    items = [
        f'<div><dt>{escape(label)}</dt><dd data-bt="{bt}">{_multiline(text)}</dd></div>'
        for label, bt, text in rows
        if text.strip()
    ]
    return f"<dl>{''.join(items)}</dl>" if items else ""


def _table(caption: str, heads: Iterable[str], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of cells that are escaped already; nothing where there is no row."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{escape(caption)}">{table}</div>'
