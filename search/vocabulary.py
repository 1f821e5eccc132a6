"""Which words that exist for a searcher a typed word may mean, each with a weight; the words themselves lie in a store.

A store answers within a scope, as if it knew the documents of the scope alone: hidden ones neither add a word, nor take
the place of another one, nor change which is the commonest.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from search.base import Scope
from search.german import misreading_key, stem

SAME, STEM, PREFIX, PART, PART_LOOSE, PART_MIDDLE, MISREAD, TYPO = 1.0, 0.95, 0.6, 0.6, 0.45, 0.3, 0.6, 0.4
MAX_EXPANSIONS = 40
MAX_FOUND = 60
LOOSE_FROM = 5
LINKS = ("", "s", "n", "en", "es", "er", "e")
ENDINGS = ("ung", "ungen")


class By(StrEnum):
    """How words are looked up."""

    WORD = "word"
    """Those of the values that are words."""
    STEM = "stem"
    """Those of the values that are stems of words."""
    SAME_STEM = "same_stem"
    SAME_KEY = "same_key"
    PREFIX = "prefix"
    INSIDE = "inside"
    ONE_EDIT = "one_edit"
    TWO_EDITS = "two_edits"


@dataclass(frozen=True)
class Lookup:
    """One question to the store; all but WORD and STEM have one value and give words, the commonest first."""

    by: By
    values: tuple[str, ...]
    limit: int = MAX_FOUND


class WordStore(Protocol):
    """The distinct words of an index with their frequencies, however they are kept."""

    def look_up(self, asked: Sequence[Lookup], scope: Scope) -> list[list[str]]:
        """The answers in the order of the questions, from the words of documents of the scope.

        Where the scope is everything, a word whose documents are all gone may still be among them.
        """


@dataclass(frozen=True)
class Typed:
    """A folded word as it was typed; `is_prefix` when the rest of it is left open."""

    word: str
    is_prefix: bool = False


@dataclass
class _Near:
    """What resembles one typed word: words with weights, and longer words that hold it, still to be judged."""

    found: dict[str, float] = field(default_factory=dict)
    holding: list[tuple[str, str]] = field(default_factory=list)

    def add(self, words: Iterable[str], weight: float) -> None:
        for word in words:
            self.found[word] = max(weight, self.found.get(word, 0))


class Vocabulary:
    """The one judgement of likeness for every engine, within a scope; each method asks the store at most four times."""

    def __init__(self, store: WordStore, scope: Scope) -> None:
        self._store, self._scope = store, scope

    def _look_up(self, asked: Sequence[Lookup]) -> list[list[str]]:
        return self._store.look_up(asked, self._scope) if asked else []

    def known(self, words: Collection[str]) -> set[str]:
        """Those of the words that some document has."""
        wanted = tuple(sorted(set(words)))
        return set(self._look_up([Lookup(By.WORD, wanted, len(wanted))])[0]) if wanted else set()

    def beginning_with(self, prefix: str) -> list[str]:
        """Words with this beginning, the commonest first."""
        return self._look_up([Lookup(By.PREFIX, (prefix,), MAX_EXPANSIONS)])[0]

    def expand(self, typed: Sequence[Typed]) -> list[dict[str, float]]:
        """For each typed word the words that exist → weight; empty when nothing resembles it."""
        near = self._near(typed)
        self._judge_compounds(near)
        found = [one.found for one in near]
        missed = [n for n, words in enumerate(found) if not words]
        for n, words in zip(missed, self._typos([typed[n].word for n in missed]), strict=True):
            found[n] = words
        return [_best(words) for words in found]

    def _near(self, typed: Sequence[Typed]) -> list[_Near]:
        asked = [(n, lookup, weight) for n, one in enumerate(typed) for lookup, weight in _lookups(one)]
        answers = self._look_up([lookup for _, lookup, _ in asked])
        near = [_Near() for _ in typed]
        for (n, lookup, weight), words in zip(asked, answers, strict=True):
            if lookup.by == By.INSIDE:
                part = lookup.values[0]
                near[n].holding += [(word, part) for word in words if word not in (part, typed[n].word)]
            else:
                near[n].add(words, weight)
        return near

    def _judge_compounds(self, near: Sequence[_Near]) -> None:
        """Longer words that hold the typed one; surer when what is left of them is made of known words.

        A short part counts only then, and stems of known words are not enough for it.
        """
        strictly, loosely = self._known_rests({rest for one in near for pair in one.holding for rest in _rests(*pair)})
        for one in near:
            for word, part in one.holding:
                left, right = _rests(word, part)
                if len(part) < LOOSE_FROM:
                    one.add([word] if left in strictly and right in strictly else [], PART)
                elif left in loosely and right in loosely:
                    one.add([word], PART)
                else:
                    at_edge = not left or not right or left in loosely or right in loosely
                    one.add([word], PART_LOOSE if at_edge or len(part) >= 7 else PART_MIDDLE)

    def _known_rests(self, rests: Collection[str]) -> tuple[set[str], set[str]]:
        """Those that are nothing, a linking sound, or a known word with a link at one end; and those, or a stem."""
        forms = {rest: _without_links(rest) for rest in rests}
        wanted = tuple(sorted({form for several in forms.values() for form in several}))
        asked = [Lookup(By.WORD, wanted, len(wanted)), Lookup(By.STEM, wanted, len(wanted))] if wanted else []
        words, stems = (set(answer) for answer in self._look_up(asked)) if asked else (set[str](), set[str]())

        def known(parts: Collection[str]) -> set[str]:
            return {r for r, several in forms.items() if r in LINKS or r in ENDINGS or not several.isdisjoint(parts)}

        return known(words), known(words | stems)

    def _typos(self, missed: Sequence[str]) -> list[dict[str, float]]:
        """Words one edit away (a swap counts as one), else two for long words."""
        found: list[dict[str, float]] = [{} for _ in missed]
        for by, shortest, weight in ((By.ONE_EDIT, 4, TYPO), (By.TWO_EDITS, 6, TYPO / 2)):
            open_ones = [
                n for n, word in enumerate(missed) if not found[n] and len(word) >= shortest and _is_text(word)
            ]
            answers = self._look_up([Lookup(by, (missed[n],)) for n in open_ones])
            for n, words in zip(open_ones, answers, strict=True):
                found[n] = dict.fromkeys(words, weight)
        return found

    def splits(self, words: Collection[str]) -> dict[str, list[tuple[str, str]]]:
        """Ways to write each word as two that exist (Strassenbeleuchtung → strassen beleuchtung)."""
        ways = {word: _ways(word) for word in words}
        known = self.known({half for several in ways.values() for pair in several for half in pair})
        return {
            word: list(dict.fromkeys(pair for pair in several if known.issuperset(pair)))[:4]
            for word, several in ways.items()
        }


def _lookups(typed: Typed) -> list[tuple[Lookup, float]]:
    """The first round of questions about a typed word. A number is never part of, or a slip for, another one."""
    word, is_text = typed.word, _is_text(typed.word)
    asked = [(Lookup(By.WORD, (word,)), SAME)]
    if is_text:
        asked.append((Lookup(By.SAME_STEM, (stem(word),)), STEM))
    if typed.is_prefix or len(word) >= (3 if is_text else 5):
        asked.append((Lookup(By.PREFIX, (word,), MAX_EXPANSIONS), PREFIX))
    if len(word) >= 3:
        asked.append((Lookup(By.SAME_KEY, (misreading_key(word),)), MISREAD))
    if is_text and len(word) >= 4:
        forms = [form for form in dict.fromkeys((word, stem(word))) if len(form) >= 4]
        asked += [(Lookup(By.INSIDE, (form,)), PART) for form in forms]
    return asked


def _is_text(word: str) -> bool:
    return not any(character.isdigit() for character in word)


def _rests(word: str, part: str) -> tuple[str, str]:
    left, _, right = word.partition(part)
    return left, right


def _without_links(rest: str) -> set[str]:
    bare = [rest.removesuffix(link) for link in LINKS]
    front = [rest.removeprefix(link) for link in LINKS]
    return {word for word in bare + front if len(word) >= 3}


def _ways(word: str) -> list[tuple[str, str]]:
    cuts = [(word[:cut], word[cut:]) for cut in range(3, len(word) - 2)]
    linked = [(left.removesuffix(link), right) for left, right in cuts for link in LINKS[1:] if left.endswith(link)]
    return [pair for pair in cuts + linked if len(pair[0]) >= 3]


def _best(found: Mapping[str, float]) -> dict[str, float]:
    best = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return dict(best[:MAX_EXPANSIONS])
