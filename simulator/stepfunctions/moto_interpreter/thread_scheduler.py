"""Whose turn it is among the interpreter's threads, and when the clock moves on.

One of them runs at a time. When none can run, the next entry of the region's heap happens, be it a task that starts
or a Wait state that ends. So an hour of waiting takes no time, and the order of everything is the same for the same
seed.
"""

import threading
from collections import deque
from collections.abc import Callable
from math import inf
from threading import RLock
from typing import Any

from simulator.kernel.clock import Clock, Due

CLOSE_SECONDS = 10.0


class Waiter:
    """A thread that waits for its turn. `timed_out`: the clock woke it. `abandoned`: its turn never comes."""

    def __init__(self) -> None:
        self.turn = threading.Event()
        self.due: Due | None = None
        self.woken = False
        self.timed_out = False
        self.abandoned = False


class ThreadScheduler:
    """Hands the one turn around; steps the clock when nobody can take it.

    `lock` is held by whoever steps the clock. `on_stuck` hears why the threads had to be abandoned, and the error
    behind it, if any. Beyond `until` (the clock's seconds) they are. Beyond `horizon` the clock is not stepped until
    it is moved on (`let_pass`): without a pace there is none.
    """

    def __init__(self, clock: Clock, lock: RLock, on_stuck: Callable[[str, Exception | None], None]) -> None:
        self.clock = clock
        self.lock: Any = lock
        self.until = self.horizon = inf
        self._on_stuck = on_stuck
        self._closing = False
        self._dispatching = False
        self._stop_because = ""
        self._failure: Exception | None = None
        self._ready: deque[Waiter] = deque()
        self._running: Waiter | None = None
        self._waiting: dict[Waiter, None] = {}
        self._turns: dict[int, Waiter] = {}
        self._threads: list[threading.Thread] = []

    def manages(self) -> bool:
        """Whether the calling thread is one of the interpreter's."""
        return threading.get_ident() in self._turns

    def announce(self, thread: threading.Thread, waiter: Waiter) -> None:
        """A thread has started: it waits for its first turn. One that comes after the close ends at once."""
        with self.lock:
            self._threads = [*filter(_alive, self._threads), thread]
            self._waiting[waiter] = None
            self.wake(waiter)
            if self._closing:
                self._abandon()
            self.dispatch()

    def begin(self, waiter: Waiter) -> None:
        """The calling thread's first turn. Raises SystemExit when it never comes."""
        self._take_turn(waiter)

    def wait(self, waiter: Waiter, seconds: float | None) -> None:
        """Give the turn away until the waiter is woken, or so many virtual seconds have passed.

        Raises SystemExit when the thread is to end instead.
        """
        with self.lock:
            self.check()
            self._waiting[waiter] = None
            if seconds is not None:
                waiter.due = self.clock.after(max(0.0, seconds), lambda: self.wake(waiter, timed_out=True))
            self._release()
        self._take_turn(waiter)

    def wake(self, waiter: Waiter, *, timed_out: bool = False) -> None:
        """Queue a waiter for the turn; the first to wake it says why. Called with the lock held."""
        if waiter.woken:
            return
        waiter.woken = True
        waiter.timed_out = timed_out
        if waiter.due is not None:
            waiter.due.cancel()
        self._ready.append(waiter)

    def end(self) -> None:
        """The calling thread ends: its turn is free."""
        with self.lock:
            self._release()
            self._turns.pop(threading.get_ident(), None)

    def stop(self, why: str, error: Exception | None = None) -> None:
        """Abandon all threads as soon as the running one gives its turn away or is checked."""
        if not self._stop_because:
            self._stop_because, self._failure = why, error

    def check(self) -> None:
        """Raises SystemExit in a thread of the interpreter that is to end, though it may never wait again."""
        if self.manages() and (self._closing or self._stop_because or self._turns[threading.get_ident()].abandoned):
            raise SystemExit

    def dispatch(self) -> None:
        """Hand the turn to who is next; let time pass until there is one. Called with the lock held.

        What happens on the clock meanwhile may wake a thread, or start or stop an execution: it happens to its end
        before time passes on.
        """
        if self._dispatching:
            return
        self._dispatching = True
        try:
            self._dispatch()
        finally:
            self._dispatching = False

    def let_pass(self, seconds: float) -> None:
        """Let so many virtual seconds pass, or fewer: none pass while a thread has the turn. Called with the lock."""
        self.horizon = self.clock.now + seconds
        self.dispatch()
        while self._running is None and (due := self.clock.next_due()) is not None and due <= self.horizon:
            self._step()
            self.dispatch()
        if self._running is None:
            self.clock.advance_to(self.horizon)

    def _dispatch(self) -> None:
        while self._running is None and not self._closing and (self._waiting or self._stop_because):
            if why := self._stop_because or self._out_of_time():
                failure, self._stop_because, self._failure = self._failure, "", None
                self._abandon()
                self._on_stuck(why, failure)
            elif self._ready:
                self._running = self._ready.popleft()
                self._running.turn.set()
            elif (self.clock.next_due() or 0.0) > self.horizon:
                return
            else:
                self._step()

    def close(self) -> None:
        """End every thread of the interpreter; none outlives this. Raises RuntimeError where one does."""
        self._closing = True  # before the lock: whoever steps the clock must not go on until the next turn
        with self.lock:
            self._abandon()
        while alive := list(filter(_alive, self._threads)):  # one that ends may start another, which ends at once
            for thread in alive:
                threading.Thread.join(thread, CLOSE_SECONDS)
                if _alive(thread):
                    raise RuntimeError("A thread of the Step Functions interpreter outlived its region.")

    def _step(self) -> None:
        try:
            self.clock.step()
        except Exception as error:  # noqa: BLE001  a bug of the region; moto would make a failed state of it
            self.stop(f"the simulated region failed: {error!r}", error)

    def _out_of_time(self) -> str:
        if self.clock.now > self.until:
            return "it took longer than the engine lets an execution run"
        if self._ready:
            return ""
        due = self.clock.next_due()
        if due is None:
            return "nothing is due any more, and the execution still waits"
        return "nothing more happens while the engine lets it run" if due > self.until else ""

    def _release(self) -> None:
        """Free the turn, if the calling thread has it."""
        if self._running is self._turns.get(threading.get_ident()):
            self._running = None
            self.dispatch()

    def _take_turn(self, waiter: Waiter) -> None:
        waiter.turn.wait()
        with self.lock:
            self._turns[threading.get_ident()] = waiter
            self._waiting.pop(waiter, None)
            if waiter.abandoned:
                raise SystemExit

    def _abandon(self) -> None:
        for waiter in self._waiting:
            waiter.woken = waiter.abandoned = True
            if waiter.due is not None:
                waiter.due.cancel()
            if waiter is not self._running:  # that one has its turn, and ends at its next wait
                waiter.turn.set()
        self._waiting.clear()
        self._ready.clear()


def _alive(thread: threading.Thread) -> bool:
    return threading.Thread.is_alive(thread)  # not what a subclass says of its virtual end
