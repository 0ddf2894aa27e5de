"""moto's interpreter on the region's clock.

moto runs an execution in threads that wait in real time. Here they wait on the clock: one of them runs at a time, and
when none can, the next entry of the region's heap happens, be it a task that starts or a Wait state that ends. So an
hour of waiting takes no time, and the order of everything is the same for the same seed.

Threads, events and sleeps of moto's parser modules are replaced by the ones below while an engine is open.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from threading import RLock
from types import ModuleType, SimpleNamespace
from typing import Any

import moto.stepfunctions.parser.models  # noqa: F401  everything that is replaced must be there

from simulator.core.clock import Clock

PARSER = "moto.stepfunctions.parser"
CLOSE_SECONDS = 10.0


class Waiter:
    """A thread that waits for its turn. `timed_out` says that the clock woke it."""

    def __init__(self) -> None:
        self.turn = threading.Event()
        self.woken = False
        self.timed_out = False


class Scheduler:
    """Hands the one turn around; steps the clock when nobody can take it."""

    def __init__(self, clock: Clock, lock: RLock, on_stuck: Callable[[str], None], until: float) -> None:
        self.clock = clock
        self.lock: Any = lock
        self.closing = False
        self._on_stuck = on_stuck
        self._until = until
        self._ready: deque[Waiter] = deque()
        self._running: Waiter | None = None
        self._waiters: set[Waiter] = set()
        self._threads: set[int] = set()
        self._started: list[threading.Thread] = []

    def manages(self) -> bool:
        """Whether the calling thread is one of the interpreter's."""
        return threading.get_ident() in self._threads

    def wake(self, waiter: Waiter, *, timed_out: bool = False) -> None:
        """Queue a waiter for the turn; the first to wake it says why."""
        if not waiter.woken:
            waiter.woken = True
            waiter.timed_out = timed_out
            self._ready.append(waiter)

    def wait(self, waiter: Waiter, seconds: float | None) -> None:
        """Give the turn away until somebody wakes the waiter, or so many virtual seconds have passed."""
        with self.lock:
            self._expect(waiter)
            if seconds is not None:
                self.clock.after(max(0.0, seconds), lambda: self.wake(waiter, timed_out=True))
            self._running = None
            self.dispatch()
        self._take_turn(waiter)

    def begin(self, waiter: Waiter) -> None:
        """A new thread's first turn."""
        self._take_turn(waiter)
        self._threads.add(threading.get_ident())

    def end(self) -> None:
        """The calling thread ends: its turn is free."""
        with self.lock:
            self._threads.discard(threading.get_ident())
            self._running = None
            self.dispatch()

    def announce(self, waiter: Waiter, thread: threading.Thread) -> None:
        """A thread has started: it waits for its first turn."""
        with self.lock:
            self._started.append(thread)
            self._expect(waiter)
            self.wake(waiter)
            self.dispatch()

    def dispatch(self) -> None:
        """Hand the turn to who is next; let time pass until there is somebody. Called with the lock held."""
        while self._running is None and not self.closing:
            if self._ready:
                self._running = self._ready.popleft()
                self._running.turn.set()
                return
            if not self._waiters:
                return
            if self.clock.now > self._until:
                self._give_up(f"virtual time ran past {self._until:.0f} s")
                return
            if not self.clock.step():
                self._give_up("nothing is due any more, and the execution still waits")
                return

    def close(self) -> None:
        """End every thread of the interpreter; none outlives this. Raises RuntimeError where one does."""
        with self.lock:
            self.closing = True
            for waiter in list(self._waiters):
                waiter.turn.set()
        for thread in self._started:  # grows where one that ends starts another; that one ends at once
            threading.Thread.join(thread, CLOSE_SECONDS)
            if threading.Thread.is_alive(thread):
                raise RuntimeError("A thread of the Step Functions interpreter outlived its region.")

    def _expect(self, waiter: Waiter) -> None:
        """Somebody is going to wait. Who comes after the close gets the turn at once, and ends with it."""
        self._waiters.add(waiter)
        if self.closing:
            waiter.turn.set()

    def _take_turn(self, waiter: Waiter) -> None:
        waiter.turn.wait()
        with self.lock:
            self._waiters.discard(waiter)
        if self.closing:
            raise SystemExit

    def _give_up(self, why: str) -> None:
        self.closing = True
        self._on_stuck(why)
        for waiter in list(self._waiters):
            waiter.turn.set()


def _virtual_event(scheduler: Scheduler) -> type:
    class VirtualEvent:
        """threading.Event whose waits take virtual time."""

        def __init__(self) -> None:
            self._real = threading.Event()
            self._waiters: list[Waiter] = []

        def is_set(self) -> bool:
            return self._real.is_set()

        def set(self) -> None:
            with scheduler.lock:
                self._real.set()
                for waiter in self._waiters:
                    scheduler.wake(waiter)
                self._waiters = []
                scheduler.dispatch()

        def clear(self) -> None:
            self._real.clear()

        def wait(self, timeout: float | None = None) -> bool:
            if not scheduler.manages():
                return self._real.wait(timeout)
            with scheduler.lock:
                if self._real.is_set():
                    return True
                waiter = Waiter()
                self._waiters.append(waiter)
            scheduler.wait(waiter, timeout)
            return not waiter.timed_out

    return VirtualEvent


def _virtual_thread(scheduler: Scheduler, event: type) -> type:
    class VirtualThread(threading.Thread):
        """threading.Thread that runs when the scheduler gives it the turn."""

        def start(self) -> None:
            self._ended = event()
            self._waiter = Waiter()
            super().start()
            scheduler.announce(self._waiter, self)

        def run(self) -> None:
            try:
                scheduler.begin(self._waiter)
                super().run()
            except SystemExit:
                pass
            finally:
                self._ended.set()
                scheduler.end()

        def join(self, timeout: float | None = None) -> None:
            self._ended.wait(timeout)

        def is_alive(self) -> bool:
            return not self._ended.is_set()

    return VirtualThread


def install(scheduler: Scheduler) -> Callable[[], None]:
    """Replace threads, events and sleeps in moto's parser; returns what puts them back."""
    event = _virtual_event(scheduler)
    thread = _virtual_thread(scheduler, event)
    replaced: dict[int, object] = {
        id(threading): _like(threading, Thread=thread, Event=event),
        id(time): _like(time, sleep=lambda seconds: event().wait(seconds)),
        id(threading.Thread): thread,
        id(threading.Event): event,
    }
    undo: list[tuple[ModuleType, str, object]] = []
    for module in _parser_modules():
        for name, value in list(vars(module).items()):
            if id(value) in replaced:
                undo.append((module, name, value))
                setattr(module, name, replaced[id(value)])

    def restore() -> None:
        for module, name, value in undo:
            setattr(module, name, value)

    return restore


def _parser_modules() -> list[ModuleType]:
    found = [name for name in sys.modules if name.startswith(PARSER) and ".antlr." not in name]
    return [sys.modules[name] for name in sorted(found)]


def _like(module: ModuleType, **changes: object) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(module), **changes})
