"""The stack with a year in it: what grows with all that there ever was, and what with the work alone."""

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec

import asyncpg
from tests.benchmarks.deadlines import tick
from tests.benchmarks.holdings import idle, sizes
from tests.benchmarks.memory import megabytes
from tests.benchmarks.own_stack import assay, own_home
from tests.benchmarks.report import Line, Tell, print_report
from tests.benchmarks.year_of_engagements import Story, connected, plan, read_story, seeder

from assay_lab.api_client import ApiClient, Refused
from assay_lab.demo import example_of, fresh_party, local_target, run_example
from assay_lab.invariants import check
from assay_lab.scenario import Target
from assay_stack import postgres, stack
from assay_stack.home import Home
from assay_stack.keys import seal_key
from assay_stack.postgres import SUPERUSER, Postgres
from assay_stack.services import BEHIND_THE_GATEWAY, GATEWAY, SERVICES
from assay_stack.state import State
from assay_stack.token import make_token
from chassis.eventstore.chain_verification import verified_head
from chassis.eventstore.seal import read_key
from execution_tracker.aggregates import tally_now

PROCEDURES = ("additional-sr-uept", "additional-sr-dust")
"""Of each story's last engagement; the first is the User Entry Process Test by which its Party became eligible."""
ENGAGEMENTS = 1_000
REQUESTS = 300
READERS_LOOK_AT = 200
LIST_AIM_MS, PAGE_AIM_MS, REGISTER_AIM_MS = 100.0, 100.0, 500.0
SEED_AIM_SECONDS = 300.0
START_AIM_SECONDS = 20.0
MEMORY_AIM_MEGABYTES = 900.0
REBUILD_AIM_SECONDS = 300.0
SETTLE_SECONDS = 1_800.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Reader:
    """Somebody who asks the gateway."""

    home: Home
    addresses: Mapping[str, str]

    def client(self, role: str, party: str | None = None) -> ApiClient:
        """The gateway, as one role."""
        return ApiClient(self.addresses["gateway"], make_token(self.home, role, party, 600).value)


def measure(engagements: int, largest_tick: int, tell: Tell) -> Iterator[Line]:
    """Run real engagements, multiply them, and look at everything that people and operations wait for."""
    with own_home() as home:
        addresses = stack.up(home, tell)
        stories = _stories(home, addresses, tell)
        before = _memory(home)
        yield from _seed(home, addresses, stories, engagements, tell)
        reader = Reader(home, addresses)
        yield from _requests(reader, tell)
        yield from _grown(before, _memory(home))
        yield from sizes(home)
        yield from idle(home, tell)
        yield from _dashboard(home)
        yield asyncio.run(_chain(home))
        yield from _start(home, tell)
        yield from _rebuild(home, tell)
        yield from asyncio.run(_invariants(home, tell))
        yield from asyncio.run(tick(_server(home), largest_tick, tell))
        yield from _restore(home, tell)


def _stories(home: Home, addresses: dict[str, str], tell: Tell) -> list[Story]:
    stories = []
    for procedure in PROCEDURES:
        example, began = example_of(procedure), time.monotonic()
        party = fresh_party(example)
        results = run_example(local_target(home, addresses), example, party, _unheard)
        tell(f"the story of {procedure} took {time.monotonic() - began:.0f} s")
        _settle(home)
        stories.append(asyncio.run(read_story(home, party, [each.engagement for each in results])))
        tell("may be cut off at " + ", ".join(str(len(cuts)) for cuts in stories[-1].cuts) + " midnights")
    return stories


def _unheard(_day: object, _who: str, _what: str) -> None:
    """Nobody listens to a single step."""


def _seed(
    home: Home, addresses: dict[str, str], stories: Sequence[Story], engagements: int, tell: Tell
) -> Iterator[Line]:
    began, target = time.monotonic(), local_target(home, addresses)
    copies = plan(stories, engagements, _now(target))
    writer = asyncio.run(seeder(home, stories))
    asyncio.run(writer.seed(copies, tell))
    written = time.monotonic() - began
    yield Line("seed", "engagements", sum(copy.engagements for copy in copies))
    yield Line("seed", "events", writer.events)
    yield Line("seed", "public messages", writer.messages)
    yield Line("seed", "written after, s", round(written, 1))
    seconds = round(time.monotonic() - began + _settle(home, tell), 1)
    met = seconds <= SEED_AIM_SECONDS
    yield Line("seed", "published and handled everywhere after, s", seconds, _at_most(SEED_AIM_SECONDS), met)


def _now(target: Target) -> datetime:
    with closing(ApiClient(target.gateway, target.token("operations", None))) as operations:
        return datetime.fromisoformat(operations.get("/clock")["now"])


def _settle(home: Home, tell: Tell = lambda _text: None) -> float:
    """Wait until everything is published, the gateway has handled it and the stream job counted it; for how long."""
    began = told = time.monotonic()
    while left := asyncio.run(_left(home)):
        if time.monotonic() - began > SETTLE_SECONDS:
            raise RuntimeError(f"{left} facts have not arrived after {SETTLE_SECONDS:.0f} s")
        if time.monotonic() - told > 20:
            told = time.monotonic()
            tell(f"{left} facts are on their way")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began


async def _left(home: Home) -> int:
    """How many facts are to be published, to be handled by the gateway or to be counted by the stream job."""
    left = published = 0
    for service in BEHIND_THE_GATEWAY:
        async with connected(home, service.name) as connection:
            left += await connection.fetchval("SELECT count(*) FROM outbox")
            told = await connection.fetchval(
                "SELECT coalesce(sum(sequence), 0)::bigint FROM publication WHERE subject NOT LIKE '%/%'"
            )
            published += told
            if service.name == "execution-tracker":
                left += told - await connection.fetchval("SELECT coalesce(sum(sequence), 0)::bigint FROM dashboard")
    async with connected(home, GATEWAY.name) as connection:
        handled = await connection.fetchval("SELECT coalesce(sum(next_sequence - 1), 0)::bigint FROM inbox")
    return int(left + published - handled)


def _requests(reader: Reader, tell: Tell) -> Iterator[Line]:
    """What people ask for, one request after the other."""
    tell("lists and pages")
    with closing(reader.client("dcc")) as dcc:
        pages = [dcc.get("/engagements", limit="200")]
        while after := pages[-1]["next"]:
            pages.append(dcc.get("/engagements", limit="200", cursor=after))
        rows = [row for page in pages for row in page["items"]]
        phases = sorted({row["phase"] for row in rows})
        tell(f"{len(rows)} engagements, in the phases {', '.join(phases)}")
        middle = {"cursor": after} if (after := pages[len(pages) // 2]["next"]) else {}
        for what, filters in (
            ("the newest 50", {}),
            ("50 in the middle", middle),
            ("200 in the middle", {**middle, "limit": "200"}),
            ("of one procedure", {"procedure": PROCEDURES[0]}),
            ("under way", {"status": "open"}),
            ("in execution", {"phase": "execution", "status": "open"}),
            ("of one Party, by its name", {"text": rows[-1]["participants"][0]["organisation"]}),
        ):
            yield _timed("list", f"{what}, p99 in ms", LIST_AIM_MS, _getting(dcc, "/engagements", filters))
        yield _timed("work queue", "DCC's, p99 in ms", LIST_AIM_MS, _getting(dcc, "/work-queue", {}))
        rows = rows[:: max(1, len(rows) // READERS_LOOK_AT)]
        _read_all(dcc, [row["id"] for row in rows])
        for what, path in (
            ("page", "/engagements/{}"),
            ("timeline", "/engagements/{}/timeline"),
            ("scope", "/engagements/{}/scope"),
        ):
            paths = [path.format(row["id"]) for row in rows if path != "/engagements/{}/scope" or _has_scope(row)]
            yield _timed("engagement", f"its {what}, p99 in ms", PAGE_AIM_MS, _each(dcc, paths))
        of = _getting(dcc, "/eligibility", {})
        yield _timed("list", "the eligibility register, p99 in ms", REGISTER_AIM_MS, of)
    party = rows[-1]["participants"][0]["organisation"]
    with closing(reader.client("participant", party)) as participant:
        of = _getting(participant, "/engagements", {})
        yield _timed("list", "a Party's own, p99 in ms", LIST_AIM_MS, of)
        yield _timed("work queue", "a Party's, p99 in ms", LIST_AIM_MS, _getting(participant, "/work-queue", {}))


def _read_all(client: ApiClient, engagements: Sequence[str]) -> None:
    """Ask every service for something of each engagement: what they keep of it in memory is there from then on."""
    for engagement in engagements:
        for path in ("timetable", "scope", "artefacts", "dashboard", "certificates"):
            with suppress(Refused):
                client.get(f"/engagements/{engagement}/{path}")


def _has_scope(row: Mapping[str, str]) -> bool:
    return row["phase"] in ("execution", "completion", "certified")


def _getting(client: ApiClient, path: str, filters: Mapping[str, str]) -> Callable[[int], object]:
    return lambda _number: client.get(path, **filters)


def _each(client: ApiClient, paths: Sequence[str]) -> Callable[[int], object]:
    return lambda number: client.get(paths[number % len(paths)])


def _timed(of: str, what: str, aim: float, ask: Callable[[int], object]) -> Line:
    times = []
    for number in range(REQUESTS):
        began = time.perf_counter()
        ask(number)
        times.append((time.perf_counter() - began) * 1_000)
    value = round(statistics.quantiles(times, n=100)[98], 1)
    return Line(of, what, value, _at_most(aim), value <= aim)


def _memory(home: Home) -> dict[str, float]:
    state = State.read(home)
    assert state
    return {name: megabytes(process.pid) for name, process in state.processes.items()}


def _grown(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[Line]:
    names = [service.name for service in SERVICES]
    together = round(sum(after[name] for name in names))
    met = together <= MEMORY_AIM_MEGABYTES
    yield Line("memory", "the services together, MB", together, _at_most(MEMORY_AIM_MEGABYTES), met)
    for name, megabytes_after in after.items():
        yield Line("memory", f"{name}, MB (with two stories: {before[name]:.0f})", round(megabytes_after))


def _dashboard(home: Home) -> Iterator[Line]:
    """One dashboard's figures, computed from the event store as the stream job does where events are missing."""
    times = asyncio.run(_computed(home))
    if times:
        yield Line("rebuild", "one dashboard from its events, median in ms", round(statistics.median(times), 1))


async def _computed(home: Home) -> list[float]:
    times = []
    async with connected(home, "execution-tracker") as connection:
        for row in await connection.fetch("SELECT engagement FROM dashboard ORDER BY sequence DESC LIMIT 20"):
            began = time.perf_counter()
            await tally_now(connection, row["engagement"])
            times.append((time.perf_counter() - began) * 1_000)
    return times


async def _chain(home: Home) -> Line:
    """The longest chain of events verified from its beginning, as by a service whose last head nobody remembers."""
    lengths, seconds = [], []
    for service in BEHIND_THE_GATEWAY:
        async with connected(home, service.name) as connection:
            began = time.monotonic()
            head = await verified_head(connection, read_key(seal_key(home, service.name)))
            lengths.append(head.position)
            seconds.append(time.monotonic() - began)
    what = f"a chain of {max(lengths):,} events verified from its beginning, s"
    return Line("start", what, round(max(seconds), 1))


def _start(home: Home, tell: Tell) -> Iterator[Line]:
    tell("starting again")
    assay(home, "down")
    seconds = float(assay(home, "up")["seconds"])
    met = seconds <= START_AIM_SECONDS
    yield Line("start", "with all that, s", round(seconds, 1), _at_most(START_AIM_SECONDS), met)


def _rebuild(home: Home, tell: Tell) -> Iterator[Line]:
    """The gateway's read side from the topics: its database is dropped, and its process starts on an empty one."""
    tell("the gateway starts on an empty database")
    asyncio.run(_emptied(home))
    assay(home, "down")
    began = time.monotonic()
    assay(home, "up")
    _settle(home, tell)
    seconds = round(time.monotonic() - began, 1)
    met = seconds <= REBUILD_AIM_SECONDS
    yield Line("rebuild", "the gateway's read side, with a start, s", seconds, _at_most(REBUILD_AIM_SECONDS), met)


def _restore(home: Home, tell: Tell) -> Iterator[Line]:
    """The stack from a backup, until it is up: databases, files, keys, and every topic compared."""
    if find_spec("assay_cli.backups") is None:
        tell("nothing can be restored yet: there is no `assay backup`")
        return
    folder, keys = str(home.folder.parent / "backup"), str(home.folder.parent / "keys")
    for what, command in (
        ("the backup, s", ("backup", folder, "--keys", keys)),
        ("from it until the stack is up, s", ("restore", folder, "--keys", keys, "--over", "a benchmark")),
    ):
        tell(" ".join(command))
        began = time.monotonic()
        assay(home, *command)
        yield Line("restore", what, round(time.monotonic() - began, 1))
        assay(home, "down")  # nothing is restored over a stack that runs


async def _emptied(home: Home) -> None:
    connection = await asyncpg.connect(_server(home).dsn)
    try:
        await connection.execute(f'DROP DATABASE "{GATEWAY.name}" WITH (FORCE)')
    finally:
        await connection.close()
    await postgres.create_database(_server(home), GATEWAY.name, home.passwords([GATEWAY.name])[GATEWAY.name])


def _server(home: Home) -> Postgres:
    return Postgres(home.postgres, home.ports(["postgres"])["postgres"], home.passwords([SUPERUSER])[SUPERUSER])


async def _invariants(home: Home, tell: Tell) -> list[Line]:
    """The copies are as if they had run: nothing is lost, doubled or out of order, anywhere."""
    tell("counting everything")
    found = await check(home)
    tell(str(found))
    return [
        Line("invariants", "lost, doubled, out of order, parked or missing", broken, "none", not broken)
        for broken in [found.lost + found.doubled + found.out_of_order + found.parked + found.gaps]
    ]


def _at_most(aim: float) -> str:
    return f"at most {aim:,.0f}"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="assay benchmark year", description=__doc__)
    parser.add_argument("--engagements", type=int, default=ENGAGEMENTS)
    parser.add_argument("--deadlines", type=int, default=1_000_000, help="how many are open at most, for the timer")
    chosen = parser.parse_args()
    if chosen.engagements < 1 or chosen.deadlines < 1:
        parser.error("Name at least one engagement and one deadline.")
    print_report(lambda tell: measure(chosen.engagements, chosen.deadlines, tell))


if __name__ == "__main__":
    main()
