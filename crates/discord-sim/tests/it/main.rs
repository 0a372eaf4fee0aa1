//! The simulator over real sockets: REST, gateway, interactions, control and hostile clients.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on may panic, in its helpers too"
)]

mod audit;
mod binary;
mod bot;
mod causes;
mod closes;
mod commands;
mod control;
mod edits;
mod emojis;
mod errors;
mod faults;
mod gateway;
mod guilds;
mod hostile;
mod interactions;
mod invites;
mod messages;
mod moderation;
mod openapi;
mod parity;
mod routes;
mod threads;
mod webhooks;
mod worlds;
