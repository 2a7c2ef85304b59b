"""Watch rules: standing queries over actors, topics and terms, compiled once and asked of every article.

`compile_rules` makes a `Matcher` or raises `RuleFaults`; `Matcher.match` says which rules fit a document, on what
evidence, and whether the article is about it or only mentions it. The language of items stands in `items`, that of
aliases in `aliases`, that of queries in `query`, what a word finds in `forms`, the grades in `prominence`.
"""

from monitor.rules.compile import compile_rules
from monitor.rules.faults import RuleFaults
from monitor.rules.matcher import Matcher

__all__ = ["Matcher", "RuleFaults", "compile_rules"]
