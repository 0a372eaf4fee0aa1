"""discord.py, unmodified, doing a bot's ordinary work on discord-sim.

The bot half uses the library as its documentation shows; the driver half acts as members through the simulator's
control API. Both sides assert. Addresses come from SIM_BASE, SIM_GATEWAY and SIM_TOKEN.
"""

import asyncio
import io
import os
import sys
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands

BASE = os.environ["SIM_BASE"]
PATIENCE = 20

# The two places where discord.py keeps Discord's addresses.
discord.http.Route.BASE = f"{BASE}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SIM_GATEWAY"])


class Control:
    """The simulator's control API."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        async with self._session.request(method, f"{BASE}/sim{path}", json=body) as response:
            answer = await response.json() if response.content_type == "application/json" else None
            assert response.status < 300, f"{method} {path}: {response.status} {answer}"
            return answer

    async def answered(self, interaction: dict[str, str]) -> dict[str, Any]:
        """Wait until the app has dealt with an interaction."""
        while True:
            state = await self.call("GET", f"/interactions/{interaction['interaction_id']}")
            if state["state"] not in ("pending", "deferred"):
                assert state["state"] != "failed", state
                return state
            await asyncio.sleep(0.02)


class Form(discord.ui.Modal, title="Tell me"):
    """A modal with one input."""

    wish = discord.ui.TextInput(label="Your wish", custom_id="wish", max_length=20)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"wish: {self.wish.value}", ephemeral=True)


class Buttons(discord.ui.View):
    """A view with a button and a menu."""

    @discord.ui.button(label="Press", custom_id="press", style=discord.ButtonStyle.primary)
    async def press(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.edit_message(content=f"pressed by {interaction.user.name}", view=None)

    @discord.ui.select(custom_id="menu", options=[discord.SelectOption(label="A", value="a"), discord.SelectOption(label="B", value="b")])
    async def menu(self, interaction: discord.Interaction, select: discord.ui.Select) -> None:
        await interaction.response.send_message(f"chose {select.values[0]}")


class Bot(discord.Client):
    """The bot under test."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.all())
        self.tree = app_commands.CommandTree(self)
        self.seen: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

        @self.tree.command(description="Greets somebody")
        @app_commands.describe(who="whom", times="how often")
        async def greet(interaction: discord.Interaction, who: discord.Member, times: app_commands.Range[int, 1, 3] = 1) -> None:
            embed = discord.Embed(title="Greeting", description=f"hello {who.name} x{times}", colour=0x5865F2)
            await interaction.response.send_message(embed=embed, view=Buttons())

        @self.tree.command(description="Asks for a wish")
        async def wish(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(Form())

        @self.tree.command(description="Takes its time")
        async def slow(interaction: discord.Interaction) -> None:
            await interaction.response.defer(thinking=True)
            await interaction.edit_original_response(content="done")
            await interaction.followup.send("and more", file=discord.File(io.BytesIO(b"data"), "data.txt"))

    async def on_ready(self) -> None:
        self.seen.put_nowait(("ready", None))

    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot:
            return
        self.seen.put_nowait(("message", message))
        if message.content == "!ping":
            await message.reply("pong", embed=discord.Embed(title="Pong"))

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.seen.put_nowait(("reaction", payload))

    async def on_member_join(self, member: discord.Member) -> None:
        self.seen.put_nowait(("join", member))

    async def on_resumed(self) -> None:
        self.seen.put_nowait(("resumed", None))

    async def wait(self, kind: str) -> Any:
        while True:
            found, value = await asyncio.wait_for(self.seen.get(), PATIENCE)
            if found == kind:
                return value


def step(text: str) -> None:
    print(f"discord.py {discord.__version__}: ok: {text}", flush=True)


async def drive(bot: Bot, control: Control) -> None:
    await bot.wait("ready")
    guild = bot.guilds[0]
    state = await control.call("GET", "/state")
    assert guild.name == state["guilds"][0]["name"] and bot.user and bot.user.name == "homebot"
    assert {member.name for member in guild.members} == {"homebot", "alice", "bob", "carol"}
    assert guild.owner and guild.owner.name == "alice"
    step("logs in over zlib-stream, with guild, channels, roles and members")

    general = discord.utils.get(guild.text_channels, name="general")
    assert general and general.category and general.permissions_for(guild.me).send_messages
    path = f"/channels/{general.id}"

    async def last(viewer: str = "alice") -> dict[str, Any]:
        return (await control.call("GET", f"{path}/messages?limit=1&as={viewer}"))[0]

    ping = await control.call("POST", f"{path}/messages", {"as": "alice", "content": "!ping"})
    heard = await bot.wait("message")
    assert heard.content == "!ping" and heard.author.name == "alice" and heard.guild == guild
    while (answer := await last())["content"] != "pong":
        await asyncio.sleep(0.02)
    assert answer["referenced_message"]["id"] == ping["id"] and answer["embeds"][0]["title"] == "Pong"
    step("receives a message and replies with an embed")

    await heard.add_reaction("🎉")
    await control.call("POST", f"{path}/messages/{ping['id']}/reactions", {"as": "bob", "emoji": "🎉"})
    while (reaction := await bot.wait("reaction")).user_id == bot.user.id:
        pass
    assert str(reaction.emoji) == "🎉" and reaction.member.name == "bob"
    fetched = await general.fetch_message(int(ping["id"]))
    assert fetched.reactions[0].count == 2 and fetched.reactions[0].me
    assert {user.name async for user in fetched.reactions[0].users()} == {"homebot", "bob"}
    step("reacts and sees reactions")

    bot.tree.copy_global_to(guild=guild)
    synced = await bot.tree.sync(guild=guild)
    assert {command.name for command in synced} == {"greet", "wish", "slow"}
    bob = discord.utils.get(guild.members, name="bob")
    assert bob
    options = [{"name": "who", "value": str(bob.id)}, {"name": "times", "value": 2}]
    run = await control.call("POST", f"{path}/commands", {"as": "alice", "name": "greet", "options": options})
    done = await control.answered(run)
    answer = await last()
    assert answer["id"] == done["message_id"] and answer["embeds"][0]["description"] == "hello bob x2"
    step("registers slash commands and answers one with options")

    use = f"{path}/messages/{answer['id']}/components"
    await control.answered(await control.call("POST", use, {"as": "carol", "custom_id": "menu", "values": ["b"]}))
    assert (await last())["content"] == "chose b"
    await control.answered(await control.call("POST", use, {"as": "bob", "custom_id": "press"}))
    pressed = await general.fetch_message(int(answer["id"]))
    assert pressed.content == "pressed by bob" and not pressed.components
    step("serves a menu and a button that updates its message")

    run = await control.call("POST", f"{path}/commands", {"as": "carol", "name": "wish"})
    assert (await control.answered(run))["state"] == "modal"
    modal = (await control.call("GET", "/modals?as=carol"))[0]
    assert modal["title"] == "Tell me"
    submit = {"as": "carol", "values": {"wish": "more tea"}}
    done = await control.answered(await control.call("POST", f"/modals/{modal['interaction_id']}/submit", submit))
    assert (await last("carol"))["content"] == "wish: more tea" and (await last())["content"] != "wish: more tea"
    step("opens a modal and answers its submission for one member only")

    run = await control.call("POST", f"{path}/commands", {"as": "alice", "name": "slow"})
    await control.answered(run)
    while not (answer := await last())["attachments"]:
        await asyncio.sleep(0.02)
    assert answer["content"] == "and more" and answer["attachments"][0]["filename"] == "data.txt"
    step("defers, edits the deferred answer and follows up with a file")

    sent = await general.send("first", allowed_mentions=discord.AllowedMentions.none())
    await sent.edit(content="second")
    assert (await last())["content"] == "second"
    contents = [message.content async for message in general.history(limit=2)]
    assert contents == ["second", "and more"], contents
    await sent.pin()
    assert [message.id async for message in general.pins()] == [sent.id]
    await sent.delete()
    await general.delete_messages([await general.send("a"), await general.send("b")])
    assert (await last())["content"] == "and more"
    step("edits, lists, pins and deletes messages, one and many")

    await control.call("POST", f"/guilds/{guild.id}/members", {"username": "dora", "global_name": "Dora"})
    dora = await bot.wait("join")
    assert dora.display_name == "Dora"
    role = await guild.create_role(name="Guest", colour=discord.Colour.blue())
    await dora.add_roles(role)
    await dora.edit(nick="Dori")
    member = await guild.fetch_member(dora.id)
    assert member.nick == "Dori" and role in member.roles
    channel = await guild.create_text_channel("side room", topic="aside")
    assert channel.name == "side-room"
    await channel.set_permissions(guild.default_role, send_messages=False)
    await channel.delete()
    step("manages members, roles and channels")

    await control.call("PUT", f"{path}/permissions/{bot.user.id}", {"deny": ["SEND_MESSAGES"]})
    try:
        await general.send("forbidden")
        raise AssertionError("a message went where the bot may not write")
    except discord.Forbidden as error:
        assert error.code == 50013, error
    try:
        await bot.fetch_channel(42)
        raise AssertionError("a channel that is not there")
    except discord.NotFound as error:
        assert error.code == 10003, error
    await control.call("DELETE", f"{path}/permissions/{bot.user.id}")
    try:
        await general.send("x" * 2001)
        raise AssertionError("a message that is too long")
    except discord.HTTPException as error:
        assert error.code == 50035 and "2000 or fewer" in str(error), error
    step("is told in Discord's own codes what it may not do")

    await control.call("POST", "/gateway", {"action": "drop"})
    await bot.wait("resumed")
    await control.call("POST", f"{path}/messages", {"as": "alice", "content": "still there?"})
    while (await bot.wait("message")).content != "still there?":
        pass
    step("resumes after its connection broke")

    missing = [entry for entry in (await control.call("GET", "/timeline?limit=500"))["entries"] if entry["kind"] == "unimplemented"]
    assert not missing, missing
    step("asked for nothing that is not implemented")


async def main() -> None:
    discord.utils.setup_logging(level=30)
    async with aiohttp.ClientSession() as session, Bot() as bot:
        running = asyncio.create_task(bot.start(os.environ["SIM_TOKEN"]))
        driving = asyncio.create_task(drive(bot, Control(session)))
        done, _ = await asyncio.wait({running, driving}, return_when=asyncio.FIRST_COMPLETED, timeout=90)
        if driving not in done:
            driving.cancel()
            for task in done:
                task.result()
            raise TimeoutError("the script did not come to its end")
        driving.result()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Exception as error:
        print(f"discord.py {discord.__version__}: FAILED: {type(error).__name__}: {error}", file=sys.stderr)
        raise
