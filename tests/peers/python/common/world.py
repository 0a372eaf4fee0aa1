"""What a step works with in every library: the simulator, and a view on the library's cache."""

import asyncio
from collections.abc import Callable
from typing import Any

from .sim import GUILD, Json, Sim, until

# The longest wait for one event, in seconds.
PATIENCE = 30


class BaseWorld:
    """The simulator on one side; each library adds its bot on the other."""

    sim: Sim

    def find_channel(self, channel: int) -> Any:
        """Return a channel or thread of the library's cache, or None."""
        raise NotImplementedError

    def cached(self, channel: int) -> Any:
        """Return a channel the library must have in its cache."""
        found = self.find_channel(channel)
        assert found, f"channel {channel} is not in the cache"
        return found

    async def eventually(self, look: Callable[[], Any]) -> Any:
        """Wait until the library's cache says so."""

        async def again() -> Any:
            return look()

        return await asyncio.wait_for(until(again), PATIENCE)

    async def room(self, name: str, kind: int = 0, **form: Json) -> Any:
        """Let the simulator open a channel for one step, and wait until the library knows it."""
        made = await self.sim.call("POST", f"/guilds/{GUILD}/channels", {"name": name, "type": kind, **form})
        return await self.eventually(lambda: self.find_channel(int(made["id"])))
