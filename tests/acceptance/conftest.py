"""A site for each test, and one for a whole module where tests only look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.site import Site, opened


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Nothing configured or published yet."""
    with opened(tmp_path) as made:
        yield made
