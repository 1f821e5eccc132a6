"""How pages announce the values that are compared: patterns on folded lines, each with how sure it is."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Label:
    """One way to announce a field."""

    pattern: re.Pattern[str]
    weight: float


def _labels(*rows: tuple[float, str]) -> tuple[Label, ...]:
    return tuple(Label(re.compile(rf"(?<![a-z])(?:{pattern})"), weight) for weight, pattern in rows)


_NUMBER = r"(?:nummer|[- ]?nr\b\.?|[- ]?no\b\.?|number|#)"
_BILL = r"[a-z-]*(?:rechnung|gutschrift|rechnungskorrektur|invoice|facture)"
_VAT = r"(?:ust|mwst|mehrwertsteuer|umsatzsteuer)"
_NOT_OF_AN_ORDER = r"(?:(?!gemass|bestell|auftrag|liefer|vertrag|angebot|fahrt|leistung).)"

LABELS: Final[dict[str, tuple[Label, ...]]] = {
    "invoice_number": _labels(
        (1.0, rf"rechnungs?[- ]?{_NUMBER}"),
        (1.0, rf"{_BILL}\b[^0-9]{{0,30}}?\s(?:nr\b\.?|no\b\.?|n[°o]\s?:?|#)"),
        (1.0, rf"{_BILL}\b[^\d]{{0,40}}\(\d{{3}}\)\s{{1,8}}nr\b\.?"),
        (0.95, rf"(?:invoice|beleg|gutschrifts?)[- ]?{_NUMBER}"),
        (0.9, r"facture\s(?:n[°o])?"),
        (0.75, rf"{_BILL}\s(?=[a-z]{{0,6}}[-/ ]?\d)"),
        (0.7, r"unser zeichen|dokumentnummer|vorgangsnummer"),
    ),
    "issue_date": _labels(
        (1.0, r"(?:liefer-? und )?rechnungsdatum|(?:beleg|ausstellungs)[- ]?datum|datum der rechnung"),
        (1.0, r"invoice date|date de facture(?! associee)|date of issue|date d'emission"),
        (0.95, rf"{_BILL}\b{_NOT_OF_AN_ORDER}{{0,60}}?\b(?:vo[mn]|dated|du)\b"),
        (0.8, r"[a-z]{3,},? den\b"),
        (0.65, r"(?:^|(?<=  ))(?:datum|date)\b"),
    ),
    "due_date": _labels(
        (1.0, r"fallig(?:keit(?:sdatum)?)?(?: am| bis| zum)?\b(?! in)|zahlungsziel|zahlbar bis|zu zahlen bis"),
        (1.0, r"due date|payment due|date d'echeance"),
        (0.9, r"(?:uberweisen|begleichen|zahlen|zahlung|zahlbar).{0,60}?\bbis(?: zum| spatestens)?(?= \d)"),
    ),
    "seller_vat_id": _labels(
        (1.0, r"u(?:msatz)?st(?:euer)?\.?\s?[-.]?\s?(?:id|identifikations)[-.\s#]*(?:nr\b\.?|nummer)?"),
        (0.95, r"(?:vat (?:id|no|number|reg)|uid[- ]?(?:nr|nummer)?|mwst[-. ]?nr|n[°o] tva(?: intra)?|tva)\b"),
    ),
    "seller_tax_no": _labels((1.0, r"(?:steuer[- ]?(?:nummer|nr\b)|st\.?[- ]?nr\b)\.?")),
    "net": _labels(
        (1.0, r"(?:rechnungssumme|summe|gesamt(?:betrag|summe)?|betrag|total) netto|netto(?:betrag|summe|gesamt)"),
        (1.0, r"netto total|total before tax|total ht\b|net (?:total|amount)|total net|subtotal"),
        (1.0, rf"[a-z]*(?:gesamt|betrag|summe) (?:ohne|exkl\w*\.?|zzgl\.?) {_VAT}|nettowert gesamt"),
        (0.9, r"zwischensumme|summe (?:der )?positionen"),
        (0.6, r"warenwert|positionssumme"),
        (0.7, r"netto\b"),
    ),
    "tax": _labels(
        (1.0, rf"(?:zzgl\.?|zuzugl\w*\.?|\+)\s(?:[\d,. ]{{1,8}}%\s)?{_VAT}"),
        (
            1.0,
            rf"(?:gesamt|summe)\s?{_VAT}|(?:{_VAT}[- ]?|(?:gesamt)?steuer)betrag|total tax(?:es)?|total tva|total vat",
        ),
        (1.0, rf"{_VAT}\.?[- ]gesamt|versicherungs?steuer\b|montant (?:total )?tva"),
        (0.8, rf"(?:{_VAT}|vat|tva|btw|iva)\b(?![-. ]*(?:id|nr|intra))"),
    ),
    "gross": _labels(
        (1.0, r"rechnungs(?:betrag|summe)(?: brutto)?\b(?! (?:netto|ohne))"),
        (1.0, r"(?:brutto|end|gesamt)(?:betrag|summe|rechnungsbetrag)\b(?! (?:netto|der|ohne))"),
        (1.0, r"(?:summe|gesamt(?:betrag|summe)?|total|betrag) (?:inkl\w*\.?|brutto|incl\w*\.?|ttc|gesamt)"),
        (0.95, r"total amount|grand total|brutto\b"),
        (0.7, r"(?:gesamt|summe|total|zahlbetrag|zu zahlen)\b(?! (?:netto|ht|before|tax|tva|ust|mwst))"),
    ),
    "payable": _labels(
        (1.0, r"zahlbetrag|zu zahlender betrag|(?:falliger|offener) betrag|noch zu zahlen|restbetrag"),
        (1.0, r"forderungsbetrag|restforderung|amount due|total due|balance due|solde a payer|net a payer"),
        (
            0.8,
            r"(?:uberweisen sie(?: bitte)?(?: den)?(?: betrag)?|\bbetrag)(?: in hohe)?(?: von)?\s"
            r"(?=\S*\s?$|(?:eur|€)?\s?\d)",
        ),
    ),
    "currency": _labels((1.0, r"(?:wahrung|currency|devise)\b")),
    "buyer_reference": _labels(
        (1.0, r"leitweg[- ]?id"),
        (0.95, r"referenz des kaufers|kaufer-?referenz|buyer reference"),
        (0.9, r"reference acheteur(?: / service executant)?"),
        (0.7, r"ihr(?:e)? (?:zeichen|referenz)"),
    ),
    "order_number": _labels(
        (1.0, rf"(?:ihre )?(?:bestell|auftrags?)[- ]?{_NUMBER}|bestellung nr\.?(?: kunde)?|n[°o] bon de commande"),
        (0.9, r"purchase order(?: no\.?| number)?|po number|votre reference"),
    ),
}
