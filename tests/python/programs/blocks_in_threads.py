"""Two threads in the same `with profile:` block at the same time."""

import threading


def work(n, entered, go):
    grow(1000)  # never
    with profile:
        grow(n)  # +11 x2 ~
        entered.set()  # x2 ~
        assert go.wait(30)  # +3020 x2 ~
        grow(n)  # +11 x2 ~
    grow(2000)  # never


def start(n):
    entered, go = threading.Event(), threading.Event()
    thread = threading.Thread(target=work, args=(n, entered, go))
    thread.start()
    assert entered.wait(30)
    return thread, go


def end(thread, go):
    go.set()
    thread.join()


# While the first waits, the second is all it is: 1000, 10, 10 and 2000.
one, two = start(1), start(10)
end(*two)
end(*one)
