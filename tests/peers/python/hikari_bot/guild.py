"""The guild itself: fetched, edited, joined and left; its audit log and emojis."""

import base64

import hikari
from common.sim import ALICE, BOB, GENERAL, GUILD
from common.steps import Area

from .bot import World

area = Area("guild")
# The smallest PNG there is: one pixel.
PIXEL = hikari.Bytes(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="), "pixel.png"
)


@area("fetch")
async def fetch(world: World) -> None:
    fetched = await world.rest.fetch_guild(GUILD)
    assert fetched.name == "Maid Café" and fetched.owner_id == ALICE and fetched.approximate_member_count == 5
    there = await world.sim.guild()
    assert set(fetched.roles) == {int(role["id"]) for role in there["roles"]}
    assert fetched.description == there["description"] and fetched.system_channel_id == GENERAL
    mine = await world.rest.fetch_my_guilds()
    assert [guild.id for guild in mine] == [GUILD]


@area("edit")
async def edit(world: World) -> None:
    seen = world.next(hikari.GuildUpdateEvent, lambda event: event.guild.name == "Tea House")
    changed = await world.rest.edit_guild(GUILD, name="Tea House", system_channel=None, reason="new sign")
    event = await seen
    assert event.old_guild.name == "Maid Café" and event.guild.system_channel_id is None and changed.name == "Tea House"
    assert (await world.sim.guild())["name"] == "Tea House"
    await world.rest.edit_guild(GUILD, name="Maid Café", system_channel=GENERAL)
    await world.eventually(lambda: world.guild.system_channel_id == GENERAL)


@area("join-leave")
async def join_leave(world: World) -> None:
    joined = world.next(hikari.GuildJoinEvent, lambda event: event.guild.name == "Second")
    made = await world.sim.call("POST", "/guilds", {"name": "Second", "owner": "bob", "bot": ["VIEW_CHANNEL"]})
    event = await joined
    assert str(event.guild_id) == made["id"] and event.guild.owner_id == BOB
    assert [channel.name for channel in event.channels.values()] == ["general"]
    gone = world.next(hikari.GuildLeaveEvent, lambda left: left.guild_id == event.guild_id)
    await world.rest.leave_guild(event.guild_id)
    await gone
    assert world.bot.cache.get_guild(event.guild_id) is None
    assert [member["user"]["id"] for member in (await world.sim.guild(event.guild_id))["members"]] == [str(BOB)]


@area("audit-log")
async def audit_log(world: World) -> None:
    kind = hikari.AuditLogEventType
    seen = world.next(hikari.AuditLogEntryCreateEvent, lambda event: event.entry.action_type is kind.CHANNEL_CREATE)
    room = await world.rest.create_guild_text_channel(GUILD, "audited", reason="to be read")
    live = (await seen).entry
    assert live.user_id == world.app and live.reason == "to be read" and live.target_id == room.id
    await world.member(BOB).edit(nickname="Bobby", reason="shorter")
    newest = await world.rest.fetch_audit_log(GUILD).limit(1)
    entries = list(newest[0].entries.values())[:2]
    assert [entry.action_type for entry in entries] == [kind.MEMBER_UPDATE, kind.CHANNEL_CREATE]
    assert entries[0].reason == "shorter" and entries[0].target_id == BOB
    assert entries[0].changes[0].key is hikari.AuditLogChangeKey.NICK and entries[0].changes[0].new_value == "Bobby"
    only = await world.rest.fetch_audit_log(GUILD, user=world.app, event_type=kind.CHANNEL_CREATE).limit(1)
    assert [entry.target_id for entry in only[0].entries.values()] == [room.id]
    assert (await world.sim.member(BOB))["nick"] == "Bobby"


@area("emojis")
async def emojis(world: World) -> None:
    seen = world.next(hikari.EmojisUpdateEvent, lambda event: len(event.emojis) == 1)
    emoji = await world.rest.create_emoji(GUILD, "teapot", PIXEL)
    await seen
    assert emoji.name == "teapot" and emoji.user.id == world.app and not emoji.is_animated
    changed = await world.rest.edit_emoji(GUILD, emoji, name="kettle")
    assert changed.name == "kettle"
    assert [entry.name for entry in await world.rest.fetch_guild_emojis(GUILD)] == ["kettle"]
    room = await world.room("emojis")
    sent = await room.send("hot")
    await sent.add_reaction(changed)
    assert (await world.sim.message(room.id, sent.id))["reactions"][0]["emoji"]["id"] == str(emoji.id)
    await world.rest.delete_emoji(GUILD, emoji)
    assert list(await world.rest.fetch_guild_emojis(GUILD)) == []
