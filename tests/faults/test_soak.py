"""The soak: its faults are those of its seed, its scenarios keep step, it ends by itself and when it is interrupted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from threading import Thread

import pytest

from assay_lab.faults import Kind, chosen
from assay_lab.shared_calendar import SharedCalendar
from assay_stack.home import Home
from assay_stack.ports import answers
from assay_stack.services import SERVICES
from assay_stack.stack import is_up
from assay_stack.supervisor import port_names

SEED = 20_270_305
SOAK_SECONDS = 580
ROUND = len(SERVICES) + 6
MAIN = """
import runpy, signal

signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("assay_cli", run_name="__main__")
"""
"""In the foreground: what a shell runs in its background ignores interrupts, and so would its children."""


def soak(home: Path | None, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "ASSAY_HOME"}
    own = {"ASSAY_HOME": str(home)} if home else {}
    command: Sequence[str] = (sys.executable, "-c", MAIN, "soak", "--json", "--seed", str(SEED), *arguments)
    return subprocess.Popen(
        command, env=environment | own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


def test_a_seed_repeats_its_faults() -> None:
    assert list(islice(chosen(7), 40)) == list(islice(chosen(7), 40))
    assert list(islice(chosen(7), 40)) != list(islice(chosen(8), 40))


def test_each_round_kills_every_service_and_has_every_kind_of_fault() -> None:
    faults = list(islice(chosen(SEED), ROUND))
    assert sorted(each.target for each in faults if each.kind is Kind.KILL) == sorted(each.name for each in SERVICES)
    restarts = {(each.target, each.signal.name) for each in faults if each.kind is Kind.RESTART}
    assert restarts == {("kafka", "SIGTERM"), ("kafka", "SIGKILL"), ("postgres", "SIGQUIT")}
    assert len([each for each in faults if each.kind is Kind.FREEZE]) == 3


def test_no_story_goes_on_before_all_are_done_with_a_day() -> None:
    shared_calendar = SharedCalendar(date(2027, 1, 1))
    seen: list[tuple[str, date]] = []

    def tell(name: str, days: Sequence[int]) -> None:
        for day in days:
            shared_calendar.reach(name, date(2027, 1, day))
            seen.append((name, shared_calendar.today))
        shared_calendar.leave()

    scenarios = {"a": (2, 3, 9), "b": (3, 4), "c": (2, 9, 20)}
    threads = [Thread(target=tell, args=scenario) for scenario in scenarios.items()]
    for _ in threads:
        shared_calendar.join()
    for teller in threads:
        teller.start()
    for teller in threads:
        teller.join()
    assert {name: tuple(day.day for who, day in seen if who == name) for name in scenarios} == scenarios
    assert [day for _, day in seen] == sorted(day for _, day in seen)


@pytest.mark.real
@pytest.mark.timeout(SOAK_SECONDS + 20)
def test_a_soak_of_two_minutes_finds_nothing_lost_doubled_or_out_of_order() -> None:
    process = soak(None, "--minutes", "2")
    try:
        printed, told = process.communicate(timeout=SOAK_SECONDS)
    finally:
        process.terminate()
        process.wait(60)
    assert process.returncode == 0, told
    result = json.loads(printed)
    assert min(result[name] for name in ("kills", "restarts", "freezes", "engagements", "events")) > 0, result
    assert result["certificates"] == result["engagements"]
    broken = {name: result[name] for name in ("lost", "doubled", "out_of_order", "certificates_doubled")}
    assert broken == dict.fromkeys(broken, 0)
    assert len(result["injected"]) == result["kills"] + result["restarts"] + result["freezes"]


@pytest.mark.real
@pytest.mark.timeout(300)
def test_an_interrupted_soak_leaves_nothing_running(tmp_path: Path) -> None:
    process = soak(tmp_path, "--minutes", "5")
    assert process.stderr is not None
    try:
        assert any(" kill " in line or " restart " in line or " freeze " in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=180)
    finally:
        process.kill()
    assert process.returncode == 130, told
    home = Home(tmp_path)
    assert not is_up(home)
    assert [name for name, port in home.ports(port_names()).items() if answers(port)] == []
