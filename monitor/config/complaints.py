"""What pydantic found wrong, in this project's words and with a remedy for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, time
from typing import Any

from pydantic import ValidationError

from monitor.config.faults import SENSITIVE, Fault, Path, listed, shown, suggestion
from monitor.config.shape import CHANNEL_SHAPES, Document, Shape, shape_at

_EXPECTED = {
    "string_type": ("a text", "write one text in quotes"),
    "int_type": ("a whole number", "write a number without quotes, like 20"),
    "bool_type": ("true or false", "write true or false without quotes"),
    "list_type": ("a list", 'write ["…", "…"]'),
    "dict_type": ("a table", "write { key = … } or give it a table of its own"),
    "model_type": ("a table", "write { key = … } or give it a table of its own"),
    "model_attributes_type": ("a table", "write { key = … } or give it a table of its own"),
}
_KEYED = ("channels", "digests", "actors", "topics")


def complaints(error: ValidationError, raw: dict[str, Any]) -> Iterator[Fault]:
    """One fault for each of pydantic's errors; `raw` is what was validated."""
    for found in error.errors(include_url=False):
        path = _path(found["loc"])
        yield _complaint(found["type"], path, found["input"], dict(found.get("ctx", {})), raw)


def _path(loc: tuple[int | str, ...]) -> Path:
    """Pydantic's own path without what it adds: the kind of a channel, a mark that a key is meant."""
    if loc[-1:] == ("[key]",):
        loc = loc[:-1]
    if loc[:1] == ("channels",) and len(loc) > 2:
        loc = loc[:2] + loc[3:]
    return loc


def _complaint(error: str, path: Path, value: object, context: dict[str, Any], raw: dict[str, Any]) -> Fault:
    if error == "bad_value":
        key = context["key"]
        return Fault((*path, key) if key else path, context["message"], context["remedy"])
    if error == "extra_forbidden":
        return _unknown_key(path, raw)
    if error == "missing":
        return Fault(path, "missing", f"add {_example(path, raw)}")
    if error in ("union_tag_not_found", "union_tag_invalid"):
        return _channel_kind(error, (*path, "kind"), context)
    if error == "too_short":
        return Fault(path, "an empty list", "write at least one item or leave it out")
    if error == "greater_than_equal":
        return Fault(path, f"{_seen(path, value)} is too small", f"write a number from {context['ge']}")
    expected = _EXPECTED.get(error)
    if expected is None:  # a kind of error that no shape here can raise today: said plainly, never swallowed
        return Fault(path, f"{_seen(path, value)} does not fit ({error.replace('_', ' ')})", "see docs/config.md")
    return _wrong_type(path, value, *expected)


def _unknown_key(path: Path, raw: dict[str, Any]) -> Fault:
    shape = shape_at(path[:-1], _kind(path, raw))
    keys = _keys(shape) if shape else []
    otherwise = f"known here are {listed(keys)}".replace(" or ", " and ") if keys else "take it out"
    return Fault(path, "unknown key", suggestion(str(path[-1]), keys, otherwise))


def _wrong_type(path: Path, value: object, expected: str, remedy: str) -> Fault:
    if len(path) == 1 and expected == "a list":
        return Fault(path, f"{_seen(path, value)} is not a list of tables", f"write [[{path[0]}]]")
    if len(path) == 1 and path[0] in _KEYED:
        return Fault(path, f"{_seen(path, value)} is not a table of tables", f"write [{path[0]}.NAME]")
    if path[2:3] == ("all",) and len(path) == 4:
        return Fault(path, f"{_seen(path, value)} is neither a text nor a list of texts", "write texts in quotes")
    return Fault(path, f"{_seen(path, value)} is not {expected}", remedy)


def _channel_kind(error: str, path: Path, context: dict[str, Any]) -> Fault:
    quoted = listed(f'"{kind}"' for kind in CHANNEL_SHAPES)
    if error == "union_tag_not_found":
        return Fault(path, "missing", f"add kind = {quoted}")
    kind = str(context["tag"])
    return Fault(path, f"{shown(kind)} is not a kind of channel", suggestion(kind, CHANNEL_SHAPES, f"write {quoted}"))


def _seen(path: Path, value: object) -> str:
    """The value for a message, unless it may be a secret that was written out."""
    if SENSITIVE.intersection(part for part in path if isinstance(part, str)) and not isinstance(value, (list, dict)):
        return "what stands here (it is not shown)"
    if isinstance(value, (date, time)):
        return f"the date or time {value}"
    return shown(value)


def _kind(path: Path, raw: dict[str, Any]) -> str:
    """The kind of the channel that `path` leads through."""
    if len(path) < 3 or path[0] != "channels":
        return ""
    return str(raw["channels"][path[1]].get("kind", ""))


def _keys(shape: type[Shape]) -> list[str]:
    return [field.alias or name for name, field in shape.model_fields.items()]


def _example(path: Path, raw: dict[str, Any]) -> str:
    """`url = "https://example.org/world.rss"`, from the examples of the shape."""
    shape = shape_at(path[:-1], _kind(path, raw)) or Document
    field = next((f for name, f in shape.model_fields.items() if (f.alias or name) == path[-1]), None)
    example = field.examples[0] if field and field.examples else "…"
    return f"{path[-1]} = {json.dumps(example, ensure_ascii=False)}"
