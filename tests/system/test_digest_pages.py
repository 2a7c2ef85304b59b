"""The digest in a real browser: it fits a desktop and a phone, in light and dark, and nothing of it needs a script."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path

import pytest

from monitor.digest import render_html
from tests.samples import telling

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--allow-file-access-from-files",
)
MIN_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of ordinary size."""
# Headless windows are no narrower than 500 px, so the page stands in a frame of the wanted width.
FRAME = """<!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin:0">
<iframe id="page" style="border:0;width:{width}px;height:3000px" srcdoc="{page}"></iframe><pre id="facts"></pre>
<script>
function rgb(text) {{ return text.match(/[\\d.]+/g).map(Number); }}
function luminance(c) {{ const [r, g, b] = c.slice(0, 3).map(v => {{ v /= 255;
  return v <= .03928 ? v / 12.92 : Math.pow((v + .055) / 1.055, 2.4); }}); return .2126 * r + .7152 * g + .0722 * b; }}
function behind(node) {{ for (; node; node = node.parentElement) {{
  const c = rgb(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }}
  return [255, 255, 255]; }}
document.getElementById('page').addEventListener('load', event => {{
  const doc = event.target.contentDocument, root = doc.documentElement, low = [];
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {{ const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.getClientRects().length) continue;
    const a = luminance(rgb(getComputedStyle(node).color)), b = luminance(behind(node));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < {contrast}) low.push([walker.currentNode.data.trim().slice(0, 40), Math.round(ratio * 100) / 100]); }}
  document.getElementById('facts').textContent = JSON.stringify({{ width: root.scrollWidth, height: root.scrollHeight,
    ground: luminance(behind(doc.body)), low, headings: doc.querySelectorAll('h1,h2,h3').length,
    rtl: doc.querySelectorAll('[dir=rtl],[dir=auto]').length, scripts: doc.scripts.length,
    images: doc.images.length }}); }});
</script>"""


@dataclass(frozen=True)
class Facts:
    """What the browser measured."""

    width: int
    height: int
    ground: float
    low: list[list[object]]
    headings: int
    rtl: int
    scripts: int
    images: int


def chromium(folder: Path, *arguments: str) -> str:
    command = ["chromium", *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def measure(folder: Path, html: str, width: int, dark: bool) -> Facts:
    page = folder / "frame.html"
    page.write_text(FRAME.format(width=width, page=escape(html), contrast=MIN_CONTRAST), encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    dom = chromium(folder, scheme, "--virtual-time-budget=5000", "--dump-dom", page.as_uri())
    found = re.search(r'<pre id="facts">(.+?)</pre>', dom, re.DOTALL)
    assert found, dom[-500:]
    return Facts(**json.loads(unescape(found[1])))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390])
def test_the_digest_fits_and_can_be_read(tmp_path: Path, width: int, dark: bool) -> None:
    """No sideways scrolling, every word in sufficient contrast, headings to go by, no script and no image."""
    facts = measure(tmp_path, render_html(telling.RICH), width, dark)
    assert facts.width <= width
    assert facts.low == []
    assert facts.headings >= 5
    assert (facts.scripts, facts.images) == (0, 0)
    assert (facts.ground < 0.1) is dark


@pytest.mark.parametrize("width", [1100, 390])
def test_the_longest_digest_fits_too(tmp_path: Path, width: int) -> None:
    """Two thousand stories are cut to what a mail may hold, and still fit a phone."""
    html = render_html(telling.flood(2000))
    assert len(html.encode()) <= 80_000
    assert measure(tmp_path, html, width, dark=False).width <= width


def test_an_alert_fits_a_phone(tmp_path: Path) -> None:
    """The message that is read in a hurry."""
    facts = measure(tmp_path, render_html(telling.ALERT), 390, dark=True)
    assert facts.width <= 390
    assert facts.low == []
