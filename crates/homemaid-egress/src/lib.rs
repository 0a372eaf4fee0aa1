//! Owns outbound HTTP for plugins: which hosts, which addresses, how much and how long.
//!
//! ```text
//! params -> Request (text: scheme, host, port, headers) -> approved? -> Exit (lookup and address guard, connection)
//!        -> redirect? the same again, at most five times -> body (cap, decompression) -> Answer
//! ```
//!
//! * [`Request`] is what a plugin asks for; [`Target`] judges the URL by its text, [`refused`] an address.
//! * [`Approved`] is what an installation may ask; its rows are the caller's.
//! * [`Egress`] sends. In production there is [`Egress::internet`], in a lab [`Egress::lab`], and nothing else.
//! * [`Credential`] is a secret the host adds and the plugin never sees.
//!
//! Nothing is kept between requests: no connections, cookies or lookups, and no proxy of the machine's is used.
//!
//! To refuse a further range of addresses: a line in `address`. To refuse a form of URL: `target`, with its vectors in
//! `tests/vectors`.

mod address;
mod answer;
mod approval;
mod body;
mod client;
mod error;
mod exit;
mod lab;
pub mod limits;
mod reach;
mod request;
mod secret;
mod target;

#[cfg(test)]
mod attacks;

pub use address::refused;
pub use answer::Answer;
pub use approval::{Approved, covers};
pub use client::{Egress, Lane};
pub use error::EgressError;
pub use lab::{LabError, LabHttp};
pub use request::{Request, not_approved};
pub use secret::{Credential, Scheme, SecretUse};
pub use target::{Target, Unfit, host_of};
