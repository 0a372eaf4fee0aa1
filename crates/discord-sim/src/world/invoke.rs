//! Members use the app: commands, components, modals and the choices offered while typing.

use serde_json::{Value, json};

use super::command::Command;
use super::interaction::{Interaction, Stage, kind};
use super::options::Resolved;
use super::{Outcome, Scope, World};
use crate::error::ApiError;
use crate::form::command::{CHAT_INPUT, MESSAGE, USER, option};
use crate::form::component::{self, kind as component_kind};
use crate::form::message::EPHEMERAL;
use crate::form::{Object, modal, snowflake};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::permissions::Permissions;

/// Why a member cannot do that: one plain sentence.
type Refused = String;

impl World {
    /// Runs a slash command as a member. With `focused` the member is still typing that option.
    pub(crate) fn run_command(
        &mut self,
        channel_id: Snowflake,
        user: Snowflake,
        name: &str,
        options: &[Value],
        focused: Option<&str>,
    ) -> Result<Snowflake, Refused> {
        let guild = self.member_here(channel_id, user)?;
        let found = self.commands.find(guild, CHAT_INPUT, name);
        let (scope, command) = found.ok_or_else(|| format!("there is no command /{name} here"))?;
        self.may_use(command, channel_id, user)?;
        let mut resolved = Resolved::default();
        let options = self.read_options(guild, command, options, focused, &mut resolved)?;
        let mut data = json!({"id": command.id, "name": command.name(), "type": CHAT_INPUT});
        if !options.is_empty() {
            data["options"] = options.into();
        }
        if let Some(resolved) = resolved.into_json() {
            data["resolved"] = resolved;
        }
        if let Some(scope) = scope {
            data["guild_id"] = json!(scope);
        }
        let kind = if focused.is_some() {
            kind::AUTOCOMPLETE
        } else {
            kind::COMMAND
        };
        let name = Some(command_path(command.name(), &data["options"]));
        self.create_interaction(kind, channel_id, user, &data, name, None)
    }

    /// Uses a user or message command as a member on `target`.
    pub(crate) fn use_menu(
        &mut self,
        channel_id: Snowflake,
        user: Snowflake,
        name: &str,
        target: Snowflake,
    ) -> Result<Snowflake, Refused> {
        let guild = self.member_here(channel_id, user)?;
        let mut resolved = Resolved::default();
        let found = if self.users.contains_key(&target) {
            self.refer(
                guild,
                "the target",
                option::USER,
                &Value::Null,
                target,
                &mut resolved,
            )?;
            self.commands.find(guild, USER, name)
        } else {
            let channel = &self.channels[&channel_id];
            let message = channel
                .messages
                .get(&target)
                .filter(|message| message.ephemeral_for.is_none_or(|owner| owner == user));
            let message = message.ok_or_else(|| format!("there is no user or message {target} here"))?;
            let view = self.message_json(channel, message, self.app.bot);
            resolved.put("messages", target, view);
            self.commands.find(guild, MESSAGE, name)
        };
        let (scope, command) =
            found.ok_or_else(|| format!("there is no command `{name}` for such a target here"))?;
        self.may_use(command, channel_id, user)?;
        let mut data =
            json!({"id": command.id, "name": command.name(), "type": command.kind(), "target_id": target});
        if let Some(resolved) = resolved.into_json() {
            data["resolved"] = resolved;
        }
        if let Some(scope) = scope {
            data["guild_id"] = json!(scope);
        }
        let name = Some(command.name().to_owned());
        self.create_interaction(kind::COMMAND, channel_id, user, &data, name, None)
    }

    /// Checks that a command is for this member, here.
    fn may_use(&self, command: &Command, channel: Snowflake, user: Snowflake) -> Result<(), Refused> {
        let permissions = self.permissions_in(&self.channels[&channel], user);
        if let Some(needed) = command.definition["default_member_permissions"].as_str() {
            let needed = Permissions(needed.parse().unwrap_or_default());
            // Discord's own rule: "0" means administrators only.
            let allowed =
                permissions.has(needed) && (needed.0 != 0 || permissions.has(Permissions::ADMINISTRATOR));
            if !allowed {
                let needed = if needed.0 == 0 {
                    Permissions::ADMINISTRATOR
                } else {
                    needed
                };
                return Err(format!(
                    "/{} is not for members without {}",
                    command.name(),
                    needed.names().join(", ")
                ));
            }
        }
        if permissions.has(Permissions::USE_APPLICATION_COMMANDS) {
            Ok(())
        } else {
            Err("this member may not use application commands in this channel".to_owned())
        }
    }

    /// Presses a button or chooses from a menu as a member.
    pub(crate) fn use_component(
        &mut self,
        channel_id: Snowflake,
        message_id: Snowflake,
        user: Snowflake,
        custom_id: &str,
        values: &[String],
    ) -> Result<Snowflake, Refused> {
        let guild = self.member_here(channel_id, user)?;
        let message = self.channels[&channel_id]
            .messages
            .get(&message_id)
            .filter(|message| message.ephemeral_for.is_none_or(|owner| owner == user))
            .ok_or("there is no such message here")?;
        if message.author != self.app.bot {
            return Err("only messages of the app have components".to_owned());
        }
        let component = component::find(&message.components, custom_id);
        let component = component.ok_or_else(|| format!("the message has no component `{custom_id}`"))?;
        if component["disabled"] == true {
            return Err(format!("`{custom_id}` is disabled"));
        }
        let kind = component["type"].as_i64().unwrap_or_default();
        let mut data = json!({"component_type": kind, "custom_id": custom_id, "id": component["id"]});
        if kind == component_kind::BUTTON {
            if !values.is_empty() {
                return Err(format!("`{custom_id}` is a button and takes no values"));
            }
        } else {
            let mut resolved = Resolved::default();
            self.check_values(guild, component, values, &mut resolved)?;
            data["values"] = json!(values);
            if let Some(resolved) = resolved.into_json() {
                data["resolved"] = resolved;
            }
        }
        self.create_interaction(kind::COMPONENT, channel_id, user, &data, None, Some(message_id))
    }

    /// Submits an open modal as the member to whom it was shown.
    pub(crate) fn submit_modal(
        &mut self,
        id: Snowflake,
        user: Snowflake,
        values: &Object,
    ) -> Result<Snowflake, Refused> {
        let opened = self
            .interactions
            .get(id)
            .filter(|interaction| interaction.stage == Stage::Modal);
        let opened = opened.ok_or("no such modal is open")?.clone();
        if opened.user != user {
            return Err("the modal is open for another member".to_owned());
        }
        let shown = opened.modal.as_ref().ok_or("no such modal is open")?;
        let components = shown["components"].as_array().cloned().unwrap_or_default();
        for key in values.keys() {
            if !modal::inputs(&components)
                .iter()
                .any(|input| input["custom_id"] == key.as_str())
            {
                return Err(format!("the modal has no input `{key}`"));
            }
        }
        let mut resolved = Resolved::default();
        let mut submitted = Vec::with_capacity(components.len());
        for (number, row) in (1i64..).step_by(2).zip(&components) {
            let Some(input) = row["components"].get(0).or_else(|| row.get("component")) else {
                submitted.push(json!({"type": row["type"], "id": number}));
                continue;
            };
            let mut one = self.submitted_input(opened.guild, input, values, &mut resolved)?;
            one["id"] = (number + 1).into();
            submitted.push(if row["type"] == component_kind::LABEL {
                json!({"type": component_kind::LABEL, "id": number, "component": one})
            } else {
                json!({"type": component_kind::ACTION_ROW, "id": number, "components": [one]})
            });
        }
        let mut data = json!({"custom_id": shown["custom_id"], "components": submitted});
        if let Some(resolved) = resolved.into_json() {
            data["resolved"] = resolved;
        }
        let new = self.create_interaction(kind::MODAL, opened.channel, user, &data, None, opened.source)?;
        if let Some(interaction) = self.interactions.get_mut(id) {
            interaction.modal = None;
            interaction.stage = Stage::Answered;
        }
        Ok(new)
    }

    fn submitted_input(
        &self,
        guild: Option<Snowflake>,
        input: &Value,
        values: &Object,
        resolved: &mut Resolved,
    ) -> Result<Value, Refused> {
        let custom_id = input["custom_id"].as_str().unwrap_or_default();
        let given = values.get(custom_id);
        if input["type"] != component_kind::TEXT_INPUT {
            let chosen: Vec<String> = match given {
                Some(Value::Array(list)) => list
                    .iter()
                    .filter_map(|value| value.as_str().map(str::to_owned))
                    .collect(),
                Some(Value::String(one)) => vec![one.clone()],
                _ => Vec::new(),
            };
            self.check_values(guild, input, &chosen, resolved)?;
            return Ok(json!({"type": input["type"], "custom_id": custom_id, "values": chosen}));
        }
        let text = match given {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => input["value"].as_str().unwrap_or_default().to_owned(),
            Some(_) => return Err(format!("`{custom_id}` must be text")),
        };
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if text.is_empty() {
            if input["required"] == true {
                return Err(format!("`{custom_id}` must be filled in"));
            }
        } else if length < input["min_length"].as_i64().unwrap_or(0) {
            return Err(format!(
                "`{custom_id}` needs at least {} characters",
                input["min_length"]
            ));
        }
        if length > input["max_length"].as_i64().unwrap_or(4_000) {
            return Err(format!(
                "`{custom_id}` takes at most {} characters",
                input["max_length"].as_i64().unwrap_or(4_000)
            ));
        }
        Ok(json!({"type": component_kind::TEXT_INPUT, "custom_id": custom_id, "value": text}))
    }

    /// Checks what was chosen in a menu.
    fn check_values(
        &self,
        guild: Option<Snowflake>,
        component: &Value,
        values: &[String],
        resolved: &mut Resolved,
    ) -> Result<(), Refused> {
        let custom_id = component["custom_id"].as_str().unwrap_or_default();
        let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
        let (min, max) = (
            component["min_values"].as_i64().unwrap_or(1),
            component["max_values"].as_i64().unwrap_or(1),
        );
        if count < min || count > max {
            return Err(format!("`{custom_id}` takes {min} to {max} values, not {count}"));
        }
        for value in values {
            let kind = match component["type"].as_i64().unwrap_or_default() {
                component_kind::USER_SELECT => option::USER,
                component_kind::ROLE_SELECT => option::ROLE,
                component_kind::MENTIONABLE_SELECT => option::MENTIONABLE,
                component_kind::CHANNEL_SELECT => option::CHANNEL,
                _ => {
                    let options = component["options"].as_array().map_or(&[][..], Vec::as_slice);
                    if options.iter().any(|option| option["value"] == value.as_str()) {
                        continue;
                    }
                    return Err(format!("`{custom_id}` has no option `{value}`"));
                }
            };
            let id = snowflake(&json!(value)).ok_or_else(|| format!("`{value}` is not an id"))?;
            self.refer(guild, &format!("`{custom_id}`"), kind, component, id, resolved)?;
        }
        Ok(())
    }

    /// Remembers an interaction and sends it to the app.
    fn create_interaction(
        &mut self,
        kind: i64,
        channel_id: Snowflake,
        user: Snowflake,
        data: &Value,
        name: Option<String>,
        source: Option<Snowflake>,
    ) -> Result<Snowflake, Refused> {
        let (id, at) = (self.new_id(), self.now());
        let channel = self.channel(channel_id).map_err(|error| error.explain())?;
        let guild = channel.guild;
        let interaction = Interaction {
            id,
            token: Self::new_interaction_token(id),
            kind,
            user,
            guild,
            channel: channel_id,
            at,
            stage: Stage::Pending,
            name,
            menu: kind == kind::COMMAND && data["type"] != CHAT_INPUT,
            source,
            original: None,
            follow_ups: Vec::new(),
            modal: None,
            choices: None,
            failure: None,
        };
        let name = &interaction.name;
        let noted = json!({"interaction_id": id, "type": kind, "user_id": user, "name": name, "data": data});
        let payload = self.interaction_payload(&interaction, data);
        self.interactions.insert(interaction);
        self.note("interaction_create", guild, Some(channel_id), noted);
        self.emit("INTERACTION_CREATE", Intents::ALWAYS, Scope::Bot, &payload);
        self.deadlines.notify_one();
        Ok(id)
    }

    /// Returns the payload of INTERACTION_CREATE.
    fn interaction_payload(&self, interaction: &Interaction, data: &Value) -> Value {
        let channel = &self.channels[&interaction.channel];
        let mut channel_view = self.channel_json(channel);
        channel_view["permissions"] = json!(self.permissions_in(channel, interaction.user));
        let mut payload = json!({
            "id": interaction.id,
            "application_id": self.app.id,
            "type": interaction.kind,
            "data": data,
            "channel": channel_view,
            "channel_id": interaction.channel,
            "token": interaction.token,
            "version": 1,
            "app_permissions": self.permissions_in(channel, self.app.bot),
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": {"0": interaction.guild.map_or_else(|| "0".to_owned(), |id| id.to_string())},
            "context": u8::from(interaction.guild.is_none()),
            "attachment_size_limit": 10_485_760,
        });
        if let Some(guild) = interaction.guild.and_then(|id| self.guilds.get(&id)) {
            payload["guild"] = json!({"id": guild.id, "locale": guild.locale, "features": []});
            payload["guild_id"] = json!(guild.id);
            payload["guild_locale"] = guild.locale.as_str().into();
            if let Some(member) = guild.members.get(&interaction.user) {
                let mut view = self.member_json(member);
                view["permissions"] = json!(self.permissions_in(channel, interaction.user));
                payload["member"] = view;
            }
        } else {
            payload["user"] = self.user_json(interaction.user);
        }
        let source = interaction.source.and_then(|id| channel.messages.get(&id));
        if let Some(message) = source.filter(|_| interaction.kind != kind::COMMAND) {
            let mut view = self.message_json(channel, message, self.app.bot);
            if message.ephemeral_for.is_some() {
                view["flags"] = (message.flags | EPHEMERAL).into();
            }
            payload["message"] = view;
        }
        payload
    }

    /// Checks that a user can be in a channel at all, and returns its guild.
    pub(crate) fn member_here(
        &self,
        channel: Snowflake,
        user: Snowflake,
    ) -> Result<Option<Snowflake>, Refused> {
        let seen = |outcome: Outcome<_>| outcome.map_err(|error: ApiError| error.explain());
        seen(self.user(user).map(drop))?;
        if user == self.app.bot {
            return Err("the bot acts for itself; choose a member".to_owned());
        }
        let channel = self.channel(channel).map_err(|error| error.explain())?;
        if !self.permissions_in(channel, user).has(Permissions::VIEW_CHANNEL) {
            return Err(format!("{} cannot see this channel", self.users[&user].username));
        }
        Ok(channel.guild)
    }
}

/// Returns a command's name with its subcommands.
fn command_path(name: &str, options: &Value) -> String {
    let mut path = name.to_owned();
    let mut at = options;
    while let Some(first) = at
        .get(0)
        .filter(|first| first["type"].as_i64() <= Some(option::SUB_COMMAND_GROUP))
    {
        path.push(' ');
        path.push_str(first["name"].as_str().unwrap_or_default());
        at = &first["options"];
    }
    path
}
