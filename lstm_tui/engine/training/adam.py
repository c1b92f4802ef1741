"""Adam (Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1), number for number torch's own.

To make a `torch.optim.Adam` imports torch's compiler, which takes two seconds: longer than most trainings here.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Adam:
    """Steps `parameters` against their gradients; those that have none stay as they are."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        self._lr = lr
        self._moments = [_Moments(parameter) for parameter in parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for moments in self._moments:
            moments.parameter.grad = None

    @torch.no_grad()
    def step(self) -> Tensor:
        """One update: how large it is beside the weights, ‖Δw‖ / ‖w‖ over all of them. NaN where nothing has a
        gradient.

        All parameters go through each operation together: a GPU is asked a few times, not as often for each.
        """
        moved = [moments for moments in self._moments if moments.parameter.grad is not None]
        if not moved:
            return torch.tensor(torch.nan)
        gradients: list[Tensor] = [m.parameter.grad for m in moved]  # type: ignore[misc]
        mean, square = [m.mean for m in moved], [m.square for m in moved]
        torch._foreach_lerp_(mean, gradients, 1 - BETAS[0])
        torch._foreach_mul_(square, BETAS[1])
        torch._foreach_addcmul_(square, gradients, gradients, 1 - BETAS[1])
        for m in moved:
            m.steps += 1
        root = torch._foreach_sqrt(square)
        torch._foreach_div_(root, [(1 - BETAS[1] ** m.steps) ** 0.5 for m in moved])
        torch._foreach_add_(root, EPSILON)
        sizes = [-self._lr / (1 - BETAS[0] ** m.steps) for m in moved]
        parameters: list[Tensor] = [m.parameter for m in moved]
        before = norm(parameters)
        torch._foreach_addcdiv_(parameters, mean, root, sizes)
        updates = torch._foreach_div(mean, root)
        torch._foreach_mul_(updates, sizes)
        return norm([*updates]) / before


def norm(tensors: list[Tensor]) -> Tensor:
    """The Euclidean norm of all their elements together."""
    found: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors)))
    return found


class _Moments:
    """Of one parameter's gradients: the running means of them and of their squares."""

    def __init__(self, parameter: nn.Parameter) -> None:
        self.parameter = parameter
        self.mean = torch.zeros_like(parameter, requires_grad=False)
        self.square = torch.zeros_like(parameter, requires_grad=False)
        self.steps = 0
