"""What is done from time to time."""

from datetime import UTC, datetime, timedelta

from dms.cli.serve import Hourly
from dms.clock import FrozenClock


def test_a_chore_of_an_hour_is_done_at_once_and_then_when_an_hour_is_over() -> None:
    clock, done = FrozenClock(datetime(2026, 11, 28, 8, tzinfo=UTC)), list[datetime]()
    hourly = Hourly(lambda: done.append(clock.now()), clock)
    for _ in range(13):
        hourly.look()
        clock.advance(timedelta(minutes=10))
    assert [moment.hour for moment in done] == [8, 9, 10]


def test_a_chore_that_failed_is_tried_again_at_the_next_look() -> None:
    tries = []

    def broken() -> None:
        tries.append(1)
        raise OSError

    hourly = Hourly(broken, FrozenClock(datetime(2026, 11, 28, 8, tzinfo=UTC)))
    for _ in range(2):
        try:
            hourly.look()
        except OSError:
            continue
    assert len(tries) == 2
