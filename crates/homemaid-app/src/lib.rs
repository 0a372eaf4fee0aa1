//! Configuration, wiring, start-up and drain of the appliance: everything between the command line and the rooms.
//!
//! * [`House`] is a whole appliance without its web side: storage, packages, sandbox, Discord (or the simulator) and
//!   core, opened in the order in which they need each other and closed in reverse.
//! * [`serve`] runs one with the web side until a signal; the first drains, the second cuts.
//! * [`trial`] runs one plugin in a private one and reports everything it did.
//! * [`doctor`] proves the sandbox on this machine.
//! * [`Offline`] is a data directory without an appliance.
//! * [`Runtime`] is how the owner's own command line finds the running one.

mod delegation;
mod demos;
mod doctor;
mod house;
mod lab;
mod offline;
mod paths;
mod runtime;
mod serve;
mod signals;
mod tracing_setup;
pub mod trial;

pub use delegation::{DelegationError, enter_delegated_scope};
pub use doctor::{Examination, doctor};
pub use homemaid_core as core;
pub use homemaid_core::backup::{Key, Lock, Passphrase, RecoverySheet, is_sealed};
pub use homemaid_discord::{Token, TokenError};
pub use homemaid_egress::LabHttp;
pub use homemaid_protocol::{Capability, CapabilitySet, InstallationId};
pub use homemaid_storage::{KeySource, new_key_file};
pub use house::{House, HouseConfig, HouseError, Refusal, Seam};
pub use offline::{Offline, OfflineError, backup_name, drill, restore};
pub use paths::{PathError, SHARE_VARIABLE, Share, data_dir};
pub use runtime::{Runtime, RuntimeError};
pub use serve::{ServeConfig, ServeError, openapi_json, serve};
pub use tracing_setup::start_tracing;
