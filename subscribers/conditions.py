"""The little language in which an admin says for whom something is; read here, and only read.

    town = "Valmont" and (age >= 18 or tag = vip) and not language in (en, de)

A name is that of an attribute (`address.town` for one within another), or `tag`, `topic`,
`language`, `domain` or `since`; an attribute of such a name is written `attributes.language`. A
value is a text in quotes, a bare word, a number, true or false. Tests are = != < <= > >=, `in (…)`,
`contains` and `exists NAME`; they are joined by and, or, not and parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from subscribers.addresses import has_controls
from subscribers.errors import InvalidValue
from subscribers.values import clean_language, clean_slug

How = Literal["=", "!=", "<", "<=", ">", ">=", "in", "contains", "exists"]
Value = str | Decimal | bool | date
"""What is compared with: its type says how. A date only where the field is `since`."""


@dataclass(frozen=True, slots=True)
class Test:
    """One thing asked of a person."""

    field: str  # tag, topic, language, domain, since; or "" for an attribute
    path: tuple[str, ...]  # where the attribute is: one name within another
    how: How
    values: tuple[Value, ...]  # one; several for `in`; none for `exists`


@dataclass(frozen=True, slots=True)
class Not:
    of: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    word: Literal["and", "or"]
    parts: tuple[Condition, ...]


Condition = Test | Not | Joined

_FIELDS: dict[str, tuple[How, ...]] = {
    "tag": ("=", "in", "exists"),
    "topic": ("=", "in"),
    "language": ("=", "!=", "in"),
    "domain": ("=", "!=", "in", "contains"),
    "since": ("=", "!=", "<", "<=", ">", ">="),
}
_TESTS: dict[str, How] = {how: how for how in get_args(How) if how != "exists"}
_LENGTH = 2000  # characters
_DEPTH = 30  # parentheses and nots within each other
_VALUES = 300  # all of them: a database compiles no more than a thousand terms
_WORDS = frozenset({"and", "or", "not", "in", "contains", "exists"})
_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<mark><=|>=|!=|[=<>(),])|(?P<word>[^\s()=!<>,"']+)"""
)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,99})(?:\.\d{1,99})?", re.ASCII)
_NAME = re.compile(r"[^\W\d_][\w-]*(?:\.[^\W\d_][\w-]*)*")
_EXAMPLE = 'write it like town = "Valmont" and (age >= 18 or tag = vip)'


def is_name(text: str) -> bool:
    """Whether an attribute that is called so can be asked about."""
    return _NAME.fullmatch(text) is not None and text.lower() not in _WORDS


def parse(text: str) -> Condition:
    """What `text` asks; raises InvalidValue with the column where it cannot be read."""
    if len(text) > _LENGTH:
        raise InvalidValue(f"a condition has {_LENGTH} characters at most: use a tag instead")
    if has_controls(text):
        raise InvalidValue("a condition holds a control character: write it on one line")
    return _Reader(text).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # text, mark, word, end
    said: str  # a text without its quotes
    column: int  # from 1


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while rest := text[at:].lstrip():
        at = len(text) - len(rest)
        found = _TOKEN.match(text, at)
        if found is None:
            why = "a quote is not closed" if text[at] in "\"'" else "'!' stands alone"
            raise _fault(at + 1, text[at:], why)
        kind, said = found.lastgroup or "", found[0]
        yield _Token(kind, re.sub(r"\\(.)", r"\1", said[1:-1]) if kind == "text" else said, at + 1)
        at = found.end()
    yield _Token("end", "", len(text) + 1)


class _Reader:
    """Reads a condition from left to right: `or` binds least, then `and`, then `not`."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0
        self.values = 0

    def whole(self) -> Condition:
        found = self.joined("or", 0)
        if self.now.kind != "end":
            raise self.fault("'and' or 'or' is missing before it")
        return found

    @property
    def now(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.now
        self.place += token.kind != "end"
        return token

    def took(self, *wanted: str) -> str:
        """The next word or mark if it is one of these, taken; else nothing."""
        said = self.now.said.lower()
        if self.now.kind in ("word", "mark") and said in wanted:
            self.place += 1
            return said
        return ""

    def fault(self, why: str) -> InvalidValue:
        return _fault(self.now.column, self.now.said, why)

    def joined(self, word: Literal["and", "or"], depth: int) -> Condition:
        def part() -> Condition:
            return self.joined("and", depth) if word == "or" else self.one(depth)

        parts = [part()]
        while self.took(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def one(self, depth: int) -> Condition:
        if depth > _DEPTH:
            raise self.fault(f"more than {_DEPTH} parentheses stand within each other")
        if self.took("not"):
            return Not(self.one(depth + 1))
        if self.took("("):
            inner = self.joined("or", depth + 1)
            if not self.took(")"):
                raise self.fault("a ')' is missing")
            return inner
        if self.took("exists"):
            field, path = self.name()
            return self.checked(Test(field, path, "exists", ()))
        return self.test()

    def name(self) -> tuple[str, tuple[str, ...]]:
        said = self.now.said
        if self.now.kind != "word" or not is_name(said):
            raise self.fault("a name is wanted here, as of an attribute")
        self.place += 1
        if said in _FIELDS:
            return said, ()
        return "", tuple(said.removeprefix("attributes.").split("."))

    def test(self) -> Test:
        field, path = self.name()
        if self.now.said.lower() == "not":
            raise self.fault(f"'not' stands before the name: not {field or '.'.join(path)} in (…)")
        how = self.took(*_TESTS)
        if not how:
            raise self.fault(f"one of {' '.join(_TESTS)} is wanted here")
        values = self.several(field) if how == "in" else (self.value(field),)
        return self.checked(Test(field, path, _TESTS[how], values))

    def several(self, field: str) -> tuple[Value, ...]:
        if not self.took("("):
            raise self.fault("'in' takes values in parentheses: in (A, B)")
        values = [self.value(field)]
        while self.took(","):
            values.append(self.value(field))
        if not self.took(")"):
            raise self.fault("a ',' or ')' is missing")
        return tuple(values)

    def value(self, field: str) -> Value:
        self.values += 1
        if self.values > _VALUES:
            raise self.fault(f"more than {_VALUES} values: use a tag instead")
        token = self.now
        if token.kind == "word" and token.said.lower() in _WORDS:
            raise self.fault("a value is missing, or this word needs quotes")
        if token.kind not in ("word", "text"):
            raise self.fault("a value is missing")
        try:
            made = _value(field, token)
        except ValueError as error:
            raise self.fault(str(error)) from None
        self.place += 1
        return made

    def checked(self, test: Test) -> Test:
        allowed = _FIELDS.get(test.field, get_args(How))
        if test.how not in allowed:
            raise self.fault(f"'{test.field}' takes {' '.join(allowed)}, not {test.how}")
        bare = [value for value in test.values if isinstance(value, bool)]
        if bare and test.how not in ("=", "!=", "in"):
            raise self.fault(f"true and false cannot be asked with {test.how}")
        return test


def _value(field: str, token: _Token) -> Value:
    """Raises ValueError with the reason."""
    said = token.said
    match field:
        case "tag" | "topic":
            return clean_slug(said.lower(), field)
        case "language":
            return clean_language(said) or ""
        case "domain":
            return said.lower().removeprefix("@")
        case "since":
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", said, re.ASCII):
                raise ValueError("'since' takes a day, like 2026-01-24")
            return date.fromisoformat(said)
    if token.kind == "word":
        if said.lower() in ("true", "false"):
            return said.lower() == "true"
        if _NUMBER.fullmatch(said):
            return Decimal(said)
    return said


def _fault(column: int, near: str, why: str) -> InvalidValue:
    where = f"at column {column}, {near[:30]!r}" if near else "at its end"
    return InvalidValue(f"the condition cannot be read {where}: {why} ({_EXAMPLE})")
