"""Visitors with a prompt each, in prompt_toolkit up to 3.0.36.

https://github.com/prompt-toolkit/python-prompt-toolkit/issues/1688: filters that are combined are
kept in dictionaries of the module, `_and_cache` and its like, with no bound. The filters of a session
are functions defined in its methods: their closures have the session. 3.0.37 took the dictionaries
away; 3.0.38 kept the filters in each other, the session with them; mended in 3.0.39 (pull request
1746).
"""

from __future__ import annotations

import gc

from prompt_toolkit import PromptSession
from prompt_toolkit.input import DummyInput
from prompt_toolkit.output import DummyOutput

VISITORS = 20


def greet(number: int) -> str:
    """Make ready to ask a visitor."""
    session: PromptSession[str] = PromptSession(
        f"visitor {number}> ", input=DummyInput(), output=DummyOutput()
    )
    return str(session.message)


for number in range(VISITORS):
    greet(number)
gc.collect()
