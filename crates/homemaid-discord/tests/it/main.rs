//! homemaid-discord against the simulated Discord, over real sockets.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
#![expect(clippy::needless_pass_by_value, reason = "helpers take `json!` literals")]

mod calls;
mod commands;
mod connection;
mod events;
mod faults;
mod gateway;
mod interactions;
mod lab;
mod limits;
mod needs;
mod parameters;
mod permissions;
mod scene;
mod shapes;
mod threads;
mod touched;
