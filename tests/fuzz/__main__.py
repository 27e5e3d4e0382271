"""Throws broken feeds, pages, folders and texts at every door of the collector.

    python -m tests.fuzz --seconds 3600          an hour; 45 s if nothing is said
    python -m tests.fuzz --doors feed,excerpt    only these
    python -m tests.fuzz --seed 7                the same inputs as another time
    python -m tests.fuzz --strained 1            only what is very long, deep or many
    python -m tests.fuzz --again FILE…           what was found once: is it still so?

A finding is: anything raised but a CollectError, anything that comes out and should not (doors.py),
more than 2 s of CPU or 300 MB of memory for less than a megabyte. Each kind is made as small as it
gets and left in --into as DOOR-KIND.bin, to become a file of the corpus. Ends with status 1 if
there was any. The work is done by a process of its own, so that one that dies is a finding too.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parent))

from doors import DOORS, Broken, chosen, enter
from generators import Generator
from mutations import MOST, WORDS, Mutator
from strains import Strainer

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
    chance: random.Random, doors: Sequence[str], bodies: Sequence[bytes], strained: float
) -> Iterator[tuple[str, bytes]]:
    """Doors and what to bring in there; `strained` is the share of what is very long or deep."""
    mutator, generator = Mutator(chance, bodies), Generator(chance)
    strainer = Strainer(chance, [word.decode() for word in WORDS])
    while True:
        door = chance.choice(doors)
        made = chance.random() < 0.5
        data = generator.make(door) if made else chance.choice(bodies)
        if chance.random() < strained:
            text = strainer.strain(data.decode("utf-8", "replace"))
            data = text.encode("utf-8", "surrogatepass")
        elif not made or chance.random() < 0.5:
            data = mutator.mutate(data)
        if door == "charset":
            body = strainer.charset(data.decode("utf-8", "replace"))
            data = strainer.http_charset().encode() + b"\n" + body
        yield door, data


class Watch:
    """Looks once at what an input is about that takes too long, and later makes an end of it."""

    def __init__(self) -> None:
        self.seen = ""  # file and function, after `slow` seconds of CPU
        self._begun = 0.0
        signal.signal(signal.SIGPROF, self._look)

    def start(self, slow: float) -> None:
        self.seen, self._begun = "", time.process_time()
        signal.setitimer(signal.ITIMER_PROF, slow, 1)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, number: int, frame: FrameType | None) -> None:
        self.seen = self.seen or _place(traceback.extract_stack(frame))
        if time.process_time() - self._begun > STUCK:
            raise Stuck


def _place(frames: Sequence[traceback.FrameSummary]) -> str:
    """File and function of the innermost line that is ours."""
    ours = [frame for frame in frames if "/newsletter/" in frame.filename] or list(frames)
    return f"{Path(ours[-1].filename).stem}-{ours[-1].name}"


def finding(door: str, data: bytes, watch: Watch, slow: float = SLOW) -> tuple[str, str] | None:
    """The kind of what went wrong and all that is known of it, or None.

    More than `slow` seconds of CPU are too many.
    """
    fat = memory_before()
    before = time.thread_time()
    watch.start(slow)
    try:
        enter(door, data)
    except Stuck:
        return f"stuck-{watch.seen}", traceback.format_exc()
    except Broken as error:
        return f"broken-{error}", traceback.format_exc()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        place = _place(traceback.extract_tb(error.__traceback__))
        return f"{type(error).__name__}-{place}", traceback.format_exc()
    finally:
        watch.stop()
    taken = time.thread_time() - before
    if taken > slow:
        return f"slow-{watch.seen}", f"{taken:.1f} s of CPU for {len(data)} bytes"
    grown = memory_at_most() - fat
    if grown > FAT:
        return "fat", f"{grown // 1024} MB for {len(data)} bytes"
    return None


def memory_before() -> int:
    """Kilobytes that this process holds; its high-water mark is set back to that.

    Where the kernel does not do so, it is the mark itself, above which only the fattest rise.
    """
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass
    return memory_at_most()


def memory_at_most() -> int:
    """The high-water mark of this process's memory, in kilobytes."""
    try:
        told = Path("/proc/self/status").read_text()
    except OSError:
        told = ""
    match = re.search(r"^VmHWM:\s*(\d+) kB", told, re.M)
    return int(match[1]) if match else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def shrunk(door: str, data: bytes, kind: str, watch: Watch) -> bytes:
    """A smaller input that shows the same, within some seconds."""
    until = time.monotonic() + _SHRINKING
    size = max(len(data) // 2, 1)
    while size and time.monotonic() < until:
        place = 0
        while place < len(data) and time.monotonic() < until:
            less = data[:place] + data[place + size :]
            found = finding(door, less, watch)
            if found is not None and found[0] == kind:
                data = less
            else:
                place += size
        size //= 2
    return data


def work(options: argparse.Namespace) -> int:
    """The worker: tries inputs until its time is over; leaves findings in the folder."""
    watch = Watch()
    memory = 3 * 1024**3
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    chance = random.Random(options.seed)
    doors = chosen(options.doors.split(",") if options.doors else ())
    into, now = Path(options.into), Path(options.into) / "now"
    known = {file.stem for file in into.glob("*.bin")}
    counted: collections.Counter[str] = collections.Counter()
    until = time.monotonic() + options.seconds
    for door, data in inputs(chance, doors, seeds(), options.strained):
        if time.monotonic() > until or counted.total() == (options.inputs or -1):
            break
        now.write_bytes(door.encode() + b"\n" + data)
        counted[door] += 1
        found = finding(door, data, watch, options.slow)
        if found is None:
            continue
        kind, told = found
        name = f"{door}-{_file_name(kind)}"
        if name in known:
            continue
        known.add(name)
        is_short = kind.partition("-")[0] not in ("slow", "stuck", "fat")
        small = shrunk(door, data, kind, watch) if is_short else data
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
        command += ["--strained", str(options.strained)]
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
    watch = Watch()
    still = 0
    for name in files:
        door = Path(name).name.partition("-")[0]
        found = finding(door, Path(name).read_bytes(), watch)
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
    parser.add_argument(
        "--inputs", type=int, default=0, help="no more than so many; 0 for all that the time allows"
    )
    parser.add_argument("--slow", type=float, default=SLOW, help="seconds of CPU for one input")
    parser.add_argument("--strained", type=float, default=0.04, help="share of very long inputs")
    parser.add_argument("--again", nargs="+", metavar="FILE")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.again:
        return again(options.again)
    options.into = options.into or tempfile.mkdtemp(prefix="fuzz-found-")
    return work(options) if options.worker else supervise(options)


if __name__ == "__main__":
    sys.exit(main())
