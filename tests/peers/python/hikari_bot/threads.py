"""Threads: on messages, alone, private, in forums; archived and listed."""

import datetime

import hikari
from common.sim import BOB, CAROL, GUILD, HOMEBOT, MEMBER
from common.steps import Area

from .bot import World

area = Area("threads")
PUBLIC, PRIVATE = hikari.ChannelType.GUILD_PUBLIC_THREAD, hikari.ChannelType.GUILD_PRIVATE_THREAD


@area("from-message")
async def from_message(world: World) -> None:
    room = await world.room("from-message")
    sent = await room.send("start here")
    seen = world.next(hikari.GuildThreadCreateEvent, lambda event: event.thread_id == sent.id)
    thread = await world.rest.create_message_thread(
        room, sent, "talk", auto_archive_duration=datetime.timedelta(days=1), reason="long"
    )
    assert (await seen).thread.parent_id == room.id and thread.id == sent.id and thread.owner_id == HOMEBOT
    assert thread.auto_archive_duration == datetime.timedelta(days=1) and not thread.is_archived
    written = await thread.send("inside")
    heard = world.next(hikari.GuildMessageCreateEvent, lambda event: event.channel_id == thread.id and event.author_id == BOB)
    await world.sim.say(thread.id, "bob", "me too")
    assert (await heard).content == "me too" and isinstance(world.find_channel(thread.id), hikari.GuildThreadChannel)
    there = await world.sim.channel(thread.id)
    assert there["type"] == 11 and there["parent_id"] == str(room.id) and there["message_count"] == 2
    assert (await world.sim.message(thread.id, written.id))["content"] == "inside"
    assert (await world.rest.fetch_message(room, sent)).thread.id == thread.id


@area("without-message")
async def without_message(world: World) -> None:
    room = await world.room("without-message")
    public = await world.rest.create_thread(room, PUBLIC, "open")
    private = await world.rest.create_thread(room, PRIVATE, "closed", invitable=False)
    assert isinstance(public, hikari.GuildPublicThread) and isinstance(private, hikari.GuildPrivateThread)
    assert not private.is_invitable
    assert (await world.sim.channel(public.id))["type"] == 11 and (await world.sim.channel(private.id))["type"] == 12
    assert await world.sim.refused("POST", f"/channels/{private.id}/messages", {"as": "bob", "content": "let me in"})


@area("forum")
async def forum(world: World) -> None:
    tags = [{"name": "idea", "moderated": False}, {"name": "done"}]
    ideas = await world.room("wishes", 15, available_tags=tags)
    assert isinstance(ideas, hikari.GuildForumChannel) and [tag.name for tag in ideas.available_tags] == ["idea", "done"]
    thread = await world.rest.create_forum_post(ideas, "More tea", "please", tags=[ideas.available_tags[0]])
    assert thread.parent_id == ideas.id and list(thread.applied_tag_ids) == [ideas.available_tags[0].id]
    there = await world.sim.channel(thread.id)
    assert there["applied_tags"] == [str(ideas.available_tags[0].id)]
    assert (await world.sim.last(thread.id))["content"] == "please"
    changed = await thread.edit(applied_tags=[ideas.available_tags[1]], flags=hikari.ChannelFlag.PINNED)
    assert list(changed.applied_tag_ids) == [ideas.available_tags[1].id] and changed.flags & hikari.ChannelFlag.PINNED
    try:
        await world.rest.create_forum_post(ideas, "empty", "")
        raise AssertionError("a forum post without a message")
    except hikari.BadRequestError as error:
        assert error.code, error


@area("archive")
async def archive(world: World) -> None:
    room = await world.room("archive")
    thread = await world.rest.create_thread(room, PUBLIC, "talk")
    seen = world.next(hikari.GuildThreadUpdateEvent, lambda event: event.thread_id == thread.id and event.thread.is_archived)
    changed = await thread.edit(archived=True, locked=True, name="over")
    assert changed.is_archived and changed.is_locked and changed.name == "over"
    await seen
    metadata = (await world.sim.channel(thread.id))["thread_metadata"]
    assert metadata["archived"] and metadata["locked"]
    assert await world.sim.refused("POST", f"/channels/{thread.id}/messages", {"as": "bob", "content": "one more"})
    opened = await changed.edit(archived=False, locked=False)
    assert not opened.is_archived and not opened.is_locked
    await world.sim.say(thread.id, "bob", "one more")


@area("archived-lists")
async def archived_lists(world: World) -> None:
    room = await world.room("archived-lists")
    for number in range(3):
        for kind in (PUBLIC, PRIVATE):
            thread = await world.rest.create_thread(room, kind, f"{kind.name} {number}")
            # Pages go by the time of archiving.
            await world.sim.advance(1)
            await thread.edit(archived=True)
    public = await world.rest.fetch_public_archived_threads(room)
    assert [thread.name for thread in public] == [f"GUILD_PUBLIC_THREAD {number}" for number in (2, 1, 0)]
    rest = await world.rest.fetch_public_archived_threads(room, before=public[0].archive_timestamp)
    assert [thread.id for thread in rest] == [thread.id for thread in public[1:]]
    private = [thread.name for thread in await world.rest.fetch_private_archived_threads(room)]
    assert private == [f"GUILD_PRIVATE_THREAD {number}" for number in (2, 1, 0)]
    joined = [thread.name for thread in await world.rest.fetch_joined_private_archived_threads(room)]
    assert sorted(joined) == sorted(private)
    assert (await world.sim.channel(public[0].id))["thread_metadata"]["archived"]


@area("active-list")
async def active_list(world: World) -> None:
    room = await world.room("active-list")
    open_one = await world.rest.create_thread(room, PUBLIC, "open")
    closed = await world.rest.create_thread(room, PUBLIC, "closed")
    await closed.edit(archived=True)
    active = {thread.id for thread in await world.rest.fetch_active_threads(GUILD)}
    assert open_one.id in active and closed.id not in active
    assert not (await world.sim.channel(open_one.id))["thread_metadata"]["archived"]


@area("members")
async def members(world: World) -> None:
    room = await world.room("members")
    rest = world.rest
    thread = await rest.create_thread(room, PRIVATE, "club")
    assert {member.user_id for member in await rest.fetch_thread_members(thread)} == {HOMEBOT}
    joined = world.next(hikari.ThreadMembersUpdateEvent, lambda event: BOB in event.added_members)
    await rest.add_thread_member(thread, BOB)
    assert (await joined).thread_id == thread.id
    await rest.add_thread_member(thread, CAROL)
    assert {member.user_id for member in await rest.fetch_thread_members(thread)} == {HOMEBOT, BOB, CAROL}
    assert (await rest.fetch_thread_member(thread, BOB)).user_id == BOB
    await world.sim.say(thread.id, "bob", "thanks")
    left = world.next(hikari.ThreadMembersUpdateEvent, lambda event: BOB in event.removed_member_ids)
    await rest.remove_thread_member(thread, BOB)
    await left
    assert await world.sim.refused("POST", f"/channels/{thread.id}/messages", {"as": "bob", "content": "hello?"})
    await rest.leave_thread(thread)
    await rest.join_thread(thread)
    assert HOMEBOT in {member.user_id for member in await rest.fetch_thread_members(thread)}


@area("overwrites")
async def overwrites(world: World) -> None:
    room = await world.room("overwrites")
    thread = await world.rest.create_thread(room, PUBLIC, "quiet")
    await room.edit_overwrite(world.guild.get_role(MEMBER), deny=hikari.Permissions.SEND_MESSAGES_IN_THREADS)
    assert await world.sim.refused("POST", f"/channels/{thread.id}/messages", {"as": "bob", "content": "no"})
    await world.sim.say(thread.id, "carol", "but I may")
    await world.sim.call("PUT", f"/channels/{room.id}/permissions/{HOMEBOT}", {"deny": ["SEND_MESSAGES_IN_THREADS"]})
    try:
        await thread.send("no")
        raise AssertionError("a message went into a thread where the bot may not write")
    except hikari.ForbiddenError as error:
        assert error.code == 50013, error
