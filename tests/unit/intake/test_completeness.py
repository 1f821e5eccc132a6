"""When a file counts as arrived: its end by type, and how long it must stand still."""

import os
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from dms.intake.completeness import Completeness, Verdict, has_end, open_regular

PDF = b"%PDF-1.4\n" + b"x" * 5000 + b"\n%%EOF\n"
XML = b'<?xml version="1.0"?><!-- <x> --><u:Invoice xmlns:u="urn:u"><u:ID>1</u:ID></u:Invoice>\n<!-- Ende -->\n'


def _image(kind: str, **options: object) -> bytes:
    target = BytesIO()
    page = Image.effect_noise((300, 400), 60)
    page.save(target, kind, **options)
    return target.getvalue()


def _ends(tmp_path: Path, data: bytes) -> bool | None:
    path = tmp_path / "scan"
    path.write_bytes(data)
    return has_end(path, len(data))


WHOLE = {
    "pdf": PDF,
    "png": _image("PNG"),
    "jpeg": _image("JPEG"),
    "jpeg padded": _image("JPEG") + b"\x00" * 64,
    "tiff": _image("TIFF"),
    "tiff pages": _image("TIFF", save_all=True, append_images=[Image.effect_noise((200, 200), 9) for _ in range(3)]),
    "tiff strips": _image("TIFF", compression="tiff_lzw"),
    "big tiff": _image("TIFF", big_tiff=True),
    "xml": XML,
    "xml bom": b"\xef\xbb\xbf" + XML,
    "xml empty": b'<?xml version="1.0"?>\n<a/>\n',
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_ends_as_its_type_must(tmp_path: Path, name: str) -> None:
    assert _ends(tmp_path, WHOLE[name]) is True


@pytest.mark.parametrize("name", sorted(WHOLE.keys() - {"xml empty", "jpeg padded"}))
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_the_beginning_of_a_file_does_not(tmp_path: Path, name: str, share: float) -> None:
    data = WHOLE[name].rstrip()
    assert _ends(tmp_path, data[: min(len(data) - 20, max(60, int(len(data) * share)))]) is False


@pytest.mark.parametrize("data", [b"Guten Tag", b"PK\x03\x04....", b"<p>Guten Tag", b"<html><body>offen", b"\x00\x01"])
def test_of_other_types_the_end_cannot_be_told(tmp_path: Path, data: bytes) -> None:
    assert _ends(tmp_path, data) is None


def test_a_tag_that_closes_another_is_no_end(tmp_path: Path) -> None:
    assert _ends(tmp_path, XML.split(b"</u:Invoice>")[0]) is False


@pytest.mark.parametrize(
    "data",
    [
        b"II*\x00\x08\x00\x00\x00" + b"\x00\x00" + b"\x08\x00\x00\x00" + b"\x00" * 40,
        b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\xff" * 4000,
        b"II+\x00\x08\x00\x00\x00" + b"\xff" * 400,
        b"MM\x00*" + b"\x7f\xff\xff\xff" + b"\x00" * 400,
        b'<?xml version="1.0"?>' + b"<?a?>" * 3000 + b"!",
        b"<!--" * 4000,
        b"<a xmlns='x'>" + b"</a" * 5000,
        b"<" * 16_000,
    ],
)
def test_hostile_ends_are_answered_at_once(tmp_path: Path, data: bytes) -> None:
    begun = time.process_time()
    assert _ends(tmp_path, data) is not True
    assert time.process_time() - begun < 5


def test_links_and_pipes_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "geheim").write_bytes(b"geheim")
    (tmp_path / "link").symlink_to(tmp_path / "geheim")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(OSError, match=r"regular|symbolic"):
            open_regular(tmp_path / name)


class Watch:
    """One file under a clock of its own."""

    def __init__(self, path: Path) -> None:
        self.path, self.seconds = path, 0.0
        self.files = Completeness(sample_seconds=5, give_up_seconds=600, now=lambda: self.seconds)

    def look(self, *, after: float = 5) -> Verdict:
        self.seconds += after
        return self.files.judge(self.path, self.path.stat())


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path / "scan.pdf")


def test_two_equal_samples_and_an_end_are_enough(watch: Watch) -> None:
    watch.path.write_bytes(PDF)
    assert [watch.look(), watch.look()] == [Verdict.WAIT, Verdict.TAKE]


def test_looking_twice_at_once_is_one_sample(watch: Watch) -> None:
    """File events make a pass follow the other within milliseconds."""
    watch.path.write_bytes(PDF)
    assert [watch.look(), *(watch.look(after=0.01) for _ in range(50))] == [Verdict.WAIT] * 51
    assert watch.look() is Verdict.TAKE


def test_without_a_known_end_it_takes_four(watch: Watch) -> None:
    watch.path.write_bytes(b"Guten Tag")
    assert [watch.look() for _ in range(4)] == [Verdict.WAIT] * 3 + [Verdict.TAKE]


def test_what_changes_begins_anew(watch: Watch) -> None:
    watch.path.write_bytes(b"Guten Tag")
    for size in range(20):
        watch.path.write_bytes(b"x" * (size + 1))
        assert watch.look(after=300) is Verdict.WAIT


def test_a_rename_is_complete_at_once_if_it_ends_properly(watch: Watch) -> None:
    watch.path.write_bytes(PDF)
    watch.files.note_rename(watch.path)
    assert watch.look() is Verdict.TAKE
    watch.path.write_bytes(b"Guten Tag")
    assert watch.look() is Verdict.TAKE
    watch.path.write_bytes(PDF[:3000])
    assert [watch.look(), watch.look(), watch.look()] == [Verdict.WAIT] * 3


def test_a_rename_is_forgotten_with_its_file(watch: Watch) -> None:
    watch.files.note_rename(watch.path)
    watch.files.forget(watch.path.parent, but=[])
    watch.path.write_bytes(PDF)
    assert watch.look() is Verdict.WAIT


@pytest.mark.parametrize("data", [b"", PDF[:3000]])
def test_what_never_ends_is_given_up_after_a_while(watch: Watch, data: bytes) -> None:
    watch.path.write_bytes(data)
    assert [watch.look(), watch.look(after=500), watch.look(after=101)] == [Verdict.WAIT, Verdict.WAIT, Verdict.GIVE_UP]
