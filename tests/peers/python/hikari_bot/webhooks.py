"""Webhooks: made, found, used by the bot and by their address alone."""

import hikari
from common.sim import GUILD, HOMEBOT
from common.steps import Area

from .bot import World

area = Area("webhooks")


@area("create")
async def create(world: World) -> None:
    room = await world.room("create")
    changed = world.next(hikari.WebhookUpdateEvent, lambda event: event.channel_id == room.id)
    hook = await world.rest.create_webhook(room, "Herald", reason="news")
    await changed
    assert hook.name == "Herald" and hook.token and hook.channel_id == room.id and hook.author.id == HOMEBOT
    assert [entry.id for entry in await world.rest.fetch_channel_webhooks(room)] == [hook.id]
    assert hook.id in {entry.id for entry in await world.rest.fetch_guild_webhooks(GUILD)}
    fetched = await world.rest.fetch_webhook(hook)
    assert fetched.type is hikari.WebhookType.INCOMING and fetched.guild_id == GUILD


@area("execute")
async def execute(world: World) -> None:
    room = await world.room("execute")
    hook = await world.rest.create_webhook(room, "Herald")
    heard = world.next(hikari.GuildMessageCreateEvent, lambda event: event.message.webhook_id == hook.id)
    sent = await hook.execute(
        "hear ye",
        username="Crier",
        avatar_url="https://example.com/crier.png",
        embed=hikari.Embed(title="News"),
        attachment=hikari.Bytes(b"scroll", "scroll.txt"),
        mentions_everyone=False,
    )
    event = await heard
    assert event.message_id == sent.id and event.author.username == "Crier" and event.is_webhook
    there = await world.sim.message(room.id, sent.id)
    assert there["author"]["username"] == "Crier" and there["webhook_id"] == str(hook.id)
    assert there["embeds"][0]["title"] == "News" and there["attachments"][0]["filename"] == "scroll.txt"


@area("message")
async def message(world: World) -> None:
    room = await world.room("message")
    hook = await world.rest.create_webhook(room, "Herald")
    sent = await hook.execute("first")
    assert (await hook.fetch_message(sent)).content == "first"
    changed = await hook.edit_message(sent, "second", embed=hikari.Embed(title="and more"))
    assert changed.content == "second" and changed.embeds[0].title == "and more"
    assert (await world.sim.message(room.id, sent.id))["content"] == "second"
    await hook.delete_message(sent)
    assert await world.sim.message(room.id, sent.id) is None


@area("thread")
async def thread(world: World) -> None:
    room = await world.room("thread")
    hook = await world.rest.create_webhook(room, "Herald")
    talk = await world.rest.create_thread(room, hikari.ChannelType.GUILD_PUBLIC_THREAD, "talk")
    sent = await world.rest.execute_webhook(hook.id, hook.token, "inside", thread=talk)
    assert sent.channel_id == talk.id and (await world.sim.message(talk.id, sent.id))["content"] == "inside"
    await world.rest.edit_webhook_message(hook.id, hook.token, sent, "changed", thread=talk)
    assert (await world.sim.message(talk.id, sent.id))["content"] == "changed"


@area("token")
async def token(world: World) -> None:
    room = await world.room("token")
    made = await world.rest.create_webhook(room, "Herald")
    outside = hikari.RESTApp(url=f"{world.sim.base}/api/v10")
    await outside.start()
    try:
        async with outside.acquire(None) as stranger:
            sent = await stranger.execute_webhook(made.id, made.token, "from outside")
            assert (await world.sim.last(room.id))["id"] == str(sent.id)
            assert (await stranger.fetch_webhook(made.id, token=made.token)).name == "Herald"
            try:
                await stranger.execute_webhook(made.id, "x" * len(made.token), "no")
                raise AssertionError("a webhook with a wrong token")
            except hikari.UnauthorizedError as error:
                assert error.status == 401 and error.code == 50027, error
    finally:
        await outside.close()


@area("edit")
async def edit(world: World) -> None:
    # hikari 2.7.0 sends `channel` where Discord reads `channel_id`, so it cannot move one.
    room = await world.room("edit")
    hook = await world.rest.create_webhook(room, "Herald")
    changed = await world.rest.edit_webhook(hook, name="Bard")
    assert changed.name == "Bard" and changed.channel_id == room.id
    await hook.execute("renamed")
    assert (await world.sim.last(room.id))["author"]["username"] == "Bard"
    await world.rest.delete_webhook(hook, reason="hoarse")
    assert list(await world.rest.fetch_channel_webhooks(room)) == []
    try:
        await world.rest.fetch_webhook(hook)
        raise AssertionError("a webhook that is gone")
    except hikari.NotFoundError as error:
        assert error.code == 10015, error
