"""Runs of words as numbers."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from monitor.text.shingles import shingles

REPORT = " ".join(f"word{n % 97} and{n % 13} then{n}" for n in range(400))
words = st.lists(st.sampled_from(["gaza", "truce", "cairo", "talks", "هدنة", "רפיח", "été"]), max_size=30)


def test_a_copy_shares_its_shingles_whatever_case_and_marks() -> None:
    """Typography differs from outlet to outlet and proves nothing."""
    plain = "Hamas leaders' talks in Cairo over the Sana'a plan went on for a seventh day, officials said on Sunday."
    fancy = (
        "HAMAS leaders’ talks in Cairo — over the “Sana’a” plan — went on for a seventh day officials said on Sunday"
    )
    assert shingles(plain, keep=1) == shingles(fancy, keep=1)
    assert len(shingles(plain, keep=1)) == 15


def test_a_cut_copy_is_contained_in_the_whole() -> None:
    """An outlet that drops the last paragraphs keeps only shingles of the original."""
    whole, cut = shingles(REPORT), shingles(REPORT[: len(REPORT) // 2])
    assert cut
    assert cut <= whole


def test_about_one_in_keep_is_kept() -> None:
    """The sample is as large as it says, or copies would be missed."""
    every = shingles(REPORT, keep=1)
    assert 0.07 < len(shingles(REPORT, keep=8)) / len(every) < 0.19


def test_they_are_numbers_of_63_bits_that_keep_divides() -> None:
    """They fit a signed integer column."""
    assert all(0 <= number < 1 << 63 and number % 8 == 0 for number in shingles(REPORT))


def test_they_are_the_same_in_every_process() -> None:
    """They are stored, and compared after a restart (Python's own hash of strings is not stable)."""
    code = f"from monitor.text.shingles import shingles; print(sorted(shingles({REPORT!r})))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == str(sorted(shingles(REPORT)))


def test_the_order_of_words_counts() -> None:
    """A shingle is a run, not a bag."""
    assert shingles("one two three four five", keep=1) != shingles("five four three two one", keep=1)


@given(words, st.integers(1, 6))
def test_a_text_has_as_many_as_it_has_different_runs(text: list[str], size: int) -> None:
    """No two runs collide in practice, and a text shorter than a run has none."""
    runs = {tuple(text[i : i + size]) for i in range(len(text) - size + 1)}
    assert len(shingles(" ".join(text), size=size, keep=1)) == len(runs)
