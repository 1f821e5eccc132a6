"""Collects what the benchmarks measure, prints it, and appends one dated section to docs/benchmarks.md.

A benchmark file asks for the fixture `report` and adds its tables; later ones (rules, search) do the same.
"""

import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Cost:
    """What a piece of work took: seconds on the clock, and seconds of processor time of all processes together."""

    seconds: float
    cpu_seconds: float

    def __truediv__(self, other: "Cost") -> "Cost":
        """How many times the other cost this is, on the clock and in processor time."""
        return Cost(self.seconds / other.seconds, self.cpu_seconds / other.cpu_seconds)


def median_cost(runs: Sequence[Cost]) -> Cost:
    """The median of each, so that one disturbed run does not count."""
    return Cost(median(run.seconds for run in runs), median(run.cpu_seconds for run in runs))


def repeated(work: Callable[[], Cost], runs: int) -> Cost:
    """The median cost of `runs` runs, after one that warms the caches."""
    work()
    return median_cost([work() for _ in range(runs)])


@dataclass(frozen=True)
class Table:
    """A measured table; `note` says how it was measured."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str

    def as_markdown(self) -> str:
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return f"### {self.title}\n\n{table}\n\n{self.note}\n"


@dataclass
class Report:
    """The tables of one run."""

    tables: list[Table] = field(default_factory=list)

    def add(self, table: Table) -> None:
        self.tables.append(table)
        sys.stdout.write(f"\n{table.as_markdown()}")

    def append_to(self, path: Path) -> None:
        """Write the section of this run at the end of `path`; nothing when nothing was measured."""
        if not self.tables:
            return
        now = datetime.now(UTC).astimezone()
        body = "\n".join(table.as_markdown() for table in self.tables)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"\n## {now:%Y-%m-%d %H:%M}\n\n{machine()}\n\n{body}")


def machine() -> str:
    """What the figures were measured on, without its name."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    model = models[0] if models else platform.machine()
    return f"{cores} cores {model}, Python {platform.python_version()}, load {load:.1f} when it ended"


def number(value: float) -> str:
    """Three significant digits, never as an exponent."""
    return f"{value:.3g}" if 0.001 <= abs(value) < 1000 else f"{value:.5f}" if abs(value) < 1 else f"{value:,.0f}"
