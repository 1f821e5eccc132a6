"""A town's mail of three years, always the same: what was written, and what recognition made of it in the misread ones."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from search import SearchDocument
from tests.golden.town_texts import FIRST_NAMES, GENERAL, SELLERS, STREETS, SURNAMES, TOPICS

LETTERS_EACH, INVOICES, MISREAD_EVERY = 17, 90, 9
CONFUSIONS = (
    ("m", "rn"),
    ("l", "1"),
    ("o", "0"),
    ("ü", "u"),
    ("ä", "a"),
    ("ö", "o"),
    ("d", "cl"),
    ("s", "5"),
    ("i", "l"),
)
MONTHS = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
          "Dezember")  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """One document: `written` is the truth by which queries are judged, `indexed` what the engine gets to read.

    `facts` are what a clerk may remember of it, `misread` the words that came out wrong.
    """

    indexed: SearchDocument
    written: str
    facts: dict[str, str] = field(default_factory=dict)
    misread: tuple[str, ...] = ()


@cache
def letters() -> tuple[Letter, ...]:
    """All of them."""
    dice = random.Random(20261124)
    found = [_letter(dice, topic, n) for topic in range(len(TOPICS)) for n in range(LETTERS_EACH)]
    return tuple(found + [_invoice(dice, n) for n in range(INVOICES)])


def _letter(dice: random.Random, topic: int, n: int) -> Letter:
    office, titles, sentences = TOPICS[topic]
    person = f"{dice.choice(FIRST_NAMES)} {dice.choice(SURNAMES)}"
    address = f"{dice.choice(STREETS)} {dice.randint(1, 90)}"
    day, due = _day(dice), _day(dice)
    amount = dice.randint(1_000, 900_000)
    reference = (
        f"{dice.randint(10, 90)}.{dice.randint(10, 90)}.{dice.randint(1, 9):02d}/{day.year}-{dice.randint(1, 999):04d}"
    )
    mail = f"{person.split()[1].lower().translate(str.maketrans({'ä': 'ae', 'ö': 'oe', 'ü': 'ue', 'ß': 'ss'}))}.{n}@beispiel.de"
    body = [f"Sehr geehrte Damen und Herren, {person}, {address}.", *dice.sample(sentences, 3)]
    body.append(f"Der Betrag von {_german(amount)} € ist bis zum {_written_day(dice, due)} fällig.")
    body += [f"Unser Zeichen: {reference}.", f"Erreichbar unter {mail}.", dice.choice(GENERAL)]
    facts = {"person": person, "reference": reference, "mail": mail, "street": address, "office": office}
    facts |= {"cents": str(amount), "due": due.isoformat()}
    return _made(dice, f"L{topic:02d}{n:03d}", titles[n % len(titles)], body, facts, day, sender=person, kind="letter",
                 is_misread=n % MISREAD_EVERY == 4)  # fmt: skip


def _invoice(dice: random.Random, n: int) -> Letter:
    seller, service = SELLERS[n % len(SELLERS)]
    day, due = _day(dice), _day(dice)
    number = f"RE-{day.year}-{dice.randint(1, 99999):05d}" if n % 2 else f"{dice.randint(1, 9_999_999):010d}"
    customer, iban = f"{dice.randint(1, 99_999):08d}", _iban(dice)
    amount = dice.randint(5_000, 5_000_000)
    body = [
        f"Rechnung Nr. {number} der Firma {seller}, Kundennummer {customer}.", f"{service} für die Samtgemeinde.",
        f"Rechnungsbetrag brutto {_german(amount)} EUR, zahlbar bis {_written_day(dice, due)}.",
        f"Bankverbindung: {iban}.", dice.choice(GENERAL),
    ]  # fmt: skip
    facts = {"seller": seller, "number": number, "customer": customer, "iban": iban}
    facts |= {"cents": str(amount), "due": due.isoformat(), "office": "Kämmerei"}
    return _made(dice, f"R{n:05d}", f"Rechnung {seller}", body, facts, day, sender=seller, kind="invoice",
                 is_misread=n % MISREAD_EVERY == 7)  # fmt: skip


def _made(
    dice: random.Random, document_id: str, title: str, body: list[str], facts: dict[str, str], day: date, *,
    sender: str, kind: str, is_misread: bool,
) -> Letter:  # fmt: skip
    written = "\n".join(body)
    read, wrong = _misread(dice, written) if is_misread else (written, ())
    indexed = SearchDocument(
        document_id=document_id, version=1, acl_node=facts["office"], title=title, body=read, sender=sender, kind=kind,
        unit=facts["office"], received_on=day,
    )  # fmt: skip
    return Letter(indexed, f"{title}\n{sender}\n{written}", facts, wrong)


def _misread(dice: random.Random, text: str) -> tuple[str, tuple[str, ...]]:
    """Every third longer word with one kind of confusion in it; numbers and references are left as they are."""
    wrong, words = [], []
    for word in text.split(" "):
        possible = [pair for pair in CONFUSIONS if pair[0] in word[1:]]
        if len(word) >= 6 and word.strip(".,").isalpha() and possible and dice.random() < 0.35:
            meant, seen = dice.choice(possible)
            wrong.append(word.strip(".,"))
            word = word[0] + word[1:].replace(meant, seen, 1)
        words.append(word)
    return " ".join(words), tuple(wrong)


def _day(dice: random.Random) -> date:
    return date(2024, 1, 1) + timedelta(days=dice.randint(0, 1000))


def _written_day(dice: random.Random, day: date) -> str:
    return dice.choice((f"{day:%d.%m.%Y}", f"{day.day}. {MONTHS[day.month - 1]} {day.year}", f"{day:%d.%m.%y}"))


def _german(cents: int) -> str:
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"


def _iban(dice: random.Random) -> str:
    account = f"{dice.randint(10**17, 10**18 - 1)}"
    check = 98 - int(account + "131400") % 97
    whole = f"DE{check:02d}{account}"
    return " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))
