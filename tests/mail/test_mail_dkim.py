"""What we sign, two other implementations believe: dkimpy and Perl's Mail::DKIM."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_mail_message import VALUES, M, built, printable

from newsletter.config import DkimConfig, parse_config
from newsletter.errors import ConfigError, MessageError
from newsletter.mail.dkim import DkimKey, Signer, load_signers, relaxed_body, signer_for
from newsletter.mail.slots import SlotName

AT = datetime(2026, 1, 24, 7, 0, tzinfo=UTC)
RSA = DkimKey("valmont.example", "rsa", rsa.generate_private_key(65537, 2048))
ED = DkimKey("valmont.example", "ed", ed25519.Ed25519PrivateKey.generate())
KEYS = {key.dns_name: key.record for key in (RSA, ED)}
BOTH = Signer([RSA, ED])
MESSAGE = built().join(VALUES)


def lookup(name: bytes, timeout: int = 5) -> bytes:
    return KEYS.get(name.decode().rstrip("."), "").encode()


def dkimpy(message: bytes) -> bool:
    """Whether dkimpy believes both signatures."""
    verifier = dkim.DKIM(message)
    try:
        return all(verifier.verify(idx=number, dnsfunc=lookup) for number in (0, 1))
    except dkim.DKIMException:
        return False


class Perl:
    """Mail::DKIM in a process of its own, which verifies one message after another."""

    def __init__(self, perl: Path) -> None:
        script = Path(__file__).with_name("verify_dkim.pl")
        records = [f"{name}={record}" for name, record in KEYS.items()]
        self.process = subprocess.Popen(
            [perl, script, *records], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def verify(self, message: bytes) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"%d\n" % len(message) + message)
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()


@pytest.fixture(scope="module")
def perl(needs_tool: Callable[[str], Path]) -> Iterator[Perl]:
    program = needs_tool("perl")
    found = subprocess.run(
        [program, "-MMail::DKIM::Verifier", "-e1"], capture_output=True, check=False
    )
    if found.returncode:
        needs_tool("Mail::DKIM")
    one = Perl(program)
    yield one
    assert one.process.stdin is not None
    one.process.stdin.close()
    one.process.wait(10)


# Mail::DKIM does not know Ed25519, and must believe the RSA signature all the same.
PERL_BELIEVES = "rsa: pass, ed: invalid (unsupported algorithm ed25519-sha256)"


def believed(message: bytes, perl: Perl) -> None:
    assert dkimpy(message)
    assert perl.verify(message) == PERL_BELIEVES


folded = st.lists(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12),
    min_size=1,
    max_size=12,
).flatmap(
    lambda words: st.lists(
        st.sampled_from([" ", "  ", "\t", "\r\n ", "\r\n\t", " \r\n  "]),
        min_size=len(words),
        max_size=len(words),
    ).map(lambda gaps: "".join(w + g for w, g in zip(words, gaps, strict=True)).rstrip())
)
names = st.sampled_from(
    ["From", "to", "Subject", "SUBJECT", "Date", "Reply-To", "List-Id", "List-Unsubscribe", "X-A"]
)
spaced = st.text(st.sampled_from(list("ab .=\t-é日")), max_size=80)
lines = st.lists(spaced | st.just(""), max_size=12)
texts = st.text(st.sampled_from(list("ab .=\t\n-é日")), max_size=300)


@settings(max_examples=60)
@given(fields=st.lists(st.tuples(names, folded), max_size=8), body=lines)
@example(fields=[], body=[])
@example(fields=[], body=["", "", ""])
@example(fields=[("To", "a\r\n\tb  c")], body=[" ", "a  b\t ", "\t", ""])
@example(fields=[("To", "one"), ("to", "two"), ("TO", "three")], body=["x"])
def test_any_message_that_we_sign_is_believed(
    perl: Perl, fields: list[tuple[str, str]], body: list[str]
) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    text = "".join(f"{line}\r\n" for line in body)
    message = f"From: a@valmont.example\r\n{head}\r\n{text}".encode()
    believed(BOTH.sign(message, AT, canonical_body=False) + message, perl)


@settings(max_examples=40)
@given(text=texts, name=st.text(printable, max_size=60).map(str.strip))
def test_our_own_messages_are_believed_with_their_body_hashed_as_it_is(
    perl: Perl, text: str, name: str
) -> None:
    template = built(text=text + M[SlotName.NAME], html=text)
    message = template.join(VALUES._replace(name=name))
    signature = BOTH.sign(message, AT, canonical_body=True)
    assert signature == BOTH.sign(message, AT, canonical_body=False)
    believed(signature + message, perl)


def test_the_same_message_and_moment_give_the_same_bytes() -> None:
    first = BOTH.sign(MESSAGE, AT, canonical_body=True)
    assert first == Signer([RSA, ED]).sign(MESSAGE, AT, canonical_body=True)
    later = BOTH.sign(MESSAGE, AT + timedelta(seconds=1), canonical_body=True)
    assert b"t=1769238000;" in first
    assert b"t=1769238001;" in later


def tags(field: bytes) -> dict[str, str]:
    name, _, value = re.sub(rb"\s", b"", field).decode().partition(":")
    assert name == "DKIM-Signature"
    return dict(tag.split("=", 1) for tag in value.split(";"))


def test_what_is_signed_and_what_may_not_be_added() -> None:
    both = BOTH.sign(MESSAGE, AT, canonical_body=True)
    for field, key in zip(both.split(b"DKIM")[1:], BOTH.keys, strict=True):
        found = tags(b"DKIM" + field)
        assert (found["v"], found["a"], found["c"]) == ("1", key.algorithm, "relaxed/relaxed")
        assert (found["d"], found["s"]) == ("valmont.example", key.selector)
        assert "l" not in found
        signed = found["h"].split(":")
        head = MESSAGE.partition(b"\r\n\r\n")[0].decode()
        present = [name.lower() for name in re.findall(r"^([\w-]+):", head, re.M)]
        assert [name for name in present if name not in signed] == ["x-delivery"]
        for name in (
            *("from", "to", "cc", "subject", "date", "reply-to", "content-type"),
            *("list-unsubscribe", "list-unsubscribe-post"),
        ):
            assert signed.count(name) == present.count(name) + 1, name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\r\nSubject: ", b"\r\nSubject: x"),
        (b"\r\nSubject: ", b"\r\nSubject: first\r\nSubject: "),
        (b"\r\nFrom: ", b"\r\nFrom: eve@valmont.example\r\nFrom: "),
        (b"\r\nPrecedence: ", b"\r\nCc: eve@valmont.example\r\nPrecedence: "),
        (b"\r\nPrecedence: ", b"\r\nList-Unsubscribe: <https://e.example>\r\nPrecedence: "),
        (b"/u/", b"/v/"),
        (b"rouvre samedi", b"ferme samedi"),
    ],
)
def test_what_is_changed_on_the_way_is_not_believed(old: bytes, new: bytes, perl: Perl) -> None:
    signed = BOTH.sign(MESSAGE, AT, canonical_body=True) + MESSAGE
    believed(signed, perl)
    changed = signed.replace(old, new, 1)
    assert changed != signed
    assert "pass" not in perl.verify(changed)
    assert not dkimpy(changed)


def test_a_signature_has_no_long_line() -> None:
    field = BOTH.sign(MESSAGE, AT, canonical_body=True)
    assert field.endswith(b"\r\n")
    assert max(map(len, field.split(b"\r\n"))) <= 76
    assert field.isascii()


def test_the_end_of_a_body_without_crlf_is_the_end_of_a_line() -> None:
    assert relaxed_body(b"a  b \t") == b"a b\r\n"
    assert relaxed_body(b" ") == b""
    assert relaxed_body(b"\r\n \r\n") == b""


def test_a_message_without_a_from_is_not_signed() -> None:
    for message in (b"", b"\r\nFrom: a@valmont.example\r\n", b"To: a@valmont.example\r\n\r\n"):
        with pytest.raises(MessageError, match=r"^From: is missing"):
            BOTH.sign(message, AT, canonical_body=False)


def test_ed25519_never_signs_alone() -> None:
    with pytest.raises(ValueError, match="RSA"):
        Signer([ED])
    with pytest.raises(ValueError, match="one domain"):
        Signer([RSA, dataclasses.replace(ED, domain="riviere.example")])


def test_a_domain_is_signed_for_by_itself_or_by_one_above_it() -> None:
    above, below = Signer([RSA]), Signer([dataclasses.replace(RSA, domain="news.valmont.example")])
    signers = {"valmont.example": above, "news.valmont.example": below}
    assert signer_for(signers, "Valmont.example") is above
    assert signer_for(signers, "a.valmont.example") is above
    assert signer_for(signers, "news.valmont.example") is below
    assert signer_for(signers, "myvalmont.example") is None
    assert signer_for({"xn--bcher-kva.example": above}, "bücher.example") is above
    assert signer_for({}, "valmont.example") is None


# --- Key files -----------------------------------------------------------------------------------


def write(file: Path, private: Any, *, passphrase: bytes | None = None, mode: int = 0o600) -> Path:
    locked = passphrase and serialization.BestAvailableEncryption(passphrase)
    file.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            locked or serialization.NoEncryption(),
        )
    )
    file.chmod(mode)
    return file


def test_keys_are_read_from_their_files(tmp_path: Path) -> None:
    section = DkimConfig(
        domain="Valmont.example",
        selector="rsa",
        key_file=write(tmp_path / "rsa.pem", RSA.private),
        ed25519_selector="ed",
        ed25519_key_file=write(tmp_path / "ed.pem", ED.private),
    )
    signer = load_signers([section])["valmont.example"]
    assert [key.record for key in signer.keys] == [RSA.record, ED.record]
    expected = BOTH.sign(MESSAGE, AT, canonical_body=True)
    assert signer.sign(MESSAGE, AT, canonical_body=True) == expected
    assert load_signers([]) == {}
    assert "PrivateKey" not in repr(signer.keys)


def refused(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_signers([DkimConfig(domain="valmont.example", selector="rsa", key_file=file)])
    assert str(file) in str(caught.value)
    return str(caught.value)


def test_a_key_file_that_will_not_do_is_named_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    assert "newsletter dkim create valmont.example --selector rsa" in refused(file)
    assert "chmod 600" in refused(write(file, RSA.private, mode=0o640))
    assert "passphrase" in refused(write(file, RSA.private, passphrase=b"tilleul"))
    assert "of 1024 bits" in refused(write(file, rsa.generate_private_key(65537, 1024)))
    assert "neither an RSA nor" in refused(write(file, ec.generate_private_key(ec.SECP256R1())))
    assert "ed25519_key_file" in refused(write(file, ED.private))
    file.write_text("canary-tilleul")
    assert "no private key in PEM" in refused(file)
    assert "canary" not in refused(file)


def test_an_rsa_key_is_no_ed25519_key(tmp_path: Path) -> None:
    file = write(tmp_path / "rsa.pem", RSA.private)
    section = DkimConfig(
        domain="valmont.example",
        selector="rsa",
        key_file=file,
        ed25519_selector="ed",
        ed25519_key_file=file,
    )
    with pytest.raises(ConfigError, match="is an RSA key"):
        load_signers([section])


@pytest.mark.parametrize(
    ("changed", "mistake"),
    [
        ({"selector": "a b"}, "dkim[1].selector: expected lower-case letters"),
        ({"domain": "a..b"}, "dkim[1].domain: expected a domain"),
        ({"ed25519_selector": "ed"}, "expected both of 'ed25519_selector' and"),
        (
            {"ed25519_selector": "rsa", "ed25519_key_file": "ed.pem"},
            "expected an 'ed25519_selector' other than 'selector'",
        ),
    ],
)
def test_mistakes_in_the_config_are_named(
    changed: dict[str, str], mistake: str, tmp_path: Path
) -> None:
    values = {"domain": "valmont.example", "selector": "rsa", "key_file": "rsa.pem"} | changed
    lines = ['base_url = "http://localhost"', "[[dkim]]"]
    lines += [f'{key} = "{value}"' for key, value in values.items()]
    with pytest.raises(ConfigError, match=re.escape(mistake)):
        parse_config("\n".join(lines), tmp_path)


def test_key_files_lie_beside_the_config_and_a_domain_stands_once(tmp_path: Path) -> None:
    section = '[[dkim]]\ndomain = "valmont.example"\nselector = "rsa"\nkey_file = "rsa.pem"\n'
    text = f'base_url = "http://localhost"\n{section}'
    assert parse_config(text, tmp_path).dkim[0].files == {"rsa": tmp_path / "rsa.pem"}
    with pytest.raises(ConfigError, match=r"each 'domain' of \[\[dkim\]\] once"):
        parse_config(text + section, tmp_path)
