"""Reads an official validator configuration (KoSIT, zip) into plain data: sheets, scenarios, levels; as hostile input.

Known form: `scenarios.xml` at the top names, for each scenario, a `match` with one literal BT-24 on one root element,
the Schematron stylesheets by `location`, and `customLevel` elements. Anything else is refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import BinaryIO

from lxml import etree

from invoicing import xml
from invoicing.detect import Syntax
from invoicing.errors import Refused
from invoicing.findings import Level
from invoicing.rulesets import RuleSetError
from invoicing.scenarios import Scenario, ScenarioKey, name_of

_NS = "{http://www.xoev.de/de/validator/framework/1/scenarios}"
_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_ROOT = re.compile(r"/\w+:(Invoice|CreditNote|CrossIndustryInvoice)\b")
_LITERAL = re.compile(r"'([^']*)'")
_SYNTAX = {
    "Invoice": Syntax.UBL_INVOICE,
    "CreditNote": Syntax.UBL_CREDIT_NOTE,
    "CrossIndustryInvoice": Syntax.CII,
}
_SHEET = re.compile(r"(EN16931|XRechnung)-(UBL|CII)-validation\.xslt?")
_KIND = {"EN16931": "cen", "XRechnung": "xrechnung"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAX_RATIO = 200


@dataclass(frozen=True)
class Configuration:
    """What an archive holds: file name → bytes of the sheets, kind → file name, and the scenarios."""

    version: str
    valid_from: date
    contents: Mapping[str, bytes]
    sheets: Mapping[str, str]
    scenarios: Mapping[ScenarioKey, Scenario]


def read(archive: BinaryIO, *, max_files: int, max_file_bytes: int) -> Configuration:
    """Raises `RuleSetError("rules.unexpected_form")` with what was unexpected."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _members(opened, max_files, max_file_bytes)
            return _read(_Files(opened, members, max_file_bytes))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, Refused) as error:
        raise RuleSetError("rules.unexpected_form", str(error)) from error


def _members(opened: zipfile.ZipFile, max_files: int, max_file_bytes: int) -> dict[str, zipfile.ZipInfo]:
    infos = [info for info in opened.infolist() if not info.is_dir()]
    if len(infos) > max_files:
        raise RuleSetError("rules.unexpected_form", "too many files")
    for info in infos:
        parts = PurePosixPath(info.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or info.external_attr >> 16 & 0o170000 == 0o120000:
            raise RuleSetError("rules.unexpected_form", "path")
        if info.file_size > max_file_bytes or info.file_size > _MAX_RATIO * max(1, info.compress_size):
            raise RuleSetError("rules.unexpected_form", "size")
    return {info.filename: info for info in infos}


class _Files:
    """The files of the archive by the path that `scenarios.xml` uses, each read once and counted."""

    def __init__(self, opened: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], max_bytes: int) -> None:
        self._opened, self._members, self._max_bytes = opened, members, max_bytes

    def read(self, path: str) -> bytes:
        info = self._members.get(path)
        if info is None:
            raise RuleSetError("rules.unexpected_form", path)
        with self._opened.open(info) as stream:
            data = stream.read(self._max_bytes + 1)
        if len(data) > self._max_bytes:
            raise RuleSetError("rules.unexpected_form", "size")
        return data


def _read(files: _Files) -> Configuration:
    root = xml.parse(files.read("scenarios.xml"))
    if root.tag != f"{_NS}scenarios":
        raise RuleSetError("rules.unexpected_form", "scenarios.xml")
    version = _version(root)
    scenarios: dict[ScenarioKey, Scenario] = {}
    sheets: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    for element in root.iterchildren(f"{_NS}scenario"):
        key = _key(element.findtext(f"{_NS}match") or "")
        kinds = []
        for place in element.iterfind(f"{_NS}validateWithSchematron/{_NS}resource/{_NS}location"):
            kind, name = _sheet(place.text or "")
            kinds.append(kind.partition("-")[0])
            if name not in contents:
                contents[name] = _checked_sheet(files.read((place.text or "").strip()))
                sheets[kind] = name
        scenarios[key] = Scenario(name_of(key[0]), tuple(kinds), _levels(element))
    if not scenarios or not sheets:
        raise RuleSetError("rules.unexpected_form", "no scenario")
    return Configuration(version, date.fromisoformat(version), contents, sheets, scenarios)


def _version(root: etree._Element) -> str:
    found = _DATE.fullmatch((root.findtext(f"{_NS}date") or "").strip())
    if found is None:
        raise RuleSetError("rules.unexpected_form", "date")
    return found.group()


def _key(match: str) -> ScenarioKey:
    roots, literals = set(_ROOT.findall(match)), _LITERAL.findall(match)
    if len(roots) != 1 or len(literals) != 1:
        raise RuleSetError("rules.unexpected_form", "match")
    return literals[0], _SYNTAX[roots.pop()]


def _sheet(location: str) -> tuple[str, str]:
    name = PurePosixPath(location.strip()).name
    found = _SHEET.fullmatch(name)
    if found is None:
        raise RuleSetError("rules.unexpected_form", name)
    return f"{_KIND[found[1]]}-{found[2].lower()}", name


def _checked_sheet(data: bytes) -> bytes:
    """A stylesheet on its own: one that loads others would not be covered by its hash."""
    root = xml.parse(data)
    if root.tag not in (f"{_XSL}stylesheet", f"{_XSL}transform"):
        raise RuleSetError("rules.unexpected_form", "stylesheet")
    if next(root.iter(f"{_XSL}import", f"{_XSL}include", f"{_XSL}result-document"), None) is not None:
        raise RuleSetError("rules.unexpected_form", "import")
    return data


def _levels(scenario: etree._Element) -> dict[str, Level]:
    levels: dict[str, Level] = {}
    for element in scenario.iterfind(f"{_NS}createReport/{_NS}customLevel"):
        try:
            level = Level(element.get("level", ""))
        except ValueError as error:
            raise RuleSetError("rules.unexpected_form", "customLevel") from error
        levels |= dict.fromkeys((element.text or "").split(), level)
    return levels
