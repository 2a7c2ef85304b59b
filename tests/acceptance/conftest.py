"""A site for each test; day zero is lived through once and copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.site import Seeded, Site, make_seeded, opened


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A state folder after its first poll."""
    return make_seeded(tmp_path_factory.mktemp("seeded"))


@pytest.fixture
def site(tmp_path: Path, seeded: Seeded) -> Iterator[Site]:
    """Nothing configured or published yet; `site.seed()` puts day zero behind it."""
    with opened(tmp_path, seeded) as made:
        yield made
