"""The process that owns the XSLT processor, and the only place that imports it.

Started as ``python -m invoicing.rule_worker FOLDER SHEETS`` with frames on standard input and output: four bytes of
length, then as many bytes. A request is two frames, JSON and the document as it stands; an answer is JSON. It
compiles its sheets once, answers one document at a time in its main thread and ends when its input does. Eight
threads with a processor each abort the whole process, uncatchably (saxonche 13.1.1): hence a process of its own.
Nothing here reads what an invoice names: it gets the text that `invoicing.xml` let through.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

LENGTH_BYTES = 4
MAX_FRAME_BYTES = 256 * 1024 * 1024
MAX_SECONDS = 120
"""After which a document ends its worker, whether or not somebody still waits for it."""
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def main() -> None:
    frames = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever the processor prints never mixes with frames
    folder, sheets = Path(sys.argv[1]), json.loads(sys.argv[2])
    worker, size = _Worker(folder, sheets), _Size()
    worker.compile(json.loads(sys.argv[3]))
    write_frame(frames, json.dumps({"state": "ready", "engine": worker.engine}).encode())
    while (request := _read_frame(sys.stdin.buffer)) is not None:
        kinds, text = json.loads(request), _read_frame(sys.stdin.buffer)
        signal.alarm(MAX_SECONDS)  # the processor holds the interpreter's lock: only the kernel can still end it
        answer = worker.answer(kinds, (text or b"").decode())
        signal.alarm(0)
        write_frame(frames, json.dumps({**answer, "resident_bytes": size.resident_bytes()}).encode())


class _Size:
    """How much memory this process holds; asked after each document, so the file stays open."""

    def __init__(self) -> None:
        self._file = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")

    def resident_bytes(self) -> int:
        return int(os.pread(self._file, 100, 0).split()[1]) * self._page_bytes


class _Worker:
    """The processor and the compiled sheets of one rule set."""

    def __init__(self, folder: Path, sheets: dict[str, str]) -> None:
        from saxonche import PySaxonProcessor

        self._folder, self._sheets = folder, sheets
        self._processor = PySaxonProcessor(license=False)
        self._xslt = self._processor.new_xslt30_processor()
        self._compiled: dict[str, Any] = {}

    @property
    def engine(self) -> str:
        return str(self._processor.version)

    def compile(self, kinds: list[str]) -> None:
        for kind in kinds:
            self._sheet(kind)

    def _sheet(self, kind: str) -> Any:
        if kind not in self._compiled:
            path = str(self._folder / self._sheets[kind])
            self._compiled[kind] = self._xslt.compile_stylesheet(stylesheet_file=path)
        return self._compiled[kind]

    def answer(self, kinds: list[str], text: str) -> dict[str, Any]:
        """``{"results": {kind: [[rule, flag, element, location, text]] or None}}``; None where a rule failed to run."""
        from saxonche import PySaxonApiError

        try:
            document = self._processor.parse_xml(xml_text=text)
        except PySaxonApiError:
            return {"state": "unreadable"}
        results: dict[str, Any] = {}
        for kind in kinds:
            try:
                results[kind] = _fired(self._sheet(kind).transform_to_string(xdm_node=document))
            except PySaxonApiError:
                results[kind] = None
        return {"state": "done", "results": results}


def _fired(svrl: str) -> list[list[str | None]]:
    """What a sheet reported (ISO Schematron SVRL): failed assertions and successful reports, in document order."""
    if "failed-assert" not in svrl and "successful-report" not in svrl:
        return []  # most invoices; parsing the list of all rules that were asked would cost a tenth of the check
    root = etree.fromstring(svrl.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    return [
        [
            element.get("id"),
            element.get("flag") or element.get("role"),
            "report" if element.tag == f"{_SVRL}successful-report" else "assert",
            element.get("location"),
            " ".join("".join(element.itertext()).split()),
        ]
        for element in root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    ]


def _read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, None at the end of the stream; raises `ValueError` for one beyond the limit or cut off."""
    head = stream.read(LENGTH_BYTES)
    if not head:
        return None
    size = int.from_bytes(head, "big")
    if len(head) < LENGTH_BYTES or size > MAX_FRAME_BYTES:
        raise ValueError("frame")
    data = stream.read(size)
    if len(data) < size:
        raise ValueError("frame")
    return data


def write_frame(stream: BinaryIO, *frames: bytes) -> None:
    """The frames one after the other, flushed."""
    for data in frames:
        stream.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
    stream.flush()


if __name__ == "__main__":
    main()
