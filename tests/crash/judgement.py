"""What must be true when the fire is over: every input once, in exactly one outcome, and nothing left behind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import tantivy
from sqlalchemy import select

from dms.intake.models import Intake
from dms.jobs.models import Job
from dms.records.models import Document, Version
from search import open_index
from tests.crash.documents import REFUSED, Input
from tests.crash.siege import Siege, verify
from tests.factories import TEST


@dataclass
class Judgement:
    """The figures of one run."""

    inputs: int
    kills: Counter[tuple[str, str]]
    recovery_seconds: float
    seed: int
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    faults: object = None

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.wrong or self.left or self.faults)

    def table(self) -> str:
        """The summary for a person."""
        width = max((len(f"{who} {step}") for who, step in self.kills), default=0)
        rows = [f"  {f'{who} {step}':<{width}} {count:>4}" for (who, step), count in sorted(self.kills.items())]
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        return "\n".join(
            [
                f"seed {self.seed}: {self.inputs} inputs, {self.kills.total()} kills",
                *rows,
                f"  outcomes: {outcomes}",
                f"  lost {len(self.lost)}, twice {len(self.twice)}, wrong {len(self.wrong)}, left {len(self.left)}, "
                f"faults of verify {self.faults}; recovered in {self.recovery_seconds:.1f} s",
                *(f"  {what}" for what in [*self.lost, *self.twice, *self.wrong, *self.left]),
            ]
        )


def judge(siege: Siege, recovery_seconds: float, seed: int) -> Judgement:
    """Look at everything, after an orderly stop."""
    siege.stop()
    given = [*siege.dropped, *siege.imported]
    found = Judgement(len(given), siege.kills, recovery_seconds, seed)
    with siege.database.read(TEST) as session:
        intakes = session.scalars(select(Intake)).all()
        documents = session.scalars(select(Document)).all()
        versions = Counter(session.scalars(select(Version.document_id)))
        jobs = session.scalars(select(Job).where(Job.state != "done")).all()
    for one in given:
        _judge_input(found, one, [row for row in intakes if row.file_name == one.name])
    _judge_documents(found, intakes, documents, versions)
    _judge_jobs(found, documents, jobs)
    _judge_sources(found, siege, intakes)
    found.left += [] if (number := _in_index(siege)) == len(documents) else [f"{number} entries in the index"]
    found.faults = verify(siege)["faults"]
    return found


def _judge_input(found: Judgement, given: Input, rows: Sequence[Intake]) -> None:
    if len(rows) != 1:
        (found.twice if rows else found.lost).append(f"{given.name}: {len(rows)} intakes")
        return
    (row,) = rows
    found.outcomes[f"{row.outcome} ({row.reason_code})" if row.reason_code else row.outcome] += 1
    was_killed_too_often = (row.outcome, row.reason_code) == ("quarantined", "job.crashed")
    if row.outcome != given.outcome and not (was_killed_too_often and given.outcome != REFUSED):
        found.wrong.append(f"{given.name}: {row.outcome} ({row.reason_code})")


def _judge_documents(
    found: Judgement, intakes: Sequence[Intake], documents: Sequence[Document], versions: Counter[UUID]
) -> None:
    """One document an intake, one chain of versions a document, one first document a content."""
    wanted = Counter(row.document_id for row in intakes if row.document_id)
    if wanted != Counter(row.id for row in documents):
        found.twice.append(f"{len(documents)} documents for {wanted.total()} intakes")
    found.twice += [f"{row.title}: versions" for row in documents if versions[row.id] != row.current_version]
    for sha256 in {row.original_sha256 for row in documents}:
        same = [row for row in documents if row.original_sha256 == sha256]
        firsts = [row.id for row in same if row.duplicate_of_id is None]
        if len(firsts) != 1 or {row.duplicate_of_id for row in same} - {None, *firsts}:
            found.wrong.append(f"{same[0].title}: {len(same)} of one content, {len(firsts)} firsts")


def _judge_jobs(found: Judgement, documents: Sequence[Document], jobs: Sequence[Job]) -> None:
    """What is not done waits for a person, and the document says so."""
    quarantined = {row.id for row in documents if row.state == "quarantined"}
    found.left += [
        f"job {job.kind} {job.state} ({job.last_error_code})"
        for job in jobs
        if job.state != "parked" or job.subject_id not in quarantined
    ]


def _judge_sources(found: Judgement, siege: Siege, intakes: Sequence[Intake]) -> None:
    """Each source in its one place, with a text beside where it failed, and nothing else anywhere."""
    failed = {row.file_name for row in intakes if row.outcome in ("quarantined", "refused")}
    names = {one.name for one in siege.dropped}
    expected = {f".erledigt/{name}" for name in names - failed}
    expected |= {f".fehler/{name}{suffix}" for name in names & failed for suffix in ("", ".txt")}
    present = {str(path.relative_to(siege.station)) for path in siege.station.rglob("*") if path.is_file()}
    found.lost += [f"no {name}" for name in sorted(expected - present)]
    found.left += [f"surplus {name}" for name in sorted(present - expected)]


def _in_index(siege: Siege) -> int:
    """Entries, counted by the engine itself: two of one document would be two."""
    if (url := siege.chosen.search_url) is not None:
        return len(open_index(url).versions())
    folder = siege.data / "index"
    index = tantivy.Index.open(str(folder / (folder / "current").read_text(encoding="utf-8")))
    return int(index.searcher().num_docs)
