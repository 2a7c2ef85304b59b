"""The text part and the subject lines."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from monitor.digest.subject import subject
from monitor.digest.text import WIDTH, plain_text
from monitor.model.news import Prominence
from monitor.model.settings import Priority
from monitor.model.telling import Coverage, DigestBody, Item, Message
from tests.samples.telling import ALARM, ALERT, BODY, COVERAGE, EMPTY, EVERY, HUDNA, MENTIONS, NOW, RICH, UNITY, flood


def lines(message: Message) -> list[str]:
    """The lines of the text part."""
    return plain_text(message).splitlines()


def with_body(**changes: object) -> Message:
    """The rich digest with parts of its body changed."""
    return replace(RICH, digest=replace(BODY, **changes))  # type: ignore[arg-type]  # fields of several types


def test_head_says_counts_time_and_scope() -> None:
    """The first lines say how many are new, when and for how long, and out of how much."""
    head = " ".join(lines(RICH)[:4])
    assert head.startswith("[Gaza desk] 3 new, 1 developing")
    assert "Mon 23 Nov 07:00 Cairo, 24 h · 4 stories from 31 matches in 412 new entries" in head
    assert "Feeds 41 of 43 · DOWN The Coast Daily (forbidden for 9 h)" in head


def test_stories_are_numbered_labelled_and_badged() -> None:
    """Each story has its number, NEW or DEVELOPING, and its watches in their order."""
    text = " ".join(plain_text(RICH).split())
    assert (
        "1 DEVELOPING Cairo floats 60-day hudna as delegations return [truce · hamas-egypt · hamas-leadership]" in text
    )
    assert re.search(r"^2 NEW  وفد", plain_text(RICH), re.M)


def test_sections_in_the_order_of_a_readers_interest() -> None:
    """News first, then what was taken back, then the rest, the coverage last."""
    heads = ["1 DEVELOPING", "4 NEW", "WITHDRAWN", "ALSO", "HELD", "QUIET", "WHAT YOU WOULD HAVE RECEIVED", "COVERAGE"]
    text = plain_text(RICH)
    places = [text.index(f"\n{head}") for head in heads]
    assert places == sorted(places)


def test_held_quiet_and_mentions_say_their_numbers() -> None:
    """What was held, by reason; what was quiet, beside its usual; what was mentioned, by kind."""
    text = plain_text(RICH)
    assert "HELD   8: the story has been told already 5, no alerts from this rule 3" in text
    assert "sinai-security: 0 of 396 read (usual 1.4 a day)" in text
    assert "ALSO  anniversary 1 · live 1 · opinion 1" in text


def test_withdrawn_alerts_are_stated_openly() -> None:
    """An alert that was taken back says when it went out and why it was wrong."""
    text = " ".join(plain_text(RICH).split())
    assert (
        "Sinai checkpoint closes for repairs [sinai-security] alerted 16:00, withdrawn: the full text does not match"
        in text
    )


def test_coverage_statement_names_what_is_missing() -> None:
    """Feeds, failures, gaps, matches without full text, and what is not processed yet."""
    end = " ".join(plain_text(RICH).split("COVERAGE")[1].split())
    assert "Feeds checked: 41 of 43." in end
    assert "31 matched, 3 of them by headline or summary only." in end
    assert "Not processed yet: 2 pages, the oldest seen 06:12." in end
    assert "DOWN The Coast Daily (forbidden for 9 h: HTTP 403)" in end
    assert "GAP Hill Observer (14 h ago: two polls shared no entry)" in end


def test_nothing_found_comes_with_its_evidence() -> None:
    """A digest without a story says what was looked at."""
    text = " ".join(plain_text(EMPTY).split())
    assert "Nothing found. 412 new entries from 43 of 43 feeds were looked at and no story fits a watch." in text
    assert "Not every feed" not in text


def test_nothing_found_admits_what_could_not_be_read() -> None:
    """Where feeds were in trouble, «nothing found» says so."""
    nothing = with_body(items=(), mentions=(), day_zero=())
    assert "Not every feed could be read" in " ".join(plain_text(nothing).split())
    assert "Nothing found" in plain_text(nothing)


def test_the_first_digest_is_not_nothing() -> None:
    """A digest of day zero alone says how much the first look found, in its head, its subject and its body."""
    first = with_body(items=(), mentions=())
    assert subject(first) == "[Gaza desk] 2 from the first look at new feeds · Envoy flies to Cairo for a second round"
    assert "Nothing found" not in plain_text(first)
    assert "No new story. 412 new entries" in plain_text(first)


def test_mentions_alone_are_not_nothing() -> None:
    """A digest of mentions alone counts them."""
    assert subject(with_body(items=(), day_zero=())) == "[Gaza desk] no story, 3 mentions"


def test_merged_digest_says_that_the_service_was_down() -> None:
    """A digest over several dates names the time it covers."""
    text = " ".join(plain_text(with_body(merged_days=3, start_at=NOW.replace(day=20))).split())
    assert "The service was down: this digest covers 3 days, from Fri 20 Nov 07:00 to Mon 23 Nov 07:00." in text


def test_extract_is_quoted_with_marks_and_outlet() -> None:
    """The extract stands in quotes, its terms starred, and says who is quoted."""
    text = " ".join(plain_text(RICH).split())
    assert "“*Egypt's intelligence* chief has put a *60-day* *hudna*" in text
    assert "answer.” The Nile Courier" in text


def test_why_names_words_and_place() -> None:
    """Each story says which words matched and where."""
    assert 'Why: "unity government", paragraph 1 of 1' in plain_text(RICH)


def test_gloss_in_the_text() -> None:
    """A story in another script explains what matched."""
    assert "= Hamas, Cairo" in plain_text(RICH)


def test_an_outlet_that_may_not_be_quoted_is_not() -> None:
    """A feed with `excerpt = false` gives headline and link, no text."""
    told = replace(UNITY, sources=tuple(replace(s, excerpt_allowed=False) for s in UNITY.sources))
    text = plain_text(replace(ALERT, item=told))
    assert "resumed overnight" not in text
    assert "Factions name technocrats" in text


def test_alert_is_one_item_with_its_marks_and_link() -> None:
    """An alert is the story, marked where its page was not read, late or critical, and its link."""
    marked = replace(UNITY, late=True, priority=Priority.CRITICAL)
    text = plain_text(replace(ALERT, item=marked))
    assert "(critical, headline only, late)" in " ".join(text.split())
    assert text.splitlines()[-1] == "  https://news.example/harbour-post/400"


@pytest.mark.parametrize(
    ("kind", "said"), [("update", "Told again: critical now"), ("withdrawn", "Withdrawn: the full text does not match")]
)
def test_updates_and_withdrawals_give_their_reason(kind: str, said: str) -> None:
    """A message that follows an alert says why it comes."""
    assert said in " ".join(plain_text(EVERY[kind]).split())


def test_alarm_says_since_when_and_what_to_do() -> None:
    """An alarm has its detail, its onset in the reader's zone, and a remedy; a cleared one its end."""
    assert lines(ALARM) == [
        "ALARM  The Coast Daily keeps failing",
        "  HTTP 403",
        "  Since Sun 22 Nov 22:00",
        "  What to do: See `monitor feeds`.",
    ]
    assert "  Since Sun 22 Nov 07:00, until Mon 23 Nov 07:00" in lines(EVERY["cleared"])


@pytest.mark.parametrize("kind", EVERY)
def test_lines_keep_to_the_width(kind: str) -> None:
    """No line is longer than 78 characters, save one long word or address."""
    long = [line for line in lines(EVERY[kind]) if len(line) > WIDTH]
    assert all(len(line.split()) == 1 for line in long)


def test_a_flood_is_counted_not_listed() -> None:
    """Of 2,000 stories the first are told, the others counted, with the command that lists them."""
    text = plain_text(flood(2000))
    assert "1,940 more stories: `monitor matches` lists them." in text
    assert len(text) < 100_000


def test_hostile_words_cannot_forge_lines() -> None:
    """A title with line breaks, escapes and overrides stays one line of plain letters."""
    hostile = replace(HUDNA, title="Bad\r\nHELD 0\x1b[2J\u202etitle", headline="x")
    text = plain_text(replace(ALERT, item=hostile))
    assert text.splitlines()[0].startswith("ALERT  Bad HELD 0[2Jtitle")
    assert "\x1b" not in text


def test_bare_item_and_coverage() -> None:
    """A story without evidence, source or text, in a digest without any feed, still renders."""
    bare = Item(1, "Bare", Priority.NORMAL, Prominence.SUBJECT, (), (), "", "", NOW)
    empty = Coverage(0, 0, (), 0, 0, 0, None)
    body = DigestBody("d", "", 1, NOW, NOW, NOW.date(), (bare,), (), (), (), (), (), empty)
    text = plain_text(replace(RICH, digest=body))
    assert text.startswith("[d] 1 new\n")
    assert "1 NEW  Bare" in text


SUBJECTS = {
    "alert": "[truce] Cairo floats 60-day hudna as delegations return",
    "update": "Update: [truce] Cairo floats 60-day hudna as delegations return",
    "withdrawn": "Withdrawn: [truce] Cairo floats 60-day hudna as delegations return",
    "digest": "[Gaza desk] 3 new, 1 developing · Cairo floats 60-day hudna as delegations return",
    "empty digest": "[Gaza desk] nothing found",
    "alarm": "Alarm: The Coast Daily keeps failing",
    "cleared": "Recovered: The Coast Daily is well again",
    "ping": "monitor: test message",
}


@pytest.mark.parametrize("kind", EVERY)
def test_subjects(kind: str) -> None:
    """The subject has the count and the top story, or the watch and the headline."""
    assert subject(EVERY[kind]) == SUBJECTS[kind]


@pytest.mark.parametrize("kind", EVERY)
def test_neutral_subjects_name_nothing(kind: str) -> None:
    """A neutral subject names no story, watch, feed or digest."""
    said = subject(EVERY[kind], neutral=True).lower()
    assert said.startswith("monitor: ")
    assert not any(word in said for word in ("hudna", "cairo", "truce", "gaza", "coast"))


def test_subject_is_one_short_line() -> None:
    """However long or broken a headline, the subject is one line of at most 120 characters."""
    hostile = replace(HUDNA, title="A\r\nBcc: x@y.example " + "long " * 100)
    said = subject(replace(ALERT, item=hostile))
    assert len(said) <= 120
    assert "\n" not in said
    assert "\r" not in said


def test_mentions_without_a_known_kind_are_passing() -> None:
    """A mention in a background paragraph is counted as passing."""
    passing = replace(
        MENTIONS[0],
        evidence=tuple(replace(e, match=replace(e.match, why="paragraph 9 of 12")) for e in MENTIONS[0].evidence),
    )
    assert "ALSO  passing 1" in plain_text(with_body(mentions=(passing,)))


def test_everything_processed_is_said() -> None:
    """Where nothing is owed, the coverage says so."""
    done = replace(COVERAGE, unread=0, oldest_unread_at=None)
    assert "Nothing waits to be processed." in plain_text(with_body(coverage=done))
