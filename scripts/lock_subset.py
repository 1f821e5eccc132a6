"""Prints the part of `requirements.lock` that some packages need, hashes included.

Usage: python scripts/lock_subset.py [NAME...]     without names: what the application needs to run
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def subset(names: set[str]) -> str:
    """The blocks of `names` and of everything below them; the lock's comments say what needs what."""
    blocks = _blocks()
    unknown = names - set(blocks)
    if unknown:
        raise SystemExit(f"not in requirements.lock: {', '.join(sorted(unknown))}")
    needed, before = names, set[str]()
    while needed != before:
        before = needed
        needed = needed | {name for name, block in blocks.items() if _parents(block) & needed}
    return "".join(blocks[name] for name in blocks if name in needed)


def _blocks() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = re.findall(r"^[a-z0-9][^\n]*==(?:.*\n)(?:[ ].*\n)*", lines, re.MULTILINE)
    return {_plain(block): block for block in found}


def _parents(block: str) -> set[str]:
    _, _, needed_by = block.partition("# via")
    return {_plain(line.strip("# ")) for line in needed_by.splitlines() if NAME.match(line.strip("# "))}


def _plain(requirement: str) -> str:
    found = NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def _to_run() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {_plain(requirement) for requirement in project["dependencies"]}


if __name__ == "__main__":
    sys.stdout.write(subset({_plain(name) for name in sys.argv[1:]} or _to_run()))
