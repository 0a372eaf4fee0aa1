"""Channels of every type, their order, overwrites and invites."""

import datetime

import hikari
from common.sim import BOB, GENERAL, GUILD, MEMBER, PARLOUR
from common.steps import Area

from .bot import World

area = Area("channels")
Updated = hikari.GuildChannelUpdateEvent


@area("create")
async def create(world: World) -> None:
    rest = world.rest
    seen = world.next(hikari.GuildChannelCreateEvent, lambda event: event.channel.name == "a-text-room")
    text = await rest.create_guild_text_channel(
        GUILD, "A text room", topic="about", rate_limit_per_user=5, nsfw=True, reason="needed"
    )
    assert text.name == "a-text-room" and text.topic == "about" and text.rate_limit_per_user.seconds == 5 and text.is_nsfw
    assert (await seen).channel_id == text.id
    voice = await rest.create_guild_voice_channel(GUILD, "A voice room", bitrate=64000, user_limit=7)
    assert voice.name == "A voice room" and (voice.bitrate, voice.user_limit) == (64000, 7)
    stage = await rest.create_guild_stage_channel(GUILD, "A stage")
    category = await rest.create_guild_category(GUILD, "A category")
    news = await rest.create_guild_news_channel(GUILD, "some-news", category=category)
    tag = hikari.ForumTag(name="idea", emoji="💡")
    forum = await rest.create_guild_forum_channel(GUILD, "a-forum", topic="rules", available_tags=[tag])
    assert news.parent_id == category.id
    assert forum.available_tags[0].name == "idea" and forum.available_tags[0].unicode_emoji == "💡" and forum.available_tags[0].id
    for channel, kind in ((text, 0), (voice, 2), (category, 4), (news, 5), (stage, 13), (forum, 15)):
        there = await world.sim.channel(channel.id)
        assert there["type"] == kind and there["name"] == channel.name, there


@area("edit")
async def edit(world: World) -> None:
    room = await world.room("edit")
    seen = world.next(Updated, lambda event: event.channel_id == room.id)
    changed = await room.edit(
        name="edited", topic="new", nsfw=True, rate_limit_per_user=10, default_auto_archive_duration=datetime.timedelta(hours=1)
    )
    event = await seen
    assert (event.old_channel.name, event.channel.name) == ("edit", "edited")
    assert (changed.topic, changed.is_nsfw, changed.rate_limit_per_user.seconds) == ("new", True, 10)
    assert changed.default_auto_archive_duration == datetime.timedelta(hours=1)
    there = await world.sim.channel(room.id)
    assert (there["name"], there["topic"], there["rate_limit_per_user"], there["nsfw"]) == ("edited", "new", 10, True)


@area("move")
async def move(world: World) -> None:
    first, second = await world.room("first"), await world.room("second")
    seen = world.next(Updated, lambda event: event.channel_id == second.id)
    await world.rest.reposition_channels(GUILD, {first.position: second.id, second.position: first.id})
    await seen
    places = [(await world.sim.channel(channel.id))["position"] for channel in (second, first)]
    assert places == sorted(places) and places[0] != places[1]
    moved = world.next(Updated, lambda event: event.channel_id == first.id and event.channel.parent_id == PARLOUR)
    await first.edit(parent_category=PARLOUR)
    await moved
    assert (await world.sim.channel(first.id))["parent_id"] == str(PARLOUR)


@area("overwrites")
async def overwrites(world: World) -> None:
    room = await world.room("overwrites")
    permissions = hikari.Permissions
    role = world.guild.get_role(MEMBER)
    changed = world.next(Updated, lambda event: len(event.channel.permission_overwrites) == 1)
    await room.edit_overwrite(role, deny=permissions.SEND_MESSAGES, allow=permissions.ADD_REACTIONS, reason="quiet")
    overwrite = (await changed).channel.permission_overwrites[MEMBER]
    assert overwrite.deny == permissions.SEND_MESSAGES and overwrite.type is hikari.PermissionOverwriteType.ROLE
    there = (await world.sim.channel(room.id))["permission_overwrites"]
    assert there == [{"id": str(MEMBER), "type": 0, "allow": str(1 << 6), "deny": str(1 << 11)}]
    assert await world.sim.refused("POST", f"/channels/{room.id}/messages", {"as": "bob", "content": "no"})
    await room.edit_overwrite(BOB, target_type=hikari.PermissionOverwriteType.MEMBER, allow=permissions.SEND_MESSAGES)
    await world.sim.say(room.id, "bob", "yes")
    third = world.next(Updated, lambda event: event.channel.permission_overwrites.keys() == {BOB})
    await room.remove_overwrite(role)
    await third
    assert [entry["id"] for entry in (await world.sim.channel(room.id))["permission_overwrites"]] == [str(BOB)]


@area("delete")
async def delete(world: World) -> None:
    mine, theirs = await world.room("mine"), await world.room("theirs")
    gone = world.next(hikari.GuildChannelDeleteEvent, lambda event: event.channel_id == mine.id)
    await world.rest.delete_channel(mine, reason="done")
    assert (await gone).channel.name == "mine" and await world.sim.channel(mine.id) is None
    gone = world.next(hikari.GuildChannelDeleteEvent, lambda event: event.channel_id == theirs.id)
    await world.sim.call("DELETE", f"/channels/{theirs.id}")
    await gone
    assert world.find_channel(theirs.id) is None


@area("invites")
async def invites(world: World) -> None:
    room = await world.room("invites")
    seen = world.next(hikari.InviteCreateEvent, lambda event: event.channel_id == room.id)
    invite = await world.rest.create_invite(room, max_age=3600, max_uses=5, unique=True)
    assert (await seen).code == invite.code and (invite.max_age.seconds, invite.max_uses, invite.uses) == (3600, 5, 0)
    assert invite.inviter.id == world.app and invite.guild_id == GUILD
    assert invite.code in {entry.code for entry in await world.rest.fetch_channel_invites(room)}
    assert invite.code in {entry.code for entry in await world.rest.fetch_guild_invites(GUILD)}
    fetched = await world.rest.fetch_invite(invite.code)
    assert fetched.channel.id == room.id and fetched.approximate_member_count
    gone = world.next(hikari.InviteDeleteEvent, lambda event: event.code == invite.code)
    await world.rest.delete_invite(invite)
    await gone
    assert list(await world.rest.fetch_channel_invites(room)) == []


@area("list")
async def list_all(world: World) -> None:
    general = await world.rest.fetch_channel(GENERAL)
    assert isinstance(general, hikari.GuildTextChannel) and general.topic == "Everything else" and general.parent_id == PARLOUR
    everything = {channel.id: type(channel) for channel in await world.rest.fetch_guild_channels(GUILD)}
    assert set(everything) == {int(entry["id"]) for entry in (await world.sim.guild())["channels"]}
    assert set(everything.values()) >= {
        hikari.GuildTextChannel, hikari.GuildVoiceChannel, hikari.GuildCategory, hikari.GuildStageChannel,
        hikari.GuildNewsChannel, hikari.GuildForumChannel,
    }
