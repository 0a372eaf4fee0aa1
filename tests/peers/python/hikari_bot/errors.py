"""What the bot is told when something cannot be done: the library's classes and Discord's codes."""

from collections.abc import Awaitable

import hikari
from common.sim import ALICE, GUILD, HOMEBOT
from common.steps import Area

from .bot import World

area = Area("errors")


async def refused(awaitable: Awaitable[object], kind: type[hikari.HTTPError], code: int) -> hikari.ClientHTTPResponseError:
    """Expect an error of Discord."""
    try:
        await awaitable
    except hikari.ClientHTTPResponseError as error:
        assert isinstance(error, kind) and error.code == code, error
        return error
    raise AssertionError(f"this was to be refused with {code}")


@area("forbidden")
async def forbidden(world: World) -> None:
    room = await world.room("forbidden")
    await world.sim.call("PUT", f"/channels/{room.id}/permissions/{HOMEBOT}", {"deny": ["SEND_MESSAGES"]})
    error = await refused(room.send("no"), hikari.ForbiddenError, 50013)
    assert error.status == 403 and error.message == "Missing Permissions"
    assert await world.sim.messages(room.id) == []


@area("access")
async def access(world: World) -> None:
    room = await world.room("access")
    await world.sim.call("PUT", f"/channels/{room.id}/permissions/{HOMEBOT}", {"deny": ["VIEW_CHANNEL"]})
    error = await refused(room.send("no"), hikari.ForbiddenError, 50001)
    assert error.message == "Missing Access"
    await refused(world.rest.fetch_channel(room.id), hikari.ForbiddenError, 50001)
    assert await world.sim.messages(room.id) == []


@area("not-found")
async def not_found(world: World) -> None:
    room = await world.room("not-found")
    rest = world.rest
    await refused(rest.fetch_channel(42), hikari.NotFoundError, 10003)
    await refused(rest.fetch_message(room, 42), hikari.NotFoundError, 10008)
    await refused(rest.fetch_user(42), hikari.NotFoundError, 10013)
    await refused(rest.fetch_member(GUILD, 42), hikari.NotFoundError, 10013)
    await refused(rest.fetch_role(GUILD, 42), hikari.NotFoundError, 10011)
    sent = await room.send("here")
    await refused(rest.add_reaction(room, sent, "not an emoji"), hikari.BadRequestError, 10014)
    assert (await world.sim.message(room.id, sent.id)).get("reactions", []) == []


@area("invalid-form")
async def invalid_form(world: World) -> None:
    room = await world.room("invalid-form")
    error = await refused(room.send("x" * 2001), hikari.BadRequestError, 50035)
    assert error.status == 400 and error.errors["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
    wrong = hikari.Embed(title="t" * 257, url="ftp://nowhere").add_field("n", "v").add_field("n" * 257, "v")
    error = await refused(room.send(embed=wrong), hikari.BadRequestError, 50035)
    embed = error.errors["embeds"]["0"]
    assert embed["title"]["_errors"] and embed["url"]["_errors"] and embed["fields"]["1"]["name"]["_errors"]
    assert await world.sim.messages(room.id) == []


@area("empty")
async def empty(world: World) -> None:
    room = await world.room("empty")
    await refused(room.send(""), hikari.BadRequestError, 50006)
    assert await world.sim.messages(room.id) == []


@area("foreign")
async def foreign(world: World) -> None:
    room = await world.room("foreign")
    heard = world.next(hikari.GuildMessageCreateEvent, lambda event: event.author_id == ALICE)
    said = await world.sim.say(room.id, "alice", "mine")
    message = (await heard).message
    await refused(message.edit("yours"), hikari.ForbiddenError, 50005)
    assert (await world.sim.message(room.id, said["id"]))["content"] == "mine"


@area("token")
async def token(world: World) -> None:
    rest = hikari.RESTApp(url=f"{world.sim.base}/api/v10")
    await rest.start()
    try:
        async with rest.acquire("x" + world.sim.token[1:], hikari.TokenType.BOT) as stranger:
            await stranger.fetch_my_user()
        raise AssertionError("a wrong token was taken")
    except hikari.UnauthorizedError as error:
        assert error.status == 401
    finally:
        await rest.close()
    unauthorized = [entry for entry in await world.sim.timeline() if entry["kind"] == "rest" and entry["status"] == 401]
    assert unauthorized and (await world.sim.guild(GUILD))["name"] == "Maid Café"
