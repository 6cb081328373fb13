"""Know which workers of Dask take part in a run: those that gave the same results, and see the same folders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from videmo.batch.engines.fitness import Demands
from videmo.batch.engines.host import Reception, leave, prepare
from videmo.errors import EngineLost

_PATIENCE_S: Final = 60.0
"""How long a worker may take to answer."""
ADVICE: Final = "Set it up like the machine that started the run, or end that worker."


class Staff:
    """The workers of Dask. All methods run in the loop of Dask's client."""

    def __init__(self, client: Any, run: str, demands: Demands, note: Callable[[str], None]) -> None:
        """Know nobody yet.

        Args:
            client: of Dask.
            run: names the run.
            demands: what holds for each worker.
            note: tells the user that a worker is left out.
        """
        self._client, self._run, self._demands, self._note = client, run, demands, note
        self._fit: dict[str, int] = {}
        self._unfit: dict[str, str] = {}
        self._asked: dict[str, asyncio.Task[None]] = {}
        self._begun = False

    @property
    def threads(self) -> int:
        """Return the number of tasks that they can do at once."""
        return sum(self._fit.values())

    @property
    def unfit(self) -> list[str]:
        """Word which workers can't take part, and why."""
        return list(self._unfit.values())

    @property
    def chosen(self) -> list[str] | None:
        """Return the addresses of those that may be given tasks; None while that is everybody."""
        return list(self._fit) if self._unfit else None

    async def look(self) -> None:
        """Find out who has come and gone, and let those who came prepare.

        Raises:
            OSError: the scheduler doesn't answer.
        """
        threads: dict[str, int] = await self._client.nthreads()
        for known in (self._fit, self._unfit):
            for address in known.keys() - threads.keys():
                del known[address]
        for address in threads.keys() & self._fit.keys():
            self._fit[address] = threads[address]
        for address in threads.keys() - self._fit.keys() - self._unfit.keys() - self._asked.keys():
            self._asked[address] = asyncio.ensure_future(self._receive(address, threads[address]))

    async def settle(self) -> None:
        """Wait for the answers of those who were asked. After the first time, the user is told who is left out."""
        if self._asked:
            await asyncio.wait(self._asked.values())
        self._begun = True

    async def again(self, address: str) -> None:
        """Let a worker prepare again: another one may be at its address now.

        Raises:
            EngineLost: nobody can take part any more.
        """
        self._fit.pop(address, None)
        await self.look()
        await self.settle()
        self._somebody_left()

    def dismiss(self, address: str, why: str) -> None:
        """Leave a worker out.

        Raises:
            EngineLost: nobody can take part any more.
        """
        self._fit.pop(address, None)
        if address not in self._unfit:
            self._leave_out(address, address, why)
        self._somebody_left()

    async def release(self) -> None:
        """Let everybody end what they do."""
        for asked in self._asked.values():
            asked.cancel()
        if self._fit:
            await self._client.run(leave, self._run, workers=list(self._fit), on_error="ignore")

    def _somebody_left(self) -> None:
        if self._unfit and not self._fit:
            found = next(iter(self._unfit.values()))
            raise EngineLost(self._client.scheduler.address, f"no worker can take part ({found})", advice=ADVICE)

    async def _receive(self, address: str, threads: int) -> None:
        try:
            asking = self._client.run(prepare, self._run, self._demands, workers=[address], on_error="return")
            answers = await asyncio.wait_for(asking, _PATIENCE_S)
        except (TimeoutError, OSError):
            return  # it is gone, or will be asked again
        finally:
            del self._asked[address]
        answer = answers.get(address)
        if isinstance(answer, Reception) and not answer.trouble:
            self._fit[address] = threads
        elif isinstance(answer, Reception):
            self._leave_out(address, f"{address} on {answer.machine}", answer.trouble)
        elif isinstance(answer, Exception) and not isinstance(answer, OSError):
            self._leave_out(address, address, f"videmo is not installed there, or another version ({answer})")

    def _leave_out(self, address: str, who: str, why: str) -> None:
        self._unfit[address] = f"worker {who}: {why}"
        if self._begun:
            self._note(f"{self._unfit[address]}. It gets no tasks. {ADVICE}")
