//! The one application of this Discord, and what its owner switched on.

use serde_json::{Value, json};

use super::World;
use crate::id::Snowflake;

/// The application whose bot connects.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) id: Snowflake,
    pub(crate) name: String,
    pub(crate) bot: Snowflake,
    /// The person who registered it.
    pub(crate) owner: Snowflake,
    pub(crate) token: String,
    pub(crate) intents: PrivilegedIntents,
}

/// The switches of the developer portal's privileged intents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PrivilegedIntents {
    /// Server members.
    pub members: bool,
    /// Presences.
    pub presences: bool,
    /// Message content.
    pub message_content: bool,
}

impl Default for PrivilegedIntents {
    fn default() -> Self {
        Self {
            members: true,
            presences: true,
            message_content: true,
        }
    }
}

impl World {
    /// Returns the application's flags: privileged intents of an app in few guilds, and the badge of its commands.
    pub(crate) fn application_flags(&self) -> u64 {
        let switches = [
            (self.app.intents.presences, 1 << 13),
            (self.app.intents.members, 1 << 15),
            (self.app.intents.message_content, 1 << 19),
            (!self.commands.is_empty(), 1 << 23),
        ];
        switches.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).sum()
    }

    /// Returns Discord's application object as its own bot sees it.
    pub(crate) fn application_json(&self) -> Value {
        json!({
            "id": self.app.id,
            "name": self.app.name,
            "icon": null,
            "description": "",
            "summary": "",
            "type": null,
            "bot": self.user_json(self.app.bot),
            "is_monetized": false,
            "is_verified": false,
            "bot_public": true,
            "bot_require_code_grant": false,
            "install_params": {"scopes": ["bot", "applications.commands"], "permissions": "0"},
            "integration_types_config": {"0": {}},
            "verify_key": "0".repeat(64),
            "flags": self.application_flags(),
            "flags_new": self.application_flags().to_string(),
            "hook": true,
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "owner": self.user_json(self.app.owner),
            "approximate_guild_count": self.guilds.len(),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": null,
            "eligible_oauth2_scopes": ["bot", "applications.commands"],
            "tags": [],
        })
    }
}
