"""Measures the fields of invoices: share read right, share and precision of what is accepted without asking.

    python -m tests.benchmarks.measure_fields corpus|generated|unseen|other-seeds [--errors]

`corpus` are the simulated scans beside the checkout, `generated` the invented invoices whose layouts rules may be tuned
on, `unseen` the other half (totals only), `other-seeds` both halves with other facts. Recognised words are kept on disk
(see `recognised`), so a second run costs seconds.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from invoicing.text_fields import Field, read_fields
from ocr.base import PageJson
from tests.benchmarks.field_scores import Score
from tests.benchmarks.recognised import layered, recognised
from tests.conftest import ROOT
from tests.invoices.specimens import specimens

SCANS = ROOT.parent / "shared" / "corpora" / "scans"
OTHER_FIRST_SEED = 500_000


@dataclass(frozen=True)
class Document:
    """One invoice as one machine gave it: recognised pages, and what is printed on them."""

    name: str
    group: str
    pages: list[PageJson]
    printed: dict[str, str]
    unprinted: dict[str, str] | None = None


def corpus() -> Iterator[Document]:
    """The simulated scans, by layout group and profile."""
    truth = {row["doc"]: row for row in _rows("fields.jsonl")}
    for scan in _rows("manifest.jsonl"):
        known = truth[scan["doc"]]
        data = (SCANS / scan["file"]).read_bytes()
        printed = {name for name, is_printed in known["printed"].items() if is_printed}
        yield Document(
            scan["file"],
            f"{known['layout']} {scan['profile']}",
            [recognised(data)],
            {name: value for name, value in known["fields"].items() if name in printed},
        )


def _rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (SCANS / name).read_text(encoding="utf-8").splitlines()]


def generated(*, unseen: bool | None, first_seed: int = 0, most: int = 20) -> Iterator[Document]:
    """The invented invoices: text layer, office scan, one other scan each."""
    for each in specimens(unseen=unseen, first_seed=first_seed):
        if each.number >= most:
            continue
        hidden = {name: value for name, value in each.facts.truth.items() if name not in each.printed}
        half = "unseen" if each.is_unseen else "known"
        yield Document(each.name, f"{half} text-layer", layered(each.pdf), each.printed, hidden)
        for profile in each.profiles:
            pages = [recognised(data) for data in each.scanned(profile)]
            yield Document(each.name, f"{half} {profile}", pages, each.printed, hidden)


def measure(documents: Iterable[Document], *, show_errors: bool) -> dict[str, Score]:
    """Scores by group; wrong fields are printed when asked for."""
    scores: dict[str, Score] = defaultdict(Score)
    spent = pages = 0.0
    for document in documents:
        began = time.process_time()
        found = read_fields([page["words"] for page in document.pages])
        spent, pages = spent + time.process_time() - began, pages + len(document.pages)
        score = scores[document.group]
        for name in score.add(document.printed, found, unprinted=document.unprinted):
            if show_errors:
                _print_error(document, name, found)
    print(f"{1000 * spent / max(1, pages):.1f} ms a page, {pages:.0f} pages")
    return dict(scores)


def _print_error(document: Document, name: str, found: dict[str, Field]) -> None:
    read = found.get(name)
    mark = "!!" if read and read["accepted"] else "  "
    got = f"{read['value']!r} {read['confidence']} {read['witnesses']}" if read else "-"
    print(f"{mark} {document.group:24s} {document.name:28s} {name}: {document.printed[name]!r} <- {got}")


def report(scores: dict[str, Score]) -> None:
    """One line a group, then totals by field."""
    for group, score in sorted(scores.items()):
        print(f"{group:28s} {_figures(score)}")
    everything = sum(scores.values(), Score())
    print(f"{'all':28s} {_figures(everything)}")
    for name in sorted(everything.printed):
        right, printed = everything.right[name], everything.printed[name]
        taken, wrong = everything.accepted[name], everything.accepted_wrong[name]
        print(
            f"   {name:16s} right {100 * right / printed:5.1f} % of {printed:4d}   accepted {taken:4d}, wrong {wrong}"
        )
    print("  ", {name: count for name, count in everything.accepted_wrong.items() if count and "(" in name})


def _figures(score: Score) -> str:
    return (
        f"right {100 * score.right_share:5.1f} % of {score.printed.total():4d}   "
        f"accepted {100 * score.accepted_share:5.1f} %, of these right {100 * score.precision:6.2f} %"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["corpus", "generated", "unseen", "other-seeds"])
    parser.add_argument("--errors", action="store_true", help="print each wrong field (never of unseen layouts)")
    parser.add_argument("--most", type=int, default=20, help="specimens a layout")
    asked = parser.parse_args()
    chosen = {
        "corpus": corpus,
        "generated": lambda: generated(unseen=False, most=asked.most),
        "unseen": lambda: generated(unseen=True, most=asked.most),
        "other-seeds": lambda: generated(unseen=None, first_seed=OTHER_FIRST_SEED, most=asked.most),
    }[asked.what]
    is_open = asked.what in ("corpus", "generated")
    report(measure(chosen(), show_errors=asked.errors and is_open))


if __name__ == "__main__":
    main()
