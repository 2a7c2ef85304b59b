"""The HTML part: safe, small, readable by machine and person."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import html as lxml_html

from monitor.digest.html import LIMIT, render_html
from monitor.digest.text import plain_text
from monitor.model.telling import FeedTrouble, Message, RuleCount, Withdrawn
from tests.samples.telling import ALERT, BODY, COVERAGE, EVERY, HUDNA, NOW, RICH, flood

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% for x in y %}</h3>'


def page(message: Message) -> lxml_html.HtmlElement:
    """The parsed document."""
    return lxml_html.document_fromstring(render_html(message))


def hostile() -> Message:
    """A digest in which every text that comes from outside is an attack."""
    source = replace(HUDNA.sources[0], outlet=HOSTILE, title=HOSTILE, url="javascript:alert(3)", language=HOSTILE)
    evidence = tuple(
        replace(e, rule_name=HOSTILE, match=replace(e.match, rule=HOSTILE, why=HOSTILE)) for e in HUDNA.evidence
    )
    bad = replace(
        HUDNA, title=HOSTILE, headline=HOSTILE, text=HOSTILE, language=HOSTILE, sources=(source,), evidence=evidence
    )
    body = replace(
        BODY,
        name=HOSTILE,
        items=(bad,),
        mentions=(bad,),
        day_zero=(bad,),
        withdrawn=(Withdrawn(1, HOSTILE, "data:text/html,x", NOW, (HOSTILE,), HOSTILE),),
        held=((HOSTILE, 1),),
        quiet=(RuleCount(HOSTILE, HOSTILE, 0),),
        coverage=replace(COVERAGE, troubles=(FeedTrouble(HOSTILE, HOSTILE, HOSTILE, NOW, HOSTILE),)),
    )
    return replace(RICH, digest=body)


def test_nothing_from_feeds_is_markup() -> None:
    """Titles, outlets, languages, rules and reasons full of markup add no element, attribute or template result."""
    document = page(hostile())
    assert not document.xpath("//script | //img | //@onerror | //@onload")
    assert "7*7" in document.text_content()
    assert "49" not in document.text_content()
    assert all(a.startswith(("http://", "https://")) for a in document.xpath("//@href | //@src"))


@pytest.mark.parametrize("kind", EVERY)
def test_no_images_scripts_or_remote_parts(kind: str) -> None:
    """No message asks the network for anything or runs anything."""
    markup = render_html(EVERY[kind])
    assert not page(EVERY[kind]).xpath("//img | //script | //link | //iframe | //form | //@background")
    assert "url(" not in markup
    assert "@import" not in markup


@pytest.mark.parametrize("kind", EVERY)
def test_a_whole_document_in_a_language(kind: str) -> None:
    """Each message is a whole document with language, title, charset and viewport."""
    document = page(EVERY[kind])
    assert document.get("lang") == "en"
    assert document.findtext(".//title")
    assert document.xpath("//meta[@charset='utf-8']")
    assert document.xpath("//meta[@name='viewport']")


def test_headings_lead_through_the_page() -> None:
    """One first heading, one second for each section, one third for each story."""
    document = page(RICH)
    assert [h.text_content() for h in document.xpath("//h1")] == ["Gaza desk"]
    sections = ["WITHDRAWN", "ALSO", "HELD", "QUIET", "WHAT YOU WOULD HAVE RECEIVED", "COVERAGE"]
    assert [h.text_content() for h in document.xpath("//h2")] == sections
    assert len(document.xpath("//h3")) == len(BODY.items)


def test_items_have_their_language_and_direction() -> None:
    """Headline and extract say their language and find their own direction."""
    heads = page(RICH).xpath("//h3")
    assert [h.get("lang") for h in heads] == ["en", "ar", "he", "en"]
    assert {h.get("dir") for h in heads} == {"auto"}
    assert {q.get("dir") for q in page(RICH).xpath("//blockquote")} == {"auto"}


def test_matched_terms_are_marked() -> None:
    """Matched terms are <mark>s in headline and extract."""
    marks = [m.text_content() for m in page(ALERT).xpath("//mark")]
    assert marks[:3] == ["Cairo", "60-day", "hudna"]
    assert "Egypt's intelligence" in marks


def test_styles_are_inline_and_rules_for_darkness_stay() -> None:
    """Mail readers that drop <style> still see the layout; those that keep it get dark and narrow rules."""
    markup = render_html(RICH)
    assert re.search(r"<h1[^>]* style=", markup)
    assert "prefers-color-scheme: dark" in markup
    assert "max-width: 480px" in markup


@pytest.mark.parametrize("kind", EVERY)
def test_html_and_text_say_the_same(kind: str) -> None:
    """Every word of the text part, markers of layout aside, stands in the HTML."""
    shown = page(EVERY[kind]).text_content().lower() + " ".join(page(EVERY[kind]).xpath("//@href"))
    words = re.findall(r"[^\W_]{4,}", re.sub(r"https?://\S+", "", plain_text(EVERY[kind])))
    assert [w for w in words if w.lower() not in shown] == []


def test_size_has_a_limit() -> None:
    """2,000 stories, mentions and troubles stay under the size that mail readers show, and the rest is counted."""
    markup = render_html(flood(2000))
    assert 20_000 < len(markup.encode()) <= LIMIT
    assert re.search(r"and [\d,]+ more stories: `monitor matches` lists them", markup)


def test_long_words_do_not_break_the_limit() -> None:
    """Even where everything is as long as it can be, the page keeps its limit."""
    long = "&" * 5000
    source = HUDNA.sources[0]
    sources = tuple(replace(source, outlet=f"{n}{long}", url="https://a.example/" + "&" * 1900) for n in range(9))
    evidence = tuple(
        replace(e, match=replace(e.match, rule=f"{n}{long}", why=long)) for n in range(9) for e in HUDNA.evidence
    )
    item = replace(HUDNA, title=long, headline=long, text=long, sources=sources, evidence=evidence)
    trouble = FeedTrouble(long, long, long, NOW, long)
    body = replace(
        BODY,
        name=long,
        items=(item,) * 50,
        mentions=(item,) * 50,
        day_zero=(item,) * 50,
        withdrawn=(Withdrawn(1, long, source.url, NOW, (long,) * 50, long),) * 50,
        held=((long, 1),) * 50,
        quiet=(RuleCount(long, long, 0),) * 50,
        coverage=replace(COVERAGE, troubles=(trouble,) * 50),
    )
    assert len(render_html(replace(RICH, digest=body)).encode()) <= LIMIT
    assert len(render_html(replace(ALERT, item=item)).encode()) <= LIMIT
