//! Registered application commands: global ones and those of a guild.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Outcome, World};
use crate::error::ApiError;
use crate::form::{Form, Issues, Object, command};
use crate::id::Snowflake;
use crate::limits;

/// All commands by where they are registered; `None` is everywhere.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    scopes: BTreeMap<Option<Snowflake>, Vec<Command>>,
}

/// One registered command.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Command {
    pub(crate) id: Snowflake,
    pub(crate) version: Snowflake,
    /// What Discord validated, without ids.
    pub(crate) definition: Object,
}

impl Command {
    /// Returns the name.
    pub(crate) fn name(&self) -> &str {
        self.definition["name"].as_str().unwrap_or_default()
    }

    /// Returns the type by Discord's number.
    pub(crate) fn kind(&self) -> i64 {
        self.definition["type"].as_i64().unwrap_or(command::CHAT_INPUT)
    }

    /// Returns the options.
    pub(crate) fn options(&self) -> &[Value] {
        self.definition
            .get("options")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    fn json(&self, application: Snowflake, guild: Option<Snowflake>) -> Value {
        let mut object = Object::new();
        object.insert("id".to_owned(), json!(self.id));
        object.insert("application_id".to_owned(), json!(application));
        object.insert("version".to_owned(), json!(self.version));
        for (key, value) in &self.definition {
            // What a guild's command cannot have, Discord leaves out.
            let global_only = matches!(key.as_str(), "dm_permission" | "contexts" | "integration_types");
            if !(guild.is_some() && global_only) {
                object.insert(key.clone(), value.clone());
            }
        }
        if let Some(guild) = guild {
            object.insert("guild_id".to_owned(), json!(guild));
        }
        object.into()
    }
}

impl Commands {
    pub(crate) fn is_empty(&self) -> bool {
        self.scopes.values().all(Vec::is_empty)
    }

    /// Returns every scope with its commands.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = (&Option<Snowflake>, &Vec<Command>)> {
        self.scopes.iter()
    }

    /// Puts the commands of a scope back as they were.
    pub(crate) fn restore(&mut self, scope: Option<Snowflake>, commands: Vec<Command>) {
        self.scopes.insert(scope, commands);
    }

    /// Returns the commands of one scope.
    pub(crate) fn of(&self, scope: Option<Snowflake>) -> &[Command] {
        self.scopes.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// Finds a command a member of `guild` can use: the guild's own first.
    pub(crate) fn find(
        &self,
        guild: Option<Snowflake>,
        kind: i64,
        name: &str,
    ) -> Option<(Option<Snowflake>, &Command)> {
        let scopes = guild.map(Some).into_iter().chain([None]);
        scopes
            .flat_map(|scope| self.of(scope).iter().map(move |command| (scope, command)))
            .find(|(_, command)| command.kind() == kind && command.name() == name)
    }
}

impl World {
    /// Returns the commands of one scope as Discord lists them.
    pub(crate) fn commands_json(&self, scope: Option<Snowflake>, localizations: bool) -> Vec<Value> {
        let mut list: Vec<Value> = self
            .commands
            .of(scope)
            .iter()
            .map(|command| command.json(self.app.id, scope))
            .collect();
        if !localizations {
            for command in &mut list {
                if let Value::Object(command) = command {
                    command.shift_remove("name_localizations");
                    command.shift_remove("description_localizations");
                }
            }
        }
        list
    }

    /// Returns one command.
    pub(crate) fn command_json(&self, scope: Option<Snowflake>, id: Snowflake) -> Outcome<Value> {
        let command = self.commands.of(scope).iter().find(|command| command.id == id);
        command
            .map(|command| command.json(self.app.id, scope))
            .ok_or_else(ApiError::unknown_command)
    }

    /// Creates a command, or replaces that of the same type and name; tells whether it is new.
    pub(crate) fn create_command(
        &mut self,
        scope: Option<Snowflake>,
        body: &Object,
    ) -> Outcome<(Value, bool)> {
        self.check_scope(scope)?;
        let issues = Issues::default();
        let definition = command::read(&Form::new(body, &issues));
        issues.finish()?;
        let existing = self
            .commands
            .of(scope)
            .iter()
            .find(|old| same(&old.definition, &definition))
            .map(|old| old.id);
        if existing.is_none() {
            let kind = definition["type"].as_i64();
            let count = self
                .commands
                .of(scope)
                .iter()
                .filter(|old| Some(old.kind()) == kind)
                .count();
            if count >= most(kind) {
                return Err(ApiError::too_many_commands());
            }
        }
        let command = Command {
            id: existing.unwrap_or_else(|| self.new_id()),
            version: self.new_id(),
            definition,
        };
        let view = command.json(self.app.id, scope);
        let list = self.commands.scopes.entry(scope).or_default();
        match list.iter_mut().find(|old| old.id == command.id) {
            Some(old) => *old = command,
            None => list.push(command),
        }
        self.commands_changed(scope);
        Ok((view, existing.is_none()))
    }

    /// Replaces all commands of a scope; nothing changes when one of them is illegal.
    pub(crate) fn overwrite_commands(
        &mut self,
        scope: Option<Snowflake>,
        body: &[Value],
    ) -> Outcome<Vec<Value>> {
        self.check_scope(scope)?;
        let issues = Issues::default();
        let mut definitions: Vec<Object> = Vec::with_capacity(body.len().min(200));
        for (index, value) in body.iter().enumerate() {
            let Some(object) = value.as_object() else {
                let text = "Only dictionaries may be used in a ModelType";
                return Err(ApiError::invalid_field(
                    &index.to_string(),
                    "MODEL_TYPE_CONVERT",
                    text,
                ));
            };
            if index >= limits::CHAT_COMMANDS + 2 * limits::MENU_COMMANDS {
                return Err(ApiError::too_many_commands());
            }
            let path = index.to_string();
            let form = Form::at(object, &issues, &[&path]);
            let definition = command::read(&form);
            if definitions.iter().any(|other| same(other, &definition)) {
                let text = "Application command names must be unique";
                form.wrong("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", text);
            }
            definitions.push(definition);
        }
        issues.finish()?;
        for kind in 1..=3 {
            let count = definitions
                .iter()
                .filter(|definition| definition["type"] == kind)
                .count();
            if count > most(Some(kind)) {
                return Err(ApiError::too_many_commands());
            }
        }
        let old = self.commands.scopes.remove(&scope).unwrap_or_default();
        let mut list = Vec::with_capacity(definitions.len());
        for definition in definitions {
            let command = match old.iter().find(|command| same(&command.definition, &definition)) {
                Some(unchanged) if unchanged.definition == definition => unchanged.clone(),
                Some(changed) => Command {
                    id: changed.id,
                    version: self.new_id(),
                    definition,
                },
                None => Command {
                    id: self.new_id(),
                    version: self.new_id(),
                    definition,
                },
            };
            list.push(command);
        }
        self.commands.scopes.insert(scope, list);
        self.commands_changed(scope);
        Ok(self.commands_json(scope, true))
    }

    /// Changes parts of a command.
    pub(crate) fn edit_command(
        &mut self,
        scope: Option<Snowflake>,
        id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let command = self.commands.of(scope).iter().find(|command| command.id == id);
        let mut merged = command.ok_or_else(ApiError::unknown_command)?.definition.clone();
        for (key, value) in body {
            if key != "type" {
                merged.insert(key.clone(), value.clone());
            }
        }
        let issues = Issues::default();
        let definition = command::read(&Form::new(&merged, &issues));
        issues.finish()?;
        let version = self.new_id();
        let list = self.commands.scopes.entry(scope).or_default();
        if list
            .iter()
            .any(|other| other.id != id && same(&other.definition, &definition))
        {
            let text = "Application command names must be unique";
            return Err(ApiError::invalid_field(
                "name",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                text,
            ));
        }
        let command = list
            .iter_mut()
            .find(|command| command.id == id)
            .ok_or_else(ApiError::unknown_command)?;
        command.version = version;
        command.definition = definition;
        let view = command.json(self.app.id, scope);
        self.commands_changed(scope);
        Ok(view)
    }

    /// Deletes a command.
    pub(crate) fn delete_command(&mut self, scope: Option<Snowflake>, id: Snowflake) -> Outcome<()> {
        let list = self.commands.scopes.entry(scope).or_default();
        let before = list.len();
        list.retain(|command| command.id != id);
        if list.len() == before {
            return Err(ApiError::unknown_command());
        }
        self.commands_changed(scope);
        Ok(())
    }

    fn check_scope(&self, scope: Option<Snowflake>) -> Outcome<()> {
        match scope {
            // Discord does not tell an unknown guild from one it may not see.
            Some(guild) => self
                .bots_guild(guild)
                .map(drop)
                .map_err(|_| ApiError::missing_access()),
            None => Ok(()),
        }
    }

    fn commands_changed(&mut self, scope: Option<Snowflake>) {
        let names: Vec<String> = self
            .commands
            .of(scope)
            .iter()
            .map(|command| command.name().to_owned())
            .collect();
        self.note("commands_updated", scope, None, json!({"names": names}));
    }
}

/// Tells whether two definitions are the same command for Discord.
fn same(one: &Object, other: &Object) -> bool {
    one.get("type") == other.get("type") && one.get("name") == other.get("name")
}

/// Returns how many commands of a type a scope may have.
fn most(kind: Option<i64>) -> usize {
    if kind == Some(command::CHAT_INPUT) {
        limits::CHAT_COMMANDS
    } else {
        limits::MENU_COMMANDS
    }
}
