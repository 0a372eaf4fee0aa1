//! Permission overwrites of a channel, and who may set which.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::{Outcome, World};
use crate::error::ApiError;
use crate::form::Form;
use crate::id::Snowflake;
use crate::permissions::Permissions;

/// Whom an overwrite is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Target {
    Role,
    Member,
}

/// One permission overwrite.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Overwrite {
    pub(crate) id: Snowflake,
    pub(crate) target: Target,
    pub(crate) allow: Permissions,
    pub(crate) deny: Permissions,
}

const KEYS: &[&str] = &["id", "type", "allow", "deny"];

impl Overwrite {
    /// Returns Discord's overwrite object.
    pub(crate) fn json(&self) -> Value {
        let kind = u8::from(self.target == Target::Member);
        json!({"id": self.id, "type": kind, "allow": self.allow, "deny": self.deny})
    }

    /// Reads what an overwrite says; `id` when it stands in the path.
    pub(crate) fn read(form: &Form<'_>, id: Option<Snowflake>) -> Option<Self> {
        let kind = match form.raw("type") {
            // An old way of saying it that Discord still takes.
            Some(Value::String(text)) if text == "member" => Some(1),
            Some(Value::String(text)) if text == "role" => Some(0),
            _ => form.integer("type", 0, 1),
        };
        if id.is_some() && form.raw("type").is_none() {
            form.missing("type");
        }
        let bits = |key: &str| {
            let bits = form.snowflake(key).map_or(0, |bits| bits.0);
            Permissions(bits) & Permissions::ALL
        };
        let (allow, deny) = (bits("allow"), bits("deny"));
        if id.is_none() && form.raw("id").is_none() {
            form.missing("id");
        }
        Some(Self {
            id: id.or_else(|| form.snowflake("id"))?,
            target: if kind == Some(1) {
                Target::Member
            } else {
                Target::Role
            },
            allow,
            deny,
        })
    }
}

impl World {
    /// Sets one overwrite of a channel.
    pub(crate) fn set_overwrite(
        &mut self,
        actor: Option<Snowflake>,
        id: Snowflake,
        overwrite: Overwrite,
    ) -> Outcome<()> {
        let channel = self.channel(id)?;
        let (Some(guild), false) = (channel.guild, channel.is_thread()) else {
            return Err(ApiError::wrong_channel_type());
        };
        let old = channel
            .overwrites
            .iter()
            .find(|old| old.id == overwrite.id)
            .cloned();
        if let Some(actor) = actor {
            self.require_in(id, actor, Permissions::MANAGE_ROLES)?;
            self.require_to_overwrite(guild, Some(id), actor, old.as_ref(), &overwrite)?;
        }
        let known = match overwrite.target {
            Target::Role => self.guild(guild)?.roles.contains_key(&overwrite.id),
            Target::Member => self.users.contains_key(&overwrite.id),
        };
        if !known {
            return Err(ApiError::unknown_overwrite());
        }
        let after = overwrite.json();
        let (what, before) = match &old {
            Some(old) => (action::OVERWRITE_UPDATE, old.json()),
            None => (action::OVERWRITE_CREATE, Value::Null),
        };
        if old.as_ref() == Some(&overwrite) {
            return Ok(());
        }
        let deed = self
            .overwrite_deed(what, guild, id, &overwrite)
            .between(&before, &after, KEYS);
        let channel = self.channel_mut(id)?;
        channel.overwrites.retain(|existing| existing.id != overwrite.id);
        channel.overwrites.push(overwrite);
        self.audit(guild, actor, deed);
        self.channel_changed(guild, id)
    }

    /// Removes one overwrite of a channel.
    pub(crate) fn delete_overwrite(
        &mut self,
        actor: Option<Snowflake>,
        id: Snowflake,
        target: Snowflake,
    ) -> Outcome<()> {
        let channel = self.channel(id)?;
        let (Some(guild), false) = (channel.guild, channel.is_thread()) else {
            return Err(ApiError::wrong_channel_type());
        };
        if let Some(actor) = actor {
            self.require_in(id, actor, Permissions::MANAGE_ROLES)?;
        }
        let old = self.channel(id)?.overwrites.iter().find(|old| old.id == target);
        let old = old.cloned().ok_or_else(ApiError::unknown_overwrite)?;
        if let Some(actor) = actor {
            let gone = Overwrite {
                allow: Permissions::NONE,
                deny: Permissions::NONE,
                ..old
            };
            self.require_to_overwrite(guild, Some(id), actor, Some(&old), &gone)?;
        }
        let deed = self
            .overwrite_deed(action::OVERWRITE_DELETE, guild, id, &old)
            .between(&old.json(), &Value::Null, KEYS);
        self.channel_mut(id)?
            .overwrites
            .retain(|existing| existing.id != target);
        self.audit(guild, actor, deed);
        self.channel_changed(guild, id)
    }

    /// Checks that somebody has every bit it wants to change, in the guild or in the channel.
    ///
    /// Discord keeps MANAGE_ROLES in channels for administrators.
    pub(crate) fn require_to_overwrite(
        &self,
        guild: Snowflake,
        channel: Option<Snowflake>,
        actor: Snowflake,
        old: Option<&Overwrite>,
        new: &Overwrite,
    ) -> Outcome<()> {
        let own = self.guild_permissions(guild, actor);
        if own.has(Permissions::ADMINISTRATOR) {
            return Ok(());
        }
        let here = channel
            .and_then(|id| self.channels.get(&id))
            .map(|channel| self.permissions_in(channel, actor))
            .unwrap_or_default();
        let bits = |rule: Option<&Overwrite>| rule.map_or((0, 0), |rule| (rule.allow.0, rule.deny.0));
        let ((old_allow, old_deny), (allow, deny)) = (bits(old), bits(Some(new)));
        let changed = Permissions((old_allow ^ allow) | (old_deny ^ deny));
        if !(own | here).has(changed) || changed.has(Permissions::MANAGE_ROLES) {
            return Err(ApiError::missing_permissions());
        }
        Ok(())
    }

    fn overwrite_deed(&self, what: i64, guild: Snowflake, channel: Snowflake, overwrite: &Overwrite) -> Deed {
        let deed = Deed::new(what, channel).option("id", overwrite.id);
        match overwrite.target {
            Target::Member => deed.option("type", 1),
            Target::Role => {
                let role = self
                    .guilds
                    .get(&guild)
                    .and_then(|guild| guild.roles.get(&overwrite.id));
                let name = role.map(|role| role.name.clone()).unwrap_or_default();
                deed.option("type", 0).option("role_name", name)
            }
        }
    }
}
