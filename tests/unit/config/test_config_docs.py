"""Documentation is executed: a toml block that begins with the line `# config.toml` is a whole config."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.config import parse
from monitor.config.shape import CHANNEL_SHAPES, DigestShape, FeedShape, PacingShape, RecipientShape, RuleShape, Shape

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The whole configs of a page, each named `page:line`."""
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        if found[1].startswith("# config.toml\n"):
            line = text.count("\n", 0, found.start(1)) + 1
            yield f"{page.relative_to(ROOT)}:{line}", found[1]


EXAMPLES = dict(example for page in PAGES for example in blocks(page))


@pytest.mark.parametrize("where", EXAMPLES)
def test_every_example_is_a_config_without_fault_or_warning(where: str) -> None:
    """What a user copies from the documentation works as it stands."""
    assert parse(EXAMPLES[where], where).warnings == ()


def test_the_reference_has_examples() -> None:
    """docs/config.md shows at least the five whole configs it is written around."""
    assert sum(where.startswith("docs/config.md") for where in EXAMPLES) >= 5


@pytest.mark.parametrize(
    "shape", [FeedShape, RuleShape, RecipientShape, DigestShape, PacingShape, *CHANNEL_SHAPES.values()]
)
def test_the_reference_lists_every_key(shape: type[Shape]) -> None:
    """No key of the file is without its row in docs/config.md."""
    reference = (ROOT / "docs" / "config.md").read_text("utf-8")
    keys = {field.alias or name for name, field in shape.model_fields.items()} - {"kind"}
    assert {key for key in keys if f"| `{key}` |" not in reference} == set()
