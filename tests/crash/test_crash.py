"""Kill -9 at any time and at every named step: nothing is lost, nothing comes twice, verify finds nothing.

A sample of it is part of `make test` (marker ``crash``), the long runs are `make torture`. `DMS_TORTURE_SEED` repeats
a run as far as chance is ours to repeat; `DMS_TORTURE_INPUTS` and `DMS_TORTURE_KILLS` set the size of each of its three
sieges: together they are a thousand deaths.
"""

import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.crash.documents import Input, inputs, one
from tests.crash.judgement import Judgement, judge
from tests.crash.payments import check_hand_overs, order_payments
from tests.crash.points import BROKEN, HAND_OVER, HOT_FOLDER, REFUSED, SCANNED, SEALS, WORK
from tests.crash.siege import Siege, embedded, server
from tests.servers import RedisServer, ServiceSet

SEED = int(os.environ.get("DMS_TORTURE_SEED", 0)) or random.SystemRandom().randrange(1, 10**6)
INPUTS, KILLS = int(os.environ.get("DMS_TORTURE_INPUTS", 220)), int(os.environ.get("DMS_TORTURE_KILLS", 350))
SHARES = {"postgres": 0.5, "weed": 0.5, "opensearch": 0.1}
"""How often a server dies beside a process of the application; a Java needs long to come back."""
WATCHING = [*HOT_FOLDER, *REFUSED, "hotfolder.klaerfall_moved", *SEALS]
WORKING = [*WORK, *SCANNED, "quarantine.before_commit"]
SAMPLE = {
    "embedded": ["text.before_commit"],
    "server": ["hotfolder.claimed"],
}


@pytest.fixture(params=["embedded", "server"])
def siege(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Siege]:
    print(f"\nDMS_TORTURE_SEED={SEED}")  # noqa: T201 - to repeat the run
    if request.param == "embedded":
        with embedded(tmp_path, SEED) as found:
            yield found
        return
    database_url, storage_url = request.getfixturevalue("empty_postgres_url"), request.getfixturevalue("s3_url")
    redis = RedisServer(tmp_path)
    with server(tmp_path, SEED, redis, database_url=database_url, storage_url=storage_url) as found:
        yield found


@pytest.mark.crash
def test_a_sample_of_kills_loses_nothing(siege: Siege) -> None:
    first_start(siege)
    die_at(siege, SAMPLE["embedded" if siege.redis is None else "server"])
    random_kills(siege, inputs(6, SEED), 1)
    assert finish(siege, seconds=150).is_clean


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_a_death_at_every_named_step_loses_nothing(siege: Siege) -> None:
    first_start(siege)
    die_at(siege, [*WATCHING, *WORKING])
    die_handing_over(siege)
    judgement = finish(siege, seconds=300)
    assert judgement.is_clean
    assert check_hand_overs(siege, len(HAND_OVER)) == []


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_many_deaths_at_any_time_lose_nothing(siege: Siege) -> None:
    first_start(siege)
    random_kills(siege, inputs(INPUTS, SEED), KILLS)
    assert finish(siege, seconds=900).is_clean


@pytest.fixture
def whole_siege(tmp_path: Path) -> Iterator[Siege]:
    """Everything may die: the processes of the application, and database, store, index and broker of its own."""
    print(f"\nDMS_TORTURE_SEED={SEED}")  # noqa: T201 - to repeat the run
    services = ServiceSet(tmp_path)
    try:
        names = ("DMS_TEST_POSTGRES_URL", "DMS_TEST_S3_URL", "DMS_TEST_OPENSEARCH_URL")
        database_url, storage_url, search_server = (services.urls[name] for name in names)
        urls = {"database_url": database_url, "storage_url": storage_url, "search_url": f"{search_server}/torture"}
        with server(tmp_path, SEED, RedisServer(tmp_path), **urls) as found:
            found.servers = services.servers
            yield found
    finally:
        services.close()


@pytest.mark.torture
@pytest.mark.timeout(4 * 3600)
def test_deaths_of_everything_lose_nothing(whole_siege: Siege) -> None:
    first_start(whole_siege)
    random_kills(whole_siege, inputs(INPUTS, SEED), KILLS)
    assert finish(whole_siege, seconds=900).is_clean


def first_start(siege: Siege) -> None:
    """Killed half-way through the tables, then once more in peace."""
    role, again = ("serve", ["verify", "--json"]) if siege.redis is None else ("migrate", ["migrate"])
    siege.start(role, at="migration.half:9")
    siege.await_death(role, "migration.half")
    del siege.running[role]
    assert siege.run(*again).returncode == 0


def die_at(siege: Siege, steps: Sequence[str]) -> None:
    """Each step once, by a document that leads there; nobody waits for the recovery in between."""
    for number, step in enumerate(steps, 5000):
        given = one(_kind(step), number)
        if step in WATCHING:
            _die_watching(siege, step, given)
        elif siege.redis is None or step == "jobs.before_wake_up":
            _die_importing(siege, step, given)
        else:
            _die_working(siege, step, given)


def _kind(step: str) -> str:
    kinds = {**dict.fromkeys(REFUSED, "empty"), **dict.fromkeys(BROKEN, "broken"), **dict.fromkeys(SCANNED, "scan")}
    return kinds.get(step, "xrechnung" if step.startswith(("einvoice", "route")) else "text")


def _die_watching(siege: Siege, step: str, given: Input) -> None:
    role = "serve" if siege.redis is None else "watch"
    _clear(siege, role)
    siege.start(role, at=step)
    siege.start_missing(but=role)
    siege.drop(given)
    siege.await_death(role, step)


def _die_importing(siege: Siege, step: str, given: Input) -> None:
    """Alone with the DATA folder `dms import` works the queues itself."""
    _clear(siege, "serve")
    siege.bring([given], at=step)


def _die_working(siege: Siege, step: str, given: Input) -> None:
    _clear(siege, "worker")
    siege.start("worker", at=step)
    siege.bring([given])
    siege.await_death("worker", step)


def _clear(siege: Siege, role: str) -> None:
    if role in siege.running:
        siege.kill(role, "to make room")
        siege.kills.pop((role, "to make room"), None)
        del siege.running[role]


def die_handing_over(siege: Siege) -> None:
    siege.bring([one("xrechnung", 6000 + number) for number in range(len(HAND_OVER))])
    siege.settle(seconds=300)
    siege.stop()
    order_payments(siege, len(HAND_OVER))
    role = "serve" if siege.redis is None else "worker"
    for step in HAND_OVER:
        siege.start(role, at=step)
        siege.await_death(role, step)


def random_kills(siege: Siege, given: list[Input], kills: int) -> None:
    """Documents come in both ways while processes die, one or several at once, until there were so many kills."""
    chance, before, taken = siege.random, siege.kills.total(), 0
    while (dead := siege.kills.total() - before) < kills:
        siege.start_missing()
        share = given[taken : len(given) * (dead + 1) // kills]
        taken += len(share)
        brought = [one for one in share if chance.random() < 0.3]
        for one_input in share:
            if one_input not in brought:
                siege.drop(one_input)
        if brought:
            siege.bring(brought, kill_after=chance.choice([None, chance.uniform(0.3, 4.0)]))
        if chance.random() < 0.6:  # else it dies while it starts
            siege.await_answer()
        for _ in range(chance.randint(1, 3)):
            time.sleep(chance.uniform(0.2, 2.0))
            _trouble_the_broker(siege)
            _trouble_the_servers(siege)
        for name in chance.sample(sorted(siege.roles), chance.randint(1, len(siege.roles))):
            siege.kill(name)
    for one_input in given[taken:]:
        siege.drop(one_input)


def _trouble_the_broker(siege: Siege) -> None:
    """Redis forgets everything, or is gone for a while."""
    if siege.redis is None:
        return
    if siege.random.random() < 0.3:
        siege.redis.flush()
        siege.kills["redis", "FLUSHALL"] += 1
    elif siege.random.random() < 0.3:
        siege.redis.kill()
        siege.kills["redis", "at random"] += 1
        time.sleep(siege.random.uniform(0.2, 2.0))
        siege.redis.start()


def _trouble_the_servers(siege: Siege) -> None:
    for name in siege.servers:
        if siege.random.random() < SHARES[name]:
            siege.kill_server(name, away_seconds=siege.random.uniform(0.1, 1.5))
    siege.await_servers()


def finish(siege: Siege, *, seconds: float) -> Judgement:
    judgement = judge(siege, siege.settle(seconds=seconds), SEED)
    print(judgement.table())  # noqa: T201 - what `make torture` is for
    return judgement
