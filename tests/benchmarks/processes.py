"""What a process and all below it use, from /proc.

Processor time is that of the living processes (utime, stime) and of those that they have waited for (cutime, cstime): a
jail child and its Tesseract count with the zygote that buried them, so nothing is lost but orphans, of which there are
none. It is kept in ticks of 1/100 s.
"""

import os
from collections import defaultdict
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
KIBIBYTES_PER_MEBIBYTE = 1024
_PPID, _UTIME, _CSTIME = 1, 11, 14
"""Places behind the command in /proc/PID/stat (proc(5): fields 4, 14 and 17)."""


def family(pid: int) -> list[int]:
    """The process and its living descendants."""
    children = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children[int(fields[_PPID])].append(int(folder.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children[found[-1]]
    return found


def is_alive(pid: int) -> bool:
    """False for one that ended, whether or not somebody has waited for it."""
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z"


def cpu_seconds(pid: int) -> float:
    """Processor time of the process, its descendants and those of them that ended."""
    ticks = sum(sum(map(int, _stat(member)[_UTIME : _CSTIME + 1])) for member in family(pid))
    return ticks / TICK


def memory_mebibytes(pid: int) -> tuple[float, float]:
    """Resident and proportional size of the family: RSS counts shared pages in each process, PSS shares them out."""
    sizes = [_rollup(member) for member in family(pid)]
    return sum(size["Rss"] for size in sizes), sum(size["Pss"] for size in sizes)


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _rollup(pid: int) -> dict[str, float]:
    sizes = {"Rss": 0.0, "Pss": 0.0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name in sizes:
            sizes[name] = int(value.split()[0]) / KIBIBYTES_PER_MEBIBYTE
    return sizes
