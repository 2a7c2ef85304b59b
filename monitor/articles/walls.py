"""Pages that stand before the article: consent, cookies, paywalls, robot checks, errors that answer 200."""

from __future__ import annotations

import re
from collections.abc import Mapping

from monitor.model.news import Article
from monitor.text.normal import fold

SHORT = 120
"""Words above which a text is an article, whatever phrases stand in it: articles too quote «subscribe to continue»."""
MIN_TITLE_WORDS = 3
"""A title needs this many words of weight before «none of them in the text» proves anything."""

PHRASES: Mapping[str, tuple[str, ...]] = {
    "a robot check": (
        "verify you are human", "verify that you are human", "are you a robot", "i am not a robot",
        "checking your browser",
        "unusual traffic", "complete the captcha", "solve the captcha", "prove you are human",
        "enable javascript and cookies",
        "performing security verification", "access to this page has been denied", "press and hold",
        "ddos protection",
        "needs to review the security of your connection", "تحقق من أنك لست روبوت", "אני לא רובוט",
    ),
    "a page that wants JavaScript": (
        "please enable javascript", "javascript is disabled", "javascript is required",
        "you need to enable javascript",
        "requires javascript", "turn on javascript", "bitte aktivieren sie javascript",
    ),
    "a consent wall": (
        "we value your privacy", "before you continue", "we use cookies", "uses cookies", "cookie settings",
        "accept all cookies",
        "manage your privacy", "consent to the use", "and our partners store", "our partners process",
        "cookie consent",
        "we and our partners", "accept cookies", "cookie policy", "wir verwenden cookies",
        "nous utilisons des cookies",
        "utilizamos cookies", "نستخدم ملفات تعريف الارتباط", "ملفات تعريف الارتباط", "שימוש בעוגיות", "קובצי cookie",
    ),
    "a paywall": (
        "subscribe to continue", "subscribe to read", "subscribe now to", "to continue reading",
        "already a subscriber",
        "this article is for subscribers", "this content is for subscribers", "log in to read", "sign in to continue",
        "sign in to read", "register to continue", "become a member to read", "exclusive to subscribers",
        "start your free trial",
        "you have reached your limit", "you've reached your limit", "free articles remaining", "unlock this article",
        "create a free account to", "للمشتركين فقط", "اشترك لمتابعة القراءة", "למנויים בלבד", "להמשך קריאה",
    ),
    "an error page": (
        "page not found", "page cannot be found", "page you requested could not be found", "page you are looking for",
        "404 not found", "403 forbidden", "access denied", "you don't have permission to access",
        "internal server error",
        "service unavailable", "temporarily unavailable", "not available in your region",
        "not available in your country",
        "unavailable for legal reasons", "الصفحة غير موجودة", "הדף לא נמצא",
    ),
}  # fmt: skip
"""What such pages say, by what they are. Folded when compared, so case, accents and apostrophes do not count."""

_WORD = re.compile(r"\w+")


def wall(article: Article, title: str) -> str | None:
    """Why this text is no article but something that stands before it; None for an article.

    `title` is the entry's: a text that shares no word of weight with it is another page's, if it is short too.
    """
    words = article.text.split()
    if not words:
        return "the page holds no text"
    if len(words) > SHORT:
        return None
    folded = _flat(article.text)
    for kind, phrases in _FOLDED.items():
        hit = next((phrase for phrase in phrases if phrase in folded), None)
        if hit and not _about(article.text, title, enough=0.5):
            return f"{kind}, not the article: it says «{hit}»"
    if not _about(article.text, title, enough=0.0):
        return "the page's text shares no word with the title"
    return None


def _about(text: str, title: str, enough: float) -> bool:
    """Whether more than this share of the title's words of weight stand in the text; True where the title has few."""
    weighty = {word for word in _words(title) if len(word) > 3}
    if len(weighty) < MIN_TITLE_WORDS:
        return enough == 0.0
    there = {word[:6] for word in _words(text)}
    return sum(word[:6] in there for word in weighty) / len(weighty) > enough


def _words(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(text)]


def _flat(text: str) -> str:
    return " ".join(_words(text))


_FOLDED = {kind: tuple(_flat(phrase) for phrase in phrases) for kind, phrases in PHRASES.items()}
