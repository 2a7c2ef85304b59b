"""Messages as HTML for mail readers: one column, no images, light and dark, never larger than a mail reader shows.

Nothing from a feed is ever a template: values go through autoescape in a sandboxed environment. Pure but for reading
the package's own templates.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from monitor.digest import view
from monitor.digest.clean import clip
from monitor.digest.page import DAY_ZERO_NOTE, MORE_NOTE, Caps, page, reader_of, reason_note
from monitor.digest.subject import subject
from monitor.digest.when import moment
from monitor.model.telling import Alarm, DeliveryKind, DigestBody, Message

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment

LIMIT = 75_000
"""Bytes of HTML: as base64 they stay below the 102 KB at which Gmail clips a message."""

DETAIL = 2000
"""Characters of what an alarm says."""

_SHARES = (1.0, 0.75, 0.55, 0.4, 0.3, 0.2, 0.1, 0.05, 0.0)
_KINDS = {DeliveryKind.ALERT: "Alert", DeliveryKind.UPDATE: "Update", DeliveryKind.WITHDRAWN: "Withdrawn"}


def render_html(message: Message) -> str:
    """Any message as a whole HTML document of at most `LIMIT` bytes in UTF-8."""
    if message.digest is not None:
        return _digest(message, message.digest)
    return _inliner().inline(_single(message))


def _single(message: Message) -> str:
    if message.item is not None:
        shown = view.story(message.item, reader_of(message))
        return _set("alert.html.j2", message, kind=_KINDS[message.kind], story=shown, reason=reason_note(message))
    if message.alarm is not None:
        return _set("alarm.html.j2", message, **_alarm(message.alarm, message.timezone))
    return _set("ping.html.j2", message, name=clip(message.recipient_name, view.TITLE))


def _digest(message: Message, body: DigestBody) -> str:
    """As much of the digest as fits, the rest counted; the smallest page there is goes out in any case."""
    for share in _SHARES:
        shown = page(message, body, Caps().scaled(share))
        plain = _set("digest.html.j2", message, page=shown, day_zero_note=DAY_ZERO_NOTE, more_note=MORE_NOTE)
        # Styles only make it longer: what is too long without them needs no inlining.
        if len(plain.encode()) <= LIMIT and len((inlined := _inliner().inline(plain)).encode()) <= LIMIT:
            return inlined
    return _inliner().inline(plain)


def _alarm(alarm: Alarm, timezone: str) -> dict[str, str]:
    return {
        "title": clip(alarm.title, view.TITLE),
        "detail": clip(alarm.detail, DETAIL),
        "remedy": "" if alarm.cleared_at else clip(alarm.remedy, DETAIL),
        "since": moment(alarm.since, timezone),
        "until": moment(alarm.cleared_at, timezone) if alarm.cleared_at else "",
    }


def _set(template: str, message: Message, **values: Any) -> str:
    return _environment().get_template(template).render(subject=subject(message), **values)


@cache
def _environment() -> Environment:
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=PackageLoader("monitor.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
