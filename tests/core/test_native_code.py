"""torch's native code is linked before torch is imported, and by nobody who has it already."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from lstm_tui.core.starting import native_code

BEGUN = """
import sys
from lstm_tui.core.starting import native_code
native_code.begin()
native_code.wait()
assert "torch" not in sys.modules
assert "libtorch_cpu.so" in open("/proc/self/maps").read()
"""


def built_for_the_cpu() -> bool:
    torch = find_spec("torch")
    assert torch is not None
    assert torch.origin is not None
    libraries = {file.name for file in (Path(torch.origin).parent / "lib").iterdir()}
    return not libraries & {"libtorch_cuda.so", "libtorch_hip.so", "libtorch_xpu.so"}


@pytest.mark.skipif(sys.platform != "linux" or not built_for_the_cpu(), reason="left to the import")
def test_it_is_there_before_torch() -> None:
    subprocess.run([sys.executable, "-c", BEGUN], check=True, env={**os.environ, "TORCH_USE_RTLD_GLOBAL": ""})


def test_where_torch_is_nothing_is_begun() -> None:
    import torch  # noqa: F401

    native_code.begin()
    native_code.wait()
    assert native_code._loading is None
