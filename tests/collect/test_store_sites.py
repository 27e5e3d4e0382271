"""A made-up site whose articles are known to be one or another, and what the store makes of it.

Whatever a site does, one thing after the other, as long as it can be said which article is which:

- each article of it becomes one stored article, and only one; none takes the place of another;
- an earlier answer (a stale cache) brings nothing, and neither does the same answer again;
- the order in which the entries stand does not matter.

What can be said: an article stays the same while its guid or its address stays, its title or its
text, and its date within some hours; without links its title, or all of its text, if that is not
short and the title is only corrected. One with a guid or an address of its own is another where its
words are, or its date by days; so a notice that comes every month in the same words is another each
time. Where a guid or an address serves all (a bulletin), title, text and date together are others.
A whole site may move: then its guids and addresses are others, and its dates or its excerpts.

What cannot be said is decided thus, and not asked here. New is: an article that gets guid, address
and date anew, for it may be a notice that came again; one without a date, in few words, that gets
guid and address anew; without links, what has another title and few words, or a short title and
other numbers in its text while most others keep theirs. The same is: what a bulletin under one guid
and at one address says anew without a date, or within half a day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from newsletter.collect.entry import Entry
from newsletter.collect.identity import identify
from newsletter.database import Database
from newsletter.models import Sighting
from tests.collect.store_kit import DAY, HOUR, NOW, Reader, on_sqlite

opened = on_sqlite

HOME = "https://valmont.example/"
SYLLABLES = ("ba", "be", "bo", "cha", "che", "da", "do", "fa", "fi", "go", "la", "li", "lo", "ma")


@dataclass(frozen=True)
class Piece:
    """An article of the site, as it is told today."""

    number: int  # which article it is in truth
    title: str
    words: tuple[str, ...]
    date: datetime
    guid: str
    path: str


@dataclass
class Site:
    """A site of one kind, with what it shows, the newest first."""

    has_guids: bool = True
    has_links: bool = True
    is_dated: bool = True
    is_bulletin: bool = False  # one article at a time, under one guid, or at one address, or both
    size: int = 6
    seed: int = 0
    shown: list[Piece] = field(default_factory=list)
    made: int = 0
    recurs: bool = False  # then nothing tells which of two in the same words was dated anew
    base: str = HOME
    guids: str = "n"
    day: datetime = NOW - 400 * DAY
    excerpt: int = 30  # words of each; 14 where it cuts them, 6 where it has no more to say
    visits: int | None = None  # in every text, where the site counts them

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def publish(self, like: Piece | None = None, same: str = "") -> None:
        """A new article; with the title of another, or its words too (a notice that recurs)."""
        self.made += 1
        self.day += 28 * DAY if same == "all" else self.chance.choice([2, 5, 26]) * DAY
        words = tuple("".join(self.chance.choices(SYLLABLES, k=3)) for _ in range(30))
        title = f"{' '.join(words[:4]).capitalize()} de Valmont"
        if not (self.has_guids or self.has_links):
            title = self.chance.choice([title, f"{words[0]} {'i' * self.made}"])
        if like is not None:
            title = like.title
            words = like.words if same == "all" else words
        number = self.made
        piece = Piece(number, title, words, self.day, f"{number}", f"a{number}")
        if self.is_bulletin:
            piece = replace(piece, guid=piece.guid if self.has_guids else "dernier")
            self.shown = [replace(piece, path="bulletin")]
        else:
            self.shown = [piece, *self.shown][: self.size]

    def entries(self) -> list[Entry]:
        return [self._entry(piece) for piece in self.shown]

    def _entry(self, piece: Piece) -> Entry:
        text = " ".join(piece.words[: self.excerpt])
        if self.visits is not None:
            text = f"{text}, vu {self.visits} fois"
        given = self.has_guids or self.is_bulletin
        return Entry(
            guid=f"{self.guids}{piece.guid}" if given else None,
            url=f"{self.base}{piece.path}" if self.has_links else self.base,
            title=piece.title,
            summary_html=f"<p>{text}.</p>",
            published=piece.date if self.is_dated else None,
        )

    def change(self, place: int, piece: Piece) -> None:
        self.shown[place] = piece

    # What a site does, as far as its articles can be told apart all the while.

    def act(self, what: str) -> None:
        free = self.has_guids or self.has_links
        moves = free and not self.is_bulletin
        place = self.chance.randrange(len(self.shown))
        piece = self.shown[place]
        if what == "publish":
            # Undated, under one guid and at one address, a text that is another is an edit.
            if self.is_dated or self.has_guids or not (self.is_bulletin and self.has_links):
                self.publish()
        elif what == "recur" and moves and self.is_dated:
            self.publish(like=self.shown[-1], same="all")
            self.recurs = True
        elif what == "same title" and free and (self.is_dated or not self.is_bulletin):
            if not self.is_bulletin or self.has_guids:
                self.publish(like=self.shown[0])
        elif what == "edit":
            words = (*piece.words[: self.excerpt * 9 // 10], "rectificatif", "ajouté", "depuis")
            self.change(place, replace(piece, words=words))
        elif what == "retitle" and (free or self.excerpt > 6):
            self.change(place, replace(piece, title=f"{piece.title}, suite"))
        elif what == "re-date" and free:
            self.change(place, replace(piece, date=piece.date + 5 * HOUR))
        elif what == "drop":
            self.shown = self.shown[:-1] or self.shown
        elif what == "other base" and self.has_guids and not self.is_bulletin:
            self.base = f"https://valmont{self.made}.example/"
        elif what == "other guids" and self.has_links and not self.is_bulletin:
            self.guids += "x"
        elif what == "guids and base" and (self.is_dated or self.excerpt > 6) and moves:
            self._moves()
        elif what == "re-dated move" and self.is_dated and moves and len(self.shown) > 2:
            if not self.recurs and len({one.title for one in self.shown}) == len(self.shown):
                self._moves()
                self.day += 3 * DAY
                self.shown = [replace(one, date=self.day) for one in self.shown]
        elif what == "cut" and self.has_guids and moves and self.excerpt > 6:
            self.excerpt = 44 - self.excerpt  # 14 words, or 30
        elif what == "count" and not free and len(self.shown) > 2:
            self.visits = (self.visits or 230) + 1

    def _moves(self) -> None:
        self.guids += "y"
        self.base = f"https://{self.guids}.example/"


ACTS = [
    *["publish"] * 4, "recur", "recur", "same title", "edit", "retitle", "re-date", "drop",
    "other base", "other guids", "guids and base", "re-dated move", "cut", "count",
    "stale", "stale",
]  # fmt: skip
SITES = st.builds(
    Site,
    has_guids=st.booleans(),
    has_links=st.booleans(),
    is_dated=st.booleans(),
    is_bulletin=st.sampled_from([False, False, True]),
    size=st.integers(3, 7),
    excerpt=st.sampled_from([6, 30]),
    seed=st.integers(0, 10**6),
)


class Follower(Reader):
    """Knows which stored article each article of the site is."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, HOME)
        self.known: dict[int, int] = {}

    def follow(self, pieces: list[Piece], entries: list[Entry]) -> None:
        """Read the site: what is new in truth is new, and each is what it was before."""
        fresh = {piece.number for piece in pieces} - self.known.keys()
        assert self.would_be_new(entries[::-1]) == len(fresh)
        assert self.read(entries).new == len(fresh)
        for piece, article in zip(pieces, self._articles(entries), strict=True):
            assert self.known.setdefault(piece.number, article) == article
        assert len(set(self.known.values())) == len(self.known)
        again = self.read(entries)
        assert (again.new, again.edited, again.offered, again.missing) == (0, 0, 0, 0)

    def _articles(self, entries: list[Entry]) -> list[int]:
        seen, _ = identify(entries, home=HOME, now=self.now)
        rows = sa.select(Sighting.guid, Sighting.article_id)
        filed = {row.guid: row.article_id for row in self.session.execute(rows)}
        return [filed[one.key] for one in seen]


def _each_article_once(opened: Database, site: Site, acts: list[str]) -> None:
    with opened.write() as session:
        follower = Follower(session)
        for _ in range(1 if site.is_bulletin else 4):
            site.publish()
        answers = [(list(site.shown), site.entries())]
        follower.follow(*answers[-1])
        for act in acts:
            if act == "stale":
                follower.follow(*answers[-2:][0])
            else:
                site.act(act)
                answers.append((list(site.shown), site.entries()))
            follower.follow(*answers[-1])
        session.rollback()  # nothing is kept for the next example


@settings(max_examples=12, deadline=None, derandomize=True)
@given(SITES, st.lists(st.sampled_from(ACTS), max_size=6))
def test_each_article_of_a_site_is_one_whatever_the_site_does(
    opened: Database, site: Site, acts: list[str]
) -> None:
    _each_article_once(opened, site, acts)


@pytest.mark.long
@settings(max_examples=120, deadline=None, derandomize=True, phases=[Phase.generate])
@given(SITES, st.lists(st.sampled_from(ACTS), max_size=12))
def test_each_article_of_hundreds_of_sites_is_one(
    opened: Database, site: Site, acts: list[str]
) -> None:
    _each_article_once(opened, site, acts)
