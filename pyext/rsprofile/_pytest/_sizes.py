"""Sizes as they stand in the tables."""

from __future__ import annotations


def mib(size: int) -> str:
    """Give a size in MiB."""
    return f"{size / (1 << 20):,.1f} MiB"


def signed(size: int) -> str:
    """Give a difference of two in MiB."""
    return f"{size / (1 << 20):+,.1f} MiB"
