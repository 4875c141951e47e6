"""What `assay check` and `assay test` run."""

import sys
import tomllib
from pathlib import Path

from assay_lab.checks import Check, quick, run, whole
from assay_stack.home import CHECKOUT
from assay_stack.services import SERVICES


def test_every_step_names_a_tool_that_is_there() -> None:
    tools = {check.command[0] for check in (*whole([]), *quick([]))}
    assert {"ruff", "mypy", "pytest"} <= tools
    assert [tool for tool in tools if not Path(sys.executable).with_name(tool).exists()] == []


def test_a_step_whose_tool_fails_has_not_passed() -> None:
    assert run(Check("version", ("ruff", "version")), output=2).passed
    assert not run(Check("nothing", ("ruff", "check", "no/such/folder")), output=2).passed


def test_arguments_go_on_to_pytest_alone() -> None:
    assert [check.name for check in whole(["-k", "one"]) if "-k" in check.command] == ["pytest"]


def test_no_file_of_the_deployment_names_a_registry() -> None:
    named = ("pypi" + ".org", "maven" + ".org", "maven" + "central", "pythonhosted" + ".org")
    files = [file for folder in ("deploy", "requirements", ".ci") for file in (CHECKOUT / folder).rglob("*.*")]
    texts = {
        file: file.read_bytes().decode(errors="replace") for file in [*files, CHECKOUT / "assay"] if file.is_file()
    }
    assert [file for file, text in texts.items() if file.suffix != ".pyc" and any(name in text for name in named)] == []


def test_a_whole_run_proves_the_clauses_and_a_part_of_it_can_not() -> None:
    assert ["--prove-clauses" in check.command for check in whole([]) if check.name == "pytest"] == [True]
    assert ["--prove-clauses" in check.command for check in whole(["-k", "one"]) if check.name == "pytest"] == [False]


def test_the_inner_loop_starts_no_server() -> None:
    [tests] = [check for check in quick(["services"]) if check.command[0] == "pytest"]
    assert tests.command[-1] == "services"
    assert tests.command[2:4] == ("-m", "not real")


def test_one_run_checks_the_types_of_every_file() -> None:
    [types] = [check for check in whole([]) if check.command[0] == "mypy"]
    with_python = {
        each.name
        for each in CHECKOUT.iterdir()
        if not each.name.startswith(".") and (each.suffix == ".py" or any(each.rglob("*.py")))
    }
    assert set(types.command[2:]) == with_python


def test_no_file_is_exempt_from_the_check_of_its_types() -> None:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert settings.keys().isdisjoint({"exclude", "ignore_errors", "disable_error_code"})
    assert {key for override in settings["overrides"] for key in override} == {"module", "ignore_missing_imports"}


def test_the_tests_of_each_service_lie_in_a_folder_of_a_name_of_their_own() -> None:
    folders = {path.parts[-2] for path in CHECKOUT.glob("services/*/*/test_*.py")}
    assert folders == {f"{service.package}_tests" for service in SERVICES}
