"""`rsprofile.heap.trace`: what a block of code allocates."""

from __future__ import annotations

import sys

import pytest
from rsprofile import heap

LARGE = 10_000_000


def size(count: int) -> int:
    return sys.getsizeof(b"") + count


def test_a_block_has_what_is_alive_and_what_was_most():
    with heap.trace() as block:
        kept = bytes(LARGE)
        del kept
        kept = bytes(1000)
        assert block.peak >= size(LARGE)
        assert block.live < LARGE
    assert not heap.is_tracing()
    assert repr(block) == f"<trace: {block.live:,} bytes alive, {block.peak:,} at the peak>"
    assert size(LARGE) <= block.peak < size(LARGE) + 2000
    assert size(1000) <= block.live < size(1000) + 2000
    assert len(kept) == 1000


def test_the_report_names_the_lines_of_the_block_and_none_of_ours():
    with heap.trace(stacks=4) as block:
        kept = bytes(LARGE)
    report = block.report(top=1, by="live")
    assert "test_heap_trace.py" in report
    assert "rsprofile/heap" not in report
    assert block.report(group="file") != report
    assert len(kept) == LARGE


def test_a_report_can_be_had_within_the_block():
    with heap.trace() as block:
        kept = bytes(LARGE)
        assert "test_heap_trace.py" in block.report(by="live")
    assert len(kept) == LARGE


def test_the_end_of_a_block_leaves_a_meter_on_that_was_on():
    heap.start()
    try:
        spike = bytes(LARGE)
        del spike
        with heap.trace() as block:
            kept = bytes(1000)
        assert heap.is_tracing()
        assert block.peak < LARGE
        assert len(kept) == 1000
    finally:
        heap.stop()


def test_a_block_that_raises_is_ended():
    block = heap.trace()
    with pytest.raises(ZeroDivisionError), block:
        kept = bytes(LARGE)
        kept[1 // 0]
    assert not heap.is_tracing()
    assert block.peak >= LARGE


def test_blocks_can_be_used_again():
    block = heap.trace()
    for count in (1, 2):
        with block:
            kept = bytes(count * LARGE)
        del kept
        assert count * LARGE <= block.peak < count * LARGE + 2000


def test_what_means_nothing_is_refused():
    with pytest.raises(ValueError, match="0 frames of each stack cannot be kept: 1 to 256"):
        heap.trace(stacks=0)
    with heap.trace() as block:
        pass
    with pytest.raises(ValueError, match="unknown group 'x'"):
        block.report(group="x")
    with pytest.raises(ValueError, match="top 0 is out of range"):
        block.report(top=0)


def test_a_block_whose_meter_was_stopped_has_no_report():
    with heap.trace() as block:
        heap.stop()
    with pytest.raises(RuntimeError, match="the heap meter is off"):
        block.report()
