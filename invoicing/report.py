"""The report about one file: everything that was found, before and after the official rules spoke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from invoicing import messages
from invoicing.anchors import Anchors
from invoicing.detect import Syntax
from invoicing.findings import Finding, Level
from invoicing.reader import Term


@dataclass(frozen=True, slots=True)
class Report:
    """What is known about a file; `accepted` is None where it could not be checked, or not yet.

    `places` (`Reading.places`) leads from the location of a finding to the value in the view.
    """

    file_sha256: str
    syntax: Syntax | None = None
    profile: str | None = None
    scenario: str | None = None
    rule_set: Mapping[str, str] | None = None
    xsd_valid: bool | None = None
    accepted: bool | None = False
    findings: tuple[Finding, ...] = ()
    terms: tuple[Term, ...] = ()
    embedded: tuple[str, ...] = ()
    pdf_differences: tuple[Mapping[str, Any], ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The object that `check-invoice` prints, without the name of the file.

        `anchor` of a finding is the id of its value or group in the HTML view, None where it has no place there.
        """
        anchors, values = Anchors(self.places), self._values()
        return {
            "file_sha256": self.file_sha256,
            "syntax": self.syntax.value if self.syntax else None,
            "profile": self.profile,
            "scenario": self.scenario,
            "rule_set": dict(self.rule_set) if self.rule_set else None,
            "xsd_valid": self.xsd_valid,
            "accepted": self.accepted,
            "findings": [_finding(finding, anchors, values) for finding in self.findings],
            "terms": [[term.bt, term.value] for term in self.terms],
            "embedded": list(self.embedded),
            "pdf_differences": [dict(difference) for difference in self.pdf_differences],
        }

    def _values(self) -> dict[str, str | None]:
        """The value of each term, None where it stands more than once; looked up by ten thousand findings."""
        found: dict[str, str | None] = {}
        for term in self.terms:
            found[term.bt] = None if term.bt in found else term.value
        return found

    def dump(self) -> dict[str, Any]:
        """Plain data that `load` understands: for the way out of a process that reads untrusted files."""
        findings = [[*finding[:1], finding.level.value, *finding[2:]] for finding in self.findings]
        return self.as_json() | {"findings": findings, "places": dict(self.places)}

    @classmethod
    def load(cls, plain: Mapping[str, Any]) -> Report:
        """The report that `dump` wrote; raises `ValueError`, `KeyError` or `TypeError` for anything else."""
        return cls(
            file_sha256=str(plain["file_sha256"]),
            syntax=Syntax(plain["syntax"]) if plain["syntax"] else None,
            profile=plain["profile"],
            scenario=plain["scenario"],
            rule_set=plain["rule_set"],
            xsd_valid=plain["xsd_valid"],
            accepted=plain["accepted"],
            findings=tuple(Finding(row[0], Level(row[1]), *row[2:]) for row in plain["findings"]),
            terms=tuple(Term(*row) for row in plain["terms"]),
            embedded=tuple(plain["embedded"]),
            pdf_differences=tuple(plain["pdf_differences"]),
            places=dict(plain["places"]),
        )


def _finding(finding: Finding, anchors: Anchors, values: Mapping[str, str | None]) -> dict[str, Any]:
    """With the German sentence, the official words, and the value of the term that it is about."""
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "location": finding.location,
        "bt": finding.bt,
        "message": messages.sentence(finding),
        "text": finding.detail,
        "value": values.get(finding.bt) if finding.bt else None,
        "anchor": anchors.of(finding.location, finding.bt),
    }
