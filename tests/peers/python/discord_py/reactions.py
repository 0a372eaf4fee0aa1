"""Reactions of the bot and of members."""

import discord
from common.sim import ALICE, BOB, CAROL, HOMEBOT
from common.steps import Area

from .bot import World

area = Area("reactions")


@area("react")
async def react(world: World) -> None:
    room = await world.room("react")
    sent = await room.send("well?")
    mine = world.next("raw_reaction_add", lambda payload: payload.user_id == HOMEBOT)
    await sent.add_reaction("🎉")
    assert (await mine).message_id == sent.id
    theirs = world.next("reaction_add", lambda reaction, user: user.id == BOB)
    await world.sim.react("POST", room.id, sent.id, "bob", "🎉")
    reaction, user = await theirs
    assert reaction.count == 2 and reaction.me and isinstance(user, discord.Member) and reaction.message.id == sent.id
    fetched = (await room.fetch_message(sent.id)).reactions
    assert [(entry.emoji, entry.count, entry.me) for entry in fetched] == [("🎉", 2, True)]
    assert (await world.sim.message(room.id, sent.id))["reactions"][0]["count"] == 2


@area("users")
async def users(world: World) -> None:
    room = await world.room("users")
    sent = await room.send("well?")
    for who in ("alice", "bob", "carol"):
        await world.sim.react("POST", room.id, sent.id, who, "👍")
    reaction = (await room.fetch_message(sent.id)).reactions[0]
    assert {user.name async for user in reaction.users()} == {"alice", "bob", "carol"}
    first = {user.id async for user in reaction.users(limit=2)}
    rest = {user.id async for user in reaction.users(after=discord.Object(max(first)))}
    assert (first, rest) == ({ALICE, BOB}, {CAROL})


@area("unreact")
async def unreact(world: World) -> None:
    room = await world.room("unreact")
    sent = await room.send("well?")
    await sent.add_reaction("🎉")
    await world.sim.react("POST", room.id, sent.id, "bob", "🎉")
    gone = world.next("raw_reaction_remove", lambda payload: payload.user_id == HOMEBOT)
    await sent.remove_reaction("🎉", world.guild.me)
    assert (await gone).emoji.name == "🎉"
    theirs = world.next("raw_reaction_remove", lambda payload: payload.user_id == BOB)
    await world.sim.react("DELETE", room.id, sent.id, "bob", "🎉")
    assert (await theirs).message_id == sent.id
    assert (await world.sim.message(room.id, sent.id)).get("reactions", []) == []


@area("remove")
async def remove(world: World) -> None:
    room = await world.room("remove")
    sent = await room.send("well?")
    for who in ("bob", "carol"):
        await world.sim.react("POST", room.id, sent.id, who, "👍")
    gone = world.next("raw_reaction_remove", lambda payload: payload.user_id == BOB)
    await sent.remove_reaction("👍", world.member(BOB))
    await gone
    assert (await world.sim.message(room.id, sent.id))["reactions"][0]["count"] == 1


@area("clear")
async def clear(world: World) -> None:
    room = await world.room("clear")
    sent = await room.send("well?")
    for emoji in ("👍", "🎉", "❤️"):
        await world.sim.react("POST", room.id, sent.id, "bob", emoji)
    one = world.next("raw_reaction_clear_emoji", lambda payload: payload.message_id == sent.id)
    await sent.clear_reaction("👍")
    assert (await one).emoji.name == "👍"
    left = (await world.sim.message(room.id, sent.id))["reactions"]
    assert [entry["emoji"]["name"] for entry in left] == ["🎉", "❤️"]
    everything = world.next("raw_reaction_clear", lambda payload: payload.message_id == sent.id)
    await sent.clear_reactions()
    await everything
    assert (await world.sim.message(room.id, sent.id)).get("reactions", []) == []
