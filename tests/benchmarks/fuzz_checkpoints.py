"""Damages checkpoints of every container and reads them: always a model or one sentence, in bounded time and memory.

    python -m tests.benchmarks.fuzz_checkpoints --cases 20000 --seed 1 [--keras]

One bare, capped worker reads many cases (the program starts a fresh child for each file); models that open are built
into tensors in this process. Prints counts, the slowest case and the worker's peak memory; exit code 1 on a failure.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import selectors
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lstm_tui.checkpoints.foreign import PlainModel
from lstm_tui.checkpoints.reading_child import package_folders
from lstm_tui.checkpoints.sandbox.process import REFUSED
from lstm_tui.core.errors import UserError
from lstm_tui.engine.loading.from_reply import build
from tests.checkpoints import wild

ROOT = str(Path(__file__).resolve().parents[2])
SECONDS = 5.0
WORKER = """
import sys; sys.path += sys.argv[1].split("\\n")
import io, struct
from lstm_tui.checkpoints.sandbox import sealing
from lstm_tui.checkpoints.sandbox.process import MEMORY, prepare, reply
prepare(hdf5=True)
sealing.seal(MEMORY, 1_000_000)
source, target = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(8):
    data = source.read(int.from_bytes(head, "little"))
    out = io.BytesIO()
    reply(io.BytesIO(data), len(data), "case.pt", out)
    target.write(struct.pack("<Q", len(out.getbuffer())) + out.getbuffer())
    target.flush()
"""


@dataclass
class Tally:
    """What came of the cases."""

    opened: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    sentences: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    peak_kib: int = 0


class Worker:
    """A capped process that answers one case after the other."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", "-c", WORKER, "\n".join((ROOT, *package_folders()))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, data: bytes) -> tuple[bytes, int]:
        """The answer and the worker's peak KiB; raises `TimeoutError` or `EOFError` where there is none."""
        assert self.process.stdin
        self.process.stdin.write(len(data).to_bytes(8, "little") + data)
        self.process.stdin.flush()
        answer = self._take(int.from_bytes(self._take(8), "little"))
        return answer, self._peak()

    def _peak(self) -> int:
        """KiB; a sealed process cannot ask for its own. 0 where there is no /proc."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)

    def _take(self, count: int) -> bytes:
        assert self.process.stdout
        deadline, taken = time.monotonic() + SECONDS, b""
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while len(taken) < count:
                if not ready.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                got = os.read(self.process.stdout.fileno(), count - len(taken))
                if not got:
                    raise EOFError
                taken += got
        return taken

    def stop(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


def seeds() -> list[bytes]:
    """Whole files, one a layout of the matrix, in all three containers."""
    import tempfile

    made = []
    with tempfile.TemporaryDirectory() as folder:
        for name, row in wild.OPEN.items():
            if not name.startswith(("4 ", "12 ", "15 ")):  # the larger ones
                made.append(row().write(Path(folder)).read_bytes())
    for layout in (wild.udacity(), wild.both_directions(), wild.flair()):
        layout.zip_format = False
        with tempfile.TemporaryDirectory() as folder:
            made.append(layout.write(Path(folder)).read_bytes())
    return made


def keras_seeds() -> list[bytes]:
    """Keras's files, of every version and layout that is opened."""
    folder = Path(wild.__file__).parent / "keras_files"
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".keras", ".h5", ".hdf5")]


EXTREME = (b"\xff" * 4, b"\x00" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f")
OPCODES = b"(.012FIJKLMNQRSTUVXabcdeghijlopqrstu]}()" + bytes(range(0x80, 0x99))


def damage(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """`data` with one to eight faults."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(made) or 1)
        kind = rng.randrange(8)
        if kind == 0 and made:
            made[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and made:
            made[at] = rng.choice(OPCODES)
        elif kind == 2:
            value = rng.choice(EXTREME)
            made[at : at + len(value)] = value
        elif kind == 3:
            del made[at : at + rng.randrange(1, 40)]
        elif kind == 4:
            made[at:at] = made[at : at + rng.randrange(1, 200)]
        elif kind == 5:
            made[at:at] = rng.randbytes(rng.randrange(1, 16))
        elif kind == 6 and other:
            begin = rng.randrange(len(other))
            made[at : at + 64] = other[begin : begin + 64]
        elif kind == 7 and rng.random() < 0.3:
            del made[at:]
    return bytes(made)


PIECES = (
    *(b"]", b"}", b")", b"(", b"N", b"\x88", b"0", b"1", b"2", b"\x8f", b"K\x07", b"M\x40\x01", b"q\x01", b"h\x01"),
    *(b"\x85", b"\x86", b"\x87", b"t", b"l", b"d", b"a", b"e", b"s", b"u", b"b", b"R", b"\x81", b"\x92", b"\x90", b"o"),
    *(b"cos\nsystem\n", b"cbuiltins\neval\n", b"ctorch._utils\n_rebuild_tensor_v2\n", b"ccollections\nOrderedDict\n"),
    *(
        b"ctorch\nFloatStorage\n",
        b"X\x07\x00\x00\x00storage",
        b"X\x01\x00\x00\x000",
        b"Q",
        b"\x93",
        b"J\xff\xff\xff\xff",
    ),
)


def program(rng: random.Random) -> bytes:
    """A pickle nobody wrote: instructions in any order."""
    return b"\x80\x02" + b"".join(rng.choices(PIECES, k=rng.randrange(1, 60))) + b"."


def damage_inside(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """A zip whose one member is damaged and whose checksums are right, so that the damage is reached."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        pickles = [name for name in names if name.endswith("data.pkl")]
        chosen = rng.choice(pickles if pickles and rng.random() < 0.8 else names)
        for name in names:
            part = source.read(name)
            if name == chosen:
                part = program(rng) if name in pickles and rng.random() < 0.1 else damage(part, rng, other)
            target.writestr(name, part)
    return out.getvalue()


def judge(answer: bytes) -> tuple[bool, str]:
    """(opened, sentence); builds what opened. Raises `AssertionError` for anything that is neither."""
    length = int.from_bytes(answer[:8], "little")
    about: dict[str, Any] = json.loads(answer[8 : 8 + length])
    if "refused" in about:
        sentence = str(about["refused"])
        assert sentence
        assert "Traceback" not in sentence
        return False, sentence
    data, at = [], 8 + length
    for entry in about["tensors"]:
        if answer[at : at + 8] == REFUSED:
            return judge(answer[at + 8 :])
        assert int.from_bytes(answer[at : at + 8], "little") == entry["nbytes"]
        at += 8
        data.append(memoryview(bytearray(answer[at : at + entry["nbytes"]])))
        at += entry["nbytes"]
    assert at == len(answer)
    sizes = tuple(about["tensors"][layer[1]]["shape"][1] for layer in about["layers"])
    plain = PlainModel(
        kind=about["kind"], hidden_sizes=sizes, symbols=about["symbols"], outputs=None, embedded=False, vocabulary=None,
        vocabulary_source="", warnings=(), names=(), sha256="", about=about, data=tuple(data),
    )  # fmt: skip
    try:
        model = build(plain)
    except UserError as error:
        return False, str(error)
    assert all(layer.weight_hh.shape[1] == size for layer, size in zip(model.layers, sizes, strict=True))
    return True, ""


def run(cases: int, seed: int = 0, keras: bool = False) -> Tally:
    """Reads `cases` damaged files: torch's and safetensors, or Keras's."""
    rng, tally, worker = random.Random(seed), Tally(), Worker()
    whole = keras_seeds() if keras else seeds()
    try:
        for number in range(cases):
            base, other = rng.choice(whole), rng.choice(whole)
            inside = base[:2] == b"PK" and rng.random() < 0.75
            case = (damage_inside if inside else damage)(base, rng, other)
            began = time.perf_counter()
            try:
                answer, peak = worker.ask(case)
                opened, sentence = judge(answer)
            except (TimeoutError, EOFError, BrokenPipeError) as error:
                # the program would say one sentence here too, but no damage so small should get this far
                tally.failures.append(f"case {number}: {type(error).__name__}")
                worker.stop()
                worker = Worker()
                continue
            except Exception as error:
                tally.failures.append(f"case {number}: {type(error).__name__}: {error}")
                continue
            tally.slowest = max(tally.slowest, time.perf_counter() - began)
            tally.peak_kib = max(tally.peak_kib, peak)
            tally.opened += opened
            tally.refused += not opened
            if sentence:
                tally.sentences[" ".join(sentence.split()[:6])] += 1
    finally:
        worker.stop()
    return tally


def attack() -> int:
    """Has every attack read by a real child; prints what it cost. The number that were neither model nor sentence."""
    import tempfile

    from lstm_tui.debugger.file_report import describe
    from tests.checkpoints.attacks import ATTACKS

    failed = 0
    for name, make in ATTACKS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = str(make(Path(folder)))
            began = time.perf_counter()
            try:
                said = f"opens, {len(describe(path).about.vocabulary):,} symbols"
            except UserError as error:
                said = str(error)
            except Exception as error:
                failed, said = failed + 1, f"FAILED {type(error).__name__}: {error}"
        print(f"{name:24} {time.perf_counter() - began:6.2f} s  {said[:110]}", flush=True)
    return failed


def main() -> int:
    """Prints the tally."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keras", action="store_true", help="damage Keras's files instead of torch's")
    parser.add_argument("--attacks", action="store_true", help="read the files made to cost much instead")
    options = parser.parse_args()
    if options.attacks:
        return 1 if attack() else 0
    torch.manual_seed(0)
    began = time.perf_counter()
    tally = run(options.cases, options.seed, options.keras)
    print(
        f"{options.cases:,} cases in {time.perf_counter() - began:.0f} s: {tally.opened:,} opened, "
        f"{tally.refused:,} refused with a sentence, {len(tally.failures)} failures"
    )
    print(f"slowest {tally.slowest * 1000:.0f} ms, worker's peak {tally.peak_kib / 1024:.0f} MiB")
    for sentence, count in tally.sentences.most_common(40):
        print(f"{count:7,}  {sentence} …")
    for failure in tally.failures[:20]:
        print(failure)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
