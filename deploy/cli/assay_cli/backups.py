"""Backup and restore of the local stack. A deployment has its own tools: deploy/runbooks/restore.md."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from assay_cli.client import ask
from assay_cli.local_target import operator
from assay_cli.printing import AsJson, document, say, table, tell
from assay_stack import backup, restore, services, stack
from assay_stack.backup_manifest import Backup
from assay_stack.home import Home
from assay_stack.restore import Restoration
from contracts.topics import TOPICS

Keys = Annotated[Path, typer.Option("--keys", help="The folder for the keys, apart from it; may be used again.")]
KeysOfBackup = Annotated[
    Path | None, typer.Option("--keys", help="The folder with its keys; left out: those that the stack still has.")
]
Over = Annotated[
    str | None,
    typer.Option("--over", metavar="REASON", help="Why what is there may be replaced. It is set aside, not removed."),
]


def add_to(app: typer.Typer) -> None:
    """Give the program the commands of this module."""
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)


def backup_command(
    folder: Annotated[Path, typer.Argument(help="A new folder.")], keys: Keys, as_json: AsJson = False
) -> None:
    """Copy databases and files into a folder, and the keys into another; the stack may run meanwhile."""
    taken = backup.take(Home.here(), folder.absolute(), keys.absolute(), tell)
    manifest = taken.backup.manifest
    if as_json:
        held = round(taken.held_seconds, 3)
        return document({"folder": str(folder), "held_seconds": held, **manifest.model_dump(mode="json")})
    rows = (
        (name, str(each.events), str(each.position), str(each.timeline)) for name, each in manifest.databases.items()
    )
    table(("service", "events", "chain at", "timeline"), rows)
    say(f"Keep {keys} apart from {folder}: who has both can forge. Without the keys no backup can be restored.")


def restore_command(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of a backup.")],
    keys: KeysOfBackup = None,
    over: Over = None,
    as_json: AsJson = False,
) -> None:
    """Bring the stack back from a backup, start it, and name what was lost since."""
    home, whole = Home.here(), Backup.read(folder.absolute())
    with restore.restored(home, whole, keys and keys.absolute(), over, tell) as restoration:
        reason = f"restored from the backup of {restoration.taken_at}. {over or ''}".rstrip()
        _begin_timelines(home, restoration, reason)
        stack.await_services(home, services.chosen(), tell)
    document(asdict(restoration)) if as_json else _show(restoration)


def _begin_timelines(home: Home, restoration: Restoration, reason: str) -> None:
    """What each service publishes from now on takes the place of what was lost. Where that is done, nothing is."""
    for service in services.chosen():
        target = operator(home, service.name)
        if ask(target, "GET", "/timeline")["restored"]:
            restoration.begun[service.name] = begun = ask(target, "POST", "/timeline", {"reason": reason})
            restoration.write(home)
            tell(f"{service.name} begins timeline {begun['timeline']}; {begun['lost_in_all']} facts were lost.")


def _show(restoration: Restoration) -> None:
    say(f"The stack is as it was at {restoration.taken_at}.")
    if Path(restoration.aside).exists():
        say(f"What was there before is kept in {restoration.aside}.")
    lost = list(_lost(restoration.begun))
    if lost:
        say("Lost, as the topics tell:")
        table(("service", "subject", "sequence", "fact", "of"), lost)
    for service, begun in restoration.begun.items():
        if unnamed := begun["lost_in_all"] - len(begun["lost"]):
            say(f"{unnamed} further facts of {service} are named in its log alone.")
    for name in restoration.files_since:
        say(f"Stored after the backup, and set aside: {name}")
    if restoration.kafka_lost:
        outside = ", ".join(topic.name for topic in TOPICS if topic.is_outside)
        say(
            f"Kafka was lost as well: nobody here knows what was done after {restoration.taken_at}. Ask the Parties "
            "what they did and which certificates they hold, and the outside systems to send again what they sent "
            f"({outside})."
        )
    elif not lost:
        say("Nothing was published after the backup.")
    say("Do again what was lost, best under the same idempotency keys: deploy/runbooks/restore.md.")


def _lost(begun: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for service, each in begun.items():
        for fact in each["lost"]:
            yield service, fact["subject"], str(fact["sequence"]), fact["type"], fact["time"]
