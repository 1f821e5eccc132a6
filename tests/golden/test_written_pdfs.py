"""Views and hybrid invoices keep PDF/A-3b and PDF/UA-1, said by veraPDF; the rules accept what hybrids carry."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from invoicing import Invoice, NotExpressible, check, render_pdf, write_cii, write_ubl, write_zugferd, zugferd
from invoicing.findings import Level
from invoicing.model import Note
from invoicing.rules import RuleChecker
from tests.judges import SECONDS, vera_pdf
from tests.valid_invoices import REGIMES, SCENARIOS, valid_invoice

_SEEDS = range(len(SCENARIOS) * len(REGIMES))
_EVERY = 3
"""So many more are judged by `make torture`."""
_WILD = (
    "مرحبا بالعالم هذه فاتورة", "חשבונית מס קבלה", "🎉 漢字 👩‍👩‍👧", "Donaudampfschifffahrt" * 20, "a\n\n\tb\r\nc",
    "\u202e\u200b\u00ad\ufeff", "Петро Ζωγράφος Żółć", "#panic() *b* $x$ <a>", "e\u0301\u0301 ﷺ ﬃ", "İıǅ ₿€", " ",
    "\u2028\u2029\u0085",
)  # fmt: skip


def _invoices() -> list[Invoice]:
    made = [valid_invoice(seed) for seed in _SEEDS]
    lines = made[5].lines
    long = tuple(replace(lines[n % len(lines)], number=str(n + 1)) for n in range(60))
    wild = [replace(made[n % 8], number=text, notes=(Note(text, text),)) for n, text in enumerate(_WILD)]
    return [*made, replace(made[5], lines=long), *wild, Invoice()]


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("views")
    paths = []
    for number, invoice in enumerate(_invoices()):
        paths.append(folder / f"{number:02}.pdf")
        paths[-1].write_bytes(render_pdf(invoice, write_ubl(invoice)))
    return paths


@pytest.fixture(scope="module")
def hybrids(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Invoice]:
    """Of every invoice that CII can express."""
    folder = tmp_path_factory.mktemp("hybrids")
    found: dict[Path, Invoice] = {}
    for seed in _SEEDS:
        invoice = valid_invoice(seed)
        path = folder / f"{seed:02}.pdf"
        try:
            path.write_bytes(write_zugferd(invoice))
        except NotExpressible:
            continue
        found[path] = invoice
    assert len(found) > 28
    return found


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("every", [_EVERY, pytest.param(1, marks=pytest.mark.torture)])
@pytest.mark.parametrize("flavour", ["3b", "ua1"])
def test_views_and_hybrids_keep_their_standards(
    views: list[Path], hybrids: dict[Path, Invoice], flavour: str, every: int
) -> None:
    files = [*views, *hybrids][::every]
    verdicts = vera_pdf(files, flavour)
    assert set(verdicts) == set(files)
    for path, verdict in verdicts.items():
        assert verdict["valid"] is True, (path.name, verdict)


def test_the_rules_accept_what_hybrids_carry(hybrids: dict[Path, Invoice], checker: RuleChecker) -> None:
    for path, invoice in hybrids.items():
        data = path.read_bytes()
        report = check(data, checker)
        assert report.accepted, (path.name, report.findings)
        errors = [one for one in report.findings if one.level is Level.ERROR]
        assert not errors, (path.name, errors)
        [embedded] = zugferd.embedded_files(BytesIO(data))
        assert embedded.content == write_cii(invoice)
