"""Compiling, matching and versions."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.news import Document, Prominence
from monitor.model.settings import Actor, Priority, Rule, Topic
from monitor.rules import Matcher, RuleFaults, compile_rules

ACTORS = [
    Actor("hamas", "Hamas", aliases=("حماس", "חמאס")),
    Actor("abbas", "Mahmoud Abbas", aliases=("Abbas | with Palestinian, Fatah, فتح | without Abbas Kamel, Araghchi",)),
    Actor("sinai", "Sinai", aliases=("Sinai | without Mount Sinai",)),
]
TOPICS = [Topic("truce", "Truce", ("truce", "cease-fire", "هدنة"))]


def matcher(*rules: Rule) -> Matcher:
    return compile_rules(rules, ACTORS, TOPICS)


def ids(compiled: Matcher, title: str, text: str = "") -> list[str]:
    return [match.rule for match in compiled.match(Document(title, text))]


def test_structured_keys_bind_together() -> None:
    """Every group of all, one of any, at_least of of, none of none, and the query."""
    rule = Rule(
        "r", "", all=(("Gaza", "Strip"), ("truce",)), any=("Cairo", "Doha"), at_least=2,
        of=("Israel", "Hamas", "Egypt"), none=("Sudan",), query="NOT title:opinion",
    )  # fmt: skip
    whole = "Gaza truce: Israel and Hamas in Cairo"
    assert ids(matcher(rule), whole) == ["r"]
    for broken in ("Gaza: Israel and Hamas in Cairo", "Gaza truce: Israel and Hamas", "Gaza truce: Hamas in Cairo",
                   "Sudan, " + whole, "Opinion: " + whole):  # fmt: skip
        assert ids(matcher(rule), broken) == []


def test_near_words_stay_in_one_paragraph_and_field() -> None:
    """A hit in the title and one in the text are not near, nor are two across a blank line."""
    rule = matcher(Rule("r", "", all=(("Gaza",), ("truce",)), near=4))
    assert ids(rule, "Gaza talks on a truce")
    assert not ids(rule, "Gaza talks on a very long truce")
    assert not ids(rule, "Gaza", "truce")
    assert not ids(rule, "", "Gaza\n\ntruce")


def test_near_sentences_counts_the_title_as_one_before_the_first() -> None:
    """Title and first sentence are neighbours; title and second are not."""
    two, one = (matcher(Rule("r", "", all=(("Gaza",), ("truce",)), near=n)) for n in ("2 sentences", "sentence"))
    assert ids(two, "Gaza news", "A truce holds. More later.")
    assert not ids(two, "Gaza news", "More later. A truce holds.")
    assert ids(two, "", "Gaza is calm. A truce holds.")
    assert not ids(one, "", "Gaza is calm. A truce holds.")
    assert ids(one, "", "It is calm. Gaza: a truce holds.")


def test_near_paragraph_means_the_same_paragraph() -> None:
    """However many sentences it has."""
    rule = matcher(Rule("r", "", all=(("Gaza",), ("truce",)), near="paragraph"))
    assert ids(rule, "", "Gaza is calm. It rains. A truce holds.")
    assert not ids(rule, "", "Gaza is calm.\n\nA truce holds.")


def test_an_alias_needs_its_company_somewhere_in_the_document() -> None:
    """In title or text, folded like any term, Arabic letters on the edge included."""
    rule = matcher(Rule("r", "", any=("@abbas",)))
    assert ids(rule, "Abbas resigns", "The Palestinians were told.")
    assert ids(rule, "Abbas resigns", "قال لفتح")
    assert not ids(rule, "Abbas resigns", "Nobody was told.")
    assert ids(rule, "Mahmoud Abbas resigns")


def test_a_forbidden_neighbour_rules_out_this_occurrence_alone() -> None:
    """Within three words or over it; another occurrence in the same article still counts."""
    rule = matcher(Rule("r", "", any=("@abbas", "@sinai")))
    assert not ids(rule, "Fatah hosts Abbas Kamel")
    assert not ids(rule, "Fatah: Araghchi answers to Abbas")
    assert ids(rule, "Fatah: Araghchi answers again to Abbas")
    assert not ids(rule, "Mount Sinai nurses strike")
    match = rule.match(Document("Mount Sinai nurses strike", "They have never been to the Sinai."))[0]
    assert [(span.field, span.text) for span in match.spans] == [("text", "Sinai")]


def test_spans_are_the_evidence_in_the_order_of_the_text() -> None:
    """Only hits of the combination where it is a combination; the term as written in the rule, or the id."""
    rule = matcher(Rule("r", "", query='(@hamas OR "Gaza City") NEAR/4 #truce AND title:Cairo'))
    text = "Gaza City is calm as the cease fire holds.\n\nHamas is silent. Hamas: no truce."
    match = rule.match(Document("Cairo talks", text))[0]
    hamas, truce = text.rindex("Hamas"), text.index("truce")
    assert [(s.field, s.start, s.end, s.text, s.term) for s in match.spans] == [
        ("title", 0, 5, "Cairo", "Cairo"),
        ("text", hamas, hamas + 5, "Hamas", "hamas"),
        ("text", truce, truce + 5, "truce", "truce"),
    ]


def test_an_occurrence_inside_a_longer_one_is_shown_once() -> None:
    """`Mahmoud Abbas` is one hit, not two."""
    match = matcher(Rule("r", "", any=("@abbas",))).match(Document("Fatah's Mahmoud Abbas", ""))[0]
    assert [span.text for span in match.spans] == ["Mahmoud Abbas"]


def test_matches_come_in_the_order_of_the_rules() -> None:
    """Whatever stands first in the text."""
    rules = [
        Rule(name, "", any=(word,)) for name, word in (("z", "Gaza"), ("a", "truce"), ("m", "Sudan"), ("b", "Gaza"))
    ]
    assert ids(matcher(*rules), "A truce in Gaza") == ["z", "a", "b"]


def test_language_is_that_of_the_document() -> None:
    """`lang:ar` takes ar and ar-EG, and nothing that is not said."""
    rule = matcher(Rule("r", "", query="lang:ar AND Gaza"))
    assert rule.match(Document("Gaza", "", "ar-EG"))
    assert rule.match(Document("Gaza", "", "AR"))
    assert not rule.match(Document("Gaza", "", "arc"))
    assert not rule.match(Document("Gaza", ""))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["Hamas", "cease-fire", "لِحماس", "ﬁ", "İ", "ß", "e\u0301", "𝔾", "\u200f", "\n\n", "_"])
        | st.text()
    )
)
def test_spans_are_exact_for_any_unicode(pieces: list[str]) -> None:
    """Whatever folding does to lengths, offsets are those of the original, in code points."""
    compiled = matcher(Rule("h", "", any=("@hamas",)), Rule("t", "", any=("#truce", "=Hamas", "Hama*")))
    document = Document(" ".join(pieces[::2]), "\n".join(pieces))
    for match in compiled.match(document):
        for span in match.spans:
            assert getattr(document, span.field)[span.start : span.end] == span.text != ""


FAULTY = [
    (Rule("r", "", any=("@hamass",)), "any", "unknown actor @hamass", "did you mean @hamas?"),
    (Rule("r", "", all=(("Gaza",), ("title:@truce",))), "all", "unknown actor @truce", "did you mean #truce?"),
    (Rule("r", "", none=("#zzz",), any=("x",)), "none", "unknown topic #zzz", "add it as [topics.zzz]"),
    (Rule("r", "", query="Gaza AND #zzz"), "query", "unknown topic #zzz", "add it"),
    (Rule("r", "", query="NOT Gaza"), "query", "hold none of its words", "ask for a word"),
    (Rule("r", "", query="Gaza OR lang:ar"), "query", "hold none of its words", "ask for a word"),
    (Rule("r", ""), "all", "nothing to look for", "give it"),
    (Rule("r", "", none=("Gaza",)), "all", "nothing to look for", "give it"),
    (Rule("r", "", all=((),)), "all", "a group without items", "give it an item"),
    (Rule("r", "", all=(("Gaza",),), near=5), "near", "there are not two", "add a group"),
    (Rule("r", "", all=(("Gaza",), ("truce",)), near="close"), "near", "is no distance", "sentence"),
    (Rule("r", "", at_least=3, of=("a", "b")), "at_least", "asks for 3 of the 2 items", "name a number"),
    (Rule("r", "", of=("a", "b")), "at_least", "asks for 0 of the 2 items", "name a number"),
    (Rule("r", "", any=("Gaza", "…")), "any", "no word in it", "write a word"),
    (Rule("r", "", query="Gaza truce"), "query", "an operator is missing", "quotes"),
]


@pytest.mark.parametrize(("rule", "key", "message", "remedy"), FAULTY)
def test_a_faulty_rule_is_refused_with_its_key_and_a_remedy(rule: Rule, key: str, message: str, remedy: str) -> None:
    """One fault each, so that `config` can point at the line."""
    with pytest.raises(RuleFaults) as caught:
        matcher(rule)
    (fault,) = caught.value.faults
    assert (fault.table, fault.item_id, fault.key) == ("rules", "r", key)
    assert message in fault.message
    assert remedy in fault.remedy


TALKS = Topic("talks", "Talks", ("talks", "@hamas", "#truce"))


def test_a_name_may_stand_for_others() -> None:
    """`@actor` and `#topic` among the terms of a topic: all that they stand for, called by their own ids."""
    rule = Rule("r", "", all=(("#talks",), ("Cairo",)), near=5)
    compiled = compile_rules([rule], ACTORS, [*TOPICS, TALKS])
    (match,) = compiled.match(Document("חמאס, talks, a cease fire in Cairo", ""))
    assert [span.term for span in match.spans] == ["talks", "truce", "Cairo"]
    other = compile_rules([rule], ACTORS, [Topic("truce", "Truce", ("lull",)), TALKS])
    assert other.versions["r"] != match.version


@pytest.mark.parametrize(
    ("terms", "message", "remedy"),
    [
        (("@hamass",), "unknown actor @hamass", "did you mean @hamas?"),
        (("#more",), "#more stands for this itself", "take it out"),
        (("@",), "`@` is no reference", "write @actor"),
    ],
)
def test_a_name_that_stands_for_nothing_or_for_itself_is_a_fault(
    terms: tuple[str, ...], message: str, remedy: str
) -> None:
    """Told of the topic whose term it is."""
    with pytest.raises(RuleFaults) as caught:
        compile_rules([], ACTORS, [Topic("some", "Some", ("x", *terms)), Topic("more", "More", ("#some",))])
    fault = caught.value.faults[0]
    assert (fault.table, fault.item_id, fault.key) == ("topics", "some", "terms")
    assert message in fault.message
    assert remedy in fault.remedy


def test_an_office_that_changed_hands_is_read_by_the_date_of_the_article() -> None:
    """Up to the end of a month, from its beginning; without a date both hold it."""
    actors = [
        Actor("old", "Abbas Kamel", aliases=("Egypt's spy chief | until 2024-10-15",)),
        Actor("new", "Hassan Rashad", aliases=("Egypt's spy chief | from 2024-10-16",)),
        Actor("year", "Nobody", aliases=("Egypt's spy chief | from 2024 | until 2024-02",)),
    ]
    compiled = compile_rules([Rule(a.id, "", any=(f"@{a.id}",)) for a in actors], actors, ())

    def holders(published_at: datetime | None) -> list[str]:
        document = Document("Egypt's spy chief in Doha", "", published_at=published_at)
        return [match.rule for match in compiled.match(document)]

    assert holders(datetime(2024, 10, 15, tzinfo=UTC)) == ["old"]
    assert holders(datetime(2024, 10, 16, tzinfo=UTC)) == ["new"]
    assert holders(datetime(2024, 2, 29, tzinfo=UTC)) == ["old", "year"]
    assert holders(datetime(2023, 12, 31, tzinfo=UTC)) == ["old"]
    assert holders(None) == ["old", "new", "year"]


def test_weights_make_up_a_threshold() -> None:
    """`of` with `^n`, in the structured face and in a query; presearch leaves none out."""
    rules = [
        Rule("s", "", at_least=4, of=("@hamas ^3", "truce", "Cairo", "Doha ^2")),
        Rule("q", "", query="ATLEAST/4 (@hamas ^3, truce, Cairo, Doha ^2)"),
    ]
    compiled = matcher(*rules)
    for title, fits in {
        "Hamas truce": True, "Hamas": False, "Truce in Cairo": False, "Doha truce in Cairo": True, "Hamas, Doha": True,
    }.items():  # fmt: skip
        assert ids(compiled, title) == ["s", "q"] * fits
    assert len(set(compiled.versions.values())) == 1


def test_a_rule_may_ask_for_a_feed() -> None:
    """By id, whatever its case, a star for any ending."""
    rule = matcher(Rule("r", "", query="Gaza AND source:BBC* AND NOT source:bbc-arabic"))
    for source, fits in {"bbc-world": True, "BBC": True, "bbc-arabic": False, "abc": False, None: False}.items():
        assert bool(rule.match(Document("Gaza", "", source=source))) == fits


def test_all_faults_are_told_at_once() -> None:
    """Of actors, topics and rules."""
    with pytest.raises(RuleFaults) as caught:
        compile_rules(
            [Rule("one", "", any=("@x", "tru*")), Rule("two", "", query="a b"), Rule("ok", "", any=("Gaza",))],
            [Actor("a", "A man", aliases=("B | near C", "–"))],
            [Topic("t", "T", ()), Topic("u", "U", ("x*",))],
        )
    assert [(f.table, f.item_id, f.key) for f in caught.value.faults] == [
        ("actors", "a", "aliases"), ("actors", "a", "aliases"), ("topics", "t", "terms"), ("topics", "u", "terms"),
        ("rules", "one", "any"), ("rules", "two", "query"),
    ]  # fmt: skip


def test_a_version_changes_with_what_decides_the_match_and_with_nothing_else() -> None:
    """The expression and what it refers to count; name, priority and other rules do not."""
    rule = Rule("r", "Name", any=("@hamas",))
    version = matcher(rule).versions["r"]
    assert (
        matcher(Rule("q", "", any=("x",)), replace(rule, name="Other", priority=Priority.HIGH)).versions["r"] == version
    )
    assert matcher(replace(rule, any=("@hamas", "Gaza"))).versions["r"] != version
    changed = [replace(ACTORS[0], aliases=("Hamas | with Gaza",)), *ACTORS[1:]]
    assert compile_rules([rule], changed, TOPICS).versions["r"] != version
    assert matcher(rule).match(Document("Hamas", ""))[0].version == version


def test_a_version_is_the_same_in_every_process() -> None:
    """It is stored, and compared at the next start."""
    code = (
        "from monitor.rules import compile_rules\nfrom monitor.model.settings import *\n"
        "actors = [Actor('a', 'A', aliases=('b | with c',))]\n"
        "print(compile_rules([Rule('r', '', query='@a AND (x OR y)')], actors, ()).versions['r'])"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
    assert len(runs.pop().strip()) == 16


def test_rules_whose_needs_are_not_met_are_never_evaluated() -> None:
    """Of a thousand rules with a word in common one can fit; two of three words cannot do with the commonest alone."""
    rules = [Rule(f"r{n}", "", all=((f"alpha{n}", "Gaza"), (f"beta{n}",))) for n in range(1000)]
    compiled = matcher(*rules, Rule("two", "", at_least=2, of=("people", "Cairo", "Doha")))
    document = Document("Gaza and beta7, people, not alpha8", "")
    assert compiled.candidates(document) == ("r7",)
    assert ids(compiled, document.title) == ["r7"]


def test_an_empty_document_matches_nothing() -> None:
    """And breaks nothing."""
    assert matcher(Rule("r", "", any=("Gaza",))).match(Document("", "")) == ()


def test_prominence_is_judged_on_the_combination() -> None:
    """One word of it in the title is not the subject."""
    filler = "Nothing else of note was said by anyone at all on that long day in the quiet town by the sea. " * 8
    rule = matcher(Rule("r", "", query="Gaza NEAR/5 truce"))
    late = Document("Gaza life", f"{filler}\n\n{filler}\n\nOnce there was a Gaza truce.\n\n{filler}")
    assert rule.match(late)[0].prominence is Prominence.MENTION
    assert rule.match(Document("Truce in Gaza", late.text))[0].prominence is Prominence.SUBJECT
