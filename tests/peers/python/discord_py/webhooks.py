"""Webhooks: made, found, used by the bot and by their address alone."""

import io

import discord
from common.sim import HOMEBOT
from common.steps import Area

from .bot import World

area = Area("webhooks")


@area("create")
async def create(world: World) -> None:
    room = await world.room("create")
    changed = world.next("webhooks_update", lambda channel: channel == room)
    hook = await room.create_webhook(name="Herald", reason="news")
    await changed
    assert hook.name == "Herald" and hook.token and hook.channel_id == room.id and hook.user.id == HOMEBOT
    assert [entry.id for entry in await room.webhooks()] == [hook.id]
    assert hook.id in {entry.id for entry in await world.guild.webhooks()}
    fetched = await world.bot.fetch_webhook(hook.id)
    assert fetched.type is discord.WebhookType.incoming and fetched.guild_id == world.guild.id


@area("execute")
async def execute(world: World) -> None:
    room = await world.room("execute")
    hook = await room.create_webhook(name="Herald")
    heard = world.next("message", lambda message: message.webhook_id == hook.id)
    sent = await hook.send(
        "hear ye",
        username="Crier",
        avatar_url="https://example.com/crier.png",
        embed=discord.Embed(title="News"),
        file=discord.File(io.BytesIO(b"scroll"), "scroll.txt"),
        allowed_mentions=discord.AllowedMentions.none(),
        wait=True,
    )
    message = await heard
    assert message.id == sent.id and message.author.name == "Crier" and message.author.bot
    there = await world.sim.message(room.id, sent.id)
    assert there["author"]["username"] == "Crier" and there["webhook_id"] == str(hook.id)
    assert there["embeds"][0]["title"] == "News" and there["attachments"][0]["filename"] == "scroll.txt"
    assert await hook.send("no wait") is None


@area("message")
async def message(world: World) -> None:
    room = await world.room("message")
    hook = await room.create_webhook(name="Herald")
    sent = await hook.send("first", wait=True)
    assert (await hook.fetch_message(sent.id)).content == "first"
    changed = await sent.edit(content="second", embed=discord.Embed(title="and more"))
    assert changed.content == "second" and changed.embeds[0].title == "and more"
    assert (await world.sim.message(room.id, sent.id))["content"] == "second"
    await hook.delete_message(sent.id)
    assert await world.sim.message(room.id, sent.id) is None


@area("thread")
async def thread(world: World) -> None:
    room = await world.room("thread")
    hook = await room.create_webhook(name="Herald")
    talk = await room.create_thread(name="talk", type=discord.ChannelType.public_thread)
    sent = await hook.send("inside", thread=talk, wait=True)
    assert sent.channel.id == talk.id and (await world.sim.message(talk.id, sent.id))["content"] == "inside"
    await hook.edit_message(sent.id, content="changed", thread=talk)
    assert (await world.sim.message(talk.id, sent.id))["content"] == "changed"


@area("token")
async def token(world: World) -> None:
    room = await world.room("token")
    made = await room.create_webhook(name="Herald")
    assert made.url.endswith(f"/{made.id}/{made.token}")
    hook = discord.Webhook.partial(made.id, made.token, session=world.sim.http)
    sent = await hook.send("from outside", wait=True)
    assert (await world.sim.last(room.id))["id"] == str(sent.id)
    assert (await hook.fetch()).name == "Herald"
    wrong = discord.Webhook.partial(made.id, "x" * len(made.token), session=world.sim.http)
    try:
        await wrong.send("no", wait=True)
        raise AssertionError("a webhook with a wrong token")
    except discord.HTTPException as error:
        assert (error.status, error.code) == (401, 50027), error


@area("edit")
async def edit(world: World) -> None:
    room, other = await world.room("edit"), await world.room("edit-target")
    hook = await room.create_webhook(name="Herald")
    changed = await hook.edit(name="Bard", channel=other)
    assert changed.name == "Bard" and changed.channel_id == other.id
    await changed.send("moved", wait=True)
    assert (await world.sim.last(other.id))["author"]["username"] == "Bard"
    await changed.delete(reason="hoarse")
    assert await other.webhooks() == []
    try:
        await world.bot.fetch_webhook(hook.id)
        raise AssertionError("a webhook that is gone")
    except discord.NotFound as error:
        assert error.code == 10015, error
