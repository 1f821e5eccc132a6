"""Eight unlike invoice layouts to develop with; each turns facts and a company's style into typst markup.

A layout names what it does not print; everything else of the truth stands on its first or last page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.invoices.blocks import (
    address,
    at,
    bank_lines,
    bold,
    footer,
    item_table,
    lines,
    pairs,
    s,
    sender_line,
    sheet,
    small,
    spaced,
    stacked,
    t,
    totals,
)
from tests.invoices.facts import Facts
from tests.invoices.style import Style

Make = Callable[[Facts, Style, Random], str]


@dataclass(frozen=True)
class Layout:
    """A way to lay out an invoice; `leaves_out` = fields that it never prints, `drawn` = what its facts are like."""

    name: str
    make: Make
    leaves_out: frozenset[str] = frozenset()
    drawn: dict[str, Any] = field(default_factory=dict)
    english: bool = False
    font: str | None = None


def din_b_letter(facts: Facts, style: Style, draw: Random) -> str:
    """DIN 5008 form B: letterhead, window, information block on the right, footer in three columns."""
    block = [
        (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
        (style.label("customer"), facts.customer_number), (style.label("order"), facts.order_number),
        (style.label("period"), f"{style.day(facts.period[0])} - {style.day(facts.period[1])}"),
        (style.label("buyer"), facts.buyer.leitweg_id),
    ]  # fmt: skip
    return (
        sheet(style, footer=footer(facts, style))
        + at(25, 12, f"#text(fill: rgb({s(style.accent)}))[{bold(t(facts.seller.name), 16)}]", width_mm=150)
        + at(25, 45, sender_line(facts))
        + at(25, 51, address(facts))
        + at(115, 51, pairs(block, size=9), width_mm=78)
        + f"#v(80mm)\n{bold(t('Rechnung'), 13)}\n\n"
        + t("Sehr geehrte Damen und Herren, für unsere Leistungen erlauben wir uns zu berechnen:")
        + "\n\n"
        + item_table(facts, style, ("pos", "text", "quantity", "unit", "price", "amount"), "(auto, 1fr, auto, auto, auto, auto)")
        + totals(facts, style)
        + t(f"{style.label('due')} {style.day(facts.due)} ohne Abzug. Bitte geben Sie bei der Zahlung die Rechnungsnummer "
            f"{facts.number} an.")
    )  # fmt: skip


def din_a_reference_line(facts: Facts, style: Style, draw: Random) -> str:
    """DIN 5008 form A: the line of references with labels above their values, the number in the subject."""
    references = [
        ("Ihr Zeichen", facts.buyer.department[:4].strip()), ("Ihre Nachricht vom", style.day(facts.ordered)),
        ("Unser Zeichen", f"{facts.seller.name[:2].lower()}-{facts.customer_number[:3]}"), ("Datum", style.day(facts.issued)),
    ]  # fmt: skip
    return (
        sheet(style, footer=footer(facts, style, rule=False))
        + at(110, 10, f"#align(right)[{bold(t(facts.seller.name), 13)} \\ {small(lines((facts.seller.street, facts.seller.post_code + ' ' + facts.seller.city, facts.seller.phone)), 8)}]")
        + at(25, 28, sender_line(facts, "-"))
        + at(25, 34, address(facts, salutation=True))
        + at(25, 72, stacked(references, columns="(42mm, 42mm, 42mm, 40mm)"), width_mm=168)
        + "#v(72mm)\n"
        + bold(t(f"Rechnung Nr. {facts.number}"), style.size + 2)
        + f"\n\n{t('Leistung im Zeitraum')} {t(style.day(facts.period[0]))} {t('bis')} {t(style.day(facts.period[1]))}\n\n"
        + item_table(facts, style, ("quantity", "unit", "text", "price", "amount"), "(auto, auto, 1fr, auto, auto)")
        + totals(facts, style, boxed=True)
        + t(f"Bitte überweisen Sie den Betrag bis zum {style.day(facts.due)} auf unser Konto bei der {facts.seller.banks[0].name}, "
            f"IBAN {spaced(facts.seller.banks[0].iban)}.")
    )  # fmt: skip


def side_bar(facts: Facts, style: Style, draw: Random) -> str:
    """Everything about the sender in a narrow bar on the right, the letter on the left."""
    by = facts.seller
    bar = [
        bold(t(by.name)), t(by.street), t(f"{by.post_code} {by.city}"), "", t(f"Telefon {by.phone}"), t(f"post@{by.host}"), "",
        *(t(line) for line in bank_lines(facts)), "", t(style.label("tax_number")), t(by.tax_number), t(style.label("vat_id")),
        t(by.vat_id), "", t(by.register),
    ]  # fmt: skip
    head = pairs([
        (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
        (style.label("customer"), facts.customer_number), (style.label("order"), facts.order_number),
    ])  # fmt: skip
    listed = " \\ ".join(bar)
    margin = "(left: 25mm, right: 62mm, top: 20mm, bottom: 20mm)"
    return (
        sheet(style, margin=margin)
        + at(155, 20, f"#set text(size: 7.5pt)\n{listed}", width_mm=45)
        + at(25, 20, f"#text(size: 22pt, fill: rgb({s(style.accent)}))[{t(by.name.split()[0])}]")
        + at(25, 45, sender_line(facts, "|"))
        + at(25, 51, address(facts))
        + f"#v(68mm)\n{bold(t('RECHNUNG'), 15)}\n\n{head}\n\n"
        + item_table(facts, style, ("pos", "text", "quantity", "amount"), "(auto, 1fr, auto, auto)")
        + totals(facts, style, width="70mm")
        + t(f"Zahlbar bis {style.day(facts.due)}. Vielen Dank für Ihren Auftrag!")
    )  # fmt: skip


def form(facts: Facts, style: Style, draw: Random) -> str:
    """A printed form: boxes with small labels above their values, sums in a row of boxes at the bottom."""
    head = [
        ("Rechnung Nr.", facts.number), ("Datum", style.day(facts.issued)), ("Kunden-Nr.", facts.customer_number),
        ("Bestell-Nr.", facts.order_number), ("Lieferdatum", style.day(facts.period[1])), ("Seite", "1"),
    ]  # fmt: skip
    tax = [(f"MwSt. {rate} %", style.bare(facts.tax_at(rate))) for rate in facts.rates]
    sums = [("Nettobetrag EUR", style.bare(facts.net)), *tax, ("Rechnungsbetrag EUR", style.bare(facts.gross))]
    return (
        sheet(style, footer=footer(facts, style, size=6.5))
        + f"#grid(columns: (1fr, auto), [{bold(t(facts.seller.name), 14)}], [{bold(t('Rechnung'), 18)}])\n"
        + small(t(f"{facts.seller.street}, {facts.seller.post_code} {facts.seller.city}"), 8)
        + f"\n\n#v(6mm)\n#grid(columns: (1fr, 1fr), column-gutter: 8mm, [#rect(width: 100%, height: 34mm)[{address(facts)}]], "
        + f"[#rect(width: 100%, height: 34mm)[{t('Lieferanschrift')} \\ {lines((facts.buyer.name, 'Bauhof', 'Werkhof 2', facts.buyer.post_code + ' ' + facts.buyer.city))}]])\n#v(4mm)\n"
        + stacked(head, columns="(1.3fr, 1fr, 1fr, 1.2fr, 1fr, 0.5fr)", stroke="0.5pt", label_size=6.5)
        + "#v(4mm)\n"
        + item_table(facts, style, ("number", "text", "quantity", "unit", "price", "rate", "amount"),
                     "(auto, 1fr, auto, auto, auto, auto, auto)", stroke="0.4pt")
        + "#v(1fr)\n"
        + stacked(sums, columns=f"({', '.join(['1fr'] * len(sums))})", stroke="0.5pt")
        + t(f"Zahlungsbedingungen: {facts.days} Tage netto. Fällig am {style.day(facts.due)}.")
    )  # fmt: skip


def craftsman(facts: Facts, style: Style, draw: Random) -> str:
    """A craftsman's letter: building project, several dates, labour share, terms in words, one account in the text."""
    by, wages = facts.seller, (facts.net / 3).quantize(facts.net)
    foot = (
        f"{by.name} - Inh. M. {by.name.split()[-1]} - {style.label('tax_number')} {by.tax_number} - "
        f"{style.label('vat_id')} {by.vat_id}"
    )
    return (
        sheet(style, footer=f"#align(center)[{small(t(foot))}]")
        + f"#align(center)[{bold(t(by.name), 17)} \\ {small(t(f'{by.street} - {by.post_code} {by.city} - Tel. {by.phone}'), 9)}]\n#line(length: 100%)\n"
        + at(25, 46, sender_line(facts, ","))
        + at(25, 52, address(facts))
        + f"#v(55mm)\n#align(right)[{t(f'{by.city}, den {style.day(facts.issued)}')}]\n\n"
        + bold(t(f"Rechnung {facts.number}"), style.size + 1)
        + "\n\n"
        + lines((f"Bauvorhaben: {facts.buyer.department}, {facts.buyer.street}", f"Auftrag vom {style.day(facts.ordered)}, Ihre Bestellnummer {facts.order_number}",
                 f"Ausführung vom {style.day(facts.period[0])} bis {style.day(facts.period[1])}"))
        + "\n\n"
        + item_table(facts, style, ("pos", "quantity", "unit", "text", "price", "amount"), "(auto, auto, auto, 1fr, auto, auto)")
        + totals(facts, style, width="85mm")
        + t(f"In der Rechnung sind Lohnkosten von {style.amount(wages)} enthalten.")
        + "\n\n"
        + t(f"Zahlbar innerhalb von {facts.days} Tagen nach Rechnungsdatum ohne Abzug, also bis zum {style.day(facts.due)}.")
        + f"\n\n{t(f'Bankverbindung: {by.banks[0].name}, IBAN {spaced(by.banks[0].iban)}, BIC {by.banks[0].bic}')}\n"
    )  # fmt: skip


def utility(facts: Facts, style: Style, draw: Random) -> str:
    """A yearly bill: period, instalments deducted, what is left to pay and when it is debited."""
    by = facts.seller
    head = [
        ("Vertragskonto", facts.customer_number), (style.label("number"), facts.number),
        (style.label("issued"), style.day(facts.issued)),
        ("Abrechnungszeitraum", f"{style.day(facts.period[0])} bis {style.day(facts.period[1])}"),
        (style.label("order"), facts.order_number), (style.label("buyer"), facts.buyer.leitweg_id),
    ]  # fmt: skip
    return (
        sheet(style, footer=footer(facts, style))
        + f"#rect(width: 100%, fill: rgb({s(style.accent)}), inset: 8pt)[#text(fill: white)[{bold(t(by.name), 15)}]]\n"
        + at(25, 45, sender_line(facts))
        + at(25, 51, address(facts))
        + at(120, 45, pairs(head, size=8.5), width_mm=75)
        + f"#v(72mm)\n{bold(t('Ihre Jahresrechnung'), 14)}\n\n"
        + t(f"Guten Tag, heute erhalten Sie die Abrechnung der Verbrauchsstelle {facts.buyer.street}. Ihr Verbrauch ist gegenüber "
            f"dem Vorjahr gesunken.")
        + "\n\n"
        + item_table(facts, style, ("text", "quantity", "unit", "price", "amount"), "(1fr, auto, auto, auto, auto)")
        + totals(facts, style, width="90mm", place="left")
        + t(f"Den Betrag von {style.amount(facts.payable)} buchen wir am {style.day(facts.due)} von Ihrem Konto ab. Ihr neuer Abschlag beträgt "
            f"{style.amount(facts.prepaid / 5)} und ist erstmals am 15. des Folgemonats fällig.")
    )  # fmt: skip


def english(facts: Facts, style: Style, draw: Random) -> str:
    """English labels, as software and licences are billed: from and to in two columns, due date in the head."""
    by, to = facts.seller, facts.buyer
    head = [
        (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
        (style.label("due"), style.day(facts.due)), (style.label("order"), facts.order_number),
    ]  # fmt: skip
    whole = lines((by.name, by.street, f"{by.post_code} {by.city}", "Germany", f"{style.label('vat_id')} {by.vat_id}"))
    return (
        sheet(style)
        + f"#grid(columns: (1fr, auto), [{bold(t('Invoice'), 24)}], [{bold(t(by.name), 13)}])\n#v(4mm)\n"
        + pairs(head, bold_first=True)
        + f"\n#v(6mm)\n#grid(columns: (1fr, 1fr), [{whole}], [{bold(t('Bill to'))} \\ {lines((to.name, to.department, to.street, f'{to.post_code} {to.city}'))}])\n#v(8mm)\n"
        + bold(t(f"{style.amount(facts.payable)} due {style.day(facts.due)}"), 13)
        + "\n#v(4mm)\n"
        + item_table(facts, style, ("text", "quantity", "price", "rate", "amount"), "(1fr, auto, auto, auto, auto)")
        + totals(facts, style, width="80mm")
        + f"#v(8mm)\n{lines((f'Payment to {by.banks[0].name}', f'IBAN: {spaced(by.banks[0].iban)}', f'BIC: {by.banks[0].bic}'))}\n"
    )


def carried_over(facts: Facts, style: Style, draw: Random) -> str:
    """Positions over several pages, each with its Übertrag; sums and terms on the last one."""
    by = facts.seller
    parts = [facts.items[at : at + 14] for at in range(0, len(facts.items), 14)]
    head = [
        (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
        (style.label("order"), facts.order_number), (style.label("customer"), facts.customer_number), ("Seite", f"1 von {len(parts)}"),
    ]  # fmt: skip
    body, carried = "", facts.net * 0
    for n, part in enumerate(parts):
        if n:
            body += f"#pagebreak()\n{small(t(f'{by.name}   Rechnung {facts.number} vom {style.day(facts.issued)}   Seite {n + 1} von {len(parts)}'), 8)}\n\n"
            body += f"#align(right)[{t(f'Übertrag von Seite {n}')} #h(8mm) {t(style.bare(carried))}]\n"
        body += item_table(facts, style, ("pos", "number", "text", "quantity", "unit", "price", "amount"),
                           "(auto, auto, 1fr, auto, auto, auto, auto)", items=part, start=14 * n + 1)  # fmt: skip
        carried += sum(item.amount for item in part)
        if n + 1 < len(parts):
            body += f"#align(right)[{bold(t('Übertrag'))} #h(8mm) {t(style.bare(carried))}]\n"
    return (
        sheet(style, footer=footer(facts, style))
        + at(25, 12, bold(t(by.name), 15), width_mm=120)
        + at(25, 45, sender_line(facts, "•"))
        + at(25, 51, address(facts))
        + at(120, 48, pairs(head, size=9), width_mm=75)
        + f"#v(78mm)\n{bold(t('Rechnung'), 14)}\n\n"
        + body
        + totals(facts, style)
        + t(f"Bei Zahlung innerhalb von {facts.discount[0]} Tagen {facts.discount[1]} % Skonto, sonst fällig am {style.day(facts.due)} rein netto.")
    )  # fmt: skip


LAYOUTS = (
    Layout("din_b_letter", din_b_letter),
    Layout(
        "din_a_reference_line", din_a_reference_line, frozenset({"buyer_reference", "order_number"}), {"rates": (19, 7)}
    ),
    Layout("side_bar", side_bar, frozenset({"buyer_reference"})),
    Layout("form", form, frozenset({"buyer_reference"})),
    Layout("craftsman", craftsman, frozenset({"buyer_reference"})),
    Layout("utility", utility, frozenset(), {"prepaid": True}),
    Layout("english", english, frozenset({"buyer_reference", "seller_tax_no"}), english=True),
    Layout("carried_over", carried_over, frozenset({"buyer_reference"}), {"items": 30}),
)
