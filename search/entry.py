"""A document as every engine keeps it: the same fields with the same values."""

import hashlib
from dataclasses import dataclass

from search import german
from search.base import SearchDocument
from search.plan import TEXT_FIELDS

FACETS = ("kind", "unit", "year")
_HASH_BITS = 40


@dataclass(frozen=True)
class Entry:
    """`texts` are folded words with single blanks between, `numbers` have several values, `order` sorts equals."""

    document: SearchDocument
    texts: dict[str, str]
    joined: str
    marks: str
    amounts: list[int]
    days: list[int]
    year: int
    order: int
    words: frozenset[str]


def entry_of(document: SearchDocument) -> Entry:
    """Analyse a document."""
    texts = {name: _text(document, name) for name in TEXT_FIELDS}
    everything = "\n".join(texts.values())
    recognised = german.recognise(everything)
    joined = german.joined(everything)
    tokens = {name: german.words(text) for name, text in texts.items()}
    received = document.received_on
    days = set(recognised.days) | ({received} if received else set())
    return Entry(
        document=document,
        texts={name: " ".join(words) for name, words in tokens.items()},
        joined=" ".join(joined),
        marks=" ".join(sorted(recognised.marks | {german.day_mark(day) for day in days})),
        amounts=sorted({min(cents, 2**60) for cents in recognised.amounts}),
        days=sorted(day.year * 10_000 + day.month * 100 + day.day for day in days),
        year=received.year if received else 0,
        order=_order(document),
        words=frozenset(word for words in tokens.values() for word in words) | frozenset(joined),
    )


def _text(document: SearchDocument, name: str) -> str:
    return " ".join(document.references) if name == "references" else str(getattr(document, name))


def _order(document: SearchDocument) -> int:
    """Greater is shown first among equals: the newer, then by id, the same on every engine."""
    digest = hashlib.blake2b(document.document_id.encode(), digest_size=_HASH_BITS // 8).digest()
    day = document.received_on.toordinal() if document.received_on else 0
    return day << _HASH_BITS | int.from_bytes(digest, "big")
