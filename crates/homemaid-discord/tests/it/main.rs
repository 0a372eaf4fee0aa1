//! homemaid-discord against the simulated Discord, over real sockets.

mod calls;
mod commands;
mod connection;
mod events;
mod interactions;
mod lab;
mod scene;
