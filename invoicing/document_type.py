"""Whether a page is an invoice, with the reasons: headings, labels and sums for it, other kinds of letters against it.

Points are added as a clerk would: what the letter calls itself counts most. A letter about an invoice, an offer, a
delivery note, an order, a dunning letter or a notice (Bescheid) is none, whatever sums it holds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from invoicing.label_search import find_labels
from invoicing.labels import TYPE_WORDS
from invoicing.page_layout import Line, WordRow, fold, page_lines
from invoicing.text_fields import Field
from invoicing.text_values import vat_ids

_ENOUGH: Final = 1.0
_HEAD_LINES: Final = 0.65
"""Share of the lines in which a letter says what it is."""
_OTHER_KINDS: Final = tuple(
    (kind, re.compile(rf"(?:^|  )\W*(?:{words})\b{unless}"))
    for kind, words, unless in (
        (
            "dunning",
            r"(?:\d\. ?|erste |zweite |dritte |letzte |freundliche )?(?:mahnung|zahlungserinnerung|payment reminder)",
            "",
        ),
        ("offer", "(?:unser |ihr )?(?:angebot|kostenvoranschlag|preisangebot|quotation|quote)", "(?! vom)"),
        (
            "delivery-note",
            "lieferschein|warenbegleitschein|delivery note|packing list",
            "(?!.{0,4}(?:nr|nummer|datum|vom|\\d))",
        ),
        (
            "order",
            "bestellung|auftragsbestatigung|bestellschein|auftragserteilung|purchase order|order confirmation",
            "(?!.{0,4}(?:vom|nr|no|nummer|\\d))",
        ),
        ("notice", r"\w*bescheid|festsetzung|bekanntgabe", "(?! vom)"),
        ("statement", "kontoauszug|saldenbestatigung|offene posten|statement of account|avis|zahlungsavis|mandat", ""),
        ("receipt", "quittung|kassenbon|zahlungsbestatigung", ""),
        ("contract", "vertrag|kundigung|antrag|widerspruch|einladung|protokoll", "(?!s)"),
    )
)
"""What a heading calls a letter that is no invoice; not where the word announces a number or a date."""
_ABOUT: Final = re.compile(
    r"(?:ihre|unsere|die|der|zur|zu ihrer|zu unserer|betreff?:?|wg\.|wegen)\s+(?:\w+ )?rechnung(?:en|snummer)?\b.{0,40}"
    r"(?:vom|nr|liegt|fehlt|konnen|haben|bitten|widersprech|zuruck|korrig|beanstand|unvollstandig|reklam|eingegangen)"
)
_HEADING_LETTERS: Final = 60


@dataclass(frozen=True)
class Decision:
    """`reasons` are codes, the strongest first; `points` at least 1 = an invoice."""

    is_invoice: bool
    points: float
    reasons: tuple[str, ...]


def decide(pages: Sequence[Sequence[WordRow]], fields: dict[str, Field]) -> Decision:
    """Judge a document by its first page and the fields read from it. Never raises on odd words."""
    lines = page_lines(pages[0]) if pages else []
    found = [*_called(lines), *_labelled(fields), *_summed(fields), *_taxed(pages)]
    points = sum(weight for _, weight in found)
    ranked = sorted(found, key=lambda reason: -abs(reason[1]))
    return Decision(points >= _ENOUGH, round(points, 2), tuple(name for name, _ in ranked))


def _called(lines: Sequence[Line]) -> Iterator[tuple[str, float]]:
    """What the heading says the letter is."""
    head = lines[: max(8, int(len(lines) * _HEAD_LINES))]
    cells = [(fold(cell.text), cell.line) for line in head for cell in line.cells()]
    headings = [(text, line) for text, line in cells if len(text) <= _HEADING_LETTERS]
    invoice = next((line for text, line in headings if any(p.search(text) for _, p in TYPE_WORDS)), None)
    other = next(((kind, line) for text, line in headings for kind, p in _OTHER_KINDS if p.search(text)), None)
    if other is not None:
        yield f"other-{other[0]}", -1.6
    if invoice is not None:
        is_about = any(_ABOUT.search(line.folded) for line in head) and not _has_number(invoice)
        yield ("about-invoice", -0.6) if is_about else ("heading", 0.85)


def _has_number(line: Line) -> bool:
    return any(hit.field == "invoice_number" for hit in find_labels(line)) and any(char.isdigit() for char in line.text)


def _labelled(fields: dict[str, Field]) -> Iterator[tuple[str, float]]:
    weights = {"invoice_number": 0.45, "due_date": 0.1, "iban": 0.15, "seller_tax_no": 0.1}
    for name, weight in weights.items():
        if name in fields and fields[name]["confidence"] >= 0.6:
            yield name, weight


def _summed(fields: dict[str, Field]) -> Iterator[tuple[str, float]]:
    gross = fields.get("gross")
    if gross is not None:
        yield ("sum", 0.5) if "arithmetic" in gross["witnesses"] else ("gross", 0.25)
    else:
        yield "no-total", -0.3


def _taxed(pages: Sequence[Sequence[WordRow]]) -> Iterator[tuple[str, float]]:
    """§ 14 UStG: an invoice names the tax id of its sender."""
    text = " ".join(str(word[0]) for page in pages[:1] for word in page)[:20_000]
    if vat_ids(text):
        yield "tax-id", 0.15
