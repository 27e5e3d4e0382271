"""What may be said of a list on the command line, when it is made and when it is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from subscribers.models import MailingList

Command = TypeVar("Command", bound=Callable[..., Any])

match_option = click.option(
    "--match",
    "matches",
    multiple=True,
    metavar="TOPIC=PATTERNS",
    help="Categories (cinema, theatre*) or addresses (/sport/*) that are of it; 'TOPIC=' for none.",
)


def said_of_lists(command: Command) -> Command:
    """The options that `create` and `edit` share."""
    for option in reversed(
        (
            click.option("--title", metavar="T", help="As readers see it."),
            click.option(
                "--description", metavar="TEXT", help="One sentence for the sign-up page."
            ),
            click.option("--language", metavar="L", help="fr, en …  [default: the site's]"),
            click.option(
                "--timezone", metavar="ZONE", help="Europe/Paris …  [default: the site's]"
            ),
            click.option(
                "--reply-to", metavar="EMAIL", help="Where answers go; '' for the sender."
            ),
            click.option("--postal-address", metavar="TEXT", help="In the footer of every mail."),
            click.option("--footer-note", metavar="TEXT", help="A line more in the footer."),
            click.option("--welcome-text", metavar="TEXT", help="Your own words in the welcome."),
            click.option(
                "--visibility",
                type=click.Choice(["public", "private", "closed"]),
                help="public: on the sign-up page; private: by you; closed: takes nobody in.",
            ),
            click.option(
                "--double-opt-in/--no-double-opt-in",
                default=None,
                help="Whether people confirm by mail.  [default: they do]",
            ),
            click.option("--welcome/--no-welcome", default=None, help="Greet who confirmed."),
            click.option("--goodbye/--no-goodbye", default=None, help="Write to who left."),
            click.option("--archive/--no-archive", default=None, help="Past issues on the web."),
            click.option(
                "--excerpt",
                "excerpt_style",
                type=click.Choice(["paragraphs", "line", "full"]),
                help="An article's beginning in its paragraphs or in one; or all of its text.",
            ),
            click.option(
                "--excerpt-words",
                type=int,
                metavar="N",
                help="How long excerpts are.  [default: 60]",
            ),
            click.option(
                "--on-unknown",
                type=click.Choice(["retry", "hold"]),
                help="When a relay's last word was lost: send the same again, or ask you.",
            ),
            click.option(
                "--after-alert",
                type=click.Choice(["mark", "leave_out"]),
                help="What the next digest does with an article that was an alert.",
            ),
            click.option(
                "--list-id",
                metavar="ID",
                help="The List-Id header, to keep that of an older system.",
            ),
            click.option(
                "--where",
                metavar="CONDITION",
                help="""Only for those of its subscribers: 'town = "Valmont"'; '' for all.""",
            ),
        )
    ):
        command = option(command)
    return command


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, as the fields of a list."""
    from subscribers.models import AfterAlert, ExcerptStyle, OnUnknown, Visibility

    kinds = {
        "visibility": Visibility,
        "excerpt_style": ExcerptStyle,
        "on_unknown": OnUnknown,
        "after_alert": AfterAlert,
    }
    return {
        name: kinds[name](value) if name in kinds else value
        for name, value in options.items()
        if value is not None
    }


def topic_of(text: str) -> tuple[str, str]:
    from subscribers.values import suggest_slug

    slug, equals, title = text.partition("=")
    return (slug.strip(), title.strip()) if equals else (suggest_slug(text), text.strip())


def matches_of(texts: tuple[str, ...]) -> dict[str, str]:
    """Topic -> its patterns on one line, from what was given as --match."""
    found: dict[str, str] = {}
    for text in texts:
        slug, equals, patterns = text.partition("=")
        if not (slug.strip() and equals):
            raise click.BadParameter(
                f"{text!r}: write the topic and its categories, as in culture=cinema,theatre*",
                param_hint="--match",
            )
        found[slug.strip()] = ",".join(filter(None, (found.get(slug.strip()), patterns)))
    return found


def excerpt_text(one: MailingList) -> str:
    """How much of an article the list shows, in words."""
    from subscribers.models import ExcerptStyle

    match one.excerpt_style:
        case ExcerptStyle.FULL:
            return "all of the text"
        case ExcerptStyle.LINE:
            return f"{one.excerpt_words} words, in one paragraph"
        case ExcerptStyle.PARAGRAPHS:
            return f"{one.excerpt_words} words, in paragraphs"
