"""The options of an operation's command, and the request that they make."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, NoReturn
from urllib.parse import quote

from assay_cli.api_document import Field, Operation, Parameter, Schema
from kernel.failure import Failure

BODY: Final = "the whole body as JSON, - for standard input; options come on top"
BINARY: Final = ("binary",)
LONGEST_HELP: Final = 200
OWN: Final = ("json", "field", "until", "output", "acting-as", "idempotency-key", "if-match", "body", "help", "part")
"""Options of every command; a field of the same name is called `--body-NAME`."""


class WrongUsage(Exception):
    """The command line is not one of the command."""

    def format_message(self) -> str:
        """What was wrong, and how it is used."""
        return str(self)


@dataclass
class ApiRequest:
    """What is sent."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    json: Any = None
    form: dict[str, Any] = field(default_factory=dict)
    files: list[tuple[str, Path]] = field(default_factory=list)

    def opened(self, stack: ExitStack) -> list[tuple[str, tuple[str, IO[bytes]]]]:
        """Its files, open for as long as the stack is."""
        return [(name, (path.name, stack.enter_context(path.open("rb")))) for name, path in self.files]


class Parser(argparse.ArgumentParser):
    """Says what is wrong as all commands do, and ends nothing itself."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise WrongUsage(f"{message.rstrip('.')}. {self.format_usage().strip()}")


def parser_of(operation: Operation, program: str) -> Parser:
    """The command line of an operation."""
    parser = Parser(prog=program, description=operation.summary, allow_abbrev=False, formatter_class=_help_format())
    for each in operation.path_parameters:
        parser.add_argument(f"path:{each.name}", metavar=each.name.upper(), help=_said(each) or None)
    for each in operation.query:
        _add_parameter(parser, each)
    _add_body(parser, operation)
    parser.add_argument("--acting-as", metavar="ROLE[/PARTY]", help="where your token gives several roles or Parties")
    if not operation.changes:
        parser.add_argument("--until", metavar="PATH=VALUE", help="ask again until the answer says so, for a minute")
    else:
        parser.add_argument("--idempotency-key", metavar="KEY", help="that of a command whose answer was lost")
        parser.add_argument("--if-match", metavar="ETAG", help="refused if it has changed since it had this ETag")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the answer is written")
    parser.add_argument("--field", metavar="PATH", help="print one value of the answer alone, for example items.0.id")
    parser.add_argument("--json", action="store_true", help="print the answer as the one JSON document that came")
    return parser


def _help_format() -> Any:
    return argparse.RawDescriptionHelpFormatter


def _add_parameter(parser: Parser, parameter: Parameter) -> None:
    names = _option(parameter.name)
    if parameter.schema.get("type") == "array":
        parser.add_argument(
            names, dest=f"query:{parameter.name}", action="append", required=parameter.required, help=_help(parameter)
        )
    else:
        _add(parser, names, f"query:{parameter.name}", parameter.schema, parameter.required, _help(parameter))


def _add_body(parser: Parser, operation: Operation) -> None:
    if operation.body == "json":
        parser.add_argument("--body", metavar="FILE", help=BODY)
    if operation.free_fields:
        parser.add_argument("--part", action="append", metavar="KIND=FILE", required=True, help="a file of each kind")
    for each in operation.fields:
        # A field may come in the file of the body, so that the gateway alone says what is missing.
        _add_field(parser, each, required=each.required and operation.body == "form")


def _add_field(parser: Parser, given: Field, required: bool) -> None:
    option, dest = _option(".".join(given.path)), "body:" + ".".join(given.path)
    schema, said = given.schema, _help(given)
    match schema.get("type"):
        case "array":
            parser.add_argument(
                option, dest=dest, action="append", metavar=_element(schema), required=required, help=said
            )
        case "object":
            parser.add_argument(option, dest=dest, action="append", metavar="NAME=VALUE", help=said)
        case _ if is_file(schema):
            parser.add_argument(option, dest=dest, type=Path, metavar="FILE", required=required, help=said)
        case _:
            _add(parser, option, dest, schema, required, said)


def _add(parser: Parser, option: str, dest: str, schema: Schema, required: bool, said: str | None) -> None:
    match schema.get("type"):
        case "boolean":
            parser.add_argument(option, dest=dest, action=argparse.BooleanOptionalAction, required=required, help=said)
        case "integer":
            parser.add_argument(option, dest=dest, type=int, metavar="N", required=required, help=said)
        case "number":
            parser.add_argument(option, dest=dest, type=float, metavar="N", required=required, help=said)
        case _:
            allowed = schema.get("enum")
            shown = None if allowed else {"date": "YYYY-MM-DD", "uuid": "ID"}.get(schema.get("format", ""), "TEXT")
            parser.add_argument(option, dest=dest, choices=allowed, metavar=shown, required=required, help=said)


def _option(name: str) -> str:
    plain = name.replace("_", "-")
    return f"--body-{plain}" if plain in OWN else f"--{plain}"


def _help(given: Parameter | Field) -> str | None:
    return "; ".join(filter(None, (_said(given), "needed" if given.required else ""))) or None


def _said(given: Parameter | Field) -> str:
    """The first line of a description; argparse takes a percent sign for a format."""
    return given.description.split("\n")[0][:LONGEST_HELP].replace("%", "%%")


def _element(schema: Schema) -> str:
    element = schema.get("items", {})
    if is_file(element):
        return "FILE"
    return "TEXT" if element.get("type") == "string" else "JSON"


def is_file(schema: Schema) -> bool:
    """Whether a field of a form is a file."""
    return schema.get("format") in BINARY or "contentMediaType" in schema


def request_of(operation: Operation, chosen: argparse.Namespace) -> ApiRequest:
    """What a command line asks for."""
    values = vars(chosen)
    path = operation.path
    for each in operation.path_parameters:
        path = path.replace(f"{{{each.name}}}", quote(str(values[f"path:{each.name}"]), safe=""))
    request = ApiRequest(operation.method, path, list(_query(operation, values)), _headers(values))
    if operation.body == "json":
        request.json = _json_body(operation, values)
    elif operation.body == "form":
        _fill_form(request, operation, values)
    return request


def _query(operation: Operation, values: Mapping[str, Any]) -> Any:
    for each in operation.query:
        value = values[f"query:{each.name}"]
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield each.name, str(one).lower() if isinstance(one, bool) else str(one)


def _headers(values: Mapping[str, Any]) -> dict[str, str]:
    named = {"Assay-Acting-As": "acting_as", "Idempotency-Key": "idempotency_key", "If-Match": "if_match"}
    return {header: values[name] for header, name in named.items() if values.get(name)}


def _json_body(operation: Operation, values: Mapping[str, Any]) -> Any:
    body = _document(values["body"]) if values.get("body") else {}
    for each in operation.fields:
        value = values["body:" + ".".join(each.path)]
        if value is not None:
            _put(body, each.path, _value(each, value))
    return body


def _document(name: str) -> dict[str, Any]:
    try:
        body = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
    except ValueError as error:
        raise Failure(f"{name} holds no JSON: {error}.", "Give the body as one JSON object.") from error
    if not isinstance(body, dict):
        raise Failure(
            f"{name} holds no JSON object.", 'Give the body as one JSON object, for example {"reason": "..."}.'
        )
    return body


def _put(body: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *outer, last = path
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value


def _value(given: Field, value: Any) -> Any:
    match given.schema.get("type"):
        case "object":
            return dict(_pair(each, given) for each in value)
        case "array" if _element(given.schema) == "JSON":
            return [_element_of(each, given) for each in value]
        case _:
            return value


def _pair(text: str, given: Field) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise WrongUsage(f"{_option('.'.join(given.path))} is {text!r}; give NAME=VALUE, for example role=ES")
    return name, value


def _element_of(text: str, given: Field) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise WrongUsage(f"{_option('.'.join(given.path))} is no JSON: {error}") from error


def _fill_form(request: ApiRequest, operation: Operation, values: Mapping[str, Any]) -> None:
    for text in values.get("part") or ():
        kind, equals, file = text.partition("=")
        if not equals:
            raise WrongUsage(f"--part is {text!r}; give KIND=FILE, for example test-plan=plan.xlsx")
        request.files.append((kind.replace("-", "_"), Path(file)))
    for each in operation.fields:
        value, name = values["body:" + ".".join(each.path)], ".".join(each.path)
        for one in value if isinstance(value, list) else [value]:
            if one is None:
                continue
            if is_file(each.schema) or is_file(each.schema.get("items", {})):
                request.files.append((name, Path(one)))
            else:
                request.form.setdefault(name, []).append(str(one))
