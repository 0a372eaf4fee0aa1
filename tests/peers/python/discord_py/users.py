"""Users: the bot itself, others, direct messages."""

import discord
from common.sim import BOB, HOMEBOT
from common.steps import Area

from .bot import World

area = Area("users")


@area("self")
async def myself(world: World) -> None:
    bot = (await world.sim.call("GET", "/state"))["bot"]
    assert world.bot.user.id == HOMEBOT and world.bot.user.name == bot["username"] and world.bot.user.bot
    application = await world.bot.application_info()
    assert application.id == world.bot.application_id == HOMEBOT and application.name == "homebot"


@area("fetch")
async def fetch(world: World) -> None:
    bob = await world.bot.fetch_user(BOB)
    there = (await world.sim.member(BOB))["user"]
    assert (bob.name, bob.global_name) == (there["username"], there["global_name"]) and not bob.bot
    try:
        await world.bot.fetch_user(42)
        raise AssertionError("a user that is not there")
    except discord.NotFound as error:
        assert error.code == 10013, error


@area("direct")
async def direct(world: World) -> None:
    channel = await world.member(BOB).create_dm()
    assert channel.recipient.id == BOB
    sent = await channel.send("just us")
    assert (await world.sim.last(channel.id, "bob"))["id"] == str(sent.id)
    heard = world.next("message", lambda message: message.author.id == BOB)
    await world.sim.say(channel.id, "bob", "indeed")
    message = await heard
    assert message.guild is None and isinstance(message.channel, discord.DMChannel) and message.content == "indeed"
    assert [entry.content async for entry in channel.history()] == ["indeed", "just us"]


@area("rename")
async def rename(world: World) -> None:
    # discord.py tells no event of the bot's own user; it changes the user it has.
    assert world.bot.user.name == "homebot"
    await world.bot.user.edit(username="housemaid")
    await world.eventually(lambda: world.bot.user.name == "housemaid")
    assert (await world.sim.call("GET", "/state"))["bot"]["username"] == "housemaid"
