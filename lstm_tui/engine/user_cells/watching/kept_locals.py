"""Functions of the user's file that keep their variables when they return, without a tracer.

A tracer slows down every function that runs; most of a step is spent in small ones. So the functions that hold
quantities are compiled once more from the user's own source, with `return X` as `return kept(X, locals())`, and run in
the place of the others while a step is stepped. What they compute, and their lines, are the same.
"""

from __future__ import annotations

import ast
import contextlib
import sys
import threading
import types
from collections.abc import Collection, Iterator

from lstm_tui.engine.user_cells.file import UserClass

_NAME = "_lstm_tui_kept_"
Held = dict[int, dict[str, object]]
"""id of a function's own code → its variables when it returned."""


class KeptLocals:
    """The functions of `codes` (ids), where they can be compiled so; `complete` where that is all of them."""

    def __init__(self, user: UserClass, codes: Collection[int]) -> None:
        self._held: Held = {}
        self._thread = 0
        self._pairs: list[tuple[types.FunctionType, types.CodeType, types.CodeType]] = []
        module = sys.modules[user.cls.__module__]
        functions = [one for one in _functions(module) if id(one.__code__) in codes]
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            for function in functions:
                own = function.__code__
                code = _compiled(user, own, f"{_NAME}{id(own)}")
                if code is not None:
                    function.__globals__[f"{_NAME}{id(own)}"] = self._keeper(id(own))
                    self._pairs.append((function, own, code))
        self.complete = {id(own) for _, own, _ in self._pairs} == set(codes)

    def _keeper(self, code: int) -> object:
        def kept(value: object, variables: dict[str, object]) -> object:
            if threading.get_ident() == self._thread:
                self._held[code] = variables
            return value

        return kept

    def keeping(self, held: Held) -> KeptLocals:
        """Inside `with`, `held` gets what these functions held when they returned last."""
        self._held = held
        return self

    def __enter__(self) -> None:
        self._thread = threading.get_ident()
        for function, _own, code in self._pairs:
            function.__code__ = code

    def __exit__(self, *_: object) -> None:
        self._thread = 0
        for function, own, _code in self._pairs:
            function.__code__ = own


def _functions(module: types.ModuleType) -> Iterator[types.FunctionType]:
    for value in list(vars(module).values()):
        if isinstance(value, types.FunctionType):
            yield value
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for member in vars(value).values():
                found = member.__func__ if isinstance(member, staticmethod | classmethod) else member
                if isinstance(found, types.FunctionType):
                    yield found


def _compiled(user: UserClass, own: types.CodeType, name: str) -> types.CodeType | None:
    """A function's code with `kept` at every return; None where it cannot be."""
    tree = ast.parse(user.source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == own.co_name and own.co_firstlineno in _firsts(node):
            inner = _Returns(name)
            node.body = [inner.visit(one) for one in node.body]
            if inner.generator:
                return None
            last = ast.Expr(inner.call(ast.Constant(None)))
            node.body.append(ast.copy_location(last, node.body[-1]))
    whole = compile(ast.fix_missing_locations(tree), own.co_filename, "exec")
    found = [one for one in _codes(whole) if (one.co_name, one.co_firstlineno) == (own.co_name, own.co_firstlineno)]
    return found[0] if len(found) == 1 and found[0].co_freevars == own.co_freevars else None


def _firsts(node: ast.FunctionDef) -> set[int]:
    return {node.lineno, *(one.lineno for one in node.decorator_list)}


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield from _codes(one)


class _Returns(ast.NodeTransformer):
    """Puts `name(X, locals())` in the place of every returned X; functions within are left alone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.generator = False

    def call(self, value: ast.expr) -> ast.Call:
        """`name(value, locals())`."""
        variables = ast.Call(ast.Name("locals", ast.Load()), [], [])
        return ast.Call(ast.Name(self.name, ast.Load()), [value, variables], [])

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """A returned value passes through."""
        return ast.copy_location(ast.Return(self.call(node.value or ast.Constant(None))), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Not looked into."""
        return node

    visit_Lambda = visit_ClassDef = visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_Yield(self, node: ast.Yield) -> ast.AST:
        """A generator returns more than once."""
        self.generator = True
        return node

    visit_YieldFrom = visit_Yield  # type: ignore[assignment]
