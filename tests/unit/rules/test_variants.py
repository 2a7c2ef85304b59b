"""Names in spellings that nobody wrote down, and names that only look like them."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import parse
from monitor.model.news import Document
from monitor.model.settings import Actor, Rule
from monitor.rules import Matcher, compile_rules

ROOT = Path(__file__).parents[3]
JUDGED = ROOT / "tests" / "cases" / "rules" / "variants.tsv"
ARTICLES = ROOT.parent / "shared" / "data" / "articles-us-2012-2020.jsonl.gz"

PEOPLE = [
    ("haniyeh", "Ismail Haniyeh"), ("sinwar", "Yahya Sinwar"), ("mashaal", "Khaled Mashaal"),
    ("zahar", "Mahmoud al-Zahar"), ("hayya", "Khalil al-Hayya"), ("marzouk", "Mousa Abu Marzouk"),
    ("zuhri", "Sami Abu Zuhri"), ("naim", "Tawfiq Abu Naim"), ("qassem", "Hazem Qassem"),
    ("arouri", "Saleh al-Arouri"), ("deif", "Mohammed Deif"), ("abbas", "Mahmoud Abbas"),
    ("sheikh", "Hussein al-Sheikh"), ("rashad", "Hassan Rashad"), ("kamel", "Abbas Kamel"), ("husni", "Ahmad Husni"),
    ("sisi", "Abdel Fattah al-Sisi"), ("shoukry", "Sameh Shoukry"), ("nakhalah", "Ziad al-Nakhalah"),
    ("morsi", "Mohammed Morsi"), ("issa", "Marwan Issa"), ("jabarin", "Zaher Jabarin"), ("faraj", "איסמעיל פרג'"),
]  # fmt: skip
OTHERS = [
    Actor("hamas", "Hamas", "organisation"), Actor("fatah", "Fatah", "organisation"),
    Actor("qassam", "Qassam Brigades", "organisation"), Actor("jihad", "Islamic Jihad", "organisation"),
    Actor("pij", "=PIJ", "organisation"), Actor("gaza", "Gaza", "place"), Actor("sinai", "Sinai", "place"),
    Actor("rafah", "Rafah Crossing", "place"),
]  # fmt: skip
ACTORS = [Actor(actor, name, "person") for actor, name in PEOPLE] + OTHERS


def matcher(*actors: Actor) -> Matcher:
    return compile_rules([Rule(actor.id, "", any=(f"@{actor.id}",)) for actor in actors], actors, ())


ALL = matcher(*ACTORS)


def named(text: str, compiled: Matcher = ALL) -> list[tuple[str, str]]:
    return [(match.rule, span.text) for match in compiled.match(Document("", text)) for span in match.spans]


FOUND = [
    ("haniyeh", "Ismail Haniya"), ("haniyeh", "Ismaeel Haniyah"), ("haniyeh", "Isma'il Hania"),
    ("haniyeh", "Esmail Haneyeh"), ("sinwar", "Yehia Sinouar"), ("sinwar", "Yahia Senwar"),
    ("sinwar", "YAHYA SINWAR"), ("mashaal", "Khalid Meshaal"), ("mashaal", "Khaled Mashal"),
    ("mashaal", "Khaled Mechaal"), ("zahar", "Mahmud az-Zahhar"), ("zahar", "Mahmoud El Zahar"),
    ("hayya", "Khaleel al-Hayyeh"), ("hayya", "Khalil Haya"), ("marzouk", "Moussa Abou Marzook"),
    ("marzouk", "Musa Abu Marzuq"), ("zuhri", "Sami Abou Zouhri"), ("naim", "Taufik Abu Naeem"),
    ("qassem", "Hazim Qasim"), ("qassem", "Hazem al-Qassem"), ("qassem", "Hazem Kassem"),
    ("arouri", "Salah al-Aruri"), ("deif", "Muhammad al-Dayf"), ("abbas", "Mahmud Abbas"),
    ("sheikh", "Hussain Al Sheikh"), ("rashad", "Hasan Rashaad"), ("kamel", "Abbas Kamil"), ("husni", "Ahmed Hosni"),
    ("sisi", "Abdul-Fattah el-Sissi"), ("sisi", "Abd al-Fattah al-Sisi"), ("sisi", "Abdelfatah El-Sissi"),
    ("shoukry", "Sameh Shukri"), ("nakhalah", "Ziyad al-Nakhaleh"), ("morsi", "Mohamed Mursi"),
    ("issa", "Marwan Eissa"), ("jabarin", "Zahir Jabareen"), ("faraj", "אסמאעיל פרג'"), ("faraj", "לאיסמאעיל פרג'"),
    ("qassam", "Kassam Brigades"), ("jihad", "Islamic Jehad"),
]  # fmt: skip


@pytest.mark.parametrize(("actor", "spelling"), FOUND)
def test_another_spelling_is_found(actor: str, spelling: str) -> None:
    """Of names of several words, whatever way their vowels went into Latin letters, and by nobody else."""
    hits = named(f"On Monday {spelling} said nothing.")
    assert {rule for rule, _ in hits} == {actor}
    assert hits[0][1] == spelling.rstrip("'")


CONFUSED = [
    "Mohammad Abbas", "Mohamed Abbas", "Ahmed Hassan", "Ahmad Hussein", "Hassan Sheikh Mohamud", "Hassan al-Sheikh",
    "Hassan Rashid", "Hussein Rashad", "Abbas Jamal", "Abdel Fattah al-Burhan", "Sanaa", "Giza", "Emir Meshal",
    "China", "Hemas Holdings", "Hammas", "Fattah", "Hama", "Pij", "Geza", "Rafeh Crossing", "Qassem Soleimani",
    "Naim Qassem", "Mohammed Zahir", "Zaher Shah", "Mishal Husain", "ismail haniya", "khalid meshaal", "Sami Zahar",
    "Kamal Abbas", "Marwan Ossama", "Jihad Islam", "Hussein Ahmad",
]  # fmt: skip


@pytest.mark.parametrize("text", CONFUSED)
def test_a_name_that_looks_alike_is_not_taken_for_another(text: str) -> None:
    """Other vowels, another order, small letters, places, acronyms and single names of organisations."""
    assert named(f"On Monday {text} was told of it.") == []


SINGLE = matcher(
    Actor("haniyeh", "Haniyeh", "person"), Actor("zahar", "al-Zahar", "person"), Actor("deif", "Deif", "person"),
    Actor("marzouk", "Abu Marzouk", "person"), Actor("hamas", "Hamas", "organisation"),
    Actor("mashaal", "Meshaal", "person", ("Mashal | with Hamas",)),
)  # fmt: skip


def test_a_single_word_has_variants_from_five_letters_on() -> None:
    """By classes of vowels, in a capital only."""
    assert named("So Haniyah left.", SINGLE) == [("haniyeh", "Haniyah")]
    assert named("So did Haneyeh's men.", SINGLE) == []
    assert named("President Hanyyeh left; al-Zahhar and Abou Marzook, too.", SINGLE) == [
        ("haniyeh", "Hanyyeh"), ("zahar", "al-Zahhar"), ("marzouk", "Abou Marzook"),
    ]  # fmt: skip
    for other in ("haniyah", "Deef", "Hemas", "Hanoi", "China"):
        assert named(f"So {other} left.", SINGLE) == []


def test_a_common_word_is_no_variant() -> None:
    """About is not Abbott, Tom Price not Tom Perez, the union not The Onion."""
    names = ("Greg Abbott", "Tom Perez", "The Onion", "Van Hollen")
    actors = [Actor(name.replace(" ", "-"), name, "person") for name in names]
    text = "About Greg Abbott, Abbott said. Tom Price joined the Union. Van Halen played with Rose Parade."
    assert named(text, matcher(*actors)) == [("Greg-Abbott", "Greg Abbott"), ("Greg-Abbott", "Abbott")]


def test_a_single_word_in_another_spelling_stands_alone() -> None:
    """Beside another capital it is part of somebody else's name, but for a title's or a small word's."""
    assert named("Here Zaher Haniyah spoke. Haniyah Street is near.", SINGLE) == []
    assert named("When Haniyah spoke, Mr Haniyah smiled.", SINGLE) == [("haniyeh", "Haniyah")] * 2


def test_a_spelling_with_conditions_of_its_own_counts_under_these() -> None:
    """A variant of one alias does not undo what another alias asks for."""
    assert named("So Mashal left.", SINGLE) == []
    assert ("mashaal", "Mashal") in named("So Mashal left Hamas.", SINGLE)
    assert named("So Mishaal left.", SINGLE) == []


def test_a_surname_alone_counts_where_the_full_name_stands() -> None:
    """In any spelling of either, and not as part of another name."""
    compiled = matcher(Actor("r", "Hassan Rashad", "person"), Actor("d", "Nizar Awadallah", "person"))
    assert named("Rashad left.", compiled) == []
    text = "Hassan Rashaad came. Then Rashad left; President Rashad, no. Jamil Rashad and Rashad Khan stayed."
    assert named(text, compiled) == [("r", "Hassan Rashaad"), ("r", "Rashad"), ("r", "Rashad")]


def test_a_surname_that_another_actor_goes_by_is_left_to_him() -> None:
    """The brother's full name makes the bare one nobody else's."""
    compiled = matcher(Actor("y", "Yahya Sinwar", "person", ("Sinwar",)), Actor("m", "Mohammed Sinwar", "person"))
    assert named("Mohammed Sinwar spoke, and Sinwar listened.", compiled) == [
        ("y", "Sinwar"), ("y", "Sinwar"), ("m", "Mohammed Sinwar"),
    ]  # fmt: skip


def test_conditions_hold_for_variants() -> None:
    """What an alias asks for and rules out is asked for and ruled out in any spelling."""
    compiled = matcher(Actor("b", "Ali Baraka", "person", ("Ali Baraka | with Hamas | without poet",)))
    assert named("Ali Barakah spoke.", compiled) == []
    assert named("Ali Barakah spoke for Hamas.", compiled) == [("b", "Ali Barakah")]
    assert named("The poet Ali Barakah spoke of Hamas.", compiled) == []


def test_an_actor_may_do_without_variants() -> None:
    """`variants = false`, and every place."""
    assert named("Ismail Haniya", matcher(Actor("h", "Ismail Haniyeh", "person", variants=False))) == []
    assert named("Ismail Haniya", matcher(Actor("h", "Ismail Haniyeh", "place"))) == []
    assert named("Ismail Haniyeh", matcher(Actor("h", "Ismail Haniyeh", "person", variants=False)))


def judged() -> set[tuple[str, str, str]]:
    lines = JUDGED.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    assert all(verdict == "true" for *_, verdict in rows)
    return {(article, actor, name) for article, actor, name, _ in rows}


@pytest.mark.skipif(not ARTICLES.is_file(), reason=f"{ARTICLES} is absent: recorded articles are not at hand")
def test_every_variant_found_in_recorded_news_was_judged_and_is_true() -> None:
    """The shipped actors by their names alone, over recorded articles: nothing but what the table holds."""
    settings = parse((ROOT / "config.toml").read_text(encoding="utf-8"), "config.toml").settings
    bare = [replace(actor, aliases=()) for actor in settings.actors if actor.kind != "other"]
    compiled, plain = matcher(*bare), matcher(*(replace(actor, variants=False) for actor in bare))
    found = set()
    with gzip.open(ARTICLES, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            document = Document(row["title"], row["text"])
            written = {(m.rule, s.field, s.start) for m in plain.match(document) for s in m.spans}
            hits = [(m.rule, s) for m in compiled.match(document) for s in m.spans]
            found |= {(row["id"], rule, s.text) for rule, s in hits if (rule, s.field, s.start) not in written}
    assert found == judged()
