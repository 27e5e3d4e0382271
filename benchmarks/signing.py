"""How many messages a second one core signs with DKIM, against dkimpy.

    signing.py [--tiny]

Messages of a digest, each to another reader, signed with RSA-2048, alone and with Ed25519 beside
it. RSA itself, as `cryptography` does it, is the floor.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from time import process_time

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from rig.letters import MARKED_AT, digest, links, values
from rig.measure import machine, spread

from newsletter.mail.dkim import DkimKey, Signer

GOAL = 2500  # messages a second


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", action="store_true", help="only see that it runs")
    options = parser.parse_args()
    rounds, readers = (1, 5) if options.tiny else (15, 200)
    print(machine())
    template = digest()
    messages = [template.join(values(number, links(number))) for number in range(readers)]
    private = rsa.generate_private_key(65537, 2048)
    alone = DkimKey("valmont.example", "s", private)
    beside = DkimKey("valmont.example", "s-ed", ed25519.Ed25519PrivateKey.generate())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )

    def signed_by(*keys: DkimKey) -> Callable[[bytes], object]:
        signer = Signer(keys)
        return lambda message: signer.sign(message, MARKED_AT, canonical_body=True)

    ways: dict[str, Callable[[bytes], object]] = {
        "RSA itself": lambda _: private.sign(b"x", padding.PKCS1v15(), hashes.SHA256()),
        "ours, RSA-2048": signed_by(alone),
        "ours, with Ed25519 beside it": signed_by(alone, beside),
        "dkimpy, RSA-2048": lambda message: dkim.sign(
            message,
            b"s",
            b"valmont.example",
            pem,
            canonicalize=(b"relaxed", b"relaxed"),
        ),
    }
    print(f"messages of {len(messages[0]) / 1e3:.0f} kB; signed a second, on one core")
    found = {}
    for name, sign in ways.items():
        few = messages[: max(len(messages) // 10, 2)] if "dkimpy" in name else messages
        rates = [_rate(sign, few) for _ in range(rounds)]
        found[name] = statistics.median(rates)
        print(f"{name:<29} {spread(rates)}")
    slowest = found["ours, with Ed25519 beside it"]
    print(f"goal: {GOAL:,} a second; ratio to dkimpy {slowest / found['dkimpy, RSA-2048']:.1f}")


def _rate(sign: Callable[[bytes], object], messages: list[bytes]) -> float:
    """Messages a second of processor time."""
    started = process_time()
    for message in messages:
        sign(message)
    return len(messages) / max(process_time() - started, 1e-9)


if __name__ == "__main__":
    main()
