"""The words of the embedded index: a SQLite file with an index over their three-letter pieces."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rapidfuzz.distance import OSA

from search.german import misreading_key, stem
from search.vocabulary import By, Lookup

_SCHEMA = """
create table if not exists word (id integer primary key, word text unique, frequency integer, stem text, key text,
                                 backwards text);
create index if not exists word_stem on word (stem);
create index if not exists word_key on word (key);
create index if not exists word_backwards on word (backwards);
create virtual table if not exists piece using fts5 (word, content='word', content_rowid='id', columnsize=0,
                                                     tokenize='trigram');
"""
_LAST = "\U0010ffff"
_COMMONEST = "order by frequency desc, word limit ?"
_COMMONEST_OF_BOTH = "order by word.frequency desc, word.word limit ?"
_CHUNK = 900


class WordFile:
    """Safe for many threads of one process; several processes may read."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.executescript("pragma journal_mode=wal; pragma synchronous=normal;" + _SCHEMA)

    def add(self, frequencies: Mapping[str, int]) -> None:
        """Add to the frequencies of words, new ones included."""
        with self._lock, self._db:
            known = set(self._subset("word", list(frequencies)))
            self._db.executemany(
                "update word set frequency = frequency + ? where word = ?",
                [(count, word) for word, count in frequencies.items() if word in known],
            )
            fresh = [(word, count) for word, count in frequencies.items() if word not in known]
            if not fresh:
                return
            last = self._db.execute("select coalesce(max(id), 0) from word").fetchone()[0]
            self._db.executemany(
                "insert into word (word, frequency, stem, key, backwards) values (?, ?, ?, ?, ?)",
                [(word, count, stem(word), misreading_key(word), word[::-1]) for word, count in fresh],
            )
            self._db.execute("insert into piece (rowid, word) select id, word from word where id > ?", (last,))

    def look_up(self, asked: Sequence[Lookup]) -> list[list[str]]:
        """The answers in the order of the questions."""
        with self._lock:
            return [self._answer(lookup) for lookup in asked]

    def _answer(self, lookup: Lookup) -> list[str]:
        value, limit = lookup.values[0], lookup.limit
        match lookup.by:
            case By.WORD | By.STEM:
                return self._subset(lookup.by.value, lookup.values)
            case By.SAME_STEM:
                return self._words(f"select word from word where stem = ? {_COMMONEST}", value, limit)
            case By.SAME_KEY:
                return self._words(f"select word from word where key = ? {_COMMONEST}", value, limit)
            case By.PREFIX:
                statement = f"select word from word where word >= ? and word < ? {_COMMONEST}"
                return self._words(statement, value, value + _LAST, limit)
            case By.INSIDE:
                return self._containing(value, limit)
            case By.ONE_EDIT:
                return self._edited(value, 1, limit)
            case By.TWO_EDITS:
                return self._edited(value, 2, limit)

    def _subset(self, column: str, values: Sequence[str]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            found += self._words(f"select distinct {column} from word where {column} in ({marks})", *chunk)
        return found

    def _containing(self, part: str, limit: int) -> list[str]:
        if len(part) < 3:
            return []
        statement = (
            f"select word.word from piece join word on word.id = piece.rowid where piece match ? {_COMMONEST_OF_BOTH}"
        )
        return self._words(statement, f'"{part}"', limit)

    def _edited(self, typed: str, distance: int, limit: int) -> list[str]:
        """Words at just this distance. What an edit leaves whole: one of two parts, or of three when there are two."""
        candidates = set(self._candidates(typed, distance))
        near = sorted(word for word in candidates if OSA.distance(typed, word, score_cutoff=distance) == distance)
        if not near:
            return []
        marks = ",".join("?" * len(near[:_CHUNK]))
        return self._words(f"select word from word where word in ({marks}) {_COMMONEST}", *near[:_CHUNK], limit)

    def _candidates(self, typed: str, distance: int) -> Iterator[str]:
        half = len(typed) // (distance + 1)
        start, end = (half - 1 if distance == 1 else half), half
        lengths = len(typed) - distance, len(typed) + distance
        front, back = typed[:start], typed[::-1][: len(typed) - end if distance == 1 else half]
        for column, beginning in (("word", front), ("backwards", back)):
            yield from self._words(
                f"select word from word where {column} >= ? and {column} < ? and length(word) between ? and ?",
                beginning, beginning + _LAST, *lengths,
            )  # fmt: skip
        if distance == 2 and half >= 3:
            yield from self._containing(typed[half : 2 * half], 5000)

    def _words(self, statement: str, *parameters: str | int) -> list[str]:
        return [row[0] for row in self._db.execute(statement, parameters)]
