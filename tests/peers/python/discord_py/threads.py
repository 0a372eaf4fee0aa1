"""Threads: on messages, alone, private, in forums; archived and listed."""

import discord
from common.sim import BOB, CAROL, HOMEBOT, MEMBER
from common.steps import Area

from .bot import World

area = Area("threads")


@area("from-message")
async def from_message(world: World) -> None:
    room = await world.room("from-message")
    sent = await room.send("start here")
    seen = world.next("thread_create", lambda thread: thread.id == sent.id)
    thread = await sent.create_thread(name="talk", auto_archive_duration=1440, reason="long")
    assert (await seen).parent == room and thread.id == sent.id and thread.owner_id == HOMEBOT
    assert thread.auto_archive_duration == 1440 and not thread.archived
    written = await thread.send("inside")
    heard = world.next("message", lambda message: message.channel.id == thread.id and message.author.id == BOB)
    await world.sim.say(thread.id, "bob", "me too")
    assert isinstance((await heard).channel, discord.Thread)
    there = await world.sim.channel(thread.id)
    assert there["type"] == 11 and there["parent_id"] == str(room.id) and there["message_count"] == 2
    assert (await world.sim.message(thread.id, written.id))["content"] == "inside"
    assert (await room.fetch_message(sent.id)).flags.has_thread


@area("without-message")
async def without_message(world: World) -> None:
    room = await world.room("without-message")
    public = await room.create_thread(name="open", type=discord.ChannelType.public_thread)
    private = await room.create_thread(name="closed", type=discord.ChannelType.private_thread, invitable=False)
    assert public.type is discord.ChannelType.public_thread and not public.is_private()
    assert private.is_private() and not private.invitable
    assert (await world.sim.channel(public.id))["type"] == 11 and (await world.sim.channel(private.id))["type"] == 12
    assert await world.sim.refused("POST", f"/channels/{private.id}/messages", {"as": "bob", "content": "let me in"})


@area("forum")
async def forum(world: World) -> None:
    tags = [{"name": "idea", "moderated": False}, {"name": "done"}]
    ideas = await world.room("wishes", 15, available_tags=tags)
    assert isinstance(ideas, discord.ForumChannel) and [tag.name for tag in ideas.available_tags] == ["idea", "done"]
    thread, message = await ideas.create_thread(name="More tea", content="please", applied_tags=[ideas.available_tags[0]])
    assert thread.parent == ideas and message.id == thread.id and [tag.name for tag in thread.applied_tags] == ["idea"]
    there = await world.sim.channel(thread.id)
    assert there["applied_tags"] == [str(ideas.available_tags[0].id)]
    assert (await world.sim.last(thread.id))["content"] == "please"
    changed = await thread.edit(applied_tags=[ideas.available_tags[1]], pinned=True)
    assert [tag.name for tag in changed.applied_tags] == ["done"] and changed.flags.pinned
    try:
        await ideas.create_thread(name="empty", content="")
        raise AssertionError("a forum post without a message")
    except discord.HTTPException as error:
        assert error.status == 400, error


@area("archive")
async def archive(world: World) -> None:
    room = await world.room("archive")
    thread = await room.create_thread(name="talk", type=discord.ChannelType.public_thread)
    seen = world.next("thread_update", lambda before, after: after.id == thread.id and after.archived)
    changed = await thread.edit(archived=True, locked=True, name="over")
    assert changed.archived and changed.locked and changed.name == "over"
    await seen
    metadata = (await world.sim.channel(thread.id))["thread_metadata"]
    assert metadata["archived"] and metadata["locked"]
    assert await world.sim.refused("POST", f"/channels/{thread.id}/messages", {"as": "bob", "content": "one more"})
    opened = await changed.edit(archived=False, locked=False)
    assert not opened.archived and not opened.locked
    await world.sim.say(thread.id, "bob", "one more")


@area("archived-lists")
async def archived_lists(world: World) -> None:
    room = await world.room("archived-lists")
    for number in range(3):
        for kind in (discord.ChannelType.public_thread, discord.ChannelType.private_thread):
            thread = await room.create_thread(name=f"{kind.name} {number}", type=kind)
            # Pages go by the time of archiving.
            await world.sim.advance(1)
            await thread.edit(archived=True)
    public = [thread.name async for thread in room.archived_threads(limit=None)]
    assert public == [f"public_thread {number}" for number in (2, 1, 0)]
    newest = [thread async for thread in room.archived_threads(limit=1)]
    rest = [thread.name async for thread in room.archived_threads(before=newest[0].archive_timestamp)]
    assert rest == public[1:]
    private = [thread.name async for thread in room.archived_threads(private=True)]
    assert private == [f"private_thread {number}" for number in (2, 1, 0)]
    joined = [thread.name async for thread in room.archived_threads(private=True, joined=True)]
    assert sorted(joined) == sorted(private)


@area("active-list")
async def active_list(world: World) -> None:
    room = await world.room("active-list")
    open_one = await room.create_thread(name="open", type=discord.ChannelType.public_thread)
    closed = await room.create_thread(name="closed", type=discord.ChannelType.public_thread)
    await closed.edit(archived=True)
    active = {thread.id for thread in await world.guild.active_threads()}
    assert open_one.id in active and closed.id not in active
    assert not (await world.sim.channel(open_one.id))["thread_metadata"]["archived"]


@area("members")
async def members(world: World) -> None:
    room = await world.room("members")
    thread = await room.create_thread(name="club", type=discord.ChannelType.private_thread)
    assert {member.id for member in await thread.fetch_members()} == {HOMEBOT}
    joined = world.next("thread_member_join", lambda member: member.id == BOB)
    await thread.add_user(discord.Object(BOB))
    assert (await joined).thread.id == thread.id
    await thread.add_user(world.member(CAROL))
    assert {member.id for member in await thread.fetch_members()} == {HOMEBOT, BOB, CAROL}
    assert (await thread.fetch_member(BOB)).id == BOB
    await world.sim.say(thread.id, "bob", "thanks")
    left = world.next("thread_member_remove", lambda member: member.id == BOB)
    await thread.remove_user(discord.Object(BOB))
    await left
    assert await world.sim.refused("POST", f"/channels/{thread.id}/messages", {"as": "bob", "content": "hello?"})
    await thread.leave()
    await thread.join()
    assert HOMEBOT in {member.id for member in await thread.fetch_members()}


@area("overwrites")
async def overwrites(world: World) -> None:
    room = await world.room("overwrites")
    thread = await room.create_thread(name="quiet", type=discord.ChannelType.public_thread)
    await room.set_permissions(world.guild.get_role(MEMBER), send_messages_in_threads=False)
    await world.eventually(lambda: not thread.permissions_for(world.member(BOB)).send_messages_in_threads)
    assert await world.sim.refused("POST", f"/channels/{thread.id}/messages", {"as": "bob", "content": "no"})
    await world.sim.say(thread.id, "carol", "but I may")
    await world.sim.call("PUT", f"/channels/{room.id}/permissions/{HOMEBOT}", {"deny": ["SEND_MESSAGES_IN_THREADS"]})
    try:
        await thread.send("no")
        raise AssertionError("a message went into a thread where the bot may not write")
    except discord.Forbidden as error:
        assert error.code == 50013, error
