//! A guild's own emojis.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::guild::Guild;
use super::images;
use super::{Outcome, Scope, World};
use crate::emoji::Emoji;
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// An emoji of a guild.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct GuildEmoji {
    pub(crate) id: Snowflake,
    pub(crate) name: String,
    pub(crate) animated: bool,
    /// Who may use it; everybody when empty.
    pub(crate) roles: Vec<Snowflake>,
    pub(crate) creator: Snowflake,
}

impl GuildEmoji {
    /// Returns Discord's emoji object without its creator, as guilds carry it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "roles": self.roles,
            "require_colons": true,
            "managed": false,
            "animated": self.animated,
            "available": true,
        })
    }
}

impl World {
    /// Returns the object with its creator, for those who may know.
    pub(crate) fn emoji_json(&self, guild: &Guild, emoji: &GuildEmoji, viewer: Snowflake) -> Value {
        let mut view = emoji.json();
        if self.manages_emojis(guild.id, viewer, None) {
            view["user"] = self.user_json(emoji.creator);
        }
        view
    }

    /// Creates an emoji.
    pub(crate) fn create_emoji(
        &mut self,
        actor: Snowflake,
        guild_id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        if !self.manages_emojis(guild_id, actor, Some(actor)) {
            return Err(ApiError::missing_permissions());
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = read_name(&form, true);
        let image = images::required(&form, "image");
        if image
            .as_ref()
            .is_some_and(|image| image.size > limits::EMOJI_BYTES)
        {
            let text = "File cannot be larger than 256.0 kb.";
            form.wrong("image", "BINARY_TYPE_MAX_SIZE", text);
        }
        let roles = self.read_emoji_roles(&form, guild_id);
        issues.finish()?;
        let (Some(name), Some(image)) = (name, image) else {
            return Err(ApiError::invalid_form(json!({})));
        };
        let guild = self.guild(guild_id)?;
        let alike = guild
            .emojis
            .values()
            .filter(|emoji| emoji.animated == image.animated);
        if alike.count() >= limits::GUILD_EMOJIS {
            return Err(ApiError::too_many_emojis());
        }
        let emoji = GuildEmoji {
            id: self.new_id(),
            name,
            animated: image.animated,
            roles: roles.unwrap_or_default(),
            creator: actor,
        };
        let view = self.emoji_json(self.guild(guild_id)?, &emoji, actor);
        let deed = Deed::new(action::EMOJI_CREATE, emoji.id).between(&Value::Null, &view, &["name"]);
        self.guild_mut(guild_id)?.emojis.insert(emoji.id, emoji);
        self.audit(guild_id, Some(actor), deed);
        self.emojis_changed(guild_id);
        Ok(view)
    }

    /// Changes an emoji's name or roles.
    pub(crate) fn edit_emoji(
        &mut self,
        actor: Snowflake,
        guild_id: Snowflake,
        id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let mut emoji = self.guild(guild_id)?.emoji(id)?.clone();
        if !self.manages_emojis(guild_id, actor, Some(emoji.creator)) {
            return Err(ApiError::missing_permissions());
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = read_name(&form, false);
        let roles = self.read_emoji_roles(&form, guild_id);
        issues.finish()?;
        let before = emoji.json();
        emoji.name = name.unwrap_or(emoji.name);
        emoji.roles = roles.unwrap_or(emoji.roles);
        let view = self.emoji_json(self.guild(guild_id)?, &emoji, actor);
        let deed = Deed::new(action::EMOJI_UPDATE, id).between(&before, &view, &["name"]);
        self.guild_mut(guild_id)?.emojis.insert(id, emoji);
        self.audit(guild_id, Some(actor), deed);
        self.emojis_changed(guild_id);
        Ok(view)
    }

    /// Deletes an emoji; reactions with it stay.
    pub(crate) fn delete_emoji(
        &mut self,
        actor: Snowflake,
        guild_id: Snowflake,
        id: Snowflake,
    ) -> Outcome<()> {
        let emoji = self.guild(guild_id)?.emoji(id)?;
        let (creator, before) = (emoji.creator, emoji.json());
        if !self.manages_emojis(guild_id, actor, Some(creator)) {
            return Err(ApiError::missing_permissions());
        }
        self.guild_mut(guild_id)?.emojis.remove(&id);
        let deed = Deed::new(action::EMOJI_DELETE, id).between(&before, &Value::Null, &["name"]);
        self.audit(guild_id, Some(actor), deed);
        self.emojis_changed(guild_id);
        Ok(())
    }

    /// Reads an emoji of a request: one of Unicode, or one of a guild the user is in.
    pub(crate) fn known_emoji(&self, text: &str, user: Snowflake) -> Outcome<Emoji> {
        let parsed = Emoji::parse(text).ok_or_else(ApiError::unknown_emoji)?;
        let Emoji::Custom { id, .. } = parsed else {
            return Ok(parsed);
        };
        self.guilds
            .values()
            .filter(|guild| guild.members.contains_key(&user))
            .find_map(|guild| guild.emojis.get(&id))
            .map(|emoji| Emoji::Custom {
                id,
                name: emoji.name.clone(),
                animated: emoji.animated,
            })
            .ok_or_else(ApiError::unknown_emoji)
    }

    /// Tells whether somebody manages emojis: all of them, or those it made itself.
    fn manages_emojis(&self, guild: Snowflake, actor: Snowflake, creator: Option<Snowflake>) -> bool {
        let permissions = self.guild_permissions(guild, actor);
        permissions.has(Permissions::MANAGE_GUILD_EXPRESSIONS)
            || (creator.is_none_or(|creator| creator == actor)
                && permissions.has(Permissions::CREATE_GUILD_EXPRESSIONS))
    }

    fn read_emoji_roles(&self, form: &Form<'_>, guild: Snowflake) -> Option<Vec<Snowflake>> {
        let roles = form.snowflakes("roles", limits::GUILD_ROLES)?;
        let known = self.guilds.get(&guild).map(|guild| &guild.roles);
        if let Some(unknown) = roles
            .iter()
            .find(|id| known.is_none_or(|known| !known.contains_key(id)))
        {
            let text = format!("Unknown Role {unknown}");
            form.wrong("roles", "INVALID_ROLE", text);
        }
        Some(roles)
    }

    fn emojis_changed(&mut self, guild_id: Snowflake) {
        let Some(guild) = self.guilds.get(&guild_id) else {
            return;
        };
        let emojis: Vec<Value> = guild.emojis.values().map(GuildEmoji::json).collect();
        let data = json!({"guild_id": guild_id, "emojis": emojis});
        self.emit(
            "GUILD_EMOJIS_UPDATE",
            Intents::GUILD_EXPRESSIONS,
            Scope::Guild(guild_id),
            &data,
        );
        self.note("emojis_update", Some(guild_id), None, data);
    }
}

impl Guild {
    /// Returns an emoji that must exist.
    pub(crate) fn emoji(&self, id: Snowflake) -> Outcome<&GuildEmoji> {
        self.emojis.get(&id).ok_or_else(ApiError::no_such_emoji)
    }
}

fn read_name(form: &Form<'_>, required: bool) -> Option<String> {
    let name = if required {
        form.required_text("name", 2, 32)
    } else {
        form.text_between("name", 2, 32)
    }?;
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Some(name);
    }
    let text = "String value did not match validation regex.";
    form.wrong("name", "STRING_TYPE_REGEX", text);
    None
}
