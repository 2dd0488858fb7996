"""A statement given to a magic: compiled and run as the shell does it with a cell."""

from __future__ import annotations

import ast
import asyncio
from inspect import CO_COROUTINE

from IPython.core.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any


class Statement:
    """Code in the user's namespace.

    Attributes:
        shell: The shell it runs in.
        text: What the user wrote.
        tree: Its syntax.
        code: What runs. The shell knows its source text by its file name.

    Raises:
        SyntaxError: It is no Python, nor what the shell understands beside that.
        UsageError: It awaits, and the event loop is busy with this very cell.
    """

    def __init__(self, shell: Any, text: str) -> None:
        self.shell = shell
        self.text = text
        source = shell.transform_cell(text)
        compiler = shell.compile
        filename = compiler.cache(source, len(shell.history_manager.input_hist_parsed) - 1)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if shell.autoawait else 0
        with compiler.extra_flags(flags):
            self.tree: ast.Module = shell.transform_ast(compiler.ast_parse(source, filename))
            self.code: CodeType = compiler(self.tree, filename, "exec")
        if self._awaits and _loop_is_running():
            raise UsageError(
                "no await here: the event loop is busy with this cell; decorate the function with"
                " rsprofile.profile and await it in a cell of its own"
            )

    @property
    def namespace(self) -> dict[str, Any]:
        """The user's variables."""
        variables: dict[str, Any] = self.shell.user_ns
        return variables

    def run(self) -> None:
        """Run it once."""
        if self._awaits:
            self.shell.loop_runner(eval(self.code, self.shell.user_global_ns, self.namespace))
        else:
            exec(self.code, self.shell.user_global_ns, self.namespace)

    @property
    def _awaits(self) -> bool:
        return bool(self.code.co_flags & CO_COROUTINE)


def as_raised(error: Exception) -> Exception:
    """Take our frames off the top of a traceback: what is left begins in the statement."""
    traceback = error.__traceback__
    while traceback is not None and _is_ours(traceback.tb_frame):
        traceback = traceback.tb_next
    return error.with_traceback(traceback)


def _is_ours(frame: FrameType) -> bool:
    return (frame.f_globals.get("__package__") or "").startswith("rsprofile")


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
