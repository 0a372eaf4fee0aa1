"""Users: the bot itself, others, direct messages."""

import hikari
from common.sim import BOB, HOMEBOT
from common.steps import Area

from .bot import World

area = Area("users")


@area("self")
async def myself(world: World) -> None:
    bot = (await world.sim.call("GET", "/state"))["bot"]
    me = world.bot.get_me()
    assert me.id == HOMEBOT and me.username == bot["username"] and me.is_bot
    assert (await world.rest.fetch_my_user()).id == HOMEBOT
    application = await world.rest.fetch_application()
    assert application.id == HOMEBOT and application.name == "homebot"


@area("fetch")
async def fetch(world: World) -> None:
    bob = await world.rest.fetch_user(BOB)
    there = (await world.sim.member(BOB))["user"]
    assert (bob.username, bob.global_name) == (there["username"], there["global_name"]) and not bob.is_bot
    try:
        await world.rest.fetch_user(42)
        raise AssertionError("a user that is not there")
    except hikari.NotFoundError as error:
        assert error.code == 10013, error


@area("direct")
async def direct(world: World) -> None:
    channel = await world.rest.create_dm_channel(BOB)
    assert channel.recipient.id == BOB
    sent = await channel.send("just us")
    assert (await world.sim.last(channel.id, "bob"))["id"] == str(sent.id)
    heard = world.next(hikari.DMMessageCreateEvent, lambda event: event.author_id == BOB)
    await world.sim.say(channel.id, "bob", "indeed")
    event = await heard
    assert event.message.guild_id is None and event.channel_id == channel.id and event.content == "indeed"
    assert [entry.content for entry in await world.rest.fetch_messages(channel)] == ["indeed", "just us"]


@area("rename")
async def rename(world: World) -> None:
    seen = world.next(hikari.OwnUserUpdateEvent)
    await world.rest.edit_my_user(username="housemaid")
    event = await seen
    assert (event.old_user.username, event.user.username) == ("homebot", "housemaid")
    assert (await world.sim.call("GET", "/state"))["bot"]["username"] == "housemaid"
