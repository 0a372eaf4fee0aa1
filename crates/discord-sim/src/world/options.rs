//! What a member typed into a command, checked against what the app registered.

use serde_json::{Value, json};

use super::World;
use super::command::Command;
use crate::form::command::option;
use crate::form::{Object, snowflake};
use crate::id::Snowflake;

/// What options and select values refer to, as Discord sends it along.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    maps: Object,
}

impl Resolved {
    /// Returns the object, or `None` when nothing was referred to.
    pub(crate) fn into_json(self) -> Option<Value> {
        (!self.maps.is_empty()).then_some(Value::Object(self.maps))
    }

    /// Adds what one id stands for.
    pub(crate) fn put(&mut self, map: &str, id: Snowflake, value: Value) {
        let map = self.maps.entry(map).or_insert_with(|| json!({}));
        map[id.to_string()] = value;
    }
}

impl World {
    /// Checks the options of a command and returns them as the interaction carries them.
    ///
    /// With `focused` the rules for missing options are off: the member is still typing.
    pub(crate) fn read_options(
        &self,
        guild: Option<Snowflake>,
        command: &Command,
        given: &[Value],
        focused: Option<&str>,
        resolved: &mut Resolved,
    ) -> Result<Vec<Value>, String> {
        let known = command.options();
        let branches = known
            .iter()
            .any(|known| known["type"].as_i64() <= Some(option::SUB_COMMAND_GROUP));
        if branches && given.is_empty() {
            return Err(format!("/{} needs one of its subcommands", command.name()));
        }
        let path = format!("/{}", command.name());
        self.level(guild, &path, known, given, focused, resolved)
    }

    fn level(
        &self,
        guild: Option<Snowflake>,
        path: &str,
        known: &[Value],
        given: &[Value],
        focused: Option<&str>,
        resolved: &mut Resolved,
    ) -> Result<Vec<Value>, String> {
        let mut read = Vec::with_capacity(given.len().min(known.len()));
        let mut seen = Vec::new();
        for option in given {
            let name = option["name"]
                .as_str()
                .ok_or_else(|| format!("an option of {path} has no name"))?;
            let definition = known.iter().find(|known| known["name"] == name);
            let definition = definition.ok_or_else(|| format!("{path} has no option `{name}`"))?;
            if seen.contains(&name) {
                return Err(format!("{path} was given `{name}` twice"));
            }
            seen.push(name);
            let kind = definition["type"].as_i64().unwrap_or(option::STRING);
            if option
                .get("type")
                .is_some_and(|given| !given.is_null() && given.as_i64() != Some(kind))
            {
                return Err(format!(
                    "`{name}` of {path} has type {kind}, not {}",
                    option["type"]
                ));
            }
            if kind <= option::SUB_COMMAND_GROUP {
                if given.len() > 1 {
                    return Err(format!("{path} takes one subcommand at a time"));
                }
                let inner_known = definition["options"].as_array().map_or(&[][..], Vec::as_slice);
                let inner_given = option["options"].as_array().map_or(&[][..], Vec::as_slice);
                if kind == option::SUB_COMMAND_GROUP && inner_given.len() != 1 {
                    return Err(format!("{path} {name} needs one of its subcommands"));
                }
                let deeper = format!("{path} {name}");
                let options = self.level(guild, &deeper, inner_known, inner_given, focused, resolved)?;
                read.push(json!({"name": name, "type": kind, "options": options}));
                continue;
            }
            let is_focused = focused == Some(name);
            let value = if focused.is_some() && is_focused {
                option["value"].clone()
            } else {
                self.value(
                    guild,
                    &format!("`{name}` of {path}"),
                    kind,
                    definition,
                    &option["value"],
                    resolved,
                )?
            };
            let mut one = json!({"name": name, "type": kind, "value": value});
            if is_focused {
                one["focused"] = true.into();
            }
            read.push(one);
        }
        if focused.is_none() {
            let missing = known.iter().find(|known| {
                known["required"] == true && known["name"].as_str().is_some_and(|name| !seen.contains(&name))
            });
            if let Some(missing) = missing {
                return Err(format!(
                    "{path} needs `{}`",
                    missing["name"].as_str().unwrap_or_default()
                ));
            }
        }
        Ok(read)
    }

    /// Checks one value against its option.
    fn value(
        &self,
        guild: Option<Snowflake>,
        what: &str,
        kind: i64,
        definition: &Value,
        given: &Value,
        resolved: &mut Resolved,
    ) -> Result<Value, String> {
        let value = match kind {
            option::STRING => {
                let text = given.as_str().ok_or_else(|| format!("{what} must be text"))?;
                let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
                let (min, max) = (
                    definition["min_length"].as_i64(),
                    definition["max_length"].as_i64().unwrap_or(6_000),
                );
                if min.is_some_and(|min| length < min) || length > max {
                    return Err(format!(
                        "{what} must have {} to {max} characters",
                        min.unwrap_or(0)
                    ));
                }
                json!(text)
            }
            option::INTEGER => {
                let number = given
                    .as_i64()
                    .ok_or_else(|| format!("{what} must be a whole number"))?;
                within(what, definition, given)?;
                json!(number)
            }
            option::NUMBER => {
                let number = given.as_f64().ok_or_else(|| format!("{what} must be a number"))?;
                within(what, definition, given)?;
                json!(number)
            }
            option::BOOLEAN => json!(
                given
                    .as_bool()
                    .ok_or_else(|| format!("{what} must be true or false"))?
            ),
            option::ATTACHMENT => {
                return Err(format!("{what} is a file, which discord-sim does not send yet"));
            }
            _ => {
                let id = snowflake(given).ok_or_else(|| format!("{what} must be an id"))?;
                self.refer(guild, what, kind, definition, id, resolved)?;
                json!(id)
            }
        };
        let choices = definition["choices"].as_array();
        if choices.is_some_and(|choices| !choices.iter().any(|choice| choice["value"] == value)) {
            return Err(format!("{what} must be one of its choices"));
        }
        Ok(value)
    }

    /// Checks that an id refers to something of the right kind, and adds it to `resolved`.
    pub(crate) fn refer(
        &self,
        guild: Option<Snowflake>,
        what: &str,
        kind: i64,
        definition: &Value,
        id: Snowflake,
        resolved: &mut Resolved,
    ) -> Result<(), String> {
        let home = guild.and_then(|guild| self.guilds.get(&guild));
        if matches!(kind, option::USER | option::MENTIONABLE)
            && let Some(user) = self.users.get(&id)
        {
            resolved.put("users", id, user.json());
            if let Some(guild) = home
                && let Some(member) = guild.members.get(&id)
            {
                let mut view = member.partial_json();
                view["permissions"] = json!(self.guild_permissions(guild.id, id));
                resolved.put("members", id, view);
            }
            return Ok(());
        }
        if matches!(kind, option::ROLE | option::MENTIONABLE)
            && let Some(role) = home.and_then(|guild| guild.roles.get(&id))
        {
            resolved.put("roles", id, role.json());
            return Ok(());
        }
        if kind == option::CHANNEL
            && let Some(channel) = self
                .channels
                .get(&id)
                .filter(|channel| channel.guild == guild && guild.is_some())
        {
            let types = definition["channel_types"]
                .as_array()
                .filter(|types| !types.is_empty());
            if types.is_some_and(|types| !types.contains(&json!(channel.kind))) {
                return Err(format!("{what} does not take channels of type {}", channel.kind));
            }
            let mut view = self.channel_json(channel);
            view["permissions"] = json!(self.permissions_in(channel, self.app.bot));
            resolved.put("channels", id, view);
            return Ok(());
        }
        let wanted = match kind {
            option::USER => "user",
            option::ROLE => "role",
            option::CHANNEL => "channel",
            _ => "user or role",
        };
        Err(format!("{what} is {id}, and there is no such {wanted} here"))
    }
}

/// Checks a number against `min_value` and `max_value`.
fn within(what: &str, definition: &Value, given: &Value) -> Result<(), String> {
    let number = given.as_f64().unwrap_or_default();
    let (min, max) = (definition["min_value"].as_f64(), definition["max_value"].as_f64());
    if min.is_some_and(|min| number < min) {
        return Err(format!("{what} must be at least {}", definition["min_value"]));
    }
    if max.is_some_and(|max| number > max) {
        return Err(format!("{what} must be at most {}", definition["max_value"]));
    }
    Ok(())
}
