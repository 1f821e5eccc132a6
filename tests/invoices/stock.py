"""The words invented invoices are drawn from: names, places, trades, positions, banks. Nobody in here exists."""

from dataclasses import dataclass

ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True)
class City:
    name: str
    post_code: str
    dialling: str


@dataclass(frozen=True)
class Trade:
    """A kind of business: how such companies are called, and their legal forms."""

    name: str
    names: tuple[str, ...]
    forms: tuple[str, ...]


@dataclass(frozen=True)
class BankKind:
    """A family of banks: name with {city}, bank codes, head of the BIC."""

    name: str
    codes: tuple[str, ...]
    bic: str


FAMILIES = (
    "Brandes", "Ohlendorf", "Wichmann", "Tiedemann", "Löhr", "Schößler", "Krüger", "Meiners", "Hinrichs", "Paulsen",
    "Behrends", "Gerdes", "Vogelsang", "Kastens", "Rademacher", "Fröhlich", "Dannenberg", "Ahlers", "Buchholz", "Thiele",
    "Wübbena", "Quast", "Jürgensen", "Ebeling", "Ostermann", "Zöllner", "Riechers", "Nolte", "Ißleib", "Harms",
)  # fmt: skip
CITIES = (
    City("Neuenwalde", "21357", "04139"), City("Achternau", "29386", "05833"), City("Grünholm", "24855", "04626"),
    City("Bad Eilenrode", "31707", "05722"), City("Mühlhorst", "27239", "04241"), City("Sandkamp", "38446", "05363"),
    City("Großenbrück", "49593", "05439"), City("Hagenfelde", "37586", "05561"), City("Königsaue", "06449", "034746"),
    City("Westerloh", "33129", "05257"), City("Oberlindach", "91315", "09193"), City("Düsterntal", "72213", "07443"),
    City("Rauenfels", "97896", "09371"), City("Moordiek", "25358", "04129"), City("Eichwörden", "21762", "04751"),
)  # fmt: skip
TOWNS = (
    "Aueland",
    "Bergfelde",
    "Hohenmoor",
    "Lindhorst",
    "Süderaue",
    "Wiesenthal",
    "Kleckerode",
    "Marschhorn",
    "Eschede-Süd",
)
MUNICIPALITIES = ("Gemeinde", "Stadt", "Samtgemeinde", "Landkreis", "Flecken", "Hansestadt", "Verbandsgemeinde")
DEPARTMENTS = (
    "Kämmerei",
    "Zentrale Rechnungsstelle",
    "Fachbereich 3 Bauen",
    "Hauptamt",
    "Amt für Schulen",
    "Baubetriebshof",
)
STREETS = (
    "Am Alten Markt", "Industriestraße", "Bahnhofstraße", "Lindenweg", "Mühlenstraße", "Ringstr.", "Gewerbepark", "Dorfstraße",
    "Rathausplatz", "An der Schanze", "Goethestraße", "Hafenstr.", "Zum Sportplatz", "Kirchweg", "Lange Reihe",
)  # fmt: skip
BANKS = (
    BankKind("Sparkasse {city}", ("25050180", "26551540", "20750000", "72050101"), "NOLADE21"),
    BankKind("Kreissparkasse {city}", ("64150020", "60250010", "29151700"), "SOLADES1"),
    BankKind("Volksbank {city} eG", ("25190001", "26562490", "28069956"), "GENODEF1"),
    BankKind("Raiffeisenbank {city}", ("20069144", "70169614"), "GENODEF1"),
    BankKind("Commerzbank {city}", ("25040066", "20040000"), "COBADEFF"),
    BankKind("Postbank", ("25010030", "20010020"), "PBNKDEFF"),
    BankKind("Norddeutsche Kreditbank", ("20030000", "25020700"), "HYVEDEMM"),
)
TRADES = (
    Trade("craft", ("Elektro {family}", "Malerbetrieb {family}", "{family} Sanitär und Heizung", "Tischlerei {family}",
                    "Dachdeckerei {family} & {other}", "{family} Bau"), ("GmbH", "GmbH & Co. KG", "e.K.", "KG", "")),
    Trade("garden", ("Gartenbau {family}", "{family} Landschaftspflege", "Baumdienst {family}"), ("GmbH", "GbR", "KG", "")),
    Trade("office", ("Büro-Center {city}", "{family} Bürobedarf", "Papierhaus {family}"), ("GmbH", "OHG", "GmbH & Co. KG")),
    Trade("it", ("{family} Systemhaus", "{city} Datentechnik", "netz {family}"), ("GmbH", "AG", "UG (haftungsbeschränkt)")),
    Trade("utility", ("Stadtwerke {city}", "Energieversorgung {city}", "Wasserwerk {city}"), ("GmbH", "AG", "AöR")),
    Trade("telecom", ("{city} Telekommunikation", "Nordfunk {city}"), ("GmbH", "AG")),
    Trade("publisher", ("{city}er Verlagshaus", "Verlag {family}", "{city}er Zeitung"), ("GmbH", "GmbH & Co. KG")),
    Trade("consulting", ("Ingenieurbüro {family}", "{family} & {other} Beratung", "Planungsgruppe {family}"),
          ("GmbH", "PartG mbB", "", "GbR")),
)  # fmt: skip
ITEMS: dict[str, tuple[tuple[str, str, int, int], ...]] = {
    "craft": (("Monteurstunde", "h", 4800, 7200), ("Leuchte LED 36 W liefern und montieren", "Stk", 8900, 24000),
              ("Kupferrohr 22 mm verlegen", "m", 1290, 3490), ("Fahrtkostenpauschale", "psch", 2500, 5500),
              ("Innenanstrich, zwei Lagen", "m²", 690, 1450), ("Kleinmaterial", "psch", 1200, 6900)),
    "garden": (("Rasenflächen mähen, Turnus September", "m²", 12, 60), ("Hecke schneiden", "m", 390, 890),
               ("Baumkontrolle nach FLL", "Stk", 1800, 3900), ("Grünschnitt entsorgen", "m³", 2400, 4600)),
    "office": (("Kopierpapier A4 80 g, weiß", "Pkt", 389, 590), ("Aktenordner breit, grau", "Stk", 179, 349),
               ("Toner schwarz 12.000 Seiten", "Stk", 8990, 15990), ("Heftstreifen", "Pkt", 199, 499)),
    "it": (("Servicepauschale Arbeitsplatz", "Mon", 1450, 3900), ("Firewall-Wartung", "Mon", 9900, 29000),
           ("Technikereinsatz vor Ort", "h", 9500, 13500), ("Lizenz Datensicherung", "Stk", 2900, 12900)),
    "utility": (("Strom Arbeitspreis", "kWh", 24, 39), ("Trinkwasser", "m³", 149, 259), ("Grundpreis", "Mon", 590, 2490)),
    "telecom": (("Glasfaseranschluss Geschäftskunden 500", "Mon", 4990, 12990), ("Festnetzverbindungen", "Min", 2, 19),
                ("Router-Miete", "Mon", 490, 990)),
    "publisher": (("Anzeige amtliche Bekanntmachung, 2-spaltig", "mm", 145, 390), ("Abonnement Tageszeitung", "Stk", 3490, 5290),
                  ("Loseblattwerk Kommunalrecht, 87. Lieferung", "Stk", 4590, 12990)),
    "consulting": (("Projektleitung", "h", 9800, 14500), ("Gutachten Tragwerk", "psch", 85000, 420000),
                   ("Workshop Haushaltskonsolidierung", "Tag", 98000, 165000), ("Reisekosten", "psch", 4200, 29000)),
}  # fmt: skip
