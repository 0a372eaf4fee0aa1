"""Messages: text, embeds, files, history, pins."""

import datetime

import hikari
from common.sim import ALICE, BOB, NEWS, until
from common.steps import Area

from .bot import World

area = Area("messages")


@area("send")
async def send(world: World) -> None:
    room = await world.room("send")
    sent = await room.send(f"hello <@{ALICE}> and <@{BOB}> @everyone", user_mentions=[ALICE], mentions_everyone=False)
    assert sent.author.id == world.app and not sent.mentions_everyone and sent.make_link(world.guild).endswith(str(sent.id))
    there = await world.sim.message(room.id, sent.id)
    assert there["content"] == sent.content and not there["mention_everyone"]
    assert [user["id"] for user in there["mentions"]] == [str(ALICE)], there["mentions"]


@area("reply")
async def reply(world: World) -> None:
    room = await world.room("reply")
    heard = world.next(hikari.GuildMessageCreateEvent, lambda event: event.content == "question")
    asked = await world.sim.say(room.id, "bob", "question")
    answer = await (await heard).message.respond("answer", reply=True, mentions_reply=False)
    assert answer.type is hikari.MessageType.REPLY and str(answer.message_reference.id) == asked["id"]
    there = await world.sim.last(room.id)
    assert there["referenced_message"]["id"] == asked["id"] and there["type"] == 19
    fetched = await world.rest.fetch_message(room, answer)
    assert fetched.referenced_message.content == "question"


@area("hear")
async def hear(world: World) -> None:
    room = await world.room("hear")
    created = world.next(hikari.GuildMessageCreateEvent, lambda event: event.channel_id == room.id)
    said = await world.sim.say(room.id, "bob", "one")
    event = await created
    assert event.member.id == BOB and event.is_human and event.get_guild().id == world.guild.id
    edited = world.next(hikari.GuildMessageUpdateEvent, lambda event: event.message_id == int(said["id"]))
    await world.sim.call("PATCH", f"/channels/{room.id}/messages/{said['id']}", {"as": "bob", "content": "two"})
    event = await edited
    assert (event.old_message.content, event.message.content) == ("one", "two") and event.message.edited_timestamp
    deleted = world.next(hikari.GuildMessageDeleteEvent, lambda event: event.message_id == int(said["id"]))
    await world.sim.call("DELETE", f"/channels/{room.id}/messages/{said['id']}", {"as": "bob"})
    assert (await deleted).old_message.content == "two"
    assert await world.sim.messages(room.id) == []


@area("embed")
async def embed(world: World) -> None:
    room = await world.room("embed")
    when = datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    whole = hikari.Embed(title="Title", url="https://example.com/", description="*text*", color=0x123456, timestamp=when)
    whole.set_author(name="Author", url="https://example.com/author", icon="https://example.com/author.png")
    whole.set_footer(text="Footer", icon="https://example.com/footer.png")
    whole.set_image("https://example.com/image.png").set_thumbnail("https://example.com/thumb.png")
    whole.add_field("a", "1", inline=True).add_field("b", "2")
    sent = await room.send(embeds=[whole, hikari.Embed(description="second")])
    back = (await world.rest.fetch_message(room, sent)).embeds
    assert len(back) == 2 and back[1].description == "second"
    first = back[0]
    assert (first.title, first.url, first.description, first.color) == (whole.title, whole.url, whole.description, whole.color)
    assert first.timestamp == when and first.author.name == "Author" and first.footer.text == "Footer"
    assert first.image.url == whole.image.url and first.thumbnail.url == whole.thumbnail.url
    assert [(field.name, field.value, field.is_inline) for field in first.fields] == [("a", "1", True), ("b", "2", False)]
    there = (await world.sim.message(room.id, sent.id))["embeds"][0]
    assert there["type"] == "rich" and there["color"] == 0x123456 and there["author"]["icon_url"] == whole.author.icon.url


@area("edit")
async def edit(world: World) -> None:
    room = await world.room("edit")
    sent = await room.send("first", embed=hikari.Embed(title="gone soon"))
    heard = world.next(hikari.GuildMessageUpdateEvent, lambda event: event.message_id == sent.id)
    changed = await sent.edit("second", embed=None)
    assert changed.content == "second" and changed.embeds == [] and changed.edited_timestamp
    assert (await heard).message.content == "second"
    there = await world.sim.message(room.id, sent.id)
    assert there["content"] == "second" and there["embeds"] == [] and there["edited_timestamp"]


@area("files")
async def files(world: World) -> None:
    room = await world.room("files")
    one, two = hikari.Bytes(b"one", "one.txt"), hikari.Bytes(b"two!", "two.txt", spoiler=True)
    sent = await room.send(attachments=[one, two])
    assert [(file.filename, file.size) for file in sent.attachments] == [("one.txt", 3), ("SPOILER_two.txt", 4)]
    assert await sent.attachments[0].read() == b"one"
    changed = await sent.edit(attachments=[sent.attachments[1], hikari.Bytes(b"three", "three.txt")])
    assert [file.filename for file in changed.attachments] == ["SPOILER_two.txt", "three.txt"]
    there = await world.sim.message(room.id, sent.id)
    assert [file["filename"] for file in there["attachments"]] == ["SPOILER_two.txt", "three.txt"]


@area("delete")
async def delete(world: World) -> None:
    room = await world.room("delete")
    first, *others = [await room.send(str(number)) for number in range(4)]
    gone = world.next(hikari.GuildMessageDeleteEvent, lambda event: event.message_id == first.id)
    await first.delete()
    assert (await gone).channel_id == room.id
    bulk = world.next(hikari.GuildBulkMessageDeleteEvent, lambda event: event.channel_id == room.id)
    await world.rest.delete_messages(room, others[:2])
    assert (await bulk).message_ids == {message.id for message in others[:2]}
    assert [entry["content"] for entry in await world.sim.messages(room.id)] == ["3"]


@area("history")
async def history(world: World) -> None:
    room = await world.room("history")
    ids = await world.sim.chat(room.id, "bob", 120)
    everything = await world.rest.fetch_messages(room)
    assert [message.id for message in everything] == ids[::-1]
    before = await world.rest.fetch_messages(room, before=ids[50]).limit(5)
    assert [message.id for message in before] == ids[45:50][::-1]
    after = await world.rest.fetch_messages(room, after=ids[50]).limit(5)
    assert [message.id for message in after] == ids[51:56]
    # hikari asks for a hundred, and would ask for ever.
    around = await world.rest.fetch_messages(room, around=ids[50]).limit(100)
    assert sorted(message.id for message in around) == ids[:100] or sorted(message.id for message in around) == ids[1:101]


@area("pins")
async def pins(world: World) -> None:
    room = await world.room("pins")
    sent = await room.send("keep me")
    changed = world.next(hikari.GuildPinsUpdateEvent, lambda event: event.channel_id == room.id)
    await room.pin_message(sent)
    assert (await changed).last_pin_timestamp
    pinned = await world.rest.fetch_pins(room)
    assert [entry.message.id for entry in pinned] == [sent.id] and pinned[0].message.is_pinned and pinned[0].pinned_at
    assert (await world.sim.message(room.id, sent.id))["pinned"]
    notice = await world.sim.last(room.id)
    assert notice["type"] == hikari.MessageType.CHANNEL_PINNED_MESSAGE and notice["message_reference"]["message_id"] == str(sent.id)
    await room.unpin_message(sent)
    assert list(await world.rest.fetch_pins(room)) == []
    assert not (await world.sim.message(room.id, sent.id))["pinned"]


@area("flags")
async def flags(world: World) -> None:
    room = await world.room("flags")
    sent = await room.send("quiet", embed=hikari.Embed(title="shown"), flags=hikari.MessageFlag.SUPPRESS_NOTIFICATIONS)
    assert sent.flags & hikari.MessageFlag.SUPPRESS_NOTIFICATIONS and not sent.flags & hikari.MessageFlag.SUPPRESS_EMBEDS
    hidden = await sent.edit(flags=hikari.MessageFlag.SUPPRESS_EMBEDS)
    assert hidden.flags & hikari.MessageFlag.SUPPRESS_EMBEDS
    assert (await world.sim.message(room.id, sent.id))["flags"] & 4


@area("crosspost")
async def crosspost(world: World) -> None:
    news = world.cached(NEWS)
    assert isinstance(news, hikari.GuildNewsChannel)
    sent = await news.send("extra!")
    published = await world.rest.crosspost_message(news, sent)
    assert published.flags & hikari.MessageFlag.CROSSPOSTED
    assert (await world.sim.message(NEWS, sent.id))["flags"] & 1


@area("typing")
async def typing(world: World) -> None:
    room = await world.room("typing")
    await room.trigger_typing()

    async def noted() -> object:
        return [entry for entry in await world.sim.timeline() if entry["kind"] == "typing_start" and entry["channel_id"] == str(room.id)]

    assert await until(noted)
    heard = world.next(hikari.GuildTypingEvent, lambda event: event.user_id == BOB)
    await world.sim.call("POST", f"/channels/{room.id}/typing", {"as": "bob"})
    assert (await heard).member.id == BOB
