"""What every test shares: one torch thread, and hypothesis without a clock."""

from __future__ import annotations

import os

from hypothesis import settings

# Before anything imports torch: small matrices are slower with more threads, and the machine has other tests to run.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A busy machine is no failure, and a red run must be the same run again.
settings.register_profile("lstm-tui", deadline=None, derandomize=True, database=None)
settings.load_profile("lstm-tui")
