"""German sentences for the official rules, by rule id: what is wrong in words that a supplier understands.

The official texts (EN 16931, CEN; XRechnung, KoSIT) stand beside them in every report. The rules of XRechnung speak
German themselves and keep their own words where no plainer ones stand here.
"""

from __future__ import annotations

import re

TERMS = {
    "BT-1": "Rechnungsnummer", "BT-2": "Rechnungsdatum", "BT-3": "Rechnungsart", "BT-5": "Währung",
    "BT-6": "Währung der Umsatzsteuer", "BT-7": "Datum der Steuerentstehung", "BT-9": "Fälligkeit",
    "BT-10": "Leitweg-ID oder Käuferreferenz", "BT-11": "Projekt", "BT-12": "Vertrag", "BT-13": "Bestellnummer",
    "BT-17": "Vergabe- oder Losnummer", "BT-20": "Zahlungsbedingungen", "BT-23": "Geschäftsprozess",
    "BT-24": "Spezifikation", "BT-25": "Nummer der vorausgegangenen Rechnung", "BT-27": "Name des Rechnungsstellers",
    "BT-29": "Kennung des Rechnungsstellers", "BT-30": "Registernummer des Rechnungsstellers",
    "BT-31": "Umsatzsteuer-ID des Rechnungsstellers", "BT-32": "Steuernummer des Rechnungsstellers",
    "BT-34": "elektronische Adresse des Rechnungsstellers", "BT-37": "Ort des Rechnungsstellers",
    "BT-38": "Postleitzahl des Rechnungsstellers", "BT-40": "Land des Rechnungsstellers",
    "BT-41": "Ansprechperson des Rechnungsstellers", "BT-42": "Telefonnummer der Ansprechperson",
    "BT-43": "E-Mail-Adresse der Ansprechperson", "BT-44": "Name des Rechnungsempfängers",
    "BT-48": "Umsatzsteuer-ID des Rechnungsempfängers", "BT-49": "elektronische Adresse des Rechnungsempfängers",
    "BT-52": "Ort des Rechnungsempfängers", "BT-53": "Postleitzahl des Rechnungsempfängers",
    "BT-55": "Land des Rechnungsempfängers", "BT-59": "Name des Zahlungsempfängers",
    "BT-62": "Name des Steuervertreters", "BT-63": "Umsatzsteuer-ID des Steuervertreters",
    "BT-69": "Land des Steuervertreters", "BT-72": "Lieferdatum", "BT-73": "Beginn des Abrechnungszeitraums",
    "BT-74": "Ende des Abrechnungszeitraums", "BT-77": "Ort der Lieferung", "BT-78": "Postleitzahl der Lieferung",
    "BT-80": "Land der Lieferung", "BT-81": "Zahlungsart", "BT-84": "Kontonummer (IBAN)",
    "BT-87": "Kartennummer", "BT-89": "Mandatsreferenz", "BT-90": "Gläubiger-ID", "BT-91": "belastetes Konto",
    "BT-92": "Betrag des Nachlasses", "BT-93": "Grundbetrag des Nachlasses", "BT-95": "Steuerkategorie des Nachlasses",
    "BT-96": "Steuersatz des Nachlasses", "BT-97": "Grund des Nachlasses", "BT-99": "Betrag des Zuschlags",
    "BT-100": "Grundbetrag des Zuschlags", "BT-102": "Steuerkategorie des Zuschlags",
    "BT-103": "Steuersatz des Zuschlags", "BT-104": "Grund des Zuschlags", "BT-106": "Summe der Positionen",
    "BT-107": "Summe der Nachlässe", "BT-108": "Summe der Zuschläge", "BT-109": "Gesamtbetrag netto",
    "BT-110": "Umsatzsteuer gesamt", "BT-111": "Umsatzsteuer in Buchungswährung", "BT-112": "Gesamtbetrag brutto",
    "BT-113": "bereits gezahlter Betrag", "BT-114": "Rundungsbetrag", "BT-115": "Zahlbetrag",
    "BT-116": "Steuerbasis", "BT-117": "Steuerbetrag", "BT-118": "Steuerkategorie", "BT-119": "Steuersatz",
    "BT-120": "Grund der Steuerbefreiung", "BT-121": "Code der Steuerbefreiung",
    "BT-122": "Nummer der Anlage", "BT-124": "Adresse der Anlage", "BT-125": "eingebettete Anlage",
    "BT-126": "Nummer der Position", "BT-129": "Menge", "BT-130": "Mengeneinheit",
    "BT-131": "Nettobetrag der Position", "BT-134": "Beginn des Zeitraums der Position",
    "BT-135": "Ende des Zeitraums der Position", "BT-136": "Betrag des Nachlasses zur Position",
    "BT-137": "Grundbetrag des Nachlasses zur Position", "BT-139": "Grund des Nachlasses zur Position",
    "BT-141": "Betrag des Zuschlags zur Position", "BT-142": "Grundbetrag des Zuschlags zur Position",
    "BT-144": "Grund des Zuschlags zur Position", "BT-146": "Nettopreis", "BT-148": "Bruttopreis",
    "BT-149": "Basismenge des Preises", "BT-150": "Einheit der Basismenge", "BT-151": "Steuerkategorie der Position",
    "BT-152": "Steuersatz der Position", "BT-153": "Bezeichnung der Position", "BT-157": "Artikelkennung",
    "BT-158": "Warenklassifikation", "BT-160": "Name der Artikeleigenschaft", "BT-161": "Wert der Artikeleigenschaft",
}  # fmt: skip
"""Business terms in plain German; used by the sentences and by whoever shows a finding."""


def _missing(*terms: str) -> str:
    names = " und ".join(f"{TERMS[term]} ({term})" for term in terms)
    return f"Es fehlt: {names}."


def _missing_in(place: str, *terms: str) -> str:
    names = " oder ".join(f"{TERMS[term]} ({term})" for term in terms)
    return f"{place} fehlt: {names}."


_LINE, _TAX = "In einer Position (BG-25)", "In einer Zeile der Steueraufstellung (BG-23)"
_RULES = {
    "BR-01": _missing("BT-24"), "BR-02": _missing("BT-1"), "BR-03": _missing("BT-2"), "BR-04": _missing("BT-3"),
    "BR-05": _missing("BT-5"), "BR-06": _missing("BT-27"), "BR-07": _missing("BT-44"),
    "CII-SR-119": "Am Preis einer Position darf nur ein Nachlass stehen (BT-147), kein Zuschlag.",
    "UBL-SR-07": "In einem Verweis auf eine frühere Rechnung (BG-3) fehlt deren Nummer (BT-25).",
    "UBL-SR-44": "Es darf nur einen Verwendungszweck (BT-83) geben.",
    "UBL-SR-51": "Eine Anschrift darf nur eine dritte Zeile haben.",
    "BR-08": "Es fehlt die Anschrift des Rechnungsstellers (BG-5).", "BR-09": _missing("BT-40"),
    "BR-10": "Es fehlt die Anschrift des Rechnungsempfängers (BG-8).", "BR-11": _missing("BT-55"),
    "BR-12": _missing("BT-106"), "BR-13": _missing("BT-109"), "BR-14": _missing("BT-112"), "BR-15": _missing("BT-115"),
    "BR-16": "Die Rechnung hat keine Position (BG-25).",
    "BR-17": "Ein abweichender Zahlungsempfänger (BG-10) braucht einen Namen (BT-59).",
    "BR-18": "Der Steuervertreter (BG-11) braucht einen Namen (BT-62).",
    "BR-19": "Der Steuervertreter (BG-11) braucht eine Anschrift (BG-12).",
    "BR-20": "In der Anschrift des Steuervertreters (BG-12) fehlt das Land (BT-69).",
    "BR-21": _missing_in(_LINE, "BT-126"), "BR-22": _missing_in(_LINE, "BT-129"), "BR-23": _missing_in(_LINE, "BT-130"),
    "BR-24": _missing_in(_LINE, "BT-131"), "BR-25": _missing_in(_LINE, "BT-153"), "BR-26": _missing_in(_LINE, "BT-146"),
    "BR-27": "Der Nettopreis einer Position (BT-146) darf nicht negativ sein.",
    "BR-28": "Der Bruttopreis einer Position (BT-148) darf nicht negativ sein.",
    "BR-29": "Der Abrechnungszeitraum endet (BT-74) vor seinem Beginn (BT-73).",
    "BR-30": "Der Zeitraum einer Position endet (BT-135) vor seinem Beginn (BT-134).",
    "BR-31": _missing_in("In einem Nachlass (BG-20)", "BT-92"), "BR-32": _missing_in("In einem Nachlass (BG-20)", "BT-95"),
    "BR-33": "In einem Nachlass (BG-20) fehlt der Grund (BT-97 oder BT-98).",
    "BR-36": _missing_in("In einem Zuschlag (BG-21)", "BT-99"), "BR-37": _missing_in("In einem Zuschlag (BG-21)", "BT-102"),
    "BR-38": "In einem Zuschlag (BG-21) fehlt der Grund (BT-104 oder BT-105).",
    "BR-41": _missing_in("In einem Nachlass zur Position (BG-27)", "BT-136"),
    "BR-42": "In einem Nachlass zur Position (BG-27) fehlt der Grund (BT-139 oder BT-140).",
    "BR-43": _missing_in("In einem Zuschlag zur Position (BG-28)", "BT-141"),
    "BR-44": "In einem Zuschlag zur Position (BG-28) fehlt der Grund (BT-144 oder BT-145).",
    "BR-45": _missing_in(_TAX, "BT-116"), "BR-46": _missing_in(_TAX, "BT-117"), "BR-47": _missing_in(_TAX, "BT-118"),
    "BR-48": _missing_in(_TAX, "BT-119"), "BR-49": _missing("BT-81"),
    "BR-50": "Zur Überweisung (BG-17) fehlt die Kontonummer (BT-84).",
    "BR-51": "Eine vollständige Kartennummer (BT-87) darf nicht in der Rechnung stehen.",
    "BR-52": "Zu einer Anlage (BG-24) fehlt ihre Nummer (BT-122).",
    "BR-53": "Bei abweichender Währung der Umsatzsteuer (BT-6) fehlt die Umsatzsteuer in dieser Währung (BT-111).",
    "BR-54": "Eine Artikeleigenschaft (BG-32) braucht Namen (BT-160) und Wert (BT-161).",
    "BR-55": _missing_in("In einem Verweis auf eine frühere Rechnung (BG-3)", "BT-25"), "BR-56": _missing("BT-63"),
    "BR-57": "In der Lieferanschrift (BG-15) fehlt das Land (BT-80).",
    "BR-61": "Bei Zahlung durch Überweisung (BT-81) fehlt die Kontonummer (BT-84).",
    "BR-62": "Zur elektronischen Adresse des Rechnungsstellers (BT-34) fehlt ihr Schema, z. B. EM für E-Mail.",
    "BR-63": "Zur elektronischen Adresse des Rechnungsempfängers (BT-49) fehlt ihr Schema, z. B. EM für E-Mail.",
    "BR-64": "Zur Artikelkennung (BT-157) fehlt ihr Schema.", "BR-65": "Zur Warenklassifikation (BT-158) fehlt ihr Schema.",
    "BR-B-01": "Die Steuerkategorie „Split payment“ gibt es nur in Italien.",
    "BR-B-02": "Die Steuerkategorien „Split payment“ und „Normalsatz“ schließen einander aus.",
    "BR-CL-01": "Die Rechnungsart (BT-3) ist kein gültiger Code (UNTDID 1001).",
    "BR-CL-03": "Eine Währungsangabe an einem Betrag ist kein gültiger Code (ISO 4217).",
    "BR-CL-04": "Die Währung (BT-5) ist kein gültiger Code (ISO 4217).",
    "BR-CL-05": "Die Währung der Umsatzsteuer (BT-6) ist kein gültiger Code (ISO 4217).",
    "BR-CL-06": "Der Zeitpunkt der Steuerentstehung (BT-8) ist kein gültiger Code (UNTDID 2005).",
    "BR-CL-07": "Das Schema eines Objekts (BT-18, BT-128) ist kein gültiger Code (UNTDID 1153).",
    "BR-CL-08": "Der Betreff einer Bemerkung (BT-21) ist kein gültiger Code (UNTDID 4451).",
    "BR-CL-10": "Das Schema einer Kennung ist kein gültiger Code (ISO 6523).",
    "BR-CL-11": "Das Schema einer Registernummer ist kein gültiger Code (ISO 6523).",
    "BR-CL-13": "Das Schema der Warenklassifikation (BT-158) ist kein gültiger Code (UNTDID 7143).",
    "BR-CL-14": "Ein Land ist kein gültiger Code (ISO 3166-1), z. B. DE.",
    "BR-CL-15": "Ein Ursprungsland (BT-159) ist kein gültiger Code (ISO 3166-1).",
    "BR-CL-16": "Die Zahlungsart (BT-81) ist kein gültiger Code (UNTDID 4461).",
    "BR-CL-17": "Eine Steuerkategorie ist kein gültiger Code (UNTDID 5305).",
    "BR-CL-18": "Eine Steuerkategorie ist kein gültiger Code (UNTDID 5305).",
    "BR-CL-19": "Der Grund eines Nachlasses ist kein gültiger Code (UNTDID 5189).",
    "BR-CL-20": "Der Grund eines Zuschlags ist kein gültiger Code (UNTDID 7161).",
    "BR-CL-21": "Das Schema einer Artikelkennung (BT-157) ist kein gültiger Code (ISO 6523).",
    "BR-CL-22": "Der Code der Steuerbefreiung (BT-121) ist nicht in der Liste VATEX.",
    "BR-CL-23": "Eine Mengeneinheit ist kein gültiger Code (UN/ECE Rec. 20 und 21).",
    "BR-CL-24": "Die Dateiart einer eingebetteten Anlage (BT-125) ist nicht zulässig.",
    "BR-CL-25": "Das Schema einer elektronischen Adresse ist nicht in der Liste EAS.",
    "BR-CL-26": "Das Schema des Lieferorts (BT-71) ist kein gültiger Code (ISO 6523).",
    "BR-CO-03": "Datum (BT-7) und Code (BT-8) der Steuerentstehung dürfen nicht zugleich angegeben sein.",
    "BR-CO-04": _missing_in(_LINE, "BT-151"),
    "BR-CO-05": "Code (BT-98) und Text (BT-97) des Nachlasses nennen verschiedene Gründe.",
    "BR-CO-06": "Code (BT-105) und Text (BT-104) des Zuschlags nennen verschiedene Gründe.",
    "BR-CO-07": "Code (BT-140) und Text (BT-139) eines Nachlasses zur Position nennen verschiedene Gründe.",
    "BR-CO-08": "Code (BT-145) und Text (BT-144) eines Zuschlags zur Position nennen verschiedene Gründe.",
    "BR-CO-09": "Eine Umsatzsteuer-ID beginnt nicht mit dem Code des Landes, z. B. DE.",
    "BR-CO-10": "Die Summe der Positionen (BT-106) entspricht nicht den Nettobeträgen der Positionen (BT-131).",
    "BR-CO-11": "Die Summe der Nachlässe (BT-107) entspricht nicht den einzelnen Nachlässen (BT-92).",
    "BR-CO-12": "Die Summe der Zuschläge (BT-108) entspricht nicht den einzelnen Zuschlägen (BT-99).",
    "BR-CO-13": "Der Gesamtbetrag netto (BT-109) ist nicht Summe der Positionen (BT-106) − Nachlässe (BT-107) + "
    "Zuschläge (BT-108).",
    "BR-CO-14": "Die Umsatzsteuer gesamt (BT-110) entspricht nicht der Summe der Steuerbeträge (BT-117).",
    "BR-CO-15": "Der Gesamtbetrag brutto (BT-112) ist nicht netto (BT-109) + Umsatzsteuer (BT-110).",
    "BR-CO-16": "Der Zahlbetrag (BT-115) ist nicht brutto (BT-112) − gezahlt (BT-113) + Rundung (BT-114).",
    "BR-CO-17": "Ein Steuerbetrag (BT-117) ist nicht Steuerbasis (BT-116) × Steuersatz (BT-119), auf Cent gerundet.",
    "BR-CO-18": "Es fehlt die Aufstellung der Umsatzsteuer (BG-23).",
    "BR-CO-19": "Der Abrechnungszeitraum (BG-14) hat weder Beginn (BT-73) noch Ende (BT-74).",
    "BR-CO-20": "Der Zeitraum einer Position (BG-26) hat weder Beginn (BT-134) noch Ende (BT-135).",
    "BR-CO-21": "Ein Nachlass (BG-20) nennt keinen Grund (BT-97 oder BT-98).",
    "BR-CO-22": "Ein Zuschlag (BG-21) nennt keinen Grund (BT-104 oder BT-105).",
    "BR-CO-23": "Ein Nachlass zur Position (BG-27) nennt keinen Grund (BT-139 oder BT-140).",
    "BR-CO-24": "Ein Zuschlag zur Position (BG-28) nennt keinen Grund (BT-144 oder BT-145).",
    "BR-CO-26": "Der Rechnungssteller ist nicht zu erkennen: Es fehlen Kennung (BT-29), Registernummer (BT-30) und "
    "Umsatzsteuer-ID (BT-31).",
    "BR-DE-1": "Es fehlen die Angaben zur Zahlung (BG-16).", "BR-DE-2": "Es fehlt die Ansprechstelle des "
    "Rechnungsstellers (BG-6) mit Name, Telefon und E-Mail.",
    "BR-DE-3": _missing("BT-37"), "BR-DE-4": _missing("BT-38"), "BR-DE-5": _missing("BT-41"),
    "BR-DE-6": _missing("BT-42"), "BR-DE-7": _missing("BT-43"), "BR-DE-8": _missing("BT-52"),
    "BR-DE-9": _missing("BT-53"), "BR-DE-10": _missing("BT-77"), "BR-DE-11": _missing("BT-78"),
    "BR-DE-14": _missing_in(_TAX, "BT-119"), "BR-DE-15": _missing("BT-10"),
    "BR-DE-16": "Es fehlt Umsatzsteuer-ID (BT-31), Steuernummer (BT-32) oder Steuervertreter (BG-11).",
    "BR-DE-17": "Diese Rechnungsart (BT-3) sieht XRechnung nicht vor; üblich sind 380, 381 und 384.",
    "BR-DE-18": "Eine Skonto-Angabe (BT-20) hat nicht die vorgeschriebene Form, z. B. #SKONTO#TAGE=14#PROZENT=2.00# mit "
    "einem Zeilenende dahinter.",
    "BR-DE-19": "Die Kontonummer (BT-84) ist keine gültige IBAN.",
    "BR-DE-20": "Das belastete Konto (BT-91) ist keine gültige IBAN.",
    "BR-DE-21": "Die Spezifikation (BT-24) ist nicht die Kennung einer XRechnung.",
    "BR-DE-22": "Zwei eingebettete Anlagen haben denselben Dateinamen.",
    "BR-DE-23-a": "Bei Überweisung (BT-81) fehlt das Konto (BG-17).",
    "BR-DE-23-b": "Bei Überweisung (BT-81) dürfen keine Karte (BG-18) und keine Lastschrift (BG-19) angegeben sein.",
    "BR-DE-24-a": "Bei Kartenzahlung (BT-81) fehlt die Karte (BG-18).",
    "BR-DE-24-b": "Bei Kartenzahlung (BT-81) dürfen kein Konto (BG-17) und keine Lastschrift (BG-19) angegeben sein.",
    "BR-DE-25-a": "Bei Lastschrift (BT-81) fehlen die Angaben dazu (BG-19).",
    "BR-DE-25-b": "Bei Lastschrift (BT-81) dürfen kein Konto (BG-17) und keine Karte (BG-18) angegeben sein.",
    "BR-DE-26": "Eine korrigierte Rechnung (384) soll die ursprüngliche nennen (BG-3).",
    "BR-DE-27": "Die Telefonnummer der Ansprechperson (BT-42) soll mindestens drei Ziffern enthalten.",
    "BR-DE-28": "Die E-Mail-Adresse der Ansprechperson (BT-43) ist keine.",
    "BR-DE-30": _missing("BT-90"), "BR-DE-31": _missing("BT-91"),
    "BR-DE-TMP-32": "Die Rechnung soll sagen, wann geliefert wurde: Lieferdatum (BT-72) oder Zeitraum (BG-14, BG-26).",
    "BR-TMP-2": "Die Adresse einer Anlage (BT-124) ist keine vollständige Internetadresse.",
    "BR-DEX-04": "Das Schema einer Kennung ist kein gültiger Code (ISO 6523).",
    "BR-DEX-05": "Das Schema einer Registernummer ist kein gültiger Code (ISO 6523).",
    "BR-DEX-06": "Das Schema einer Artikelkennung ist kein gültiger Code (ISO 6523).",
    "BR-DEX-07": "Das Schema einer elektronischen Adresse ist nicht in der Liste EAS.",
    "BR-DEX-08": "Das Schema des Lieferorts ist kein gültiger Code (ISO 6523).",
    "BR-DEX-09": "Der Zahlbetrag (BT-115) ist nicht brutto (BT-112) − gezahlt (BT-113) + Rundung (BT-114) + "
    "Beträge für Dritte (BT-DEX-002).",
    "BR-DEX-15": "Die Datei verwendet vielleicht Unterpositionen, die in dieser Syntax nicht vorgesehen sind.",
    "BR-IC-11": "Bei innergemeinschaftlicher Lieferung fehlt das Lieferdatum (BT-72) oder der Zeitraum (BG-14).",
    "BR-IC-12": "Bei innergemeinschaftlicher Lieferung fehlt das Land der Lieferung (BT-80).",
    "BR-O-11": "Neben „nicht steuerbar“ darf es keine weitere Steuerzeile (BG-23) geben.",
    "BR-O-12": "Neben „nicht steuerbar“ darf keine Position eine andere Steuerkategorie haben (BT-151).",
    "BR-O-13": "Neben „nicht steuerbar“ darf kein Nachlass eine andere Steuerkategorie haben (BT-95).",
    "BR-O-14": "Neben „nicht steuerbar“ darf kein Zuschlag eine andere Steuerkategorie haben (BT-102).",
    "CII-DT-037": "Die Art einer Steuer muss „VAT“ sein.",
    "CII-DT-097": "Ein Datum muss die Form JJJJMMTT haben (format 102).",
    "CII-SR-463": "Bei einem Nachlass oder Zuschlag (BG-20, BG-21) fehlt, was von beidem es ist.",
    "CII-SR-467": "Die Zahlungsart (BT-81) muss überall dieselbe sein.",
    "CII-SR-468": "Der Text zur Zahlungsart (BT-82) muss überall derselbe sein.",
    "CII-SR-470": "Es darf entweder eine IBAN oder eine andere Kontonummer (BT-84) angegeben sein.",
    "CII-SR-471": "In einem Nachlass oder Zuschlag (BG-20, BG-21) fehlt die Steuerkategorie (BT-95, BT-102).",
    "CII-SR-472": "In einem Nachlass oder Zuschlag (BG-20, BG-21) fehlt der Steuersatz (BT-96, BT-103).",
    "CII-SR-474": "Eine Position darf nur ein abgerechnetes Objekt (BT-128) nennen.",
    "UBL-CR-002": "Die UBL-Version muss 2.1 sein oder fehlen.",
    "UBL-CR-650": "Zur Rechnungsnummer (BT-1) ist kein Schema vorgesehen.",
    "UBL-CR-655": "Zur Bankkennung (BT-86) ist kein Schema vorgesehen.",
    "UBL-CR-659": "Zur Art eines Dokumentverweises ist keine Codeliste vorgesehen.",
    "UBL-CR-666": "Ein Verweis auf ein abgerechnetes Objekt (BT-18) darf keine Anlage tragen.",
    "UBL-CR-673": "Ein Verweis auf ein abgerechnetes Objekt (BT-18) darf keine Beschreibung tragen.",
    "UBL-DT-01": "Ein Betrag hat mehr als zwei Nachkommastellen.",
    "UBL-DT-06": "Zu einer eingebetteten Anlage (BT-125) fehlt die Dateiart.",
    "UBL-DT-07": "Zu einer eingebetteten Anlage (BT-125) fehlt der Dateiname.",
    "UBL-SR-42": "Der Rechnungssteller hat mehr als zwei Steuerkennungen (BT-31, BT-32).",
    "UBL-SR-43": "Ein Schema darf nur beim abgerechneten Objekt (BT-18) stehen.",
    "UBL-SR-47": "Die Zahlungsart (BT-81) muss überall dieselbe sein.",
    "UBL-SR-48": "Eine Position muss genau eine Steuerkategorie haben (BT-151).",
    "UBL-SR-53": "Zu einer Steuerkennung fehlt die Nummer (BT-31, BT-32, BT-48).",
    "UBL-SR-54": "Es darf nur eine Karte (BG-18) angegeben sein.",
    "UBL-SR-55": "Es darf nur ein Lastschriftmandat (BG-19) angegeben sein.",
    "UBL-SR-56": "Es darf nur eine Vergabe- oder Losnummer (BT-17) angegeben sein.",
    "PEPPOL-EN16931-R001": _missing("BT-23"),
    "PEPPOL-EN16931-R005": "Die Währung der Umsatzsteuer (BT-6) darf nur angegeben sein, wenn sie von der Währung (BT-5) "
    "abweicht.",
    "PEPPOL-EN16931-R008": "Die Datei enthält leere Elemente. Bitte lassen Sie Angaben ohne Inhalt ganz weg.",
    "PEPPOL-EN16931-R010": _missing("BT-49"), "PEPPOL-EN16931-R020": _missing("BT-34"),
    "PEPPOL-EN16931-R040": "Ein Nachlass oder Zuschlag ist nicht Grundbetrag × Prozentsatz.",
    "PEPPOL-EN16931-R041": "Zu einem Prozentsatz eines Nachlasses oder Zuschlags fehlt der Grundbetrag.",
    "PEPPOL-EN16931-R042": "Zu einem Grundbetrag eines Nachlasses oder Zuschlags fehlt der Prozentsatz.",
    "PEPPOL-EN16931-R043": "Ob es ein Nachlass oder ein Zuschlag ist, muss mit true oder false angegeben sein.",
    "PEPPOL-EN16931-R044": "Auf den Preis einer Position gibt es nur Nachlässe, keine Zuschläge.",
    "PEPPOL-EN16931-R046": "Der Nettopreis (BT-146) ist nicht Bruttopreis (BT-148) − Nachlass (BT-147).",
    "PEPPOL-EN16931-R053": "Es darf nur eine Umsatzsteuer-Summe mit Aufstellung geben.",
    "PEPPOL-EN16931-R054": "Bei abweichender Währung der Umsatzsteuer darf es nur eine Summe ohne Aufstellung geben.",
    "PEPPOL-EN16931-R055": "Die Umsatzsteuer in beiden Währungen (BT-110, BT-111) muss dasselbe Vorzeichen haben.",
    "PEPPOL-EN16931-R061": "Zur Lastschrift fehlt die Mandatsreferenz (BT-89).",
    "PEPPOL-EN16931-R101": "Ein Dokumentverweis an der Position ist nur für das abgerechnete Objekt erlaubt (BT-128).",
    "PEPPOL-EN16931-R110": "Der Zeitraum einer Position beginnt (BT-134) außerhalb des Abrechnungszeitraums (BG-14).",
    "PEPPOL-EN16931-R111": "Der Zeitraum einer Position endet (BT-135) außerhalb des Abrechnungszeitraums (BG-14).",
    "PEPPOL-EN16931-R120": "Der Nettobetrag einer Position (BT-131) ist nicht Menge × Preis ÷ Basismenge − Nachlässe + "
    "Zuschläge.",
    "PEPPOL-EN16931-R121": "Die Basismenge des Preises (BT-149) muss größer als null sein.",
    "PEPPOL-EN16931-R130": "Die Einheit der Basismenge (BT-150) muss die Mengeneinheit der Position (BT-130) sein.",
}  # fmt: skip

_CATEGORIES = {
    "S": "Normalsatz", "Z": "Nullsatz", "E": "steuerbefreit", "AE": "Umkehr der Steuerschuldnerschaft (§ 13b UStG)",
    "IC": "innergemeinschaftliche Lieferung", "G": "Ausfuhr", "O": "nicht steuerbar", "AF": "IGIC (Kanarische Inseln)",
    "AG": "IPSI (Ceuta und Melilla)",
}  # fmt: skip
_WITH_RATE, _WITHOUT_VAT = {"S"}, {"O"}
_EXEMPT = {"E", "AE", "IC", "G", "O"}
_FREE_RATE = {"AF", "AG"}
_CATEGORY_RULE = re.compile(r"BR-(S|Z|E|AE|IC|G|O|AF|AG)-(\d\d)")
_DECIMALS = re.compile(r"BR-DEC-\d\d")
_FORM_RULE = re.compile(r"(?:UBL|CII)-(?:CR|DT|SR)-\d+")
_OFFICIAL = re.compile(r"^\[[^\]]*\]\s*-?\s*")
_GONE = "Die Angabe „{}“ ist in dieser Rechnung nicht vorgesehen."
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), german)
    for pattern, german in (
        (r"should not include (?:the )?(.+)", _GONE),
        (r"^only one +(.+?) (?:should|shall|must|element|is allowed)", "Die Angabe „{}“ darf nur einmal vorkommen."),
        (r"^(.+?) ?(?:should|shall|must) not (?:be (?:present|used|included)|exist)", _GONE),
        (r"^(.+?) (?:should|shall|must) (?:occur|exist|be present) (?:a )?(?:maximum|at most) once", "Die Angabe „{}“ "
         "darf nur einmal vorkommen."),
        (r"^(.+?) (?:should|shall|must) (?:occur|exist|be present) (?:exactly|only) once", "Die Angabe „{}“ muss genau "
         "einmal vorkommen."),
        (r"^(.+?) (?:should|shall|must) (?:be present|exist)", "Die Angabe „{}“ fehlt."),
    )
)  # fmt: skip
"""The rules about the form of the file are hundreds of sentences of a few shapes: pattern → German."""
_PLACES = {"02": "einer Position", "03": "einem Nachlass", "04": "einem Zuschlag"}
_RATES = {
    "05": "einer Position (BT-152)", "06": "eines Nachlasses (BT-96)", "07": "eines Zuschlags (BT-103)",
}  # fmt: skip


def rule_sentence(rule: str, official: str) -> str:
    """The German sentence for an official rule; for one without, its official words without the id before them."""
    words = _OFFICIAL.sub("", official)
    known = _RULES.get(rule) or _RULES.get(re.sub(r"-\d$", "", rule))
    if known:
        return known
    if category := _CATEGORY_RULE.fullmatch(rule):
        return _category_sentence(category[1], category[2])
    if _DECIMALS.fullmatch(rule):
        return f"Mehr als zwei Nachkommastellen: {_named_term(words)}."
    return _form_sentence(words) if _FORM_RULE.fullmatch(rule) else words


def _form_sentence(words: str) -> str:
    for pattern, german in _FORMS:
        if found := pattern.search(words):
            return german.format(found[1].strip(" ."))
    return f"Die Form der Datei entspricht nicht der Norm: {words}"


def _named_term(words: str) -> str:
    found = re.search(r"\((BT-\d+)\)", words)
    if found is None:
        return "Betrag"
    return f"{TERMS.get(found[1], 'Betrag')} ({found[1]})"


def _category_sentence(category: str, number: str) -> str:
    name = _CATEGORIES[category]
    if number == "01":
        return f"Zur Steuerkategorie „{name}“ fehlt ihre Zeile in der Steueraufstellung (BG-23), oder sie ist doppelt."
    if number in _PLACES:
        return _identifier_sentence(category, f"Mit der Steuerkategorie „{name}“ in {_PLACES[number]}")
    if number in _RATES:
        return f"Der Steuersatz {_RATES[number]} passt nicht zur Steuerkategorie „{name}“{_rate_hint(category)}."
    if number == "08":
        return f"Die Steuerbasis (BT-116) zu „{name}“ entspricht nicht den Positionen, Nachlässen und Zuschlägen."
    if number == "09":
        formula = "Steuerbasis × Steuersatz" if category in _WITH_RATE | _FREE_RATE else "0"
        return f"Der Steuerbetrag (BT-117) zu „{name}“ muss {formula} sein."
    if category in _EXEMPT:
        return f"Zur Steuerkategorie „{name}“ fehlt der Grund der Befreiung (BT-120 oder BT-121)."
    return f"Zur Steuerkategorie „{name}“ darf kein Grund einer Befreiung (BT-120, BT-121) angegeben sein."


def _identifier_sentence(category: str, beginning: str) -> str:
    if category in _WITHOUT_VAT:
        return f"{beginning} darf keine Umsatzsteuer-ID angegeben sein (BT-31, BT-48, BT-63)."
    if category in ("AE", "IC"):
        return f"{beginning} fehlt die Umsatzsteuer-ID von Rechnungssteller (BT-31) oder Rechnungsempfänger (BT-48)."
    return f"{beginning} fehlt die Umsatzsteuer-ID (BT-31) oder Steuernummer (BT-32) des Rechnungsstellers."


def _rate_hint(category: str) -> str:
    if category in _WITHOUT_VAT:
        return " (es darf keiner angegeben sein)"
    if category in _FREE_RATE:
        return " (er darf nicht negativ sein)"
    return " (er muss größer als 0 sein)" if category in _WITH_RATE else " (er muss 0 sein)"
