"""What kind of piece an article is, as far as its title tells, in English, Arabic and Hebrew.

Only labels and set phrases of desks are read: "LIVE:", "Morning brief", "Opinion |", "On this day", "Obituary:". An
analysis counts as news, and so does "co-founder dies": a death is news, the obituary that follows is not.
"""

from __future__ import annotations

import re

from monitor.model.news import PageKind

_LABEL = r"\s*(?:[:|/\]\-\u2013\u2014]|$)"
_SEPARATED = r"(?:^|[|/\[\u2013\u2014]\s*|\s-\s)"


def _labels(words: str) -> str:
    """One of the words as a label: at the start with a colon or bar after it, or at the end behind a bar or dash."""
    return rf"^\W*(?:{words}){_LABEL}|{_SEPARATED}\s*(?:{words})\W*$"


_CUES = {
    PageKind.LIVE: (
        _labels(r"live(?: (?:blog|updates?|coverage|news|report(?:ing)?))?|as it happened|مباشر|بث مباشر|תיעוד חי"),
        r"\b(?:war|crisis|conflict|talks|news|politics|east|world|gaza|israel|egypt)\s+live\s*(?:[:|\u2013\u2014]|-\s)",
        r"\blive[ -](?:blog|updates|coverage|ticker)\b|\bas it happened\b|\bliveblog\b|\bminute by minute\b",
        r"(?:تغطية|بث) (?:مباشرة?|مستمرة|حية)|لحظة بلحظة|على مدار الساعة",
        r"עדכונים שוטפים|עדכונים חיים|דיווח שוטף|בשידור חי|דקה אחר דקה",
    ),
    PageKind.ROUNDUP: (
        _labels(
            r"(?:(?:morning|evening|daily|weekly|world|news|midday|weekend|global|middle east|mideast) )?"
            r"(?:brief(?:ing)?s?|news ?letter|round-?up|digest|wrap(?:-?up)?|recap|bulletin|headlines)"
            r"|news in brief|week in review|what we'?re reading|top stories|first thing|5 things|five things"
        ),
        r"\b(?:morning|evening|daily|weekly|noon|midday|nightly|news|weekend) "
        r"(?:brief(?:ing)?s?|round-?up|digest|bulletin|wrap(?:-?up)?|recap)\b",
        r"\bwhat we know (?:today|so far this)|\b(?:five|5|ten|10|three|3) things (?:to know|you need)"
        r"|\b(?:week|day|year|month) in (?:review|brief|pictures|photos)\b|\bnews in brief\b|\bin other news\b"
        r"|\btop (?:stories|headlines)\b|\bnews (?:round-?up|quiz)\b|\btoday'?s (?:papers|headlines)\b",
        r"حصاد|نشرة|موجز|جولة الصح|عناوين الصحف|أبرز (?:عناوين|أحداث|الأحداث|ما جاء)|صحف (?:اليوم|عالمية|عبرية)",
        r"סיכום (?:היום|השבוע|יומי|שבועי)|תקציר (?:החדשות|היום)|חדשות בקצרה|כותרות (?:היום|העיתונים)|מהדורת",
    ),
    PageKind.OPINION: (
        _labels(
            r"(?:guest )?opinions?|op-?eds?|(?:our |the )?editorials?|columns?|commentary|comment|satire|humou?r"
            r"|letters?(?: to the editor)?|(?:your |our )?views?|viewpoints?|perspective|essay"
            r"|review|book review|cartoon|blog"
            r"|رأي|رأيي|مقال|مقال رأي|مقالات|آراء|افتتاحية|ساخر|كاريكاتير|דעה|דעות|פרשנות|טור|טור דעה"
            r"|מאמר|סאטירה|מכתבים"
        ),
        r"\bletters? to the editor\b|\bop-ed\b|\bborowitz report\b",
    ),
    PageKind.ANNIVERSARY: (
        r"\bon this day\b|\bthis day in history\b|\btoday in history\b|\banniversar(?:y|ies)\b|\bflashback\b",
        r"\b(?:\d+|one|two|three|four|five|ten|twenty|fifty|a|many) (?:years?|decades?) (?:since|later|on\b|after|ago)",
        r"\b(?:a|half a|quarter) (?:year|decade|century) (?:since|later|on\b|after|ago)|\byears since\b|\bcommemorat",
        r"في مثل هذا اليوم|حدث في مثل|ذكر[ىي]|الذكرى|(?:عام|سنة|أعوام|سنوات) على ",
        r"ביום זה|היום לפני|יום השנה|(?:שנה|שנים|עשור) (?:ל|אחרי|מאז)|ציון שנה",
    ),
    PageKind.OBITUARY: (
        _labels(r"obituar(?:y|ies)|obits?|in memoriam|remembering|a life|سيرة|في رثاء|رثاء|נקרולוג|הספד"),
    ),
}
_PATTERNS = [(kind, re.compile("|".join(cues), re.IGNORECASE)) for kind, cues in _CUES.items()]

WORDS = {
    PageKind.LIVE: "live blog",
    PageKind.ROUNDUP: "roundup",
    PageKind.OPINION: "opinion",
    PageKind.ANNIVERSARY: "anniversary",
    PageKind.OBITUARY: "obituary",
}
"""What `Match.why` calls each."""


def piece_kind(title: str) -> PageKind:
    """NEWS unless the title carries a label or set phrase of another kind; live first, then the enum's order."""
    title = title.replace("’", "'").replace("‑", "-")
    return next((kind for kind, pattern in _PATTERNS if pattern.search(title)), PageKind.NEWS)
