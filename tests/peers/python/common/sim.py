"""One discord-sim process and its control API: the other side of every step."""

import asyncio
import os
import pathlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

SEED = pathlib.Path(__file__).parents[2] / "seed.yaml"
GUILD = 1042000000000000100
# The seed's channels, roles and users.
PARLOUR, GENERAL, NEWS, IDEAS, LOUNGE, PODIUM, GARDEN = range(1042000000000000301, 1042000000000000308)
# The bot's own role stands above the first two and below the third.
MEMBER, GUIDE, BOSS = range(1042000000000000201, 1042000000000000204)
HOMEBOT, ALICE, BOB, CAROL, DAVE = 1042000000000000001, *range(1042000000000000011, 1042000000000000015)

Json = Any


class Sim:
    """A running simulator."""

    def __init__(self, lines: dict[str, str], http: aiohttp.ClientSession) -> None:
        self.base = lines["base URL"]
        self.gateway = lines["gateway URL"]
        self.token = lines["bot token"]
        self.http = http
        self._read = 0

    async def call(self, method: str, path: str, body: Json = None) -> Json:
        """Call the control API."""
        async with self.http.request(method, f"{self.base}/sim{path}", json=body) as response:
            answer = await response.json() if response.content_type == "application/json" else None
            assert response.status < 300, f"{method} {path}: {response.status} {answer}"
            return answer

    async def refused(self, method: str, path: str, body: Json) -> str:
        """Call the control API for something Discord would not let a member do; return why."""
        async with self.http.request(method, f"{self.base}/sim{path}", json=body) as response:
            answer = await response.json()
            assert 400 <= response.status < 500, f"{method} {path}: {response.status} {answer}"
            return answer["error"]

    async def guild(self, guild: int = GUILD) -> Json:
        """Return a guild's state."""
        guilds = (await self.call("GET", "/state"))["guilds"]
        return next(entry for entry in guilds if entry["id"] == str(guild))

    async def channel(self, channel: int) -> Json:
        """Return the state of a channel or thread, or None."""
        guilds = (await self.call("GET", "/state"))["guilds"]
        everything = [entry for guild in guilds for entry in guild["channels"] + guild["threads"]]
        return next((entry for entry in everything if entry["id"] == str(channel)), None)

    async def member(self, user: int) -> Json:
        """Return a member's state, or None."""
        members = (await self.guild())["members"]
        return next((entry for entry in members if entry["user"]["id"] == str(user)), None)

    async def role(self, role: int) -> Json:
        """Return a role's state, or None."""
        return next((entry for entry in (await self.guild())["roles"] if entry["id"] == str(role)), None)

    async def messages(self, channel: int, viewer: str = "alice", limit: int = 50) -> Json:
        """Return a channel's newest messages as a member sees them, newest last."""
        return await self.call("GET", f"/channels/{channel}/messages?limit={limit}&as={viewer}")

    async def message(self, channel: int, message: int, viewer: str = "alice") -> Json:
        """Return one message as a member sees it, or None."""
        found = await self.messages(channel, viewer)
        return next((entry for entry in found if entry["id"] == str(message)), None)

    async def last(self, channel: int, viewer: str = "alice") -> Json:
        """Return the newest message of a channel as a member sees it."""
        return (await self.messages(channel, viewer, 1))[0]

    async def say(self, channel: int, who: str, content: str, **more: Json) -> Json:
        """Post a message as a member."""
        return await self.call("POST", f"/channels/{channel}/messages", {"as": who, "content": content, **more})

    async def chat(self, channel: int, who: str, count: int) -> list[int]:
        """Post many messages as a member; return their ids in order."""
        said = await asyncio.gather(*(self.say(channel, who, str(number)) for number in range(count)))
        return sorted(int(message["id"]) for message in said)

    async def run(self, channel: int, who: str, name: str, options: Json = (), **more: Json) -> Json:
        """Run a command as a member; return the new interaction."""
        body = {"as": who, "name": name, "options": list(options), **more}
        return await self.call("POST", f"/channels/{channel}/commands", body)

    async def use(self, channel: int, message: int, who: str, custom_id: str, values: Json = ()) -> Json:
        """Use a component as a member; return the new interaction."""
        body = {"as": who, "custom_id": custom_id, "values": list(values)}
        return await self.call("POST", f"/channels/{channel}/messages/{message}/components", body)

    async def react(self, method: str, channel: int, message: int, who: str, emoji: str) -> None:
        """Add (POST) or remove (DELETE) a member's reaction."""
        await self.call(method, f"/channels/{channel}/messages/{message}/reactions", {"as": who, "emoji": emoji})

    async def settled(self, interaction: Json, state: str = "answered") -> Json:
        """Wait until the app has dealt with an interaction, and return what became of it."""

        async def look() -> Json:
            found = await self.call("GET", f"/interactions/{interaction['interaction_id']}")
            return found if found["state"] not in ("pending", "deferred") else None

        found = await until(look)
        assert found["state"] == state, found
        return found

    async def advance(self, seconds: float) -> None:
        """Move the simulator's clock."""
        await self.call("POST", "/clock", {"advance_ms": int(seconds * 1000)})

    async def news(self) -> list[Json]:
        """Return what happened since the last call."""
        entries = await self.timeline(self._read)
        self._read = entries[-1]["seq"] if entries else self._read
        return entries

    async def timeline(self, after: int = 0) -> list[Json]:
        """Return everything that happened after an entry."""
        entries: list[Json] = []
        while page := (await self.call("GET", f"/timeline?limit=500&after={after}"))["entries"]:
            entries += page
            after = page[-1]["seq"]
        return entries


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """Ask again until there is an answer. The step's own limit ends it."""
    while not (found := await look()):
        await asyncio.sleep(0.02)
    return found


@asynccontextmanager
async def simulator(*arguments: str) -> AsyncIterator[Sim]:
    """Run one simulator."""
    command = [os.environ["DISCORD_SIM_BINARY"], "--seed", str(SEED), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        lines: dict[str, str] = {}
        while "control URL" not in lines:
            line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
            assert line, "discord-sim did not say where it is"
            name, _, value = line.partition(":")
            lines[name] = value.strip()
        async with aiohttp.ClientSession() as http:
            yield Sim(lines, http)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
