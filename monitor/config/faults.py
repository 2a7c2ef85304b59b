"""What can be wrong with one value, and how it is said: the value shown safely, a remedy, a near miss."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where something stands in the file: `("feeds", 1, "interval")`."""

SENSITIVE = frozenset({"auth", "password", "bearer", "value", "secrets", "smtp"})
"""Keys at or below which a value may be a secret that somebody wrote out: it is never shown."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault whose line is not known yet."""

    path: Path
    message: str
    remedy: str = ""


class BadValue(ValueError):
    """A value that cannot be read. `key` names the part of a table that is at fault."""

    def __init__(self, message: str, remedy: str = "", key: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy, self.key = message, remedy, key


def written(path: Path) -> str:
    """The path as a person would write it: `feeds[1].interval`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text


def shown(value: object) -> str:
    """A value for a message: short, in quotes, without the credentials or the query of a URL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    if not isinstance(value, str):
        return str(value)
    text = without_secrets(value) if "://" in value else value
    return json.dumps(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…", ensure_ascii=False)


def without_secrets(url: str) -> str:
    """A URL without what may be secret in it: what stands before an `@`, and the query."""
    masked = re.sub(r"^([^/?#]*://)?[^/?#]*@", r"\1…@", url)
    return re.sub(r"\?.*", "?…", masked, flags=re.DOTALL)


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that `word` was probably meant to be."""
    by_fold = {option.casefold(): option for option in options}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None


def suggestion(word: str, options: Iterable[str], otherwise: str, form: str = "{}") -> str:
    """`did you mean "…"?` where one option is near, else `otherwise`. `form` dresses the option."""
    near = nearest(word, options)
    return f'did you mean "{form.format(near)}"?' if near is not None else otherwise


def listed(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
