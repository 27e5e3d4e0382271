"""A condition in the database's words, alike on both.

Every test is true or false, never NULL, so that `not` means what it says. What is missing, or is
not of the type that the value it is compared with has, is false, under != too.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    ColumnElement,
    Numeric,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from subscribers.bulk import locks_rows
from subscribers.conditions import Condition, Joined, Not, Test, Value
from subscribers.models import MailingList, Subscriber, Subscription

STANDS_SINCE = func.coalesce(
    Subscription.unsubscribed_at, Subscription.confirmed_at, Subscription.requested_at
)
"""When a subscription came to stand as it does."""
_COMPARED: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def condition(session: Session, parsed: Condition, timezone: ZoneInfo) -> ColumnElement[bool]:
    """The same in SQL, over Subscription joined with Subscriber; never NULL.

    Days begin at midnight in `timezone`.
    """
    match parsed:
        case Not(inner):
            return not_(condition(session, inner, timezone))
        case Joined(word, parts):
            made = [condition(session, part, timezone) for part in parts]
            return and_(*made) if word == "and" else or_(*made)
        case Test():
            return func.coalesce(_test(parsed, locks_rows(session), timezone), false())


def _test(test: Test, postgres: bool, timezone: ZoneInfo) -> ColumnElement[bool]:
    match test.field:
        case "tag" if test.how == "exists":
            return type_coerce(Subscriber.tags, Text) != ""
        case "tag":
            return or_(*(has_word(Subscriber.tags, str(value)) for value in test.values))
        case "topic":
            one = [has_word(Subscription.topics, str(value)) for value in test.values]
            return or_(Subscription.topics.is_(None), *one)
        case "language":
            lists = aliased(MailingList)  # the query around it may have the list as well
            said = select(lists.language).where(lists.id == Subscription.mlist_id)
            theirs = func.coalesce(Subscriber.language, said.scalar_subquery())
            return _text(theirs, test, postgres)
        case "domain":
            return _text(Subscriber.domain, test, postgres)
        case "since":
            return _since(test, timezone)
    return _attribute(test, postgres)


def has_word(
    column: InstrumentedAttribute[frozenset[str] | None], word: str
) -> ColumnElement[bool]:
    """Whether the slug is among those of a column of slugs; NULL where there are none."""
    padded = literal(" ").concat(type_coerce(column, Text)).concat(" ")
    return padded.contains(f" {word} ", autoescape=True)


def _since(test: Test, timezone: ZoneInfo) -> ColumnElement[bool]:
    """A day is all its moments: after it means from the next one on."""
    (day,) = test.values
    assert isinstance(day, date)
    begins, ends = midnight(day, timezone), midnight(day + timedelta(days=1), timezone)
    within = and_(begins <= STANDS_SINCE, ends > STANDS_SINCE)
    by_test = {
        "=": within,
        "!=": not_(within),
        "<": begins > STANDS_SINCE,
        "<=": ends > STANDS_SINCE,
        ">": ends <= STANDS_SINCE,
        ">=": begins <= STANDS_SINCE,
    }
    return by_test[test.how]


def midnight(day: date, timezone: ZoneInfo) -> datetime:
    """When a day begins there, as UTC."""
    return datetime.combine(day, time(), timezone).astimezone(UTC)


def _text(
    column: ColumnElement[Any] | InstrumentedAttribute[str | None], test: Test, postgres: bool
) -> ColumnElement[bool]:
    """The tests of one text; those of order go by code point on both databases."""
    values = [_spelled(value) for value in test.values]
    if test.how == "in":
        return or_(*(column == value for value in values))
    (value,) = values
    if test.how == "contains":
        place = func.strpos if postgres else func.instr
        return place(column, value) > 0
    ordered = column.collate("C") if postgres else column
    return _COMPARED[test.how](ordered, literal(value))


def _attribute(test: Test, postgres: bool) -> ColumnElement[bool]:
    at = _Attribute(test.path, postgres)
    if test.how == "exists":
        return at.kind != "null"
    if test.how == "contains":
        (value,) = test.values
        said = _spelled(value)
        return or_(
            func.coalesce(and_(at.is_text, _text(at.text, test, postgres)), false()),
            at.holds(said),
        )
    ones = []
    for value in test.values:
        how = "=" if test.how == "in" else test.how
        if isinstance(value, bool):
            asked = [value] if how == "=" else [not value]
            found = and_(at.is_truth, func.lower(at.text).in_([str(one).lower() for one in asked]))
        elif isinstance(value, Decimal):
            number = literal(value, Numeric()) if postgres else literal(float(value))
            found = _COMPARED[how](at.number, number)
        else:
            found = and_(at.is_plain, _text(at.text, Test("", (), how, (value,)), postgres))
        ones.append(func.coalesce(found, false()))
    return or_(*ones)


class _Attribute:
    """One value within Subscriber.attributes, as each database reads JSON.

    Reading never raises, whatever stands there: a text where a number is asked for is no number.
    """

    def __init__(self, path: tuple[str, ...], postgres: bool) -> None:
        self.postgres = postgres
        whole: ColumnElement[Any] = type_coerce(Subscriber.attributes, JSON)
        if postgres:
            whole = _readable(whole)
            self.node: ColumnElement[Any] = func.json_extract_path(whole, *path, type_=JSON)
            self.kind: ColumnElement[str] = func.json_typeof(self.node)
            self.text: ColumnElement[str] = func.json_extract_path_text(whole, *path)
            texts, numbers, truths = ["string"], ["number"], ["boolean"]
        else:
            # Labels are compared as they are written, and what is not ASCII is written escaped.
            place = "$" + "".join(f".{json.dumps(name)}" for name in path)
            self.node = func.json_extract(whole, place)
            self.kind = func.json_type(whole, place)
            truth = self.kind.in_(("true", "false"))
            self.text = case((truth, self.kind), else_=cast(self.node, Text))
            self.place = place
            texts, numbers, truths = ["text"], ["integer", "real"], ["true", "false"]
        self.is_text = self.kind.in_(texts)
        self.is_plain = self.kind.in_((*texts, *numbers))
        self.is_truth = self.kind.in_((*texts, *truths))
        self.numbers = numbers

    @property
    def number(self) -> ColumnElement[Any]:
        """The number, also where a text spells one, as imports leave it; else NULL."""
        if self.postgres:
            spells = self.text.regexp_match(
                r"^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]{1,2})?$"
            )
            return case((and_(self.is_plain, spells), cast(self.text, Numeric)), else_=null())
        spelled = case(
            (func.json_type(self.node).in_(self.numbers), func.json_extract(self.node, "$")),
            else_=null(),
        )
        return case(
            (self.kind.in_(self.numbers), self.node),
            (and_(self.is_text, func.json_valid(self.node)), spelled),
            else_=null(),
        )

    def holds(self, said: str) -> ColumnElement[bool]:
        """Whether it is an array with this text, or number, in it."""
        is_array = self.kind == "array"
        if self.postgres:
            array = case((is_array, self.node), else_=cast(literal("[]"), JSON))
            each = func.json_array_elements_text(array).table_valued("value")
            return exists(select(each.c.value).where(each.c.value == said))
        each = func.json_each(Subscriber.attributes, self.place).table_valued("value")
        return and_(is_array, exists(select(each.c.value).where(cast(each.c.value, Text) == said)))


def _readable(whole: ColumnElement[Any]) -> ColumnElement[Any]:
    """The JSON, or NULL where PostgreSQL could store it and cannot take it apart.

    That is what holds U+0000, or half of a surrogate pair, anywhere.
    """
    text = cast(whole, Text)
    halves = r"\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]"
    broken = and_(func.strpos(text, r"\ud") > 0, text.regexp_match(halves))
    return case((or_(func.strpos(text, r"\u0000") > 0, broken), null()), else_=whole)


def _spelled(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
