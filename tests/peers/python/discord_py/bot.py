"""The bot under test in discord.py, and what a step works with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from common import sim as place
from common.sim import Sim
from common.world import PATIENCE, BaseWorld
from discord import app_commands

Answer = Callable[[discord.Interaction], Awaitable[None]]


class Bot(discord.Client):
    """A bot whose commands and answers each step sets up."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)
        self.answers: dict[str, Answer] = {}

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        data: Any = interaction.data or {}
        if answer := self.answers.get(data.get("custom_id")):
            await answer(interaction)


@dataclass
class World(BaseWorld):
    """The simulator on one side, the library on the other."""

    sim: Sim
    bot: Bot

    @property
    def guild(self) -> discord.Guild:
        guild = self.bot.get_guild(place.GUILD)
        assert guild
        return guild

    def find_channel(self, channel: int) -> Any:
        return self.guild.get_channel_or_thread(channel)

    @property
    def general(self) -> discord.TextChannel:
        return self.cached(place.GENERAL)

    def member(self, user: int) -> discord.Member:
        found = self.guild.get_member(user)
        assert found, f"member {user} is not in the cache"
        return found

    def next(self, event: str, fits: Callable[..., bool] | None = None) -> Awaitable[Any]:
        """Listen from now on for the next event that fits."""
        return self.bot.wait_for(event, check=fits, timeout=PATIENCE)

    def on(self, custom_id: str) -> Callable[[Answer], None]:
        """Answer the use of a component."""

        def register(answer: Answer) -> None:
            self.bot.answers[custom_id] = answer

        return register

    async def register(self, *commands: Any) -> list[app_commands.AppCommand]:
        """Register commands in the guild, beside those that are there."""
        for command in commands:
            self.bot.tree.add_command(command, guild=self.guild)
        return await self.bot.tree.sync(guild=self.guild)


def point_at(sim: Sim) -> None:
    """Set the two places where discord.py keeps Discord's addresses."""
    discord.http.Route.BASE = f"{sim.base}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sim.gateway)


@asynccontextmanager
async def connect(sim: Sim, intents: discord.Intents | None = None) -> AsyncIterator[World]:
    """Log a bot in, and out again at the end."""
    point_at(sim)
    bot = Bot(intents or discord.Intents.all())
    try:
        await bot.login(sim.token)
        ready = asyncio.ensure_future(bot.wait_for("ready", timeout=PATIENCE))
        running = asyncio.create_task(bot.connect())
        await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
            running.result()
        await ready
        yield World(sim, bot)
    finally:
        await bot.close()
