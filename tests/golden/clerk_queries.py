"""What clerks type, and which letters they mean: judged by what was written, never by what an engine can do.

A judgement is a list of needs; each need names the written forms that meet it (`*` stands for letters). A letter is
meant when it meets all of them. Queries about one letter's amount, date or number are made from what was written into it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tests.golden.town import MONTHS, Letter, letters

MANY = 26
Need = tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A query of a class with the ids of the letters meant."""

    kind: str
    text: str
    meant: frozenset[str]


BY_WORDS: dict[str, tuple[tuple[str, tuple[Need, ...]], ...]] = {
    "exact, stop words": (
        ("Wie hoch ist die Hundesteuer", (("*hundesteuer*",),)),
        ("der Hebesatz für die Gewerbesteuer", (("hebesatz",), ("gewerbesteuer",))),
        ("Hundemarke", (("hundemarke",),)),
        ("Wo findet der Wochenmarkt statt", (("wochenmarkt",), ("statt",))),
        ("Halteverbot", (("halteverbot",),)),
        ("Was ist mit der Kläranlage", (("kläranlage",),)),
        ("Briefwahlunterlagen", (("briefwahlunterlagen",),)),
        ("Streusalz", (("streusalz",),)),
        ("Mietbescheinigung nachreichen", (("mietbescheinigung",), ("reichen", "nachreichen"))),
        ("Säumniszuschläge", (("säumniszuschläge",),)),
        ("Trauzimmer", (("trauzimmer",),)),
        ("Wer trägt die Abschleppkosten", (("trägt",), ("abschleppkosten",))),
        ("Denkmalschutz", (("denkmalschutz",),)),
        ("Löschfahrzeug", (("löschfahrzeug",),)),
        ("Kindergartenplatz zum August", (("kindergartenplatz",), ("august",))),
        ("Regenwasserleitung", (("regenwasserleitung",),)),
    ),
    "inflected": (
        ("Haus Siedlung", (("haus", "häuser"), ("siedlung",))),
        ("Schlagloch", (("schlagloch", "schlaglöcher"),)),
        ("Grundstücke", (("grundstück", "grundstücks", "grundstücke"),)),
        ("Fußgängern", (("fußgänger",),)),
        ("Grabsteine", (("grabstein",),)),
        ("Linden", (("linde", "linden"),)),
        ("Obstbaum", (("obstbaum", "obstbäume"),)),
        ("Spielgerät", (("spielgerät", "spielgeräte"),)),
        ("Stimmzetteln", (("stimmzettel",),)),
        ("Scheunen", (("scheune",),)),
        ("Wohnhäuser", (("wohnhaus",),)),
        ("Nachbar beteiligt", (("nachbarn",), ("beteiligt",))),
        ("Fenstern", (("fenster",),)),
        ("Elternbeitrag", (("elternbeitrag", "elternbeiträge"),)),
        ("Fahrkarte", (("fahrkarten",),)),
        ("Gaststätten", (("gaststätte",),)),
        ("Verstoß Bußgeld", (("verstößen",), ("bußgeld",))),
        ("Blumenkübeln", (("blumenkübel",),)),
        ("Dienstfahrzeug", (("dienstfahrzeugen",),)),
        ("Marktgebühr", (("marktgebühren",),)),
        ("Auflage Baugenehmigung", (("auflagen",), ("baugenehmigung",))),
        ("Umleitungen", (("umleitung",),)),
    ),
    "umlaut": (
        ("Gebuehren Friedhof", (("*gebühr*",), ("friedhof*",))),
        ("Klaeranlage", (("kläranlage",),)),
        ("Saeumniszuschlaege", (("säumniszuschläge",),)),
        ("Laerm", (("lärm", "lärm*"),)),
        ("Busgeld", (("bußgeld",),)),
        ("Fussgaenger", (("fußgänger",),)),
        ("Strassenbeleuchtung", (("straßenbeleuchtung",),)),
        ("STRAẞENLEUCHTEN", (("straßenleuchten",),)),
        ("Buergersteig", (("bürgersteig",),)),
        ("Ueberschuss", (("überschuss",),)),
        ("Überschuß", (("überschuss",),)),
        ("Eheschliessung", (("eheschließung",),)),
        ("Gärtnerei Bluetenreich", (("blütenreich",),)),
        ("Kraemer Papierhaus", (("krämer",), ("papierhaus",))),
        ("Hoeft Dachdeckerei", (("höft",), ("dachdeckerei",))),
        ("Broekelmann", (("brökelmann",),)),
        ("Pruefung Spielgeräte", (("geprüft", "*prüfung"), ("spielgeräte",))),
    ),
    "part of a compound": (
        ("Steuer", (("steuer", "*steuer*"),)),
        ("Leuchte", (("*leuchte", "*leuchten"),)),
        ("Beleuchtung", (("*beleuchtung*",),)),
        ("Bescheid Gewerbe", (("*bescheid",), ("gewerbe*",))),
        ("Befreiung", (("*befreiung",),)),
        ("Decke Fahrbahn", (("*decke",), ("fahrbahn*",))),
        ("Entwässerung", (("*entwässerung",),)),
        ("Niederschlag", (("niederschlag*",),)),
        ("Schmutzwasser", (("schmutzwasser*",),)),
        ("Fachwerk", (("fachwerk*",),)),
        ("Ziegel", (("*ziegel",),)),
        ("Halter Hund", (("*halter",), ("hund*",))),
        ("Schutzverordnung", (("*schutzverordnung",),)),
        ("Messung Schall", (("*messung",), ("schall*",))),
        ("Zuschuss", (("*zuschuss",),)),
        ("Heim", (("heim*",),)),
        ("Pflege", (("pflege*", "*pflege"),)),
        ("Beförderung", (("*beförderung",),)),
        ("Halle", (("*halle", "*hallen*"),)),
        ("Gebühren Satzung", (("*gebühren*",), ("*satzung",))),
        ("Beisetzung", (("*beisetzung",),)),
        ("Urkunde", (("*urkunde",),)),
        ("Einsatz Feuerwehr", (("*einsatz",), ("*feuerwehr*",))),
        ("Vorschlag Beschluss", (("*vorschlag",), ("beschluss*",))),
        ("Ermächtigung", (("*ermächtigung",),)),
        ("Sicherungskonzept", (("*sicherungskonzept",),)),
        ("Helfer", (("*helfer",),)),
        ("Papier", (("papier*", "*papier"),)),
        ("Reinigung", (("*reinigung*",),)),
        ("Wasserleitung", (("*wasserleitung",),)),
    ),
    "compound apart or joined": (
        ("Straßen Beleuchtung", (("straßenbeleuchtung",),)),
        ("Hunde Steuer", (("hundesteuer",),)),
        ("Gewerbe Steuer Bescheid", (("gewerbesteuerbescheid",),)),
        ("Kanal Anschluss", (("kanalanschluss",),)),
        ("Brand Schutz", (("brandschutz",),)),
        ("Haushalts Satzung", (("haushaltssatzung",),)),
        ("Jahres Abschluss", (("jahresabschluss",),)),
        ("Verwarnungs Geld", (("verwarnungsgeld",),)),
        ("Grab Stätte", (("grabstätte",),)),
        ("Spiel Platz", (("spielplatz*",),)),
        ("Schul Weg", (("schulweg",),)),
        ("Wahl Lokal", (("wahllokal",),)),
        ("Parkausweis", (("parkausweis",),)),
        ("Standplatz Wochenmarkt", (("standplatz",), ("wochenmarkt",))),
        ("Wochenmarktstandplatz", (("wochenmarkt",), ("standplatz",))),
        ("Hundesteueranmeldung", (("hundesteuer",), ("anmeldung",))),
        ("Feuerwehreinsatzkostenersatz", (("feuerwehreinsatz",), ("kostenersatz",))),
        ("Wahlhelferberufung", (("wahlhelfer",), ("berufung",))),
        ("Sondernutzungaußengastronomie", (("sondernutzung",), ("außengastronomie",))),
        ("Kindertagesstättenelternbeitrag", (("elternbeitrag",), ("kindertagesstätte",))),
    ),
    "hyphen": (
        ("E-Rechnung", (("e-rechnung",),)),
        ("ERechnung", (("e-rechnung",),)),
        ("E Rechnung Einführung", (("e-rechnung",), ("einführung",))),
        ("B-Plan", (("b-plan",),)),
        ("BPlan", (("b-plan",),)),
        ("B Plan Nr. 17", (("b-plan",), ("17",))),
        ("IT Abteilung", (("it-abteilung",),)),
        ("IT-Abteilung", (("it-abteilung",),)),
        ("ITAbteilung", (("it-abteilung",),)),
        ("Grund-Steuer", (("grundsteuer*",),)),
    ),
    "prefix while typing": tuple(
        (typed, ((f"{typed.lower()}*",),))
        for typed in (
            "Gewerbest", "Hundem", "Schlagl", "Fahrbahns", "Kanala", "Bebauungs", "Denkmals", "Halteverb", "Abschlepp",
            "Sondernutz", "Wochenm", "Lärmschutzv", "Schallpeg", "Mietzusch", "Bewilligungsz", "Kindergarten", "Schülerbef",
            "Grabnutz", "Urnenb", "Geburtsurk", "Spielplatzp", "Löschfahrz", "Beschlussv", "Säumnisz", "Briefwahlu", "Erfrischungsg",
        )
    ),
    "typing error": tuple(
        (typed, ((meant.lower() + "*",),))
        for typed, meant in (
            ("Hudnesteuer", "Hundesteuer"), ("Gewerbsteuer", "Gewerbesteuer"), ("Grundstuer", "Grundsteuer"),
            ("Strassenbeleuchtumg", "Straßenbeleuchtung"), ("Schlaglöhcer", "Schlaglöcher"), ("Kanalanschlus", "Kanalanschluss"),
            ("Baugenehmigunng", "Baugenehmigung"), ("Bebauunsplan", "Bebauungsplan"), ("Denkmalschuzt", "Denkmalschutz"),
            ("Halteverbott", "Halteverbot"), ("Verwarnugsgeld", "Verwarnungsgeld"), ("Wochenmakrt", "Wochenmarkt"),
            ("Gaststäte", "Gaststätte"), ("Wohngled", "Wohngeld"), ("Pflegekase", "Pflegekasse"),
            ("Kindergartenplaz", "Kindergartenplatz"), ("Schülerbeföderung", "Schülerbeförderung"), ("Grabstien", "Grabstein"),
            ("Geburtsurkunnde", "Geburtsurkunde"), ("Baumfälung", "Baumfällung"), ("Sandkastn", "Sandkasten"),
            ("Hydratnennetz", "Hydrantennetz"), ("Tagesordnug", "Tagesordnung"), ("Haushaltssatzng", "Haushaltssatzung"),
            ("Stunduung", "Stundung"), ("Briefwhal", "Briefwahl"), ("Wahlhefler", "Wahlhelfer"), ("Heizungsanlge", "Heizungsanlage"),
        )
    ),
    "phrase": (
        ('"öffentliche Sitzung"', (("öffentliche sitzung",),)),
        ('"in nichtöffentlicher Sitzung"', (("in nichtöffentlicher sitzung",),)),
        ('"alten Linde"', (("alten linde",),)),
        ('"bis zum Ende der Saison"', (("bis zum ende der saison",),)),
        ('"Freiwillige Feuerwehr"', (("freiwillige feuerwehr",),)),
        ('"unter Denkmalschutz"', (("unter denkmalschutz",),)),
        ('"zwei Vollgeschosse"', (("zwei vollgeschosse",),)),
        ('"unter Vorbehalt bewilligt"', (("unter vorbehalt bewilligt",),)),
        ('"Lieferung von Streusalz"', (("lieferung von streusalz",),)),
        ('"beteiligt und haben zugestimmt"', (("beteiligt und haben zugestimmt",),)),
    ),
    "two words": (
        ("Hundesteuer Blindenführhunde", (("*hundesteuer*",), ("blindenführhunde",))),
        ("Fahrbahn Umleitung", (("fahrbahn*",), ("umleitung",))),
        ("Gewerbesteuer Widerspruch", (("gewerbesteuer*",), ("widerspruch",))),
        ("Wohngeld Einkommen", (("wohngeld*",), ("einkommen",))),
        ("Grabstein Urnenbeisetzung", (("grabstein",), ("urnenbeisetzung",))),
        ("Mahnung Vollstreckung", (("mahnung",), ("vollstreckung",))),
        ("Wahllokal Grundschule", (("wahllokal",), ("grundschule",))),
        ("Rathaus Heizungsanlage Wartung", (("rathaus",), ("heizungsanlage",), ("wartung",))),
        ("Rente Heimkosten", (("rente",), ("heimkosten",))),
        ("Wochenmarkt Donnerstag Rathausplatz", (("wochenmarkt",), ("donnerstag",), ("rathausplatz",))),
        ("Rechnung Sander", (("rechnung",), ("sander",))),
    ),
}  # fmt: skip
EXCLUSIONS = (
    ("Hundesteuer -Bescheid", "*hundesteuer*", "bescheid"),
    ("Fachwerkhaus -Scheune", "fachwerkhaus", "scheune"),
    ("Kindergartenplatz -Geschwisterkinder", "kindergartenplatz", "geschwisterkinder"),
    ("Spielplatz -Sandkasten", "spielplatz*", "sandkasten"),
    ("Wahlhelfer -Grundschule", "wahlhelfer", "grundschule"),
    ("Lärm -Bußgeld", "lärm*", "bußgeld"),
    ("Trauzimmer -Geburtsurkunde", "trauzimmer", "geburtsurkunde"),
    ("Rechnung -EUR", "rechnung", "eur"),
)
NOTHING = (
    "Xyzzyplugh", "Quastenflosser", "Zeppelinhangar", "Bananenrepublik", "Mondscheintarif", "Kernfusionsreaktor",
    "4.711.815,99 €", "RE-2031-99999", "99.99.99/1999-9999", "DE02 1203 0000 0000 2020 51", "31.12.1987",
    "niemand@nirgends.example", "9988776655", "Hundesteuer Walrossgehege", '"Sitzung öffentliche"', "betrag:99000000-99999999",
)  # fmt: skip
HOSTILE = (
    "((((", "*:*", "'; DROP TABLE x; --", '"', "a" * 10_000, "😀😀", "-", "jahr:²²²²", "betrag:" + "9" * 40, "field:", "\x00",
    "[1 TO 2]", "NOT AND OR", "\\\\\\", "{\"query\":{\"match_all\":{}}}", "%%%" * 500, "١٢٣", "\u202eabc", "~~~^^^", "+-+-+-",
)  # fmt: skip


def asked() -> tuple[Asked, ...]:
    """All judged queries."""
    found = [Asked(kind, text, _meant(needs)) for kind, rows in BY_WORDS.items() for text, needs in rows]
    found += [Asked("exclusion", text, _meant(((w,),)) - _meant(((without,),))) for text, w, without in EXCLUSIONS]
    found += [Asked("nothing", text, frozenset()) for text in NOTHING]
    return (*found, *_misread(), *_from_facts())


def _meant(needs: tuple[Need, ...]) -> frozenset[str]:
    tests = [_pattern(need) for need in needs]
    return frozenset(
        one.indexed.document_id for one in letters() if all(test.search(one.written.lower()) for test in tests)
    )


def _pattern(need: Need) -> re.Pattern[str]:
    forms = "|".join(re.escape(form).replace(r"\*", r"\w*") for form in need)
    return re.compile(rf"(?<!\w)(?:{forms})(?!\w)")


def _misread() -> Iterator[Asked]:
    """A word that recognition got wrong, with the name of the person or firm, which the clerk knows."""
    spoilt = [one for one in letters() if one.misread]
    for one in spoilt[:MANY]:
        word, name = max(one.misread, key=len), one.indexed.sender.split()[1]
        yield Asked("misread in the document", f"{word} {name}", _meant(((word.lower(),), (name.lower(),))))


def _from_facts() -> Iterator[Asked]:
    people = [one for one in letters() if "person" in one.facts][::15][:MANY]
    bills = [one for one in letters() if "iban" in one.facts][::3][:MANY]
    for n, one in enumerate(people):
        yield Asked("e-mail", one.facts["mail"], _same("mail", one))
        yield Asked("umlaut", _typed_plain(one.facts["person"]), _same("person", one))
        yield Asked("reference", _reference_typed(one.facts["reference"], n), _same("reference", one))
    for n, one in enumerate(people + bills):
        yield Asked("amount", _amount_typed(int(one.facts["cents"]), n), _same("cents", one))
        yield Asked(
            "date", _date_typed(date.fromisoformat(one.facts["due"]), n), _on(date.fromisoformat(one.facts["due"]))
        )
    for n, one in enumerate(bills):
        typed = (one.facts["iban"], one.facts["iban"].replace(" ", ""), f"IBAN {one.facts['iban']}")[n % 3]
        yield Asked("IBAN", typed, _same("iban", one))
        yield Asked("number", _number_typed(one.facts["number"], n), _same("number", one))
        customer = one.facts["customer"]
        yield Asked(
            "number",
            (customer, customer.lstrip("0"), f"Kundennummer {customer.lstrip('0')}")[n % 3],
            _same("customer", one),
        )


def _same(fact: str, like: Letter) -> frozenset[str]:
    return frozenset(one.indexed.document_id for one in letters() if one.facts.get(fact) == like.facts[fact])


def _on(day: date) -> frozenset[str]:
    """Due on the day, or received then."""
    found = (one for one in letters() if one.facts["due"] == day.isoformat() or one.indexed.received_on == day)
    return frozenset(one.indexed.document_id for one in found)


def _typed_plain(name: str) -> str:
    return name.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))


def _reference_typed(reference: str, n: int) -> str:
    plan, _, rest = reference.partition("/")
    year, _, number = rest.partition("-")
    ways = (reference, f"Az. {reference}", f"{plan}/{year}-{int(number)}", f"{plan} {rest}", f"Aktenzeichen {rest}")
    return ways[n % 5]


def _number_typed(number: str, n: int) -> str:
    if not number.startswith("RE-"):
        return (number, number.lstrip("0"))[n % 2]
    start, year, last = number.split("-")
    return (number, f"{start}-{year}-{int(last)}", f"Rechnung {number}", f"Rechnungsnummer {number.lower()}")[n % 4]


def _amount_typed(cents: int, n: int) -> str:
    whole, rest = divmod(cents, 100)
    pointed = f"{whole:,}".replace(",", ".")
    ways = (
        f"{pointed},{rest:02d}",
        f"{whole},{rest:02d}",
        f"{whole}.{rest:02d}",
        f"{pointed},{rest:02d} €",
        f"{whole},{rest:02d} Euro",
    )
    return ways[n % 5]


def _date_typed(day: date, n: int) -> str:
    named = f"{day.day}. {MONTHS[day.month - 1]} {day.year}"
    return (
        f"{day:%d.%m.%Y}",
        f"{day.day}.{day.month}.{day:%y}",
        f"{day:%Y-%m-%d}",
        named,
        f"fällig am {day:%d.%m.%Y}",
    )[n % 5]
