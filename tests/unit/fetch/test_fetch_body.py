"""Bodies under a limit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.body import BadCoding, BodyTooLarge, Inflater, read_body

TEXT = b"The crossing reopened on Tuesday. " * 400


def bare_deflate(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(data) + squeezer.flush()


async def in_chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def inflated(coding: str, data: bytes, size: int) -> bytes:
    inflater = Inflater(coding)
    out = b"".join(b"".join(inflater.feed(data[start : start + size])) for start in range(0, len(data), size))
    inflater.finish()
    return out


@pytest.mark.parametrize("size", [1, 2, 7, 100_000])
@pytest.mark.parametrize(
    ("coding", "squeeze"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", bare_deflate)]
)
def test_a_body_survives_any_cut(coding: str, squeeze: Callable[[bytes], bytes], size: int) -> None:
    """gzip and both readings of deflate, in chunks of every size."""
    assert inflated(coding, squeeze(TEXT), size) == TEXT


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "deflate"]), st.integers(1, 300))
def test_whatever_was_squeezed_comes_back(data: bytes, coding: str, size: int) -> None:
    """For all bytes and all cuts, the empty body included."""
    assert inflated(coding, gzip.compress(data) if coding == "gzip" else zlib.compress(data), size) == data


@pytest.mark.parametrize("size", [1, 5, 100_000])
def test_members_of_a_gzip_body_are_joined_and_padding_is_ignored(size: int) -> None:
    """RFC 1952 §2.2 allows several members; servers pad with zeros, and gzip(1) lets them."""
    assert inflated("gzip", gzip.compress(b"one, ") + gzip.compress(b"two") + b"\0\0\0", size) == b"one, two"


def test_pieces_larger_than_one_step_come_whole() -> None:
    """Output that zlib holds back when a step is full is not lost."""
    data = bytes(3 * 256 * 1024)
    for extra in range(6):
        assert inflated("gzip", gzip.compress(data + bytes(extra)), 50) == data + bytes(extra)


@pytest.mark.parametrize("cut", [1, 5, 20, 60])
def test_a_body_cut_short_is_not_taken_for_whole(cut: int) -> None:
    """A connection that broke must not look like a feed that lost its entries."""
    with pytest.raises(BadCoding):
        inflated("gzip", gzip.compress(TEXT)[:-cut], 10)


def test_a_body_that_is_not_what_it_says_is_refused() -> None:
    """Plain text under Content-Encoding: gzip."""
    with pytest.raises(BadCoding):
        inflated("gzip", TEXT, 100)


@pytest.mark.parametrize("codings", [("br",), ("zstd",), ("gzip", "gzip"), ("compress",)])
async def test_a_coding_that_was_not_asked_for_is_named(codings: tuple[str, ...]) -> None:
    """What cannot be bounded is not decoded, nor is what was squeezed twice."""
    with pytest.raises(BadCoding, match=codings[0]):
        await read_body(in_chunks(TEXT, 100), codings, 10_000_000)


@pytest.mark.parametrize("limit", [0, 1, 5000, len(TEXT) - 1])
async def test_the_limit_holds_after_decompression(limit: int) -> None:
    """A byte over it is too many, and what came before it is at hand."""
    with pytest.raises(BodyTooLarge) as caught:
        await read_body(in_chunks(gzip.compress(TEXT), 50), ("gzip",), limit)
    assert caught.value.head == TEXT[: len(caught.value.head)]
    assert len(caught.value.head) <= limit


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    """The limit itself is allowed."""
    assert await read_body(in_chunks(TEXT, 999), (), len(TEXT)) == TEXT


async def test_a_stream_that_never_gives_a_byte_of_text_is_cut_off() -> None:
    """Empty blocks of deflate hold no text and never end: the limit counts raw bytes too."""
    squeezer = zlib.compressobj(wbits=31)
    start, empty = squeezer.compress(b"x") + squeezer.flush(zlib.Z_FULL_FLUSH), b"\x00\x00\x00\xff\xff" * 100

    async def endless() -> AsyncIterator[bytes]:
        yield start
        while True:
            yield empty

    with pytest.raises(BodyTooLarge):
        await read_body(endless(), ("gzip",), 10_000)
