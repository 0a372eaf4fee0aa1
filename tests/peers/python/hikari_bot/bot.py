"""The bot under test in hikari, and what a step works with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import hikari
from common import sim as place
from common.sim import Sim
from common.world import PATIENCE, BaseWorld

Answer = Callable[[Any], Awaitable[None]]


@dataclass
class World(BaseWorld):
    """The simulator on one side, the library on the other."""

    sim: Sim
    bot: hikari.GatewayBot
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def rest(self) -> hikari.api.RESTClient:
        return self.bot.rest

    @property
    def app(self) -> hikari.Snowflake:
        """The application's id, which is the bot's."""
        return hikari.Snowflake(place.HOMEBOT)

    @property
    def guild(self) -> hikari.GatewayGuild:
        guild = self.bot.cache.get_guild(place.GUILD)
        assert guild
        return guild

    def find_channel(self, channel: int) -> Any:
        return self.bot.cache.get_guild_channel(channel) or self.bot.cache.get_thread(channel)

    def member(self, user: int) -> hikari.Member:
        found = self.guild.get_member(user)
        assert found, f"member {user} is not in the cache"
        return found

    def next(self, kind: type[hikari.Event], fits: Callable[[Any], bool] = lambda _: True) -> Awaitable[Any]:
        """Listen from now on for the next event that fits."""
        found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def listener(event: Any) -> None:
            if not found.done() and fits(event):
                found.set_result(event)

        self.bot.subscribe(kind, listener)
        found.add_done_callback(lambda _: self.bot.unsubscribe(kind, listener))
        return asyncio.wait_for(found, PATIENCE)

    def on(self, name: str) -> Callable[[Answer], None]:
        """Answer a command, its autocompletion (``NAME?``), a component or a modal."""

        def register(answer: Answer) -> None:
            self.answers[name] = answer

        return register

    async def answer(self, event: hikari.InteractionCreateEvent) -> None:
        """Give an interaction to whoever answers it."""
        interaction: Any = event.interaction
        name = getattr(interaction, "custom_id", None) or interaction.command_name
        if isinstance(interaction, hikari.AutocompleteInteraction):
            name += "?"
        await self.answers[name](interaction)


@asynccontextmanager
async def connect(sim: Sim, intents: hikari.Intents = hikari.Intents.ALL) -> AsyncIterator[World]:
    """Log a bot in, and out again at the end."""
    bot = hikari.GatewayBot(
        sim.token,
        intents=intents,
        banner=None,
        logs=None,
        suppress_optimization_warning=True,
        rest_url=f"{sim.base}/api/v10",
    )
    world = World(sim, bot)
    bot.subscribe(hikari.InteractionCreateEvent, world.answer)
    available = world.next(hikari.GuildAvailableEvent)
    try:
        await bot.start(check_for_updates=False)
        await available
        yield world
    finally:
        if bot.is_alive:
            await bot.close()
