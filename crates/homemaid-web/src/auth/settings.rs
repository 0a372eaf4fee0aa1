//! Where the owner's password and sessions are kept.

use futures_util::future::BoxFuture;
use serde_json::Value;

/// The settings could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("could not reach the settings")]
pub(crate) struct SettingsError(#[source] pub(crate) Box<dyn std::error::Error + Send + Sync>);

/// Durable JSON values by key: core's settings, or a map in the tests of this crate.
pub(crate) trait Settings: Send + Sync + 'static {
    /// Returns the value of `key`.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Value>, SettingsError>>;
    /// Stores the value of `key`; durable when it returns.
    fn put<'a>(&'a self, key: &'a str, value: Value) -> BoxFuture<'a, Result<(), SettingsError>>;
}
