"""What grouping learns and keeps, within bounds: frequencies, boilerplate, the index, and their bytes."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories import boilerplate, frequencies, index
from monitor.stories.boilerplate import Boilerplate
from monitor.stories.facts import Facts
from monitor.stories.frequencies import Background, Frequencies, Learned, shipped
from monitor.stories.headlines import Headline
from monitor.stories.index import Index
from monitor.stories.packing import UnreadableError, pack, pack_learned, unpack, unpack_learned
from monitor.stories.terms import ARABIC, HEBREW, LATIN, number, term
from monitor.stories.vectors import ArticleVector

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
NOTHING = Background({}, (10, 10, 10, 10))


def key(word: str) -> int:
    return number(term(word))


@pytest.mark.parametrize(
    ("common", "rare"), [("the", "pirates"), ("في", "قراصنة"), ("של", "פיראטים"), ("president", "polygamist")]
)
def test_the_background_tells_common_from_rare(common: str, rare: str) -> None:
    """Function words weigh nothing, in each script."""
    known = Frequencies(shipped())
    assert known.weight(key(rare)) > 2 * known.weight(key(common))
    assert known.weight(key("the")) == known.weight(key("في")) == 0


def test_every_script_has_a_background() -> None:
    """Else every word of it would weigh the same from the start."""
    assert all(shipped().documents[script] >= 1000 for script in (LATIN, ARABIC, HEBREW))


def test_what_comes_often_weighs_less() -> None:
    """And in its own script only: English news says nothing of how common an Arabic word is."""
    known = Frequencies(NOTHING)
    before, arabic = known.weight(key("truce")), known.weight(key("هدنة"))
    for _ in range(10):
        known.learn({key("truce")})
    assert known.weight(key("truce")) < before
    assert known.weight(key("هدنة")) == arabic
    assert known.version == 10


def test_learned_counts_are_taken_over() -> None:
    """What one process learned another goes on with."""
    known = Frequencies(NOTHING)
    known.learn({key("truce"), key("هدنة")})
    again = Frequencies(NOTHING, known.learned())
    assert again.learned() == known.learned() == unpack_learned(pack_learned(known.learned()))
    assert again.weight(key("truce")) == known.weight(key("truce"))


def test_learned_counts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms seen once go first; counts of long ago are halved."""
    monkeypatch.setattr(frequencies, "MOST_TERMS", 50)
    monkeypatch.setattr(frequencies, "MOST_LEARNED", 100)
    known = Frequencies(NOTHING)
    for n in range(200):
        known.learn({key("truce"), key(f"word{n}")})
    learned = known.learned()
    assert len(learned.counts) <= 51
    assert learned.documents[LATIN] <= 101
    assert learned.counts[key("truce")] <= learned.documents[LATIN] + 1
    assert known.version == 200


def test_boilerplate_is_what_recurs_within_an_outlet() -> None:
    """Three documents of one outlet make a shingle its own; other outlets' documents do not count."""
    known = Boilerplate()
    for n in range(3):
        known.learn("a", {1, 10 + n})
        known.learn(f"other {n}", {2})
    assert known.without("a", {1, 2, 10}) == {2, 10}
    assert known.without("b", {1, 2}) == {1, 2}
    known.learn("", {5})
    assert known.without("", {5}) == {5}


def test_boilerplate_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outlet and the shingles unseen for longest go first."""
    monkeypatch.setattr(boilerplate, "MOST_OUTLETS", 2)
    monkeypatch.setattr(boilerplate, "MOST_SEEN", 4)
    known = Boilerplate()
    for outlet in ("a", "b", "c"):
        for _ in range(3):
            known.learn(outlet, {1})
    assert [known.without(outlet, {1}) for outlet in ("a", "b", "c")] == [{1}, set(), set()]
    known.learn("c", {2})
    known.learn("c", {2})
    known.learn("c", range(100, 104))
    known.learn("c", {2})
    assert known.without("c", {2}) == {2}


def test_the_index_finds_the_most_alike_first() -> None:
    """By the weight of the terms that are shared; equal ones by age."""
    held = Index()
    held.add(0, (1, 2))
    held.add(1, (1, 2, 3))
    held.add(2, (3,))
    assert held.find({1: 0.9, 3: 0.5}) == [1, 0, 2]
    assert held.find({1: 0.9}) == [0, 1]
    assert held.find({9: 1.0}) == []


def test_the_index_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has left is not found, and its lists go in time."""
    held = Index()
    for n in range(30_000):
        held.add(n, (n, 1))
        held.leave(max(0, n - 100))
    assert min(held.find({1: 1.0})) >= 29_899
    assert len(held._lists) < 11_000


def test_a_look_up_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms that are everywhere are not followed; a few reports come out at most."""
    monkeypatch.setattr(index, "LONGEST", 100)
    held = Index()
    for n in range(200):
        held.add(n, (1, 2) if n % 2 else (1,))
    assert len(held.find({1: 0.9, 2: 0.1})) == index.FOUND
    assert all(n % 2 for n in held.find({1: 0.9, 2: 0.1}))


numbers = st.integers(0, (1 << 32) - 1)
vectors = st.builds(
    lambda terms, shingles, headline, facts, version: ArticleVector(
        7,
        NOW,
        12,
        array("I", terms),
        array("H", [n % 65536 for n in terms]),
        array("Q", shingles),
        headline,
        facts,
        version,
    ),
    st.lists(numbers),
    st.lists(st.integers(0, (1 << 63) - 1)),
    st.builds(Headline, st.lists(numbers).map(tuple), st.frozensets(numbers)),
    st.builds(
        Facts,
        st.integers(0, 127),
        st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 12), st.integers(1, 31))).map(tuple),
        st.lists(st.tuples(numbers, numbers)).map(tuple),
        st.lists(st.tuples(numbers, st.integers(-(10**9), 10**9))).map(tuple),
    ),
    st.integers(0, 1 << 40),
)


@given(vectors)
def test_a_vector_survives_the_store(vector: ArticleVector) -> None:
    """Every part of it."""
    assert unpack(vector.id, vector.at, pack(vector)) == vector


@given(vectors, st.data())
def test_what_is_cut_off_is_not_taken_for_a_vector(vector: ArticleVector, data: st.DataObject) -> None:
    """Nor what is of another format."""
    packed = pack(vector)
    with pytest.raises(UnreadableError):
        unpack(7, NOW, packed[: data.draw(st.integers(0, len(packed) - 1))])
    with pytest.raises(UnreadableError):
        unpack(7, NOW, b"\x63" + packed[1:])
    with pytest.raises(UnreadableError):
        unpack_learned(pack_learned(Learned({1: 2}))[:-1])
