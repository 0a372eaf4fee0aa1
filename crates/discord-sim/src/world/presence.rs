//! Presences: who is online. Simulated people are, unless they are told otherwise.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Scope, World};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;

/// How somebody appears, in Discord's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There.
    #[default]
    Online,
    /// Away.
    Idle,
    /// Not to be disturbed.
    Dnd,
    /// Not there, or invisible.
    Offline,
}

impl Status {
    /// Reads what a client says of itself.
    pub(crate) fn of_client(text: &str) -> Option<Self> {
        Some(match text {
            "online" => Self::Online,
            "idle" => Self::Idle,
            "dnd" => Self::Dnd,
            "invisible" | "offline" => Self::Offline,
            _ => return None,
        })
    }
}

impl World {
    /// Returns Discord's presence object without a guild.
    pub(crate) fn presence_json(&self, user: Snowflake) -> Value {
        let status = self.presences.get(&user).copied().unwrap_or_default();
        let client = if status == Status::Offline {
            json!({})
        } else {
            json!({"desktop": status})
        };
        json!({"user": {"id": user}, "status": status, "activities": [], "client_status": client})
    }

    /// Lets a user appear differently, and tells every guild it is in.
    pub(crate) fn set_presence(&mut self, user: Snowflake, status: Status) {
        let before = self.presences.insert(user, status).unwrap_or_default();
        if before == status {
            return;
        }
        let guilds: Vec<Snowflake> = self
            .guilds
            .values()
            .filter(|guild| guild.members.contains_key(&user))
            .map(|guild| guild.id)
            .collect();
        for guild in guilds {
            let mut data = self.presence_json(user);
            data["guild_id"] = json!(guild);
            self.emit(
                "PRESENCE_UPDATE",
                Intents::GUILD_PRESENCES,
                Scope::Guild(guild),
                &data,
            );
        }
        self.note(
            "presence_update",
            None,
            None,
            json!({"user_id": user, "status": status}),
        );
    }
}
