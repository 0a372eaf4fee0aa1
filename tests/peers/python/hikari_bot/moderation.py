"""Kicks and bans."""

import hikari
from common.sim import ALICE, GUILD
from common.steps import Area

from .bot import World

area = Area("moderation")


async def newcomer(world: World, name: str) -> hikari.Member:
    """Let somebody join."""
    joined = world.next(hikari.MemberCreateEvent, lambda event: event.user.username == name)
    await world.sim.call("POST", f"/guilds/{GUILD}/members", {"username": name})
    return (await joined).member


@area("kick")
async def kick(world: World) -> None:
    member = await newcomer(world, "kicked")
    left = world.next(hikari.MemberDeleteEvent, lambda event: event.user_id == member.id)
    await member.kick(reason="noise")
    await left
    assert await world.sim.member(member.id) is None
    try:
        await world.member(ALICE).kick()
        raise AssertionError("the owner was kicked")
    except hikari.ForbiddenError as error:
        assert error.code == 50013, error


@area("ban")
async def ban(world: World) -> None:
    room = await world.room("ban")
    member = await newcomer(world, "banned")
    await world.sim.say(room.id, "banned", "spam")
    kept = await world.sim.say(room.id, "bob", "not spam")
    banned = world.next(hikari.BanCreateEvent, lambda event: event.user_id == member.id)
    left = world.next(hikari.MemberDeleteEvent, lambda event: event.user_id == member.id)
    await member.ban(reason="spam", delete_message_seconds=3600)
    assert (await banned).guild_id == GUILD
    await left
    assert await world.sim.member(member.id) is None
    assert [entry["id"] for entry in await world.sim.messages(room.id)] == [kept["id"]]


@area("bans")
async def bans(world: World) -> None:
    rest = world.rest
    members = [await newcomer(world, f"pest{number}") for number in range(3)]
    for member in members:
        await rest.ban_user(GUILD, member, reason=f"is {member.username}")
    listed = await rest.fetch_bans(GUILD)
    assert {entry.user.id for entry in listed} >= {member.id for member in members}
    page = [entry.user.id for entry in await rest.fetch_bans(GUILD, start_at=members[0]).limit(1)]
    assert page == [members[1].id]
    assert (await rest.fetch_ban(GUILD, members[2])).reason == "is pest2"
    try:
        await rest.fetch_ban(GUILD, ALICE)
        raise AssertionError("a ban that is not there")
    except hikari.NotFoundError as error:
        assert error.code == 10026, error
    assert await world.sim.member(members[0].id) is None


@area("unban")
async def unban(world: World) -> None:
    member = await newcomer(world, "forgiven")
    await member.ban()
    lifted = world.next(hikari.BanDeleteEvent, lambda event: event.user_id == member.id)
    await world.rest.unban_user(GUILD, member, reason="sorry")
    await lifted
    assert member.id not in {entry.user.id for entry in await world.rest.fetch_bans(GUILD)}
    await newcomer(world, "forgiven")
    assert await world.sim.member(member.id)


@area("bulk-ban")
async def bulk_ban(world: World) -> None:
    members = [await newcomer(world, f"raider{number}") for number in range(3)]
    result = await world.rest.bulk_ban_users(GUILD, [*members, ALICE], reason="raid")
    assert set(result.banned_users) == {member.id for member in members}
    assert list(result.failed_users) == [ALICE]
    assert [await world.sim.member(member.id) for member in members] == [None] * 3
