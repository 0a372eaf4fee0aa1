"""Members: listed, searched, chunked, joining, nicknamed, timed out, in voice."""

import datetime

import discord
from common.sim import ALICE, BOB, CAROL, DAVE, GARDEN, GUILD, HOMEBOT, LOUNGE
from common.steps import Area

from .bot import World

area = Area("members")


@area("list")
async def list_all(world: World) -> None:
    everybody = [member.id async for member in world.guild.fetch_members(limit=None)]
    assert sorted(everybody) == [HOMEBOT, ALICE, BOB, CAROL, DAVE]
    page = [member.id async for member in world.guild.fetch_members(limit=2, after=discord.Object(ALICE))]
    assert sorted(page) == [BOB, CAROL]
    dave = await world.guild.fetch_member(DAVE)
    there = await world.sim.member(DAVE)
    assert dave.nick == there["nick"] == "Davy" and {str(role.id) for role in dave.roles[1:]} == set(there["roles"])
    assert dave.joined_at == discord.utils.parse_time(there["joined_at"])


@area("search")
async def search(world: World) -> None:
    http = world.bot.http
    # discord.py searches by the gateway; this is its route for REST.
    route = discord.http.Route("GET", "/guilds/{guild_id}/members/search", guild_id=GUILD)
    found = await http.request(route, params={"query": "dav", "limit": 5})
    assert [entry["user"]["id"] for entry in found] == [str(DAVE)]
    by_nick = await http.request(route, params={"query": "Davy"})
    assert [entry["nick"] for entry in by_nick] == ["Davy"]
    assert await http.request(route, params={"query": "nobody"}) == []
    assert (await world.sim.member(DAVE))["nick"] == "Davy"


@area("chunk")
async def chunk(world: World) -> None:
    found = await world.guild.query_members("ca", limit=5)
    assert [member.id for member in found] == [CAROL]
    named = await world.guild.query_members(user_ids=[BOB, DAVE, 42])
    assert sorted(member.id for member in named) == [BOB, DAVE]
    everybody = await world.guild.chunk(cache=False)
    assert len(everybody) == len((await world.sim.guild())["members"])


@area("join-leave")
async def join_leave(world: World) -> None:
    joined = world.next("member_join", lambda member: member.name == "erin")
    await world.sim.call("POST", f"/guilds/{GUILD}/members", {"username": "erin", "global_name": "Erin"})
    erin = await joined
    assert erin.display_name == "Erin" and not erin.bot and erin.joined_at and world.guild.get_member(erin.id)
    left = world.next("member_remove", lambda member: member.id == erin.id)
    await world.sim.call("DELETE", f"/guilds/{GUILD}/members/erin")
    assert (await left).name == "erin" and world.guild.get_member(erin.id) is None


@area("nickname")
async def nickname(world: World) -> None:
    seen = world.next("member_update", lambda before, after: after.id == CAROL and after.nick == "Caro")
    changed = await world.member(CAROL).edit(nick="Caro")
    assert changed.nick == "Caro" and (await seen)[1].display_name == "Caro"
    assert (await world.sim.member(CAROL))["nick"] == "Caro"
    await world.member(CAROL).edit(nick=None)
    assert (await world.sim.member(CAROL))["nick"] is None
    await world.guild.me.edit(nick="The Maid")
    assert (await world.sim.member(HOMEBOT))["nick"] == "The Maid"
    try:
        await world.member(ALICE).edit(nick="Not hers")
        raise AssertionError("the owner was renamed")
    except discord.Forbidden as error:
        assert error.code == 50013, error


@area("time-out")
async def time_out(world: World) -> None:
    room = await world.room("time-out")
    seen = world.next("member_update", lambda before, after: after.id == BOB and after.timed_out_until)
    await world.member(BOB).timeout(datetime.timedelta(minutes=10), reason="calm down")
    assert (await seen)[1].is_timed_out()
    assert (await world.sim.member(BOB))["communication_disabled_until"]
    assert await world.sim.refused("POST", f"/channels/{room.id}/messages", {"as": "bob", "content": "no"})
    await world.member(BOB).timeout(None)
    assert (await world.sim.member(BOB))["communication_disabled_until"] is None
    await world.sim.say(room.id, "bob", "thanks")
    try:
        await world.member(BOB).timeout(datetime.timedelta(days=40))
        raise AssertionError("a time-out longer than 28 days")
    except discord.HTTPException as error:
        assert error.status == 400, error


@area("voice")
async def voice(world: World) -> None:
    async def state() -> object:
        found = [entry for entry in (await world.sim.guild())["voice_states"] if entry["user_id"] == str(BOB)]
        return found[0] if found else None

    joined = world.next("voice_state_update", lambda member, before, after: member.id == BOB and after.channel)
    await world.sim.call("PUT", f"/guilds/{GUILD}/voice/bob", {"channel_id": str(LOUNGE), "self_mute": True})
    member, before, after = await joined
    assert before.channel is None and after.channel.id == LOUNGE and after.self_mute
    assert [entry.id for entry in world.cached(LOUNGE).members] == [BOB]
    moved = world.next("voice_state_update", lambda member, before, after: after.channel and after.channel.id == GARDEN)
    await member.move_to(world.cached(GARDEN))
    await moved
    assert (await state())["channel_id"] == str(GARDEN)
    muted = world.next("voice_state_update", lambda member, before, after: after.mute and after.deaf)
    await member.edit(mute=True, deafen=True)
    await muted
    left = world.next("voice_state_update", lambda member, before, after: after.channel is None)
    await member.move_to(None)
    await left
    assert not (await state() or {}).get("channel_id")
