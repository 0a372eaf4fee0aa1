//! The permission algorithm for anybody outside: plain cases in, plain answers out.
//!
//! For property tests against other implementations: `discord-sim permissions < cases.json` reads a JSON list of
//! [`PermissionCase`]s and prints the list of their [`PermissionAnswer`]s, in the same order.

use serde::{Deserialize, Serialize};

use super::Permissions;
use super::algorithm::{Aim, AllowDeny, Overrides, Standing, in_channel, in_guild};
use crate::id::Snowflake;

/// One question: what may this member do, in this guild and this channel? Field names are Discord's.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionCase {
    /// The guild's id, which is the id of `@everyone`.
    pub guild_id: Snowflake,
    /// The owner's user id.
    pub owner_id: Snowflake,
    /// The guild's roles, `@everyone` among them.
    pub roles: Vec<CaseRole>,
    /// The member.
    pub member: CaseMember,
    /// The channel; without one, only the guild is asked about.
    #[serde(default)]
    pub channel: Option<CaseChannel>,
}

/// A role of a [`PermissionCase`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRole {
    /// The role's id.
    pub id: Snowflake,
    /// What it grants.
    pub permissions: Permissions,
}

/// The member of a [`PermissionCase`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseMember {
    /// The user's id.
    pub id: Snowflake,
    /// The ids of its roles, without `@everyone`.
    #[serde(default)]
    pub roles: Vec<Snowflake>,
    /// Whether it is timed out now.
    #[serde(default)]
    pub timed_out: bool,
}

/// The channel of a [`PermissionCase`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseChannel {
    /// Discord's number of the channel's type; of a thread's parent, for a thread.
    #[serde(default, rename = "type")]
    pub kind: i64,
    /// Its overwrites; of a thread's parent, for a thread.
    #[serde(default)]
    pub permission_overwrites: Vec<CaseOverwrite>,
    /// Whether the question is about a thread of this channel.
    #[serde(default)]
    pub thread: bool,
}

/// An overwrite of a [`CaseChannel`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseOverwrite {
    /// The role's or user's id.
    pub id: Snowflake,
    /// 0 for a role, 1 for a member.
    #[serde(rename = "type")]
    pub kind: u8,
    /// What is allowed.
    pub allow: Permissions,
    /// What is denied.
    pub deny: Permissions,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionAnswer {
    /// In the guild as a whole.
    pub guild: Permissions,
    /// In the channel, if there was one.
    pub channel: Option<Permissions>,
}

impl PermissionCase {
    /// Returns what the simulated Discord would say, by the code that decides over every request.
    pub fn answer(&self) -> PermissionAnswer {
        let granted = |id: Snowflake| {
            let role = self.roles.iter().find(|role| role.id == id);
            role.map(|role| role.permissions).unwrap_or_default()
        };
        let standing = Standing {
            owner: self.owner_id == self.member.id,
            timed_out: self.member.timed_out,
            everyone: granted(self.guild_id),
            roles: self.member.roles.iter().map(|id| granted(*id)).collect(),
        };
        let channel = self.channel.as_ref().map(|channel| {
            let mut overrides = Overrides {
                // Discord's numbers of voice and stage channels.
                voice: matches!(channel.kind, 2 | 13),
                thread: channel.thread,
                ..Overrides::default()
            };
            for overwrite in &channel.permission_overwrites {
                let aim = Aim {
                    id: overwrite.id,
                    member: overwrite.kind == 1,
                };
                let rule = AllowDeny {
                    allow: overwrite.allow,
                    deny: overwrite.deny,
                };
                overrides.take(aim, rule, self.guild_id, self.member.id, &self.member.roles);
            }
            in_channel(&standing, &overrides)
        });
        PermissionAnswer {
            guild: in_guild(&standing),
            channel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_read_and_answered() {
        let case: PermissionCase = serde_json::from_str(
            r#"{"guild_id": "1", "owner_id": "9", "member": {"id": "5", "roles": ["2"]},
                "roles": [{"id": "1", "permissions": "1024"}, {"id": "2", "permissions": "2048"}],
                "channel": {"type": 0, "permission_overwrites": [
                    {"id": "1", "type": 0, "allow": "0", "deny": "1024"},
                    {"id": "5", "type": 1, "allow": "1024", "deny": "2048"}]}}"#,
        )
        .unwrap();
        let answer = serde_json::to_value(case.answer()).unwrap();
        assert_eq!(answer, serde_json::json!({"guild": "3072", "channel": "1024"}));
    }
}
