"""The gateway: sessions, their end and their resumption, intents."""

import discord
from common.sim import BOB, GENERAL, GUILD, HOMEBOT, LOUNGE, Json, simulator, until
from common.steps import Area

from .bot import World, connect

area = Area("gateway")


async def actions(world: World) -> list[Json]:
    """Return what the simulator saw at the gateway."""
    return [entry for entry in await world.sim.timeline() if entry["kind"] == "gateway"]


@area("ready")
async def ready(world: World) -> None:
    guild, there = world.guild, await world.sim.guild()
    assert {channel.id for channel in guild.channels} == {int(entry["id"]) for entry in there["channels"]}
    assert {role.id for role in guild.roles} == {int(entry["id"]) for entry in there["roles"]}
    assert {member.id for member in guild.members} == {int(entry["user"]["id"]) for entry in there["members"]}
    assert guild.owner.name == "alice" and guild.me.id == HOMEBOT and guild.chunked and guild.member_count == 5
    connected = next(entry for entry in await actions(world) if entry["action"] == "connected")
    assert connected["compress"] == "zlib-stream"


@area("resume")
async def resume(world: World) -> None:
    resumed = world.next("resumed")
    session = world.bot.ws.session_id
    heard = world.next("message", lambda message: message.content == "while you were away")
    await world.sim.call("POST", "/gateway", {"action": "drop"})
    await world.sim.say(GENERAL, "bob", "while you were away")
    await resumed
    assert (await heard).author.id == BOB
    assert world.bot.ws.session_id == session
    last = (await actions(world))[-1]
    assert last["action"] == "resumed" and last["session_id"] == session


@area("reconnect")
async def reconnect(world: World) -> None:
    resumed = world.next("resumed")
    await world.sim.call("POST", "/gateway", {"action": "reconnect"})
    await resumed
    heard = world.next("message", lambda message: message.content == "after reconnecting")
    await world.sim.say(GENERAL, "bob", "after reconnecting")
    await heard
    assert (await actions(world))[-1]["action"] == "resumed"


@area("invalid")
async def invalid(world: World) -> None:
    session = world.bot.ws.session_id
    ready = world.bot.wait_for("ready", timeout=25)
    await world.sim.call("POST", "/gateway", {"action": "invalidate"})
    await ready
    assert world.bot.ws.session_id != session
    sessions = [entry["session_id"] for entry in await actions(world) if entry["action"] == "ready"]
    assert len(sessions) >= 2 and sessions[-1] == world.bot.ws.session_id
    heard = world.next("message", lambda message: message.content == "new session")
    await world.sim.say(GENERAL, "bob", "new session")
    await heard


@area("content")
async def content(world: World) -> None:
    intents = discord.Intents.default()
    async with simulator() as sim, connect(sim, intents) as blind:
        heard = blind.next("message", lambda message: message.author.id == BOB)
        await sim.say(GENERAL, "bob", "unreadable")
        message = await heard
        assert message.content == "" and (await sim.last(GENERAL))["content"] == "unreadable"
        mentioned = blind.next("message", lambda message: message.author.id == BOB)
        await sim.say(GENERAL, "bob", f"<@{HOMEBOT}> readable")
        assert (await mentioned).content.endswith("readable")
        own = blind.next("message", lambda message: message.author.id == HOMEBOT)
        await blind.general.send("my own")
        assert (await own).content == "my own"
        # Over REST the portal's switch decides, not the session.
        fetched = [entry.content async for entry in blind.general.history(limit=3)]
        assert fetched == ["my own", f"<@{HOMEBOT}> readable", "unreadable"], fetched


@area("members-intent")
async def members_intent(world: World) -> None:
    async with simulator() as sim, connect(sim, discord.Intents.default()) as blind:
        joins: list[discord.Member] = []

        @blind.bot.event
        async def on_member_join(member: discord.Member) -> None:
            joins.append(member)

        await sim.call("POST", f"/guilds/{GUILD}/members", {"username": "erin"})
        heard = blind.next("message", lambda message: message.author.name == "erin")
        await sim.say(GENERAL, "erin", "hello")
        await heard
        assert joins == [] and await sim.call("GET", "/state")
        # Events keep their order: a message that came after the join says that the join was not sent.
        assert blind.guild.member_count == 5


@area("disallowed")
async def disallowed(world: World) -> None:
    async with simulator() as sim:
        await sim.call("PUT", "/bot/intents", {"members": False, "presences": False, "message_content": False})
        try:
            async with connect(sim, discord.Intents.all()):
                raise AssertionError("a session with an intent that is off")
        except discord.PrivilegedIntentsRequired as error:
            assert error.shard_id is None
        closed = next(entry for entry in await sim.timeline() if entry["kind"] == "gateway" and entry["action"] == "closed")
        assert closed["code"] == 4014
        async with connect(sim, discord.Intents.default()) as world:
            assert world.guild.id == GUILD


@area("presence")
async def presence(world: World) -> None:
    await world.bot.change_presence(status=discord.Status.idle, activity=discord.Game("tea time"))

    async def told() -> Json:
        return [entry for entry in await actions(world) if entry["action"] == "presence" and entry["activities"]]

    entry = (await until(told))[-1]
    assert entry["status"] == "idle" and entry["activities"][0]["name"] == "tea time"
    voice = world.next("voice_state_update", lambda member, before, after: member.id == HOMEBOT)
    await world.guild.change_voice_state(channel=world.cached(LOUNGE), self_deaf=True)
    assert (await voice)[2].channel.id == LOUNGE
