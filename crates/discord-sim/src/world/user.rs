//! Users: people and bots, whatever guild they are in.

use serde_json::{Value, json};

use super::webhook::check_name;
use super::{Outcome, Scope, World, images};
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;

/// A user.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct User {
    pub(crate) id: Snowflake,
    pub(crate) username: String,
    pub(crate) global_name: Option<String>,
    pub(crate) bot: bool,
    pub(crate) avatar: Option<String>,
}

impl User {
    /// Returns Discord's user object.
    pub(crate) fn json(&self) -> Value {
        let mut user = Object::new();
        user.insert("id".to_owned(), json!(self.id));
        user.insert("username".to_owned(), self.username.as_str().into());
        user.insert("avatar".to_owned(), json!(self.avatar));
        user.insert(
            "discriminator".to_owned(),
            if self.bot { "0001" } else { "0" }.into(),
        );
        user.insert("public_flags".to_owned(), 0.into());
        user.insert("flags".to_owned(), 0.into());
        if self.bot {
            user.insert("bot".to_owned(), true.into());
        }
        user.insert("banner".to_owned(), Value::Null);
        user.insert("accent_color".to_owned(), Value::Null);
        user.insert("global_name".to_owned(), json!(self.global_name));
        user.insert("avatar_decoration_data".to_owned(), Value::Null);
        user.insert("collectibles".to_owned(), Value::Null);
        user.insert("primary_guild".to_owned(), Value::Null);
        user.into()
    }

    /// Returns the bot's own user object, which tells a little more.
    pub(crate) fn own_json(&self) -> Value {
        let mut user = self.json();
        user["verified"] = true.into();
        user["mfa_enabled"] = true.into();
        user["locale"] = "en-US".into();
        user["premium_type"] = 0.into();
        user["email"] = Value::Null;
        user["bio"] = "".into();
        user
    }

    /// Returns the name people see where there is no nickname.
    pub(crate) fn display_name(&self) -> &str {
        self.global_name.as_deref().unwrap_or(&self.username)
    }
}

impl World {
    /// Returns a user that must exist.
    pub(crate) fn user(&self, id: Snowflake) -> Outcome<&User> {
        self.users.get(&id).ok_or_else(ApiError::unknown_user)
    }

    /// Changes the bot's own name or picture.
    pub(crate) fn edit_own_user(&mut self, body: &Object) -> Outcome<Value> {
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = form.text_between("username", 2, 32);
        check_name(&form, "username", name.as_deref());
        let avatar = images::read(&form, "avatar");
        issues.finish()?;
        let me = self.app.bot;
        let user = self.users.get_mut(&me).ok_or_else(ApiError::unknown_user)?;
        user.username = name.unwrap_or_else(|| std::mem::take(&mut user.username));
        avatar.apply(&mut user.avatar);
        let view = user.own_json();
        self.emit("USER_UPDATE", Intents::ALWAYS, Scope::Bot, &view);
        self.note("user_update", None, None, json!({"user": view}));
        Ok(view)
    }

    /// Finds a user by name.
    pub(crate) fn user_named(&self, username: &str) -> Option<&User> {
        self.users.values().find(|user| user.username == username)
    }

    /// Returns the user object, or that of a deleted user.
    pub(crate) fn user_json(&self, id: Snowflake) -> Value {
        self.users.get(&id).map_or_else(
            || {
                let ghost = User {
                    id,
                    username: "deleted_user".to_owned(),
                    global_name: None,
                    bot: false,
                    avatar: None,
                };
                ghost.json()
            },
            User::json,
        )
    }
}
