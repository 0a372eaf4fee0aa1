"""The gateway: sessions, their end and their resumption, intents."""

import hikari
from common.sim import BOB, GENERAL, GUILD, HOMEBOT, LOUNGE, Json, Sim, simulator, until
from common.steps import Area

from .bot import World, connect

area = Area("gateway")
DEFAULT = hikari.Intents.ALL_UNPRIVILEGED
Heard = hikari.GuildMessageCreateEvent


async def actions(sim: Sim) -> list[Json]:
    """Return what the simulator saw at the gateway."""
    return [entry for entry in await sim.timeline() if entry["kind"] == "gateway"]


async def session(sim: Sim) -> str:
    """Return the newest session."""
    return [entry["session_id"] for entry in await actions(sim) if entry["action"] == "ready"][-1]


@area("ready")
async def ready(world: World) -> None:
    guild, there = world.guild, await world.sim.guild()
    assert set(guild.get_channels()) == {int(entry["id"]) for entry in there["channels"]}
    assert set(guild.get_roles()) == {int(entry["id"]) for entry in there["roles"]}
    await world.eventually(lambda: len(guild.get_members()) == len(there["members"]))
    assert set(guild.get_members()) == {int(entry["user"]["id"]) for entry in there["members"]}
    assert guild.get_member(guild.owner_id).username == "alice" and guild.member_count == 5
    connected = next(entry for entry in await actions(world.sim) if entry["action"] == "connected")
    assert connected["compress"] == "zlib-stream"


@area("resume")
async def resume(world: World) -> None:
    resumed = world.next(hikari.ShardResumedEvent)
    before = await session(world.sim)
    heard = world.next(Heard, lambda event: event.content == "while you were away")
    await world.sim.call("POST", "/gateway", {"action": "drop"})
    await world.sim.say(GENERAL, "bob", "while you were away")
    await resumed
    assert (await heard).author_id == BOB
    last = (await actions(world.sim))[-1]
    assert last["action"] == "resumed" and last["session_id"] == before


@area("reconnect")
async def reconnect(world: World) -> None:
    resumed = world.next(hikari.ShardResumedEvent)
    await world.sim.call("POST", "/gateway", {"action": "reconnect"})
    await resumed
    heard = world.next(Heard, lambda event: event.content == "after reconnecting")
    await world.sim.say(GENERAL, "bob", "after reconnecting")
    await heard
    assert (await actions(world.sim))[-1]["action"] == "resumed"


@area("invalid")
async def invalid(world: World) -> None:
    before = await session(world.sim)
    ready = world.next(hikari.ShardReadyEvent)
    await world.sim.call("POST", "/gateway", {"action": "invalidate"})
    assert (await ready).session_id != before and await session(world.sim) != before
    heard = world.next(Heard, lambda event: event.content == "new session")
    await world.sim.say(GENERAL, "bob", "new session")
    await heard


@area("content")
async def content(world: World) -> None:
    async with simulator() as sim, connect(sim, DEFAULT) as blind:
        heard = blind.next(Heard, lambda event: event.author_id == BOB)
        await sim.say(GENERAL, "bob", "unreadable")
        assert not (await heard).content and (await sim.last(GENERAL))["content"] == "unreadable"
        mentioned = blind.next(Heard, lambda event: event.author_id == BOB)
        await sim.say(GENERAL, "bob", f"<@{HOMEBOT}> readable")
        assert (await mentioned).content.endswith("readable")
        own = blind.next(Heard, lambda event: event.author_id == HOMEBOT)
        await blind.cached(GENERAL).send("my own")
        assert (await own).content == "my own"
        # Over REST the portal's switch decides, not the session.
        fetched = [entry.content for entry in await blind.rest.fetch_messages(GENERAL).limit(3)]
        assert fetched == ["my own", f"<@{HOMEBOT}> readable", "unreadable"], fetched


@area("members-intent")
async def members_intent(world: World) -> None:
    async with simulator() as sim, connect(sim, DEFAULT) as blind:
        joins: list[hikari.MemberCreateEvent] = []

        async def joined(event: hikari.MemberCreateEvent) -> None:
            joins.append(event)

        try:
            blind.bot.subscribe(hikari.MemberCreateEvent, joined)
        except hikari.MissingIntentError:
            pass
        await sim.call("POST", f"/guilds/{GUILD}/members", {"username": "erin"})
        heard = blind.next(Heard, lambda event: event.author.username == "erin")
        await sim.say(GENERAL, "erin", "hello")
        await heard
        # Events keep their order: a message that came after the join says that the join was not sent.
        assert joins == [] and len((await sim.guild())["members"]) == 6


@area("disallowed")
async def disallowed(world: World) -> None:
    async with simulator() as sim:
        await sim.call("PUT", "/bot/intents", {"members": False, "presences": False, "message_content": False})
        try:
            async with connect(sim):
                raise AssertionError("a session with an intent that is off")
        except hikari.GatewayServerClosedConnectionError as error:
            assert error.code == 4014
        closed = next(entry for entry in await actions(sim) if entry["action"] == "closed")
        assert closed["code"] == 4014
        async with connect(sim, DEFAULT) as allowed:
            assert allowed.guild.id == GUILD


@area("presence")
async def presence(world: World) -> None:
    await world.bot.update_presence(status=hikari.Status.IDLE)

    async def told() -> Json:
        return [entry for entry in await actions(world.sim) if entry["action"] == "presence"]

    # hikari 2.7.0 names the activity `game`, which Discord's gateway does not know.
    assert (await until(told))[-1]["status"] == "idle"
    voice = world.next(hikari.VoiceStateUpdateEvent, lambda event: event.state.user_id == HOMEBOT)
    await world.bot.update_voice_state(GUILD, LOUNGE, self_deaf=True)
    assert (await voice).state.channel_id == LOUNGE
