"""Which rules are evaluated at all."""

from __future__ import annotations

from monitor.model.news import Document, Prominence
from monitor.model.settings import Rule
from monitor.rules import compile_rules

FILLER = "Nothing else of note was said by anyone at all on that long day in the quiet town by the sea. "


def candidates(document: Document, *rules: Rule) -> tuple[str, ...]:
    return compile_rules(rules, (), ()).candidates(document)


def test_words_that_stand_far_apart_let_no_near_rule_through() -> None:
    """A rule that wants two groups within some words is looked up by what does stand near."""
    rules = [Rule(f"r{n}", "", all=(("Gaza", f"alpha{n}"), ("truce", f"beta{n}")), near=n) for n in range(1, 40)]
    document = Document("", "Gaza saw nothing of the truce.\n\nalpha7 one\n\nbeta7")
    assert candidates(document, *rules) == tuple(f"r{n}" for n in range(5, 40))


def test_a_rule_is_anchored_to_its_rarest_group() -> None:
    """By how common words are in the news, not by their order or number."""
    rule = Rule("r", "", all=(("president", "government"), ("Philadelphi", "Zuweid", "Arish", "Nakhaleh")))
    assert candidates(Document("The president and his government", ""), rule) == ()
    assert candidates(Document("Nakhaleh", ""), rule) == ()
    assert candidates(Document("Nakhaleh and the president", ""), rule) == ("r",)


def test_further_needs_of_a_near_rule_are_looked_at() -> None:
    """A third word that must stand somewhere."""
    rule = Rule("r", "", all=(("Gaza",), ("truce",)), any=("Cairo",), near=3)
    assert candidates(Document("Gaza truce", ""), rule) == ()
    assert candidates(Document("Gaza truce", "Cairo"), rule) == ("r",)


def test_evidence_is_every_hit_that_stands_near_one_of_the_other_group() -> None:
    """And none that stands alone, with or without presearch."""
    compiled = compile_rules([Rule("r", "", all=(("Gaza", "Rafah"), ("truce", "lull")), near=4)], (), ())
    text = "Gaza. " + FILLER + "Gaza or Rafah: a truce, a lull. " + FILLER + "A truce."
    first = text.index("Gaza or")
    for presearch in (True, False):
        (match,) = compiled.match(Document("Roads", text), presearch=presearch)
        assert [span.text for span in match.spans] == ["Gaza", "Rafah", "truce", "lull"]
        assert match.spans[0].start == first
        assert match.prominence is Prominence.SUBJECT
