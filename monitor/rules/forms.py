"""In which forms a word of a rule is found, and under which keys a word of a text is looked up.

Both sides meet in a folded form. The rule's side carries what is known of English (plurals, compounds, the article
`al-`); the text's side what hangs on a word's edges: possessives, elided articles, Arabic and Hebrew proclitics.

- Plurals both ways: truce finds truces, truces finds truce. A name (capitalised) is taken for a plural only where it is
  plainly one (Palestinians, Houthis), so that Hamas never finds Hama; and a short name that ends in a vowel grows no
  plural, so that Hama never finds Hamas.
- Compounds: cease-fire, cease fire and ceasefire find each other; so do reopen and re-open. Names are not split.
- Names: where a term says so (`tree.Sound`), other spellings of its words, by the keys of `text.names`.
- The article: al-Zahar, el-Zahar, Al Zahar, az-Zahar and Alzahar are one; inside a longer name it may be missing,
  and a name in any spelling may take it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from monitor.rules.tree import Sound, Term
from monitor.text.background import RARE, share
from monitor.text.names import ABDEL, IBN, skeleton, spellings, vowel_key
from monitor.text.normal import fold
from monitor.text.tokens import Tokens, words_of

_ARTICLE = frozenset({"al", "el", "ul"})
_ASSIMILATED = frozenset({
    "as", "es", "ash", "esh", "an", "en", "ad", "ed", "ar", "er", "at", "et", "az", "ez", "adh", "edh", "ath", "eth",
})  # fmt: skip
"""What the article becomes before the sun letters; it counts as one only where a hyphen follows."""
_STICKY_PREFIXES = frozenset({"e", "re", "de", "co", "un"})
_GLUE_SHARE = 0.7
"""A word of the language's glue (the, for, with) stands in so large a share of articles."""
_COMMON_SHARE = 0.01
"""A word that stands in so large a share of articles is no other spelling of a name: About is not Abbott."""
_OF_TITLES = frozenset(["the", "of", "and", "for", "in", "on", "at", "to", "a", "an", "new", "by", "with"])
_UNCHANGING = frozenset(["news", "series", "species", "means", "lens", "this", "thus", "always", "perhaps"])
_PLAINLY_PLURAL = re.compile(r"\w{4,}(?:ians|ans|eans|ists|ites|crats|licans)|\w{4,}[^s]is")
_POSSESSIVE = re.compile("(.+)['’‘ʼ′´`＇][sS]")
_ELISION = re.compile("(?:l|d|qu|n|s|j|m|c|t|dell|all|nell|dall|sull)['’‘ʼ′´`＇](.{3,})", re.IGNORECASE)
_HEBREW = re.compile("[\u05d0-\u05ea]")
_ARABIC = re.compile("[\u0621-\u06d3]")
_HYPHEN = re.compile("[-\u2010-\u2015\u2212\u05be]")


@dataclass(frozen=True, slots=True)
class Form:
    """One word of a pattern: the keys that satisfy it. Marked are exact ones (`=`), skeletons of names (`~`), words
    with a capital (`^=`) and their vowel keys (`^`); a beginning ends in `*`."""

    keys: frozenset[str]
    hyphened: bool = False
    """A hyphen must follow it in the text."""
    name: str = ""
    """The word of a name that its `~` key was made of: a word of a text must sound alike."""


Pattern = tuple[Form, ...]
_ANY_ARTICLE = Form(_ARTICLE)
_SUN_ARTICLE = Form(_ASSIMILATED, hyphened=True)


def patterns(term: Term) -> list[Pattern]:
    """The sequences of words by which a term is found, the plain one first; none twice."""
    if term.exact:
        return [tuple(Form(frozenset({"=" + unicodedata.normalize("NFC", w)})) for w in words_of(term.text))]
    words = words_of_term(term)
    found = [_plain(words)]
    for n, word in enumerate(words):
        before, after = _plain(words[:n]), _plain(words[n + 1 :])
        found += [before + halves + after for halves in _split(word)]
        if n + 1 < len(words) and (word.hyphened or len(words) == 2) and not words[n + 1].starred:
            found.append((*before, _joined(word, words[n + 1]), *_plain(words[n + 2 :])))
    found += _with_article(words)
    if term.sound is Sound.WORDS:
        found += _otherwise_joined(words)
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a term as it stands there."""

    raw: str
    starred: bool
    hyphened: bool
    sound: Sound

    @property
    def folded(self) -> str:
        possessive = _POSSESSIVE.fullmatch(self.raw)
        return fold(possessive[1] if possessive else self.raw)

    @property
    def is_article(self) -> bool:
        return self.folded in _ARTICLE or (self.hyphened and self.folded in _ASSIMILATED)

    @property
    def is_small(self) -> bool:
        """Whether it is no name by itself: an article, Abu, Abdel, bin, or one of the small words of titles."""
        return self.is_article or bool(spellings(self.folded)) or self.folded in _OF_TITLES

    @property
    def is_name(self) -> bool:
        written_large = self.raw[:1].isupper() or _HEBREW.match(self.raw) is not None
        return written_large and not (self.is_small or self.starred)


def words_of_term(term: Term) -> list[Word]:
    """The words of a term, and how they are to be read."""
    tokens = Tokens(term.text)
    following = zip(tokens.words, tokens.gaps[1:], strict=True)
    return [Word(word, gap[:1] == "*", _HYPHEN.match(gap) is not None, term.sound) for word, gap in following]


def _plain(words: list[Word]) -> Pattern:
    return tuple(_form(word) for word in words)


def _form(word: Word) -> Form:
    if word.starred:
        return Form(frozenset({word.folded + "*"}))
    if word.sound is Sound.WORD and word.is_name:
        key = vowel_key(word.folded)
        return Form(frozenset({"^=" + word.folded, "^" + key} if key else {"^=" + word.folded}))
    if word.sound is not Sound.AS_WRITTEN and word.is_article:
        return _ANY_ARTICLE
    keys = {word.folded, *inflected(word.folded, is_name=word.raw[:1].isupper())}
    if word.sound is Sound.WORDS and word.is_name and (bones := skeleton(word.folded)):
        return Form(frozenset({*keys, "~" + bones}), name=word.folded)
    return Form(frozenset(keys if word.sound is Sound.AS_WRITTEN else {*keys, *spellings(word.folded)}))


def _joined(word: Word, following: Word) -> Form:
    both = word.folded + following.folded
    return Form(frozenset({both, *inflected(both, is_name=word.raw[:1].isupper())}))


def _split(word: Word) -> list[Pattern]:
    """A compound written as one word, in two."""
    whole = word.folded
    if word.starred or not (whole.isascii() and whole.isalpha() and word.raw.islower()):
        return []
    return [
        (Form(frozenset({whole[:n]})), Form(frozenset({whole[n:], *inflected(whole[n:], is_name=False)})))
        for n in range(1, len(whole) - 2)
        if _is_compound(whole[:n], whole[n:])
    ]


def _is_compound(first: str, second: str) -> bool:
    """Whether both are words that make compounds: neither `the` and `rapist` nor `thea` and `tre`."""
    known = RARE < share(second) < _GLUE_SHARE
    if len(first) < 3:
        return known and first in _STICKY_PREFIXES and len(second) >= 4
    return known and RARE < share(first) < _GLUE_SHARE


def _with_article(words: list[Word]) -> list[Pattern]:
    """The ways to write the articles of a name."""
    if any(word.is_article for word in words[:-1]):
        return _articled(words, may_miss=len(words) > 2)
    added: list[Pattern] = []
    if words[-1].sound is Sound.WORDS and words[-1].folded.isascii():
        added = [(*_plain(words[:-1]), article, _form(words[-1])) for article in (_ANY_ARTICLE, _SUN_ARTICLE)]
    return added + _from_joined_article(words)


def _otherwise_joined(words: list[Word]) -> list[Pattern]:
    """Abdel Fattah as Abd al-Fattah and Abdelfattah; a longer name without its `bin`."""
    found = []
    for n, (word, following) in enumerate(pairwise(words)):
        before, after = _plain(words[:n]), _plain(words[n + 2 :])
        if word.folded in ABDEL and following.is_name:
            whole = "abdul" + following.folded
            ways = [(Form(frozenset({"abd"})), article, _form(following)) for article in (_ANY_ARTICLE, _SUN_ARTICLE)]
            found += [before + way + after for way in (*ways, (Form(frozenset({"~" + skeleton(whole)}), name=whole),))]
        elif word.folded in IBN and sum(word.is_name for word in words) > 2:
            found.append((*before, _form(following), *after))
    return found


def _articled(words: list[Word], may_miss: bool) -> list[Pattern]:
    """Every article with another vowel, assimilated, joined to its word; left out in a longer name."""
    for n, word in enumerate(words[:-1]):
        if word.is_article:
            name = words[n + 1]
            ways: list[Pattern] = [(_ANY_ARTICLE, _form(name)), (_SUN_ARTICLE, _form(name))]
            ways.append((Form(frozenset({"al" + name.folded, "el" + name.folded})),))
            ways += [(_form(name),)] * may_miss
            return [_plain(words[:n]) + way + rest for way in ways for rest in _articled(words[n + 2 :], may_miss)]
    return [_plain(words)]


def _from_joined_article(words: list[Word]) -> list[Pattern]:
    """Alzahar, Elsisi: the article split off again."""
    for n, word in enumerate(words):
        if word.raw[:2] in ("Al", "El") and len(word.folded) >= 6 and word.folded.isascii() and not word.starred:
            rest = Form(frozenset({word.folded[2:], *inflected(word.folded[2:], is_name=True)}))
            before, after = _plain(words[:n]), _plain(words[n + 1 :])
            return [(*before, article, rest, *after) for article in (_ANY_ARTICLE, _SUN_ARTICLE)]
    return []


@lru_cache(maxsize=1 << 16)
def inflected(word: str, is_name: bool) -> frozenset[str]:
    """The English plural of a folded word and what it may be the plural of; nothing for other scripts."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()) or word in _UNCHANGING:
        return frozenset()
    plural_name = is_name and _PLAINLY_PLURAL.fullmatch(word) is not None
    forms: set[str] = set()
    if not is_name or plural_name:
        forms |= _singulars(word)
    if not plural_name and not (is_name and len(word) <= 4 and word[-1] in "aeiou"):
        forms |= _plurals(word)
    return frozenset(forms - {word})


def _plurals(word: str) -> set[str]:
    if word.endswith("man"):
        return {word[:-3] + "men"}
    if word.endswith("y") and word[-2] not in "aeiou":
        return {word[:-1] + "ies"}
    if word.endswith("sis"):
        return {word[:-2] + "es"}
    if word.endswith("s") and not word.endswith(("ss", "us", "as")):
        return set()  # a plural already
    return {word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")}


def _singulars(word: str) -> set[str]:
    if len(word) > 3 and word.endswith("men"):
        return {word[:-3] + "man"}
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "sis")):
        return set()
    if word.endswith("as") and len(word) <= 5:
        return set()  # Hamas, gas, alias: no plurals of Hama, ga, alia
    found = {word[:-1]}
    if word.endswith("ies") and len(word) > 4:
        found.add(word[:-3] + "y")
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        found.add(word[:-2])
    return found


def text_keys(word: str) -> tuple[str, ...]:
    """Under what a word of a text is looked up: folded, without what hangs on it, and exactly as it is written."""
    raw = unicodedata.normalize("NFC", word)
    folded = fold(word)
    keys = {folded: None, "=" + raw: None}
    if possessive := _POSSESSIVE.fullmatch(raw):
        keys |= {fold(possessive[1]): None, "=" + possessive[1]: None}
    elif elision := _ELISION.fullmatch(raw):
        keys |= {fold(elision[1]): None, "=" + elision[1]: None}
    if _ARABIC.match(folded):
        keys |= dict.fromkeys(_without_arabic_clitics(folded))
    elif _HEBREW.match(folded):
        keys |= dict.fromkeys(_without_hebrew_clitics(folded))
    keys.pop("", None)
    return tuple(keys)


def name_keys(word: str) -> Iterator[tuple[str, str]]:
    """Under what a word of a text is looked up as a word of a name, each with the word that it was made of.

    None where it is written small: a name stands in a capital, or in Hebrew.
    """
    raw = unicodedata.normalize("NFC", word)
    if raw[:1].isupper():
        possessive, elision = _POSSESSIVE.fullmatch(raw), _ELISION.fullmatch(raw)
        bases = {fold(raw)} | ({fold(possessive[1])} if possessive else {fold(elision[1])} if elision else set())
    elif _HEBREW.match(raw):
        bases = _without_hebrew_clitics(fold(raw))
    else:
        return
    for base in bases:
        yield "^=" + base, base
        if (key := vowel_key(base)) and share(base) < _COMMON_SHARE:
            yield "^" + key, base
        if bones := skeleton(base):
            yield "~" + bones, base


def _without_arabic_clitics(word: str) -> set[str]:
    """Without و ف, then ب ك ل, then ال; at least three letters stay (لحماس, وبالقاهرة, للقاهرة)."""
    found = {word}
    for letters in ("وف", "بكل"):
        found |= {w[1:] for w in found if w[0] in letters and len(w) > 3}
    for form in list(found):
        if form.startswith("لل") and len(form) > 4:
            found |= {form[2:], "ال" + form[2:]}  # ل swallows the alef of the article
        if form.startswith("ال") and len(form) > 4:
            found.add(form[2:])
    return found


def _without_hebrew_clitics(word: str) -> set[str]:
    """Without ו, then ש or כש or מש, then ב ל מ כ, then ה; at least three letters stay (לחמאס, ושבעזה)."""
    found = {word}
    for prefixes in (("ו",), ("ש", "כש", "מש"), ("ב", "ל", "מ", "כ"), ("ה",)):
        found |= {w.removeprefix(p) for w in found for p in prefixes if w.startswith(p) and len(w) - len(p) >= 3}
    return found
