"""What every test shares: one torch thread, the size its terminal really has, and hypothesis without a clock."""

from __future__ import annotations

import os
import sys

from hypothesis import settings

# Before anything imports torch: small matrices are slower with more threads, and the machine has other tests to run.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Programs that are used are compiled. Here every process that a test starts would compile the package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# pytest imports readline, and GNU readline puts COLUMNS=80 and LINES=24 into the environment of every process started
# from here, pytest-xdist's workers among them: a program in a pseudo-terminal would believe them and never hear of
# another size. Both calls, because readline does it behind the back of os.environ.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
    os.unsetenv(name)

# A busy machine is no failure, and a red run must be the same run again.
settings.register_profile("lstm-tui", deadline=None, derandomize=True, database=None)
settings.load_profile("lstm-tui")
