"""Roles: made, changed, moved, given, taken, deleted; the hierarchy."""

import discord
from common.sim import BOB, BOSS, CAROL, GUIDE, MEMBER
from common.steps import Area

from .bot import World

area = Area("roles")


@area("create")
async def create(world: World) -> None:
    seen = world.next("guild_role_create", lambda role: role.name == "Cook")
    permissions = discord.Permissions(manage_messages=True, kick_members=True)
    role = await world.guild.create_role(name="Cook", permissions=permissions, colour=0x00FF00, hoist=True, mentionable=True)
    assert (await seen).id == role.id and role.permissions == permissions and role.colour.value == 0x00FF00
    there = await world.sim.role(role.id)
    assert (there["name"], there["color"], there["hoist"], there["mentionable"]) == ("Cook", 0x00FF00, True, True)
    assert there["permissions"] == str(permissions.value)
    assert role.id in {entry.id for entry in await world.guild.fetch_roles()}
    assert (await world.guild.fetch_role(role.id)).name == "Cook"


@area("edit")
async def edit(world: World) -> None:
    role = await world.guild.create_role(name="Waiter")
    await world.eventually(lambda: world.guild.get_role(role.id))
    seen = world.next("guild_role_update", lambda before, after: after.id == role.id)
    changed = await role.edit(name="Head waiter", colour=0xFF0000, permissions=discord.Permissions(manage_messages=True))
    assert changed.name == "Head waiter" and changed.permissions.manage_messages
    before, after = await seen
    assert (before.name, after.name) == ("Waiter", "Head waiter")
    there = await world.sim.role(role.id)
    assert (there["name"], there["color"], there["permissions"]) == ("Head waiter", 0xFF0000, str(1 << 13))


@area("positions")
async def positions(world: World) -> None:
    # Fetched, as a new role may have moved them.
    roles = {role.id: role for role in await world.guild.fetch_roles()}
    member, guide = roles[MEMBER], roles[GUIDE]
    assert member.position < guide.position
    # The answer may be in the cache before the event comes, so that the event changes nothing any more.
    seen = world.next("guild_role_update", lambda _, after: after.id == MEMBER)
    await world.guild.edit_role_positions({member: guide.position})
    await seen
    places = [(await world.sim.role(role))["position"] for role in (GUIDE, MEMBER)]
    assert places[0] < places[1], places
    await world.eventually(lambda: world.guild.get_role(GUIDE) < world.guild.get_role(MEMBER))


@area("assign")
async def assign(world: World) -> None:
    carol = world.member(CAROL)
    seen = world.next("member_update", lambda before, after: after.id == CAROL and len(after.roles) > len(before.roles))
    await carol.add_roles(world.guild.get_role(MEMBER), reason="welcome")
    assert world.guild.get_role(MEMBER) in (await seen)[1].roles
    assert (await world.sim.member(CAROL))["roles"] == [str(MEMBER)]
    changed = await carol.edit(roles=[world.guild.get_role(GUIDE)])
    assert [role.id for role in changed.roles[1:]] == [GUIDE]
    await carol.remove_roles(world.guild.get_role(GUIDE))
    assert (await world.sim.member(CAROL))["roles"] == []


@area("delete")
async def delete(world: World) -> None:
    role = await world.guild.create_role(name="Short-lived")
    await world.member(BOB).add_roles(role)
    seen = world.next("guild_role_delete", lambda gone: gone.id == role.id)
    await role.delete(reason="over")
    assert (await seen).name == "Short-lived" and await world.sim.role(role.id) is None
    assert (await world.sim.member(BOB))["roles"] == [str(MEMBER)]
    assert [entry.id for entry in (await world.guild.fetch_member(BOB)).roles[1:]] == [MEMBER]


@area("hierarchy")
async def hierarchy(world: World) -> None:
    boss = world.guild.get_role(BOSS)
    assert boss > world.guild.self_role > world.guild.get_role(GUIDE)
    for forbidden in (boss.edit(name="Mine"), boss.delete(), world.member(BOB).add_roles(boss)):
        try:
            await forbidden
            raise AssertionError("the bot touched a role above its own")
        except discord.Forbidden as error:
            assert error.code == 50013, error
    assert (await world.sim.role(boss.id))["name"] == "Boss"
    try:
        await world.guild.create_role(name="Too much", permissions=discord.Permissions(administrator=True))
        raise AssertionError("the bot granted what it does not have")
    except discord.Forbidden as error:
        assert error.code == 50013, error
