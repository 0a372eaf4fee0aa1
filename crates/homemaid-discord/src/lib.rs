//! Discord as the house sees it: gateway in, REST out. The only user of serenity.
//!
//! What is owned here: the connection to Discord (or to a simulator that speaks Discord's wire), everything that
//! is remembered about guilds, the payloads of the sixteen events (events.md), every `discord.*` and
//! `interaction.*` method (wire §6.9, §6.10), interaction tokens, and the slash commands of a guild (zip §2.1).
//!
//! * [`Discord`]: the handle; cheap to clone. [`Discord::connect`] returns it with the stream of [`DiscordEvent`]s.
//! * [`DiscordCall`]: one method call of one installation. [`Discord::check`] validates it without any effect,
//!   [`Discord::call`] does it; [`Done`] is what became of it.
//! * [`PluginCommands`], [`SyncReport`]: what a guild's slash commands should be, and what became of them.
//! * [`DiscordStatus`]: whether we are connected, and if not, why and what the owner can do.
//!
//! Serenity makes the requests: routes, paths, bodies, multipart and its model of permissions and intents. Two
//! of its parts are not used, each for a reason. Its bucket limiter always talks to discord.com (it ignores the
//! base address) and sleeps as long as Discord asks; [`rest`] waits at most ten seconds and then says so. Its
//! shard turns payloads into its own types, which loses the fields it does not know and the whole event when one
//! field is odd, and it follows any resume address it is given; [`gateway`] keeps the JSON as it came and vets
//! every address.
//!
//! To add a method: one request type with `parse` and `run` in its family under `calls`, one line in
//! `calls/mod.rs`. To add an event field: the function of that event under `events`.

mod cache;
mod calls;
mod commands;
mod discord;
mod event;
mod events;
mod gateway;
mod intake;
mod interaction;
mod json;
mod permission;
mod reach;
mod rest;
mod seen;
mod status;
mod token;
mod touched;

pub use commands::{LeftOut, PluginCommands, Registered, SyncReport};
pub use discord::{ConnectError, Discord, DiscordCall, DiscordConfig, REQUESTS_PER_SECOND};
pub use event::{DiscordEvent, GuildSummary, Route};
pub use rest::{HeldBack, RequestBudget};
pub use status::{BotUser, DiscordStatus};
pub use token::{Token, TokenError};
pub use touched::{Done, Touched};
