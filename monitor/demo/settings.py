"""The demo's configuration file: the newsroom's feeds, two recipients, and what `monitor` ships."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import tomlkit
from jinja2 import Environment, StrictUndefined

from monitor.demo.content import Content
from monitor.testing import MailReceiver, Newsroom, WebhookReceiver

MAIL_LOGIN = ("monitor", "only-for-the-demo")
ENDPOINTS = {"desk": ("mail", "hook"), "risk": ("mail",)}
"""The channels on which each recipient of the demo is told."""
ADDRESSES = {"desk": "desk@newsroom.invalid", "risk": "risk@newsroom.invalid"}
_OWN = ("service", "channels", "recipients", "digests", "feeds")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the newsroom is read, as the config spells durations."""

    interval: str = "30m"
    page_pause: str = "0s"
    page_wait: str = "60s"
    page_wait_max: str = "90s"


def shipped_config_text() -> str:
    """The config.toml that `monitor` ships: out of the installed package, or from the top of the source tree."""
    packed = files("monitor.demo").joinpath("data", "shipped.toml")
    if packed.is_file():
        return packed.read_text("utf-8")
    return (Path(__file__).parents[2] / "config.toml").read_text("utf-8")


def environment(hooks: WebhookReceiver) -> dict[str, str]:
    """What the secrets of the config refer to."""
    return {"DEMO_MAIL_PASSWORD": MAIL_LOGIN[1], "DEMO_HOOK_SECRET": hooks.keys[0]}


def write_config(
    path: Path,
    content: Content,
    room: Newsroom,
    mail: MailReceiver,
    hooks: WebhookReceiver,
    ca_file: Path,
    pace: Pace | None = None,
) -> Path:
    """Write a whole configuration for a started newsroom with its receivers, state beside it; returns `path`."""
    values = {
        "ca_file": str(ca_file.resolve()),
        "smtp": f"smtp://{mail.host}:{mail.port}",
        "hook": hooks.url(),
        "outlets": content.outlets,
        "feeds": {o.id: room[o.id].url(o.feed) for o in content.outlets},
        "pace": pace or Pace(),
    }
    path.write_text(_own_part(values) + _shipped_part(), encoding="utf-8")
    return path


def _own_part(values: Mapping[str, object]) -> str:
    # Autoescape is for HTML; in TOML every value goes through the `toml` filter, which quotes it.
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701 - not HTML
    environment.filters["toml"] = lambda text: json.dumps(str(text), ensure_ascii=False)
    template = files("monitor.demo").joinpath("data", "templates", "config.toml.j2").read_text("utf-8")
    return environment.from_string(template).render(values)


def _shipped_part() -> str:
    """The shipped actors, topics and rules, in the words of the shipped file."""
    document = tomlkit.parse(shipped_config_text())
    for table in _OWN:
        document.pop(table, None)
    return tomlkit.dumps(document)
