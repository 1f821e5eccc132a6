"""Pieces of typeset invoices that several layouts share, as typst markup."""

from collections.abc import Iterable, Sequence
from random import Random

from tests.invoices.facts import Facts, Item
from tests.invoices.style import Style

Row = tuple[str, str]


def s(text: object) -> str:
    """A typst string: nothing in it is markup."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def t(text: object) -> str:
    """Text in markup."""
    return f"#{s(text)}"


def lines(texts: Iterable[object]) -> str:
    """One text a line."""
    return " \\ ".join(t(text) for text in texts if text)


def sheet(style: Style, *, margin: str = "(left: 25mm, right: 20mm, top: 20mm, bottom: 30mm)", footer: str = "",
          header: str = "", size: float = 0) -> str:  # fmt: skip
    """Set-up of the pages; header and footer are markup that stands on every page."""
    return (
        f'#set page(paper: "a4", margin: {margin}, header: [{header}], footer: [{footer}])\n'
        f'#set text(font: {style.font}, size: {size or style.size}pt, lang: "{"en" if style.english else "de"}", '
        "hyphenate: false)\n#set par(leading: 0.55em, spacing: 0.9em)\n"
    )


def at(x_mm: float, y_mm: float, body: str, *, width_mm: float = 85) -> str:
    """Body at a fixed place of the sheet, measured from its top left corner (with the usual margins)."""
    return f"#place(top + left, dx: {x_mm - 25}mm, dy: {y_mm - 20}mm, block(width: {width_mm}mm)[{body}])\n"


def small(body: str, size: float = 7) -> str:
    return f"#text(size: {size}pt)[{body}]"


def bold(body: str, size: float | None = None) -> str:
    return f'#text(weight: "bold"{f", size: {size}pt" if size else ""})[{body}]'


def pairs(rows: Sequence[Row], *, gutter: str = "8pt", size: float | None = None, bold_first: bool = False) -> str:
    """Label and value side by side."""
    cells = ", ".join(f"[{bold(t(label)) if bold_first else t(label)}], [{t(value)}]" for label, value in rows if value)
    grid = f"#grid(columns: (auto, auto), column-gutter: {gutter}, row-gutter: 5pt, {cells})"
    return f"#text(size: {size}pt)[{grid}]" if size else grid


def stacked(rows: Sequence[Row], *, columns: str, label_size: float = 7, stroke: str = "none") -> str:
    """Values in a row below their labels."""
    heads = ", ".join(f"[#text(size: {label_size}pt)[{t(label)}]]" for label, _ in rows)
    values = ", ".join(f"[{t(value)}]" for _, value in rows)
    return f"#table(columns: {columns}, stroke: {stroke}, inset: 3pt, {heads}, {values})\n"


def sender_line(facts: Facts, dot: str = "·") -> str:
    by = facts.seller
    return small(t(f"{by.name} {dot} {by.street} {dot} {by.post_code} {by.city}"), 6.5)


def address(facts: Facts, *, salutation: bool = False) -> str:
    """The lines of the address window."""
    to = facts.buyer
    return lines(("An die" if salutation else "", to.name, to.department, to.street, f"{to.post_code} {to.city}"))


def item_table(facts: Facts, style: Style, heads: Sequence[str], columns: str, *, stroke: str = "none",
               items: Sequence[Item] | None = None, start: int = 1) -> str:  # fmt: skip
    """Positions with a head line; `heads` choose the columns: pos, number, text, quantity, unit, rate, price, amount."""
    names = {
        "pos": "Pos" if not style.english else "Item", "number": "Art.-Nr." if not style.english else "No.",
        "text": "Bezeichnung" if not style.english else "Description", "quantity": "Menge" if not style.english else "Qty",
        "unit": "Einh." if not style.english else "Unit", "rate": "MwSt" if not style.english else "VAT",
        "price": "Einzelpreis" if not style.english else "Unit price",
        "amount": "Gesamt" if not style.english else "Amount",
    }  # fmt: skip
    rows = []
    for position, item in enumerate(facts.items if items is None else items, start):
        values = {
            "pos": position, "number": item.number, "text": item.text, "quantity": style.bare(item.quantity), "unit": item.unit,
            "rate": f"{item.rate} %", "price": style.bare(item.price), "amount": style.bare(facts.sign * item.amount),
        }  # fmt: skip
        rows.append(", ".join(f"[{t(values[head])}]" for head in heads))
    align = ", ".join("left" if head in ("text", "number", "unit") else "right" for head in heads)
    top = ", ".join(f"[{bold(t(names[head]))}]" for head in heads)
    body = ", ".join(rows)
    return (
        f"#table(columns: {columns}, align: ({align}), stroke: {stroke}, inset: (x: 4pt, y: 3.5pt), "
        f"table.header({top}, table.hline(stroke: 0.6pt)), {body}, table.hline(stroke: 0.6pt))\n"
    )


def sum_rows(facts: Facts, style: Style, *, prepaid_label: str = "abzgl. Abschläge") -> list[Row]:
    """Net, tax of each rate, gross and, where something was paid before, the rest."""
    rows = [(style.label("net"), style.amount(facts.net))]
    rows += [(style.label("tax", rate=rate), style.amount(facts.tax_at(rate))) for rate in facts.rates]
    rows.append((style.label("gross"), style.amount(facts.gross)))
    if facts.prepaid:
        rows += [(prepaid_label, style.amount(-facts.prepaid)), (style.label("payable"), style.amount(facts.payable))]
    return rows


def totals(facts: Facts, style: Style, *, width: str = "78mm", boxed: bool = False, place: str = "right") -> str:
    """The sums in a block at the right edge; the last line bold."""
    rows = sum_rows(facts, style)
    cells = [f"[{t(label)}], [{t(value)}]" for label, value in rows[:-1]]
    cells.append(f"table.hline(stroke: 0.5pt), [{bold(t(rows[-1][0]))}], [{bold(t(rows[-1][1]))}]")
    stroke = "0.5pt" if boxed else "none"
    return (
        f"#align({place}, block(width: {width}, table(columns: (1fr, auto), align: (left, right), stroke: {stroke}, "
        f"inset: 4pt, {', '.join(cells)})))\n"
    )


def spaced(iban: str) -> str:
    """An IBAN in groups of four."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def bank_lines(facts: Facts) -> list[str]:
    """Every account: name, IBAN, BIC, a line each."""
    found: list[str] = []
    for bank in facts.seller.banks:
        found += [bank.name, f"IBAN {spaced(bank.iban)}", f"BIC {bank.bic}"]
    return found


def footer(facts: Facts, style: Style, *, size: float = 7, rule: bool = True) -> str:
    """Company data, accounts and tax data in three columns."""
    by = facts.seller
    first = lines((by.name, by.street, f"{by.post_code} {by.city}", f"Tel. {by.phone}", f"info@{by.host}"))
    third = lines(
        (
            by.register,
            f"{style.label('tax_number')} {by.tax_number}",
            f"{style.label('vat_id')} {by.vat_id}",
            f"www.{by.host}",
        )
    )
    line = "#line(length: 100%, stroke: 0.4pt)\n" if rule else ""
    return (
        f"#set text(size: {size}pt)\n{line}#grid(columns: (1fr, 1.2fr, 1fr), column-gutter: 10pt, [{first}], "
        f"[{lines(bank_lines(facts))}], [{third}])"
    )


def stamp(draw: Random, facts: Facts) -> str:
    """What the office does to paper: a received stamp, a signature in strokes, a tick."""
    x, y, angle = draw.uniform(75, 118), draw.uniform(12, 58), draw.uniform(-9, 9)
    day = f"{facts.issued.day + 2 if facts.issued.day < 26 else 28:02d}. {facts.issued:%m.%Y}"
    box = (
        f'#place(top + left, dx: {x}mm, dy: {y}mm, rotate({angle}deg, box(stroke: 1.2pt + rgb("#4a4a8a"), inset: 5pt)'
        f'[#text(fill: rgb("#4a4a8a"), size: 9pt, font: "DejaVu Sans")[Eingegangen \\ {t(day)} \\ {t(facts.buyer.name)}]]))\n'
    )
    return box + "".join(_stroke(draw) for _ in range(draw.randint(1, 3)))


def _stroke(draw: Random) -> str:
    x, y = draw.uniform(0, 125), draw.uniform(80, 225)
    points = "".join(
        f"curve.cubic(({draw.uniform(0, 40):.1f}mm, {draw.uniform(-8, 8):.1f}mm), "
        f"({draw.uniform(0, 40):.1f}mm, {draw.uniform(-8, 8):.1f}mm), ({draw.uniform(0, 40):.1f}mm, {draw.uniform(-8, 8):.1f}mm)), "
        for _ in range(4)
    )
    return (
        f'#place(top + left, dx: {x}mm, dy: {y}mm, curve(stroke: 0.9pt + rgb("#22306a"), '
        f"curve.move((0mm, 0mm)), {points}))\n"
    )
