"""Throws broken feeds, pages, folders and texts at every door of the collector.

    python -m tests.fuzz --seconds 3600          an hour; 45 s if nothing is said
    python -m tests.fuzz --doors feed,excerpt    only these
    python -m tests.fuzz --seed 7                the same inputs as another time
    python -m tests.fuzz --again FILE…           what was found once: is it still so?

A finding is: anything raised but a CollectError, anything that comes out and should not (doors.py),
more than 2 s of CPU or 300 MB of memory for less than 200 KB. Each kind is made as small as it
gets and left in --into as DOOR-KIND.bin, to become a file of the corpus. Ends with status 1 if
there was any. The work is done by a process of its own, so that one that dies is a finding too.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from doors import DOORS, Broken, chosen, enter
from generators import Generator
from mutations import MOST, Mutator

COLLECT = Path(__file__).parent.parent / "collect"
SLOW = 2.0  # seconds of CPU, unless --slow says otherwise
STUCK = 30  # seconds of CPU, after which Python code is interrupted
DEAD = 180  # seconds without a word from the worker, after which it is killed
FAT = 300 * 1024  # kilobytes that one input may add to the process at most
_SHRINKING = 20.0  # seconds for one finding


class Stuck(Exception):
    """An input takes longer than anybody would wait."""


def seeds() -> list[bytes]:
    """The corpus, and some words for doors that know no mark-up."""
    files = [
        f for f in COLLECT.glob("*/**/*") if f.suffix in (".xml", ".html", ".json", ".txt", ".md")
    ]
    found = [f.read_bytes() for f in sorted(files) if ".expect." not in f.name]
    return [data[:MOST] for data in found if data] or [
        b"<rss><channel><item><title>a</title></item></channel></rss>"
    ]


def inputs(
    chance: random.Random, doors: Sequence[str], bodies: Sequence[bytes]
) -> Iterator[tuple[str, bytes]]:
    mutator, generator = Mutator(chance, bodies), Generator(chance)
    while True:
        door = chance.choice(doors)
        dice = chance.random()
        if dice < 0.25:
            yield door, generator.make(door)
        elif dice < 0.5:
            yield door, mutator.mutate(generator.make(door))
        else:
            yield door, mutator.mutate(chance.choice(bodies))


def _interrupt(number: int, frame: object) -> None:
    raise Stuck


def finding(door: str, data: bytes, slow: float = SLOW) -> tuple[str, str] | None:
    """The kind of what went wrong and all that is known of it, or None.

    More than `slow` seconds of CPU are too many.
    """
    before, fat = time.thread_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_PROF, STUCK)
    try:
        enter(door, data)
    except Stuck:
        return "stuck", traceback.format_exc()
    except Broken as error:
        return f"broken-{error}", traceback.format_exc()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f for f in frames if "/newsletter/" in f.filename] or list(frames)
        return (
            f"{type(error).__name__}-{Path(ours[-1].filename).stem}-{ours[-1].name}",
            traceback.format_exc(),
        )
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    taken = time.thread_time() - before
    if taken > slow:
        return "slow", f"{taken:.1f} s of CPU for {len(data)} bytes"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - fat
    if grown > FAT:
        return "fat", f"{grown // 1024} MB for {len(data)} bytes"
    return None


def shrunk(door: str, data: bytes, kind: str) -> bytes:
    """A smaller input that shows the same, within some seconds."""
    until = time.monotonic() + _SHRINKING
    size = max(len(data) // 2, 1)
    while size and time.monotonic() < until:
        place = 0
        while place < len(data) and time.monotonic() < until:
            less = data[:place] + data[place + size :]
            found = finding(door, less)
            if found is not None and found[0] == kind:
                data = less
            else:
                place += size
        size //= 2
    return data


def work(options: argparse.Namespace) -> int:
    """The worker: tries inputs until its time is over; leaves findings in the folder."""
    signal.signal(signal.SIGPROF, _interrupt)
    memory = 3 * 1024**3
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    chance = random.Random(options.seed)
    doors = chosen(options.doors.split(",") if options.doors else ())
    into, now = Path(options.into), Path(options.into) / "now"
    known = {file.stem for file in into.glob("*.bin")}
    counted: collections.Counter[str] = collections.Counter()
    until = time.monotonic() + options.seconds
    for door, data in inputs(chance, doors, seeds()):
        if time.monotonic() > until or counted.total() == options.inputs:
            break
        now.write_bytes(door.encode() + b"\n" + data)
        counted[door] += 1
        found = finding(door, data, options.slow)
        if found is None:
            continue
        kind, told = found
        name = f"{door}-{_file_name(kind)}"
        if name in known:
            continue
        known.add(name)
        small = shrunk(door, data, kind) if kind not in ("slow", "stuck", "fat") else data
        (into / f"{name}.bin").write_bytes(small)
        (into / f"{name}.told").write_text(f"{kind}\n{told}", encoding="utf-8", errors="replace")
        print(f"found: {name} ({len(small)} bytes)\n{told[-1500:]}", flush=True)
    tries = ", ".join(f"{name} {number:,}" for name, number in counted.most_common())
    print(f"{counted.total():,} inputs: {tries}", flush=True)
    return 0


def _file_name(kind: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in kind)[:80]


def supervise(options: argparse.Namespace) -> int:
    """Lets workers work until the time is over; what kills one is a finding."""
    into = Path(options.into)
    into.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + options.seconds
    number = options.seed
    while (left := until - time.monotonic()) > 0:
        command = [sys.executable, "-m", "tests.fuzz", "--worker", "--into", str(into)]
        command += ["--seed", str(number), "--seconds", str(left), "--doors", options.doors]
        command += ["--slow", str(options.slow), "--inputs", str(options.inputs)]
        worker = subprocess.Popen(command, cwd=Path(__file__).parent.parent.parent)
        why = _watch(worker, into / "now", left)
        if why is None:
            break
        last = (into / "now").read_bytes() if (into / "now").exists() else b"?\n"
        door, _, data = last.partition(b"\n")
        name = f"{door.decode()}-died-{hashlib.sha256(data).hexdigest()[:12]}"
        (into / f"{name}.bin").write_bytes(data)
        (into / f"{name}.told").write_text(f"{why}\n", encoding="utf-8")
        print(f"found: {name} ({why})", flush=True)
        number += 1
    found = sorted(file.stem for file in into.glob("*.bin"))
    print(
        f"seed {options.seed}: " + (f"{len(found)} findings in {into}" if found else "no findings")
    )
    return 1 if found else 0


def _watch(worker: subprocess.Popen[bytes], now: Path, seconds: float) -> str | None:
    """Why the worker ended before its time, or None."""
    while True:
        try:
            status = worker.wait(5)
        except subprocess.TimeoutExpired:
            pass
        else:
            return None if status == 0 else f"the worker ended with {status}"
        if now.exists() and time.time() - now.stat().st_mtime > DEAD:
            worker.kill()
            worker.wait()
            return f"no end after {DEAD} s"


def again(files: Sequence[str]) -> int:
    signal.signal(signal.SIGPROF, _interrupt)
    still = 0
    for name in files:
        door = Path(name).name.partition("-")[0]
        found = finding(door, Path(name).read_bytes())
        still += found is not None
        print(f"{name}: {'well' if found is None else found[0]}")
        if found is not None:
            print(found[1])
    return 1 if still else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--doors", default="", help=f"of {', '.join(DOORS)}")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--into", default="", help="a folder for what is found")
    parser.add_argument("--inputs", type=int, default=0, help="no more than so many")
    parser.add_argument("--slow", type=float, default=SLOW, help="seconds of CPU for one input")
    parser.add_argument("--again", nargs="+", metavar="FILE")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.again:
        return again(options.again)
    options.into = options.into or tempfile.mkdtemp(prefix="fuzz-found-")
    return work(options) if options.worker else supervise(options)


if __name__ == "__main__":
    sys.exit(main())
