"""Channels of every type, their order, overwrites and invites."""

import discord
from common.sim import BOB, GENERAL, GUILD, MEMBER, PARLOUR
from common.steps import Area

from .bot import World

area = Area("channels")


@area("create")
async def create(world: World) -> None:
    guild = world.guild
    seen = world.next("guild_channel_create", lambda channel: channel.name == "a-text-room")
    text = await guild.create_text_channel("A text room", topic="about", slowmode_delay=5, nsfw=True, reason="needed")
    assert text.name == "a-text-room" and text.topic == "about" and text.slowmode_delay == 5 and text.nsfw
    assert (await seen).id == text.id
    voice = await guild.create_voice_channel("A voice room", bitrate=64000, user_limit=7)
    assert voice.name == "A voice room" and (voice.bitrate, voice.user_limit) == (64000, 7)
    stage = await guild.create_stage_channel("A stage")
    category = await guild.create_category("A category")
    news = await guild.create_text_channel("some-news", news=True, category=category)
    forum = await guild.create_forum("a-forum", topic="rules", available_tags=[discord.ForumTag(name="idea", emoji="💡")])
    assert news.is_news() and news.category_id == category.id
    assert forum.available_tags[0].name == "idea" and str(forum.available_tags[0].emoji) == "💡" and forum.available_tags[0].id
    for channel, kind in ((text, 0), (voice, 2), (category, 4), (news, 5), (stage, 13), (forum, 15)):
        there = await world.sim.channel(channel.id)
        assert there["type"] == kind and there["name"] == channel.name, there


@area("edit")
async def edit(world: World) -> None:
    room = await world.room("edit")
    seen = world.next("guild_channel_update", lambda before, after: after.id == room.id)
    changed = await room.edit(
        name="edited", topic="new", nsfw=True, slowmode_delay=10, default_auto_archive_duration=60, default_thread_slowmode_delay=5
    )
    before, after = await seen
    assert (before.name, after.name) == ("edit", "edited")
    assert (changed.topic, changed.nsfw, changed.slowmode_delay) == ("new", True, 10)
    assert (changed.default_auto_archive_duration, changed.default_thread_slowmode_delay) == (60, 5)
    there = await world.sim.channel(room.id)
    assert (there["name"], there["topic"], there["rate_limit_per_user"], there["nsfw"]) == ("edited", "new", 10, True)


@area("move")
async def move(world: World) -> None:
    first, second = await world.room("first"), await world.room("second")
    assert second.position > first.position
    seen = world.next("guild_channel_update", lambda before, after: after.id == second.id)
    await second.move(before=first)
    await seen
    await world.eventually(lambda: second.position < first.position)
    places = [(await world.sim.channel(channel.id))["position"] for channel in (second, first)]
    assert places == sorted(places) and places[0] != places[1]
    parent = world.cached(PARLOUR)
    moved = world.next("guild_channel_update", lambda before, after: after.id == first.id and after.category_id == PARLOUR)
    await first.edit(category=parent, sync_permissions=True)
    await moved
    assert (await world.sim.channel(first.id))["parent_id"] == str(PARLOUR)


@area("overwrites")
async def overwrites(world: World) -> None:
    room = await world.room("overwrites")
    role = world.guild.get_role(MEMBER)
    changed = world.next("guild_channel_update", lambda before, after: after.id == room.id and len(after.overwrites) == 1)
    await room.set_permissions(role, send_messages=False, add_reactions=True, reason="quiet")
    await changed
    assert not room.permissions_for(world.member(BOB)).send_messages
    there = (await world.sim.channel(room.id))["permission_overwrites"]
    assert there == [{"id": str(MEMBER), "type": 0, "allow": str(1 << 6), "deny": str(1 << 11)}]
    assert await world.sim.refused("POST", f"/channels/{room.id}/messages", {"as": "bob", "content": "no"})
    second = world.next("guild_channel_update", lambda before, after: after.id == room.id and len(after.overwrites) == 2)
    await room.set_permissions(world.member(BOB), send_messages=True)
    await second
    await world.sim.say(room.id, "bob", "yes")
    third = world.next("guild_channel_update", lambda before, after: after.id == room.id and len(after.overwrites) == 1)
    await room.set_permissions(role, overwrite=None)
    await third
    assert [(entry.id, value.send_messages) for entry, value in room.overwrites.items()] == [(BOB, True)]


@area("delete")
async def delete(world: World) -> None:
    mine, theirs = await world.room("mine"), await world.room("theirs")
    gone = world.next("guild_channel_delete", lambda channel: channel.id == mine.id)
    await mine.delete(reason="done")
    assert (await gone).name == "mine" and await world.sim.channel(mine.id) is None
    gone = world.next("guild_channel_delete", lambda channel: channel.id == theirs.id)
    await world.sim.call("DELETE", f"/channels/{theirs.id}")
    await gone
    assert world.guild.get_channel(theirs.id) is None


@area("invites")
async def invites(world: World) -> None:
    room = await world.room("invites")
    seen = world.next("invite_create", lambda invite: invite.channel.id == room.id)
    invite = await room.create_invite(max_age=3600, max_uses=5, unique=True)
    assert (await seen).code == invite.code and (invite.max_age, invite.max_uses, invite.uses) == (3600, 5, 0)
    assert invite.inviter == world.bot.user and invite.guild.id == GUILD
    assert invite.code in {entry.code for entry in await room.invites()}
    assert invite.code in {entry.code for entry in await world.guild.invites()}
    fetched = await world.bot.fetch_invite(invite.code)
    assert fetched.channel.id == room.id and fetched.approximate_member_count
    gone = world.next("invite_delete", lambda entry: entry.code == invite.code)
    await invite.delete()
    await gone
    assert await room.invites() == []


@area("list")
async def list_all(world: World) -> None:
    general = await world.bot.fetch_channel(GENERAL)
    assert isinstance(general, discord.TextChannel) and general.topic == "Everything else" and general.category_id == PARLOUR
    everything = {channel.id: type(channel) for channel in await world.guild.fetch_channels()}
    assert set(everything) == {int(entry["id"]) for entry in (await world.sim.guild())["channels"]}
    assert set(everything.values()) >= {
        discord.TextChannel, discord.VoiceChannel, discord.CategoryChannel, discord.StageChannel, discord.ForumChannel,
    }
