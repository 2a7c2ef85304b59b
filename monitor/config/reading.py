"""From the text of a config file to Settings, or to every problem there is in it.

text → tomllib → shape (types, keys, values) + cross-checks (ids, references) → faults → lines → ConfigError
                                                                              ↘ none → Settings and warnings
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from monitor.config import faults, references
from monitor.config.complaints import complaints
from monitor.config.faults import Fault
from monitor.config.lines import Lines
from monitor.config.resolve import settings
from monitor.config.shape import Document
from monitor.config.warnings import cautions
from monitor.errors import ConfigError, Problem, RuleFault
from monitor.model.settings import Settings

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SYNTAX_REMEDIES = {
    "Cannot overwrite a value": "this key is there already, take one out",
    "Cannot declare": "this table is there already, join the two or write [[…]] for a list of tables",
    "Duplicate inline table key": "take one out",
    "Invalid value": "put texts in quotes; numbers, true and false stand without",
    "Unclosed array": 'close the list with "]"',
    "Expected '=' after a key": "write key = value; a name with spaces or dots stands in quotes",
    "Unescaped '\\'": "write \\\\ for a backslash, or put the text in single quotes",
    "Illegal character '\\n'": 'close the quote on the same line, or use """ for a text of several lines',
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A config without fault, and what is allowed in it yet probably not meant."""

    settings: Settings
    warnings: tuple[Problem, ...] = ()


def parse(text: str, file: str, base: Path | None = None, environ: Mapping[str, str] | None = None) -> Parsed:
    """Read a config.

    `file` is its name in messages; `base` the folder that relative paths start from (that of `file` unless given).
    `environ` gives systemd's STATE_DIRECTORY, the state folder where the file names none. No secret is resolved, and
    nothing is opened but the time zone database. Raises ConfigError with every problem, in the order of their lines.
    """
    text = text.removeprefix("\ufeff")
    raw = _toml(text, file)
    document, found = _shape(raw)
    found += references.cross_check(raw)
    if document is None or found:
        raise ConfigError(_placed(text, file, found))
    folder = Path(file).parent if base is None else base
    warnings = tuple(cautions(document))
    return Parsed(settings(document, folder, environ or {}), _placed(text, file, warnings) if warnings else ())


def place(text: str, file: str, faults: Sequence[RuleFault]) -> tuple[Problem, ...]:
    """Give lines to what the rule compiler found in a config that `parse` has accepted, in the order of the lines."""
    text = text.removeprefix("\ufeff")
    raw = _toml(text, file)
    found = [Fault(_path_of(raw, fault), fault.message, fault.remedy) for fault in faults]
    return _placed(text, file, found) if found else ()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, for editors. TOML has no null, so the schema has none either."""
    schema: dict[str, Any] = _without_null(Document.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema | {"title": "monitor's config.toml"}


def _toml(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem = Problem(file, None, "", "not valid TOML: lists or tables are nested too deeply", "flatten them")
    except ValueError as error:  # TOMLDecodeError is one; int() raises a plain one for a number of 5,000 digits
        problem = _syntax_problem(str(error), text, file)
    raise ConfigError((problem,))


def _syntax_problem(message: str, text: str, file: str) -> Problem:
    at = _AT.search(message)
    line = None
    if at:
        line = int(at[1]) if at[1] else max(1, len(text.rstrip().splitlines()))
    what = message[: at.start()] if at else message
    remedy = next((remedy for start, remedy in _SYNTAX_REMEDIES.items() if what.startswith(start)), "")
    where = f", column {at[2]}" if at and at[2] else ""
    return Problem(file, line, "", f"not valid TOML: {what}{where}", remedy)


def _shape(raw: dict[str, Any]) -> tuple[Document | None, list[Fault]]:
    try:
        return Document.model_validate(raw), []
    except ValidationError as error:
        return None, list(complaints(error, raw))


def _placed(text: str, file: str, found: Iterable[Fault]) -> tuple[Problem, ...]:
    lines = Lines(text)
    problems = {
        Problem(file, lines.of(fault.path), faults.written(fault.path), fault.message, fault.remedy) for fault in found
    }
    return tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.path, problem.message)))


def _path_of(raw: dict[str, Any], fault: RuleFault) -> faults.Path:
    path: faults.Path = (fault.table, fault.item_id)
    for here, item in references.tables(raw, fault.table):
        if item.get("id") == fault.item_id and isinstance(here[1], int):
            path = here
    return (*path, fault.key) if fault.key else path


def _without_null(schema: Any) -> Any:
    """Drop what says that a value may be null: optional keys are simply left out of a TOML file."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _without_null(value) for key, value in schema.items() if not (key == "default" and value is None)}
    options = [option for option in kept.pop("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        return kept | options[0]
    return kept | ({"anyOf": options} if options else {})
