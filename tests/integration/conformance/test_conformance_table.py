"""The table of the rules is whole: a row for each, and a test for each row."""

from __future__ import annotations

import re
from pathlib import Path

from tests.samples.polite_rules import RULES


def test_every_rule_has_its_row() -> None:
    """The 45 rules, in order, none missing; whatever is not simply kept gives its reason."""
    assert list(RULES) == list(range(1, 46))
    assert all(rule.reason for rule in RULES.values() if rule.standing != "kept")


def test_every_rule_has_a_test_named_by_its_number() -> None:
    """No row rests on words alone."""
    texts = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_rules_*.py")]
    tested = {int(number) for text in texts for number in re.findall(r"def test_rule_(\d\d)_", text)}
    assert tested == set(RULES)
