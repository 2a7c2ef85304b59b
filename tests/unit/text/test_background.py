"""How common words are."""

from __future__ import annotations

from monitor.text.background import RARE, share


def test_common_words_have_large_shares() -> None:
    """What stands in every article, in many, in few, and what the table does not hold."""
    assert share("the") > 0.99
    assert 0.1 < share("president") < 0.9
    assert share("رييس") > RARE
    assert RARE < share("truce") < 0.01
    assert share("haniyeh") == RARE


def test_words_are_looked_up_folded() -> None:
    """The table knows folded words only."""
    assert share("President") == RARE
