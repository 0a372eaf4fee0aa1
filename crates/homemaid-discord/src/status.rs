//! Whether we are connected to Discord, and if not, why and what the owner can do.
//!
//! ```text
//! Connecting ──ready──> Connected ──socket lost──> Reconnecting ──resumed or ready──> Connected
//!      │                                                │
//!      └──────────── Failed { retrying: true } <────────┘   network or Discord down: tried again, ever slower
//!                    Failed { retrying: false }             only the owner can help: token, intents, address
//! ```

use serde::Serialize;

/// The bot's own user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BotUser {
    /// The user's id.
    pub id: String,
    /// The application's id; on older bots it differs from the user's.
    pub application_id: String,
    /// The user name.
    pub username: String,
    /// The avatar's hash.
    pub avatar: Option<String>,
}

/// Whether we are connected to Discord. See the module's diagram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DiscordStatus {
    /// Never connected yet.
    Connecting,
    /// Events flow.
    Connected {
        /// Who we are.
        user: BotUser,
        /// What works less well than it could, in plain words with the fix: privileged intents that are off.
        notices: Vec<String>,
    },
    /// Was connected; trying again.
    Reconnecting {
        /// What ended the connection.
        reason: String,
    },
    /// Not connected.
    Failed {
        /// What is wrong.
        reason: String,
        /// What the owner can do about it.
        fix: String,
        /// Whether we keep trying by ourselves.
        retrying: bool,
    },
}

impl DiscordStatus {
    /// Returns whether events flow.
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Connected { .. })
    }
}
