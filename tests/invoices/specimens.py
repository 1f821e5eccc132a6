"""The invented invoices: twenty through each of sixteen layouts, as PDF with text and as scans, the same on every run."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from random import Random

import typst

from tests.invoices import layouts, unseen_layouts
from tests.invoices.blocks import stamp
from tests.invoices.facts import Facts, facts
from tests.invoices.layouts import Layout
from tests.invoices.scan import PROFILES, scans
from tests.invoices.style import style

PER_LAYOUT = 20
SELLERS_PER_LAYOUT = 10
OTHER_PROFILES = ("office200", "color200", "low150", "rot300", "shadow300", "fax200")
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Specimen:
    """One invoice; `is_unseen` = its layout is kept out of development."""

    layout: Layout
    number: int
    facts: Facts
    seller_seed: int
    is_unseen: bool

    @property
    def name(self) -> str:
        return f"{self.layout.name}-{self.number:02d}"

    @property
    def printed(self) -> dict[str, str]:
        """What a person can read on its pages."""
        return {name: value for name, value in self.facts.truth.items() if name not in self.layout.leaves_out}

    @property
    def profiles(self) -> tuple[str, str]:
        """The scans that are measured of it: an office scan, and one of the others in turn."""
        return "office300", OTHER_PROFILES[self.number % len(OTHER_PROFILES)]

    @cached_property
    def pdf(self) -> bytes:
        """As the sender's program writes it."""
        return self._typeset("")

    def scanned(self, profile: str) -> list[bytes]:
        """The pages as images; every third letter went over a desk before: stamped, with strokes of a pen."""
        draw = Random(f"desk {self.name}")
        paper = self._typeset(stamp(draw, self.facts)) if self.number % 3 == 0 else self.pdf
        return scans(paper, PROFILES[profile], self.facts.seed)

    def _typeset(self, over: str) -> bytes:
        hand = style(self.seller_seed, unseen=self.is_unseen, english=self.layout.english, font=self.layout.font)
        source = self.layout.make(self.facts, hand, Random(f"layout {self.facts.seed}"))
        head, body = source.split("\n", 1)
        made = typst.compile(f"{head}\n{over}{body}".encode(), timestamp=MADE_AT, pdf_tags=False)
        return bytes(made)


def specimens(*, unseen: bool | None = None, first_seed: int = 0) -> list[Specimen]:
    """All of them, or one half; other seeds give other invoices by other sellers through the same layouts."""
    found = []
    halves = ((False, layouts.LAYOUTS), (True, unseen_layouts.LAYOUTS))
    for half, (is_unseen, chosen) in enumerate(halves):
        for place, layout in enumerate(chosen):
            for number in range(PER_LAYOUT):
                base = first_seed + 1000 * (8 * half + place)
                seller_seed = base + number % SELLERS_PER_LAYOUT
                drawn = facts(base + number, seller_seed=seller_seed, **layout.drawn)
                if layout.name == "credit_note" and number % 2:
                    drawn = replace(drawn, type_code="384")
                found.append(Specimen(layout, number, drawn, seller_seed, is_unseen))
    return [each for each in found if unseen is None or each.is_unseen == unseen]
