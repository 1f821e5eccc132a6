"""How far the words of a page bear each other out: which of them cannot be right as they were read, and what is proven.

A checksum fails, amounts do not add up, or a label announces a value and none can be read behind it: there a second
reader should look once more, and is right where more is proven then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from invoicing import field_readers, totals
from invoicing.label_search import Hit
from invoicing.page_layout import Span, WordRow, page_lines
from invoicing.pairing import KIND_OF, Candidate, Page

_ANNOUNCED: Final = frozenset({"invoice_number", "issue_date", "due_date", "iban", "gross", "payable"})
_SURE_LABEL: Final = 0.95
_SUM: Final = frozenset({"net", "tax", "gross", "payable"})


@dataclass(frozen=True)
class Judgement:
    """`doubted` = positions of the words in doubt; `proofs` = how many values hold: checksums, sums, labels kept.

    A number that passes its checksum only once a letter in it is taken for a digit is in no doubt and proves nothing.
    """

    doubted: frozenset[int]
    proofs: int


def judge(words: Sequence[WordRow]) -> Judgement:
    """What the words of one page prove and what they contradict."""
    page = Page(1, page_lines(words))
    field_readers.known_values(page)
    numbers = list(_numbers(page))
    unproven = [each.line.span(each.start, each.end) for each in numbers if not _is_proven(each)]
    announced = {KIND_OF[hit.field] for hits in page.hits for hit in hits if hit.field in _ANNOUNCED}
    found = {kind for kind in announced if any(page.values_on(line, kind) for line in page.lines)}
    adds_up, amounts = _sum(page)
    spans = [*unproven, *_kept_waiting(page, announced - found), *amounts]
    boxes = {token.box for span in spans for token in span.tokens}
    return Judgement(
        frozenset(number for number, word in enumerate(words) if tuple(map(float, word[1:5])) in boxes),
        sum(_is_proven(each) and "repaired" not in each.value.witnesses for each in numbers) + len(found) + adds_up,
    )


def _numbers(page: Page) -> Iterator[Candidate]:
    """Accounts and VAT ids, which carry a checksum."""
    for line in page.lines:
        accounts = page.values_on(line, "iban")
        yield from accounts
        for vat in page.values_on(line, "vat_id"):
            if not any(vat.start < account.end and account.start < vat.end for account in accounts):
                yield vat


def _is_proven(candidate: Candidate) -> bool:
    return "checksum" in candidate.value.witnesses


def _kept_waiting(page: Page, absent: set[str]) -> Iterator[Span]:
    """Labels of values of which the page has none, with what stands behind them."""
    for hits in page.hits:
        for hit in hits:
            if hit.field in _ANNOUNCED and hit.weight >= _SURE_LABEL and KIND_OF[hit.field] in absent:
                yield _behind(hit, hits)


def _behind(hit: Hit, others: Sequence[Hit]) -> Span:
    end = min((other.start for other in others if other.start >= hit.end), default=len(hit.line.text))
    return hit.line.span(hit.start, end)


def _sum(page: Page) -> tuple[bool, list[Span]]:
    """Whether three labelled amounts fit together; if not, the amounts where at least two are labelled."""
    found = list(totals.readings(page))
    if any("arithmetic" in reading.witnesses for reading in totals.choose(found).values()):
        return True, []
    labelled = [reading for reading in found if reading.field in _SUM]
    if len({reading.field for reading in labelled}) < 2:
        return False, []
    boxes = {reading.place.box for reading in labelled if reading.place}
    amounts = (each for line in page.lines for each in page.values_on(line, "amount"))
    spans = (amount.line.span(amount.start, amount.end) for amount in amounts)
    return False, [span for span in spans if span.tokens and span.box in boxes]
