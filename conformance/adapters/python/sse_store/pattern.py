"""Texts and patterns of policies: `*` is any run of characters, `?` exactly one (policy.md)."""

from __future__ import annotations

import re

_FOLD = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def ascii_lower(text: str) -> str:
    """The text with the ASCII letters in lower case, and every other character as it is."""
    return text.lower() if text.isascii() else text.translate(_FOLD)


class Pattern:
    """A pattern, matched against the whole of a text in time linear in both for each segment."""

    __slots__ = ("_first", "_last", "_middle", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        segments = text.split("*")
        self._first = segments[0]
        self._last = segments[-1] if len(segments) > 1 else None
        self._middle = [_segment(segment) for segment in segments[1:-1] if segment]

    def matches(self, text: str) -> bool:
        """Whether the pattern matches the whole text."""
        if self._last is None:
            return len(text) == len(self._first) and _equal(self._first, text)
        at, end = len(self._first), len(text) - len(self._last)
        if end < at or not _equal(self._first, text[:at]) or not _equal(self._last, text[end:]):
            return False
        for segment in self._middle:
            found = segment.search(text, at, end)
            if found is None:
                return False
            at = found.end()
        return True


def _segment(segment: str) -> re.Pattern[str]:
    return re.compile("".join("." if c == "?" else re.escape(c) for c in segment), re.DOTALL)


def _equal(segment: str, text: str) -> bool:
    if "?" not in segment:
        return segment == text
    return all(s in ("?", t) for s, t in zip(segment, text, strict=True))
