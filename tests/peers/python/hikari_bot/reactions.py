"""Reactions of the bot and of members."""

import hikari
from common.sim import ALICE, BOB, CAROL, HOMEBOT
from common.steps import Area

from .bot import World

area = Area("reactions")


@area("react")
async def react(world: World) -> None:
    room = await world.room("react")
    sent = await room.send("well?")
    mine = world.next(hikari.GuildReactionAddEvent, lambda event: event.user_id == HOMEBOT)
    await sent.add_reaction("🎉")
    assert (await mine).message_id == sent.id
    theirs = world.next(hikari.GuildReactionAddEvent, lambda event: event.user_id == BOB)
    await world.sim.react("POST", room.id, sent.id, "bob", "🎉")
    event = await theirs
    assert event.member.username == "bob" and event.is_for_emoji("🎉") and event.message_id == sent.id
    fetched = (await world.rest.fetch_message(room, sent)).reactions
    assert [(str(entry.emoji), entry.count, entry.is_me) for entry in fetched] == [("🎉", 2, True)]
    assert (await world.sim.message(room.id, sent.id))["reactions"][0]["count"] == 2


@area("users")
async def users(world: World) -> None:
    room = await world.room("users")
    sent = await room.send("well?")
    for who in ("alice", "bob", "carol"):
        await world.sim.react("POST", room.id, sent.id, who, "👍")
    everybody = await world.rest.fetch_reactions_for_emoji(room, sent, "👍")
    assert [user.id for user in everybody] == [ALICE, BOB, CAROL]
    first = await world.rest.fetch_reactions_for_emoji(room, sent, "👍").limit(2)
    assert [user.username for user in first] == ["alice", "bob"]
    assert (await world.sim.message(room.id, sent.id))["reactions"][0]["count"] == 3


@area("unreact")
async def unreact(world: World) -> None:
    room = await world.room("unreact")
    sent = await room.send("well?")
    await sent.add_reaction("🎉")
    await world.sim.react("POST", room.id, sent.id, "bob", "🎉")
    gone = world.next(hikari.GuildReactionDeleteEvent, lambda event: event.user_id == HOMEBOT)
    await sent.remove_reaction("🎉")
    assert (await gone).emoji_name == "🎉"
    theirs = world.next(hikari.GuildReactionDeleteEvent, lambda event: event.user_id == BOB)
    await world.sim.react("DELETE", room.id, sent.id, "bob", "🎉")
    assert (await theirs).message_id == sent.id
    assert (await world.sim.message(room.id, sent.id)).get("reactions", []) == []


@area("remove")
async def remove(world: World) -> None:
    room = await world.room("remove")
    sent = await room.send("well?")
    for who in ("bob", "carol"):
        await world.sim.react("POST", room.id, sent.id, who, "👍")
    gone = world.next(hikari.GuildReactionDeleteEvent, lambda event: event.user_id == BOB)
    await sent.remove_reaction("👍", user=BOB)
    await gone
    assert (await world.sim.message(room.id, sent.id))["reactions"][0]["count"] == 1


@area("clear")
async def clear(world: World) -> None:
    room = await world.room("clear")
    sent = await room.send("well?")
    for emoji in ("👍", "🎉", "❤️"):
        await world.sim.react("POST", room.id, sent.id, "bob", emoji)
    one = world.next(hikari.GuildReactionDeleteEmojiEvent, lambda event: event.message_id == sent.id)
    await world.rest.delete_all_reactions_for_emoji(room, sent, "👍")
    assert (await one).emoji_name == "👍"
    left = (await world.sim.message(room.id, sent.id))["reactions"]
    assert [entry["emoji"]["name"] for entry in left] == ["🎉", "❤️"]
    everything = world.next(hikari.GuildReactionDeleteAllEvent, lambda event: event.message_id == sent.id)
    await sent.remove_all_reactions()
    await everything
    assert (await world.sim.message(room.id, sent.id)).get("reactions", []) == []
