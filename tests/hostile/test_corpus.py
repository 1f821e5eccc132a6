"""The hostile corpus through receipt, jail, text, e-invoice, route and index of a real installation.

A fixed sample with every class runs as an ordinary user in `make test`, the whole as root and as an ordinary user in
`make torture`. What passes for a file stands in the corpus' manifest.
"""

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import corpus
from tests.hostile.conftest import RunAs

pytestmark = pytest.mark.corpus
Report = dict[str, Any]


def _report(run_as: RunAs, user: str, corpora: Path, which: str) -> Report:
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        arguments = [str(Path(corpus.__file__)), str(corpora / "hostile"), folder, which]
        ended = run_as(user, *arguments, folder=Path(folder), seconds=4 * 3600)
        assert ended.returncode == 0, ended.stderr[-3000:]
        found: Report = json.loads(ended.stdout)
        return found


@pytest.fixture(scope="module")
def sampled(run_as: RunAs, corpora: Path) -> Report:
    return _report(run_as, "ordinary", corpora, "sample")


def _passes(expected: str, got: str) -> bool:
    """Accepted with a hazard is accepted; `receive` has no sender whom it could refuse, so R may be a Klärfall."""
    letters = set(expected.split("|")) | ({"F"} if "A" in expected.split("|") else set())
    letters |= {"Q", "R"} if letters & {"Q", "R"} else set()
    return expected.startswith("n/a") or got in letters


def _check(report: Report) -> None:
    files = report["files"]
    assert [file for file in files if not _passes(file["expected"], file["got"])] == []
    assert [file for file in files if file["wrong"]] == []
    assert report["zygote_survived"]
    assert report["faults"] == []
    assert report["left_behind"] == []
    assert all(report["neighbours"])


def test_every_class_of_the_corpus_is_in_the_sample(corpora: Path) -> None:
    whole = corpus.listed(corpora / "hostile")
    sample = corpus.sample(whole)
    assert {item.hostile_class for item in sample} == {item.hostile_class for item in whole}
    assert {item.file for item in sample if item.hostile_class == "generated"} == {
        f"generated/{path.name}" for path in (corpora / "hostile/generated").iterdir()
    }


def test_the_sample_ends_as_expected_and_hurts_nobody(sampled: Report) -> None:
    assert len(sampled["files"]) > 45
    _check(sampled)


def test_the_network_is_closed_to_every_file(sampled: Report) -> None:
    assert sampled["strength"]["network_closed"]


def test_active_content_is_flagged(sampled: Report) -> None:
    hazards = {file["file"]: file["hazards"] for file in sampled["files"]}
    assert hazards["generated/pdf_js_openaction.pdf"] == ["javascript"]
    assert hazards["generated/pdf_launch_action.pdf"] == ["launch"]
    assert hazards["generated/xrechnung_attachment_traversal.xml"] == ["attachment-path"]


@pytest.mark.torture
@pytest.mark.timeout(5 * 3600)
@pytest.mark.parametrize("user", ["root", "ordinary"])
def test_the_whole_corpus_ends_as_expected_and_hurts_nobody(user: str, run_as: RunAs, corpora: Path) -> None:
    if user not in run_as.users:
        pytest.skip("the suite does not run as root")
    report = _report(run_as, user, corpora, "whole")
    _print_table(user, report)
    assert len(report["files"]) == len(corpus.listed(corpora / "hostile"))
    _check(report)


def _print_table(user: str, report: Report) -> None:
    """By class: what is expected and what came."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for file in report["files"]:
        counts.setdefault((file["hostile_class"], file["expected"].partition(" ")[0]), Counter())[file["got"]] += 1
    lines = [f"\n{'class (' + user + ')':32} expected  got"]
    for (name, expected), got in sorted(counts.items()):
        lines.append(
            f"{name:32} {expected:9} {', '.join(f'{letter} {count}' for letter, count in sorted(got.items()))}"
        )
    print("\n".join(lines))  # noqa: T201
