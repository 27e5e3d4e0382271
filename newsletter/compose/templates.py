"""Where templates come from, and the sandbox they run in.

An operator restyles our mails with templates of their own. Theirs are trusted to look odd, not to
run the machine: they see the values of one mail and nothing else (no config, no environment),
cannot reach Python's insides, and fail when they name what does not exist. They also have a budget.
Jinja cannot interrupt a running expression, so the clock is looked at wherever a template can go
round: at every turn of a loop and at every call; what could grow huge in one step (`"x" * 10**9`,
`10 ** 10 ** 10`, `range(10**9)`) is refused, and so is output without end.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    nodes,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.compose.text import prose, underlined
from newsletter.errors import ComposeError

__all__ = ["environment", "fill", "templates_dir"]

BUDGET = 5.0  # seconds of wall clock for one template; ours take a few milliseconds
LARGEST = 2_000_000  # characters of output; a mail is clipped at a twentieth of it
LONGEST_RANGE = 1_000
LONGEST_REPEAT = 10_000

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class _OverBudget(TemplateError):
    """The template took too long or wrote too much."""


def templates_dir() -> Path:
    """The folder with `email/` and `web/`: the checkout's if this is one, else the wheel's.

    The checkout comes first because an editable install copies forced files once, and such a copy
    goes stale. Raises ComposeError where neither exists.
    """
    package = Path(__file__).resolve().parents[1]
    checkout, wheel = package.parent, package / "_templates"
    # In site-packages, a folder named templates would be somebody else's.
    if (checkout / "pyproject.toml").is_file() and (checkout / "templates" / "email").is_dir():
        return checkout / "templates"
    if (wheel / "email").is_dir():
        return wheel
    raise ComposeError(f"no templates in {checkout} or {wheel}; install the package again")


def _look_at_the_clock() -> None:
    if time.monotonic() > _deadline.get():
        raise _OverBudget(f"took longer than {BUDGET:g} seconds; look for a loop without end")


def _paced(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _look_at_the_clock()
        yield item


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_RANGE:
        raise SecurityError(f"range is longer than {LONGEST_RANGE:,}; use a shorter one")
    return numbers


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with a clock."""

    intercepted_binops = frozenset({"*", "**"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "paced", [], [], None, None, lineno=loop.lineno)
        return tree

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        # Jinja's own signature: dunder names, so that a template may pass any keyword.
        _look_at_the_clock()
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise SecurityError("powers are not allowed in templates; write the number")
        for sequence, times in ((left, right), (right, left)):
            if isinstance(times, int) and isinstance(sequence, str | bytes | list | tuple):
                length = len(sequence) * times
                if length > LONGEST_REPEAT:
                    raise SecurityError(f"repeats to {length:,} items; {LONGEST_REPEAT:,} at most")
        return super().call_binop(context, operator, left, right)


def _is_html(name: str | None) -> bool:
    return not (name or "").endswith(".txt.jinja")


@lru_cache(maxsize=8)
def environment(operator: Path | None = None) -> ImmutableSandboxedEnvironment:
    """The sandbox for our templates, with the operator's folder before them.

    Names are relative to the folder: `email/digest.html.jinja`. A template of the operator's that
    takes a name of ours can still extend ours, as `original/email/digest.html.jinja`. Compiled
    templates are kept, and compiled again when their file changes.
    """
    ours = FileSystemLoader(templates_dir())
    sandbox = _Sandbox(
        loader=ChoiceLoader(
            [
                *([FileSystemLoader(operator)] if operator is not None else []),
                ours,
                PrefixLoader({"original": ours}),
            ]
        ),
        undefined=StrictUndefined,
        autoescape=_is_html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=True,
    )
    del sandbox.globals["lipsum"]  # writes as much as it is asked for
    sandbox.globals["range"] = _short_range
    sandbox.filters.update(paced=_paced, prose=prose, underlined=underlined)
    return sandbox


def fill(name: str, values: Mapping[str, Any], *, operator: Path | None = None) -> str:
    """The template `name` filled with `values`.

    Raises ComposeError, naming the template and what is wrong, for any fault of the template or of
    its values: an undefined name, a syntax error, a forbidden reach, or more than its budget.
    """
    sandbox = environment(operator)
    pieces: list[str] = []
    size = 0
    token = _deadline.set(time.monotonic() + BUDGET)
    try:
        for piece in sandbox.get_template(name).generate(values):
            size += len(piece)
            if size > LARGEST:
                raise _OverBudget(f"wrote more than {LARGEST:,} characters; look for a loop")
            pieces.append(piece)
    except TemplateSyntaxError as error:
        raise ComposeError(
            f"template {error.name or name}, line {error.lineno}: {error.message}; mend it there, "
            "then run 'newsletter template check'"
        ) from error
    except (
        TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        # An expression in a template can raise whatever Python's operators raise.
        raise ComposeError(
            f"template {name}: {error or type(error).__name__}; mend it, "
            "then run 'newsletter template check'"
        ) from error
    finally:
        _deadline.reset(token)
    return "".join(pieces)
