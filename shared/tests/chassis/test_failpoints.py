"""The process is ended at every named point, and starts again: nothing lost, nothing doubled, the order kept."""

import ast
from pathlib import Path
from uuid import uuid4

import pytest

import chassis
from chassis.process.failpoints import EXIT_CODE, VARIABLE
from testing.ledger_facts import NOTIFIED, held
from testing.ledger_process import Outside, outside
from testing.probe import Kafka, Postgres

ENGAGEMENTS = 3
WORDS = ("first", "poison", "second", "third")
POISON = 3
"""the sequence of the message that can't be handled"""
HANDLED = ["first", "second", "third", "fourth"]


def points(folder: Path) -> list[str]:
    """Every name that stands in a call of failpoint."""
    return sorted(
        node.args[0].value
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "failpoint"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


POINTS = points(Path(chassis.__path__[0]))
AT_THE_CAP = "consumer.at-the-cap"
FROM_THE_START, AT_RELEASES, AT_COMMANDS = "from the start", "at releases", "at commands"
CASES = [
    *((name, FROM_THE_START) for name in POINTS if name != AT_THE_CAP),
    # A batch, which comes first, a release and a command write what they decided in the same way.
    *((name, when) for name in POINTS if name.startswith("store.") for when in (AT_RELEASES, AT_COMMANDS)),
]


def test_every_point_has_a_name_of_its_own() -> None:
    assert len(POINTS) == len(set(POINTS))
    assert {name.split(".")[0] for name in POINTS} == {
        *("consumer", "files", "inbox", "parking", "relay", "shell", "store")
    }


@pytest.mark.parametrize(("name", "when"), CASES)
async def test_nothing_is_lost_or_doubled_when_the_process_ends(
    postgres: Postgres, kafka: Kafka, name: str, when: str
) -> None:
    async with outside(postgres, kafka) as it:
        engagements = [str(uuid4()) for _ in range(ENGAGEMENTS)]
        for id in engagements:
            await it.send(NOTIFIED, id)
        for word in WORDS:
            for id in engagements:
                await it.send(held(word), id)
        for stage, act in ((FROM_THE_START, park), (AT_RELEASES, release), (AT_COMMANDS, command)):
            if stage in (when, FROM_THE_START):
                it.kill()
                it.start(**({VARIABLE: name} if stage == when else {}))
            await act(it, engagements)
        await it.until(it.has_died, f"{name} was never reached")
        assert it.exits == [EXIT_CODE]
        await check(it, engagements)


async def test_nothing_is_lost_when_the_process_ends_at_the_cap(postgres: Postgres, kafka: Kafka) -> None:
    async with outside(postgres, kafka, ASSAY_PARKED_LIMIT="1") as it:
        poisoned, other = str(uuid4()), str(uuid4())
        await it.send(NOTIFIED, poisoned)
        await it.send(held("poison"), poisoned)
        it.start(**{VARIABLE: AT_THE_CAP})

        async def parked() -> bool:
            return bool(await it.fetch("SELECT 1 FROM parked"))

        async def released() -> bool:
            async with it.client("operations") as client:
                for row in (await client.get("/parked")).json():
                    await client.post(f"/parked/{row['seq']}/skip", json={"reason": "poison"})
            return not await parked()

        async def opened() -> bool:
            return bool(await it.fetch("SELECT 1 FROM event WHERE stream = $1", f"ledger-{other}"))

        await it.until(parked, "what can't be handled was not parked")
        await it.send(NOTIFIED, other)
        await it.until(it.has_died, "the cap was never reached")
        await it.until(released, "what was parked was not released")
        await it.until(opened, "what came at the cap was not handled")
        assert it.exits == [EXIT_CODE]


async def park(it: Outside, _engagements: list[str]) -> None:
    """What can't be handled is parked, with what is behind it."""

    async def all_parked() -> bool:
        return len(await it.fetch("SELECT 1 FROM parked")) == 3 * ENGAGEMENTS

    await it.until(all_parked, "what can't be handled was not parked")


async def release(it: Outside, _engagements: list[str]) -> None:
    """Operations try it again, in vain, leave it out, and release what is behind it."""

    async def released() -> bool:
        async with it.client("operations") as client:
            for row in (await client.get("/parked")).json():
                for act in ("retry", "skip") if row["sequence"] == POISON else ("retry",):
                    await client.post(f"/parked/{row['seq']}/{act}", json={"reason": "poison"})
        return not await it.fetch("SELECT 1 FROM parked")

    await it.until(released, "what was parked was not released")


async def command(it: Outside, engagements: list[str]) -> None:
    """A client tries until it succeeds; all is published."""

    async def filed() -> bool:
        replies = []
        for id in engagements:
            async with it.client("participant", "ACME", **{"idempotency-key": id}) as client:
                file = {"file": ("a.csv", id.encode())}
                replies.append(await client.post(f"/engagements/{id}/files", data={"word": "fourth"}, files=file))
        return all(reply.status_code == 201 for reply in replies)

    async def published() -> bool:
        return not await it.fetch("SELECT 1 FROM outbox")

    await it.until(filed, "a command was not accepted")
    await it.until(published, "not everything was published")


async def check(it: Outside, engagements: list[str]) -> None:
    """The invariants."""
    for id in engagements:
        rows = await it.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", id)
        assert [row["entry"] for row in rows] == HANDLED
    sequences = await it.published("assay.disputes")
    assert sequences == {id: [1, 2, 3, 4] for id in engagements}
    verdict = await it.verdict()
    assert verdict.intact, verdict.breaks
    assert verdict.events == ENGAGEMENTS * (1 + len(HANDLED))
