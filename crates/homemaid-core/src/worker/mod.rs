//! One worker's conversation: its pipes, its events, its calls.

pub(crate) mod gate;
pub(crate) mod outbox;
pub(crate) mod queue;
pub(crate) mod session;
pub(crate) mod stderr;
