"""The password of a source goes to its server, and to nobody who reads what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.models import Base
from newsletter.setup.demo.serving import LocalSite, Reply

if TYPE_CHECKING:
    from conftest import Site

SECRET = "s3cret-canary"
TITLES = ("La fanfare cherche un tuba", "La médiathèque prête", "Une crue sans dégâts")
FRONT = "".join(
    f"<p><b>{t}</b></p><p>Un alinéa qui parle de cela, en entier.</p><p>{t} Lire la suite</p>"
    for t in TITLES
)


def test_the_password_of_a_source_shows_nowhere(site: Site, tmp_path: Path) -> None:
    front = Reply(
        f"<html><title>Chez nous</title><body>{FRONT}</body></html>".encode(), "text/html"
    )
    (tmp_path / "une.txt").write_text(
        "\n\n".join(f"{t}\n\nTexte.\n\n{t} Lire la suite" for t in TITLES)
    )
    with LocalSite({"/private": front}.get) as web:
        guarded = web.url.replace("://", f"://me:{SECRET}@")
        private = ("--list", "weekly", "--allow-private")
        said = [
            site("source", "check", f"{guarded}/private", "--allow-private"),
            site("source", "add", f"{guarded}/private", *private, "--name", "chez-nous"),
            site(
                *("source", "add", str(tmp_path / "une.txt"), *private),
                *("--site", f"{guarded}/", "--name", "une"),
            ),
            site("collect"),
            site("--json", "collect"),
            site("--json", "article", "ls"),
            site("source", "show", "chez-nous"),
            site("--json", "source", "show", "chez-nous"),
            site("source", "show", "une"),
            site("source", "check", str(tmp_path / "une.txt"), "--site", f"{guarded}/"),
            site("issue", "preview", "weekly", "--output", str(tmp_path / "letter")),
        ]
    articles = site.json("article", "ls")
    assert sum(TITLES[0] == one["title"] for one in articles) >= 1
    assert f"{web.url}/private" in {one["url"] for one in articles}
    assert [one.output for one in said if SECRET in one.output] == []
    letters = [path.read_text("utf-8") for path in (tmp_path / "letter").rglob("*.*")]
    assert any(TITLES[0] in letter and f"{web.url}/private" in letter for letter in letters)
    assert not any(SECRET in letter for letter in letters)
    # Settings keep it, to ask with: the place of the one and the site of the other, and no more.
    database = Database(f"sqlite:///{next(site.folder.glob('*.db'))}")
    with database.read() as session:
        rows = [
            (table.name, name)
            for table in Base.metadata.sorted_tables
            for row in session.execute(sa.select(table)).mappings()
            for name, value in row.items()
            if SECRET in str(value)
        ]
    assert sorted(rows) == [("source", "location"), ("source", "site")]
