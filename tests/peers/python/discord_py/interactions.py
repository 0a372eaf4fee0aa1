"""Interactions: every way to answer, and the two clocks."""

import io

import discord
from common.sim import BOB, GENERAL, GUIDE, until
from common.steps import Area
from discord import app_commands, ui

from .bot import Answer, World

area = Area("interactions")


def command(name: str, callback: Answer) -> app_commands.Command:
    """Make a command without options."""
    return app_commands.Command(name=name, description=name, callback=callback)


@area("reply")
async def reply(world: World) -> None:
    async def hello(interaction: discord.Interaction) -> None:
        assert interaction.guild == world.guild and interaction.permissions.send_messages and interaction.app_permissions.manage_roles
        sent = await interaction.response.send_message("hello", embed=discord.Embed(title="Greeting"))
        original = await interaction.original_response()
        assert original.id == sent.message_id and original.embeds[0].title == "Greeting"
        await interaction.edit_original_response(content=f"hello {original.interaction_metadata.user.name}")

    await world.register(command("hello", hello))
    room = await world.room("reply")
    heard = world.next("message_edit", lambda before, after: after.channel == room)
    done = await world.sim.settled(await world.sim.run(room.id, "bob", "hello"))
    after = (await heard)[1]
    assert after.type is discord.MessageType.chat_input_command and after.content == "hello bob"
    there = await world.sim.last(room.id)
    assert there["id"] == done["message_id"] and there["content"] == "hello bob"
    assert there["interaction_metadata"]["user"]["id"] == str(BOB)


@area("options")
async def options(world: World) -> None:
    got: dict[str, object] = {}

    @app_commands.command(description="Takes everything")
    async def take(
        interaction: discord.Interaction,
        text: str,
        number: int,
        ratio: float,
        flag: bool,
        member: discord.Member,
        role: discord.Role,
        channel: discord.TextChannel,
        mention: discord.Member | discord.Role,
    ) -> None:
        got.update(text=text, number=number, ratio=ratio, flag=flag, member=member, role=role, channel=channel, mention=mention)
        await interaction.response.send_message("taken")

    await world.register(take)
    given = {
        "text": "words", "number": 7, "ratio": 0.25, "flag": True, "member": str(BOB), "role": str(GUIDE),
        "channel": str(GENERAL), "mention": str(BOB),
    }
    listed = [{"name": name, "value": value} for name, value in given.items()]
    await world.sim.settled(await world.sim.run(GENERAL, "alice", "take", listed))
    assert (got["text"], got["number"], got["ratio"], got["flag"]) == ("words", 7, 0.25, True)
    assert isinstance(got["member"], discord.Member) and got["member"].id == BOB and isinstance(got["mention"], discord.Member)
    assert isinstance(got["role"], discord.Role) and got["role"].name == "Guide"
    assert isinstance(got["channel"], discord.TextChannel) and got["channel"].name == "general"


@area("subcommand")
async def subcommand(world: World) -> None:
    group = app_commands.Group(name="shop", description="Shop")
    inner = app_commands.Group(name="tea", description="Tea", parent=group)

    @inner.command(description="Buys")
    async def buy(interaction: discord.Interaction, cups: int) -> None:
        await interaction.response.send_message(f"{interaction.command.qualified_name}: {cups}")

    await world.register(group)
    nested = [{"name": "tea", "options": [{"name": "buy", "options": [{"name": "cups", "value": 3}]}]}]
    await world.sim.settled(await world.sim.run(GENERAL, "bob", "shop", nested))
    assert (await world.sim.last(GENERAL))["content"] == "shop tea buy: 3"


@area("defer")
async def defer(world: World) -> None:
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        waiting = await interaction.original_response()
        assert waiting.flags.loading
        await world.sim.advance(60)
        await interaction.edit_original_response(content="done", attachments=[discord.File(io.BytesIO(b"data"), "data.txt")])

    await world.register(command("slow", slow))
    room = await world.room("defer")
    await world.sim.settled(await world.sim.run(room.id, "alice", "slow"))
    there = await until(lambda: finished(world, room.id, "done"))
    assert there["attachments"][0]["filename"] == "data.txt" and not there["flags"] & 128


async def finished(world: World, channel: int, content: str) -> object:
    """Return the newest message once it says so."""
    found = await world.sim.messages(channel)
    return found[-1] if found and found[-1]["content"] == content else None


@area("followup")
async def followup(world: World) -> None:
    async def more(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first")
        second = await interaction.followup.send("second", embed=discord.Embed(title="more"), wait=True)
        third = await interaction.followup.send("third", wait=True)
        assert (await interaction.followup.fetch_message(second.id)).embeds[0].title == "more"
        await second.edit(content="second, edited")
        await third.delete()
        await interaction.followup.send("last")

    await world.register(command("more", more))
    room = await world.room("followup")
    await world.sim.settled(await world.sim.run(room.id, "alice", "more"))
    await until(lambda: finished(world, room.id, "last"))
    assert [entry["content"] for entry in await world.sim.messages(room.id)] == ["first", "second, edited", "last"]


@area("ephemeral")
async def ephemeral(world: World) -> None:
    async def secret(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("for you", ephemeral=True)
        sent = await interaction.original_response()
        assert sent.flags.ephemeral
        await interaction.followup.send("and this", ephemeral=True)

    await world.register(command("secret", secret))
    room = await world.room("ephemeral")
    await world.sim.settled(await world.sim.run(room.id, "bob", "secret"))

    async def both() -> object:
        found = await world.sim.messages(room.id, "bob")
        return found if len(found) == 2 else None

    assert [entry["content"] for entry in await until(both)] == ["for you", "and this"]
    assert await world.sim.messages(room.id, "carol") == []
    assert [message async for message in room.history()] == []


@area("autocomplete")
async def autocomplete(world: World) -> None:
    @app_commands.command(description="Orders")
    async def order(interaction: discord.Interaction, drink: str, cups: int = 1) -> None:
        await interaction.response.send_message(f"{cups} {drink}")

    @order.autocomplete("drink")
    async def drinks(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}{end}", value=end) for end in ("ea", "onic")]

    await world.register(order)
    typed = await world.sim.run(GENERAL, "bob", "order", [{"name": "drink", "value": "t"}], focused="drink")
    choices = (await world.sim.settled(typed))["choices"]
    assert [(choice["name"], choice["value"]) for choice in choices] == [("tea", "ea"), ("tonic", "onic")]
    await world.sim.settled(await world.sim.run(GENERAL, "bob", "order", [{"name": "drink", "value": "ea"}]))
    assert (await world.sim.last(GENERAL))["content"] == "1 ea"


@area("modal")
async def modal(world: World) -> None:
    class Wish(ui.Modal, title="Tell me"):
        wish = ui.TextInput(label="Your wish", custom_id="wish", min_length=3, max_length=20)
        why = ui.TextInput(label="Why", custom_id="why", style=discord.TextStyle.paragraph, required=False)

        async def on_submit(self, interaction: discord.Interaction) -> None:
            await interaction.response.send_message(f"{interaction.user.name} wants {self.wish.value}: {self.why.value or 'no reason'}")

    async def wish(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Wish())

    await world.register(command("wish", wish))
    await world.sim.settled(await world.sim.run(GENERAL, "carol", "wish"), "modal")
    (shown,) = await world.sim.call("GET", "/modals?as=carol")
    assert shown["title"] == "Tell me" and len(shown["components"]) == 2
    path = f"/modals/{shown['interaction_id']}/submit"
    assert await world.sim.refused("POST", path, {"as": "carol", "values": {"wish": "no"}})
    await world.sim.settled(await world.sim.call("POST", path, {"as": "carol", "values": {"wish": "more tea"}}))
    assert (await world.sim.last(GENERAL))["content"] == "carol wants more tea: no reason"


@area("defer-update")
async def defer_update(world: World) -> None:
    room = await world.room("defer-update")
    sent = await room.send("before", view=ui.View().add_item(ui.Button(label="Go", custom_id="later")))

    @world.on("later")
    async def later(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="after", view=None)
        await interaction.followup.send("psst", ephemeral=True)

    await world.sim.use(room.id, sent.id, "bob", "later")
    await until(lambda: finished(world, room.id, "after"))
    assert (await world.sim.message(room.id, sent.id))["components"] == []

    async def whispered() -> object:
        return (await world.sim.last(room.id, "bob"))["content"] == "psst"

    await until(whispered)


@area("delete")
async def delete(world: World) -> None:
    async def shy(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("gone soon")
        await interaction.delete_original_response()

    await world.register(command("shy", shy))
    room = await world.room("delete")
    gone = world.next("raw_message_delete", lambda payload: payload.channel_id == room.id)
    await world.sim.settled(await world.sim.run(room.id, "bob", "shy"))
    await gone
    assert await world.sim.messages(room.id) == []


@area("twice")
async def twice(world: World) -> None:
    caught: list[discord.HTTPException] = []

    async def again(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("once")
        # The library would not send a second answer by itself.
        interaction.response._response_type = None
        try:
            await interaction.response.send_message("twice")
        except discord.HTTPException as error:
            caught.append(error)

    await world.register(command("again", again))
    room = await world.room("twice")
    await world.sim.settled(await world.sim.run(room.id, "bob", "again"))
    await world.eventually(lambda: caught)
    assert caught[0].code == 40060, caught[0]
    assert [entry["content"] for entry in await world.sim.messages(room.id)] == ["once"]


@area("late")
async def late(world: World) -> None:
    caught: list[discord.HTTPException] = []

    async def sleepy(interaction: discord.Interaction) -> None:
        await world.sim.advance(3.1)
        try:
            await interaction.response.send_message("too late")
        except discord.HTTPException as error:
            caught.append(error)

    await world.register(command("sleepy", sleepy))
    room = await world.room("late")
    failed = await world.sim.settled(await world.sim.run(room.id, "bob", "sleepy"), "failed")
    await world.eventually(lambda: caught)
    assert isinstance(caught[0], discord.NotFound) and caught[0].code == 10062 and failed["error"]
    assert await world.sim.messages(room.id) == []


@area("expired")
async def expired(world: World) -> None:
    caught: list[discord.HTTPException] = []

    async def old(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("in time")
        await world.sim.advance(15 * 60 + 1)
        try:
            await interaction.followup.send("too late")
        except discord.HTTPException as error:
            caught.append(error)

    await world.register(command("old", old))
    room = await world.room("expired")
    await world.sim.settled(await world.sim.run(room.id, "bob", "old"))
    await world.eventually(lambda: caught)
    assert (caught[0].status, caught[0].code) == (401, 50027), caught[0]
    assert [entry["content"] for entry in await world.sim.messages(room.id)] == ["in time"]
