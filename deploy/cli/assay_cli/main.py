"""The command line. Every command prints one JSON document on request, and says in a sentence what went wrong."""

import sys
import traceback
from importlib import import_module
from importlib.util import find_spec
from typing import NoReturn

import typer

from assay_cli import api_commands, audit, operator_commands, rulebook_commands, timelines, trace
from assay_cli.printing import aside, document
from assay_cli.target import choose
from kernel.failure import Failure, remedy_of

PROGRAM = "assay"
TRACEBACK_PARTS = 6
WHERE_INSTALLED = {"assay_stack": "assay_cli.local_stack", "assay_lab": "assay_lab.commands"}
"""Packages that an operator's or an auditor's machine need not have, and the module with the commands of each."""


def program() -> typer.Typer:
    """The commands of the product, and those of the local stack and the lab where they are installed."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
    app.callback(help=__doc__)(choose)
    rulebook_commands.add_to(app)
    operator_commands.add_to(app)
    timelines.add_to(app)
    api_commands.add_to(app)
    audit.add_to(app)
    trace.add_to(app)
    for package, module in WHERE_INSTALLED.items():
        if find_spec(package):
            import_module(module).add_to(app)
    return app


def main() -> NoReturn:
    """Run one command; 0 when it did what it was told, 1 when it could not."""
    try:
        code = program()(standalone_mode=False, prog_name=PROGRAM)
    except Failure as failure:
        _say(failure)
        code = 1
    except OSError as error:
        _say(Failure(f"{error.strerror or error}: {error.filename or 'the system refused'}.", remedy_of(error)))
        code = 1
    except KeyboardInterrupt:
        code = 130
    except (typer.Abort, typer.Exit) as leaving:
        code = getattr(leaving, "exit_code", 1)
    except Exception as error:
        code = _say_unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def _say(failure: Failure) -> None:
    if "--json" in sys.argv:
        document({"failure": {"what": failure.what, "remedy": failure.remedy, "log": failure.log.splitlines()}})
    if failure.log:
        aside.print(failure.log, markup=False, style="dim")
    aside.print(f"{failure.what} {failure.remedy}", markup=False, style="red")


def _say_unexpected(error: Exception) -> int:
    """A command line that is wrong says so itself; anything else is a fault of ours, told with where it came from."""
    if hasattr(error, "format_message"):
        _say(Failure(f"{error.format_message().rstrip('.')}.", f"See {PROGRAM} --help."))
        return 2
    failure = Failure(
        f"Something unexpected went wrong: {type(error).__name__}: {error}.",
        f"`{PROGRAM} status` and `{PROGRAM} logs` show how the stack is; above stands where it happened.",
    )
    failure.log = "".join(traceback.format_exception(error)[-TRACEBACK_PARTS:]).rstrip()
    _say(failure)
    return 1


if __name__ == "__main__":
    main()
