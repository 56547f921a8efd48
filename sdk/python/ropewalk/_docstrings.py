"""Reads docstrings: the first sentence, and what is said of each parameter in Google, NumPy or Sphinx style."""

from __future__ import annotations

import re

_SECTIONS = {"args", "arguments", "parameters", "params", "attributes", "fields", "returns", "return", "yields", "raises",
             "example", "examples", "note", "notes", "see also", "keyword args", "other parameters"}
_WITH_NAMES = {"args", "arguments", "parameters", "params", "attributes", "fields", "keyword args", "other parameters"}


class Documented:
    """What a docstring says."""

    def __init__(self) -> None:
        self.summary = ""
        self.params: dict[str, str] = {}
        self.returns = ""


def _dedented(text: str) -> list[str]:
    lines = text.expandtabs().splitlines()
    margins = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(margins, default=0)
    return [lines[0].strip(), *(line[margin:].rstrip() for line in lines[1:])] if lines else []


def _first_sentence(lines: list[str]) -> str:
    paragraph: list[str] = []
    for line in lines:
        if not line.strip():
            if paragraph:
                break
            continue
        paragraph.append(line.strip())
    text = " ".join(paragraph)
    match = re.match(r"(.+?[.!?])(?:\s+[A-Z(`\"'].*)?$", text)
    return match[1] if match else text


def _heading(lines: list[str], at: int) -> str | None:
    """The name of the section that begins here, in Google or in NumPy style."""
    text = lines[at].strip()
    if text.endswith(":") and text[:-1].lower() in _SECTIONS and not lines[at].startswith(" "):
        return text[:-1].lower()
    below = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if text.lower() in _SECTIONS and below and set(below) == {"-"}:
        return text.lower()
    return None


def _read_section(name: str, body: list[str], into: Documented) -> None:
    if name in ("returns", "return"):
        into.returns = _first_sentence(body)
        return
    if name not in _WITH_NAMES:
        return
    margin = min((len(line) - len(line.lstrip()) for line in body if line.strip()), default=0)
    current = ""
    for line in body:
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        google = re.match(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)", line.strip())
        numpy = re.match(r"(\w+)\s*(?::.*)?$", line.strip())
        if indent == margin and google and (google[2] or not numpy):
            current = google[1]
            into.params[current] = google[2] if not _is_type(body, line) else ""
        elif indent == margin and numpy:
            current = numpy[1]
            into.params[current] = ""
        elif current:
            into.params[current] = (into.params[current] + " " + line.strip()).strip()


def _is_type(body: list[str], line: str) -> bool:
    """In NumPy style ``name : type`` is followed by indented help."""
    if " : " not in line:
        return False
    after = body[body.index(line) + 1 :]
    return bool(after) and after[0].startswith("    ") and len(after[0]) - len(after[0].lstrip()) > len(line) - len(line.lstrip())


def documented(text: str | None) -> Documented:
    result = Documented()
    if not text or not text.strip():
        return result
    lines = _dedented(text)
    plain: list[str] = []
    at = 0
    while at < len(lines):
        section = _heading(lines, at)
        if section is None:
            field = re.match(r"\s*:(param|ivar|returns?)(?:\s+[\w\[\], .]*?)?\s*(\w+)?:\s*(.*)", lines[at])
            if field is None:
                if not lines[at].lstrip().startswith(":"):
                    plain.append(lines[at])
                at += 1
                continue
            value = field[3]
            at += 1
            while at < len(lines) and lines[at].startswith(" ") and lines[at].strip() and not lines[at].strip().startswith(":"):
                value += " " + lines[at].strip()
                at += 1
            if field[1].startswith("return"):
                result.returns = value
            elif field[2]:
                result.params[field[2]] = value
            continue
        at += 2 if at + 1 < len(lines) and set(lines[at + 1].strip()) == {"-"} else 1
        body: list[str] = []
        while at < len(lines) and _heading(lines, at) is None and not re.match(r":(param|return)", lines[at]):
            if lines[at].strip() and not lines[at].startswith(" ") and body and any(each.startswith(" ") for each in body):
                if not re.match(r"\w+\s*(:.*)?$", lines[at]):
                    break
            body.append(lines[at])
            at += 1
        _read_section(section, body, result)
    # A dataclass without a docstring has one that shows its signature.
    result.summary = "" if re.match(r"\w+\(.*\)$", lines[0]) and len(lines) == 1 else _first_sentence(plain)
    return result
