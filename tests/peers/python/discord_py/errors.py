"""What the bot is told when something cannot be done: the library's classes and Discord's codes."""

import discord
from common.sim import ALICE, GUILD, HOMEBOT
from common.steps import Area

from .bot import Bot, World, point_at

area = Area("errors")


async def refused(awaitable: object, kind: type[discord.HTTPException], code: int) -> discord.HTTPException:
    """Expect an error of Discord."""
    try:
        await awaitable
    except discord.HTTPException as error:
        assert isinstance(error, kind) and error.code == code, error
        return error
    raise AssertionError(f"this was to be refused with {code}")


@area("forbidden")
async def forbidden(world: World) -> None:
    room = await world.room("forbidden")
    await world.sim.call("PUT", f"/channels/{room.id}/permissions/{HOMEBOT}", {"deny": ["SEND_MESSAGES"]})
    error = await refused(room.send("no"), discord.Forbidden, 50013)
    assert error.status == 403 and error.text == "Missing Permissions"
    assert await world.sim.messages(room.id) == []


@area("access")
async def access(world: World) -> None:
    room = await world.room("access")
    gone = world.next("guild_channel_update", lambda before, after: after.id == room.id)
    await world.sim.call("PUT", f"/channels/{room.id}/permissions/{HOMEBOT}", {"deny": ["VIEW_CHANNEL"]})
    error = await refused(room.send("no"), discord.Forbidden, 50001)
    assert error.text == "Missing Access"
    await refused(world.bot.fetch_channel(room.id), discord.Forbidden, 50001)
    assert await world.sim.messages(room.id) == []
    gone.close()


@area("not-found")
async def not_found(world: World) -> None:
    room = await world.room("not-found")
    await refused(world.bot.fetch_channel(42), discord.NotFound, 10003)
    await refused(room.fetch_message(42), discord.NotFound, 10008)
    await refused(world.bot.fetch_user(42), discord.NotFound, 10013)
    await refused(world.guild.fetch_member(42), discord.NotFound, 10013)
    await refused(world.guild.fetch_role(42), discord.NotFound, 10011)
    sent = await room.send("here")
    await refused(sent.add_reaction("not an emoji"), discord.HTTPException, 10014)
    assert (await world.sim.message(room.id, sent.id)).get("reactions", []) == []


@area("invalid-form")
async def invalid_form(world: World) -> None:
    room = await world.room("invalid-form")
    error = await refused(room.send("x" * 2001), discord.HTTPException, 50035)
    assert error.status == 400 and "In content" in error.text and "2000 or fewer" in error.text
    wrong = discord.Embed(title="t" * 257, url="ftp://nowhere")
    for number in range(2):
        wrong.add_field(name="n" * 257 if number else "n", value="v")
    error = await refused(room.send(embed=wrong), discord.HTTPException, 50035)
    for field in ("embeds.0.title", "embeds.0.url", "embeds.0.fields.1.name"):
        assert f"In {field}" in error.text, error.text
    assert await world.sim.messages(room.id) == []


@area("empty")
async def empty(world: World) -> None:
    room = await world.room("empty")
    await refused(room.send(""), discord.HTTPException, 50006)
    assert await world.sim.messages(room.id) == []


@area("foreign")
async def foreign(world: World) -> None:
    room = await world.room("foreign")
    heard = world.next("message", lambda message: message.author.id == ALICE)
    said = await world.sim.say(room.id, "alice", "mine")
    message = await heard
    await refused(message.edit(content="yours"), discord.Forbidden, 50005)
    assert (await world.sim.message(room.id, said["id"]))["content"] == "mine"


@area("token")
async def token(world: World) -> None:
    point_at(world.sim)
    stranger = Bot(discord.Intents.default())
    try:
        await stranger.login("x" + world.sim.token[1:])
        raise AssertionError("a wrong token was taken")
    except discord.LoginFailure:
        pass
    finally:
        await stranger.close()
    unauthorized = [entry for entry in await world.sim.timeline() if entry["kind"] == "rest" and entry["status"] == 401]
    assert unauthorized and (await world.sim.guild(GUILD))["name"] == "Maid Café"
