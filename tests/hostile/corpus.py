"""The whole hostile corpus through receipt and pipeline of one installation, and what became of each file.

`python corpus.py CORPUS FOLDER sample|whole` prints a JSON with one entry a file and what the universal oracle saw.
"""

import csv
import hashlib
import json
import logging
import os
import sys
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dms.audit.models import AuditEvent
from dms.errors import Rejected
from dms.finding import service as finding
from dms.intake.models import Intake
from dms.ops.verify import verify
from dms.platform import Platform
from dms.records.models import Document
from tests.factories import TEST, as_actor, bring, opened, wait_for_outcome
from tests.hostile.pages import Clerk, acting

GENERATED = {
    "xml_xxe_file.xml": "Q|R", "xml_billion_laughs.xml": "Q|R", "xml_xinclude.xml": "Q|R", "xml_deep_200k.xml": "Q|R",
    "pdf_facturx_xxe.pdf": "Q", "pdf_facturx_two_xml.pdf": "Q", "xrechnung_attachment_traversal.xml": "F|Q",
    "pdf_js_openaction.pdf": "F|Q", "pdf_launch_action.pdf": "F|Q", "pdf_xobject_recursive_self.pdf": "A|Q",
    "pdf_truncated_half.pdf": "Q", "pdf_zero_bytes.pdf": "Q|R", "png_declares_2g_no_data.png": "Q",
    "tiff_ifd_loop.tif": "Q", "eml_nested_message_500.eml": "Q", "eml_duplicate_message_id_different_body.eml": "A",
    "zip_slip.zip": "Q|R",
}  # fmt: skip
"""The table of `generated/` in the corpora's README."""
NEIGHBOUR_EVERY = 25
REFUSED_OF_EACH = 4
WAIT_SECONDS = 3600


@dataclass(frozen=True)
class Item:
    """A file of the corpus and the outcomes that pass: A accept, F accept with a hazard, Q Klärfall, R refuse."""

    file: str
    hostile_class: str
    expected: str
    sha256: str | None


def listed(corpus: Path) -> list[Item]:
    """Every file of the manifest and of `generated/`."""
    with (corpus / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        rows = list(csv.DictReader(manifest))
    items = [Item(row["file"], row["hostile_class"], row["expected_handling"], row["sha256"]) for row in rows]
    return items + [Item(f"generated/{name}", "generated", expected, None) for name, expected in GENERATED.items()]


def sample(items: list[Item]) -> list[Item]:
    """The generated ones, some of each kind that must not be accepted and one of each other, always the same."""
    chosen, seen = [], Counter[tuple[str, str]]()
    for item in sorted(items, key=lambda item: item.sha256 or ""):
        kind = item.hostile_class, item.expected
        wanted = 1 if "A" in item.expected.partition(" ")[0] else REFUSED_OF_EACH
        if seen[kind] < wanted or item.hostile_class == "generated":
            chosen.append(item)
        seen[kind] += 1
    return chosen


def run(corpus: Path, folder: Path, items: list[Item]) -> dict[str, Any]:
    """Bring every item, with harmless neighbours between them, and look at what became of each."""
    temporary = folder / "temporary"
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)
    with opened(folder / "data") as platform:
        zygote = _zygote(platform)
        brought = [_bring(platform, corpus, item) for item in items]
        neighbours = [_neighbour(platform, number) for number in range(0, len(items), NEIGHBOUR_EVERY)]
        with closing(Clerk(platform)) as clerk:
            calm = set(acting(clerk.get(f"/dokumente/{neighbours[0]}").text))
            found = [
                {**asdict(item), **_became(platform, clerk, corpus / item.file, receipt, calm)}
                for item, receipt in zip(items, brought, strict=True)
            ]
        return {
            "files": found,
            "neighbours": [_is_well(platform, number, known) for number, known in enumerate(neighbours)],
            "zygote_survived": _zygote(platform) == zygote,
            "strength": asdict(platform.jail.strength()),
            "faults": verify(platform, deep=True)["faults"],
            "left_behind": [str(path) for path in temporary.rglob("*")],
        }


def _zygote(platform: Platform) -> int:
    platform.jail.strength()
    assert platform.jail._zygote is not None
    return platform.jail._zygote.pid


def _bring(platform: Platform, corpus: Path, item: Item) -> UUID | str:
    try:
        return bring(platform, Path(item.file).name, (corpus / item.file).read_bytes()).document_id
    except Rejected as exc:
        return exc.code


def _neighbour(platform: Platform, number: int) -> UUID:
    return bring(platform, f"nachbar{number}.txt", f"Antrag Nachbarwort{number} auf Hundesteuer".encode()).document_id


def _is_well(platform: Platform, index: int, document_id: UUID) -> bool:
    """Whether a harmless document between the hostile ones is in the inbox and found by its word."""
    outcome = wait_for_outcome(platform, document_id, seconds=WAIT_SECONDS).outcome
    reader = as_actor(platform, "leserin")
    with platform.db.read(reader) as session:
        answer = finding.search(platform, session, reader, f"Nachbarwort{index * NEIGHBOUR_EVERY}")
        return outcome == "inbox" and document_id in [hit.document.id for hit in answer.found]


def _became(platform: Platform, clerk: Clerk, path: Path, receipt: UUID | str, calm: set[str]) -> dict[str, Any]:
    """The outcome as a letter and all that must hold for every file."""
    if isinstance(receipt, str):
        return {"got": "R", "reason": receipt, "hazards": [], "media_type": None, "wrong": []}
    intake = wait_for_outcome(platform, receipt, seconds=WAIT_SECONDS)
    with platform.db.read(TEST) as session:
        document = session.get_one(Document, receipt)
        intakes = session.scalars(select(Intake).where(Intake.document_id == receipt)).all()
        subject = f"intake:{intake.id}"
        events = session.scalars(select(AuditEvent.action).where(AuditEvent.subject == subject)).all()
    accepted = "F" if document.hazards else "A"
    got = {"inbox": accepted, "filed": accepted, "quarantined": "Q"}.get(intake.outcome, intake.outcome)
    wrong = _on_the_page(clerk, document, path.read_bytes(), calm)
    wrong += [] if len(intakes) == 1 else ["not one intake"]
    ends = [event for event in events if event != "intake.received"]
    wrong += [] if ends == [f"intake.{intake.outcome}"] else [f"outcomes {ends}"]
    wrong += ["no reason"] if got == "Q" and not document.reason_code else []
    return {
        "got": got, "reason": document.reason_code, "hazards": document.hazards, "media_type": document.media_type,
        "wrong": wrong,
    }  # fmt: skip


def _on_the_page(clerk: Clerk, document: Document, original: bytes, calm: set[str]) -> list[str]:
    """What is wrong with the original's download, the page or its first picture."""
    wrong = []
    download = clerk.get(f"/dokumente/{document.id}/original")
    headers = download.headers
    if hashlib.sha256(download.content).digest() != hashlib.sha256(original).digest():
        wrong.append("original differs")
    is_inert = (
        headers["content-disposition"].startswith("attachment") and headers["x-content-type-options"] == "nosniff"
    )
    if not is_inert or headers["content-type"] != "application/octet-stream" or "sandbox" not in str(headers):
        wrong.append("original is served inline")
    page = clerk.get(f"/dokumente/{document.id}")
    more = sorted(set(acting(page.text)) - calm)
    if page.status_code != 200 or more:
        wrong.append(f"page {page.status_code} {more}")
    if document.page_count:
        picture = clerk.get(f"/dokumente/{document.id}/seiten/1.jpg")
        is_picture = picture.status_code == 200 and picture.content.startswith(b"\xff\xd8\xff")
        if not is_picture and picture.status_code not in (404, 422):
            wrong.append(f"picture {picture.status_code}")
    return wrong


def main(corpus: Path, folder: Path, which: str) -> None:
    logging.disable(logging.CRITICAL)
    items = listed(corpus)
    print(json.dumps(run(corpus, folder, sample(items) if which == "sample" else items)))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
