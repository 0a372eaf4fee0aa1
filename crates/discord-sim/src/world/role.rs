//! Roles: named sets of permissions in an order that decides who may act on whom.

use serde_json::{Value, json};

use super::guild::Guild;
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// A role. `@everyone` has the guild's id and position 0.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) id: Snowflake,
    pub(crate) name: String,
    pub(crate) color: i64,
    pub(crate) hoist: bool,
    pub(crate) position: i64,
    pub(crate) permissions: Permissions,
    pub(crate) mentionable: bool,
    /// The bot whose role this is.
    pub(crate) bot: Option<Snowflake>,
}

impl Role {
    /// Returns Discord's role object.
    pub(crate) fn json(&self) -> Value {
        let mut role = json!({
            "id": self.id,
            "name": self.name,
            "description": null,
            "permissions": self.permissions,
            "position": self.position,
            "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": null, "tertiary_color": null},
            "hoist": self.hoist,
            "managed": self.bot.is_some(),
            "mentionable": self.mentionable,
            "icon": null,
            "unicode_emoji": null,
            "flags": 0,
        });
        if let Some(bot) = self.bot {
            role["tags"] = json!({"bot_id": bot});
        }
        role
    }
}

impl Guild {
    /// Returns a role that must exist.
    pub(crate) fn role(&self, id: Snowflake) -> Outcome<&Role> {
        self.roles.get(&id).ok_or_else(ApiError::unknown_role)
    }

    /// Returns the position of a member's highest role; the owner stands above all.
    pub(crate) fn rank(&self, user: Snowflake) -> i64 {
        if self.owner == user {
            return i64::MAX;
        }
        let roles = self
            .members
            .get(&user)
            .map(|member| member.roles.as_slice())
            .unwrap_or_default();
        roles
            .iter()
            .filter_map(|id| self.roles.get(id))
            .map(|role| role.position)
            .max()
            .unwrap_or(0)
    }
}

impl World {
    /// Creates a role above `@everyone`, below all others.
    pub(crate) fn create_role(
        &mut self,
        actor: Option<Snowflake>,
        guild_id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        if let Some(actor) = actor {
            self.require_in_guild(guild_id, actor, Permissions::MANAGE_ROLES)?;
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let change = RoleChange::read(&form);
        issues.finish()?;
        if let Some(actor) = actor {
            self.require_to_give(guild_id, actor, change.permissions)?;
        }
        if self.guild(guild_id)?.roles.len() >= limits::GUILD_ROLES {
            return Err(ApiError::too_many_guild_roles());
        }
        let id = self.new_id();
        let guild = self.guild_mut(guild_id)?;
        for other in guild.roles.values_mut().filter(|role| role.position > 0) {
            other.position += 1;
        }
        let mut role = Role {
            id,
            name: "new role".to_owned(),
            color: 0,
            hoist: false,
            position: 1,
            permissions: guild.roles[&guild_id].permissions,
            mentionable: false,
            bot: None,
        };
        change.apply(&mut role);
        let view = role.json();
        guild.roles.insert(id, role);
        self.role_event(
            "GUILD_ROLE_CREATE",
            guild_id,
            json!({"guild_id": guild_id, "role": view}),
        );
        Ok(view)
    }

    /// Changes a role.
    pub(crate) fn edit_role(
        &mut self,
        actor: Option<Snowflake>,
        guild_id: Snowflake,
        id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        self.guild(guild_id)?.role(id)?;
        if let Some(actor) = actor {
            self.require_over_role(guild_id, actor, id)?;
        }
        let issues = Issues::default();
        let change = RoleChange::read(&Form::new(body, &issues));
        issues.finish()?;
        if let Some(actor) = actor {
            self.require_to_give(guild_id, actor, change.permissions)?;
        }
        let role = self
            .guild_mut(guild_id)?
            .roles
            .get_mut(&id)
            .ok_or_else(ApiError::unknown_role)?;
        change.apply(role);
        let view = role.json();
        self.role_event(
            "GUILD_ROLE_UPDATE",
            guild_id,
            json!({"guild_id": guild_id, "role": view}),
        );
        Ok(view)
    }

    /// Deletes a role, also from its members and from overwrites.
    pub(crate) fn delete_role(
        &mut self,
        actor: Option<Snowflake>,
        guild_id: Snowflake,
        id: Snowflake,
    ) -> Outcome<()> {
        let managed = self.guild(guild_id)?.role(id)?.bot.is_some();
        if managed || id == guild_id {
            return Err(ApiError::invalid_role());
        }
        if let Some(actor) = actor {
            self.require_over_role(guild_id, actor, id)?;
        }
        let guild = self.guild_mut(guild_id)?;
        guild.roles.remove(&id);
        for member in guild.members.values_mut() {
            member.roles.retain(|role| *role != id);
        }
        for channel in self
            .channels
            .values_mut()
            .filter(|channel| channel.guild == Some(guild_id))
        {
            channel.overwrites.retain(|overwrite| overwrite.id != id);
        }
        self.role_event(
            "GUILD_ROLE_DELETE",
            guild_id,
            json!({"guild_id": guild_id, "role_id": id}),
        );
        Ok(())
    }

    /// Checks that the actor manages roles and stands above this one.
    pub(crate) fn require_over_role(
        &self,
        guild_id: Snowflake,
        actor: Snowflake,
        role: Snowflake,
    ) -> Outcome<()> {
        self.require_in_guild(guild_id, actor, Permissions::MANAGE_ROLES)?;
        let guild = self.guild(guild_id)?;
        if guild.rank(actor) > guild.role(role)?.position {
            Ok(())
        } else {
            Err(ApiError::missing_permissions())
        }
    }

    /// Checks that the actor has the permissions it wants to give away.
    fn require_to_give(
        &self,
        guild: Snowflake,
        actor: Snowflake,
        permissions: Option<Permissions>,
    ) -> Outcome<()> {
        let own = self.guild_permissions(guild, actor);
        match permissions {
            Some(wanted) if !own.has(wanted) => Err(ApiError::missing_permissions()),
            _ => Ok(()),
        }
    }

    fn role_event(&mut self, name: &str, guild: Snowflake, data: Value) {
        self.emit(name, Intents::GUILDS, Scope::Guild(guild), &data);
        let kind = name.trim_start_matches("GUILD_").to_ascii_lowercase();
        self.note(&kind, Some(guild), None, data);
    }
}

/// What a request says about a role.
struct RoleChange {
    name: Option<String>,
    permissions: Option<Permissions>,
    color: Option<i64>,
    hoist: Option<bool>,
    mentionable: Option<bool>,
}

impl RoleChange {
    fn read(form: &Form<'_>) -> Self {
        let colors = form
            .form("colors")
            .and_then(|colors| colors.integer("primary_color", 0, 0xFF_FF_FF));
        Self {
            name: form.text("name", 100).filter(|name| !name.is_empty()),
            permissions: form
                .snowflake("permissions")
                .map(|bits| Permissions(bits.0) & Permissions::ALL),
            color: form.integer("color", 0, 0xFF_FF_FF).or(colors),
            hoist: form.boolean("hoist"),
            mentionable: form.boolean("mentionable"),
        }
    }

    fn apply(self, role: &mut Role) {
        role.name = self.name.unwrap_or_else(|| std::mem::take(&mut role.name));
        role.permissions = self.permissions.unwrap_or(role.permissions);
        role.color = self.color.unwrap_or(role.color);
        role.hoist = self.hoist.unwrap_or(role.hoist);
        role.mentionable = self.mentionable.unwrap_or(role.mentionable);
    }
}
