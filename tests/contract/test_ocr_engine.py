"""What every `OcrEngine` must do; a second engine joins the list of `ENGINES`."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import typst
from PIL import Image

from ocr.base import EngineFailed, OcrEngine
from ocr.tesseract import TesseractEngine

ENGINES: list[Callable[[], OcrEngine]] = [TesseractEngine]
TEXT = "Rechnung 4711 über Straßenbau"


@pytest.fixture(params=ENGINES, ids=lambda make: make.__name__)
def engine(request: pytest.FixtureRequest) -> OcrEngine:
    made: OcrEngine = request.param()
    return made


def page(folder: Path, *lines: str, turn: int = 0) -> Path:
    text = "\n\n".join(lines)
    source = f"#set page(width: 430pt, height: 180pt, margin: 25pt)\n#set text(size: 11pt)\n{text}"
    picture = Image.open(io.BytesIO(bytes(typst.compile(source.encode(), format="png", ppi=200)))).convert("L")
    path = folder / "page.pgm"
    picture.rotate(turn, expand=True).save(path, format="PPM")
    return path


def test_words_are_read_with_umlauts_and_confidence(engine: OcrEngine, tmp_path: Path) -> None:
    words = engine.read(page(tmp_path, TEXT), dpi=200, timeout_seconds=25)
    assert [word.text for word in words] == TEXT.split()
    assert all(0.5 < word.confidence <= 1 for word in words)


def test_boxes_lie_inside_the_page_around_the_ink(engine: OcrEngine, tmp_path: Path) -> None:
    path = page(tmp_path, TEXT)
    with Image.open(path) as image:
        for word in engine.read(path, dpi=200, timeout_seconds=25):
            assert 0 <= word.x0 < word.x1 <= image.width
            assert 0 <= word.y0 < word.y1 <= image.height
            darkest, _ = image.crop((int(word.x0), int(word.y0), int(word.x1), int(word.y1))).getextrema()
            assert int(darkest) < 100  # type: ignore[arg-type]  # a grey image has one band


def test_an_empty_page_has_no_words(engine: OcrEngine, tmp_path: Path) -> None:
    assert engine.read(page(tmp_path), dpi=200, timeout_seconds=25) == ()


def test_the_time_given_is_kept(engine: OcrEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failed:
        engine.read(page(tmp_path, *[TEXT] * 7), dpi=200, timeout_seconds=0.01)
    assert failed.value.code == "engine.timeout"


def test_reading_leaves_nothing_behind(engine: OcrEngine, tmp_path: Path) -> None:
    path = page(tmp_path, TEXT)
    engine.read(path, dpi=200, timeout_seconds=25)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_no_image_is_an_engine_failure(engine: OcrEngine, tmp_path: Path) -> None:
    path = tmp_path / "page.pgm"
    path.write_bytes(b"P5 nonsense")
    with pytest.raises(EngineFailed) as failed:
        engine.read(path, dpi=200, timeout_seconds=25)
    assert failed.value.code == "engine.failed"


def test_the_version_names_engine_language_and_parameters(engine: OcrEngine) -> None:
    assert engine.version.startswith(engine.name)
    assert engine.version == type(engine)().version
    assert "deu" in engine.version


def test_upside_down_is_noticed(engine: OcrEngine, tmp_path: Path) -> None:
    lines = ["Die Gemeinde bittet um Überweisung des Betrages", "auf das angegebene Konto bei der Sparkasse.", TEXT] * 2
    path = page(tmp_path, *lines, turn=180)
    assert engine.orientation(path, dpi=200, timeout_seconds=25) == 180


def test_a_language_that_is_not_installed_is_a_missing_engine(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failed:
        TesseractEngine("xxx").read(page(tmp_path, TEXT), dpi=200, timeout_seconds=25)
    assert failed.value.code == "engine.missing"


def test_a_machine_without_the_program_is_a_missing_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineFailed) as failed:
        TesseractEngine().read(page(tmp_path, TEXT), dpi=200, timeout_seconds=25)
    assert failed.value.code == "engine.missing"
