"""Files made to hurt: each must be refused by its code (or read) within the limits of a jail child, never crash it.

The tasks run in a forked child with the jail's limits of CPU and of address space, which count beside what the suite
has mapped itself.
"""

import io
import os
import resource
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from ocr import tasks
from ocr.base import OcrError

CPU_SECONDS = 10
ADDRESS_SPACE = 2 * 2**30


def _in_child(task: str, path: Path, scratch: Path, options: dict[str, Any], answer: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    inherited = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (inherited + ADDRESS_SPACE,) * 2)
    with path.open("rb") as source:
        try:
            getattr(tasks, task)(source, scratch, **options)
            code = "read"
        except OcrError as refused:
            code = refused.code
        except BaseException as crash:
            code = f"crashed: {crash!r}"
    os.write(answer, code.encode())


@pytest.fixture
def outcome(tmp_path: Path) -> Callable[..., str]:
    """Run a task on bytes in a limited child: the code of the refusal, or "read"; a crash fails the test."""

    def run(content: bytes, task: str = "describe", **options: Any) -> str:
        path, scratch = tmp_path / "file", tmp_path / "scratch"
        path.write_bytes(content)
        scratch.mkdir(exist_ok=True)
        receive, send = os.pipe()
        child = os.fork()
        if child == 0:
            _in_child(task, path, scratch, options, send)
            os._exit(0)
        os.close(send)
        with os.fdopen(receive, "rb") as answer:
            code = answer.read().decode()
        _, status = os.waitpid(child, 0)
        assert status == 0, f"the child was killed: {status}"
        assert not code.startswith("crashed"), code
        return code

    return run


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff(*, next_offset: int, width: int = 8, height: int = 8) -> bytes:
    entries = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (278, height), (279, 64)]
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", next_offset) + bytes(64)


def pdf(width: float, height: float, pages: int = 1, content: bytes = b"") -> bytes:
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(100, 100))
        document.pages[-1].MediaBox = pikepdf.Array([0, 0, width, height])
        if content:
            document.pages[-1].Contents = document.make_stream(content)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


@pytest.mark.parametrize(("width", "height"), [(2**31 - 1, 2**31 - 1), (40_000, 40_000)])
@pytest.mark.parametrize("task", ["describe", "read_page", "render_page"])
def test_a_png_that_declares_billions_of_pixels_is_refused_before_decoding(
    outcome: Callable[..., str], task: str, width: int, height: int
) -> None:
    options = {"describe": {}, "read_page": {"page": 1}, "render_page": {"page": 1, "max_dpi": 100}}[task]
    bomb = zlib.compress(bytes(10_000_000))
    assert outcome(png(width, height, bomb), task, **options) in ("image.too_large", "image.broken")


def test_a_tiff_whose_page_list_runs_in_a_circle_is_refused(outcome: Callable[..., str]) -> None:
    assert outcome(tiff(next_offset=8)) == "image.broken"


def test_a_tiff_whose_page_list_leads_out_of_the_file_is_refused(outcome: Callable[..., str]) -> None:
    assert outcome(tiff(next_offset=2**31)) == "image.broken"


def test_a_tiff_of_more_pages_than_allowed_is_refused(outcome: Callable[..., str]) -> None:
    one = tiff(next_offset=0)[8:-64]
    size, pages = len(one), 2_001
    chain = b"".join(
        one[:-4] + struct.pack("<I", 8 + (number + 1) * size if number + 1 < pages else 0) for number in range(pages)
    )
    assert outcome(b"II*\0" + struct.pack("<I", 8) + chain) == "image.too_many_pages"


def test_a_big_tiff_with_a_wild_entry_count_is_refused(outcome: Callable[..., str]) -> None:
    head = b"II+\0" + struct.pack("<HHQ", 8, 0, 16)
    assert outcome(head + struct.pack("<Q", 2**62) + bytes(64)) == "image.broken"


def test_a_tiff_page_as_long_as_a_street_is_refused(outcome: Callable[..., str]) -> None:
    assert outcome(tiff(next_offset=0, width=2**20, height=2**20)) == "image.too_large"


@pytest.mark.parametrize("task", ["describe", "read_page", "read_text_layer", "render_page"])
@pytest.mark.parametrize("side", [144_000.0, 2e9])
def test_a_pdf_page_of_fifty_metres_is_refused(outcome: Callable[..., str], task: str, side: float) -> None:
    options = {"read_page": {"page": 1}, "render_page": {"page": 1, "max_dpi": 100}}.get(task, {})
    code = outcome(pdf(side, side), task, **options)
    assert code in (("read",) if task == "read_text_layer" else ("pdf.page_too_large", "pdf.broken"))


def test_a_pdf_of_more_pages_than_allowed_is_refused(outcome: Callable[..., str]) -> None:
    assert outcome(pdf(100, 100, pages=2_001)) == "pdf.too_many_pages"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_truncated_pdf_is_refused(outcome: Callable[..., str], share: float) -> None:
    whole = pdf(595, 842, pages=30, content=b"0 0 m 100 100 l S " * 40)
    assert outcome(whole[: int(len(whole) * share)]) == "pdf.broken"


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-", b"%PDF-1.7\n%%EOF", b"\xff\xd8\xff", b"II*\0", b"\x89PNG\r\n\x1a\n"]
)
@pytest.mark.parametrize("task", ["describe", "read_page"])
def test_a_file_that_is_only_its_first_bytes_is_refused(outcome: Callable[..., str], task: str, content: bytes) -> None:
    options = {"page": 1} if task == "read_page" else {}
    assert outcome(content, task, **options) in ("pdf.broken", "image.broken", "format.unknown", "pdf.empty")


def test_pages_that_name_themselves_as_parent_do_not_hang(outcome: Callable[..., str]) -> None:
    document = pikepdf.new()
    document.add_blank_page()
    page = document.pages[0].obj
    del page["/MediaBox"]
    page["/Parent"] = page
    file = io.BytesIO()
    document.save(file)
    assert outcome(file.getvalue()) in ("read", "pdf.broken", "pdf.empty", "pdf.page_count_differs")


def test_deeply_nested_objects_do_not_exhaust_the_stack(outcome: Callable[..., str]) -> None:
    nested = b"[" * 400 + b"]" * 400
    whole = pdf(100, 100).replace(b"/Type /Catalog", b"/Type /Catalog /Deep " + nested)
    assert outcome(whole) in ("read", "pdf.broken")


@pytest.mark.corpus
def test_every_hostile_specimen_is_described_or_refused_by_code(corpora: Path, outcome: Callable[..., str]) -> None:
    for path in sorted((corpora / "hostile" / "generated").iterdir()):
        if path.suffix in (".pdf", ".png", ".tif"):
            assert outcome(path.read_bytes()), path.name


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("pdf_truncated_half.pdf", {"pdf.broken"}),
        ("pdf_zero_bytes.pdf", {"format.unknown"}),
        ("png_declares_2g_no_data.png", {"image.too_large", "image.broken"}),
        ("tiff_ifd_loop.tif", {"image.broken"}),
    ],
)
def test_the_shared_specimens_are_refused(
    corpora: Path, outcome: Callable[..., str], name: str, codes: set[str]
) -> None:
    assert outcome((corpora / "hostile" / "generated" / name).read_bytes()) in codes
