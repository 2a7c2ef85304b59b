"""What the newsroom's outlets put on the wire: feeds in four formats, and pages with all that surrounds an article."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.demo.content import Article, Content, Outlet

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "json": "application/feed+json",
    "broken": "text/html; charset=utf-8",
}
ABOUT = "All reports of this outlet are invented, for a demonstration on this machine."


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("monitor.demo", "data/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["rfc822"] = format_datetime
    environment.filters["iso"] = lambda moment: moment.isoformat()
    return environment


def feed(content: Content, outlet: Outlet, base: str, step: int) -> bytes:
    """The outlet's feed as of a step; `base` is `http://host:port`."""
    listed = content.listed(outlet, step)
    moment = content.steps[step].at
    if outlet.format == "json":
        return _json_feed(outlet, base, listed, step)
    template = _templates().get_template(f"{outlet.format}.j2")
    text = template.render(outlet=outlet, base=base, articles=listed, step=step, moment=moment, about=ABOUT)
    return text.encode()


def page(content: Content, article: Article, base: str) -> bytes:
    """The article's page: navigation, share buttons, related links and a footer around it."""
    outlet = content.outlet(article.outlet)
    related = [a for a in content.listed(outlet, article.step) if a.id != article.id][:3]
    template = _templates().get_template(f"{outlet.layout}.html.j2")
    ld = _linked_data(outlet, article, base)
    return template.render(outlet=outlet, article=article, related=related, base=base, about=ABOUT, ld=ld).encode()


def _json_feed(outlet: Outlet, base: str, articles: Sequence[Article], step: int) -> bytes:
    """JSON Feed 1.1."""
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/",
        "feed_url": base + outlet.feed,
        "description": ABOUT,
        "language": outlet.language,
        "items": [_json_item(outlet, base, a, step) for a in articles],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode()


def _json_item(outlet: Outlet, base: str, article: Article, step: int) -> dict[str, object]:
    return {
        "id": f"{outlet.id}:{article.id}",
        "url": base + article.path,
        "title": article.title_at(step),
        "summary": article.summary,
        "content_text": article.summary,
        "date_published": _zulu(article.published_at),
        "authors": [{"name": article.byline}],
        "tags": [article.section],
    }


def _linked_data(outlet: Outlet, article: Article, base: str) -> str:
    """JSON-LD as search engines ask for it; `</` cannot end the script that holds it."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": _zulu(article.published_at),
        "author": [{"@type": "Person", "name": article.byline}],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "mainEntityOfPage": base + article.path,
        "inLanguage": outlet.language,
        "isAccessibleForFree": True,
    }
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
