"""Subject or mention."""

from __future__ import annotations

import pytest

from monitor.model.news import Document, PageKind, Prominence
from monitor.model.settings import Rule
from monitor.rules import compile_rules
from monitor.rules.kinds import piece_kind

HOUR = "The council spent the hour on roads, schools and the price of bread, and nobody raised any other matter. "
PARAGRAPH = HOUR * 3
RULE = Rule("r", "", query="Gaza NEAR/6 truce")


def grade(title: str, *paragraphs: str, rule: Rule = RULE) -> tuple[str, str]:
    """(prominence, why)."""
    match = compile_rules([rule], (), ()).match(Document(title, "\n\n".join(paragraphs)))[0]
    return match.prominence.value, match.why


def test_in_the_title_is_the_subject() -> None:
    """Whatever the text is about, and also where there is no text."""
    assert grade("Gaza truce holds") == ("subject", "in the title")
    assert grade("Gaza truce holds", *[PARAGRAPH] * 9) == ("subject", "in the title")


def test_in_the_lead_is_the_subject() -> None:
    """The first paragraphs, up to eighty words."""
    assert grade("Calm", "Gaza saw a truce begin.", *[PARAGRAPH] * 9) == ("subject", "in the lead")
    assert grade("Calm", HOUR, HOUR + "Gaza saw a truce begin.", *[PARAGRAPH] * 9) == ("subject", "in the lead")


def test_title_and_lead_make_one_whole() -> None:
    """One half of a combination in the title, the other in the first paragraph."""
    rule = Rule("r", "", all=(("Gaza",), ("truce",)))
    assert grade("Gaza waits", "A truce began.", *[PARAGRAPH] * 9, rule=rule) == ("subject", "in the lead")


def test_one_line_deep_in_a_long_article_is_a_mention() -> None:
    """A background sentence, as reporters add it at the end."""
    assert grade("Roads", *[PARAGRAPH] * 6, "Gaza saw a truce once.") == ("mention", "in passing: part 6 of 6 only")


def test_after_the_eightieth_word_the_lead_is_over() -> None:
    """However long the first paragraph is."""
    assert grade("Roads", HOUR * 5 + "Gaza saw a truce once.", *[PARAGRAPH] * 9)[0] == "mention"


def test_dense_through_the_text_is_the_subject() -> None:
    """A feature that begins with an anecdote."""
    told = PARAGRAPH + "Gaza saw the truce hold."
    assert grade("Roads", PARAGRAPH, PARAGRAPH, told, told, told, PARAGRAPH) == ("subject", "throughout: 3 of 6 parts")
    assert grade("Roads", PARAGRAPH, PARAGRAPH, told, told, PARAGRAPH) == ("mention", "in passing: 2 of 5 parts")
    assert grade("Roads", *[PARAGRAPH] * 5, told, told, told)[0] == "mention"


def test_words_that_never_come_together_are_a_mention() -> None:
    """Both merely named somewhere."""
    rule = Rule("r", "", all=(("Gaza",), ("truce",)))
    paragraphs = [PARAGRAPH, PARAGRAPH + "Gaza.", PARAGRAPH, PARAGRAPH + "A truce."]
    assert grade("Roads", *paragraphs, rule=rule) == ("mention", "scattered, not together")


def test_a_paragraph_without_end_is_cut_between_its_sentences() -> None:
    """A text that lost its line breaks is judged like one that has them."""
    told = HOUR * 3 + "Gaza saw the truce hold. "
    assert grade("Roads", HOUR * 9 + told * 4) == ("subject", "throughout: 3 of 7 parts")
    assert grade("Roads", HOUR * 12 + told) == ("mention", "in passing: part 5 of 5 only")


CAPTIONS = [
    "A guard stands where the Gaza truce line runs (photo credit: Jo Doe)",
    "A guard stands where the Gaza truce line runs. Credit: Reuters",
    "A guard where the Gaza truce line runs, 2014/AFP/Getty Images",
    "شاب قرب خط Gaza truce line (الفرنسية)",
    "שומר ליד Gaza truce line (צילום: רויטרס)",
    "A guard where the Gaza truce line runs\n\n(photo credit: Jo Doe)",
    "A guard where the Gaza truce line runs\n\nA guard where the Gaza truce line runs, 2014. Credit: AFP",
]


@pytest.mark.parametrize("caption", CAPTIONS)
def test_a_caption_is_no_part_of_the_lead(caption: str) -> None:
    """What a photograph shows, before the first paragraph, makes nothing the subject."""
    assert grade("Roads", caption, *[PARAGRAPH] * 9)[0] == "mention"
    assert grade("Roads", caption, "Gaza saw a truce begin.", *[PARAGRAPH] * 9) == ("subject", "in the lead")


def test_a_dateline_is_no_credit() -> None:
    """An agency in brackets at the beginning of a paragraph, or spoken of in it."""
    for lead in ("CAIRO (Reuters) - Gaza saw a truce begin.", "Gaza saw a truce begin, Reuters said."):
        assert grade("Roads", lead, *[PARAGRAPH] * 9) == ("subject", "in the lead")


def test_without_a_title_the_first_line_is_the_title() -> None:
    """Plain text files begin with it; a long first paragraph is none."""
    assert grade("", "Gaza truce holds", *[PARAGRAPH] * 9) == ("subject", "in the title")
    assert grade("", "Opinion: the Gaza truce", *[PARAGRAPH] * 9) == ("mention", "opinion")
    assert grade("", PARAGRAPH[:-1] + " Gaza truce holds", *[PARAGRAPH] * 9)[1] != "in the title"


def test_what_a_rule_excludes_is_looked_for_in_the_whole_article() -> None:
    """A NOT holds or fails once, however small the stretch that the evidence is looked for in."""
    rule = Rule("r", "", all=(("Gaza",),), none=("Sudan",))
    assert grade("Gaza waits", PARAGRAPH, rule=rule) == ("subject", "in the title")
    assert not compile_rules([rule], (), ()).match(Document("Gaza waits", PARAGRAPH + "Sudan"))


KINDS = [
    ("LIVE: truce day 40, Rafah opens", PageKind.LIVE),
    ("Israel-Hamas war live updates: aid enters", PageKind.LIVE),
    ("Gaza truce talks - as it happened", PageKind.LIVE),
    ("Israel-Gaza war live: talks resume in Cairo", PageKind.LIVE),
    ("Middle East crisis live – truce holds", PageKind.LIVE),
    ("Where the hostages of the war live", PageKind.NEWS),
    ("مباشر | غزة بعد الهدنة", PageKind.LIVE),
    ("تغطية مستمرة: مفاوضات القاهرة", PageKind.LIVE),
    ("עדכונים שוטפים: המשא ומתן בקהיר", PageKind.LIVE),
    ("Morning brief: Fed, Hamas–Egypt talks, Oscars", PageKind.ROUNDUP),
    ("Your Tuesday Briefing", PageKind.NEWS),
    ("World news in brief: truce, floods", PageKind.ROUNDUP),
    ("Five things to know today", PageKind.ROUNDUP),
    ("What we know today about the talks", PageKind.ROUNDUP),
    ("حصاد اليوم: هدنة غزة", PageKind.ROUNDUP),
    ("סיכום היום: חמאס בקהיר", PageKind.ROUNDUP),
    ("Opinion: Gaza ceasefire is fiction", PageKind.OPINION),
    ("Opinion | The truce that was not", PageKind.OPINION),
    ("The truce that was not | Jane Doe | Opinion", PageKind.OPINION),
    ("Satire: Sisi issues Hamas loyalty card", PageKind.OPINION),
    ("Editorial: open the crossing", PageKind.OPINION),
    ("Letters: on Gaza", PageKind.OPINION),
    ("رأي: هدنة بلا أفق", PageKind.OPINION),
    ("דעה: הפסקת אש מדומה", PageKind.OPINION),
    ("Doha marks Haniyeh killing anniversary", PageKind.ANNIVERSARY),
    ("On this day 1956: Israel takes Sinai", PageKind.ANNIVERSARY),
    ("Two years since the crossing shut", PageKind.ANNIVERSARY),
    ("Ten years after the deal, Rafah waits", PageKind.ANNIVERSARY),
    ("في مثل هذا اليوم: حرب أكتوبر", PageKind.ANNIVERSARY),
    ("الذكرى الثانية لاغتيال هنية", PageKind.ANNIVERSARY),
    ("Obituary: poet who mocked Haniyeh", PageKind.OBITUARY),
    ("Khalil the baker, 1941-2026 | Obituary", PageKind.OBITUARY),
    ("Hamas co-founder al-Alami dies", PageKind.NEWS),
    ("Analysis: what the truce means", PageKind.NEWS),
    ("Hamas leaders live in Doha", PageKind.NEWS),
    ("Israel live-fire drill near Rafah", PageKind.NEWS),
    ("Rafah residents review damage", PageKind.NEWS),
    ("Egypt's opinion of Hamas improves", PageKind.NEWS),
    ("Aid column enters Rafah", PageKind.NEWS),
    ("Hamas letters to mediators published", PageKind.NEWS),
    ("Hamas sends letter: no deal", PageKind.NEWS),
    ("Brief clashes near Rafah", PageKind.NEWS),
    ("", PageKind.NEWS),
]


@pytest.mark.parametrize(("title", "kind"), KINDS)
def test_the_kind_of_piece_is_read_from_the_title(title: str, kind: PageKind) -> None:
    """From labels and set phrases only; the same words in a news headline are news."""
    assert piece_kind(title) is kind


@pytest.mark.parametrize(
    ("label", "why"),
    [("LIVE", "live blog"), ("Morning brief", "roundup"), ("Opinion", "opinion"), ("Obituary", "obituary")],
)
def test_any_kind_but_news_is_a_mention(label: str, why: str) -> None:
    """However prominent the evidence stands."""
    assert grade(f"{label}: Gaza truce holds", "The Gaza truce holds.") == (Prominence.MENTION.value, why)
