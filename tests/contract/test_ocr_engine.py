"""What every `OcrEngine` must do: each alone, and the cascade made of them."""

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import typst
from PIL import Image

from ocr.base import EngineFailed, OcrEngine, Reading
from ocr.cascade import Cascade
from ocr.engines import ENGINE_NAMES
from ocr.engines import engine as engine_named
from ocr.page_image import PageImage
from ocr.rapid import RapidEngine
from ocr.recorded import Recorded
from ocr.tesseract import TesseractEngine
from tests.conftest import skip_loudly

TEXT = "Rechnung 4711 über Straßenbau"


@pytest.fixture(params=ENGINE_NAMES)
def engine(request: pytest.FixtureRequest) -> OcrEngine:
    made = engine_named(request.param)
    try:
        _ = made.version
    except EngineFailed:
        skip_loudly(f"no {made.name} with German here")
    return made


def page(folder: Path, *lines: str, turn: int = 0) -> PageImage:
    text = "\n\n".join(lines)
    source = f"#set page(width: 430pt, height: 180pt, margin: 25pt)\n#set text(size: 11pt)\n{text}"
    picture = Image.open(io.BytesIO(bytes(typst.compile(source.encode(), format="png", ppi=200)))).convert("L")
    return PageImage(np.asarray(picture.rotate(turn, expand=True), dtype=np.uint8), dpi=200, folder=folder)


def test_words_are_read_with_umlauts_and_confidence(engine: OcrEngine, tmp_path: Path) -> None:
    words = engine.read(page(tmp_path, TEXT), timeout_seconds=25).words
    assert [word.text for word in words] == TEXT.split()
    assert all(0.5 < word.confidence <= 1 for word in words)


def test_boxes_lie_inside_the_page_around_the_ink(engine: OcrEngine, tmp_path: Path) -> None:
    image = page(tmp_path, TEXT)
    height, width = image.pixels.shape
    for word in engine.read(image, timeout_seconds=25).words:
        assert 0 <= word.x0 < word.x1 <= width
        assert 0 <= word.y0 < word.y1 <= height
        assert image.pixels[int(word.y0) : int(word.y1), int(word.x0) : int(word.x1)].min() < 100


def test_an_empty_page_has_no_words(engine: OcrEngine, tmp_path: Path) -> None:
    assert engine.read(page(tmp_path), timeout_seconds=25).words == ()


def test_the_time_given_is_kept(engine: OcrEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failed:
        engine.read(page(tmp_path, *[TEXT] * 7), timeout_seconds=0.01)
    assert failed.value.code == "engine.timeout"


def test_reading_leaves_nothing_behind(engine: OcrEngine, tmp_path: Path) -> None:
    engine.read(page(tmp_path, TEXT), timeout_seconds=25)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 4000), (4000, 3)])
def test_an_image_without_room_for_words_has_none(engine: OcrEngine, shape: tuple[int, int], tmp_path: Path) -> None:
    image = PageImage(np.zeros(shape, dtype=np.uint8), dpi=200, folder=tmp_path)
    with suppress(EngineFailed):  # what an engine makes of it is its own affair, as long as it says so
        assert engine.read(image, timeout_seconds=25).words == ()


def test_the_version_names_engine_language_and_parameters(engine: OcrEngine) -> None:
    assert engine.version == engine_named(engine.name).version
    assert "deu" in engine.version


def test_upside_down_is_noticed(engine: OcrEngine, tmp_path: Path) -> None:
    lines = ["Die Gemeinde bittet um Überweisung des Betrages", "auf das angegebene Konto bei der Sparkasse.", TEXT] * 2
    image = page(tmp_path, *lines, turn=180)
    assert engine.orientation(image, timeout_seconds=25) == 180


def test_a_language_that_is_not_installed_is_a_missing_engine(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failed:
        TesseractEngine("xxx").read(page(tmp_path, TEXT), timeout_seconds=25)
    assert failed.value.code == "engine.missing"


def test_a_machine_without_the_program_is_a_missing_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineFailed) as failed:
        TesseractEngine().read(page(tmp_path, TEXT), timeout_seconds=25)
    assert failed.value.code == "engine.missing"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_networks_alone_see_which_way_up(turn: int, tmp_path: Path) -> None:
    lines = ["Die Gemeinde bittet um Überweisung des Betrages", "auf das angegebene Konto bei der Sparkasse.", TEXT] * 2
    image = page(tmp_path, *lines, turn=turn)
    assert RapidEngine().orientation(image, timeout_seconds=25) == turn


def test_without_the_program_the_networks_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = engine_named("cascade")
    assert engine.version == RapidEngine().version
    reading = engine.read(page(tmp_path, TEXT), timeout_seconds=25)
    assert reading.source == "rapidocr"
    assert " ".join(word.text for word in reading.words) == TEXT


def test_a_line_that_the_first_reader_loses_is_read_by_the_second(tmp_path: Path) -> None:
    """A faint line: Tesseract gives nothing for it or is unsure."""
    image = page(tmp_path, TEXT, "", "Fälligkeit: 24.12.2026")
    lost = Reading(tuple(w for w in RapidEngine().read(image, timeout_seconds=25).words if w.y0 < 100), "tesseract")
    assert "24.12.2026" not in [word.text for word in lost.words]
    reading = Cascade(Recorded(lost), RapidEngine()).read(image, timeout_seconds=25)
    assert reading.source == "mixed"
    assert [word.text for word in reading.words] == [*TEXT.split(), "Fälligkeit:", "24.12.2026"]


def test_a_page_read_for_sure_is_not_read_again(tmp_path: Path) -> None:
    image = page(tmp_path, TEXT)
    sure = RapidEngine().read(image, timeout_seconds=25)
    reading = Cascade(Recorded(sure), RapidEngine()).read(image, timeout_seconds=25)
    assert reading == sure
