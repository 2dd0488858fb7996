"""Signal handlers run inside the line they interrupt, and may raise where a frame is resumed."""

import _thread
import signal


class Interrupt(Exception):
    pass


@profile  # calls 1
def handler(number, frame):
    grow(10)  # +10


def raising(number, frame):
    grow(1000)
    raise Interrupt


@profile  # calls 1
def interrupted():
    grow(1)  # +1
    signal.raise_signal(signal.SIGUSR1)  # +10 own 0
    grow(2)  # +2


@profile  # calls 1
def broken_off():
    try:
        signal.raise_signal(signal.SIGUSR2)  # +1000
        grow(5)  # never
    except Interrupt:
        grow(3)  # +3


@profile  # calls 1
def suspended():
    grow(7)  # +7
    yield
    grow(8)  # never


@profile  # calls 1
def caller():
    generator = suspended()
    next(generator)  # +7 own 0
    try:
        resume_with_signal(generator)
        grow(5)  # never
    except Interrupt:
        grow(4)  # +4
    grow(6)  # +6


def resume_with_signal(generator):
    # No instruction runs between the two: the first that sees the signal is the generator's own.
    next(zip(map(_thread.interrupt_main, [signal.SIGALRM]), generator))


def raising_at_resume(number, frame):
    # The frame that is interrupted is the generator's.
    assert frame.f_code is suspended.__code__
    raise Interrupt


signal.signal(signal.SIGUSR1, handler)
signal.signal(signal.SIGUSR2, raising)
signal.signal(signal.SIGALRM, raising_at_resume)
interrupted()
broken_off()
caller()
