"""The shipped config.toml as a file: what it holds, beside the six rules."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import time
from pathlib import Path

import pytest

from monitor.config import parse
from monitor.model.settings import EmailChannel, Endpoint, FileChannel, Reaction, Settings, WebhookChannel
from monitor.rules.compile import compile_rules

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config.toml"
RULES = ["hamas-egypt", "rafah-crossing", "hamas-leadership", "sinai-security", "palestinian-unity", "gaza-truce"]
PEOPLE = [
    "haniyeh", "sinwar", "mashaal", "zahar", "hayya", "abu-marzouk", "alami", "awadallah", "abu-zuhri", "mushtaha",
    "abu-naim", "qassem", "nakhalah", "abbas", "hussein-al-sheikh", "sisi", "kamel", "rashad", "morsi", "barakat",
    "menai", "husni",
]  # fmt: skip
SCRIPTS = {
    "Arabic": re.compile("[\u0621-\u064a]"),
    "Hebrew": re.compile("[\u05d0-\u05ea]"),
    "Latin": re.compile("[A-Za-z]"),
}


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The shipped settings, read as the daemon reads them."""
    parsed = parse(CONFIG.read_text(encoding="utf-8"), str(CONFIG))
    assert parsed.warnings == ()
    return parsed.settings


def test_rules_are_the_six(settings: Settings) -> None:
    """The shipped rules are the six, and they compile."""
    assert [rule.id for rule in settings.rules] == RULES
    assert set(compile_rules(settings.rules, settings.actors, settings.topics).versions) == set(RULES)


def test_rules_alert_on_subjects_only(settings: Settings) -> None:
    """Each rule alerts on a subject, puts a mention into the digest and says in words what it means."""
    for rule in settings.rules:
        assert (rule.subject, rule.mention) == (Reaction.ALERT, Reaction.DIGEST)
        assert rule.description.endswith(".")


def test_feeds_cover_three_languages(settings: Settings) -> None:
    """There are fifteen feeds at least, several in English, Arabic and Hebrew each, with name, language and group."""
    assert len(settings.feeds) >= 15
    languages = Counter(feed.language for feed in settings.feeds)
    assert set(languages) == {"en", "ar", "he"}
    assert min(languages.values()) >= 5
    assert all(feed.name and feed.group and feed.url.startswith("https://") for feed in settings.feeds)
    assert len({feed.url for feed in settings.feeds}) == len(settings.feeds)


def test_each_feed_has_a_comment() -> None:
    """Every feed in the file is explained by a comment on its own header."""
    headers = re.findall(r"^\[\[feeds\]\](.*)$", CONFIG.read_text(encoding="utf-8"), re.MULTILINE)
    assert all(re.fullmatch(r" # \S.{10,}", header) for header in headers)


@pytest.mark.parametrize("actor_id", PEOPLE)
def test_people_are_spelled_in_three_scripts(settings: Settings, actor_id: str) -> None:
    """Everyone named in the five articles has aliases in Latin, Arabic and Hebrew letters."""
    (actor,) = [actor for actor in settings.actors if actor.id == actor_id]
    names = [alias.partition("|")[0] for alias in actor.aliases]
    missing = [script for script, letters in SCRIPTS.items() if not any(map(letters.search, names))]
    assert missing == []


def test_alias_stands_once() -> None:
    """No alias and no term is written twice in its list."""
    raw = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    lists = {name: table["aliases"] for name, table in raw["actors"].items()}
    lists |= {name: table["terms"] for name, table in raw["topics"].items()}
    repeated = {name: [t for t, n in Counter(terms).items() if n > 1] for name, terms in lists.items()}
    assert {name: terms for name, terms in repeated.items() if terms} == {}


def test_messages_go_to_a_folder(settings: Settings) -> None:
    """Unconfigured, messages are written to state/out, and one digest is cut at seven in the morning, Cairo time."""
    (recipient,) = settings.recipients
    assert recipient.endpoints == (Endpoint("file", "out"),)
    assert FileChannel("file") in settings.channels
    (digest,) = settings.digests_of(recipient)
    assert (digest.at, digest.timezone, digest.rules) == (time(7), "Africa/Cairo", ("*",))


def test_contact_is_left_to_the_user(settings: Settings) -> None:
    """No contact address is made up: the user fills it in where the comment says so."""
    assert settings.service.contact is None
    assert re.search(r"^# contact = ", CONFIG.read_text(encoding="utf-8"), re.MULTILINE)


def test_commented_channels_are_valid() -> None:
    """The commented-out mail and webhook channels parse when the comment signs are taken away."""
    text = CONFIG.read_text(encoding="utf-8")
    examples = re.findall(r"(?:^# (?:\[channels\.\w+\]|\w+ = .*)\n)+", text, re.MULTILINE)
    tables = "\n".join(example.replace("# ", "") for example in examples if "[channels." in example)
    parsed = parse(f'{tables}\n[[rules]]\nid = "r"\nany = ["Gaza"]\n', "examples.toml").settings
    assert {"mail": EmailChannel, "hook": WebhookChannel}.items() <= {c.id: type(c) for c in parsed.channels}.items()
