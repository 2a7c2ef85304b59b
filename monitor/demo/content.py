"""The newsroom's content as it stands in the package: outlets, steps of the day, articles. All of it is invented."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

FEED_LENGTH = 20
"""Entries that a feed lists at the most, newest first."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented publisher."""

    id: str
    name: str
    language: str
    format: str
    """`rss`, `atom`, `rdf`, `json`, or `broken`: a page where a feed should be."""
    feed: str
    """The path of its feed."""
    layout: str
    """The template of its pages: `classic`, `agency` (with JSON-LD) or `tabloid`."""
    robots: str = ""

    @property
    def right_to_left(self) -> bool:
        return self.language in ("ar", "he")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an article's page answers before it is there."""

    status: int
    times: int | None
    """None: for ever."""


@dataclass(frozen=True, slots=True)
class Revision:
    """An edited headline under the same guid."""

    step: int
    title: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article, as its outlet publishes it."""

    id: str
    outlet: str
    step: int
    """The step of the day in which its feed lists it."""
    published_at: datetime
    section: str
    byline: str
    title: str
    summary: str
    paragraphs: tuple[str, ...]
    path: str
    in_feed: bool = False
    """The feed carries the whole text."""
    refusals: tuple[Refusal, ...] = ()
    revised: Revision | None = None

    def title_at(self, step: int) -> str:
        return self.revised.title if self.revised and step >= self.revised.step else self.title

    def changed_at(self, step: int, moment: datetime) -> datetime:
        """When it was last changed, as seen at a step that begins at `moment`."""
        return moment if self.revised and step >= self.revised.step else self.published_at


@dataclass(frozen=True, slots=True)
class Step:
    """A moment at which the newsroom changes."""

    at: datetime
    note: str
    hook_says: int | None = None
    """The status with which the webhook receiver refuses the next message."""
    mail_says: str | None = None
    """With what the mail server refuses the next message."""


@dataclass(frozen=True, slots=True)
class Content:
    """The whole newsroom and its day."""

    start: datetime
    end: datetime
    outlets: tuple[Outlet, ...]
    steps: tuple[Step, ...]
    articles: tuple[Article, ...]

    def outlet(self, outlet_id: str) -> Outlet:
        return next(o for o in self.outlets if o.id == outlet_id)

    def article(self, article_id: str) -> Article:
        return next(a for a in self.articles if a.id == article_id)

    def listed(self, outlet: Outlet, step: int) -> list[Article]:
        """What the outlet's feed lists at a step, newest first."""
        held = [a for a in self.articles if a.outlet == outlet.id and a.step <= step]
        return sorted(held, key=lambda a: a.published_at, reverse=True)[:FEED_LENGTH]

    def changes(self, outlet: Outlet) -> list[int]:
        """The steps at which the outlet's feed is not what it was."""
        own = [a for a in self.articles if a.outlet == outlet.id]
        return sorted({0, *(a.step for a in own), *(a.revised.step for a in own if a.revised)})


def steady(content: Content) -> Content:
    """The same newsroom without the articles whose page is there at a later try only: such tries are ten minutes
    apart, so what is told of them depends on how long somebody watches."""
    kept = tuple(a for a in content.articles if all(r.times is None for r in a.refusals))
    return replace(content, articles=kept)


@cache
def load() -> Content:
    """Read the content out of the package."""
    room = _read("newsroom.toml")
    steps = tuple(Step(**s) for s in room["steps"])
    outlets = tuple(Outlet(**o) for o in room["outlets"])
    layouts = {o.id: o.layout for o in outlets}
    raw = [*_read("stories.toml")["articles"], *_read("background.toml")["articles"]]
    articles = tuple(_article(a, steps, layouts) for a in raw)
    return Content(room["start"], room["end"], outlets, steps, articles)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("monitor.demo").joinpath("data", name).read_text("utf-8"))


def _article(raw: Mapping[str, Any], steps: tuple[Step, ...], layouts: Mapping[str, str]) -> Article:
    paragraphs = tuple(" ".join(p.split()) for p in raw["text"].strip().split("\n\n"))
    published_at = steps[raw["step"]].at - timedelta(minutes=raw["minutes"])
    return Article(
        id=raw["id"],
        outlet=raw["outlet"],
        step=raw["step"],
        published_at=published_at,
        section=raw["section"],
        byline=raw["byline"],
        title=raw["title"],
        summary=raw.get("summary") or _first_sentence(paragraphs[0]),
        paragraphs=paragraphs,
        path=raw.get("path") or _path(layouts[raw["outlet"]], raw["id"], published_at),
        in_feed=raw.get("in_feed", False),
        refusals=_refusals(raw.get("page", [])),
        revised=Revision(**raw["revised"]) if "revised" in raw else None,
    )


def _refusals(page: str | list[dict[str, int]]) -> tuple[Refusal, ...]:
    if page == "never":
        return (Refusal(403, None),)
    return tuple(Refusal(r["status"], r["times"]) for r in page if isinstance(r, dict))


def _path(layout: str, article_id: str, published_at: datetime) -> str:
    """Each layout spells its links in its own way; one adds what newsletters are counted by."""
    paths = {
        "classic": f"/{published_at:%Y/%m/%d}/{article_id}/?utm_source=feed&utm_medium=rss",
        "agency": f"/article/{article_id}",
        "tabloid": f"/news/{published_at:%y%m%d}-{article_id}.html",
    }
    return paths[layout]


def _first_sentence(paragraph: str) -> str:
    head, stop, _ = paragraph.partition(". ")
    return head + "." if stop else paragraph
