"""Members: listed, searched, chunked, joining, nicknamed, timed out, in voice."""

import datetime

import hikari
from common.sim import ALICE, BOB, CAROL, DAVE, GARDEN, GUILD, HOMEBOT, LOUNGE
from common.steps import Area

from .bot import World

area = Area("members")


@area("list")
async def list_all(world: World) -> None:
    everybody = [member.id for member in await world.rest.fetch_members(GUILD)]
    assert everybody == [HOMEBOT, ALICE, BOB, CAROL, DAVE]
    page = [member.id for member in await world.rest.fetch_members(GUILD, start_at=ALICE).limit(2)]
    assert page == [BOB, CAROL]
    dave = await world.rest.fetch_member(GUILD, DAVE)
    there = await world.sim.member(DAVE)
    assert dave.nickname == there["nick"] == "Davy" and {str(role) for role in dave.role_ids} - {str(GUILD)} == set(there["roles"])
    assert dave.joined_at == datetime.datetime.fromisoformat(there["joined_at"])


@area("search")
async def search(world: World) -> None:
    found = await world.rest.search_members(GUILD, "dav")
    assert [member.id for member in found] == [DAVE]
    by_nick = await world.rest.search_members(GUILD, "Davy")
    assert [member.nickname for member in by_nick] == ["Davy"]
    assert list(await world.rest.search_members(GUILD, "nobody")) == []
    assert (await world.sim.member(DAVE))["nick"] == "Davy"


@area("chunk")
async def chunk(world: World) -> None:
    async def ask(nonce: str, **wish: object) -> hikari.MemberChunkEvent:
        came = world.next(hikari.MemberChunkEvent, lambda event: event.nonce == nonce)
        await world.bot.request_guild_members(GUILD, nonce=nonce, **wish)
        return await came

    assert set((await ask("one", query="ca", limit=5)).members) == {CAROL}
    named = await ask("two", users=[BOB, DAVE, 42])
    assert set(named.members) == {BOB, DAVE} and list(named.not_found) == [42]
    everybody = await ask("three")
    assert len(everybody.members) == len((await world.sim.guild())["members"]) and everybody.chunk_count == 1


@area("join-leave")
async def join_leave(world: World) -> None:
    joined = world.next(hikari.MemberCreateEvent, lambda event: event.user.username == "erin")
    await world.sim.call("POST", f"/guilds/{GUILD}/members", {"username": "erin", "global_name": "Erin"})
    erin = (await joined).member
    assert erin.display_name == "Erin" and not erin.is_bot and erin.joined_at and world.guild.get_member(erin.id)
    left = world.next(hikari.MemberDeleteEvent, lambda event: event.user_id == erin.id)
    await world.sim.call("DELETE", f"/guilds/{GUILD}/members/erin")
    assert (await left).old_member.username == "erin" and world.guild.get_member(erin.id) is None


@area("nickname")
async def nickname(world: World) -> None:
    seen = world.next(hikari.MemberUpdateEvent, lambda event: event.user_id == CAROL and event.member.nickname == "Caro")
    changed = await world.member(CAROL).edit(nickname="Caro")
    assert changed.nickname == "Caro" and (await seen).member.display_name == "Caro"
    assert (await world.sim.member(CAROL))["nick"] == "Caro"
    await world.member(CAROL).edit(nickname=None)
    assert (await world.sim.member(CAROL))["nick"] is None
    await world.rest.edit_my_member(GUILD, nickname="The Maid")
    assert (await world.sim.member(HOMEBOT))["nick"] == "The Maid"
    try:
        await world.member(ALICE).edit(nickname="Not hers")
        raise AssertionError("the owner was renamed")
    except hikari.ForbiddenError as error:
        assert error.code == 50013, error


@area("time-out")
async def time_out(world: World) -> None:
    room = await world.room("time-out")
    now = datetime.datetime.now(datetime.UTC)
    seen = world.next(hikari.MemberUpdateEvent, lambda event: event.user_id == BOB)
    until = now + datetime.timedelta(minutes=10)
    await world.member(BOB).edit(communication_disabled_until=until, reason="calm down")
    assert (await seen).member.communication_disabled_until() == until
    assert (await world.sim.member(BOB))["communication_disabled_until"]
    assert await world.sim.refused("POST", f"/channels/{room.id}/messages", {"as": "bob", "content": "no"})
    await world.member(BOB).edit(communication_disabled_until=None)
    assert (await world.sim.member(BOB))["communication_disabled_until"] is None
    await world.sim.say(room.id, "bob", "thanks")
    try:
        await world.member(BOB).edit(communication_disabled_until=now + datetime.timedelta(days=40))
        raise AssertionError("a time-out longer than 28 days")
    except hikari.BadRequestError as error:
        assert error.code == 50035, error


@area("voice")
async def voice(world: World) -> None:
    async def state() -> object:
        found = [entry for entry in (await world.sim.guild())["voice_states"] if entry["user_id"] == str(BOB)]
        return found[0] if found else None

    kind = hikari.VoiceStateUpdateEvent
    joined = world.next(kind, lambda event: event.state.user_id == BOB and event.state.channel_id)
    await world.sim.call("PUT", f"/guilds/{GUILD}/voice/bob", {"channel_id": str(LOUNGE), "self_mute": True})
    event = await joined
    assert event.old_state is None and event.state.channel_id == LOUNGE and event.state.is_self_muted
    assert list(world.guild.get_voice_states()) == [BOB]
    moved = world.next(kind, lambda event: event.state.channel_id == GARDEN)
    await world.member(BOB).edit(voice_channel=GARDEN)
    await moved
    assert (await state())["channel_id"] == str(GARDEN)
    muted = world.next(kind, lambda event: event.state.is_guild_muted and event.state.is_guild_deafened)
    await world.member(BOB).edit(mute=True, deaf=True)
    await muted
    left = world.next(kind, lambda event: event.state.channel_id is None)
    await world.member(BOB).edit(voice_channel=None)
    await left
    assert not (await state() or {}).get("channel_id")
