"""From bytes to text, in the order of RFC 7303: byte order mark, charset of Content-Type, XML declaration, UTF-8.

feedparser takes a bare `text/xml` for us-ascii and turns a UTF-8 document with one bad byte to mojibake; so the text is
decoded here and handed on as clean UTF-8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32 first: its little-endian mark begins with that of UTF-16."""
BARE = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
"""How `<` or `<?xm` begins where there is no mark (XML 1.0, appendix F)."""
BROADER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
"""Labels that mean a larger set in practice (WHATWG Encoding, labels of windows-1252 and others)."""
ALIASES = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "x-gbk": "gb18030",
    "maccyrillic": "mac-cyrillic",
    "x-mac-cyrillic": "mac-cyrillic",
    "iso-8859-8-i": "iso8859-8",
    "x-euc-jp": "euc_jp",
    "unicode": "utf-16",
}
NO_CHARSET = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"})
"""Codecs of Python that no document may declare."""
MAX_BAD = 0.01
"""Up to this share of undecodable sequences a document is still what it says it is."""

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})\s*["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[\s?][^>]{0,400}?\?>")
# XML 1.0 §2.2: no control characters but tab and line ends, no surrogates, no non-characters FFFE and FFFF.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a document."""

    text: str
    encoding: str
    """Python's name of the codec that was used."""
    damaged: bool
    """Some bytes meant nothing, or characters that XML forbids were dropped."""


def decode(body: bytes, headers: Mapping[str, str]) -> Decoded:
    """The document as text, without mark and XML declaration. Never raises."""
    mark, encoding = _mark(body)
    body = body[len(mark) :]
    names = [encoding] if encoding else list(_named(body, headers))
    text, used, damaged = _decode(body, names)
    clean = _ILLEGAL.sub("", text)
    return Decoded(_DECLARATION.sub("", clean, count=1).lstrip("\ufeff"), used, damaged or len(clean) != len(text))


def codec_of(label: str) -> str | None:
    """Python's name for a charset label, the broader set where the label is used for one; None where unknown."""
    label = label.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(ALIASES.get(label, label)).name
        b"    ".decode(name, "replace")  # LookupError for hex, zlib and other codecs that give no text
    except (LookupError, ValueError):
        return None
    return None if name in NO_CHARSET else BROADER.get(name, name)


def _mark(body: bytes) -> tuple[bytes, str | None]:
    return next(((mark, name) for mark, name in BOMS if body.startswith(mark)), (b"", None))


def _named(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """Codecs by rank; a 16-bit name for a document that plainly has 8-bit units is a mistake and passed over."""
    bare = next((name for start, name in BARE if body.startswith(start)), None)
    declared = _DECLARED.match(body[:400])
    labels = [charset(headers), declared.group(1).decode("ascii") if declared else None]
    for codec in (codec_of(label) for label in labels if label):
        if codec and codec.startswith(("utf-16", "utf-32")) == bool(bare and bare.startswith("utf")):
            yield codec
    yield bare or "utf-8"


def charset(headers: Mapping[str, str]) -> str | None:
    """The charset parameter of Content-Type, by a lower-case header name."""
    value = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    message = Message()
    message["content-type"] = value.replace("\r", " ").replace("\n", " ")
    found = message.get_param("charset")
    return found if isinstance(found, str) else None


def _decode(body: bytes, names: list[str]) -> tuple[str, str, bool]:
    for name in names:
        text = _strictly(body, name)
        if text is not None:
            return text, name, False
    first = names[0]
    text = body.decode(first, "replace")
    if text.count("\ufffd") <= max(3, int(len(text) * MAX_BAD)):
        return text, first, True
    guessed = _guess(body)
    return body.decode(guessed, "replace"), guessed, True


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeDecodeError, ValueError):
        return None


def _guess(body: bytes) -> str:
    """The likeliest 8-bit charset of a document whose own word is wrong."""
    from charset_normalizer import from_bytes  # needed for one feed in thousands

    found = from_bytes(body[:50_000]).best()
    return codec_of(found.encoding) or "cp1252" if found else "cp1252"
