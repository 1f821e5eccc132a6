"""Eight more layouts, kept out of development: while tuning only their totals are looked at, never a single error."""

from random import Random

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
    sum_rows,
    t,
    totals,
)
from tests.invoices.facts import Facts
from tests.invoices.layouts import Layout
from tests.invoices.style import Style


def two_column_head(facts: Facts, style: Style, draw: Random) -> str:
    """Seller and buyer side by side at the top, below them all data in two columns of pairs."""
    by, to = facts.seller, facts.buyer
    left = [
        (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
        (style.label("due"), style.day(facts.due)),
    ]  # fmt: skip
    right = [
        (style.label("order"), facts.order_number), (style.label("customer"), facts.customer_number),
        (style.label("buyer"), to.leitweg_id),
    ]  # fmt: skip
    seller = lines(
        (
            by.name,
            by.street,
            f"{by.post_code} {by.city}",
            f"{style.label('vat_id')} {by.vat_id}",
            f"{style.label('tax_number')} {by.tax_number}",
        )
    )
    buyer = lines((to.name, to.department, to.street, f"{to.post_code} {to.city}"))
    return (
        sheet(style)
        + f"#align(center)[{bold(t('RECHNUNG'), 20)}]\n#v(4mm)\n"
        + f"#grid(columns: (1fr, 1fr), column-gutter: 10mm, row-gutter: 4pt, [{bold(t('Von'))}], [{bold(t('An'))}], [{seller}], [{buyer}])\n#v(6mm)\n"
        + f"#grid(columns: (1fr, 1fr), column-gutter: 10mm, [{pairs(left)}], [{pairs(right)}])\n#v(6mm)\n"
        + item_table(
            facts,
            style,
            ("pos", "text", "quantity", "unit", "price", "amount"),
            "(auto, 1fr, auto, auto, auto, auto)",
            stroke="0.3pt",
        )
        + totals(facts, style, boxed=True)
        + f"#v(6mm)\n#rect(width: 100%, inset: 6pt)[{bold(t('Zahlungsinformationen'))} \\ {lines(('Kontoinhaber: ' + by.name, 'IBAN: ' + spaced(by.banks[0].iban), 'BIC: ' + by.banks[0].bic, 'Verwendungszweck: ' + facts.number))}]\n"
    )


def telecom(facts: Facts, style: Style, draw: Random) -> str:
    """A telecom bill: the amount in a box at the top, customer account and booking account, direct debit."""
    by = facts.seller
    rows = sum_rows(facts, style)
    box = "".join(f"[{t(label)}], [{t(value)}], " for label, value in rows)
    head = [
        (style.label("customer"), facts.customer_number), ("Buchungskonto", str(300000 + facts.seed)),
        (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
        (style.label("period"), f"{style.day(facts.period[0])} – {style.day(facts.period[1])}"),
    ]  # fmt: skip
    return (
        sheet(style, footer=footer(facts, style, size=6.5))
        + at(
            125,
            15,
            f"#text(size: 20pt, fill: rgb({s(style.accent)}))[{t(by.name.split()[0])}] \\ {small(lines((by.name, 'Kundenservice', by.phone)), 8)}",
        )
        + at(25, 45, sender_line(facts, ","))
        + at(25, 51, address(facts))
        + at(125, 55, pairs(head, size=8.5), width_mm=70)
        + f"#v(78mm)\n{bold(t(f'Ihre Rechnung für {style.day(facts.period[0])[3:]}'), 14)}\n\n"
        + f"#rect(fill: luma(235), width: 100%, inset: 8pt)[#table(columns: (1fr, auto), align: (left, right), stroke: none, inset: 3pt, {box})]\n\n"
        + t(
            f"Der Betrag wird am {style.day(facts.due)} von Ihrem Konto abgebucht. Gläubiger-ID DE42ZZZ00000{facts.customer_number[:6]}."
        )
        + f"\n\n{bold(t('Einzelaufstellung'))}\n\n"
        + item_table(facts, style, ("text", "quantity", "unit", "amount"), "(1fr, auto, auto, auto)")
    )


def publisher(facts: Facts, style: Style, draw: Random) -> str:
    """A publisher: two tax rates in a table of their own, number and date in a running sentence above."""
    by = facts.seller
    rates = "".join(
        f"[{t(f'{rate} %')}], [{t(style.bare(facts.net_at(rate)))}], [{t(style.bare(facts.tax_at(rate)))}], "
        f"[{t(style.bare(facts.net_at(rate) + facts.tax_at(rate)))}], "
        for rate in facts.rates
    )
    sums = f"[{bold(t('Gesamt EUR'))}], [{bold(t(style.bare(facts.net)))}], [{bold(t(style.bare(facts.tax)))}], [{bold(t(style.bare(facts.gross)))}]"
    return (
        sheet(style, footer=footer(facts, style, rule=False))
        + f"#align(right)[#text(size: 26pt)[{t(by.name.split()[0])}] \\ {small(lines((by.name, f'{by.street}, {by.post_code} {by.city}')), 8)}]\n"
        + at(25, 45, sender_line(facts, "*"))
        + at(25, 51, address(facts))
        + "#v(48mm)\n"
        + stacked([(style.label("customer").strip(":"), facts.customer_number), (style.label("number").strip(":"), facts.number),
                   (style.label("issued").strip(":"), style.day(facts.issued)), (style.label("order").strip(":"), facts.order_number)],
                  columns="(1fr, 1fr, 1fr, 1fr)", label_size=7.5)
        + f"\n{bold(t('Rechnung über Anzeigen und Abonnements'), style.size + 3)}\n\n"
        + item_table(facts, style, ("number", "text", "quantity", "rate", "amount"), "(auto, 1fr, auto, auto, auto)")
        + f"#v(4mm)\n#table(columns: (1fr, auto, auto, auto), align: (left, right, right, right), stroke: 0.4pt, inset: 4pt, [{t('MwSt.-Satz')}], [{t('Netto')}], [{t('MwSt.')}], [{t('Brutto')}], {rates}{sums})\n"
        + t(f"Der Rechnungsbetrag ist zahlbar bis {style.day(facts.due)}.")
    )  # fmt: skip


def consulting(facts: Facts, style: Style, draw: Random) -> str:
    """A consultant's letter: hardly any lines or labels, dates in words, the sums in sentences of the table."""
    by = facts.seller
    foot = (
        f"{by.name}  {by.street}  {by.post_code} {by.city}  {by.phone}",
        f"{by.banks[0].name}  {spaced(by.banks[0].iban)}  {style.label('vat_id')} {by.vat_id}  "
        f"{style.label('tax_number')} {by.tax_number}",
    )
    number, order = style.labels["number"], style.labels["order"]
    return (
        sheet(style, margin="(left: 25mm, right: 40mm, top: 20mm, bottom: 25mm)", footer=small(lines(foot)))
        + f"{t(by.name)}\n\n#v(22mm)\n{address(facts)}\n\n#v(14mm)\n"
        + f"{t(by.city)}, {t(style.day(facts.issued))}\n\n#v(4mm)\n"
        + f"{bold(t(f'{number} {facts.number}'))} \\ {t(f'{order} {facts.order_number} vom {style.day(facts.ordered)}')}\n\n"
        + t("Sehr geehrte Damen und Herren, für die Beratung erlaube ich mir, wie vereinbart zu berechnen:")
        + "\n\n"
        + item_table(facts, style, ("text", "quantity", "price", "amount"), "(1fr, auto, auto, auto)")
        + totals(facts, style, width="100%")
        + t(f"Ich bitte um Überweisung bis zum {style.day(facts.due)}. Mit freundlichen Grüßen")
        + f"\n\n#v(10mm)\n{t(by.name)}\n"
    )  # fmt: skip


def line_printer(facts: Facts, style: Style, draw: Random) -> str:
    """As old systems print: one typeface of equal widths, labels and dots, no lines."""
    by = facts.seller
    head = "".join(
        f"{t(label.rstrip(':').ljust(24, '.') + ': ' + value)} \\ "
        for label, value in (
            (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
            (style.label("customer"), facts.customer_number), (style.label("order"), facts.order_number),
            (style.label("due"), style.day(facts.due)),
        )
    )  # fmt: skip
    sums = " \\ ".join(
        t(f"{label.rstrip(':'):<40}{value:>22}".replace(" ", " ")) for label, value in sum_rows(facts, style)
    )
    return (
        sheet(style, size=9)
        + lines((by.name.upper() if draw.random() < 0.2 else by.name, by.street, f"{by.post_code} {by.city}", f"Tel. {by.phone}"))
        + f"\n\n#v(10mm)\n{address(facts)}\n\n#v(12mm)\n{t('R E C H N U N G' if draw.random() < 0.5 else 'RECHNUNG')}\n\n{head}\n\n"
        + item_table(facts, style, ("pos", "number", "text", "quantity", "amount"), "(auto, auto, 1fr, auto, auto)")
        + f"{sums}\n\n"
        + lines((f"{style.labels['vat_id']} {by.vat_id}   {style.labels['tax_number']} {by.tax_number}", f"Bank: {by.banks[0].name}", f"IBAN: {spaced(by.banks[0].iban)}  BIC: {by.banks[0].bic}"))
    )  # fmt: skip


def credit_note(facts: Facts, style: Style, draw: Random) -> str:
    """A credit note or correction: negative sums, and number and date of the invoice it corrects as bait."""
    heading = "Gutschrift" if facts.type_code == "381" else "Rechnungskorrektur"
    block = [
        (f"{heading} Nr.:", facts.number), ("Datum:", style.day(facts.issued)), (style.label("customer"), facts.customer_number),
        (style.label("buyer"), facts.buyer.leitweg_id),
    ]  # fmt: skip
    return (
        sheet(style, footer=footer(facts, style))
        + at(25, 12, bold(t(facts.seller.name), 14), width_mm=120)
        + at(25, 45, sender_line(facts))
        + at(25, 51, address(facts))
        + at(120, 51, pairs(block, size=9), width_mm=75)
        + f"#v(80mm)\n{bold(t(heading), 15)}\n\n"
        + t(f"zur Rechnung {facts.corrects} vom {style.day(facts.period[0])}, Ihre Bestellung {facts.order_number}")
        + "\n\n"
        + item_table(
            facts, style, ("pos", "text", "quantity", "unit", "price", "amount"), "(auto, 1fr, auto, auto, auto, auto)"
        )
        + totals(facts, style)
        + t("Der Betrag wird Ihrem Konto gutgeschrieben.")
    )


def payment_slip(facts: Facts, style: Style, draw: Random) -> str:
    """Logo on the right, a second page with the sums, and a transfer form at its end that says everything again."""
    by, cut = facts.seller, len(facts.items) // 2
    part = facts.items[:cut]
    carried = sum(item.amount for item in part) * facts.sign
    slip = [
        ("Empfänger", by.name), ("IBAN", by.banks[0].iban), ("Kreditinstitut", f"{by.banks[0].name} {by.banks[0].bic}"),
        ("Betrag: Euro, Cent", style.bare(facts.gross)), ("Verwendungszweck", f"Rechnung {facts.number}, Kunde {facts.customer_number}"),
    ]  # fmt: skip
    head = [
        (style.label("number"), facts.number), (style.label("issued"), style.day(facts.issued)),
        (style.label("order"), facts.order_number), ("Bearbeiter", "Fr. Sommer"),
    ]  # fmt: skip
    form = "".join(f"[{small(t(label), 6)} \\ {t(value)}], " for label, value in slip)
    heads = ("number", "text", "quantity", "price", "amount")
    return (
        sheet(style, footer=footer(facts, style, size=6.5))
        + at(
            140,
            10,
            f"#circle(radius: 9mm, fill: rgb({s(style.accent)}))[#text(fill: white, size: 16pt)[{t(by.name[:1])}]]",
        )
        + at(25, 45, sender_line(facts))
        + at(25, 51, address(facts))
        + at(120, 51, f"{bold(t(by.name))} \\ #v(2mm) {pairs(head, size=9)}", width_mm=75)
        + f"#v(80mm)\n{bold(t('Rechnung'), 16)}\n\n"
        + item_table(facts, style, heads, "(auto, 1fr, auto, auto, auto)", items=part)
        + f"#align(right)[{t('Übertrag')} #h(6mm) {t(style.bare(carried))}]\n#pagebreak()\n#align(right)[{t('Übertrag')} #h(6mm) {t(style.bare(carried))}]\n"
        + item_table(facts, style, heads, "(auto, 1fr, auto, auto, auto)", items=facts.items[cut:], start=cut + 1)
        + totals(facts, style, boxed=True)
        + t(f"{style.label('due')} {style.day(facts.due)}.")
        + f'\n#v(1fr)\n#line(length: 100%, stroke: (dash: "dashed"))\n{small(lines(bank_lines(facts)))}\n#table(columns: (1fr), stroke: 0.6pt, inset: 5pt, {form})\n'
    )


def colour_band(facts: Facts, style: Style, draw: Random) -> str:
    """Web-shop look: white on a coloured band, an inverted box for the sum, facts as a sentence."""
    by = facts.seller
    head = [
        (style.label("number"), facts.number),
        (style.label("issued"), style.day(facts.issued)),
        (style.label("order"), facts.order_number),
    ]
    data = (by.name, by.street, f"{by.post_code} {by.city}", by.register, f"{style.label('vat_id')} {by.vat_id}")
    rows = sum_rows(facts, style)
    cells = "".join(f"[{t(label)}], [{t(value)}], " for label, value in rows[:-1])
    last = f"table.cell(fill: rgb({s(style.accent)}))[#text(fill: white)[{bold(t(rows[-1][0]))}]], table.cell(fill: rgb({s(style.accent)}))[#text(fill: white)[{bold(t(rows[-1][1]))}]]"
    return (
        sheet(style)
        + f"#rect(width: 100%, height: 22mm, fill: rgb({s(style.accent)}), inset: 6mm)[#text(fill: white)[{bold(t('RECHNUNG'), 18)} #h(1fr) {t(by.name)}]]\n#v(6mm)\n"
        + f"#grid(columns: (1fr, 1fr), [{small(t('Rechnungsempfänger'), 7)} \\ {address(facts)}], [{pairs(head, bold_first=True)}])\n#v(10mm)\n"
        + item_table(facts, style, ("text", "quantity", "price", "amount"), "(1fr, auto, auto, auto)")
        + f"#align(right, block(width: 80mm, table(columns: (1fr, auto), align: (left, right), stroke: none, inset: 5pt, {cells}{last})))\n"
        + t(f"Wir bitten um Zahlung bis {style.day(facts.due)} unter Angabe der Rechnungsnummer {facts.number}.")
        + f"\n#v(1fr)\n#line(length: 100%)\n#grid(columns: (1fr, 1fr), column-gutter: 8mm, [{small(lines(data), 8)}], [{small(lines(bank_lines(facts)), 8)}])\n"
    )


NO_REFERENCE = frozenset({"buyer_reference"})
LAYOUTS = (
    Layout("two_column_head", two_column_head),
    Layout("telecom", telecom, frozenset({"buyer_reference", "order_number"})),
    Layout("publisher", publisher, NO_REFERENCE, {"rates": (19, 7)}),
    Layout("consulting", consulting, NO_REFERENCE),
    Layout("line_printer", line_printer, NO_REFERENCE, font='("DejaVu Sans Mono",)'),
    Layout("credit_note", credit_note, frozenset({"due_date"}), {"sign": -1, "type_code": "381"}),
    Layout("payment_slip", payment_slip, NO_REFERENCE, {"items": 16}),
    Layout("colour_band", colour_band, frozenset({"buyer_reference", "seller_tax_no"})),
)
