"""Which story a report belongs to, one report after the other and at once.

report → the same URL → the same wire copy → the same headline → the event that its terms, names, numbers and time fit

The last is a single pass. Of the stories in which reports with the same weighty terms stand, each gets the mean of the
report's likeness to its members and to its first one, not the likeness to their centroid: a centroid grows broader with
each member and chains one event to the next of its saga. Older stories count for less, a story must stand out from the
next one, and what contradicts in the same role lowers the score or forbids the join. What is not sure begins a story of
its own: a person can merge.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp

from monitor.model.news import JoinReason, StoryChoice
from monitor.stories.boilerplate import Boilerplate
from monitor.stories.facts import count_conflicts, other_weekdays, same_time, series_conflict
from monitor.stories.frequencies import Frequencies
from monitor.stories.group import MIN_CONTAINMENT, MIN_SAME_OUTLET, MIN_SHARED
from monitor.stories.headlines import rivals
from monitor.stories.index import Index
from monitor.stories.vectors import ArticleVector, Reading, Report, likeness, read

FIRST_MEMBERS, LATEST_MEMBERS = 6, 10
"""Of a story's members these are compared; more would cost time and change little."""
CANDIDATES = 8
"""Stories that are compared whole."""
TITLE_TERMS = 4
"""A headline of fewer terms may recur («Morning briefing»)."""
KNOWN_URLS = 200_000
MOST_HELD = 150_000
"""Reports; then the oldest leave before their time."""
SHOWN_TERMS = 5
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bounds:
    """One setting for all news, measured on streams whose reports come in a cluster and on such where they spread."""

    window: timedelta = timedelta(hours=72)
    """So long after its latest report a story can be joined."""
    join: float = 0.25
    """The least score of an event."""
    same_title: float = 0.18
    """The least likeness under the same headline."""
    first: float = 0.2
    """How much of the likeness is that to the first report alone."""
    fading: timedelta = timedelta(hours=200)
    """A story's likeness falls to 1/e in this time after its latest report."""
    margin: float = 0.3
    """What the distance to the next story weighs."""
    weekdays: float = 0.1
    """Off for weekdays that contradict."""
    dates: float = 0.1
    """Off for calendar dates that contradict."""
    counts: float = 0.04
    """Off for each noun, up to three, of which both give another number."""
    most_members: int = 400
    """Then a story is full, and what fits it begins another."""


@dataclass(frozen=True, slots=True)
class StoryState:
    """A story as a store keeps it: enough to go on with it without reading any text again."""

    id: int
    size: int
    members: tuple[ArticleVector, ...]
    """Those that are compared: the first ones and the latest."""


@dataclass(slots=True)
class _Story:
    id: int
    size: int = 0
    members: list[ArticleVector] = field(default_factory=list)
    latest: datetime = LONG_AGO
    present: int = 0
    """Members that are within the window."""


@dataclass(frozen=True, slots=True)
class _Fit:
    story: _Story
    likeness: float


class Grouper:
    """The stories of the window. `read` and `choose` look, `place` adds; the caller names the stories."""

    def __init__(self, frequencies: Frequencies, bounds: Bounds | None = None) -> None:
        self.frequencies = frequencies
        self.boilerplate = Boilerplate()
        self._bounds = bounds or Bounds()
        self._index = Index()
        self._next = 0
        self._held: OrderedDict[int, tuple[ArticleVector, _Story]] = OrderedDict()
        self._stories: dict[int, _Story] = {}
        self._urls: OrderedDict[str, int] = OrderedDict()
        self._titles: dict[tuple[int, ...], int] = {}

    def restore(self, stories: Iterable[StoryState]) -> None:
        """Take over stories from a store; nothing is weighed anew."""
        stories = list(stories)
        members = [(vector, state.id) for state in stories for vector in state.members]
        for vector, story_id in sorted(members, key=lambda one: (one[0].at, one[0].id)):
            self._hold(vector, story_id)
        for state in stories:
            self._stories[state.id].size = state.size

    def state(self, story_id: int) -> StoryState | None:
        """For the store; None for a story that has left the window."""
        story = self._stories.get(story_id)
        return None if story is None else StoryState(story.id, story.size, tuple(story.members))

    def read(self, report: Report) -> Reading:
        """Weigh a report with what is known by now."""
        return read(report, self.boilerplate, self.frequencies)

    def choose(self, report: Report, reading: Reading) -> StoryChoice:
        """The story that a report joins, or None and what kept it apart. Changes nothing."""
        for key in report.url_keys:
            if key in self._urls:
                return StoryChoice(self._urls[key], JoinReason.SAME_URL, 1.0, "the same page")
        found = (self._held[place] for place in self._index.find(reading.weights))
        near = [one for one in found if report.at - one[1].latest <= self._bounds.window]
        vector = reading.vector
        return _copy(vector, near) or self._same_title(reading) or self._same_event(reading, near)

    def place(self, report: Report, reading: Reading, story_id: int) -> None:
        """Put a report where it belongs, and learn from it."""
        self._expire(report.at)
        self._hold(reading.vector, story_id)
        for key in report.url_keys:
            self._urls.setdefault(key, story_id)
        while len(self._urls) > KNOWN_URLS:
            self._urls.popitem(last=False)
        self.frequencies.learn(reading.names)
        self.boilerplate.learn(report.outlet, reading.vector.shingles)

    def _same_title(self, reading: Reading) -> StoryChoice | None:
        vector = reading.vector
        place = self._titles.get(vector.headline.terms)
        if place is None or len(vector.headline.terms) < TITLE_TERMS:
            return None
        held, story = self._held[place]
        score = likeness(reading.weights, held) if vector.at - story.latest <= self._bounds.window else 0.0
        if score < self._bounds.same_title or self._veto(reading, story):
            return None
        return StoryChoice(story.id, JoinReason.SAME_TITLE, round(score, 3), "the same headline")

    def _same_event(self, reading: Reading, near: Sequence[tuple[ArticleVector, _Story]]) -> StoryChoice:
        stories = list({story.id: story for _, story in near}.values())[:CANDIDATES]
        fits = sorted((self._fit(reading, story) for story in stories), key=lambda fit: (-fit.likeness, fit.story.id))
        apart = ""
        for fit in fits:
            score = self._score(reading.vector, fit, max((f.likeness for f in fits if f is not fit), default=0.0))
            if score < self._bounds.join:
                apart = apart or f"nearest is story {fit.story.id} at {max(0.0, score):.2f}"
            elif veto := self._veto(reading, fit.story):
                apart = apart or f"not story {fit.story.id}: {veto}"
            else:
                shared = f"shares {_shared(reading, fit.story)}"
                return StoryChoice(fit.story.id, JoinReason.SAME_EVENT, round(min(1.0, score), 3), shared)
        return StoryChoice(None, JoinReason.FIRST, 1.0, apart or "nothing like it")

    def _fit(self, reading: Reading, story: _Story) -> _Fit:
        each = [likeness(reading.weights, member) for member in story.members]
        mean = (1 - self._bounds.first) * sum(each) / len(each) + self._bounds.first * each[0]
        age = max(timedelta(0), reading.vector.at - story.latest)
        return _Fit(story, mean * exp(-(age / self._bounds.fading)))

    def _score(self, vector: ArticleVector, fit: _Fit, other: float) -> float:
        bounds, theirs = self._bounds, [member.facts for member in fit.story.members]
        score = fit.likeness + bounds.margin * (fit.likeness - other)
        score -= bounds.weekdays * other_weekdays(vector.facts, theirs)
        score -= bounds.dates * (not same_time(vector.facts, theirs))
        return score - bounds.counts * min(3, count_conflicts(vector.facts, theirs))

    def _veto(self, reading: Reading, story: _Story) -> str | None:
        """Why a report cannot stand in a story however like it is."""
        if story.size >= self._bounds.most_members:
            return "it is full"
        if conflict := series_conflict(reading.vector.facts, [member.facts for member in story.members]):
            noun, here, there = conflict
            return f"{reading.names.get(noun, 'number')} {here} here, {there} there"
        return _other_name(reading, story)

    def _hold(self, vector: ArticleVector, story_id: int) -> None:
        story = self._stories.setdefault(story_id, _Story(story_id))
        story.size += 1
        story.present += 1
        story.latest = max(story.latest, vector.at)
        story.members.append(vector)
        if len(story.members) > FIRST_MEMBERS + LATEST_MEMBERS:
            del story.members[FIRST_MEMBERS]
        self._held[self._next] = (vector, story)
        self._titles[vector.headline.terms] = self._next
        self._index.add(self._next, vector.terms)
        self._next += 1

    def _expire(self, now: datetime) -> None:
        while self._held:
            place, (vector, story) = next(iter(self._held.items()))
            if now - vector.at <= self._bounds.window and len(self._held) < MOST_HELD:
                break
            del self._held[place]
            if self._titles.get(vector.headline.terms) == place:
                del self._titles[vector.headline.terms]
            story.present -= 1
            if not story.present:
                self._stories.pop(story.id, None)
            self._index.leave(place + 1)


def _copy(vector: ArticleVector, near: Sequence[tuple[ArticleVector, _Story]]) -> StoryChoice | None:
    """The story that holds most of the text: containment of shingles, as in `group.choose`."""
    own, best = frozenset(vector.shingles), (0.0, 0)
    for other, story in near if len(own) >= MIN_SHARED else ():
        shared = len(own.intersection(other.shingles))
        containment = shared / max(1, min(len(own), len(other.shingles)))
        least = MIN_SAME_OUTLET if vector.outlet and vector.outlet == other.outlet else MIN_CONTAINMENT
        if shared >= MIN_SHARED and containment >= least:
            best = max(best, (containment, -story.id))
    if not best[0]:
        return None
    return StoryChoice(-best[1], JoinReason.WIRE_COPY, round(best[0], 3), f"{best[0]:.0%} of the text is shared")


def _other_name(reading: Reading, story: _Story) -> str | None:
    for member in story.members:
        found = rivals(reading.vector.headline, reading.names, member.headline, member.terms)
        if found and not any(key in other.terms for other in story.members for key in found[0]):
            return f"another name in the same headline ({' '.join(reading.names[key] for key in found[0])})"
    return None


def _shared(reading: Reading, story: _Story) -> str:
    theirs = {key for member in story.members for key in member.terms}
    return ", ".join([reading.names[key] for key in reading.weights if key in theirs][:SHOWN_TERMS])
