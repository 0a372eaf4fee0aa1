"""Messages: text, embeds, files, history, pins."""

import io

import discord
from common.sim import ALICE, BOB, NEWS, until
from common.steps import Area

from .bot import World

area = Area("messages")


@area("send")
async def send(world: World) -> None:
    room = await world.room("send")
    allowed = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(ALICE)])
    sent = await room.send(f"hello <@{ALICE}> and <@{BOB}> @everyone", allowed_mentions=allowed)
    assert sent.author == world.bot.user and not sent.mention_everyone and sent.jump_url.endswith(str(sent.id))
    there = await world.sim.message(room.id, sent.id)
    assert there["content"] == sent.content and not there["mention_everyone"]
    assert [user["id"] for user in there["mentions"]] == [str(ALICE)], there["mentions"]


@area("reply")
async def reply(world: World) -> None:
    room = await world.room("reply")
    heard = world.next("message", lambda message: message.content == "question")
    asked = await world.sim.say(room.id, "bob", "question")
    answer = await (await heard).reply("answer", mention_author=False)
    assert answer.type is discord.MessageType.reply and answer.reference and str(answer.reference.message_id) == asked["id"]
    there = await world.sim.last(room.id)
    assert there["referenced_message"]["id"] == asked["id"] and there["type"] == 19
    fetched = await room.fetch_message(answer.id)
    assert isinstance(fetched.reference.resolved, discord.Message) and fetched.reference.resolved.content == "question"


@area("hear")
async def hear(world: World) -> None:
    room = await world.room("hear")
    created = world.next("message", lambda message: message.channel == room)
    said = await world.sim.say(room.id, "bob", "one")
    message = await created
    assert isinstance(message.author, discord.Member) and message.author.id == BOB and message.guild == world.guild
    edited = world.next("message_edit", lambda before, after: after.id == message.id)
    await world.sim.call("PATCH", f"/channels/{room.id}/messages/{said['id']}", {"as": "bob", "content": "two"})
    before, after = await edited
    assert (before.content, after.content) == ("one", "two") and after.edited_at
    deleted = world.next("message_delete", lambda gone: gone.id == message.id)
    await world.sim.call("DELETE", f"/channels/{room.id}/messages/{said['id']}", {"as": "bob"})
    assert (await deleted).content == "two"
    assert await world.sim.messages(room.id) == []


@area("embed")
async def embed(world: World) -> None:
    room = await world.room("embed")
    when = discord.utils.parse_time("2024-05-06T07:08:09+00:00")
    whole = discord.Embed(title="Title", url="https://example.com/", description="*text*", colour=0x123456, timestamp=when)
    whole.set_author(name="Author", url="https://example.com/author", icon_url="https://example.com/author.png")
    whole.set_footer(text="Footer", icon_url="https://example.com/footer.png")
    whole.set_image(url="https://example.com/image.png").set_thumbnail(url="https://example.com/thumb.png")
    whole.add_field(name="a", value="1").add_field(name="b", value="2", inline=False)
    sent = await room.send(embeds=[whole, discord.Embed(description="second")])
    back = (await room.fetch_message(sent.id)).embeds
    assert len(back) == 2 and back[1].description == "second"
    first = back[0]
    assert (first.title, first.url, first.description, first.colour) == (whole.title, whole.url, whole.description, whole.colour)
    assert first.timestamp == when and first.author.name == "Author" and first.footer.text == "Footer"
    assert first.image.url == whole.image.url and first.thumbnail.url == whole.thumbnail.url
    assert [(field.name, field.value, field.inline) for field in first.fields] == [("a", "1", True), ("b", "2", False)]
    there = (await world.sim.message(room.id, sent.id))["embeds"][0]
    assert there["type"] == "rich" and there["color"] == 0x123456 and there["author"]["icon_url"] == whole.author.icon_url


@area("edit")
async def edit(world: World) -> None:
    room = await world.room("edit")
    sent = await room.send("first", embed=discord.Embed(title="gone soon"))
    heard = world.next("raw_message_edit", lambda payload: payload.message_id == sent.id)
    changed = await sent.edit(content="second", embed=None)
    assert changed.content == "second" and changed.embeds == [] and changed.edited_at
    assert (await heard).data["content"] == "second"
    there = await world.sim.message(room.id, sent.id)
    assert there["content"] == "second" and there["embeds"] == [] and there["edited_timestamp"]


@area("files")
async def files(world: World) -> None:
    room = await world.room("files")
    one = discord.File(io.BytesIO(b"one"), "one.txt", description="The first")
    two = discord.File(io.BytesIO(b"two!"), "two.txt", spoiler=True)
    sent = await room.send(files=[one, two])
    assert [(file.filename, file.size) for file in sent.attachments] == [("one.txt", 3), ("SPOILER_two.txt", 4)]
    assert sent.attachments[0].description == "The first" and sent.attachments[1].is_spoiler()
    async with world.sim.http.get(sent.attachments[0].url) as response:
        assert response.status == 200 and await response.read() == b"one"
    changed = await sent.edit(attachments=[sent.attachments[1], discord.File(io.BytesIO(b"three"), "three.txt")])
    assert [file.filename for file in changed.attachments] == ["SPOILER_two.txt", "three.txt"]
    there = await world.sim.message(room.id, sent.id)
    assert [file["filename"] for file in there["attachments"]] == ["SPOILER_two.txt", "three.txt"]


@area("delete")
async def delete(world: World) -> None:
    room = await world.room("delete")
    first, *others = [await room.send(str(number)) for number in range(4)]
    gone = world.next("raw_message_delete", lambda payload: payload.message_id == first.id)
    await first.delete()
    assert (await gone).channel_id == room.id
    bulk = world.next("raw_bulk_message_delete", lambda payload: payload.channel_id == room.id)
    await room.delete_messages(others[:2])
    assert (await bulk).message_ids == {message.id for message in others[:2]}
    assert [entry["content"] for entry in await world.sim.messages(room.id)] == ["3"]


@area("history")
async def history(world: World) -> None:
    room = await world.room("history")
    ids = await world.sim.chat(room.id, "bob", 120)
    everything = [message async for message in room.history(limit=None)]
    assert [message.id for message in everything] == ids[::-1]
    oldest = [message.id async for message in room.history(limit=3, oldest_first=True)]
    assert oldest == ids[:3]
    before = [message.id async for message in room.history(limit=5, before=discord.Object(ids[50]))]
    assert before == ids[45:50][::-1]
    after = [message.id async for message in room.history(limit=5, after=discord.Object(ids[50]))]
    assert after == ids[51:56]
    around = [message.id async for message in room.history(limit=5, around=discord.Object(ids[50]))]
    assert sorted(around) == ids[48:53]


@area("pins")
async def pins(world: World) -> None:
    room = await world.room("pins")
    sent = await room.send("keep me")
    changed = world.next("guild_channel_pins_update", lambda channel, _: channel == room)
    await sent.pin(reason="worth it")
    assert (await changed)[1]
    pinned = [message async for message in room.pins()]
    assert [message.id for message in pinned] == [sent.id] and pinned[0].pinned
    assert (await world.sim.message(room.id, sent.id))["pinned"]
    notice = await world.sim.last(room.id)
    assert notice["type"] == discord.MessageType.pins_add.value and notice["message_reference"]["message_id"] == str(sent.id)
    await sent.unpin()
    assert [message async for message in room.pins()] == []
    assert not (await world.sim.message(room.id, sent.id))["pinned"]


@area("flags")
async def flags(world: World) -> None:
    room = await world.room("flags")
    sent = await room.send("quiet", embed=discord.Embed(title="shown"), silent=True)
    assert sent.flags.suppress_notifications and not sent.flags.suppress_embeds
    hidden = await sent.edit(suppress=True)
    assert hidden.flags.suppress_embeds
    assert (await world.sim.message(room.id, sent.id))["flags"] & 4


@area("crosspost")
async def crosspost(world: World) -> None:
    news = world.cached(NEWS)
    assert isinstance(news, discord.TextChannel) and news.is_news()
    sent = await news.send("extra!")
    await sent.publish()
    assert (await news.fetch_message(sent.id)).flags.crossposted
    assert (await world.sim.message(NEWS, sent.id))["flags"] & 1


@area("typing")
async def typing(world: World) -> None:
    room = await world.room("typing")
    await room.typing()

    async def noted() -> object:
        return [entry for entry in await world.sim.timeline() if entry["kind"] == "typing_start" and entry["channel_id"] == str(room.id)]

    assert await until(noted)
    heard = world.next("typing", lambda channel, user, when: channel == room and user.id == BOB)
    await world.sim.call("POST", f"/channels/{room.id}/typing", {"as": "bob"})
    assert isinstance((await heard)[1], discord.Member)
