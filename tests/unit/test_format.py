"""German output and the readers of typed values: what people see, and what they may type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dms.web import format as fmt

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_a_date_of_this_year_shows_weekday_and_no_year() -> None:
    assert fmt.date_short(date(2026, 11, 27), TODAY) == "Fr 27.11."


def test_a_date_of_another_year_shows_the_year() -> None:
    assert fmt.date_short(date(2025, 11, 27), TODAY) == "27.11.2025"


def test_a_moment_is_shown_on_the_towns_clock() -> None:
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    assert fmt.date_short(late, TODAY) == "Fr 27.11."
    assert fmt.date_full(late) == "Freitag, 27. November 2026, 00:30 Uhr"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        fmt.date_short(datetime(2026, 11, 26))  # noqa: DTZ001  (the missing zone is what is tested)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 11, 24, 7, 5, tzinfo=UTC), "08:05"),
        (datetime(2026, 11, 20, 7, 5, tzinfo=UTC), "Fr 20.11. 08:05"),
        (datetime(2025, 7, 1, 7, 5, tzinfo=UTC), "01.07.2025 09:05"),
    ],
)
def test_a_moment_names_the_day_only_where_it_is_not_today(value: datetime, shown: str) -> None:
    assert fmt.moment(value, NOW) == shown


@pytest.mark.parametrize(
    ("cents", "shown"),
    [(206000, "2.060,00\u202f€"), (5, "0,05\u202f€"), (-119, "\u22121,19\u202f€"), (123456789, "1.234.567,89\u202f€")],
)
def test_money_is_grouped_with_two_decimals_and_a_narrow_space(cents: int, shown: str) -> None:
    assert fmt.money(cents) == shown


def test_another_currency_keeps_its_code() -> None:
    assert fmt.money(100, "CHF") == "1,00\u202fCHF"


@given(st.integers(-fmt.MAX_CENTS, fmt.MAX_CENTS))
def test_what_a_money_field_shows_can_be_typed_back(cents: int) -> None:
    assert fmt.parse_money(fmt.money_input(cents)) == cents
    assert fmt.parse_money(fmt.money(cents)) == cents


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("1.234,56", 123456), ("1234,56", 123456), (" 1 234,5 € ", 123450), ("7", 700), ("-3,10", -310), ("0,07 EUR", 7)],
)
def test_amounts_are_read_as_people_write_them(typed: str, cents: int) -> None:
    assert fmt.parse_money(typed) == cents


@pytest.mark.parametrize("typed", ["", "12.50", "1,234.56", "1.23,4", "1,234", "zwölf", "1e9", "١٢", "--1", "€"])
def test_doubtful_amounts_are_refused_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^input\.amount$"):
        fmt.parse_money(typed)


@pytest.mark.parametrize("typed", ["99.999.999.999.999,00", "1" + ".000" * 2000])
def test_absurd_amounts_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^input\.amount_range$"):
        fmt.parse_money(typed)


@pytest.mark.parametrize("typed", ["27.11.26", "27.11.2026", "2026-11-27", " 27. 11. 2026 "])
def test_dates_are_read_in_all_three_forms(typed: str) -> None:
    assert fmt.parse_date(typed) == date(2026, 11, 27)


@pytest.mark.parametrize("typed", ["", "31.11.2026", "11/27/2026", "27.11.", "27.11.126", "2026-1-1", "٢٧.١١.٢٠٢٦"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^input\.date$"):
        fmt.parse_date(typed)


def test_a_date_of_another_century_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^input\.date_range$"):
        fmt.parse_date("27.11.1066")


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_what_a_date_field_shows_can_be_typed_back(day: date) -> None:
    assert fmt.parse_date(fmt.date_numeric(day)) == day
    assert fmt.parse_date(fmt.date_iso(day)) == day


def test_an_iban_is_read_with_and_without_blanks() -> None:
    assert fmt.parse_iban("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert fmt.iban("DE89370400440532013000") == "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("DE88370400440532013000", r"^input\.iban_check$"),
        ("DE8937040044053201300", r"^input\.iban$"),
        ("", r"^input\.iban$"),
        ("DE89-3704-0044", r"^input\.iban$"),
    ],
)
def test_a_wrong_iban_says_what_is_wrong(typed: str, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        fmt.parse_iban(typed)


@given(st.text(max_size=40))
def test_readers_raise_nothing_but_the_named_codes(typed: str) -> None:
    for reader in (fmt.parse_date, fmt.parse_money, fmt.parse_iban):
        code = None
        try:
            reader(typed)
        except ValueError as problem:
            code = str(problem)
        assert code is None or code in fmt.INPUT_ERRORS


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (0, "0\u202fByte"),
        (312_400, "312\u202fkB"),
        (999_600, "1,0\u202fMB"),
        (4_200_000, "4,2\u202fMB"),
        (2 * 10**9, "2,0\u202fGB"),
    ],
)
def test_sizes_are_shown_as_a_file_manager_does(octets: int, shown: str) -> None:
    assert fmt.size(octets) == shown


def test_spans_take_their_largest_unit_and_the_right_case() -> None:
    assert fmt.duration(timedelta(days=3, hours=5)) == "3 Tage"
    assert fmt.duration(61) == "1 Minute"
    assert fmt.relative(NOW - timedelta(days=3), NOW) == "vor 3 Tagen"
    assert fmt.relative(NOW + timedelta(hours=1), NOW) == "in 1 Stunde"
    assert fmt.relative(NOW - timedelta(seconds=20), NOW) == "gerade eben"


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2026, 11, 24), "heute"),
        (date(2026, 11, 25), "morgen"),
        (date(2026, 11, 27), "in 3 Tagen"),
        (date(2026, 11, 23), "seit 1 Tag überfällig"),
        (date(2026, 11, 4), "seit 20 Tagen überfällig"),
    ],
)
def test_a_due_day_says_how_long_it_is(day: date, shown: str) -> None:
    assert fmt.days_left(day, TODAY) == shown


def test_shares_are_shown_as_whole_percent() -> None:
    assert fmt.percent(0.974) == "97\u202f%"


@pytest.mark.parametrize("name", sorted(fmt.FILTERS))
def test_every_filter_shows_nothing_for_nothing(name: str) -> None:
    assert fmt.FILTERS[name](None) == ""
