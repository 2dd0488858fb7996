"""Threads at the same time: what one grows is on the open lines of both, and these are marked."""

import threading


class Turns:
    """Lets two threads run in turns, so that the interleaving is the same each time."""

    def __init__(self):
        self.turns = {name: threading.Semaphore(0) for name in "ab"}

    def give(self, name):
        self.turns[name].release()

    def take(self, name):
        assert self.turns[name].acquire(timeout=30)


@profile  # calls 1
def first():
    grow(1)  # +1
    turns.give("b"), turns.take("a")  # +100 ~
    grow(2)  # +2 ~
    turns.give("b"), turns.take("a")  # ~
    grow(4)  # +4


@profile  # calls 1
def second():
    grow(100)  # +100 ~
    turns.give("a"), turns.take("b")  # +2 ~


@profile  # calls 8
def climb(name, n):
    grow(1)  # +8 x8 ~
    if n:  # x8 ~
        climb(name, n - 1)  # +10 own 0 x6 ~
    else:
        wait(name)  # +4 x2 ~


def wait(name):
    if name == "a":
        turns.give("b"), turns.take("a")


def second_thread(function, *arguments):
    turns.take("b")
    function(*arguments)
    turns.give("a")


turns = Turns()
thread = threading.Thread(target=second_thread, args=(second,))
thread.start()
first()
thread.join()

turns = Turns()
thread = threading.Thread(target=second_thread, args=(climb, "b", 3))
thread.start()
climb("a", 3)
thread.join()
