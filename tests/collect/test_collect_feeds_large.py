"""Feeds of a few kilobytes on the wire and ten megabytes unpacked cost little memory to read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from feed_kit import URL, item, rss

MANY = "<p>" * 1_000_000
MOST = 120  # megabytes above those of any feed
READ = """
import sys
from newsletter.collect.feeds import parse_feed

def peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024

body = sys.stdin.buffer.read()
parse_feed(b"<rss><channel><title>V</title><item><title>V</title></item></channel></rss>", url="/")
before = peak()
parse_feed(body, url=sys.argv[1])
print(peak() - before)
"""


def json_feed(**more: object) -> bytes:
    told = {"id": "1", "url": "/a", "title": "A", **more}
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "items": [told]}).encode()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            rss(item(more=f"<description><![CDATA[{MANY}]]></description>")),
            id="text",
            marks=pytest.mark.long,
        ),
        pytest.param(
            rss(item(title=f"<![CDATA[<b>Pont</b>{MANY}]]>")), id="title", marks=pytest.mark.long
        ),
        pytest.param(
            rss(item(more=f"<category><![CDATA[{MANY}]]></category>")),
            id="topic",
            marks=pytest.mark.long,
        ),
        pytest.param(json_feed(content_html=MANY), id="json"),
        pytest.param(
            json_feed(content_text="a\n\n" * 1_000_000), id="paragraphs", marks=pytest.mark.long
        ),
    ],
)
def test_a_text_of_nothing_but_tags_fills_no_memory(body: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ, URL], input=body, capture_output=True, timeout=60, check=True
    )
    assert int(done.stdout) < MOST
