"""Rate limits: refused and announced, handled by the library."""

import asyncio

import discord
from common.sim import Json, Sim, until
from common.steps import Area

from .bot import World

area = Area("limits", "--rate-limits")


async def refusals(sim: Sim) -> list[Json]:
    """Return the requests that were answered 429."""
    return [entry for entry in await sim.timeline() if entry["kind"] == "rest" and entry["status"] == 429]


@area("headers")
async def headers(world: World) -> None:
    room = await world.room("headers")
    sent = [await room.send(str(number)) for number in range(7)]
    assert [entry["content"] for entry in await world.sim.messages(room.id)] == [message.content for message in sent]
    assert await refusals(world.sim) == []


@area("bucket")
async def bucket(world: World) -> None:
    room = await world.room("bucket")
    # Somebody else with the same token has used the bucket up.
    url, head = f"{world.sim.base}/api/v10/channels/{room.id}/messages", {"Authorization": f"Bot {world.sim.token}"}
    status = 200
    while status == 200:
        async with world.sim.http.post(url, json={"content": "other"}, headers=head) as response:
            status = response.status
    assert status == 429
    before = len(await refusals(world.sim))
    sent = await asyncio.gather(*(room.send(f"mine {number}") for number in range(3)))
    assert len(await refusals(world.sim)) > before, "the library never met the limit"
    assert all(isinstance(message, discord.Message) for message in sent)
    contents = [entry["content"] for entry in await world.sim.messages(room.id)]
    assert sorted(content for content in contents if content.startswith("mine")) == ["mine 0", "mine 1", "mine 2"]


@area("global")
async def global_limit(world: World) -> None:
    room = await world.room("global")
    head = {"Authorization": f"Bot {world.sim.token}"}
    await world.sim.call("POST", "/clock", {"frozen": True})
    status = 200
    while status == 200:
        async with world.sim.http.get(f"{world.sim.base}/api/v10/users/@me", headers=head) as response:
            status, answer = response.status, await response.json()
    assert status == 429 and answer["global"] and response.headers["X-RateLimit-Global"] == "true"
    before = len(await refusals(world.sim))
    sending = asyncio.create_task(room.send("patient"))

    async def met() -> bool:
        return len(await refusals(world.sim)) > before

    await until(met)
    await world.sim.call("POST", "/clock", {"frozen": False})
    sent = await sending
    assert (await world.sim.message(room.id, sent.id))["content"] == "patient"
