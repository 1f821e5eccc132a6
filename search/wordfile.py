"""The words of the embedded index: a SQLite file with an index over their three-letter pieces.

It keeps how many documents of each ACL node have a word, and which words each document has, so that a document that is
replaced, moved or removed is taken out again and every count is exact.
"""

import sqlite3
import threading
import zlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from itertools import accumulate, islice, pairwise
from pathlib import Path
from string import ascii_lowercase, digits
from typing import NamedTuple

from rapidfuzz.distance import OSA

from search.base import Scope
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
create table if not exists node (id integer primary key, name text unique);
create table if not exists place (word integer, node integer, frequency integer, primary key (word, node))
                                  without rowid;
create table if not exists document (id text primary key, node integer, words blob);
"""
_LAST = "\U0010ffff"
_CHUNK = 900
_BETWEEN = "{0} >= ? and {0} < ?"
_HOLDS = "id in (select rowid from piece where piece match ?)"
_LETTERS = ascii_lowercase + digits
PIECE = 3


class DocumentWords(NamedTuple):
    """The distinct words of a document, and the ACL node it belongs to."""

    document_id: str
    node: str
    words: Collection[str]


class WordFile:
    """Safe for many threads of one process; several processes may read."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._db.executescript("pragma journal_mode=wal; pragma synchronous=normal;" + _SCHEMA)

    def replace(self, documents: Sequence[DocumentWords]) -> None:
        """Count the words of documents, each of them once, instead of what was counted for them before."""
        with self._lock, self._db:
            changes = self._taken_out([one.document_id for one in documents])
            nodes = self._node_ids({one.node for one in documents})
            ids = self._word_ids({word for one in documents for word in one.words})
            rows = []
            for one in documents:
                words, node = sorted(ids[word] for word in one.words), nodes[one.node]
                changes.update((word, node) for word in words)
                rows.append((one.document_id, node, _packed(words)))
            self._db.executemany("insert into document values (?, ?, ?)", rows)
            self._apply(changes)

    def remove(self, document_ids: Sequence[str]) -> None:
        """Count the words of documents no more; unknown ids are no error."""
        with self._lock, self._db:
            self._apply(self._taken_out(document_ids))

    def _taken_out(self, document_ids: Sequence[str]) -> Counter[tuple[int, int]]:
        """Forget documents; what that changes at (word, node)."""
        changes: Counter[tuple[int, int]] = Counter()
        for chunk in _chunks(document_ids):
            marks = _marks(chunk)
            for node, packed in self._db.execute(f"select node, words from document where id in ({marks})", chunk):
                changes.subtract((word, node) for word in _unpacked(packed))
            self._db.execute(f"delete from document where id in ({marks})", chunk)
        return changes

    def _apply(self, changes: Mapping[tuple[int, int], int]) -> None:
        totals: Counter[int] = Counter()
        changed = [(word, node, change) for (word, node), change in sorted(changes.items()) if change]
        for word, _, change in changed:
            totals[word] += change
        self._db.executemany(
            "insert into place values (?, ?, ?) on conflict do update set frequency = frequency + excluded.frequency",
            changed,
        )
        self._db.executemany(
            "delete from place where word = ? and node = ? and frequency <= 0",
            [(word, node) for word, node, change in changed if change < 0],
        )
        self._db.executemany(
            "update word set frequency = frequency + ? where id = ?",
            [(change, word) for word, change in totals.items() if change],
        )

    def _word_ids(self, words: Collection[str]) -> dict[str, int]:
        """Word → its id; new words begin with a frequency of nothing."""
        known = self._known("word", "word", words)
        fresh = sorted(word for word in words if word not in known)
        if not fresh:
            return known
        first = 1 + self._db.execute("select coalesce(max(id), 0) from word").fetchone()[0]
        rows = [(first + n, word, stem(word), misreading_key(word), word[::-1]) for n, word in enumerate(fresh)]
        self._db.executemany("insert into word values (?, ?, 0, ?, ?, ?)", rows)
        self._db.execute("insert into piece (rowid, word) select id, word from word where id >= ?", (first,))
        return known | {row[1]: row[0] for row in rows}

    def _node_ids(self, names: Collection[str]) -> dict[str, int]:
        """Node → its id, new ones included."""
        self._db.executemany("insert or ignore into node (name) values (?)", [(name,) for name in sorted(names)])
        return self._known("node", "name", names)

    def _known(self, table: str, column: str, names: Collection[str]) -> dict[str, int]:
        """Name → id of those that are there."""
        found: dict[str, int] = {}
        for chunk in _chunks(sorted(names)):
            statement = f"select {column}, id from {table} where {column} in ({_marks(chunk)})"
            found |= dict(self._db.execute(statement, chunk))
        return found

    def look_up(self, asked: Sequence[Lookup], scope: Scope) -> list[list[str]]:
        """The answers in the order of the questions."""
        with self._lock:
            seen = self._seen(scope)
            return [self._answer(lookup, seen) for lookup in asked]

    def _seen(self, scope: Scope) -> str:
        """The expression that tells how many documents of the scope have a word."""
        if scope.nodes is None:
            return "frequency"
        nodes = ",".join(str(node) for node in sorted(self._known("node", "name", scope.nodes).values()))
        return f"(select sum(place.frequency) from place where place.word = word.id and +place.node in ({nodes}))"

    def _answer(self, lookup: Lookup, seen: str) -> list[str]:
        value, limit = lookup.values[0], lookup.limit
        match lookup.by:
            case By.WORD:
                return self._subset("word", lookup.values, seen)
            case By.STEM:
                return list({stem(word) for word in self._subset("stem", lookup.values, seen)})
            case By.SAME_STEM:
                return self._commonest("stem = ?", (value,), limit, seen)
            case By.SAME_KEY:
                return self._commonest("key = ?", (value,), limit, seen)
            case By.PREFIX:
                return self._commonest(_BETWEEN.format("word"), (value, value + _LAST), limit, seen)
            case By.INSIDE:
                return self._containing(value, limit, seen)
            case By.ONE_EDIT:
                return self._edited(value, 1, limit, seen)
            case By.TWO_EDITS:
                return self._edited(value, 2, limit, seen)

    def _subset(self, column: str, values: Sequence[str], seen: str) -> list[str]:
        """The words whose column is one of the values."""
        return [word for word, _ in self._counted(column, values, seen)]

    def _counted(self, column: str, values: Sequence[str], seen: str) -> Iterator[tuple[str, int]]:
        for chunk in _chunks(values):
            statement = f"select word, {seen} from word where {column} in ({_marks(chunk)})"
            yield from ((word, count) for word, count in self._db.execute(statement, chunk) if count)

    def _commonest(self, condition: str, values: Sequence[str], limit: int, seen: str) -> list[str]:
        statement = f"""
            with found (word, seen) as materialized (select word, {seen} from word where {condition})
            select word from found where seen > 0 order by seen desc, word limit ?"""
        return [row[0] for row in self._db.execute(statement, (*values, limit))]

    def _containing(self, part: str, limit: int, seen: str) -> list[str]:
        if len(part) < PIECE:
            return []
        return self._commonest(_HOLDS, (f'"{part}"',), limit, seen)

    def _edited(self, typed: str, distance: int, limit: int, seen: str) -> list[str]:
        """Words at just this distance."""
        lengths = len(typed) - distance, len(typed) + distance
        candidates = set[str]()
        for column, condition, values in _left_whole(typed, distance):
            statement = f"select {column} from word where {condition} and length({column}) between ? and ?"
            found = (row[0] for row in self._db.execute(statement, (*values, *lengths)))
            candidates.update(found if column == "word" else (word[::-1] for word in found))
        near = [word for word in candidates if OSA.distance(typed, word, score_cutoff=distance) == distance]
        counted = self._counted("word", near, seen)
        return [word for word, _ in nsmallest(limit, counted, key=lambda pair: (-pair[1], pair[0]))]


def _left_whole(typed: str, distance: int) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Conditions one of which each word at this distance meets, each with a column that its index holds: an edit leaves
    one of two parts whole, or one of three when there are two. Parts have a letter between them, so that a swap of
    neighbours touches one of them only.

    Where the middle is whole and too short to look for, what is before it has one edit.
    """
    parts = distance + 1
    size = (len(typed) - distance) // parts
    first, last = typed[:size], typed[-(len(typed) - size - 1 if distance == 1 else size) :]
    yield "word", _BETWEEN.format("word"), (first, first + _LAST)
    yield "backwards", _BETWEEN.format("backwards"), (last[::-1], last[::-1] + _LAST)
    middle = typed[size + 1 : -size - 1]
    if distance == 2 and len(middle) >= PIECE:
        yield "word", _HOLDS, (f'"{middle}"',)
    elif distance == 2:
        for front in _one_edit(typed[: size + 1]):
            yield "word", _BETWEEN.format("word"), (front + middle, front + middle + _LAST)


def _one_edit(text: str) -> set[str]:
    cuts = [(text[:cut], text[cut:]) for cut in range(len(text) + 1)]
    without = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    other = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    return without | swapped | other | {left + letter + right for left, right in cuts for letter in _LETTERS}


def _packed(words: Sequence[int]) -> bytes:
    """Ascending ids as the distances between them, compressed."""
    return zlib.compress(array("I", [later - earlier for earlier, later in pairwise((0, *words))]).tobytes(), 1)


def _unpacked(packed: bytes) -> Iterable[int]:
    distances = array("I")
    distances.frombytes(zlib.decompress(packed))
    return accumulate(distances)


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
