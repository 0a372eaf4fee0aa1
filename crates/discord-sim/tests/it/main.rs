//! The simulator over real sockets: REST, gateway, interactions, control and hostile clients.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on may panic, in its helpers too"
)]

mod binary;
mod bot;
mod commands;
mod control;
mod gateway;
mod hostile;
mod interactions;
mod messages;
mod moderation;
mod openapi;
mod routes;
