"""The sandbox: an operator may restyle everything, and reach nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from compose_samples import BRIDGE, DAY, FRENCH, digest

from newsletter.compose import templates
from newsletter.compose.check import check_templates
from newsletter.compose.render import render_letter
from newsletter.compose.templates import fill, templates_dir
from newsletter.errors import ComposeError
from newsletter.mail.slots import Slots


def write(folder: Path, name: str, source: str) -> Path:
    path = folder / "email" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    return folder


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{{ nowhere }}", "'nowhere' is undefined"),
        ("{{ mlist.nothing }}", "has no attribute 'nothing'"),
        ("{{ ''.__class__.__mro__ }}", "unsafe|undefined|access"),
        ("{{ config }}", "undefined"),
        ("{{ environ }}", "undefined"),
        ("{{ lipsum() }}", "undefined"),
        ("{{ self.__init__.__globals__ }}", "unsafe|undefined|access"),
        ("{{ mlist.title.format.__globals__ }}", "unsafe|undefined|access"),
        ("{{ '{0.__class__}'.format(mlist) }}", "unsafe|access"),
        ("{% if %}", "line 1.*Expected an expression"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{% include '../../secret' %}", "secret"),
        ("{{ range(100000) }}", "range is longer"),
        ("{{ 10 ** 10 }}", "powers are not allowed"),
        ("{{ 'x' * 1000000000 }}", "repeats to"),
        ("{{ 1000000000 * [1] }}", "repeats to"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
    ],
)
def test_what_a_template_may_not_do_is_refused_by_name(
    tmp_path: Path, source: str, complaint: str
) -> None:
    write(tmp_path, "letter.txt.jinja", source)
    with pytest.raises(ComposeError, match=f"(?s)template email/letter.*({complaint})"):
        render_letter(
            FRENCH,
            subject="x",
            body_markdown="y",
            day=DAY,
            slots=Slots.fresh(),
            templates=tmp_path,
        )


LOOPS = "{% set r = range(999) %}{% for a in r %}{% for b in r %}{% for c in r %}{% if false %}"
END = "{% endif %}{% endfor %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    "source",
    [
        LOOPS + END,
        "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}" + END[11:],
        "{% set x %}" + LOOPS + END + "{% endset %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
        "{{ m(60) }}",
    ],
)
def test_a_template_without_end_is_stopped_by_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(templates, "BUDGET", 0.05)
    write(tmp_path, "endless.txt.jinja", source)
    begun = time.thread_time()  # a machine that stands still counts for nothing
    with pytest.raises(ComposeError, match=r"took longer than 0\.05 seconds"):
        fill("email/endless.txt.jinja", {}, operator=tmp_path)
    assert time.thread_time() - begun < 2


def test_a_template_that_writes_without_end_is_stopped(tmp_path: Path) -> None:
    source = (
        "{% for a in range(999) %}{% for b in range(999) %}{{ 'x' * 999 }}{% endfor %}{% endfor %}"
    )
    write(tmp_path, "flood.txt.jinja", source)
    with pytest.raises(ComposeError, match="wrote more than"):
        fill("email/flood.txt.jinja", {}, operator=tmp_path)


def test_an_operator_changes_a_colour_in_two_lines(tmp_path: Path) -> None:
    write(
        tmp_path,
        "base.html.jinja",
        '{% extends "original/email/base.html.jinja" %}{% set accent = "#123456" %}',
    )
    assert "#123456" not in digest(BRIDGE).html
    assert "color:#123456" in digest(BRIDGE, templates=tmp_path).html


def test_an_operator_replaces_one_block_and_keeps_the_rest(tmp_path: Path) -> None:
    write(
        tmp_path,
        "digest.txt.jinja",
        '{% extends "original/email/digest.txt.jinja" %}'
        "{% block masthead %}MA UNE, {{ date_line }}{% endblock %}",
    )
    text = digest(BRIDGE, templates=tmp_path).text
    assert text.startswith("MA UNE, samedi 24 janvier 2026")
    assert "Me désabonner" in text


@pytest.mark.parametrize("form", ["html", "txt"])
def test_no_restyling_can_lose_the_way_out(tmp_path: Path, form: str) -> None:
    write(
        tmp_path,
        f"base.{form}.jinja",
        f'{{% extends "original/email/base.{form}.jinja" %}}{{% block footer %}}{{% endblock %}}',
    )
    with pytest.raises(ComposeError, match=rf"digest\.{form}\.jinja does not show unsubscribe_url"):
        digest(BRIDGE, templates=tmp_path)


def test_a_changed_template_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "x.txt.jinja", "one") / "email" / "x.txt.jinja"
    assert fill("email/x.txt.jinja", {}, operator=tmp_path) == "one"
    path.write_text("two")
    os.utime(path, (1, 1))
    assert fill("email/x.txt.jinja", {}, operator=tmp_path) == "two"


def test_the_checkouts_templates_come_before_the_wheels() -> None:
    assert (templates_dir() / "email" / "base.html.jinja").is_file()
    assert templates_dir().name in ("templates", "_templates")


def test_our_own_templates_pass_the_check() -> None:
    assert check_templates() == []


def test_the_check_names_every_mistake(tmp_path: Path) -> None:
    write(tmp_path, "letter.html.jinja", "{{ oops }}")
    write(tmp_path, "digset.html.jinja", "hello")
    write(tmp_path, "_helper.html.jinja", "hello")
    mistakes = check_templates(tmp_path)
    assert len(mistakes) == 3
    assert "digset.html.jinja" in mistakes[0]
    assert mistakes[1].startswith("letter (fr): template email/letter.html.jinja: 'oops'")
    assert check_templates(tmp_path / "nowhere")[0].startswith("no such folder")
