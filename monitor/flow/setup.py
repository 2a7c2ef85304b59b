"""What is in force: one configuration with its compiled rules, replaced as a whole at a reload."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.news import Article, Document, Entry, Match
from monitor.model.settings import Digest, Feed, Recipient, Rule, Settings
from monitor.rules import Matcher


@dataclass(frozen=True, slots=True)
class Setup:
    """Settings and the rules compiled from them."""

    settings: Settings
    matcher: Matcher

    def rule(self, rule_id: str) -> Rule | None:
        return next((r for r in self.settings.rules if r.id == rule_id), None)

    def recipient(self, recipient_id: str) -> Recipient | None:
        return next((r for r in self.settings.recipients if r.id == recipient_id), None)

    def feed(self, feed_id: str) -> Feed | None:
        return next((f for f in self.settings.feeds if f.id == feed_id), None)

    def digest(self, digest_id: str) -> Digest | None:
        return next((d for d in self.settings.digests if d.id == digest_id), None)

    def match(self, entry: Entry, article: Article) -> tuple[Match, ...]:
        """Every rule against everything held. The headline is the feed's: it is what an alert on it would show."""
        return self.matcher.match(document(entry, article))


def document(entry: Entry, article: Article) -> Document:
    """What the rules look at, and what the spans of a match point into."""
    return Document(headline(entry, article), article.text, article.language or entry.language)


def headline(entry: Entry, article: Article) -> str:
    """The feed's title, or the page's where the feed has none."""
    return entry.title or article.title


class Current:
    """Holds the setup in force, so that a reload reaches every phase at once."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
