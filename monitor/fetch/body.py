"""Bodies under a limit: what arrives is decompressed piece by piece, and the limit holds after decompression."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Iterator

_PIECE = 256 * 1024
"""The most bytes one step of decompression may give."""


class BodyTooLarge(Exception):
    """The body passed its limit. `head` holds what came before it."""

    def __init__(self, head: bytes) -> None:
        super().__init__(len(head))
        self.head = head


class BadCoding(Exception):
    """The body is not what its Content-Encoding says, is cut short, or is in a coding that was not asked for."""


class Inflater:
    """gzip (RFC 1952, several members) and deflate (RFC 1950, or bare RFC 1951 as some servers send it), in pieces of
    bounded size."""

    def __init__(self, coding: str) -> None:
        self._gzip = coding == "gzip"
        self._z = zlib.decompressobj(31 if self._gzip else zlib.MAX_WBITS)
        self._head: bytes | None = b""
        self._whole = False
        """A member has ended; what follows and is no other member is padding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decompressed pieces of the next raw bytes, each of 256 KB at most."""
        if self._head is not None:
            data = self._begin(self._head + data)
        more = False
        while data or more:
            if self._z.eof and not self._next_member(data):
                return
            try:
                piece = self._z.decompress(data, _PIECE)
            except zlib.error as error:
                if self._whole:
                    return
                raise BadCoding(str(error)) from error
            more = len(piece) == _PIECE  # zlib may hold output back although it has taken all input
            data = self._z.unused_data if self._z.eof else self._z.unconsumed_tail
            if piece:
                self._whole = False
                yield piece
            self._whole = self._whole or self._z.eof

    def finish(self) -> None:
        """Raise BadCoding when the stream was cut short."""
        if self._head or (self._head is None and not self._whole):
            raise BadCoding("cut short")

    def _begin(self, data: bytes) -> bytes:
        """Choose between RFC 1950 and bare RFC 1951 by the two bytes of the former's header."""
        if len(data) < 2:
            self._head = data
            return b""
        self._head = None
        if not self._gzip and (data[0] & 0x0F != 8 or (data[0] << 8 | data[1]) % 31):
            self._z = zlib.decompressobj(-zlib.MAX_WBITS)
        return data

    def _next_member(self, data: bytes) -> bool:
        if not self._gzip or not data.startswith(b"\x1f"):
            return False
        self._z = zlib.decompressobj(31)
        return True


async def read_body(raw: AsyncIterable[bytes], codings: tuple[str, ...], limit: int) -> bytes:
    """The whole body, decompressed. Raises BodyTooLarge as soon as either side of the decompression passes `limit`
    bytes, and BadCoding."""
    inflater = _inflater(codings)
    pieces: list[bytes] = []
    size = received = 0
    async for chunk in raw:
        received += len(chunk)
        for piece in inflater.feed(chunk) if inflater else (chunk,):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise BodyTooLarge(b"".join(pieces)[:limit])
        if received > limit:
            raise BodyTooLarge(b"".join(pieces))
    if inflater is not None:
        inflater.finish()
    return b"".join(pieces)


def _inflater(codings: tuple[str, ...]) -> Inflater | None:
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in ("gzip", "deflate"):
        raise BadCoding(f"it came as {', '.join(codings)[:60]}, which was not asked for")
    return Inflater(codings[0])
