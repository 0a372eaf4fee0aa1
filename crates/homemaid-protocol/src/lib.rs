//! What plugins and host agree on: ids, capabilities, manifest, events, messages, errors and limits. No I/O.
//!
//! The contract's own documents are the authority; every public item names the section it comes from as
//! (wire §7.2) for the wire protocol, (caps §1) for capabilities and limits, (zip §2) for the plugin zip and
//! (events §5) for the events.
//!
//! * [`PluginId`], [`GuildId`], [`InstallationId`]: ids, parsed once at the edge.
//! * [`Capability`]: what a plugin asks for, and its [`Tier`].
//! * [`RpcError`]: the error object both reference SDK generations understand.
//! * [`limits`]: every number the host enforces, in one place.

mod capability;
mod clock;
mod error;
mod event;
mod ids;
pub mod limits;

pub use capability::{Capability, CapabilitySet, Tier, UnknownCapability};
pub use clock::Clock;
pub use error::{ErrorCode, RpcError};
pub use event::{Event, EventType};
pub use ids::{GuildId, IdError, InstallationId, PluginId, Snowflake};
