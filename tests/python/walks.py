"""What programs about the walk of all objects import.

from walks import *
"""

from __future__ import annotations

import os

import rsprofile
from rsprofile import _core

#: Functions in files below are ours.
OWN = os.path.dirname(os.path.abspath(rsprofile.__file__))


class Thing:
    """An object that is found by its name alone."""

    __slots__ = ("__weakref__", "name")

    def __init__(self, name: str) -> None:
        self.name = name


def walk() -> _core.Walked:
    """Walk all objects; what this program holds is not ours."""
    return _core.objects_walk(OWN)


class Ways:
    """The shortest ways from the roots to all nodes; of equal ones, that of the first root."""

    def __init__(self, walked: _core.Walked) -> None:
        self.walked = walked
        self.before: dict[int, int] = {}
        self.roots: dict[int, str] = {}
        for root, node in walked.roots():
            self.roots.setdefault(node, root)
        front = list(self.roots)
        self.before = dict.fromkeys(front, 0)
        while front:
            following = []
            for node in front:
                for target in walked.edges_of(node):
                    if target not in self.before:
                        self.before[target] = node
                        following.append(target)
            front = following

    def to(self, node: int) -> list[str]:
        """Give the root and the types on the way, the node itself left out; empty without a way."""
        if node not in self.before:
            return []
        kinds = []
        while self.before[node]:
            node = self.before[node]
            kinds.append(self.walked.kind(node))
        return [self.roots[node], *reversed(kinds)]

    def things(self) -> dict[str, int]:
        """Give the nodes of all things, by name, without a look at one."""
        found = {}
        names = {self.walked.node(name): name for name in NAMES}
        for node in range(1, self.walked.len + 1):
            if self.walked.kind(node) == "walks.Thing":
                (name,) = (names[to] for to in self.walked.edges_of(node) if to in names)
                found[name] = node
        return found


#: Names of things.
NAMES: list[str] = []


def thing(name: str) -> Thing:
    """Make a thing."""
    NAMES.append(name)
    return Thing(name)
