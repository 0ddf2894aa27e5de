"""moto's interpreter on the region's clock.

moto runs an execution in threads that wait in real time. While an engine is open, the threads, events and sleeps of
moto's parser modules are the ones below: they wait for the scheduler's turn and on its clock. The parser's locks are
the region's one lock, since a call from outside (StopExecution) holds that one while it wants theirs; no section that
they guard waits for anything.
"""

import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import moto.stepfunctions.parser.models  # noqa: F401  everything that is replaced must be there

from simulator.stepfunctions.moto_interpreter.thread_scheduler import ThreadScheduler, Waiter

PARSER = "moto.stepfunctions.parser"


def virtual_event(scheduler: ThreadScheduler) -> type[threading.Event]:
    """threading.Event whose waits take virtual time in the interpreter's threads, and real time elsewhere."""

    class VirtualEvent(threading.Event):
        def __init__(self) -> None:
            super().__init__()
            self._waiters: list[Waiter] = []

        def set(self) -> None:
            with scheduler.lock:
                super().set()
                for waiter in self._waiters:
                    scheduler.wake(waiter)
                self._waiters = []
                scheduler.dispatch()

        def wait(self, timeout: float | None = None) -> bool:
            if not scheduler.manages():
                return super().wait(timeout)
            with scheduler.lock:
                if self.is_set():
                    return True
                waiter = Waiter()
                self._waiters.append(waiter)
            scheduler.wait(waiter, timeout)
            return not waiter.timed_out

    return VirtualEvent


def virtual_thread(scheduler: ThreadScheduler, event: type[threading.Event]) -> type[threading.Thread]:
    """threading.Thread that runs when the scheduler gives it the turn."""

    class VirtualThread(threading.Thread):
        def start(self) -> None:
            self._ended = event()
            self._waiter = Waiter()
            super().start()
            scheduler.announce(self, self._waiter)

        def run(self) -> None:
            try:
                scheduler.begin(self._waiter)
                super().run()
            except SystemExit:
                pass
            except Exception as error:  # noqa: BLE001  nobody else would ever hear of it
                scheduler.stop(f"moto's interpreter failed: {error!r}", error)
            finally:
                self._ended.set()
                scheduler.end()

        def join(self, timeout: float | None = None) -> None:
            self._ended.wait(timeout)

        def is_alive(self) -> bool:
            return not self._ended.is_set()

    return VirtualThread


def sleeper(scheduler: ThreadScheduler) -> Callable[[float], None]:
    """time.sleep in virtual seconds, for the interpreter's threads."""
    event = virtual_event(scheduler)

    def sleep(seconds: float) -> None:
        event().wait(seconds)

    return sleep


def install(scheduler: ThreadScheduler) -> Callable[[], None]:
    """Replace threads, events, locks and sleeps in moto's parser; returns what puts them back."""
    event = virtual_event(scheduler)
    thread = virtual_thread(scheduler, event)

    def lock() -> object:
        return scheduler.lock

    replaced: dict[int, object] = {
        id(threading): _like(threading, Thread=thread, Event=event, Lock=lock, RLock=lock),
        id(time): _like(time, sleep=sleeper(scheduler)),
        id(threading.Thread): thread,
        id(threading.Event): event,
        id(threading.Lock): lock,
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
