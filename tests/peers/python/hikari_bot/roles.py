"""Roles: made, changed, moved, given, taken, deleted; the hierarchy."""

import hikari
from common.sim import BOB, BOSS, CAROL, GUIDE, GUILD, MEMBER
from common.steps import Area

from .bot import World

area = Area("roles")


@area("create")
async def create(world: World) -> None:
    seen = world.next(hikari.RoleCreateEvent, lambda event: event.role.name == "Cook")
    permissions = hikari.Permissions.MANAGE_MESSAGES | hikari.Permissions.KICK_MEMBERS
    role = await world.rest.create_role(
        GUILD, name="Cook", permissions=permissions, color=hikari.Color(0x00FF00), hoist=True, mentionable=True
    )
    assert (await seen).role_id == role.id and role.permissions == permissions and role.color == 0x00FF00
    there = await world.sim.role(role.id)
    assert (there["name"], there["color"], there["hoist"], there["mentionable"]) == ("Cook", 0x00FF00, True, True)
    assert there["permissions"] == str(int(permissions))
    assert role.id in {entry.id for entry in await world.rest.fetch_roles(GUILD)}
    assert (await world.rest.fetch_role(GUILD, role)).name == "Cook"


@area("edit")
async def edit(world: World) -> None:
    role = await world.rest.create_role(GUILD, name="Waiter")
    await world.eventually(lambda: world.guild.get_role(role.id))
    seen = world.next(hikari.RoleUpdateEvent, lambda event: event.role_id == role.id)
    changed = await world.rest.edit_role(
        GUILD, role, name="Head waiter", color=hikari.Color(0xFF0000), permissions=hikari.Permissions.MANAGE_MESSAGES
    )
    assert changed.name == "Head waiter" and changed.permissions == hikari.Permissions.MANAGE_MESSAGES
    event = await seen
    assert (event.old_role.name, event.role.name) == ("Waiter", "Head waiter")
    there = await world.sim.role(role.id)
    assert (there["name"], there["color"], there["permissions"]) == ("Head waiter", 0xFF0000, str(1 << 13))


@area("positions")
async def positions(world: World) -> None:
    member, guide = world.guild.get_role(MEMBER), world.guild.get_role(GUIDE)
    assert member.position < guide.position
    seen = world.next(hikari.RoleUpdateEvent, lambda event: event.role_id == MEMBER)
    await world.rest.reposition_roles(GUILD, {guide.position: MEMBER, member.position: GUIDE})
    assert (await seen).role.position > member.position
    places = [(await world.sim.role(role))["position"] for role in (GUIDE, MEMBER)]
    assert places[0] < places[1], places
    await world.eventually(lambda: world.guild.get_role(GUIDE).position < world.guild.get_role(MEMBER).position)


@area("assign")
async def assign(world: World) -> None:
    carol = world.member(CAROL)
    seen = world.next(hikari.MemberUpdateEvent, lambda event: event.user_id == CAROL)
    await carol.add_role(MEMBER, reason="welcome")
    event = await seen
    assert MEMBER in event.member.role_ids and MEMBER not in event.old_member.role_ids
    assert (await world.sim.member(CAROL))["roles"] == [str(MEMBER)]
    changed = await carol.edit(roles=[GUIDE])
    assert GUIDE in changed.role_ids and MEMBER not in changed.role_ids
    await carol.remove_role(GUIDE)
    assert (await world.sim.member(CAROL))["roles"] == []


@area("delete")
async def delete(world: World) -> None:
    role = await world.rest.create_role(GUILD, name="Short-lived")
    await world.member(BOB).add_role(role)
    seen = world.next(hikari.RoleDeleteEvent, lambda event: event.role_id == role.id)
    await world.rest.delete_role(GUILD, role, reason="over")
    assert (await seen).old_role.name == "Short-lived" and await world.sim.role(role.id) is None
    assert (await world.sim.member(BOB))["roles"] == [str(MEMBER)]
    # hikari counts @everyone among a member's roles.
    assert set((await world.rest.fetch_member(GUILD, BOB)).role_ids) == {MEMBER, GUILD}


@area("hierarchy")
async def hierarchy(world: World) -> None:
    rest = world.rest
    for forbidden in (
        rest.edit_role(GUILD, BOSS, name="Mine"),
        rest.delete_role(GUILD, BOSS),
        rest.add_role_to_member(GUILD, BOB, BOSS),
        rest.create_role(GUILD, name="Too much", permissions=hikari.Permissions.ADMINISTRATOR),
    ):
        try:
            await forbidden
            raise AssertionError("the bot touched a role above its own, or granted what it does not have")
        except hikari.ForbiddenError as error:
            assert error.code == 50013, error
    assert (await world.sim.role(BOSS))["name"] == "Boss"
