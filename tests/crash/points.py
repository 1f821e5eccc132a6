"""The named steps at which a process can be made to die, from outside the application.

The command is started through `armed`, which wraps one function of the application (or of a library under it) so that
the process kills itself the n-th time it is reached. The code that runs until then is the code that is shipped; a
function that no longer exists makes the start fail, so that no step can be missed silently.
"""

import importlib
import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Matches = Callable[[tuple[Any, ...]], bool]


@dataclass(frozen=True)
class Point:
    """Before or after one call of ``module:qualified.name``, if its positional arguments match."""

    where: str
    is_after: bool
    matches: Matches = lambda arguments: True


def _before(where: str, matches: Matches = lambda arguments: True) -> Point:
    return Point(where, is_after=False, matches=matches)


def _after(where: str, matches: Matches = lambda arguments: True) -> Point:
    return Point(where, is_after=True, matches=matches)


def _kind(name: str, place: int) -> Matches:
    """The argument at `place` is a claim of this kind of job."""
    return lambda arguments: arguments[place].kind == name


STEPS = ("identify", "text", "einvoice", "route")
HOT_FOLDER = {
    "hotfolder.claimed": _before("dms.intake.hotfolder:HotFolder._work"),
    "intake.stored": _after("dms.intake.receive:_store"),
    "intake.before_commit": _after("dms.intake.receive:_commit"),
    "hotfolder.committed": _after("dms.intake.hotfolder:receive"),
    "hotfolder.done": _after("dms.intake.hotfolder:put_done"),
}
REFUSED = {
    "hotfolder.refused": _before("dms.intake.hotfolder:put_failed"),
    "hotfolder.explained": _before("dms.intake.aside:_put", lambda arguments: arguments[1].name == ".fehler"),
}
WORK = {
    "jobs.before_wake_up": _before("dms.jobs.broker:WakeUps.__call__"),
    "jobs.claimed": _before("dms.jobs.runner:Runner._work"),
    **{f"{kind}.worked": _before("dms.intake.pipeline:_complete", _kind(kind, 1)) for kind in STEPS},
    **{f"{kind}.before_commit": _after("dms.intake.pipeline:finish", _kind(kind, 1)) for kind in STEPS},
    "reading.stored": _before("dms.intake.readings:Rendition"),
    "index.before_commit": _after("search.shelf:Shelf._writer"),
    "index.committed": _after("dms.finding.service:project"),
}
SCANNED = {
    "archive.made": _before("dms.intake.archiving:_record"),
    "text.page_read": _after("dms.intake.pipeline:_recognise"),
}
BROKEN = {
    "quarantine.before_commit": _after("dms.jobs.service:park"),
    "hotfolder.klaerfall_moved": _before("dms.intake.aside:_note"),
}
SEALS = {
    "seal.in_database": _before("dms.audit.seal:anchor"),
    "seal.in_store": _before("dms.audit.seal_file:SealFile.append"),
}
HAND_OVER = {
    "hand_over.built": _after("dms.payables.export_finance:_build"),
    "hand_over.renamed": _after("dms.payables.export_finance:_write"),
    "hand_over.before_commit": _after("dms.payables.export_finance:_note"),
}
MIGRATION = {"migration.half": _after("alembic.operations:Operations.create_table")}
POINTS = {**HOT_FOLDER, **REFUSED, **WORK, **SCANNED, **BROKEN, **SEALS, **HAND_OVER, **MIGRATION}


def arm(name: str, nth: int = 1) -> None:
    """Kill this process the `nth` time it reaches the named step."""
    point, calls = POINTS[name], itertools.count(1)
    module, _, path = point.where.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, attribute = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    real = getattr(owner, attribute)

    def deadly(*arguments: Any, **named: Any) -> Any:
        is_last = point.matches(arguments) and next(calls) == nth
        if is_last and not point.is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, deadly)


def main() -> None:
    """``python -m tests.crash.points NAME[:N] COMMAND...``: the command `dms`, armed."""
    name, _, nth = sys.argv.pop(1).partition(":")
    arm(name, int(nth or 1))
    from dms.cli.main import main as dms

    dms()


if __name__ == "__main__":
    main()
