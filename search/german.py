"""The one German analysis, for documents and queries, whatever the engine.

NFC → lower case → ä ö ü ß folded to ae oe ue ss → words. Beside the words stand the canonical marks of what is
recognised: amounts, dates, IBANs, references, numbers.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import tantivy

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_HYPHEN = re.compile("[-\u2010\u2011]")
_HYPHENED = re.compile(r"(?<![^\W_])[^\W_]{1,60}(?:[-\u2010\u2011][^\W_]{1,60}){1,6}", re.UNICODE)
# Patterns begin with the digit itself and ask only then what stands before it: so `re` skips the letters between.
_AMOUNT = re.compile(r"(\d(?<![\w.,]\d)(?:\d{0,2}(?:\.\d{3}){1,6}|\d{0,14}))(?:[.,](\d{2}))(?![\w]|[.,]\d)")
_DATE = re.compile(r"(\d(?<!\d\d)\d?)\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?!\d)")
_ISO_DATE = re.compile(r"(\d(?<!\d\d)\d{3})-(\d{2})-(\d{2})(?!\d)")
_MONTHS = (
    ("januar", "jan"), ("februar", "feb"), ("maerz", "mrz"), ("april", "apr"), ("mai",), ("juni", "jun"),
    ("juli", "jul"), ("august", "aug"), ("september", "sep"), ("oktober", "okt"), ("november", "nov"),
    ("dezember", "dez"),
)  # fmt: skip
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
NAMED_DATE = re.compile(r"(\d(?<!\d\d)\d?)\.?\s+(" + "|".join(_MONTH) + r")\.?\s+(\d{4}|\d{2})(?!\d)")
IBAN = re.compile(r"(?<!\w)([a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,7}(?:\s?[a-z0-9]{1,3})?)(?!\w)")
_IBAN_DIGITS = re.compile(r"\d(?<=[a-z][a-z]\d)\d")
_REFERENCE = re.compile(r"(?<!\w)(?=[a-z./-]{0,80}[0-9])[a-z0-9]{1,40}(?:[./-][a-z0-9]{1,40}){1,12}(?!\w)")
_MIXED = re.compile(r"(?<![\w./-])(?=[a-z]{1,12}[0-9]|[0-9]{1,12}[a-z])[a-z0-9]{3,40}(?![\w./-])")
_RUN = re.compile(r"[a-z]+|[0-9]+")
_NUMBER = re.compile(r"\d(?<!\w\d)\d{1,59}(?!\w)")
_LEADING_ZEROS, _LONGEST_NUMBER = 20, 40
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
MAX_PARTED = 6
MAX_LETTERS = 80
_COMBINING = re.compile(r"[\u0300-\u036f]")
_UNFOLD = re.compile(r"(?<![aeq])(ae|oe|ue)")
_UMLAUT = {"ae": "ä", "oe": "ö", "ue": "ü"}
_stemmer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(tantivy.Filter.stemmer("german")).build()

STOP_WORDS = frozenset((
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines", "und", "oder",
    "aber", "ist", "sind", "war", "wird", "werden", "wurde", "hat", "haben", "von", "vom", "zu", "zum", "zur",
    "mit", "bei", "nach", "aus", "auf", "an", "am", "im", "in", "ins", "fuer", "ueber", "unter", "vor",
    "durch", "gegen", "ohne", "um", "als", "wie", "wo", "was", "wer", "wann", "warum", "welche", "welcher",
    "welches", "hoch", "viel", "nicht", "auch", "noch", "nur", "sich", "es", "ich", "wir", "sie", "er", "ihr",
    "man", "dass", "wenn",
))  # fmt: skip


class Token(NamedTuple):
    """A folded word and where it stands in the text (character offsets)."""

    word: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without umlauts, the form in which everything is compared."""
    lowered = unicodedata.normalize("NFC", text).lower()
    if lowered.isascii():
        return lowered
    return lowered.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in order."""
    for match in _WORD.finditer(text):
        word = _plain_word(match.group())
        if word:
            yield Token(word[:MAX_LETTERS], match.start(), match.end())


def words(text: str) -> list[str]:
    """The folded words of a text in order."""
    return [word[:MAX_LETTERS] for word in _WORD.findall(_plain(text))]


def joined(text: str) -> list[str]:
    """Hyphened words written as one (E-Rechnung → erechnung)."""
    hyphened = " ".join(chunk for chunk in text.split() if _HYPHEN.search(chunk))
    return ["".join(words(match.group())) for match in _HYPHENED.finditer(hyphened)]


def _plain(text: str) -> str:
    """Folded, and without the accents of other languages."""
    folded = fold(text)
    return folded if folded.isascii() else _COMBINING.sub("", unicodedata.normalize("NFKD", folded)).lower()


@lru_cache(maxsize=200_000)
def _plain_word(word: str) -> str:
    return _plain(word)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word (Snowball German, umlauts restored first so that Häuser and Haus meet)."""
    restored = _UNFOLD.sub(lambda match: _UMLAUT[match.group()], word)
    found = _stemmer.analyze(restored)
    return fold(found[0]) if found else word


_CONFUSED = (("rn", "m"), ("cl", "d"), ("vv", "w"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
_LETTERS = str.maketrans({"1": "i", "l": "i", "|": "i", "0": "o", "5": "s", "8": "b"})


@lru_cache(maxsize=200_000)
def misreading_key(word: str) -> str:
    """Equal for words that recognition takes for each other (rn/m, l/1/I, 0/O, cl/d, 5/S, missing umlaut dots)."""
    for read, meant in _CONFUSED:
        word = word.replace(read, meant)
    return word.translate(_LETTERS)


class Recognised(NamedTuple):
    """What a text says beside its words; `marks` holds the others too, as canonical tokens."""

    amounts: list[int]
    """Cents."""
    days: list[date]
    marks: set[str]


def recognise(text: str) -> Recognised:
    """All that is recognised in a text; marks are ``a:123456`` (cents), ``d:20261105``, ``i:DE…``, ``r:…``."""
    folded = fold(text)
    unbroken = " ".join(chunk for chunk in folded.split() if not chunk.isalpha())
    cents, days = amounts(unbroken), dates(folded)
    found = {f"a:{one}" for one in cents} | {day_mark(day) for day in days}
    found |= {f"i:{iban}" for iban in ibans(folded)}
    found |= {f"m:{match.group()}" for match in _EMAIL.finditer(unbroken)} if "@" in unbroken else set()
    found |= {f"r:{_reference(match.group())}" for match in _MIXED.finditer(unbroken)}
    for match in _REFERENCE.finditer(unbroken):
        found |= {f"r:{reference}" for reference in _references(match.group())}
    numbers = map(_number, _NUMBER.findall(unbroken))
    found |= {f"n:{number}" for number in numbers if len(number) <= _LONGEST_NUMBER}
    return Recognised(cents, days, found)


def marks(text: str) -> set[str]:
    """The canonical tokens of what is recognised in a text."""
    return recognise(text).marks


def day_mark(day: date) -> str:
    """The canonical token of a date."""
    return f"d:{day:%Y%m%d}"


def _references(written: str) -> set[str]:
    """The whole of a reference, and the parts of it that somebody who leaves out zeros may type (2026-42)."""
    pieces = re.split(r"[./-]", written)
    if len(pieces) > MAX_PARTED or not any(piece.startswith("0") for piece in pieces):
        return {_reference(written)}
    ends = [(start, end) for start in range(len(pieces)) for end in range(start + 2, len(pieces) + 1)]
    return {_reference("-".join(pieces[start:end])) for start, end in ends}


def _reference(written: str) -> str:
    """Its runs of letters and of digits, these without leading zeros, so that RE-00123, RE-123 and RE123 meet."""
    return "-".join(run.lstrip("0") or "0" for run in _RUN.findall(written))


def _number(written: str) -> str:
    """Without leading zeros, but of two digits at least."""
    zeros = len(written) - len(written.lstrip("0"))
    return written[min(zeros, _LEADING_ZEROS, len(written) - 2) :]


def amounts(folded: str) -> list[int]:
    """Amounts with two decimals, in cents, German or English point."""
    return [int(whole.replace(".", "")) * 100 + int(cents) for whole, cents in _AMOUNT.findall(folded)]


def dates(folded: str) -> list[date]:
    """Dates in every usual spelling."""
    found = [_date(year, month, day) for day, month, year in _DATE.findall(folded)]
    found += [_date(year, month, day) for year, month, day in _ISO_DATE.findall(folded)]
    found += [_date(year, str(_MONTH[name]), day) for day, name, year in NAMED_DATE.findall(folded)]
    return [day for day in found if day is not None]


def ibans(folded: str) -> list[str]:
    """What looks like an IBAN, without blanks (the check digits are not asked: a misread one is looked for too)."""
    found, end = [], 0
    for digits in _IBAN_DIGITS.finditer(folded):
        match = IBAN.match(folded, digits.start() - 2) if digits.start() - 2 >= end else None
        if match:
            found.append(re.sub(r"\s", "", match.group()))
            end = match.end()
    return found


def _date(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
