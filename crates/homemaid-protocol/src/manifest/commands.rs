//! Slash commands (zip §2.1): checked fully, because Discord refuses a guild's whole list for one wrong entry.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::{first_of, kind, show, show_text};
use crate::limits::{
    COMMAND_CHOICES, COMMAND_DESCRIPTION_CHARS, COMMAND_NAME_CHARS, COMMAND_OPTIONS, COMMAND_TREE_CHARS,
    COMMANDS,
};

/// The canonical key, then the alias that counts only without it.
const KEYS: [&str; 2] = ["slash_commands", "commands"];

/// What Discord shows where the author wrote nothing.
const NO_DESCRIPTION: &str = "No description";

/// A slash command, ready to register.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandDef {
    /// The name, lower case.
    pub name: String,
    /// The command as Discord takes it: name in lower case, empty descriptions filled in, the rest as written.
    pub json: Map<String, Value>,
}

pub(super) fn read(raw: &Map<String, Value>, problems: &mut Problems) -> Vec<CommandDef> {
    let Some((key, value)) = first_of(raw, &KEYS) else {
        return Vec::new();
    };
    let Value::Array(list) = value else {
        problems.add(Problem::CommandsNotList {
            key,
            found: kind(value),
        });
        return Vec::new();
    };
    if list.len() > COMMANDS {
        problems.add(Problem::CommandsTooMany { count: list.len() });
    }
    let (mut commands, mut seen) = (Vec::new(), BTreeSet::new());
    for (index, entry) in list.iter().enumerate() {
        let name = entry
            .get("name")
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let (Some(object), Some(name)) = (entry.as_object(), name) else {
            problems.add(Problem::CommandMalformed {
                key,
                index,
                entry: show(entry),
            });
            continue;
        };
        let command = command(object, name, problems);
        if !seen.insert(command.name.clone()) {
            problems.add(Problem::CommandDuplicate {
                name: show_text(&command.name),
            });
        }
        commands.push(command);
    }
    commands
}

fn command(object: &Map<String, Value>, name: &str, problems: &mut Problems) -> CommandDef {
    let lower = name.to_lowercase();
    let shown = show_text(&lower);
    if lower != name {
        problems.add(Problem::CommandNotLowercase {
            name: show_text(name),
        });
    }
    if !is_name(&lower) {
        problems.add(Problem::CommandNameInvalid { name: shown.clone() });
    }
    let mut json = object.clone();
    json.insert("name".to_owned(), Value::from(lower.clone()));
    fill_description(&mut json);
    let mut check = Check {
        command: &shown,
        problems,
        characters: 0,
    };
    check.description(&json, "description");
    check.options(&mut json, Place::Command);
    let characters = check.characters + lower.chars().count();
    if characters > COMMAND_TREE_CHARS {
        check.limit(
            "characters of names, descriptions and values",
            characters,
            COMMAND_TREE_CHARS,
        );
    }
    CommandDef { name: lower, json }
}

/// Where options stand: a command holds groups, a group sub-commands, a sub-command plain options.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Command,
    Group,
    SubCommand,
    /// Below a plain option, where nothing may stand.
    Plain,
}

const SUB_COMMAND: u64 = 1;
const GROUP: u64 = 2;

/// The checks of one command.
struct Check<'a> {
    command: &'a str,
    problems: &'a mut Problems,
    /// Names, descriptions and choice values, which Discord adds up.
    characters: usize,
}

impl Check<'_> {
    fn options(&mut self, parent: &mut Map<String, Value>, place: Place) {
        let list = match parent.get_mut("options") {
            None | Some(Value::Null) => return,
            Some(Value::Array(list)) => list,
            Some(other) => {
                let found = kind(other);
                return self.problems.add(Problem::OptionsNotList {
                    command: self.command(),
                    found,
                });
            }
        };
        if list.len() > COMMAND_OPTIONS {
            self.limit("options", list.len(), COMMAND_OPTIONS);
        }
        let (mut seen, mut optional) = (BTreeSet::new(), false);
        for (index, entry) in list.iter_mut().enumerate() {
            let Value::Object(option) = entry else {
                let entry = show(entry);
                self.problems.add(Problem::OptionMalformed {
                    command: self.command(),
                    index,
                    entry,
                });
                continue;
            };
            let name = self.name(option, index, &mut seen);
            let kind = self.kind(option, &name);
            fill_description(option);
            self.description(option, &format!("description of option {name}"));
            self.choices(option, &name);
            let below = match (place, kind) {
                (Place::Command, Some(GROUP)) => Place::Group,
                (Place::Command | Place::Group, Some(SUB_COMMAND)) => Place::SubCommand,
                (Place::Command | Place::SubCommand, Some(kind)) if kind > GROUP => {
                    let required = option.get("required").and_then(Value::as_bool).unwrap_or(false);
                    if required && optional {
                        let option = name.clone();
                        self.problems.add(Problem::OptionOrder {
                            command: self.command(),
                            option,
                        });
                    }
                    optional |= !required;
                    Place::Plain
                }
                (_, None) => Place::Plain,
                _ => {
                    let option = name.clone();
                    self.problems.add(Problem::OptionNesting {
                        command: self.command(),
                        option,
                    });
                    continue;
                }
            };
            let holds_more = option
                .get("options")
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty());
            if below != Place::Plain {
                self.options(option, below);
            } else if holds_more && kind.is_some() {
                self.problems.add(Problem::OptionNesting {
                    command: self.command(),
                    option: name,
                });
            }
        }
    }

    /// Returns the option's name for messages.
    fn name(&mut self, option: &Map<String, Value>, index: usize, seen: &mut BTreeSet<String>) -> String {
        let name = option
            .get("name")
            .and_then(Value::as_str)
            .filter(|name| !name.trim().is_empty());
        let Some(name) = name else {
            self.problems.add(Problem::OptionMissingName {
                command: self.command(),
                index,
            });
            return format!("number {index}");
        };
        self.characters += name.chars().count();
        let shown = show_text(name);
        if name.to_lowercase() != name || !is_name(name) {
            let option = shown.clone();
            self.problems.add(Problem::OptionNameInvalid {
                command: self.command(),
                option,
            });
        } else if !seen.insert(name.to_owned()) {
            let option = shown.clone();
            self.problems.add(Problem::OptionDuplicate {
                command: self.command(),
                option,
            });
        }
        shown
    }

    fn kind(&mut self, option: &Map<String, Value>, name: &str) -> Option<u64> {
        match option.get("type") {
            None | Some(Value::Null) => {
                let option = name.to_owned();
                self.problems.add(Problem::OptionMissingType {
                    command: self.command(),
                    option,
                });
                None
            }
            Some(value) => {
                let kind = value.as_u64().filter(|kind| (1..=11).contains(kind));
                if kind.is_none() {
                    let (option, found) = (name.to_owned(), show(value));
                    self.problems.add(Problem::OptionTypeInvalid {
                        command: self.command(),
                        option,
                        found,
                    });
                }
                kind
            }
        }
    }

    fn description(&mut self, object: &Map<String, Value>, what: &str) {
        let chars = object
            .get("description")
            .and_then(Value::as_str)
            .map_or(0, |text| text.chars().count());
        self.characters += chars;
        if chars > COMMAND_DESCRIPTION_CHARS {
            self.limit(&format!("characters in {what}"), chars, COMMAND_DESCRIPTION_CHARS);
        }
    }

    fn choices(&mut self, option: &Map<String, Value>, name: &str) {
        let choices = option
            .get("choices")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        if choices.len() > COMMAND_CHOICES {
            self.limit(
                &format!("choices of option {name}"),
                choices.len(),
                COMMAND_CHOICES,
            );
        }
        for text in choices
            .iter()
            .flat_map(|choice| [choice.get("name"), choice.get("value")])
            .flatten()
        {
            self.characters += text.as_str().map_or(0, |text| text.chars().count());
        }
    }

    fn limit(&mut self, what: &str, count: usize, limit: usize) {
        let (command, what) = (self.command(), what.to_owned());
        self.problems.add(Problem::CommandLimit {
            command,
            what,
            count,
            limit,
        });
    }

    fn command(&self) -> String {
        self.command.to_owned()
    }
}

fn fill_description(object: &mut Map<String, Value>) {
    let blank = object
        .get("description")
        .and_then(Value::as_str)
        .is_none_or(|text| text.trim().is_empty());
    if blank {
        object.insert("description".to_owned(), Value::from(NO_DESCRIPTION));
    }
}

/// `^[-_\w]{1,32}$`, letters and digits of any script.
fn is_name(name: &str) -> bool {
    (1..=COMMAND_NAME_CHARS).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}
