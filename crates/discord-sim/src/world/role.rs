//! Roles: named sets of permissions in an order that decides who may act on whom.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::guild::Guild;
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// The keys of a role that the audit log names.
const KEYS: &[&str] = &[
    "name",
    "color",
    "hoist",
    "mentionable",
    "permissions",
    "icon_hash",
];

/// A role. `@everyone` has the guild's id and position 0.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
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
    /// Returns the role a bot brings along.
    pub(crate) fn of_bot(
        id: Snowflake,
        name: String,
        position: i64,
        permissions: Permissions,
        bot: Snowflake,
    ) -> Self {
        Self {
            id,
            name,
            color: 0,
            hoist: false,
            position,
            permissions,
            mentionable: false,
            bot: Some(bot),
        }
    }

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
            self.require_to_give(guild_id, actor, Permissions::NONE, change.permissions)?;
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
        let deed = Deed::new(action::ROLE_CREATE, id).between(&Value::Null, &view, KEYS);
        self.audit(guild_id, actor, deed);
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
        let old = self.guild(guild_id)?.role(id)?;
        let (before, granted) = (old.json(), old.permissions);
        if let Some(actor) = actor {
            self.require_to_give(guild_id, actor, granted, change.permissions)?;
        }
        let role = self
            .guild_mut(guild_id)?
            .roles
            .get_mut(&id)
            .ok_or_else(ApiError::unknown_role)?;
        change.apply(role);
        let view = role.json();
        let deed = Deed::new(action::ROLE_UPDATE, id).between(&before, &view, KEYS);
        self.audit(guild_id, actor, deed);
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
        let role = self.guild(guild_id)?.role(id)?;
        let (managed, before) = (role.bot.is_some(), role.json());
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
        for emoji in self.guild_mut(guild_id)?.emojis.values_mut() {
            emoji.roles.retain(|role| *role != id);
        }
        let deed = Deed::new(action::ROLE_DELETE, id).between(&before, &Value::Null, KEYS);
        self.audit(guild_id, actor, deed);
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

    /// Checks that the actor has the permissions it wants to give to a role or take from it.
    fn require_to_give(
        &self,
        guild: Snowflake,
        actor: Snowflake,
        before: Permissions,
        after: Option<Permissions>,
    ) -> Outcome<()> {
        let own = self.guild_permissions(guild, actor);
        match after {
            Some(after) if !own.has(Permissions(before.0 ^ after.0)) => Err(ApiError::missing_permissions()),
            _ => Ok(()),
        }
    }

    /// Puts roles into another order; those above the actor stay where they are.
    pub(crate) fn order_roles(
        &mut self,
        actor: Snowflake,
        guild_id: Snowflake,
        moves: &[(Snowflake, Option<i64>)],
    ) -> Outcome<()> {
        self.require_in_guild(guild_id, actor, Permissions::MANAGE_ROLES)?;
        let guild = self.guild(guild_id)?;
        let rank = guild.rank(actor);
        for (id, position) in moves {
            if *id == guild_id {
                return Err(ApiError::invalid_role());
            }
            self.require_over_role(guild_id, actor, *id)?;
            if position.is_some_and(|position| position >= rank) {
                return Err(ApiError::missing_permissions());
            }
        }
        // Roles keep their order among themselves; the moved ones go below whatever stood at their new place.
        let mut order: Vec<Snowflake> = guild.roles.keys().copied().filter(|id| *id != guild_id).collect();
        order.sort_by_key(|id| (guild.roles[id].position, std::cmp::Reverse(*id)));
        order.retain(|id| !moves.iter().any(|(moved, to)| moved == id && to.is_some()));
        let mut wanted: Vec<(i64, Snowflake)> =
            moves.iter().filter_map(|(id, to)| Some(((*to)?, *id))).collect();
        wanted.sort_unstable();
        for (position, id) in wanted {
            let index = usize::try_from(position - 1).unwrap_or(0).min(order.len());
            order.insert(index, id);
        }
        let mut changed = Vec::new();
        let guild = self.guild_mut(guild_id)?;
        for (position, id) in (1i64..).zip(&order) {
            if let Some(role) = guild.roles.get_mut(id).filter(|role| role.position != position) {
                role.position = position;
                changed.push(role.json());
            }
        }
        for role in changed {
            self.role_event(
                "GUILD_ROLE_UPDATE",
                guild_id,
                json!({"guild_id": guild_id, "role": role}),
            );
        }
        Ok(())
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
