"""Writes SVG: text that is always escaped, numbers that are short."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

FONT = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei',sans-serif"


def element(name: str, content: str | Iterable[str] = "", **attributes: object) -> str:
    """Return an element; content is markup, attributes are escaped (`stroke_width` for stroke-width)."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(shown(value))}" for key, value in attributes.items()
    )
    inside = content if isinstance(content, str) else "".join(content)
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def text(words: str, x: float, y: float, *, size: float = 13, fill: str = "#222", **attributes: object) -> str:
    """Return a line of text whose base line is at y."""
    return element("text", escape(printable(words)), x=x, y=y, font_size=size, fill=fill, **attributes)


def title(words: str) -> str:
    """Return what is shown to whoever points at an element."""
    return element("title", escape(printable(words))) if words else ""


def document(width: float, height: float, content: Iterable[str], name: str) -> str:
    """Return a whole picture on a white ground."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{shown(width)}" height="{shown(height)}"'
        f' viewBox="0 0 {shown(width)} {shown(height)}" font-family={quoteattr(FONT)} role="img">'
        f'{title(name)}<rect width="100%" height="100%" fill="#fff"/>{"".join(content)}</svg>\n'
    )


def shown(value: object) -> str:
    """Return a number with one decimal at most, anything else as text."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def printable(words: str) -> str:
    """Return the text without characters that XML can't hold."""
    return "".join(char if char >= " " or char == "\n" else " " for char in words if not "\ud800" <= char <= "\udfff")
