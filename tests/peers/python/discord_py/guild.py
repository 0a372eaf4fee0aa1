"""The guild itself: fetched, edited, joined and left; its audit log and emojis."""

import base64

import discord
from common.sim import ALICE, BOB, GENERAL, GUILD
from common.steps import Area

from .bot import World

area = Area("guild")
# The smallest PNG there is: one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@area("fetch")
async def fetch(world: World) -> None:
    fetched = await world.bot.fetch_guild(GUILD, with_counts=True)
    assert fetched.name == "Maid Café" and fetched.owner_id == ALICE and fetched.approximate_member_count == 5
    there = await world.sim.guild()
    assert {role.id for role in fetched.roles} == {int(role["id"]) for role in there["roles"]}
    assert fetched.description == there["description"] and fetched.system_channel is None  # not fetched with channels
    mine = [guild async for guild in world.bot.fetch_guilds()]
    assert [guild.id for guild in mine] == [GUILD]


@area("edit")
async def edit(world: World) -> None:
    seen = world.next("guild_update", lambda before, after: after.name == "Tea House")
    changed = await world.guild.edit(name="Tea House", system_channel=None, reason="new sign")
    before, after = await seen
    assert before.name == "Maid Café" and after.system_channel is None and changed.name == "Tea House"
    assert (await world.sim.guild())["name"] == "Tea House"
    await world.guild.edit(name="Maid Café", system_channel=world.general)
    await world.eventually(lambda: world.guild.system_channel and world.guild.system_channel.id == GENERAL)


@area("join-leave")
async def join_leave(world: World) -> None:
    joined = world.next("guild_join", lambda guild: guild.name == "Second")
    made = await world.sim.call("POST", "/guilds", {"name": "Second", "owner": "bob", "bot": ["VIEW_CHANNEL"]})
    guild = await joined
    assert str(guild.id) == made["id"] and guild.owner_id == BOB and guild.text_channels[0].name == "general"
    gone = world.next("guild_remove", lambda left: left.id == guild.id)
    await guild.leave()
    await gone
    assert world.bot.get_guild(guild.id) is None
    assert [member["user"]["id"] for member in (await world.sim.guild(guild.id))["members"]] == [str(BOB)]


@area("audit-log")
async def audit_log(world: World) -> None:
    seen = world.next("audit_log_entry_create", lambda entry: entry.action is discord.AuditLogAction.channel_create)
    room = await world.guild.create_text_channel("audited", reason="to be read")
    live = await seen
    assert live.user == world.guild.me and live.reason == "to be read" and live.target.id == room.id
    await world.member(BOB).edit(nick="Bobby", reason="shorter")
    newest = [entry async for entry in world.guild.audit_logs(limit=2)]
    assert [entry.action for entry in newest] == [discord.AuditLogAction.member_update, discord.AuditLogAction.channel_create]
    assert newest[0].reason == "shorter" and newest[0].target.id == BOB and newest[0].after.nick == "Bobby"
    only = [entry async for entry in world.guild.audit_logs(action=discord.AuditLogAction.channel_create, user=world.guild.me)]
    assert only[0].target.id == room.id and only[0].after.name == "audited"


@area("emojis")
async def emojis(world: World) -> None:
    seen = world.next("guild_emojis_update", lambda guild, before, after: len(after) == len(before) + 1)
    emoji = await world.guild.create_custom_emoji(name="teapot", image=PIXEL)
    await seen
    assert emoji.name == "teapot" and emoji.user == world.bot.user and not emoji.animated
    changed = await emoji.edit(name="kettle")
    assert changed.name == "kettle"
    assert [entry.name for entry in await world.guild.fetch_emojis()] == ["kettle"]
    room = await world.room("emojis")
    sent = await room.send("hot")
    await sent.add_reaction(changed)
    assert (await world.sim.message(room.id, sent.id))["reactions"][0]["emoji"]["id"] == str(emoji.id)
    await changed.delete()
    assert await world.guild.fetch_emojis() == []
