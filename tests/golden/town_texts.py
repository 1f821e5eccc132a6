"""What the letters of a small German town are about: (office, titles, sentences) and the names in them."""

TOPICS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Steueramt",
        ("Gewerbesteuerbescheid", "Vorauszahlung Gewerbesteuer"),
        (
            "Der Hebesatz für die Gewerbesteuer beträgt 380 vom Hundert.",
            "Gegen den Gewerbesteuerbescheid kann binnen eines Monats Widerspruch erhoben werden.",
            "Der Messbetrag wurde vom Finanzamt mitgeteilt.",
            "Die Vorauszahlungen sind vierteljährlich zu entrichten.",
        ),
    ),
    (
        "Steueramt",
        ("Hundesteuer Anmeldung", "Bescheid über die Hundesteuer"),
        (
            "Die Hundesteuer wird für das laufende Kalenderjahr festgesetzt.",
            "Bitte befestigen Sie die Hundemarke am Halsband des Tieres.",
            "Für Blindenführhunde wird auf Antrag eine Steuerbefreiung gewährt.",
            "Der Hundehalter hat die Abmeldung schriftlich anzuzeigen.",
        ),
    ),
    (
        "Steueramt",
        ("Grundsteuerbescheid", "Änderung der Grundsteuer"),
        (
            "Die Grundsteuer richtet sich nach dem Einheitswert des Grundstücks.",
            "Eigentümerwechsel sind dem Steueramt unverzüglich mitzuteilen.",
            "Der Grundsteuermessbescheid liegt als Anlage bei.",
            "Die Häuser der Siedlung wurden neu bewertet.",
        ),
    ),
    (
        "Tiefbauamt",
        ("Straßenbeleuchtung im Ortsteil", "Ausfall der Straßenleuchten"),
        (
            "Mehrere Straßenleuchten sind seit Tagen ausgefallen.",
            "Die Straßenbeleuchtung wird auf sparsame Leuchtmittel umgestellt.",
            "Der Beleuchtungsvertrag mit den Stadtwerken endet im Dezember.",
            "An der Bushaltestelle fehlt jede Lampe.",
        ),
    ),
    (
        "Tiefbauamt",
        ("Schlagloch in der Fahrbahn", "Fahrbahnsanierung"),
        (
            "Die Fahrbahndecke ist auf einer Länge von zwanzig Metern aufgebrochen.",
            "Die Schlaglöcher werden im Zuge der Straßenunterhaltung beseitigt.",
            "Während der Bauarbeiten wird eine Umleitung ausgeschildert.",
            "Der Bürgersteig bleibt für Fußgänger benutzbar.",
        ),
    ),
    (
        "Tiefbauamt",
        ("Kanalanschluss", "Abwasserbeitrag"),
        (
            "Für den Kanalanschluss wird ein Abwasserbeitrag erhoben.",
            "Die Grundstücksentwässerung ist nach den Plänen herzustellen.",
            "Das Niederschlagswasser darf nicht in den Schmutzwasserkanal geleitet werden.",
            "Die Kläranlage wird erweitert.",
        ),
    ),
    (
        "Bauamt",
        ("Baugenehmigung Einfamilienhaus", "Bauantrag"),
        (
            "Die Baugenehmigung wird unter Auflagen erteilt.",
            "Der Bebauungsplan setzt eine offene Bauweise fest.",
            "Das Wohnhaus darf zwei Vollgeschosse haben.",
            "Die Nachbarn wurden am Verfahren beteiligt und haben zugestimmt.",
        ),
    ),
    (
        "Bauamt",
        ("Abbruch einer Scheune", "Denkmalschutz Fachwerkhaus"),
        (
            "Das Fachwerkhaus steht unter Denkmalschutz.",
            "Der Abbruch der Scheune ist genehmigungsfrei.",
            "Die Denkmalpflege verlangt den Erhalt der Fenster.",
            "Die Dachziegel sind historisch wertvoll.",
        ),
    ),
    (
        "Ordnungsamt",
        ("Parkverstoß", "Verwarnung wegen Falschparkens"),
        (
            "Ihr Fahrzeug stand im absoluten Halteverbot.",
            "Das Verwarnungsgeld ist innerhalb einer Woche zu zahlen.",
            "Der Parkausweis lag nicht sichtbar aus.",
            "Die Abschleppkosten trägt der Fahrzeughalter.",
        ),
    ),
    (
        "Ordnungsamt",
        ("Sondernutzung Außengastronomie", "Wochenmarkt Standplatz"),
        (
            "Die Sondernutzungserlaubnis gilt bis zum Ende der Saison.",
            "Der Wochenmarkt findet jeden Donnerstag auf dem Rathausplatz statt.",
            "Die Marktgebühren werden je laufendem Meter berechnet.",
            "Tische und Stühle sind nachts zu sichern.",
        ),
    ),
    (
        "Ordnungsamt",
        ("Lärmbeschwerde", "Ruhestörung durch Gaststätte"),
        (
            "Die Anwohner beklagen nächtlichen Lärm aus der Gaststätte.",
            "Die Lärmschutzverordnung ist einzuhalten.",
            "Eine Schallpegelmessung wurde angeordnet.",
            "Bei weiteren Verstößen droht ein Bußgeld.",
        ),
    ),
    (
        "Sozialamt",
        ("Wohngeldbescheid", "Antrag auf Wohngeld"),
        (
            "Das Wohngeld wird als Mietzuschuss geleistet.",
            "Bitte reichen Sie die Mietbescheinigung nach.",
            "Das Einkommen der Haushaltsmitglieder wurde berücksichtigt.",
            "Der Bewilligungszeitraum beträgt zwölf Monate.",
        ),
    ),
    (
        "Sozialamt",
        ("Grundsicherung im Alter", "Pflegekosten"),
        (
            "Die Heimkosten übersteigen die Rente.",
            "Die Pflegekasse übernimmt einen Teil der Aufwendungen.",
            "Vermögen oberhalb des Schonbetrages ist einzusetzen.",
            "Die Kinder sind zum Unterhalt nicht verpflichtet.",
        ),
    ),
    (
        "Jugendamt",
        ("Kindergartenplatz", "Elternbeitrag Kindertagesstätte"),
        (
            "Der Kindergartenplatz wird zum August vergeben.",
            "Die Elternbeiträge richten sich nach dem Einkommen.",
            "Die Betreuungszeiten liegen zwischen sieben und sechzehn Uhr.",
            "Geschwisterkinder werden bevorzugt aufgenommen.",
        ),
    ),
    (
        "Schulamt",
        ("Schülerbeförderung", "Schulbuskarte"),
        (
            "Die Schülerbeförderung übernimmt das Busunternehmen.",
            "Der Schulweg gilt als nicht zumutbar.",
            "Die Fahrkarten werden über das Sekretariat ausgegeben.",
            "Die Grundschule erhält eine neue Turnhalle.",
        ),
    ),
    (
        "Friedhofsamt",
        ("Grabnutzungsrecht", "Friedhofsgebühren"),
        (
            "Das Nutzungsrecht an der Grabstätte läuft ab.",
            "Die Friedhofsgebührensatzung wurde geändert.",
            "Der Grabstein ist standsicher zu befestigen.",
            "Die Urnenbeisetzung findet in aller Stille statt.",
        ),
    ),
    (
        "Standesamt",
        ("Eheschließung", "Geburtsurkunde"),
        (
            "Die Trauung findet im Trauzimmer des Rathauses statt.",
            "Die Geburtsurkunde wird in dreifacher Ausfertigung übersandt.",
            "Beide Verlobte müssen persönlich erscheinen.",
            "Der Familienname wird beurkundet.",
        ),
    ),
    (
        "Gartenamt",
        ("Baumfällung", "Spielplatzprüfung"),
        (
            "Die Fällung der alten Linde wurde aus Gründen der Verkehrssicherheit beschlossen.",
            "Als Ersatz sind drei Obstbäume zu pflanzen.",
            "Die Spielgeräte wurden durch einen Sachverständigen geprüft.",
            "Der Sandkasten auf dem Spielplatz wird erneuert.",
        ),
    ),
    (
        "Feuerwehr",
        ("Feuerwehreinsatz Kostenersatz", "Brandschutz Feuerwehrhaus"),
        (
            "Für den Feuerwehreinsatz wird Kostenersatz verlangt.",
            "Das Löschfahrzeug ist zwanzig Jahre alt.",
            "Die Freiwillige Feuerwehr sucht Nachwuchs.",
            "Das Hydrantennetz wird regelmäßig gespült.",
        ),
    ),
    (
        "Hauptamt",
        ("Protokoll der Ratssitzung", "Niederschrift Verwaltungsausschuss"),
        (
            "Die öffentliche Sitzung des Rates wird um neunzehn Uhr eröffnet.",
            "Der Beschlussvorschlag wird einstimmig angenommen.",
            "In nichtöffentlicher Sitzung werden Grundstücksangelegenheiten beraten.",
            "Die Tagesordnung wird um einen Punkt ergänzt.",
        ),
    ),
    (
        "Hauptamt",
        ("E-Rechnung Einführung", "B-Plan Verfahren"),
        (
            "Die E-Rechnung wird ab Januar verpflichtend.",
            "Der B-Plan Nr. 17 wird öffentlich ausgelegt.",
            "Die IT-Abteilung stellt die Schnittstelle bereit.",
            "Fragen beantwortet die Rechnungsstelle.",
        ),
    ),
    (
        "Kämmerei",
        ("Haushaltssatzung", "Jahresabschluss"),
        (
            "Die Haushaltssatzung wurde vom Landkreis genehmigt.",
            "Der Jahresabschluss weist einen Überschuss aus.",
            "Die Kreditermächtigung bleibt unverändert.",
            "Das Haushaltssicherungskonzept wird fortgeschrieben.",
        ),
    ),
    (
        "Kasse",
        ("Mahnung", "Ratenzahlung"),
        (
            "Trotz Fälligkeit ging bisher keine Zahlung ein.",
            "Säumniszuschläge werden für jeden angefangenen Monat erhoben.",
            "Die Stundung wird unter Vorbehalt bewilligt.",
            "Die Vollstreckung wird eingeleitet, wenn nicht gezahlt wird.",
        ),
    ),
    (
        "Wahlamt",
        ("Briefwahl", "Wahlhelfer Berufung"),
        (
            "Die Briefwahlunterlagen können formlos beantragt werden.",
            "Wahlhelfer erhalten ein Erfrischungsgeld.",
            "Das Wahllokal befindet sich in der Grundschule.",
            "Die Stimmzettel werden öffentlich ausgezählt.",
        ),
    ),
)
GENERAL = (
    "Für Rückfragen stehen wir Ihnen gern zur Verfügung.",
    "Wir bitten um Beachtung der beigefügten Unterlagen.",
    "Auf unser Gespräch nehmen wir Bezug.",
    "Eine Durchschrift geht an die zuständige Stelle.",
)
SURNAMES = (
    "Müller", "Groß", "Weiß", "Schäfer", "Köhler", "Böhm", "Krüger", "Jäger", "Kühn", "Voß", "Strauß", "Schröder",
    "Günther", "Lindemann", "Petersen", "Hoffmann", "Brandt", "Clausen", "Dittmar", "Ehlers", "Fricke", "Hartmann",
    "Ihde", "Kamphausen", "Lohmeyer", "Ostermann", "Rademacher", "Siemers", "Tiedemann", "Wedekind",
)  # fmt: skip
FIRST_NAMES = ("Anna", "Bernd", "Claudia", "Dieter", "Elke", "Frank", "Gisela", "Heinz", "Inge", "Jörg")
STREETS = (
    "Birkenweg", "Bahnhofstraße", "Lindenallee", "Mühlengasse", "Schloßplatz", "Kirchhof", "Gänsemarkt", "Ostwall",
    "Große Wiese", "Am Stadtgraben", "Brückenstraße", "Fährdamm",
)  # fmt: skip
SELLERS = (
    ("Elektro Sander GmbH", "Wartung der Heizungsanlage im Rathaus"),
    ("Papierhaus Krämer OHG", "Lieferung von Kopierpapier und Büromaterial"),
    ("Tiefbau Wessels KG", "Erneuerung der Regenwasserleitung"),
    ("Gärtnerei Blütenreich", "Bepflanzung der Blumenkübel"),
    ("Dachdeckerei Höft", "Reparatur des Turnhallendachs"),
    ("Softwarehaus Nordlicht AG", "Pflege der Fachverfahren und Lizenzgebühren"),
    ("Reinigungsdienst Sauber & Söhne", "Unterhaltsreinigung der Kindertagesstätten"),
    ("Winterdienst Frostmann", "Lieferung von Streusalz"),
    ("Autohaus Brökelmann", "Reifenwechsel an den Dienstfahrzeugen"),
    ("Malermeister Pinsel", "Anstrich der Flure im Schulgebäude"),
)  # fmt: skip
