"""`python -m tests.benchmarks [group …]`: the table of speeds, as Markdown. The groups are in `benches`."""

from __future__ import annotations

import os
import platform
import sys

from tests.benchmarks.contrasts import contrasts
from tests.benchmarks.measuring import Bench


def benches() -> dict[str, Bench]:
    """The groups of measurements by name."""
    from tests.benchmarks.causes import causes
    from tests.benchmarks.computing import computing
    from tests.benchmarks.driving import driving
    from tests.benchmarks.long_text import long_text
    from tests.benchmarks.looking import looking
    from tests.benchmarks.monkey import monkey
    from tests.benchmarks.own_cells import own_cells
    from tests.benchmarks.reading import fuzz, reading
    from tests.benchmarks.starting import starting
    from tests.benchmarks.stepping import stepping

    return {
        "starting": starting,
        "reading": reading,
        "stepping": stepping,
        "driving": driving,
        "computing": computing,
        "causes": causes,
        "own_cells": own_cells,
        "looking": looking,
        "long_text": long_text,
        **contrasts(),
        "monkey": monkey,
        "fuzz": fuzz,
    }


def main(names: list[str]) -> int:
    """Prints each row as soon as it is known. 1 where one is out of reach."""
    if "contrasts" in names:
        names = [*names, *contrasts()]
        names.remove("contrasts")
    if unknown := set(names) - set(benches()):
        print(f"no such group: {', '.join(sorted(unknown))}; there are {', '.join(benches())}", file=sys.stderr)
        return 2
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | measured | baseline | ratio | reach | ok |")
    print("|---|---|---|---|---|---|", flush=True)
    good = True
    for name, bench in benches().items():
        if names and name not in names:
            continue
        try:
            for row in bench():
                print(f"| {' | '.join(row.cells())} |", flush=True)
                good = good and row.ok
        except AssertionError as error:  # the program did not do what was to be timed: the other groups still count
            print(f"| {name} | {str(error).splitlines()[0]} | | | | NO |", flush=True)
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
