"""A rich digest, an alert, an alarm and a ping, all made up, in three scripts: what the renderers are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitor.model.news import Match, Prominence, Span
from monitor.model.settings import Priority
from monitor.model.telling import (
    Alarm,
    Coverage,
    DeliveryKind,
    DigestBody,
    Evidence,
    FeedTrouble,
    Item,
    Message,
    RuleCount,
    Source,
    Withdrawn,
)

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""07:00 in Cairo."""
ZONE = "Africa/Cairo"
START = NOW - timedelta(days=1)

Word = tuple[str, str]
"""A word of the text and the term of the rule that it hits."""


def spans(title: str, text: str, words: Sequence[Word]) -> tuple[Span, ...]:
    """Where each word first stands, the title before the text."""
    found = []
    for word, term in words:
        field, whole = ("title", title) if word in title else ("text", text)
        start = whole.index(word)
        found.append(Span(field, start, start + len(word), word, term))
    return tuple(found)


def match(rule: str, found: Sequence[Span], why: str = "", prominence: Prominence = Prominence.SUBJECT) -> Match:
    """A match of a rule."""
    return Match(rule, "v1", prominence, tuple(found), why)


def source(entry: int, outlet: str, at: datetime, title: str = "", url: str | None = None) -> Source:
    """An article of an outlet."""
    link = url or f"https://news.example/{outlet.lower().replace(' ', '-')}/{entry}"
    return Source(entry, outlet.lower().replace(" ", "-"), outlet, title, link, at, at, "page")


def item(
    story: int,
    title: str,
    text: str,
    watches: dict[str, Sequence[Word]],
    outlets: Sequence[str] = ("The Nile Courier",),
    hours_ago: float = 5,
    why: str = "",
    prominence: Prominence = Prominence.SUBJECT,
    language: str = "en",
    origins: int = 1,
) -> Item:
    """A story whose first outlet holds the evidence of every watch."""
    first = NOW - timedelta(hours=hours_ago)
    evidence = tuple(
        Evidence(match(rule, spans(title, text, words), why, prominence), rule.replace("-", " "), story * 100)
        for rule, words in watches.items()
    )
    told = tuple(source(story * 100 + n, o, first + timedelta(minutes=20 * n), title) for n, o in enumerate(outlets))
    return Item(
        story_id=story,
        title=title,
        priority=Priority.NORMAL,
        prominence=prominence,
        evidence=evidence,
        sources=told,
        text=text,
        headline=title,
        first_at=first,
        origins=origins,
        language=language,
    )


HUDNA = item(
    1,
    "Cairo floats 60-day hudna as delegations return",
    "Egypt's intelligence chief has put a 60-day hudna to the delegations, two officials briefed on the talks said on"
    " Sunday. A Hamas delegation led by Khalil al-Hayya received the paper in Cairo and asked for two days to answer.\n"
    "The paper drops an earlier demand on the order of the exchange. Mediators expect an answer by Tuesday.",
    {
        "truce": [("hudna", "truce"), ("60-day", "60-day")],
        "hamas-egypt": [("Hamas delegation", "hamas"), ("Cairo", "egypt"), ("Egypt's intelligence", "egypt")],
        "hamas-leadership": [("Hayya", "al-hayya")],
    },
    [
        "The Nile Courier",
        "Delta Wire",
        "Gulf Standard",
        "Levant Today",
        "Harbour Post",
        "Morning Ledger",
        "Canal Times",
        "North Star",
        "Plain Speaker",
    ],
    hours_ago=33,
    origins=2,
)

ARABIC = item(
    2,
    "وفد حماس في القاهرة لبحث تثبيت الهدنة",
    "وصل وفد من حركة حماس إلى القاهرة مساء الأحد لبحث تثبيت الهدنة مع مسؤولين في المخابرات المصرية. ومن المقرر أن يلتقي"
    " الوفد رئيس الجهاز صباح الاثنين.\nوقال مصدر مطلع إن المباحثات تتناول المعبر وتبادل الأسرى.",
    {
        "hamas-egypt": [("وفد حماس", "@hamas"), ("القاهرة", "@cairo")],
        "gaza-truce": [("الهدنة", "هدنة"), ("تبادل الأسرى", "exchange")],
    },
    ["صوت النيل", "Canal Times"],
    hours_ago=7.5,
    language="ar",
    origins=2,
)

HEBREW = item(
    3,
    "מעבר רפיח נסגר לאחר ירי פגזים בציר פילדלפי",
    "מעבר רפיח נסגר אתמול בערב לאחר שפגזים נפלו סמוך לציר פילדלפי. גורם ביטחוני אמר כי המעבר ייפתח שוב לאחר בדיקה.\n"
    "משאיות סיוע חיכו בצד המצרי של הגבול.",
    {"rafah-crossing": [("מעבר רפיח", "@rafah-crossing"), ("ציר פילדלפי", "Philadelphi corridor")]},
    ["קול הנגב"],
    hours_ago=9,
    why="in the title",
    language="he",
)

UNITY = replace(
    item(
        4,
        "Factions name technocrats for a joint committee",
        "Talks on a unity government resumed overnight.",
        {"palestinian-unity": [("unity government", "unity government")]},
        ["Harbour Post", "Delta Wire"],
        hours_ago=2,
        why="paragraph 1 of 1",
        origins=1,
    ),
    headline_only=True,
)

MENTIONS = (
    item(
        11,
        "Opinion: what a truce would ask of everyone",
        "A truce asks more of the strong.",
        {"truce": [("truce", "truce")]},
        ["Morning Ledger"],
        11,
        "opinion",
        Prominence.MENTION,
    ),
    item(
        12,
        "Live: markets, storms and diplomacy",
        "08:10 The truce talks go on.",
        {"truce": [("truce", "truce")]},
        ["Gulf Standard"],
        3,
        "live blog",
        Prominence.MENTION,
    ),
    item(
        13,
        "Ten years on: the tunnels of the border",
        "The crossing had been shut for months.",
        {"rafah-crossing": [("crossing", "crossing")]},
        ["Plain Speaker"],
        20,
        "anniversary",
        Prominence.MENTION,
    ),
)

DAY_ZERO = (
    item(
        21,
        "Envoy flies to Cairo for a second round",
        "The envoy flies to Cairo.",
        {"hamas-egypt": [("Cairo", "egypt")]},
        ["Canal Times"],
        60,
    ),
    item(
        22,
        "قافلة مساعدات تعبر معبر رفح",
        "عبرت قافلة مساعدات معبر رفح.",
        {"rafah-crossing": [("معبر رفح", "@rafah-crossing")]},
        ["صوت النيل"],
        55,
        language="ar",
    ),
)

COVERAGE = Coverage(
    feeds=43,
    feeds_checked=41,
    troubles=(
        FeedTrouble("coast", "The Coast Daily", "forbidden", NOW - timedelta(hours=9), "HTTP 403"),
        FeedTrouble("hill", "Hill Observer", "gap", NOW - timedelta(hours=14), "two polls shared no entry"),
    ),
    entries=412,
    matched=31,
    without_full_text=3,
    oldest_unread_at=NOW - timedelta(minutes=48),
    unread=2,
    read=396,
)

BODY = DigestBody(
    digest="gaza-desk",
    name="Gaza desk",
    window_id=7,
    start_at=START,
    end_at=NOW,
    local_date=date(2026, 11, 23),
    items=(HUDNA, ARABIC, HEBREW, UNITY),
    mentions=MENTIONS,
    day_zero=DAY_ZERO,
    withdrawn=(
        Withdrawn(
            31,
            "Sinai checkpoint closes for repairs",
            "https://news.example/checkpoint",
            NOW - timedelta(hours=15),
            ("sinai-security",),
            "the full text does not match",
        ),
    ),
    held=(("the story has been told already", 5), ("no alerts from this rule", 3)),
    quiet=(RuleCount("sinai-security", "Sinai security", 0, 1.4), RuleCount("gas-fields", "Gas fields", 0, None)),
    coverage=COVERAGE,
)

RICH = Message(
    kind=DeliveryKind.DIGEST,
    at=NOW,
    recipient="desk",
    recipient_name="Gaza desk",
    timezone=ZONE,
    languages=("en",),
    digest=BODY,
    address="desk@example.org",
)

EMPTY = replace(
    RICH,
    digest=replace(
        BODY,
        items=(),
        mentions=(),
        day_zero=(),
        withdrawn=(),
        held=(),
        quiet=(RuleCount("truce", "Truce", 0, 4.0),),
        coverage=replace(
            COVERAGE, matched=0, without_full_text=0, troubles=(), feeds_checked=43, unread=0, oldest_unread_at=None
        ),
    ),
)

ALERT = replace(RICH, kind=DeliveryKind.ALERT, digest=None, item=HUDNA, reason="first report of the story")

ALARM = replace(
    RICH,
    kind=DeliveryKind.ALARM,
    digest=None,
    alarm=Alarm(3, "The Coast Daily keeps failing", "HTTP 403", NOW - timedelta(hours=9), "See `monitor feeds`."),
)

PING = replace(RICH, kind=DeliveryKind.PING, digest=None)

EVERY = {
    "alert": ALERT,
    "update": replace(ALERT, kind=DeliveryKind.UPDATE, reason="critical now, told so far at a lower priority"),
    "withdrawn": replace(ALERT, kind=DeliveryKind.WITHDRAWN, reason="the full text does not match"),
    "digest": RICH,
    "empty digest": EMPTY,
    "alarm": ALARM,
    "cleared": replace(
        ALARM, kind=DeliveryKind.CLEARED, alarm=Alarm(3, "The Coast Daily is well again", "", START, "", NOW)
    ),
    "ping": PING,
}
"""One message of every kind."""


def flood(count: int) -> Message:
    """A digest of that many long stories, mentions and troubles."""
    many = tuple(replace(ARABIC if n % 2 else HUDNA, story_id=n) for n in range(count))
    trouble = COVERAGE.troubles[0]
    troubles = tuple(replace(trouble, feed=f"feed-{n}", name=f"Feed {n} & co") for n in range(count // 10))
    body = replace(BODY, items=many, mentions=many, day_zero=many, coverage=replace(COVERAGE, troubles=troubles))
    return replace(RICH, digest=body)
