"""One debugger for every test that leaves it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.terminal.driver import Terminal
from tests.terminal.opening import Shared


@pytest.fixture(scope="session")
def shared() -> Iterator[Shared]:
    shared = Shared()
    yield shared
    shared.close()


@pytest.fixture
def hello(shared: Shared) -> Iterator[Terminal]:
    """The debugger at step 0 of `hello`, 80×24. A test must undo what cannot be seen there, such as stops."""
    yield shared.lend()
    shared.take_back()
