"""What is known before a page is read: suppliers, the town's own names, a payment code, layouts seen before.

Knowledge confirms or repairs what is printed; it never puts a value on the page that nothing there speaks for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz.distance import Levenshtein
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat

from invoicing.layout_memory import Example
from invoicing.page_layout import fold
from invoicing.payment_code import PaymentCode
from invoicing.readings import Reading

_MOST_MISREAD: Final = 2
"""Letters in which a number that fails its checksum may differ from the known one that it is taken for."""
_SAME_NAME: Final = 0.87
_NUMBERS: Final = ("seller_vat_id", "iban")


@dataclass(frozen=True)
class KnownSeller:
    """A supplier as the master list has it; numbers without blanks."""

    name: str
    vat_ids: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """VAT ids and accounts that pass their checksums."""
        vats = (number for number in self.vat_ids if stdnum_vat.is_valid(number))
        return (*vats, *(number for number in self.ibans if stdnum_iban.is_valid(number)))


@dataclass(frozen=True)
class Knowledge:
    """All that is given beside the pages; everything may be empty."""

    sellers: Sequence[KnownSeller] = ()
    own_names: Sequence[str] = ()
    payment_code: PaymentCode | None = None
    examples: Sequence[Example] = field(default=())


NOTHING: Final = Knowledge()


def confirmed(found: Sequence[Reading], knowledge: Knowledge) -> list[Reading]:
    """The readings with `master` as a witness where the lists know their value, and misread numbers put right."""
    owners = {number: seller for seller in knowledge.sellers for number in seller.numbers}
    repaired = [_repaired(reading, owners) for reading in found]
    printed = {reading.value for reading in repaired if reading.field in _NUMBERS}
    named = {seller.name: seller for number, seller in owners.items() if number in printed}
    seller = next(iter(named.values())) if len(named) == 1 else _named(repaired, named.values())
    own = list(_spelt(repaired, "buyer_name", knowledge.own_names))
    if seller is None:
        return [*repaired, *own]
    numbers = set(seller.numbers)
    marked = [reading.also("master") if reading.value in numbers else reading for reading in repaired]
    return [*marked, *own, *_seller_name(marked, seller)]


def _repaired(reading: Reading, owners: Mapping[str, KnownSeller]) -> Reading:
    """A number without its checksum as the one known number that it nearly is."""
    if reading.field not in _NUMBERS or "checksum" in reading.witnesses:
        return reading
    near = [
        number
        for number in owners
        if len(number) == len(reading.value)
        and Levenshtein.distance(number, reading.value, score_cutoff=_MOST_MISREAD) <= _MOST_MISREAD
    ]
    if len(near) != 1:
        return reading
    witnesses = (*reading.witnesses, "checksum", "master", "repaired")
    return Reading(reading.field, near[0], max(reading.score, 0.8), reading.place, witnesses, reading.clarity)


def _named(found: Iterable[Reading], sellers: Iterable[KnownSeller]) -> KnownSeller | None:
    """Of several suppliers whose numbers are printed the one whose name is, too."""
    names = [reading.value for reading in found if reading.field == "seller_name"]
    fitting = [seller for seller in sellers if any(_alike(seller.name, name) for name in names)]
    return fitting[0] if len(fitting) == 1 else None


def _seller_name(found: Sequence[Reading], seller: KnownSeller) -> Iterator[Reading]:
    """The name as the list spells it, at the place where it is printed, else where its number is."""
    printed = [reading for reading in found if reading.field == "seller_name" and _alike(reading.value, seller.name)]
    numbers = [reading for reading in found if "master" in reading.witnesses and reading.place is not None]
    for shown in (printed or numbers)[:1]:
        witnesses = (*(printed[0].witnesses if printed else ()), "master")
        yield Reading("seller_name", seller.name, 0.99, shown.place, witnesses, shown.clarity)


def _spelt(found: Iterable[Reading], wanted: str, names: Iterable[str]) -> Iterator[Reading]:
    for reading in found:
        name = next((name for name in names if reading.field == wanted and _alike(name, reading.value)), None)
        if name is not None:
            yield Reading(wanted, name, 0.99, reading.place, (*reading.witnesses, "master"), reading.clarity)


def _alike(one: str, other: str) -> bool:
    return bool(Levenshtein.normalized_similarity(fold(one), fold(other)) >= _SAME_NAME)


def compared(chosen: Mapping[str, Reading], code: PaymentCode | None) -> dict[str, Reading]:
    """The chosen readings beside what the payment code says: the same is a witness, another value a contradiction.

    What is not printed is taken from the code, without a place. A contradiction is shown to a person, never resolved.
    """
    if code is None:
        return dict(chosen)
    settled = dict(chosen)
    for name, value in (("iban", code.iban), ("payable", code.amount)):
        read = chosen.get(name)
        if value and read is None:
            settled[name] = Reading(name, value, 0.9, None, ("code",))
        elif value and read is not None:
            settled[name] = read.also("code" if read.value == value else "contradicted")
    number = chosen.get("invoice_number")
    if number is not None and number.value and number.value.casefold() in code.purpose.casefold():
        settled["invoice_number"] = number.also("code")
    return settled
