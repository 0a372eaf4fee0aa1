//! A simulated Discord on loopback, for testing bots in any language.
//!
//! It speaks Discord's HTTP API (version 10) and its gateway to the bot, and a control API to whoever runs the
//! test: act as members, run commands, press buttons, and read a timeline of everything that happened.
//! Stricter than Discord, never kinder; what it does not implement it answers with 501, visibly.
//!
//! * [`Simulator`] runs one; [`SimConfig`] says how, [`Seed`] with what.
//! * [`Control`] acts as members and reads the [`TimelineEntry`]s; `/sim` offers the same over HTTP.
//! * [`Clock`] is its time, which can be frozen and advanced. [`Permissions`] and [`Snowflake`] are Discord's.
//!
//! # Adding a route
//! One line in `rest::routes`, one function in its family's file of `rest`, and the deed itself as a method of the
//! world in `world`, which validates with `form`, changes state, and ends in an event for the gateway (`emit`)
//! and an entry of the timeline (`note`).
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use discord_sim::{SimConfig, Simulator};
//!
//! let sim = Simulator::start(SimConfig::default()).await?;
//! let control = sim.control();
//! let guild = control.first_guild().expect("the default seed has one");
//! let general = control.channel_named(guild, "general").expect("the default seed has it");
//! // ... start a bot with sim.rest_base() and sim.bot_token() ...
//! control.post_message(general, "alice", "hello", None)?;
//! sim.shutdown().await;
//! # Ok(())
//! # }
//! ```

// Discord's guild object alone takes `json!` beyond the usual depth.
#![recursion_limit = "256"]

mod clock;
mod control;
mod emoji;
mod error;
mod fault;
mod form;
mod gateway;
mod id;
pub mod limits;
mod permissions;
mod rest;
mod seed;
mod shared;
mod simulator;
mod snapshot;
mod timeline;
mod world;

pub use clock::Clock;
pub use control::act::{Act, MemberFile};
pub use control::http::control_description;
pub use control::record::{RecordedAct, Recording, RefusedAct, Replayed};
pub use control::{Control, ControlError, Follow, VoiceChange, Who};
pub use error::ApiError;
pub use fault::{Fault, FaultKind, FaultSpec, RateScope};
pub use id::{NotASnowflake, Snowflake};
pub use permissions::Permissions;
pub use permissions::case::{
    CaseChannel, CaseMember, CaseOverwrite, CaseRole, PermissionAnswer, PermissionCase,
};
pub use rest::limit::RateLimitMode;
pub use rest::routes::routes;
pub use seed::{
    BotSeed, ChannelKind, ChannelSeed, GuildSeed, MemberSeed, MessageSeed, OverwriteSeed, RoleSeed, Seed,
    SeedError, UserSeed, WebhookSeed,
};
pub use simulator::{SimConfig, Simulator, StartError};
pub use snapshot::Exact;
pub use timeline::TimelineEntry;
pub use world::application::PrivilegedIntents;
pub use world::presence::Status;
