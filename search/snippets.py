"""The best window of a stored text with marks on the words that matched; plain data, escaped by whoever shows it."""

from bisect import bisect_left
from collections.abc import Collection

from search.german import Token, stem, tokens

WINDOW_WORDS = 28
MAX_CHARACTERS = 200_000


def snippet(text: str, matched: Collection[str]) -> list[tuple[str, bool]]:
    """Pieces of the window with most different matches: (text, is marked). The beginning when nothing matches."""
    text = text[:MAX_CHARACTERS]
    found = list(tokens(text))
    if not found:
        return []
    wanted = set(matched) | {stem(word) for word in matched}
    marked = {word for word in {token.word for token in found} if word in wanted or stem(word) in wanted}
    first = _best_start(found, marked)
    window = found[first : first + WINDOW_WORDS]
    pieces: list[tuple[str, bool]] = [("… ", False)] if first else []
    position = window[0].start
    for token in window:
        pieces += [(text[position : token.start], False), (text[token.start : token.end], token.word in marked)]
        position = token.end
    if first + WINDOW_WORDS < len(found):
        pieces.append((" …", False))
    return [
        (" ".join(piece.split()) if len(piece) > 3 else piece.replace("\n", " "), mark)
        for piece, mark in pieces
        if piece
    ]


def _best_start(found: list[Token], marked: Collection[str]) -> int:
    """Where the window with most different marked words begins, the first of several."""
    hits = [index for index, token in enumerate(found) if token.word in marked]
    if not hits:
        return 0

    def distinct(start: int) -> int:
        until = bisect_left(hits, start + WINDOW_WORDS)
        return len({found[index].word for index in hits[bisect_left(hits, start) : until]})

    best = max(hits, key=lambda index: (distinct(max(0, index - 4)), -index))
    return max(0, best - 4)
