"""What somebody typed → what an engine must find, in terms that every engine has; the one place of weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from search import german
from search.query import Clause, Parsed
from search.vocabulary import LINKS, Typed, Vocabulary

TEXT_FIELDS = {"title": 3.0, "sender": 2.0, "recipient": 1.0, "references": 3.0, "body": 1.0}
EXACT_FIELDS = ("kind",)
RANGES = {"amount": "amount", "date": "day", "year": "year_number"}
MARK_WEIGHT, APART, JOINED = 2.0, 0.8, 0.9
SPLIT_FROM = 7
SHOWN = 8
SUGGESTED = 10


@dataclass(frozen=True)
class Words:
    """One of the words, in any text field or in one; hyphened ones count as joined, too."""

    weights: Mapping[str, float]
    field: str | None = None


@dataclass(frozen=True)
class Row:
    """The words next to each other in this order, in one text field."""

    words: tuple[str, ...]
    field: str | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class Mark:
    """A recognised pattern in its canonical form (`german.marks`)."""

    mark: str


@dataclass(frozen=True)
class Between:
    """A number within bounds, both included; None leaves a side open."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Exactly:
    """The whole value of a field."""

    field: str
    value: str


@dataclass(frozen=True)
class Either:
    """At least one of them."""

    parts: tuple["Node", ...]


Node = Words | Row | Mark | Between | Exactly | Either


@dataclass(frozen=True)
class Plan:
    """All of `required` and none of `excluded`, what has `optional`, too, first.

    `typed` are the texts behind `required`, `words` what to mark, `expanded` what was searched beside a typed word.
    """

    required: tuple[Node, ...] = ()
    excluded: tuple[Node, ...] = ()
    optional: tuple[Node, ...] = ()
    typed: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    expanded: Mapping[str, tuple[str, ...]] | None = None

    @property
    def is_empty(self) -> bool:
        return not self.required and not self.excluded

    @property
    def is_ranked(self) -> bool:
        """False when every answer is as good as another, so that the newest come first."""
        return not all(isinstance(node, Between | Exactly) for node in self.required)

    def suggestion(self, finds: Callable[[Node], bool]) -> str | None:
        """The typed words that do find something, as a query of their own."""
        if len(self.required) < 2:
            return None
        kept = [typed for typed, node in zip(self.typed, self.required, strict=True) if finds(node)]
        return " ".join(kept) if kept and len(kept) < len(self.required) else None


def make_plan(parsed: Parsed, vocabulary: Vocabulary) -> Plan:
    """The plan for a parsed query with the words that exist for whoever asks."""
    return _Planner(parsed, vocabulary).plan()


class _Planner:
    """One pass: all words are expanded together, so that an engine across a network is asked few times."""

    def __init__(self, parsed: Parsed, vocabulary: Vocabulary) -> None:
        self._required = [clause for clause in parsed.clauses if not clause.excluded and not clause.optional]
        self._optional = [clause for clause in parsed.clauses if clause.optional]
        self._excluded = [clause for clause in parsed.clauses if clause.excluded]
        typed = list(dict.fromkeys(one for clause in self._required for one in _to_expand(clause)))
        self._weights = dict(zip(typed, vocabulary.expand(typed), strict=True))
        long = {one.word for one in typed if len(one.word) >= SPLIT_FROM}
        self._splits = vocabulary.splits(long)
        pairs = self._neighbours()
        known = vocabulary.known({whole for wholes in pairs.values() for whole in wholes})
        self._wholes = {
            pair: found for pair, wholes in pairs.items() if (found := [whole for whole in wholes if whole in known])
        }

    def plan(self) -> Plan:
        nodes = [self._node(clause) for clause in self._required]
        for (first, second), wholes in self._wholes.items():
            instead = Words(dict.fromkeys(wholes, JOINED))
            nodes[first], nodes[second] = Either((nodes[first], instead)), Either((nodes[second], instead))
        return Plan(
            required=tuple(nodes),
            excluded=tuple(_literal(clause) for clause in self._excluded),
            optional=tuple(_literal(clause) for clause in self._optional),
            typed=tuple(clause.typed for clause in self._required),
            words=tuple(sorted(self._marked())),
            expanded=self._expanded(),
        )

    def _expanded(self) -> dict[str, tuple[str, ...]]:
        others = {one.word: tuple(w for w in found if w != one.word) for one, found in self._weights.items()}
        return {word: found[:SHOWN] for word, found in others.items() if found}

    def _marked(self) -> set[str]:
        found = {word for clause in self._required for word in clause.words}
        found |= {word for weights in self._weights.values() for word in weights}
        found |= {word for pairs in self._splits.values() for pair in pairs for word in pair}
        return found | {whole for wholes in self._wholes.values() for whole in wholes}

    def _neighbours(self) -> dict[tuple[int, int], list[str]]:
        """Two typed words that stand joined in documents (Straßen Beleuchtung) may match as the one word instead."""
        single = [n for n, clause in enumerate(self._required) if len(clause.words) == 1 and not clause.field]
        found = {}
        for first, second in pairwise(single):
            if second == first + 1:
                left, right = self._required[first].words[0], self._required[second].words[0]
                beginnings = dict.fromkeys([*(left + link for link in LINKS), german.stem(left)])
                found[first, second] = [beginning + right for beginning in beginnings]
        return found

    def _node(self, clause: Clause) -> Node:
        if clause.field in RANGES:
            return Between(RANGES[clause.field or ""], clause.low, clause.high)
        if clause.field in EXACT_FIELDS:
            return Either(tuple(Exactly(clause.field or "", value) for value in clause.values))
        if clause.marks:
            return self._pattern(clause)
        if clause.is_phrase:
            return self._phrase(clause)
        return self._word(clause)

    def _pattern(self, clause: Clause) -> Node:
        """A recognised pattern: its canonical form, or the very words in a row (part of a longer reference)."""
        parts: list[Node] = [Mark(mark) for mark in clause.marks]
        if not any(mark.startswith(("a:", "d:", "i:")) for mark in clause.marks):
            parts += [Row(clause.words)] if len(clause.words) > 1 else [self._words(one) for one in _to_expand(clause)]
        return Either(tuple(parts))

    def _phrase(self, clause: Clause) -> Node:
        """Words in a row; hyphened ones also as one word."""
        row = Row(clause.words, clause.field)
        joined = tuple(replace(self._words(one), field=clause.field) for one in _to_expand(clause))
        return Either((row, *joined)) if joined else row

    def _word(self, clause: Clause) -> Node:
        typed = Typed(clause.words[0], clause.is_prefix)
        parts: list[Node] = [replace(self._words(typed), field=clause.field)]
        if not clause.field:
            parts += [Row(pair, weight=APART) for pair in self._splits.get(typed.word, ())]
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _words(self, typed: Typed) -> Words:
        return Words(self._weights[typed])


def _to_expand(clause: Clause) -> Sequence[Typed]:
    """What of a clause is looked up in the vocabulary: a single word, or hyphened ones written as one."""
    if clause.field in RANGES or clause.field in EXACT_FIELDS:
        return ()
    if len(clause.words) == 1:
        return () if clause.is_phrase and not clause.marks else (Typed(clause.words[0], clause.is_prefix),)
    if clause.is_phrase and not clause.marks and "-" in clause.typed and '"' not in clause.typed:
        return (Typed("".join(clause.words)),)
    return ()


def _literal(clause: Clause) -> Node:
    if clause.field in RANGES:
        return Between(RANGES[clause.field or ""], clause.low, clause.high)
    if clause.field in EXACT_FIELDS:
        return Either(tuple(Exactly(clause.field or "", value) for value in clause.values))
    return Row(clause.words or ("",), clause.field)
