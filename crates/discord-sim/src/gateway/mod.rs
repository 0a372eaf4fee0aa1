//! The gateway, version 10: a WebSocket on which the bot hears what happens.
//!
//! [`protocol`] has the numbers, [`session`] what is remembered between sockets, [`socket`] one connection.

mod compress;
pub(crate) mod intents;
mod opcode;
pub(crate) mod protocol;
pub(crate) mod session;
mod socket;

pub(crate) use socket::upgrade;
