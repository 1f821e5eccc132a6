"""The words that exist in an index, and which of them a typed word may mean, each with a weight.

A file of its own beside the index (SQLite): word, document frequency, stem, misreading key and three-letter pieces. It
only grows until the index is rebuilt; a word without documents finds nothing and does no harm.
"""

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz.distance import OSA

from search.german import misreading_key, stem

SAME, STEM, PREFIX, PART, PART_LOOSE, MISREAD, TYPO = 1.0, 0.95, 0.6, 0.6, 0.45, 0.6, 0.4
MAX_EXPANSIONS = 40
LINKS = ("", "s", "n", "en", "es", "er", "e")
_SCHEMA = """
create table if not exists word (id integer primary key, word text unique, frequency integer, stem text, key text);
create index if not exists word_stem on word (stem);
create index if not exists word_key on word (key);
create table if not exists piece (piece text, word_id integer, primary key (piece, word_id)) without rowid;
"""


class Vocabulary:
    """Safe for many threads of one process; several processes may read."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.executescript("pragma journal_mode=wal; pragma synchronous=normal;" + _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def add(self, documents: Iterable[Iterable[str]]) -> None:
        """Count the distinct words of each document."""
        frequencies: Counter[str] = Counter()
        for words in documents:
            frequencies.update(set(words))
        with self._lock, self._db:
            known = {word for word in frequencies if self._id(word) is not None}
            self._db.executemany(
                "update word set frequency = frequency + ? where word = ?",
                [(count, word) for word, count in frequencies.items() if word in known],
            )
            for word, count in frequencies.items():
                if word not in known:
                    self._insert(word, count)

    def _insert(self, word: str, count: int) -> None:
        row = self._db.execute(
            "insert into word (word, frequency, stem, key) values (?, ?, ?, ?)",
            (word, count, stem(word), misreading_key(word)),
        )
        pieces = [(piece, row.lastrowid) for piece in set(_pieces(word))]
        self._db.executemany("insert or ignore into piece values (?, ?)", pieces)

    def _id(self, word: str) -> int | None:
        row = self._db.execute("select id from word where word = ?", (word,)).fetchone()
        return int(row[0]) if row else None

    def knows(self, word: str) -> bool:
        """True when some document had this very word."""
        with self._lock:
            return self._id(word) is not None

    def beginning_with(self, prefix: str, limit: int = MAX_EXPANSIONS) -> list[str]:
        """Words with this beginning, the commonest first."""
        return self._words(
            "select word from word where word >= ? and word < ? order by frequency desc, word limit ?",
            prefix, prefix + "\U0010ffff", limit,
        )  # fmt: skip

    def expand(self, typed: str, *, is_prefix: bool = False) -> dict[str, float]:
        """Words that exist → weight, for one typed (folded) word; empty when nothing resembles it."""
        found: dict[str, float] = {}
        for word, weight in self._near(typed, is_prefix):
            if weight > found.get(word, 0):
                found[word] = weight
        if not found:
            found = self._typos(typed)
        best = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return dict(best[:MAX_EXPANSIONS])

    def _near(self, typed: str, is_prefix: bool) -> Iterator[tuple[str, float]]:
        if self.knows(typed):
            yield typed, SAME
        for word in self._words("select word from word where stem = ? limit 60", stem(typed)):
            yield word, STEM
        if len(typed) >= 3 or is_prefix:
            for word in self.beginning_with(typed):
                yield word, PREFIX
        if len(typed) >= 4:
            yield from self._compounds(typed)
            for word in self._words("select word from word where key = ? limit 40", misreading_key(typed)):
                yield word, MISREAD

    def _compounds(self, typed: str) -> Iterator[tuple[str, float]]:
        """Longer words that hold the typed one; surer when what is left of them is made of known words."""
        for form in dict.fromkeys((typed, stem(typed))):
            if len(form) < 4:
                continue
            for word in self._containing(form):
                left, _, right = word.partition(form)
                if self._is_known(left, at_start=True) and self._is_known(right, at_start=False):
                    yield word, PART
                elif len(form) >= 5 and (not left or not right or len(form) >= 7):
                    yield word, PART_LOOSE

    def _is_known(self, rest: str, *, at_start: bool) -> bool:
        """True for nothing, a linking sound, or a known word with a linking sound towards the compound part."""
        if rest in LINKS or rest in ("ung", "ungen"):
            return True
        bare = [rest[: -len(link)] if link and rest.endswith(link) else rest for link in LINKS]
        front = [rest[len(link) :] if link and rest.startswith(link) else rest for link in LINKS]
        candidates = {word for word in (bare if at_start else front + bare) if len(word) >= 3}
        return any(self.knows(word) or self._has_stem(word) for word in candidates)

    def _has_stem(self, word: str) -> bool:
        return bool(self._words("select word from word where stem = ? limit 1", stem(word)))

    def _containing(self, part: str) -> list[str]:
        """Words that hold `part`, by its rarest three-letter pieces."""
        pieces = list(dict.fromkeys(_pieces(part)))[:8]
        join = " ".join(f"join piece p{n} on p{n}.word_id = word.id and p{n}.piece = ?" for n in range(len(pieces)))
        statement = (
            f"select word from word {join} "  # noqa: S608 - placeholders only
            "where instr(word, ?) > 0 order by frequency desc limit 60"
        )
        return [word for word in self._words(statement, *pieces, part) if word != part]

    def _typos(self, typed: str) -> dict[str, float]:
        """Words one edit away (a swap counts as one), else two for long words."""
        if len(typed) < 4:
            return {}
        pieces = list(dict.fromkeys(_pieces(typed)))
        marks = ",".join("?" * len(pieces))
        statement = (
            f"select word from word join piece on piece.word_id = word.id where piece.piece in ({marks}) "  # noqa: S608 - only placeholders
            "and length(word) between ? and ? group by word.id order by count(*) desc limit 400"
        )
        near = self._words(statement, *pieces, len(typed) - 2, len(typed) + 2)
        for distance in (1, 2):
            found = {word: TYPO / distance for word in near if OSA.distance(typed, word) == distance}
            if found or len(typed) < 6:
                return found
        return {}

    def split(self, typed: str) -> list[tuple[str, str]]:
        """Ways to write one typed word as two that exist (Strassenbeleuchtung → strassen beleuchtung)."""
        found = []
        for cut in range(3, len(typed) - 2):
            left, right = typed[:cut], typed[cut:]
            if self.knows(right) and self.knows(left):
                found.append((left, right))
            elif self.knows(right):
                found += [(left.removesuffix(link), right) for link in LINKS[1:] if left.endswith(link)
                          and len(left) - len(link) >= 3 and self.knows(left.removesuffix(link))]  # fmt: skip
        return found[:4]

    def _words(self, statement: str, *parameters: str | int) -> list[str]:
        with self._lock:
            return [row[0] for row in self._db.execute(statement, parameters)]


def _pieces(word: str) -> list[str]:
    return [word[start : start + 3] for start in range(max(1, len(word) - 2))]
