"""newsletter domain: what an operator sees of recipient domains."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.delivery import domains
from newsletter.installation import open_installation

if TYPE_CHECKING:
    from conftest import Site

LIMITED = '[[domains]]\nnames = ["orange.example", "wanadoo.example"]\nconnections = 2\n'


def refuse(folder: Path, domain: str) -> None:
    inst = open_installation(folder / "config.toml")
    rules = domains.Rules(inst.config.domains)
    with inst.database.write() as session:
        said = {domain: "450 4.7.1 too many messages from you (to RCPT)"}
        domains.slowed(session, rules, said, datetime.now(UTC))
    inst.close()


def test_domains_with_a_limit_and_those_that_refuse_are_shown(site: Site) -> None:
    assert "No domain has a limit" in site("domain", "ls").stderr
    site.configure("# [[domains]]\n", LIMITED + "# [[domains]]\n")
    refuse(site.folder, "wanadoo.example")
    refuse(site.folder, "libre.example")
    limited, refusing = site.json("domain", "ls")
    assert (limited["name"], limited["shared_with"]) == ("orange.example", ["wanadoo.example"])
    assert (limited["connections"], limited["rate"]) == (2, 20)
    assert limited["rests_until"]
    assert refusing["name"] == "libre.example"
    assert "too many messages from you" in site("domain", "ls").stdout


def test_a_rest_is_ended_once(site: Site) -> None:
    refuse(site.folder, "libre.example")
    assert "goes out again" in site("domain", "resume", "Libre.example").stdout
    assert "does not rest" in site("domain", "resume", "libre.example").stdout
    assert "not a domain: 'a@b@c'" in site.error("domain", "resume", "a@b@c")
