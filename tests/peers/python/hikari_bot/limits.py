"""Rate limits: refused and announced, handled by the library."""

import asyncio

import hikari
from common.limits import exhaust, one_more_refusal, refusals
from common.steps import Area

from .bot import World

area = Area("limits", "--rate-limits")


@area("bucket")
async def bucket(world: World) -> None:
    room = await world.room("bucket")
    await exhaust(world.sim, "POST", f"/channels/{room.id}/messages", {"content": "other"})
    before = len(await refusals(world.sim))
    sent = await asyncio.gather(*(room.send(f"mine {number}") for number in range(3)))
    assert len(await refusals(world.sim)) > before, "the library never met the limit"
    assert all(isinstance(message, hikari.Message) for message in sent)
    contents = [entry["content"] for entry in await world.sim.messages(room.id)]
    assert sorted(content for content in contents if content.startswith("mine")) == ["mine 0", "mine 1", "mine 2"]


@area("global")
async def global_limit(world: World) -> None:
    room = await world.room("global")
    await world.sim.call("POST", "/clock", {"frozen": True})
    answer = await exhaust(world.sim, "GET", "/users/@me")
    assert answer["global"]
    before = len(await refusals(world.sim))
    sending = asyncio.create_task(room.send("patient"))
    await one_more_refusal(world.sim, before)
    await world.sim.call("POST", "/clock", {"frozen": False})
    assert (await world.sim.message(room.id, (await sending).id))["content"] == "patient"


@area("headers")
async def headers(world: World) -> None:
    room = await world.room("headers")
    before = len(await refusals(world.sim))
    sent = [await room.send(str(number)) for number in range(7)]
    assert [entry["content"] for entry in await world.sim.messages(room.id)] == [message.content for message in sent]
    assert len(await refusals(world.sim)) == before
