//! What plugins and host agree on: ids, capabilities, manifest, events, messages, errors and limits. No I/O.
//!
//! The contract's own documents are the authority; every public item names the section it comes from as
//! (wire §7.2) for the wire protocol, (caps §1) for capabilities and limits, (zip §2) for the plugin zip and
//! (events §5) for the events.
//!
//! * [`PluginId`], [`GuildId`], [`InstallationId`]: ids, parsed once at the edge.
//! * [`Capability`]: what a plugin asks for, and its [`Tier`].
//! * [`RpcError`]: the error object both reference SDK generations understand.
//! * [`LineSplitter`], [`classify`], [`Ack`], [`PluginLog`]: what a worker says.
//! * [`message`]: what the host says to a worker.
//! * [`method()`]: every call, what it needs and what it costs. A new method is one line of its table.
//! * [`Manifest`]: what a plugin says of itself.
//! * [`Clock`]: tells the time and waits for it; the lab's follows the simulator, a [`Hand`] moves a test's.
//! * [`limits`]: every number the host enforces, in one place.

mod capability;
mod clock;
mod error;
mod event;
mod ids;
mod json;
pub mod limits;
mod line;
mod log;
pub mod manifest;
pub mod message;
mod method;
mod notification;
mod plugin_line;
mod recover;

pub use capability::{Capability, CapabilitySet, Tier, UnknownCapability};
pub use clock::{Clock, Hand, TimeSource, Wait};
pub use error::{ErrorCode, RpcError};
pub use event::{Event, EventType};
pub use ids::{ContentHash, GuildId, IdError, InstallationId, PluginId, Snowflake};
pub use json::EncodeError;
pub use line::{LineSplitter, RawLine};
pub use log::{LogLevel, PluginLog, printable};
pub use manifest::Manifest;
pub use method::{Bucket, MethodSpec, method, methods};
pub use notification::{Ack, PluginReady};
pub use plugin_line::{PluginLine, RequestId, classify};
