//! A whole appliance for tests: real storage, real Podman workers, real serenity, the simulated Discord.
//!
//! * [`TestHost`] runs in the test's own process: install a fixture, act as a member, read what the bot answered.
//! * [`ServeProcess`] runs the real binary: for signals, `kill -9`, the command line and the HTTP API.
//!
//! What they need (worker image, demo plugins, binary) is built by `tests/run`; a missing piece fails the test with a
//! sentence that says how to build it.

mod host;
mod places;
mod process;

pub use homemaid_app::LabHttp;
pub use host::{TestHost, TestOptions};
pub use places::{binary, fixture, published_sdk, repository, share, zipped};
pub use process::ServeProcess;
