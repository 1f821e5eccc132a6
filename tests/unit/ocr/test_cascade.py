"""What becomes of a page that two engines read: gaps filled, contradictions settled, and one engine enough."""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import typst
from PIL import Image

from ocr import rapid
from ocr.base import EngineFailed, Reading, Word
from ocr.cascade import Cascade
from ocr.page_image import PageImage
from ocr.rapid import RapidEngine
from ocr.recorded import Recorded
from ocr.tesseract import TesseractEngine
from tests.conftest import skip_loudly

TEXT = "Rechnung 4711 über Straßenbau"
ACCOUNT = "DE02120300000000202051"


@pytest.fixture
def tesseract() -> TesseractEngine:
    engine = TesseractEngine()
    try:
        _ = engine.version
    except EngineFailed:
        skip_loudly("no Tesseract with German here")
    return engine


def page(folder: Path, body: str) -> PageImage:
    source = f"#set page(width: 430pt, height: 130pt, margin: 25pt)\n#set text(size: 11pt)\n{body}"
    picture = Image.open(io.BytesIO(bytes(typst.compile(source.encode(), format="png", ppi=200)))).convert("L")
    return PageImage(np.asarray(picture, dtype=np.uint8), dpi=200, folder=folder)


@dataclass(frozen=True)
class Judged:
    doubted: frozenset[int]
    proofs: int


def account_holder(words: Sequence[Word]) -> Judged:
    """Knows the right account: everything else that begins like one is in doubt."""
    accounts = {number: word.text == ACCOUNT for number, word in enumerate(words) if word.text.startswith("DE")}
    return Judged(frozenset(number for number, holds in accounts.items() if not holds), sum(accounts.values()))


def texts(words: Sequence[Word]) -> list[str]:
    return [word.text for word in words]


def read_as(words: Sequence[Word], changed: dict[str, str]) -> Reading:
    """The words as the first engine would have them, some of them misread with confidence."""
    misread = (replace(word, text=changed.get(word.text, word.text), confidence=0.96) for word in words)
    return Reading(tuple(misread), "tesseract")


def test_a_small_table_of_which_tesseract_makes_little_is_read(tesseract: TesseractEngine, tmp_path: Path) -> None:
    cells = ["Pos", "Menge", "Preis", "Summe", "1", "7", "1,00", "7,00", "2", "3", "2,00", "6,00"]
    image = page(tmp_path, f"#table(columns: 4, inset: 3pt, {','.join(f'[{cell}]' for cell in cells)})")
    assert "6,00" not in texts(tesseract.read(image, timeout_seconds=60).words)
    reading = Cascade(tesseract, RapidEngine()).read(image, timeout_seconds=60)
    assert reading.source == "mixed"
    assert sorted(texts(reading.words)) == sorted(cells)


def test_columns_keep_the_order_in_which_they_were_read(tmp_path: Path) -> None:
    left, right = "Bauhof der Gemeinde \\ Birkenweg 4", "Datum 24.12.2026 \\ Kunde 20815"
    image = page(tmp_path, f"#grid(columns: (1fr, 1fr), [{left}], [{right}])")
    rows = RapidEngine().read(image, timeout_seconds=60).words
    middle = image.pixels.shape[1] / 2
    columns = [word for word in rows if word.x0 < middle] + [word for word in rows if word.x0 > middle]
    unsure = [replace(word, confidence=0.6) for word in columns]
    reading = Cascade(Recorded(Reading(tuple(unsure), "tesseract")), RapidEngine()).read(image, timeout_seconds=60)
    assert texts(reading.words) == texts(columns)
    assert min(word.confidence for word in reading.words) > 0.6


def test_a_word_that_cannot_be_right_stands_as_the_other_engine_reads_it(tmp_path: Path) -> None:
    image = page(tmp_path, f"{TEXT}\n\nIBAN {ACCOUNT}")
    right = RapidEngine().read(image, timeout_seconds=60).words
    first = read_as(right, {ACCOUNT: "DE02120800000000202051", "4711": "4771"})

    reading = Cascade(Recorded(first), RapidEngine(), judge=account_holder).read(image, timeout_seconds=60)
    assert texts(reading.words) == ["Rechnung", "4771", *TEXT.split()[2:], "IBAN", ACCOUNT], "and no other line"
    assert reading.source == "mixed"


def test_an_unsure_reader_is_right_where_the_other_contradicts_itself(tmp_path: Path) -> None:
    image = page(tmp_path, f"Konto {ACCOUNT.replace('1203', '12O3')}")  # what the networks read, surely, and wrongly
    seen = RapidEngine().read(image, timeout_seconds=60).words
    known = tuple(replace(word, text=word.text.replace("O", "0"), confidence=0.7) for word in seen)
    assert ACCOUNT not in texts(seen)
    cascade = Cascade(Recorded(Reading(known, "tesseract")), RapidEngine(), judge=account_holder)
    assert texts(cascade.read(image, timeout_seconds=60).words) == ["Konto", ACCOUNT]


def test_nothing_read_settles_no_doubt(tmp_path: Path) -> None:
    image = page(tmp_path, TEXT)
    seen = RapidEngine().read(image, timeout_seconds=60).words
    invented = Word("DE02120800000000202051", 70, 200, 400, 225, 0.96)
    first = Reading((*read_as(seen, {}).words, invented), "tesseract")
    assert Cascade(Recorded(first), RapidEngine(), judge=account_holder).read(image, timeout_seconds=60) == first


def test_what_both_engines_read_alike_stays_as_it_is(tmp_path: Path) -> None:
    image = page(tmp_path, f"Konto {ACCOUNT}")
    first = read_as(RapidEngine().read(image, timeout_seconds=60).words, {})
    reading = Cascade(Recorded(first), RapidEngine(), judge=lambda words: Judged(frozenset({1}), 0)).read(
        image, timeout_seconds=60
    )
    assert reading == first


def test_without_the_networks_the_first_engine_reads_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = page(tmp_path, TEXT)
    words = RapidEngine().read(image, timeout_seconds=60).words
    first = Reading(tuple(replace(word, confidence=0.5) for word in words), "tesseract")
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    rapid._models.cache_clear()
    try:
        assert Cascade(Recorded(first), RapidEngine()).read(image, timeout_seconds=60) == first
    finally:
        monkeypatch.undo()
        rapid._models.cache_clear()


def test_a_second_engine_that_runs_out_of_time_costs_nothing_read_before(tmp_path: Path) -> None:
    image = page(tmp_path, TEXT)
    words = RapidEngine().read(image, timeout_seconds=60).words
    unsure = Reading(tuple(replace(word, confidence=0.5) for word in words), "tesseract")
    assert Cascade(Recorded(unsure), RapidEngine()).read(image, timeout_seconds=0) == unsure
