"""Partial answers: the ``fields`` parameter (Google, "Working with partial data")."""

from __future__ import annotations

from typing import Any

Mask = dict[str, Any]


def apply(value: Any, fields: str | None) -> Any:
    """Keep what a mask like ``messages(id,threadId),nextPageToken`` names."""
    if not fields:
        return value
    mask, _rest = _parse(fields)
    return _keep(value, mask)


def _parse(text: str) -> tuple[Mask, str]:
    mask: Mask = {}
    while text:
        end = min((i for i in map(text.find, ",/()") if i >= 0), default=len(text))
        name, text = text[:end].strip(), text[end:]
        inner: Mask = {}
        if text[:1] == "/":
            # a/b selects like a(b), up to the next comma
            path, text = _path(text[1:])
            inner = path
        elif text[:1] == "(":
            inner, text = _parse(text[1:])
        if name:
            mask.setdefault(name, {}).update(inner)
        if text[:1] == ")":
            return mask, text[1:]
        text = text.removeprefix(",")
    return mask, text


def _path(text: str) -> tuple[Mask, str]:
    end = min((i for i in map(text.find, ",/()") if i >= 0), default=len(text))
    name, text = text[:end].strip(), text[end:]
    inner: Mask = {}
    if text[:1] == "/":
        inner, text = _path(text[1:])
    elif text[:1] == "(":
        inner, text = _parse(text[1:])
    return {name: inner}, text


def _keep(value: Any, mask: Mask) -> Any:
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [_keep(item, mask) for item in value]
    if isinstance(value, dict):
        return {
            key: _keep(item, mask[key]) for key, item in value.items() if key in mask
        }
    return value
