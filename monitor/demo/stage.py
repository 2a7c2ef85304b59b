"""The content put on the wire: every outlet of the newsroom with its feed, its pages and its robots.txt."""

from __future__ import annotations

from monitor.demo import paper
from monitor.demo.content import Article, Content, Outlet
from monitor.testing import Answer, Newsroom

_HTML = {"Content-Type": "text/html; charset=utf-8"}
_REFUSED = b"<html><head><title>Not now</title></head><body><h1>Not now</h1></body></html>"


def newsroom(content: Content) -> Newsroom:
    """A newsroom with the content's outlets, not yet started."""
    return Newsroom([outlet.id for outlet in content.outlets])


def set_up(room: Newsroom, content: Content) -> None:
    """Script every path of a started newsroom. What appears later waits for its step."""
    for outlet in content.outlets:
        _put_feed(room, content, outlet)
        if outlet.robots:
            headers = {"Content-Type": "text/plain"}
            room[outlet.id].put("/robots.txt", Answer(body=outlet.robots.encode(), headers=headers))
    for article in content.articles:
        _put_page(room, content, article)


def _put_feed(room: Newsroom, content: Content, outlet: Outlet) -> None:
    headers = {"Content-Type": paper.CONTENT_TYPES[outlet.format]}
    place = room[outlet.id]
    for step in content.changes(outlet):
        body = paper.feed(content, outlet, place.base, step)
        modified = {"Last-Modified": content.steps[step].at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        place.add(outlet.feed, Answer(body=body, headers=headers | modified, conditional=True, step=step))


def _put_page(room: Newsroom, content: Content, article: Article) -> None:
    place = room[article.outlet]
    refusals = [Answer(r.status, _REFUSED, _HTML, times=r.times, step=article.step) for r in article.refusals]
    html = paper.page(content, article, place.base)
    place.put(article.path, *refusals, Answer(body=html, headers=_HTML, step=article.step))
