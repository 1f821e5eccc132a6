"""What invoices and letters print before a value: labels as data, German first, then English and French.

Each field has groups of (weight, phrases); the weight says how surely the phrase announces the field. Fields that begin
with `other` are no fields: they say that a value belongs to something else.
"""

import re
from collections.abc import Mapping
from typing import Final

Groups = tuple[tuple[float, tuple[str, ...]], ...]


def _all(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(";"))


DATES: Final[Mapping[str, Groups]] = {
    "issue_date": (
        (1.0, _all("""
            Rechnungsdatum; Rechnungs-Datum; Rechn.-Datum; Rechn.Datum; Rg.-Datum; Rg.Datum; Re.-Datum; RE-Datum;
            Belegdatum; Beleg-Datum; Fakturadatum; Faktura-Datum; Ausstellungsdatum; Datum der Rechnung;
            Datum Rechnung; Rechnungstag; Datum der Ausstellung; Ausstellungstag; Gutschriftsdatum;
            Gutschriftdatum; Gutschrift-Datum; Korrekturdatum; Dokumentdatum; Datum der Gutschrift;
            Rechnungs- und Lieferdatum; Rechnungsdatum / Lieferdatum; Liefer- und Rechnungsdatum;
            Rechnungs-/Lieferdatum; Invoice date; Date of invoice; Date of issue; Issue date; Billing date;
            Bill date; Credit note date; Date de facture; Date de la facture; Date d'émission; Date facture;
            Date de facturation
        """)),
        (0.95, _all("""
            Rechnung vom; Gutschrift vom; Rechnungskorrektur vom; ausgestellt am; erstellt am;
            Datum der Erstellung; Issued; Issued on; Dated
        """)),
        (0.8, _all("Datum; Date; Datum:; den; Buchungsdatum; Erstellungsdatum; Druckdatum; Datum / Zeit")),
    ),
    "due_date": (
        (1.0, _all("""
            Fällig am; Fällig zum; Fällig bis; Fällig; Fälligkeit; Fälligkeitsdatum; Fälligkeitstermin;
            Zahlbar bis; Zahlbar bis zum; Zahlbar bis spätestens; Zahlbar am; Zahlungsziel; Zahlungstermin;
            Zahltermin; Zahlung bis; Zahlung bis zum; Zu zahlen bis; Zu zahlen bis zum; Zahlbar zum;
            Zahlung fällig am; Bitte zahlen bis; Bitte zahlen Sie bis zum; Zahlbar ohne Abzug bis;
            Zahlungsziel bis; Netto fällig am; Zahlungseingang bis; Fällig per; Fälligkeit am; netto bis;
            rein netto bis; ohne Abzug bis; Due date; Date due; Payment due; Payment due date; Payment due by; Due;
            Due on; Due by; Pay by; Payable by; Date d'échéance; Échéance; A payer avant le; Payable until
        """)),
        (0.95, _all("""
            Abbuchung am; Lastschrift am; Einzug am; Abbuchungsdatum; Einzugsdatum; eingezogen am; abgebucht am;
            buchen wir am; ziehen wir am; wird am
        """)),
        (0.9, _all("""
            bis zum; bis spätestens; bis; spätestens zum; spätestens am; spätestens bis zum; bis spätestens zum;
            bis einschließlich
        """)),
    ),
    "delivery_date": (
        (1.0, _all("""
            Lieferdatum; Leistungsdatum; Liefer-/Leistungsdatum; Lieferdatum/Leistungsdatum;
            Lieferdatum / Leistungsdatum; Liefer- / Leistungsdatum; Leistungs-/Lieferdatum;
            Leistungs- und Lieferdatum; Liefer- und Leistungsdatum; Datum der Lieferung; Datum der Leistung;
            Leistung vom; Leistung am; Lieferung vom; Lieferung am; Liefertag; Leistungstag; Leistungserbringung;
            Ausführungsdatum; geliefert am; erbracht am; Versanddatum; Tag der Leistung; Lieferzeitpunkt;
            Leistungszeitpunkt; Delivery date; Date of supply; Date of delivery; Supply date; Date de livraison
        """)),
    ),
    "period": (
        (1.0, _all("""
            Leistungszeitraum; Abrechnungszeitraum; Lieferzeitraum; Ausführungszeitraum; Rechnungszeitraum;
            Verbrauchszeitraum; Zeitraum; im Zeitraum; Zeitraum vom; Leistung im Zeitraum; Leistungszeitraum vom;
            Ausführung vom; Abrechnungsperiode; Service period; Billing period; Invoicing period; Period;
            Leistungsmonat; Abrechnungsmonat; für die Zeit vom; in der Zeit vom; Nutzungszeitraum;
            Vertragszeitraum; Finanzrate vom
        """)),
    ),
    "other_date": (
        (1.0, _all("""
            Bestelldatum; Bestellung vom; Ihre Bestellung vom; Auftragsdatum; Auftrag vom; Ihr Auftrag vom;
            Ihre Nachricht vom; Ihre Nachricht; Ihr Schreiben vom; Unsere Nachricht vom; Ihr Zeichen vom;
            Lieferscheindatum; Lieferschein vom; Angebot vom; Angebotsdatum; Vertragsdatum; Vertrag vom;
            Vertragsbeginn; Vertragsende; Eingegangen; Eingegangen am; Eingang; Eingangsdatum; gültig bis;
            gültig ab; gültig vom; Geburtsdatum; geboren am; Skonto bis; Skontodatum; mit Skonto bis; Mahndatum;
            Order date; Purchase order date; Date de commande; zur Rechnung vom; Rechnung gemäß Bestellung vom;
            gemäß Bestellung vom; Bescheid vom; Kostenvoranschlag vom; Date de facture associée; Ablesedatum;
            Kündigungsfrist; Zählerstand; Zulassung; Bestellt am; Ordered; DATE DE DEBUT DE PRESTATION;
            DATE DE FIN DE PRESTATION; Stand; zuletzt; Skonto; Reklamationen bis; Rückgabe bis; Besichtigung am;
            Besprechung vom; Telefonat vom; E-Mail vom; Aufmaß vom; Abnahme am; Abnahme vom; Unser Angebot vom;
            Zahlung vom; erhalten am; Zahlungseingänge bis
        """)),
    ),
}  # fmt: skip
_NUMBERS: Final[Mapping[str, Groups]] = {
    "invoice_number": (
        (1.0, _all("""
            Rechnungsnummer; Rechnungs-Nr.; Rechnungsnr.; Rechnung Nr.; Rechnung-Nr.; Rechnungs Nr.;
            Rechnung Nummer; Rg.-Nr.; Rg. Nr.; Rechn.-Nr.; Rechn. Nr.; Rechn.-Nummer; Re.-Nr.; RE-Nr.; Re. Nr.;
            R.-Nr.; Rechnungs-Nummer; Fakturanummer; Faktura-Nr.; Faktura Nr.; Fakt.-Nr.; Fakturierungsnummer;
            Nr. der Rechnung; Nummer der Rechnung; Rechnungskennung; Rechnungs-ID; Rechnung #; Rechnung No.;
            Gutschriftsnummer; Gutschriftnummer; Gutschrift-Nr.; Gutschrift Nr.; Gutschrifts-Nr.; Gutschriftsnr.;
            Rechnungskorrektur Nr.; Rechnungskorrekturnummer; Rechnungskorrektur-Nr.; Korrekturrechnung Nr.;
            Stornorechnung Nr.; Stornorechnungsnummer; Storno-Nr.; Korrektur Nr.; Schlussrechnung Nr.;
            Abschlagsrechnung Nr.; Teilrechnung Nr.; Sammelrechnung Nr.; Rechnungs-/Belegnummer; Rechnungsbeleg;
            Invoice No.; Invoice number; Invoice Nr.; Invoice #; Invoice ID; Invoice no; Inv. No.; Tax invoice no.;
            Bill number; Bill no.; Credit note no.; Credit note number; Facture N°; Facture No; Facture n;
            N° de facture; Numéro de facture; No de facture; N° facture
        """)),
        (0.95, _all("""
            Belegnummer; Beleg-Nr.; Beleg Nr.; Belegnr.; Dokumentnummer; Dokument-Nr.; Dokumentennummer;
            Document no.; Vorgangsnummer; Vorgangs-Nr.
        """)),
        (0.8, _all("""
            Rechnung; Gutschrift; Rechnungskorrektur; Invoice; Facture; Stornorechnung; Korrekturrechnung;
            Credit note; Tax invoice
        """)),
        (0.55, _all("Nummer; Nr.; Number; No.")),
        (0.5, _all("Verwendungszweck; Zahlungsreferenz; Payment reference; Unser Zeichen; Reference")),
    ),
    "order_number": (
        (1.0, _all("""
            Bestellnummer; Bestell-Nr.; Bestellnr.; Best.-Nr.; Best. Nr.; Best.Nr.; Bestellung Nr.; Bestellung-Nr.;
            Ihre Bestellnummer; Ihre Bestell-Nr.; Ihre Best.-Nr.; Ihre Bestellnr.; Ihre Bestellung;
            Ihre Bestellung Nr.; Ihre Auftragsnummer; Ihre Auftrags-Nr.; Ihr Auftrag; Ihr Auftrag Nr.;
            Bestellreferenz; Bestellzeichen; Bestellkennzeichen; Bestellnummer Kunde; Bestellung Nr. Kunde;
            Kundenbestellnummer; Kunden-Bestellnummer; Order No.; Order number; Your order no.; Your order number;
            Your order; Purchase order; Purchase order no.; Purchase order number; PO number; PO No.; PO #;
            P.O. number; P.O. No.; Customer PO; Customer order no.; N° bon de commande; N° de commande;
            Numéro de commande; Bon de commande; Votre référence; Votre commande
        """)),
        (0.9, _all("""
            Auftragsnummer; Auftrags-Nr.; Auftragsnr.; Auftrag Nr.; Auftrag-Nr.; Auftr.-Nr.; Bestellung; Auftrag;
            Job no.; Order
        """)),
    ),
    "buyer_reference": (
        (1.0, _all("""
            Leitweg-ID; Leitweg ID; Leitweg-Nr.; Leitweg; LeitwegID; Leitweg-Identifikation; Leitwegnummer
        """)),
        (0.95, _all("""
            Käuferreferenz; Käufer-Referenz; Referenz des Käufers; Buyer reference; Référence acheteur;
            Référence acheteur / Service exécutant; Service exécutant; Referenz Käufer; Kundenreferenz;
            Kunden-Referenz
        """)),
        (0.7, _all("Ihr Zeichen; Ihre Zeichen; Ihre Referenz; Ihre Ref.; Your reference; Your ref.; Ihr Ref.")),
    ),
    "seller_tax_no": (
        (1.0, _all("""
            Steuernummer; Steuer-Nr.; Steuernr.; Steuer Nr.; St.-Nr.; St.Nr.; St-Nr.; StNr.; St. Nr.;
            Steuer-Nummer; Steuernummer des Rechnungsstellers; Tax number; Tax no.; Tax No; Tax ID; FA-Nr.;
            Finanzamt St.-Nr.
        """)),
    ),
    "other_number": (
        (1.0, _all("""
            Kundennummer; Kunden-Nr.; Kundennr.; Kunden Nr.; Kd.-Nr.; Kd. Nr.; KdNr.; Kunde Nr.; Ihre Kundennummer;
            Ihre Kundennr.; Ihre Kunden-Nr.; Debitor; Debitorennummer; Debitoren-Nr.; Debitor-Nr.; Debitorennr.;
            Kundenkonto; Kundenkennung; Vertragskonto; Vertragskontonummer; Vertragsnummer; Vertrags-Nr.;
            Vertragsnr.; Lieferscheinnummer; Lieferschein-Nr.; Lieferschein Nr.; Lieferschein; Liefersch.-Nr.;
            LS-Nr.; Projektnummer; Projekt-Nr.; Projekt; Objekt; Objekt-Nr.; Objektnummer; Zählernummer;
            Zähler-Nr.; Buchungskonto; Telefon; Tel.; Tel; Fon; Phone; Telefax; Fax; Mobil; Mobile; Seite; Page;
            Artikelnummer; Artikel-Nr.; Art.-Nr.; Art. Nr.; Pos.; Position; Angebot; Angebotsnummer; Angebots-Nr.;
            Angebot Nr.; Handelsregister; HRB; HRA; Amtsgericht; Mandatsreferenz; Gläubiger-ID;
            Gläubiger-Identifikationsnummer; BLZ; Bankleitzahl; Kontonummer; Konto-Nr.; Konto; Kto.; Kto.-Nr.; BIC;
            SWIFT; Kassenzeichen; Personalnummer; Customer no.; Customer number; Customer ID; Account; Account no.;
            Account number; Contract no.; Delivery note; Delivery note no.; Quote no.; Lieferantennummer;
            Lieferanten-Nr.; Kreditor; Kreditorennummer; Vendor no.; Supplier no.; zur Rechnung; zu Rechnung;
            Ursprungsrechnung; Originalrechnung; Bezug; Rechnung zu; Bauvorhaben; Baustelle; Kostenstelle;
            Leasingnummer; Leasing-Nr.; Kennzeichen; Amtl. Kennzeichen; GLN; ILN; SIREN; SIRET; DUNS; N° de client;
            N° client; N° contrat; N° bon de vente; N° bon de livraison; N° de facture associée; Facture associée;
            Sachbearbeiter; Bearbeiter; Ansprechpartner; Mitgliedsnummer; Mitglieds-Nr.; Aktenzeichen;
            Unsere Auftragsnummer; Unsere Auftrags-Nr.; Unser Auftrag; Tour; Route; Filiale; Charge; Serien-Nr.;
            Seriennummer; S/N; Postfach; Registernummer; Gutschrift zur Rechnung; Gutschrift zu Rechnung;
            Gutschrift zu Rechnung Nr.; Korrektur zur Rechnung; zur Rechnung Nr.; zu Rechnung Nr.;
            Storno zur Rechnung
        """)),
    ),
}  # fmt: skip
_IDS: Final[Mapping[str, Groups]] = {
    "seller_vat_id": (
        (1.0, _all("""
            USt-IdNr.; USt-Id-Nr.; USt.-IdNr.; USt.-Id-Nr.; USt-ID; USt.-ID; UStID; USt ID; Ust. ID; USt.-Id.-Nr.;
            UStID-Nr.; UStIdNr.; USt Id Nr.; USt-ID-Nr.; USt-Ident-Nr.; USt-Identnr.; Umsatzsteuer-ID;
            Umsatzsteuer-Id.; Umsatzsteuer-IdNr.; Umsatzsteuer-Identifikationsnummer;
            Umsatzsteueridentifikationsnummer; Umsatzsteuer-Identnummer; Umsatzsteuer-Ident-Nr.;
            Umsatzsteuer Identifikationsnummer; Umsatzsteuer-Identifikations-Nr.; Umsatzsteuer ID;
            Ust-Identifikationsnummer; USt-Nr.; VAT ID; VAT No.; VAT number; VAT Reg. No.; VAT Reg No;
            VAT registration no.; VAT registration number; VAT ID No.; VAT-ID; UID; UID-Nr.; UID-Nummer; MwSt-Nr.;
            MWSt.-Nr.; MwSt-ID; N° TVA; N° TVA intra; N° de TVA; N° TVA intracommunautaire; TVA intra; TVA; VAT;
            ID-Nr.
        """)),
    ),
    "other_vat_id": (
        (1.0, _all("""
            Ihre USt-IdNr.; Ihre USt-ID; Ihre USt.-IdNr.; Ihre USt.-ID; Ihre UStID; Ihre Umsatzsteuer-ID;
            Kunden-USt-ID; Kunden USt-IdNr.; Kunden-USt-IdNr.; USt-IdNr. Kunde; USt-ID Kunde; USt-IdNr. des Kunden;
            USt-IdNr. des Leistungsempfängers; USt-IdNr. Leistungsempfänger; USt-IdNr. Empfänger; USt-ID Empfänger;
            USt-IdNr. des Käufers; Ihre Umsatzsteuer-Identifikationsnummer; Ihre VAT ID; Your VAT ID; Your VAT no.;
            Customer VAT ID; Customer VAT; Client VAT; N° TVA client; TVA client; Votre N° TVA; Ihre UID;
            Ihre UID-Nr.
        """)),
    ),
    "iban": (
        (1.0, _all("IBAN; IBAN-Nr.; IBAN Nr.; Konto IBAN")),
    ),
}  # fmt: skip
AMOUNTS: Final[Mapping[str, Groups]] = {
    "net": (
        (1.0, _all("""
            Nettobetrag; Netto-Betrag; Summe netto; Netto Summe; Nettosumme; Netto-Summe; Gesamt netto;
            Gesamtnetto; Netto gesamt; Netto total; Gesamtbetrag netto; Gesamtsumme netto; Rechnungsbetrag netto;
            Rechnungssumme netto; Betrag netto; Total netto; Netto Gesamtbetrag; Nettogesamtbetrag;
            Nettorechnungsbetrag; Endsumme netto; Zwischensumme netto; Zwischensumme (netto); Summe (netto);
            Gesamt (netto); Gesamtbetrag (netto); Rechnungsbetrag (netto); Betrag ohne MwSt.; Betrag ohne USt.;
            Gesamt ohne MwSt.; Gesamtbetrag ohne MwSt.; Gesamtsumme ohne MwSt.; Gesamtbetrag ohne USt.;
            Gesamt ohne USt.; Gesamtsumme ohne USt.; Summe ohne MwSt.; Summe ohne USt.; Gesamtbetrag exkl. MwSt.;
            Summe exkl. MwSt.; Gesamt exkl. MwSt.; Betrag exkl. MwSt.; Gesamtbetrag ohne Umsatzsteuer;
            Summe ohne Umsatzsteuer; Gesamtbetrag ohne Mehrwertsteuer; Rechnungsbetrag ohne Umsatzsteuer;
            Rechnungsbetrag ohne USt.; Netto-Gesamtbetrag; Gesamtnettobetrag; Nettowert gesamt; Gesamtnettowert;
            Steuerbasis; Steuerpflichtiger Betrag; Bemessungsgrundlage; Steuerpflichtiges Entgelt; Entgelt netto;
            Warenwert netto; Nettowarenwert; Warennettobetrag; Auftragssumme netto; Netto in EUR; Netto EUR;
            Subtotal; Sub-total; Sub total; Net amount; Net total; Total net; Net; Total net amount;
            Total excl. VAT; Total before tax; Total excluding VAT; Total HT; Montant HT; Total hors taxe;
            Gesamtbetrag der Positionen
        """)),
        (0.9, _all("""
            Zwischensumme; Summe Positionen; Summe der Positionen; Positionssumme; Summe der Leistungen;
            Honorar netto; Netto; Nettowert; Warenwert; Warenwert gesamt; Summe Leistungen; Leistungssumme
        """)),
    ),
    "tax": (
        (1.0, _all("""
            zzgl. MwSt.; zzgl. USt.; zzgl. Mehrwertsteuer; zzgl. Umsatzsteuer; zzgl. gesetzl. MwSt.;
            zzgl. gesetzliche MwSt.; zzgl. gesetzlicher MwSt.; zzgl. ges. MwSt.; zuzüglich MwSt.; zuzügl. MwSt.;
            zuzüglich Mehrwertsteuer; zuzüglich Umsatzsteuer; zuzgl. MwSt.; plus MwSt.; plus USt.; + MwSt.;
            Mehrwertsteuer; Umsatzsteuer; MwSt.; MWSt; USt.; MwSt.-Betrag; MwSt-Betrag; Mehrwertsteuerbetrag;
            Umsatzsteuerbetrag; USt.-Betrag; USt-Betrag; Steuerbetrag; Gesamtsteuer; Gesamt MwSt.; Gesamt USt.;
            Summe MwSt.; Summe USt.; MwSt. gesamt; USt. gesamt; MwSt. auf; USt. auf; MwSt. von; USt. von;
            Mehrwertsteuer von; Steuer; gesetzl. MwSt.; gesetzliche MwSt.; ges. MwSt.; Gesamtsteuerbetrag;
            Summe Umsatzsteuer; Summe Mehrwertsteuer; VAT; plus VAT; VAT amount; Total VAT; VAT total; Sales tax;
            Tax; Total tax; Total taxes; Tax amount; TVA; Total TVA; Montant TVA; Tot. TVA
        """)),
    ),
    "gross": (
        (1.0, _all("""
            Rechnungsbetrag; Rechnungs-Betrag; Rechnungsbetrag brutto; Rechnungssumme; Rechnungssumme brutto;
            Rechnungsendbetrag; Rechnungsendsumme; Rechnungsgesamtbetrag; Gesamtrechnungsbetrag; Bruttobetrag;
            Brutto-Betrag; Bruttosumme; Brutto gesamt; Gesamt brutto; Gesamtbrutto; Summe brutto;
            Gesamtbetrag brutto; Gesamtsumme brutto; Total brutto; Bruttorechnungsbetrag; Bruttogesamtbetrag;
            Betrag brutto; Endbetrag; Endbetrag brutto; Endsumme; Gesamtendbetrag; Gesamtbetrag; Gesamtsumme;
            Gesamtpreis brutto; Gesamtbetrag inkl. MwSt.; Gesamtbetrag inkl. USt.; Gesamt inkl. MwSt.;
            Gesamt inkl. USt.; Summe inkl. MwSt.; Summe inkl. USt.; Gesamtsumme inkl. MwSt.; Betrag inkl. MwSt.;
            Rechnungsbetrag inkl. MwSt.; Rechnungsbetrag inkl. USt.; Total inkl. MwSt.;
            Gesamtbetrag inklusive MwSt.; Gesamt inklusive MwSt.; Gesamtbetrag (brutto); Rechnungsbetrag (brutto);
            Summe (brutto); Gesamt (brutto); Brutto-Gesamtbetrag; Brutto-Rechnungsbetrag; Gutschriftsbetrag;
            Gutschriftbetrag; Gutschriftssumme; Korrekturbetrag; Erstattungsbetrag; Rechnungsbetrag EUR;
            Brutto EUR; Brutto in EUR; Gesamtbetrag EUR; Gesamt EUR; Grand total; Total amount; Invoice total;
            Invoice amount; Total incl. VAT; Total including VAT; Total gross; Gross amount; Gross total; Gross;
            Total EUR; Total TTC; Montant TTC
        """)),
        (0.9, _all("Brutto; Bruttowert; Gesamt; Summe; Total; Gesamtpreis; Gesamtkosten; Summe EUR; Total due")),
    ),
    "payable": (
        (1.0, _all("""
            Zahlbetrag; Zu zahlen; Zu zahlender Betrag; Fälliger Betrag; Offener Betrag; Offener Rechnungsbetrag;
            Noch zu zahlen; Noch zu zahlender Betrag; Restbetrag; Restforderung; Restsumme; Verbleibender Betrag;
            Verbleibender Rechnungsbetrag; Verbleibende Restforderung; Forderungsbetrag; Forderung; Zahlungsbetrag;
            Auszahlungsbetrag; Zahllast; Nachzahlung; Noch offen; Überweisungsbetrag; Abbuchungsbetrag;
            Betrag: Euro, Cent; Amount due; Balance due; Amount payable; Total due; Total payable; Due amount;
            Balance; Solde à payer; Net à payer; Reste à payer; zu überweisender Betrag; Bitte überweisen Sie;
            den Betrag von; Gesamtforderung; Zu überweisen
        """)),
    ),
    "other_amount": (
        (1.0, _all("""
            Abschlag; Abschläge; abzgl. Abschläge; abzüglich Abschläge; Abschlagszahlung; Abschlagszahlungen;
            Anzahlung; Anzahlungen; abzgl. Anzahlung; bereits gezahlt; bereits bezahlt; Bezahlt;
            geleistete Zahlungen; abzüglich; Geleistete Anzahlung; Gezahlter Betrag; Skonto; Skontobetrag;
            abzgl. Skonto; Rabatt; Nachlass; Versandkosten; Versand; Porto; Fracht; Übertrag; Lohnkosten;
            Lohnanteil; Arbeitskosten; Materialkosten; Lohnkosten von; Skontofähiger Betrag; Stammkapital;
            Einzelpreis; E-Preis; Preis; Unit price; neuer Abschlag; künftiger Abschlag; Abschlag beträgt; Paid;
            Deposit; Discount; Shipping; Carried over; Carry-over; Acompte; Déjà payé; Montant déjà payé;
            Mahngebühr; Mahngebühren; Gutschrift über; Pfand; Kontostand; Saldo Vormonat; Vorjahr; Bruttogewicht;
            capital de
        """)),
    ),
}  # fmt: skip
LABELS: Final[Mapping[str, Groups]] = {
    **DATES,
    **_NUMBERS,
    **_IDS,
    **AMOUNTS,
    "currency": ((1.0, _all("Währung; Currency; Devise; Belegwährung; Rechnungswährung")),),
}
"""Field → its labels, surest first."""

FOREIGN_VAT_LABEL: Final = re.compile(r"(?:client|kunden?|ihre|kaufer|empfanger)\b")
"""Around a VAT label: the id is the buyer's."""

SECTIONS: Final = (
    ("seller", re.compile(
        r"(?:verkaufer|rechnungs(?:er)?steller|lieferant|seller|auftragnehmer|leistungserbringer|absender|"
        r"von|from)\W*$")),
    ("buyer", re.compile(
        r"(?:kaufer|rechnungsempfanger|leistungsempfanger|kunde|buyer|auftraggeber|bill to|billed to|invoice to|"
        r"sold to|rechnung an|rechnungsadresse|rechnungsanschrift|empfanger|an|to|client|customer)(?:/\w+)?\W*$")),
    ("other", re.compile(
        r"(?:abweichender .*|lieferanschrift|lieferadresse|warenempfanger|bemerkungen|ship to|deliver to|lieferung an|"
        r"adresse de livraison|livraison.*|representant fiscal|beneficiaire|contact commercial)\W*$")),
)  # fmt: skip
"""Headings that say whose data follow, where an invoice is laid out as a form."""

NAME_LABEL: Final = re.compile(r"(?:name|firma|firmenname)\s?:?$")
COMPANY: Final = re.compile(
    r"\b(?:gmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|e\.? ?k\.?|e\.? ?v\.?|eg|se|partg|stadtwerke|zweckverband|inh\.|aor|"
    r"ltd\.?|inc\.?|llc|sarl|sas|b\.?v\.?|s\.?r\.?l\.?|s\.a\.|a\. ?g\.|versicherungsverein)(?![a-z])"
)
CONTACT: Final = re.compile(
    r"\btel\b|telefon|\bfon\b|\bfax\b|telefax|@|www\.|\biban\b|\bust\b|ust-?id|steuer-?n|\bvat\b|geschaftsfuhr|amtsgericht|\bhr[ab]\b"
)
"""What stands below the address of a sender, never below a receiver's."""
NOT_A_NAME: Final = re.compile(
    r"©|\(c\)|\d{4}|@|www\.|https?:|\btel\b|\bfax\b|telefon|\brechnung|gutschrift|invoice|facture|:$|\biban\b|\bseite\b|"
    r"kundenservice|eingegangen|lieferanschrift|\bcontact\b|ansprechpartner|amtsgericht|\blogo\b|"
    r"^\W*(?:deutschland|germany|france|osterreich|schweiz)\W*$"
)
POSTCODE: Final = re.compile(r"(?<!\d)(?:[a-z]{1,2}[- ])?\d{5}\s+[a-z]")
STREET: Final = re.compile(
    r"(?:str\b|str\.|stras+e|weg|platz|allee|ring|gasse|damm|ufer|chaussee|markt|hof|park|reihe|kamp|stieg|postfach|"
    r"\brue\b|\bavenue\b|\broad\b|\bstreet\b).{0,12}\d{1,4} ?[a-z]?\W*$|"
    r"^\d{1,4}(?: bis| ter)?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|quai|impasse|"
    r"[a-z]+ (?:street|road|lane|avenue))\b"
)
SALUTATION: Final = re.compile(r"(?:an(?: die| den| das)?|herrn?|frau|firma|familie|eheleute|z\. ?hd\..*)\W*$")
MUNICIPALITY: Final = re.compile(
    r"(?:an die |an den |der |die |magistrat der |rat der )?"
    r"(?:(?:samt|verbands|orts|einheits|verwaltungs)?gemeinde|(?:hanse|kreis|land|universitats|landeshaupt|klingen|berg)?stadt|"
    r"(?:land)?kreis|flecken|markt|amt|bezirk|region|verwaltungsgemeinschaft|(?:stadt|gemeinde|kreis|amts)verwaltung|"
    r"rathaus|burgermeisteramt|landratsamt|bezirksamt)\b(?!werke)"
)
"""How the towns are called that receive invoices."""

_TYPE_CODES = r"326|38[01346789]|39[345]|751|87[567]"
TYPE_CODE: Final = re.compile(rf"(?:rechnung|gutschrift|korrektur|invoice).{{0,45}}?\(({_TYPE_CODES})\)")
TYPE_WORDS: Final = (
    (
        "384",
        re.compile(
            r"(?:rechnungskorrektur|korrekturrechnung|stornorechnung|rechnungsberichtigung|corrected invoice)\b"
        ),
    ),
    ("381", re.compile(r"(?:^|  )(?:gutschrift|credit note|rechnungsgutschrift|avoir)\b")),
    ("380", re.compile(r"(?:^|  |\bihre |\bunsere )(?:\w{3,}-?)?(?:rechnung|invoice|facture)(?![a-z])")),
    ("380", re.compile(r"r ?e ?c ?h ?n ?u ?n ?g\b")),
)
"""BT-3 by the heading; a German Rechnungskorrektur is a corrected invoice."""

PAYMENT_DAYS: Final = re.compile(
    r"(?:zahlbar|zahlung\w*|fallig|netto|innerhalb|innert|binnen|paiement|payable|payment|within|net).{0,40}?(?<!\d)(\d{1,3})\s?(?:tage?n?|days|jours|kalendertage)\b"
    r"(?! ?\d+(?:,\d+)? ?%)(?!.{0,30}?(?:skonto|verzug|%))"
)
"""Terms from which the due date can be computed; a discount period is none."""
NOT_TERMS: Final = re.compile(r"verzug|mahn|skonto|widerruf|reklam")
