"""Kicks and bans."""

import discord
from common.sim import ALICE, GUILD
from common.steps import Area

from .bot import World

area = Area("moderation")


async def newcomer(world: World, name: str) -> discord.Member:
    """Let somebody join."""
    joined = world.next("member_join", lambda member: member.name == name)
    await world.sim.call("POST", f"/guilds/{GUILD}/members", {"username": name})
    return await joined


@area("kick")
async def kick(world: World) -> None:
    member = await newcomer(world, "kicked")
    left = world.next("member_remove", lambda gone: gone.id == member.id)
    await member.kick(reason="noise")
    await left
    assert await world.sim.member(member.id) is None
    try:
        await world.member(ALICE).kick()
        raise AssertionError("the owner was kicked")
    except discord.Forbidden as error:
        assert error.code == 50013, error


@area("ban")
async def ban(world: World) -> None:
    room = await world.room("ban")
    member = await newcomer(world, "banned")
    await world.sim.say(room.id, "banned", "spam")
    kept = await world.sim.say(room.id, "bob", "not spam")
    banned = world.next("member_ban", lambda guild, user: user.id == member.id)
    left = world.next("member_remove", lambda gone: gone.id == member.id)
    await member.ban(reason="spam", delete_message_seconds=3600)
    assert (await banned)[0] == world.guild
    await left
    assert await world.sim.member(member.id) is None
    left_over = await world.sim.messages(room.id)
    assert [entry["id"] for entry in left_over] == [kept["id"]], left_over


@area("bans")
async def bans(world: World) -> None:
    members = [await newcomer(world, f"pest{number}") for number in range(3)]
    for member in members:
        await world.guild.ban(member, reason=f"is {member.name}")
    listed = [entry async for entry in world.guild.bans(limit=None)]
    assert {entry.user.id for entry in listed} >= {member.id for member in members}
    page = [entry.user.id async for entry in world.guild.bans(limit=1, after=members[0])]
    assert page == [members[1].id]
    assert (await world.guild.fetch_ban(members[2])).reason == "is pest2"
    try:
        await world.guild.fetch_ban(discord.Object(ALICE))
        raise AssertionError("a ban that is not there")
    except discord.NotFound as error:
        assert error.code == 10026, error
    assert await world.sim.member(members[0].id) is None


@area("unban")
async def unban(world: World) -> None:
    member = await newcomer(world, "forgiven")
    await member.ban()
    lifted = world.next("member_unban", lambda guild, user: user.id == member.id)
    await world.guild.unban(member, reason="sorry")
    await lifted
    assert member.id not in {entry.user.id async for entry in world.guild.bans()}
    await newcomer(world, "forgiven")
    assert await world.sim.member(member.id)


@area("bulk-ban")
async def bulk_ban(world: World) -> None:
    members = [await newcomer(world, f"raider{number}") for number in range(3)]
    result = await world.guild.bulk_ban([*members, discord.Object(ALICE)], reason="raid")
    assert {user.id for user in result.banned} == {member.id for member in members}
    assert [user.id for user in result.failed] == [ALICE]
    assert [await world.sim.member(member.id) for member in members] == [None] * 3
