"""What DNS says of a sender's domain: whether receivers can believe our mail (SPF, DKIM, DMARC)."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.resolver

from newsletter.setup.findings import Finding, bad, good, unsure

SECONDS = 3.0  # for one question, all tries together
_LOCAL = ("localhost", "local", "test", "example", "invalid", "internal")  # RFC 6761, RFC 9476


class Unanswered(Exception):
    """DNS did not answer: nothing is known."""


def examine_domain(
    domain: str, slug: str, *, network: bool, signed: bool = False
) -> Iterator[Finding]:
    """SPF (RFC 7208), DMARC (RFC 7489) and what takes replies; `slug` is a list that uses it.

    `signed`: its mail is signed here, and its keys are looked at elsewhere.
    """
    if domain.rpartition(".")[2] in _LOCAL:
        yield unsure(
            "dns",
            f"{domain}, which '{slug}' writes from, is no domain of the internet",
            f"give a real one: newsletter list edit {slug} --from …",
        )
        return
    if not network:
        yield unsure("dns", f"{domain}: not checked", "")
        return
    try:
        yield from _ask(domain, slug, signed=signed)
    except Unanswered as error:
        yield unsure("dns", f"{domain}: could not be checked ({error})", "")


def _ask(domain: str, slug: str, *, signed: bool) -> Iterator[Finding]:
    if not (records(domain, "MX") or records(domain, "A") or records(domain, "AAAA")):
        yield bad(
            "dns",
            f"{domain}, which '{slug}' writes from, takes no mail: replies go nowhere, and many "
            "receivers refuse it",
            "correct the address, or add an MX record",
        )
    spf = [text for text in records(domain, "TXT") if text.lower().startswith("v=spf1")]
    if len(spf) == 1:
        yield good("dns", f"{domain} has SPF: {spf[0]}")
    elif spf:
        yield bad("dns", f"{domain} has {len(spf)} SPF records: receivers ignore all", "keep one")
    else:
        yield unsure(
            "dns", f"{domain} has no SPF record", "add the TXT record that your relay names"
        )
    dmarc = [
        text for text in records(f"_dmarc.{domain}", "TXT") if text.lower().startswith("v=dmarc1")
    ]
    if dmarc:
        yield good("dns", f"{domain} has DMARC: {dmarc[0]}")
    else:
        yield unsure(
            "dns",
            f"{domain} has no DMARC record: large receivers want one of who sends much",
            f'add a TXT record at _dmarc.{domain}, such as "v=DMARC1; p=none"',
        )
    if not signed:
        yield unsure(
            "dns",
            f"{domain}: DKIM cannot be looked up without a mail",
            "send a test with 'newsletter issue preview --to', and look for dkim=pass in its "
            "headers; where the relay does not sign, 'newsletter dkim create' does",
        )


def records(name: str, kind: str) -> list[str]:
    """The records as text; none where there is none. Raises Unanswered."""
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        reason = "no answer" if isinstance(error, dns.exception.Timeout) else "no DNS here"
        raise Unanswered(reason) from error
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [str(record) for record in answer]
