"""One report after the other: which stories they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model.news import JoinReason, StoryChoice
from monitor.stories import Bounds, Frequencies, Grouper, Report, StoryState, grouper, shipped
from monitor.stories.packing import pack, unpack

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
FERRY = (
    "Ferry with 200 passengers catches fire off Palermo",
    "A ferry carrying some 200 passengers caught fire on Monday off the Sicilian port of Palermo, coast guards said.",
)
FERRY_AGAIN = (
    "Passengers evacuated after blaze on ferry near Sicily",
    "Coast guard vessels took passengers off a burning ferry near Palermo on Monday after a fire in its engine room.",
)
FERRY_VAGUE = (
    "Fire on board a ferry off Sicily",
    "Passengers of the ferry were being evacuated, the coast guard said.",
)
BUDGET = (
    "Parliament passes austerity budget by two votes",
    "Lawmakers narrowly adopted the government's austerity budget after a night of heated debate over pensions.",
)
WIRE = " ".join(
    f"Paragraph {n} tells how the delegation of the movement crossed into Cairo by gate {n} and met {n} officials."
    for n in range(30)
)


def report(number: int, words: tuple[str, str], hours: float = 0, outlet: str = "", urls: Iterable[str] = ()) -> Report:
    return Report(number, *words, NOW + hours * HOUR, tuple(urls), outlet)


def run(reports: Sequence[Report], held: Grouper | None = None) -> list[tuple[int, StoryChoice]]:
    """The stories, numbered as they begin, and what was chosen."""
    held, found = held or Grouper(Frequencies(shipped())), []
    stories = 0
    for one in reports:
        reading = held.read(one)
        choice = held.choose(one, reading)
        stories += choice.story_id is None
        story = stories if choice.story_id is None else choice.story_id
        held.place(one, reading, story)
        found.append((story, choice))
    return found


def stories(reports: Sequence[Report]) -> list[int]:
    return [story for story, _ in run(reports)]


def test_other_words_for_one_event_are_one_story() -> None:
    """Told by another outlet in its own words; another event is another story."""
    found = run([report(1, FERRY), report(2, BUDGET, 1), report(3, FERRY_AGAIN, 2)])
    assert [story for story, _ in found] == [1, 2, 1]
    assert [choice.reason for _, choice in found] == [JoinReason.FIRST, JoinReason.FIRST, JoinReason.SAME_EVENT]
    assert "ferry" in found[2][1].why
    assert 0.25 <= found[2][1].score <= 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("وفد من حماس يصل القاهرة لبحث الهدنة", "وصل وفد من حركة حماس إلى القاهرة لبحث هدنة في غزة مع الوسطاء."),
            ("القاهرة تستقبل وفدا لحماس لمناقشة هدنة بغزة", "قالت مصادر إن الوسطاء ناقشوا مع الوفد الهدنة في غزة."),
        ),
        (
            (
                "משלחת חמאס הגיעה לקהיר לשיחות על הפסקת אש",
                "משלחת של חמאס נחתה בקהיר כדי לדון עם המתווכים בהפסקת אש בעזה.",
            ),
            ("קהיר: המתווכים נפגשו עם המשלחת של חמאס", "המתווכים בקהיר דנו עם משלחת חמאס בהפסקת האש בעזה."),
        ),
    ],
    ids=["arabic", "hebrew"],
)
def test_arabic_and_hebrew_are_grouped(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Whatever hangs on the words; another event in the same script stays apart."""
    elsewhere = {"ا": ("البرلمان يقر الموازنة", "أقر البرلمان الموازنة بفارق صوتين بعد نقاش طويل.")}.get(
        "ا" if "ا" in one[1] else "", ("הכנסת אישרה את התקציב", "הכנסת אישרה את התקציב ברוב של שני קולות.")
    )
    assert stories([report(1, one), report(2, elsewhere, 1), report(3, other, 2)]) == [1, 2, 1]


def test_a_vaguer_report_joins_a_sharper_one() -> None:
    """It contradicts nothing by saying less."""
    assert stories([report(1, FERRY), report(2, FERRY_VAGUE, 1)]) == [1, 1]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (
            ("Day 2 of the harbour trial: pilot testifies", "The harbour trial heard the pilot of the ferry Aurora."),
            ("Day 21 of the harbour trial: pilot testifies", "The harbour trial heard the pilot of the ferry Aurora."),
            "21 here, 2 there",
        ),
        (
            ("Harlow wins Ohio in Democratic primary", "Harlow won the Democratic primary, networks projected."),
            ("Harlow wins Iowa in Democratic primary", "Harlow won the Democratic primary, networks projected."),
            "another name in the same headline (Iowa)",
        ),
    ],
    ids=["a series", "a mould"],
)
def test_what_reads_alike_and_contradicts_stays_apart(one: tuple[str, str], other: tuple[str, str], why: str) -> None:
    """However like it is, and it says why."""
    (_, first), (_, second) = run([report(1, one), report(2, other, 1)])
    assert (first.story_id, second.story_id) == (None, None)
    assert why in second.why


def test_contradicting_weekdays_need_more_likeness() -> None:
    """The same words about another day are less likely the same event."""
    other_day = (FERRY_AGAIN[0], FERRY_AGAIN[1].replace("Monday", "Thursday"))
    (_, same), (_, other) = (
        run([report(1, FERRY), report(2, FERRY_AGAIN)])[1],
        run([report(1, FERRY), report(2, other_day)])[1],
    )
    assert other.story_id is None or other.score < same.score


def test_an_old_story_is_not_joined() -> None:
    """After the window even the same words begin a new one."""
    assert stories([report(1, FERRY), report(2, FERRY_AGAIN, 73)]) == [1, 2]


def test_a_story_lives_as_long_as_it_is_told() -> None:
    """The window counts from its latest report, not from its first."""
    assert stories([report(n, FERRY if n % 2 else FERRY_AGAIN, 50 * n) for n in range(5)]) == [1] * 5


def test_no_chain_from_one_event_to_the_next() -> None:
    """Reports that each share much with the one before and nothing with the first do not make one story."""
    names = "amber birch cedar dahlia elder fennel ginger hazel iris juniper kale laurel maple nettle olive poplar"
    chain = [report(n, ("", " ".join(names.split()[n : n + 4] * 3)), n) for n in range(12)]
    found = stories(chain)
    assert found[0] != found[-1]
    assert max(map(found.count, set(found))) <= 7


def test_a_wire_copy_joins_by_its_text() -> None:
    """Half of it under another headline, by another outlet."""
    found = run([
        report(1, ("Delegation in Cairo", WIRE), outlet="a"),
        report(2, ("Analysis: what the visit means", WIRE[: len(WIRE) // 2]), 1, "b"),
    ])  # fmt: skip
    assert found[1][0] == 1
    assert found[1][1].reason is JoinReason.WIRE_COPY


def test_an_outlets_furniture_is_no_copy() -> None:
    """What stands around all its articles proves nothing once it has recurred, nor when it first recurs."""
    furniture = WIRE[: len(WIRE) // 3]
    topics = (
        "glaciers melting alpine", "striking teachers wages", "bankrupt airline creditors", "vaccine trial volunteers",
        "orchestra conductor retires",
    )  # fmt: skip
    reports = [
        report(n, (words, " ".join(f"{words} number {k}" for k in range(n * 50, n * 50 + 40)) + furniture), n, "a")
        for n, words in enumerate(topics)
    ]  # fmt: skip
    assert JoinReason.WIRE_COPY not in {choice.reason for _, choice in run(reports)}


def test_the_same_page_is_the_same_story() -> None:
    """Whatever it says now."""
    found = run([report(1, FERRY, urls=["a.example/1"]), report(2, BUDGET, 1, urls=["a.example/1"])])
    assert [(story, choice.reason) for story, choice in found][1] == (1, JoinReason.SAME_URL)


def test_the_same_headline_needs_some_likeness() -> None:
    """It joins with a text of its own; over another text it does not."""
    title = FERRY[0]
    own_words = (title, "Flames were seen from the shore; every passenger reached Palermo safely, officials said.")
    assert stories([report(1, FERRY), report(2, own_words, 1)]) == [1, 1]
    briefing = "Morning briefing from our newsroom desk"
    assert stories([report(1, (briefing, FERRY[1] * 3)), report(2, (briefing, BUDGET[1] * 3), 24)]) == [1, 2]


def test_a_full_story_is_joined_no_more() -> None:
    """What fits it begins another: a story that has swallowed everything tells nothing."""
    held = Grouper(Frequencies(shipped()), Bounds(most_members=3))
    assert [story for story, _ in run([replace(report(n, FERRY), whole=False) for n in range(5)], held)] == [
        1,
        1,
        1,
        2,
        2,
    ]


def test_the_order_decides_and_nothing_else() -> None:
    """The same stream gives the same answer, reasons and scores included."""
    reports = [report(n, (FERRY, BUDGET, FERRY_AGAIN, FERRY_VAGUE)[n % 4], n) for n in range(40)]
    assert run(reports) == run(reports)


def test_looking_changes_nothing() -> None:
    """`choose` may be asked again."""
    held = Grouper(Frequencies(shipped()))
    run([report(1, FERRY)], held)
    again = report(2, FERRY_AGAIN, 1)
    assert held.choose(again, held.read(again)) == held.choose(again, held.read(again))
    assert held.frequencies.version == 1


def test_a_restart_goes_on_where_it_was() -> None:
    """Stories loaded from their bytes, with the learned counts, choose as those that were never unloaded."""
    before = Grouper(Frequencies(shipped()))
    run([report(1, FERRY), report(2, BUDGET, 1), report(3, FERRY_AGAIN, 2)], before)
    kept = [state for n in (1, 2) if (state := before.state(n))]
    loaded = [replace(s, members=tuple(unpack(v.id, v.at, pack(v)) for v in s.members)) for s in kept]
    after = Grouper(Frequencies(shipped(), before.frequencies.learned()))
    after.restore(loaded)
    for words in (FERRY_VAGUE, BUDGET, ("Rain expected in the north", "Heavy rain is expected.")):
        new = report(9, words, 3)
        assert after.choose(new, after.read(new)) == before.choose(new, before.read(new))
    assert [after.state(n) for n in (1, 2)] == kept
    assert after.state(3) is None


def test_a_story_of_many_is_kept_by_its_first_and_latest() -> None:
    """Its size counts all; what is compared and stored is bounded."""
    held = Grouper(Frequencies(shipped()))
    run([report(n, FERRY, n / 10) for n in range(40)], held)
    state = held.state(1)
    assert isinstance(state, StoryState)
    assert state.size == 40
    assert [v.id for v in state.members] == [*range(6), *range(30, 40)]


def test_memory_is_bounded_whatever_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report dated far ahead does not keep all later ones; urls and reports are held in bounded numbers."""
    monkeypatch.setattr(grouper, "MOST_HELD", 50)
    monkeypatch.setattr(grouper, "KNOWN_URLS", 20)
    held = Grouper(Frequencies(shipped()))
    ahead = report(0, BUDGET, 100_000)
    run([ahead, *(report(n, FERRY, n / 100, urls=[f"a.example/{n}"]) for n in range(1, 300))], held)
    assert len(held._held) <= 50
    assert len(held._urls) == 20
    assert len(held._stories) <= 2
    assert len(held._titles) <= 2


@pytest.mark.parametrize("words", [("", ""), ("!!!", "..."), ("的新闻", "新闻" * 50), ("\x00\ud800", "a\u0301" * 9)])
def test_any_text_is_grouped(words: tuple[str, str]) -> None:
    """Without words, in any script, with what is no text."""
    assert len(stories([report(1, words), report(2, words, 1), report(3, FERRY, 2)])) == 3
