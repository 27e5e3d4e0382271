"""How much CPU it takes to make Entries of a feed, for each MB of it, against feedparser alone.

    parsing.py [--tiny] [--profile SHAPE]

Several shapes of feed, each of about 1 MB. feedparser stands there twice: as it comes, which
sanitises and makes addresses absolute by itself; with these two off, as we call it. Ours is all that collecting does before it compares:
letters, slips, DOCTYPE, feedparser, sanitising with lxml and nh3, dates, pictures, oddities.
"""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import argparse
import cProfile
import html
import io
import json
import pstats
import random
import statistics
from collections.abc import Callable
from functools import partial
from time import process_time

from rig.measure import machine, spread

URL = "https://courrier.example/feed"
_WORDS = """
    le la les un une des pont marché samedi mairie rivière école saison été halle graines ouvre quai
    rouvre depuis octobre bus reprennent trajet habituel conseil piscine toit brocante chorale jardin
    enfants soirée entrée libre concert église place vallée neige hiver printemps travaux avis
"""
WORDS = _WORDS.split()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", metavar="SHAPE", choices=SHAPES, help="where the time goes")
    options = parser.parse_args()
    size = 20_000 if options.tiny else 1_000_000
    if options.profile:
        _profile(SHAPES[options.profile](size))
        return
    print(machine())
    print(f"{'ms of CPU for each MB':24} {'as we call it':>14} {'as it comes':>12} "
          f"{'ours':>18} {'ratio':>6}")  # fmt: skip
    for name, made in SHAPES.items():
        _measure(name, made(size), rounds=1 if options.tiny else options.rounds)


def _measure(name: str, body: bytes, *, rounds: int) -> None:
    from newsletter.collect.feeds import parse_feed

    ways: dict[str, Callable[[], object]] = {"ours": partial(parse_feed, body, url=URL)}
    if body.startswith(b"{"):
        ways |= {"json": partial(json.loads, body)}
    else:
        ways |= {
            "quiet": partial(_feedparser, body, sanitize_html=False, resolve_relative_uris=False),
            "alone": partial(_feedparser, body),
        }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):  # the first round warms up
        for way, work in ways.items():
            taken = _cpu_seconds(work)
            if number or rounds == 1:
                times[way].append(taken * 1e3 / (len(body) / 1e6))
    middle = {way: statistics.median(taken) for way, taken in times.items()}
    ours = spread(times["ours"], "{:.0f}")
    if "json" in middle:
        print(f"{name:24} json.loads {middle['json']:.0f} ms, ours {ours}")
        return
    print(f"{name:24} {middle['quiet']:14.0f} {middle['alone']:12.0f} "
          f"{ours:>18} {middle['ours'] / middle['alone']:6.2f}")  # fmt: skip


def _cpu_seconds(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started


def _feedparser(body: bytes, **flags: bool) -> object:
    import feedparser

    return feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL}, **flags)


def _profile(body: bytes) -> None:
    from newsletter.collect.feeds import parse_feed

    parse_feed(body, url=URL)
    profile = cProfile.Profile()
    profile.runcall(parse_feed, body, url=URL)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


# --- shapes of feeds --------------------------------------------------------------------------


def _sentence(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(6, 18))).capitalize() + "."


def _paragraphs(chance: random.Random, number: int) -> list[str]:
    return [" ".join(_sentence(chance) for _ in range(chance.randint(2, 5))) for _ in range(number)]


def _text(chance: random.Random, number: int) -> str:
    """The HTML of an article as WordPress writes it: a picture, paragraphs, links."""
    where = f"https://courrier.example/{chance.randrange(10**6)}"
    figure = (
        f'<figure class="wp-block-image size-large"><img loading="lazy" width="1024" height="683" '
        f'src="{where}-1024x683.jpg" alt="{chance.choice(WORDS)}" class="wp-image-9" '
        f'srcset="{where}-1024x683.jpg 1024w, {where}-300x200.jpg 300w"/></figure>\n'
    )
    lines = (
        f'<p class="has-text">{text} <a href="/{chance.choice(WORDS)}">{chance.choice(WORDS)}</a></p>'
        for text in _paragraphs(chance, number)
    )
    return figure + "\n".join(lines)


def _filled(size: int, head: str, item: Callable[[int], str], tail: str) -> bytes:
    made, length, number = [head], 0, 0
    while length < size:
        made.append(item(number))
        length += len(made[-1])
        number += 1
    return "".join([*made, tail]).encode()


def _rss(size: int, inner: Callable[[random.Random], str]) -> bytes:
    chance = random.Random(1)

    def item(number: int) -> str:
        return (
            f"<item><title>{_sentence(chance)}</title><link>https://courrier.example/{number}</link>"
            f'<guid isPermaLink="false">https://courrier.example/?p={number}</guid>'
            "<dc:creator><![CDATA[Ines Aubry]]></dc:creator><category><![CDATA[Travaux]]></category>"
            f"<pubDate>Sat, 24 Jan 2026 {number % 24:02}:30:00 +0000</pubDate>{inner(chance)}</item>\n"
        )

    head = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Le Courrier de Valmont</title>'
        "<link>https://courrier.example/</link><language>fr</language>\n"
    )
    return _filled(size, head, item, "</channel></rss>")


def _full(size: int) -> bytes:
    return _rss(
        size,
        lambda chance: (
            f"<description><![CDATA[<p>{_sentence(chance)} [&#8230;]</p>]]></description>"
            f"<content:encoded><![CDATA[{_text(chance, 8)}]]></content:encoded>"
        ),
    )


def _short(size: int) -> bytes:
    return _rss(size, lambda chance: f"<description>{_sentence(chance)}</description>")


def _titles(size: int) -> bytes:
    return _rss(size, lambda _: "")


def _slips(size: int) -> bytes:
    return _full(size).replace(b"<title>", b"<title>Pierre & Paul : ")


def _atom(size: int) -> bytes:
    chance = random.Random(2)

    def entry(number: int) -> str:
        return (
            f'<entry><id>tag:courrier.example,2026:{number}</id><title type="html">{_sentence(chance)}'
            f'</title><link href="https://courrier.example/{number}"/>'
            "<updated>2026-01-24T08:30:00Z</updated><author><name>Ines Aubry</name></author>"
            f'<content type="html">{html.escape(_text(chance, 8), quote=False)}</content></entry>\n'
        )

    head = '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Le Courrier</title>\n'
    return _filled(size, head, entry, "</feed>")


def _json(size: int) -> bytes:
    chance = random.Random(3)
    items: list[dict[str, object]] = []
    while len(items) * 4_000 < size:
        number = len(items)
        items.append(
            {"id": str(number), "url": f"https://courrier.example/{number}", "title": _sentence(chance),
             "content_html": _text(chance, 8), "date_published": "2026-01-24T08:30:00Z"}
        )  # fmt: skip
    told = {"version": "https://jsonfeed.org/version/1.1", "title": "Le Courrier", "items": items}
    return json.dumps(told).encode()


SHAPES: dict[str, Callable[[int], bytes]] = {
    "RSS, whole texts": _full,
    "Atom, whole texts": _atom,
    "RSS, summaries": _short,
    "RSS, titles alone": _titles,
    "RSS, not well-formed": _slips,
    "JSON Feed, whole texts": _json,
}


if __name__ == "__main__":
    main()
