"""torch's native code, linked while Python does something else.

It takes 0.2 s, for which `import torch` keeps the interpreter's lock; the linker needs none, and the import finds what
is there already. What cannot be linked so is left to the import, a build for GPUs first of all: torch looks for
NVIDIA's libraries in an order of its own.
"""

from __future__ import annotations

import os
import sys
import threading

_loading: threading.Thread | None = None


def begin() -> None:
    """Link it in a thread, unless torch is there."""
    global _loading
    if _loading is None and "torch" not in sys.modules:
        _loading = threading.Thread(target=_load, name="torch's native code", daemon=True)
        _loading.start()


def wait() -> None:
    """Until that is done, where it was begun: an import meanwhile would stand at the linker's lock, and all with it."""
    if _loading is not None:
        _loading.join()


def _load() -> None:
    """In the order, and with the visibility, in which `import torch` does it."""
    import ctypes  # not before the first frame
    from importlib.util import find_spec

    torch = find_spec("torch")
    if torch is None or torch.origin is None or os.getenv("TORCH_USE_RTLD_GLOBAL"):
        return
    folder = os.path.join(os.path.dirname(torch.origin), "lib")
    ending = "dylib" if sys.platform == "darwin" else "so"
    if any(os.path.exists(os.path.join(folder, f"libtorch_{gpu}.{ending}")) for gpu in ("cuda", "hip", "xpu")):
        return
    link = ctypes.CDLL(None).dlopen  # called as a foreign function, for which ctypes gives the lock away
    link.restype = ctypes.c_void_p
    for name, visible in (("libtorch_global_deps", os.RTLD_GLOBAL), ("libtorch", os.RTLD_LOCAL)):
        if not link(os.fsencode(os.path.join(folder, f"{name}.{ending}")), os.RTLD_LAZY | visible):
            return
