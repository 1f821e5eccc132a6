"""Invoices that keep every official rule, arbitrary but repeatable: the same seed gives the same invoice.

The seeds walk through the scenarios and the tax regimes in turn, so that 36 of them in a row hold all pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from invoicing.model import (
    Account,
    Address,
    AllowanceCharge,
    Binary,
    Card,
    Contact,
    Delivery,
    DirectDebit,
    Identifier,
    Invoice,
    Line,
    Note,
    Party,
    PaymentInstructions,
    Period,
    PrecedingInvoice,
    ProcessControl,
    SupportingDocument,
    TaxBreakdown,
    ThirdPartyPayment,
    Totals,
)
from invoicing.scenarios import CLEAN_VEHICLES, EN_16931, EXTENSION, XRECHNUNG
from tests.valid_lines import WORDS, LineMaker, cents, total, vehicle

SCENARIOS = {"cius": XRECHNUNG, "ext": EXTENSION, "en": EN_16931, "cvd": CLEAN_VEHICLES}
_CREDIT_NOTE = "381"
_TYPES = "380 384 389 326 875 876 877"
_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_IBANS = ("DE02120300000000202051", "DE02500105170137075030", "DE02100500000054540402", "AT026000000001349870")
_PEOPLE = ("Petra Pinsel", "Jörg Weiß", "Żaneta Łukasiewicz", "Buchhaltung")
_CITIES = (("31234", "Aueland"), ("26121", "Oldenburg"), ("01067", "Dresden"), ("80331", "München"))


@dataclass(frozen=True)
class Regime:
    """What the lines of one invoice are taxed with, category and rate by line, and what that demands elsewhere."""

    taxes: tuple[tuple[str, str | None], ...]
    reason: str | None = None
    code: str | None = None
    has_vat_ids: bool = True
    is_abroad: bool = False


REGIMES = (
    Regime((("S", "19"),)),
    Regime((("S", "19"), ("S", "7"), ("S", "19.0"))),
    Regime((("S", "19"), ("Z", "0"), ("E", "0")), "Heilbehandlung nach § 4 Nr. 14 UStG", "VATEX-EU-132-1B"),
    Regime((("E", "0"),), "Kleinunternehmer nach § 19 UStG"),
    Regime((("AE", "0"),), "Steuerschuldnerschaft des Leistungsempfängers", "VATEX-EU-AE"),
    Regime((("K", "0"),), "Innergemeinschaftliche Lieferung", "VATEX-EU-IC", is_abroad=True),
    Regime((("G", "0"),), "Ausfuhrlieferung", "VATEX-EU-G", is_abroad=True),
    Regime((("O", None),), "Nicht steuerbar", "VATEX-EU-O", has_vat_ids=False),
    Regime((("L", "7"), ("M", "4"))),
)


def valid_invoice(seed: int, *, scenario: str | None = None) -> Invoice:
    """An invoice that its official rules accept in every syntax that can express it."""
    chosen = scenario or tuple(SCENARIOS)[seed % len(SCENARIOS)]
    return _Maker(Random(seed), chosen, REGIMES[seed // len(SCENARIOS) % len(REGIMES)]).invoice()


class _Maker(LineMaker):
    """One invoice in the making."""

    def __init__(self, random: Random, scenario: str, regime: Regime) -> None:
        self._issued = date(2026, random.randint(1, 12), random.randint(1, 28))
        super().__init__(random, Period(self._issued - timedelta(days=40), self._issued - timedelta(days=10)))
        self._scenario = scenario
        self._regime = regime
        self._is_foreign = self._sometimes(0.2)
        self._is_credit = scenario != "ext" and self._sometimes(0.2)
        self._lines = self._make_lines()
        self._allowances = self._several(self._header_allowance, 2)
        self._charges = self._several(self._header_charge, 2)

    def invoice(self) -> Invoice:
        """All parts together."""
        tax_point = self._random.choice(
            [{}, {"tax_point_date": self._issued}, {"tax_point_code": self._one("3 35 432")}]
        )
        breakdown = self._breakdown()
        claims = self._third_party_payments()
        return Invoice(
            number=f"R-{self._random.randint(1, 99999):05}",
            issue_date=self._issued,
            type_code=_CREDIT_NOTE if self._is_credit else self._one(_TYPES),
            currency=self._random.choice(["USD", "CHF", "SEK"]) if self._is_foreign else "EUR",
            tax_currency="EUR" if self._is_foreign else None,
            due_date=self._issued + timedelta(days=30),
            buyer_reference=self._one("04011000-1234512345-06 992-90009-96 04011000-45"),
            payment_terms=self._maybe(self._payment_terms),
            notes=self._several(self._note, 3),
            process=ProcessControl(_PROCESS, SCENARIOS[self._scenario]),
            preceding_invoices=(PrecedingInvoice(self._reference("R"), self._maybe(lambda: self._issued)),),
            seller=self._seller(),
            buyer=self._buyer(),
            payee=self._maybe(self._payee),
            tax_representative=self._maybe(self._tax_representative) if self._regime.has_vat_ids else None,
            delivery=self._delivery(),
            invoicing_period=self._period if self._scenario == "en" or self._sometimes(0.5) else None,
            payment_instructions=(self._payment_instructions(),),
            allowances=self._allowances,
            charges=self._charges,
            totals=self._totals(breakdown, claims),
            tax_breakdown=breakdown,
            supporting_documents=self._supporting_documents(),
            lines=self._lines,
            third_party_payments=claims,
            **tax_point,
            **self._references(),
        )

    def _references(self) -> dict[str, Any]:
        is_cvd = self._scenario == "cvd"
        names = (
            "project_reference", "purchase_order_reference", "sales_order_reference", "receiving_advice_reference",
            "despatch_advice_reference", "buyer_accounting_reference",
        )  # fmt: skip
        return {
            **{name: self._maybe(lambda: self._reference("B")) for name in names},
            "contract_reference": self._reference("V") if is_cvd else self._maybe(lambda: self._reference("V")),
            "tender_reference": self._reference("LOS") if is_cvd else self._maybe(lambda: self._reference("LOS")),
            "invoiced_object": self._maybe(self._object),
        }

    def _seller(self) -> Party:
        vat_id = self._regime.has_vat_ids
        return Party(
            name=f"{self._random.choice(WORDS)} GmbH & Co. KG",
            trading_name=self._maybe(lambda: "Die Maler"),
            identifiers=self._several(lambda: Identifier(self._reference("L"), self._random.choice([None, "0088"])), 2),
            legal_registration=Identifier("HRB 123", self._random.choice([None, "0002"])),
            vat_id="DE123456788" if vat_id else None,
            tax_number=self._maybe(lambda: "48/815/08155") if vat_id else None,
            legal_information=self._maybe(lambda: "Geschäftsführung: Petra Pinsel\nSitz Aueland"),
            electronic_address=Identifier("rechnung@pinsel.example", "EM"),
            address=self._address(),
            contact=Contact(self._random.choice(_PEOPLE), "+49 5171 1234-0", "petra@pinsel.example"),
        )

    def _buyer(self) -> Party:
        named = self._regime.taxes[0][0] in ("AE", "K")
        return Party(
            name="Samtgemeinde Beispielau",
            trading_name=self._maybe(lambda: "Rathaus"),
            identifiers=(Identifier(self._reference("K"), self._random.choice([None, "0204"])),),
            legal_registration=Identifier("GKZ 03251901") if named else self._maybe(lambda: Identifier("GKZ 03251901")),
            vat_id="DE136695976" if named else None,
            electronic_address=Identifier("04011000-45", "0204"),
            address=replace(self._address(), country="FR") if self._regime.is_abroad else self._address(),
            contact=self._maybe(lambda: Contact("Kämmerei", "05171 99", "kaemmerei@beispielau.example")),
        )

    def _payee(self) -> Party:
        return Party(
            name="Factoring Nord AG",
            identifiers=(Identifier(self._reference("F"), self._random.choice([None, "0088"])),),
            legal_registration=Identifier("HRB 4711", "0002"),
        )

    def _tax_representative(self) -> Party:
        return Party(name="Fiskalvertretung Süd", vat_id="DE136695976", address=self._address())

    def _address(self) -> Address:
        post_code, city = self._random.choice(_CITIES)
        return Address(
            line_1=f"Straße {self._random.randint(1, 99)}",
            line_2=self._maybe(lambda: "Hinterhaus"),
            line_3=self._maybe(lambda: "3. Stock"),
            city=city,
            post_code=post_code,
            subdivision=self._maybe(lambda: "Niedersachsen"),
            country="DE",
        )

    def _delivery(self) -> Delivery:
        address = self._address() if self._regime.is_abroad else self._maybe(self._address)
        return Delivery(
            name=self._maybe(lambda: "Bauhof"),
            location=self._maybe(lambda: Identifier("4012345000009", "0088")),
            actual_date=self._issued - timedelta(days=12),
            address=address and replace(address, country="FR" if self._regime.is_abroad else "DE"),
        )

    def _payment_instructions(self) -> PaymentInstructions:
        kind = self._random.choice(["transfer", "transfer", "debit", "card", "other"])
        text = self._maybe(lambda: "Bitte vollständig angeben")
        remittance = self._maybe(lambda: self._reference("RF"))
        if kind == "transfer":
            accounts = self._several(self._account, 3) or (self._account(),)
            return PaymentInstructions(self._one("58 30"), text, remittance, accounts=accounts)
        if kind == "debit":
            debit = DirectDebit(self._reference("M"), "DE98ZZZ09999999999", _IBANS[0])
            return PaymentInstructions("59", text, remittance, direct_debit=debit)
        if kind == "card":
            card = Card("123456", self._maybe(lambda: "Petra Pinsel"))
            return PaymentInstructions(self._one("48 54 55"), text, remittance, card=card)
        return PaymentInstructions(self._one("10 57 68 97"), text, remittance)

    def _account(self) -> Account:
        return Account(
            self._random.choice(_IBANS), self._maybe(lambda: "Pinsel GmbH"), self._maybe(lambda: "BYLADEM1001")
        )

    def _payment_terms(self) -> str:
        base = "#BASISBETRAG=100.00" if self._sometimes(0.5) else ""
        return f"#SKONTO#TAGE=7#PROZENT=3.00{base}#\n#SKONTO#TAGE=14#PROZENT=2.25#\nDanach netto.\n"

    def _note(self) -> Note:
        return Note(self._random.choice([None, "ADU", "REG", "AAI"]), "Vielen Dank\nfür Ihren Auftrag – bis bald!")

    def _make_lines(self) -> tuple[Line, ...]:
        count = max(len(self._regime.taxes), self._random.randint(1, 6))
        lines = [self._line(str(n + 1), self._regime.taxes[n % len(self._regime.taxes)]) for n in range(count)]
        if self._scenario == "cvd":
            lines[0] = replace(lines[0], item=vehicle(self._one("M1 N2"), self._one("clean zero-emission other")))
        if self._scenario == "ext" and self._sometimes(0.5):
            lines[0] = self._with_sub_lines(lines[0], depth=2)
        return tuple(lines)

    def _header_allowance(self) -> AllowanceCharge:
        return self._taxed(self._reduction(Decimal(1000), AllowanceCharge(reason_code="95", reason="Treuerabatt")))

    def _header_charge(self) -> AllowanceCharge:
        return self._taxed(self._reduction(Decimal(200), AllowanceCharge(reason_code="FC", reason="Fracht")))

    def _taxed(self, one: AllowanceCharge) -> AllowanceCharge:
        category, rate = self._random.choice(self._regime.taxes)
        return replace(one, vat_category=category, vat_rate=Decimal(rate) if rate else None)

    def _breakdown(self) -> tuple[TaxBreakdown, ...]:
        """One group per category and rate; rates that differ only in how they are written are one."""
        taxable: dict[tuple[str | None, Decimal | None], Decimal] = {}
        for line in self._lines:
            key = (line.tax.category, line.tax.rate) if line.tax else (None, None)
            taxable[key] = taxable.get(key, Decimal(0)) + (line.net or 0)
        for sign, group in ((-1, self._allowances), (1, self._charges)):
            for one in group:
                key = (one.vat_category, one.vat_rate)
                taxable[key] = taxable.get(key, Decimal(0)) + sign * (one.amount or 0)
        return tuple(self._tax_group(category, rate, amount) for (category, rate), amount in taxable.items())

    def _tax_group(self, category: str | None, rate: Decimal | None, taxable: Decimal) -> TaxBreakdown:
        is_exempt = category in ("E", "AE", "K", "G", "O")
        return TaxBreakdown(
            taxable=taxable,
            tax=cents(taxable * rate / 100) if rate else Decimal("0.00"),
            category=category,
            rate=rate or Decimal(0),
            exemption_reason=self._regime.reason if is_exempt else None,
            exemption_code=self._regime.code if is_exempt else None,
        )

    def _totals(self, breakdown: Sequence[TaxBreakdown], claims: Sequence[ThirdPartyPayment]) -> Totals:
        lines = sum((line.net or Decimal(0) for line in self._lines), Decimal(0))
        net = lines - total(self._allowances) + total(self._charges)
        tax = sum((one.tax or Decimal(0) for one in breakdown), Decimal(0))
        prepaid = self._maybe(lambda: Decimal("10.00"))
        rounding = self._maybe(lambda: Decimal(self._one("0.02 -0.03")))
        claimed = sum((claim.amount or Decimal(0) for claim in claims), Decimal(0))
        return Totals(
            lines=lines,
            allowances=total(self._allowances) if self._allowances else None,
            charges=total(self._charges) if self._charges else None,
            net=net,
            tax=tax,
            tax_in_tax_currency=cents(tax * Decimal("0.9")) if self._is_foreign else None,
            gross=net + tax,
            prepaid=prepaid,
            rounding=rounding,
            payable=net + tax - (prepaid or 0) + (rounding or 0) + claimed,
        )

    def _supporting_documents(self) -> tuple[SupportingDocument, ...]:
        kinds = ["pdf", "png", "csv", "url", "reference"] + ["xml"] * (self._scenario == "ext")
        return tuple(
            _document(kind, n) for n, kind in enumerate(self._random.sample(kinds, self._random.randint(0, 3)))
        )

    def _third_party_payments(self) -> tuple[ThirdPartyPayment, ...]:
        if self._scenario != "ext" or self._sometimes(0.5):
            return ()
        claim = ThirdPartyPayment("XR02", Decimal("12.34"), "Mautgebühr für Dritte")
        return (claim, replace(claim, amount=Decimal("5.00")))[: self._random.randint(1, 2)]


_CONTENTS = {
    "pdf": ("application/pdf", b"%PDF-1.4 Aufma\xc3\x9f"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "csv": ("text/csv", b"a;b\n1;2\n"),
    "xml": ("application/xml", b"<a/>"),
}


def _document(kind: str, number: int) -> SupportingDocument:
    if kind == "url":
        return SupportingDocument(f"ANLAGE-{number}", "Aufmaß", "https://pinsel.example/aufmass?nr=1&b=2")
    if kind == "reference":
        return SupportingDocument(f"ANLAGE-{number}")
    mime, content = _CONTENTS[kind]
    return SupportingDocument(
        f"ANLAGE-{number}", f"Anlage {kind}", attachment=Binary(content, mime, f"anlage-{number}.{kind}")
    )
