"""Which words that exist in an index a typed word may mean, each with a weight; the words themselves lie in a store.

The store only grows until the index is rebuilt; a word without documents finds nothing and does no harm. Whoever asks
says which words exist for them (`Visible`): a word of hidden documents alone changes no answer.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from search.german import misreading_key, stem

SAME, STEM, PREFIX, PART, PART_LOOSE, PART_MIDDLE, MISREAD, TYPO = 1.0, 0.95, 0.6, 0.6, 0.45, 0.3, 0.6, 0.4
MAX_EXPANSIONS = 40
MAX_FOUND = 60
LOOSE_FROM = 5
LINKS = ("", "s", "n", "en", "es", "er", "e")
ENDINGS = ("ung", "ungen")

Visible = Callable[[Collection[str]], Collection[str]]


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

    def look_up(self, asked: Sequence[Lookup]) -> list[list[str]]:
        """The answers in the order of the questions."""

    def add(self, frequencies: Mapping[str, int]) -> None:
        """Add to the frequencies of words, new ones included."""


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
    """The one judgement of likeness for every engine; each method asks the store at most four times."""

    def __init__(self, store: WordStore) -> None:
        self._store = store

    def known(self, words: Collection[str]) -> set[str]:
        """Those of the words that some document has."""
        wanted = tuple(sorted(set(words)))
        return set(self._store.look_up([Lookup(By.WORD, wanted, len(wanted))])[0]) if wanted else set()

    def beginning_with(self, prefix: str) -> list[str]:
        """Words with this beginning, the commonest first."""
        return self._store.look_up([Lookup(By.PREFIX, (prefix,), MAX_EXPANSIONS)])[0]

    def expand(self, typed: Sequence[Typed], visible: Visible) -> list[dict[str, float]]:
        """For each typed word the words that exist → weight; empty when nothing resembles it."""
        near = self._near(typed)
        self._judge_compounds(near, visible)
        seen = set(visible({word for one in near for word in one.found}))
        found = [{word: weight for word, weight in one.found.items() if word in seen} for one in near]
        missed = [n for n, words in enumerate(found) if not words]
        for n, words in zip(missed, self._typos([typed[n].word for n in missed], visible), strict=True):
            found[n] = words
        return [_best(words) for words in found]

    def _near(self, typed: Sequence[Typed]) -> list[_Near]:
        asked = [(n, lookup, weight) for n, one in enumerate(typed) for lookup, weight in _lookups(one)]
        answers = self._store.look_up([lookup for _, lookup, _ in asked]) if asked else []
        near = [_Near() for _ in typed]
        for (n, lookup, weight), words in zip(asked, answers, strict=True):
            if lookup.by == By.INSIDE:
                part = lookup.values[0]
                near[n].holding += [(word, part) for word in words if word not in (part, typed[n].word)]
            else:
                near[n].add(words, weight)
        return near

    def _judge_compounds(self, near: Sequence[_Near], visible: Visible) -> None:
        """Longer words that hold the typed one; surer when what is left of them is made of known words.

        A short part counts only then, so for it the words have to be known to whoever asks.
        """
        holding = [pair for one in near for pair in one.holding]
        known = self._known_rests({rest for pair in holding for rest in _rests(*pair)})
        short = [pair for pair in holding if len(pair[1]) < LOOSE_FROM]
        seen = self._known_rests({rest for pair in short for rest in _rests(*pair)}, visible)
        for one in near:
            for word, part in one.holding:
                left, right = _rests(word, part)
                if len(part) < LOOSE_FROM:
                    one.add([word] if left in seen and right in seen else [], PART)
                elif left in known and right in known:
                    one.add([word], PART)
                else:
                    at_edge = not left or not right or left in known or right in known
                    one.add([word], PART_LOOSE if at_edge or len(part) >= 7 else PART_MIDDLE)

    def _known_rests(self, rests: Collection[str], visible: Visible | None = None) -> set[str]:
        """Those that are nothing, a linking sound, or a known (or visible) word or stem with a link at one end."""
        forms = {rest: _without_links(rest) for rest in rests}
        wanted = tuple(sorted({form for several in forms.values() for form in several}))
        if not wanted:
            return {rest for rest in rests if rest in LINKS}
        asked = [Lookup(By.WORD, wanted, len(wanted)), Lookup(By.STEM, wanted, len(wanted))]
        words, stems = self._store.look_up(asked)
        known = set(words + stems) if visible is None else set(visible(words))
        return {rest for rest, several in forms.items() if rest in LINKS or rest in ENDINGS or known & several}

    def _typos(self, missed: Sequence[str], visible: Visible) -> list[dict[str, float]]:
        """Words one edit away (a swap counts as one), else two for long words."""
        found: list[dict[str, float]] = [{} for _ in missed]
        for by, shortest, weight in ((By.ONE_EDIT, 4, TYPO), (By.TWO_EDITS, 6, TYPO / 2)):
            open_ones = [
                n for n, word in enumerate(missed) if not found[n] and len(word) >= shortest and _is_text(word)
            ]
            if not open_ones:
                continue
            answers = self._store.look_up([Lookup(by, (missed[n],)) for n in open_ones])
            seen = set(visible({word for words in answers for word in words}))
            for n, words in zip(open_ones, answers, strict=True):
                found[n] = {word: weight for word in words if word in seen}
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
