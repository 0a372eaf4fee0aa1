//! Which commands a guild should have: the legal ones, under names that do not collide.

use std::collections::HashMap;

use homemaid_protocol::PluginId;
use serde_json::{Map, Value};

use super::validate::validate;
use super::{LeftOut, PluginCommands, Registered};

/// Root commands of one guild.
const COMMANDS: usize = 100;
/// Characters of a name.
const NAME_CHARS: usize = 32;
/// Names that are Homemaid's own.
const RESERVED: [&str; 1] = ["homemaid"];
/// Keys that mean something to Discord only for commands outside guilds.
const GLOBAL_ONLY: [&str; 3] = ["dm_permission", "contexts", "integration_types"];

/// What a guild should have.
pub(super) struct Plan {
    /// In the order of the list that goes to Discord.
    commands: Vec<(Registered, Map<String, Value>)>,
    left_out: Vec<LeftOut>,
}

impl Plan {
    /// Returns the plan for these plugins. Of several that want a name, the one that has it now keeps it (`holder`
    /// tells), else the first.
    pub(super) fn new(plugins: &[PluginCommands], holder: impl Fn(&str) -> Option<PluginId>) -> Self {
        let mut plan = Self {
            commands: Vec::new(),
            left_out: Vec::new(),
        };
        let mut kept: HashMap<&str, &PluginCommands> = HashMap::new();
        for plugin in plugins {
            for command in &plugin.commands {
                let holds = holder(&command.name).is_some_and(|holder| holder == plugin.plugin);
                if holds && validate(&command.json).is_ok() {
                    kept.insert(&command.name, plugin);
                }
            }
        }
        let mut taken: HashMap<String, &PluginCommands> = HashMap::new();
        for plugin in plugins {
            for command in &plugin.commands {
                let registered_as = validate(&command.json).and_then(|()| {
                    if plan.commands.len() >= COMMANDS {
                        return Err(format!(
                            "this server has {COMMANDS} commands already, Discord allows no more"
                        ));
                    }
                    free_name(plugin, &command.name, &taken, &kept)
                });
                match registered_as {
                    Ok(registered_as) => {
                        taken.insert(registered_as.clone(), plugin);
                        plan.add(plugin, &command.name, registered_as, command.json.clone());
                    }
                    Err(reason) => plan.left_out.push(LeftOut {
                        plugin: plugin.plugin.clone(),
                        name: command.name.clone(),
                        reason,
                    }),
                }
            }
        }
        plan
    }

    fn add(
        &mut self,
        plugin: &PluginCommands,
        name: &str,
        registered_as: String,
        mut json: Map<String, Value>,
    ) {
        json.insert("name".to_owned(), registered_as.clone().into());
        json.insert("type".to_owned(), 1.into());
        for key in GLOBAL_ONLY {
            json.remove(key);
        }
        let registered = Registered {
            plugin: plugin.plugin.clone(),
            name: name.to_owned(),
            registered_as,
        };
        self.commands.push((registered, json));
    }

    /// Returns the list as Discord takes it.
    pub(super) fn body(&self) -> Value {
        self.commands
            .iter()
            .map(|(_, json)| Value::Object(json.clone()))
            .collect()
    }

    /// Returns all that this plan asks for and leaves out: two plans with the same need one sync.
    pub(super) fn asked(&self) -> Value {
        let plugins = self.commands.iter().map(|(command, _)| command.plugin.as_str());
        let left_out = self
            .left_out
            .iter()
            .map(|left| serde_json::json!([left.plugin.as_str(), left.name, left.reason]));
        serde_json::json!({
            "commands": self.body(),
            "plugins": plugins.collect::<Vec<_>>(),
            "left_out": left_out.collect::<Vec<_>>(),
        })
    }

    /// Takes the command at this place of the list out; false when there is none.
    pub(super) fn leave_out(&mut self, at: usize, why: &str) -> bool {
        if at >= self.commands.len() {
            return false;
        }
        let (command, _) = self.commands.remove(at);
        let reason = format!("Discord refused it: {why}");
        self.left_out.push(LeftOut {
            plugin: command.plugin,
            name: command.name,
            reason,
        });
        true
    }

    /// Returns what is in the list and what is not.
    pub(super) fn into_report(self) -> (Vec<Registered>, Vec<LeftOut>) {
        (
            self.commands
                .into_iter()
                .map(|(registered, _)| registered)
                .collect(),
            self.left_out,
        )
    }
}

/// Returns the name a command gets: its own, or with the plugin's id before it when another plugin has that.
fn free_name(
    plugin: &PluginCommands,
    name: &str,
    taken: &HashMap<String, &PluginCommands>,
    kept: &HashMap<&str, &PluginCommands>,
) -> Result<String, String> {
    if RESERVED.contains(&name) {
        return Err(format!("`{name}` is Homemaid's own command: choose another name"));
    }
    let anothers = kept.get(name).filter(|holder| holder.plugin != plugin.plugin);
    match taken.get(name).or(anothers) {
        None => return Ok(name.to_owned()),
        Some(other) if other.plugin == plugin.plugin => {
            return Err(format!("this plugin has another command named `{name}`"));
        }
        Some(_) => {}
    }
    let alias = alias(plugin, name);
    if taken.contains_key(&alias) || kept.contains_key(alias.as_str()) {
        return Err(format!(
            "another plugin has `{name}`, and `{alias}` is taken as well"
        ));
    }
    Ok(alias)
}

/// Returns the name a command gets when another plugin has its own.
pub(super) fn alias(plugin: &PluginCommands, name: &str) -> String {
    let whole = format!("{}-{name}", plugin.plugin);
    whole.chars().take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::into_map;
    use homemaid_protocol::manifest::CommandDef;
    use serde_json::json;

    fn nobody(_: &str) -> Option<PluginId> {
        None
    }

    fn plugin(id: &str, names: &[&str]) -> PluginCommands {
        let command = |name: &&str| CommandDef {
            name: (*name).to_owned(),
            json: into_map(json!({"name": name, "description": "d", "dm_permission": false})),
        };
        PluginCommands {
            plugin: id.parse().unwrap(),
            commands: names.iter().map(command).collect(),
        }
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.commands
            .iter()
            .map(|(command, _)| command.registered_as.as_str())
            .collect()
    }

    #[test]
    fn the_first_keeps_its_name_and_the_second_gets_its_own_before_it() {
        let plan = Plan::new(
            &[plugin("maid", &["help"]), plugin("butler", &["help", "tea"])],
            nobody,
        );
        assert_eq!(names(&plan), ["help", "butler-help", "tea"]);
        assert_eq!(
            plan.commands[1].0.name, "help",
            "events carry the manifest's name"
        );
        assert_eq!(
            plan.body()[1],
            json!({"name": "butler-help", "description": "d", "type": 1})
        );
    }

    #[test]
    fn who_has_a_name_keeps_it_when_an_older_plugin_comes_back() {
        let both = [plugin("maid", &["help"]), plugin("butler", &["help"])];
        let held_by = |who: &'static str| move |name: &str| (name == "help").then(|| who.parse().unwrap());
        assert_eq!(names(&Plan::new(&both, held_by("butler"))), ["maid-help", "help"]);
        assert_eq!(names(&Plan::new(&both, held_by("maid"))), ["help", "butler-help"]);
        assert_eq!(
            names(&Plan::new(&both, held_by("cook"))),
            ["help", "butler-help"],
            "who is gone holds nothing"
        );
        assert_eq!(names(&Plan::new(&both[..1], held_by("butler"))), ["help"]);
        let mut broken = plugin("butler", &["help"]);
        broken.commands[0].json.remove("description");
        assert_eq!(
            names(&Plan::new(
                &[plugin("maid", &["help"]), broken],
                held_by("butler")
            )),
            ["help"]
        );
    }

    #[test]
    fn a_long_alias_is_cut_and_a_taken_one_is_told() {
        let long = "a".repeat(32);
        let plan = Plan::new(&[plugin("first", &[&long]), plugin("second", &[&long])], nobody);
        assert_eq!(names(&plan)[1], format!("second-{}", "a".repeat(25)));
        let plan = Plan::new(
            &[plugin("maid", &["butler-tea", "tea"]), plugin("butler", &["tea"])],
            nobody,
        );
        assert_eq!(
            plan.left_out[0].reason,
            "another plugin has `tea`, and `butler-tea` is taken as well"
        );
    }

    #[test]
    fn one_plugins_illegal_command_removes_nobody_elses() {
        let mut bad = plugin("bad", &["ok", "ok", "homemaid", "wrong"]);
        bad.commands[3].json.remove("description");
        let plan = Plan::new(&[bad, plugin("good", &["fine"])], nobody);
        assert_eq!(names(&plan), ["ok", "fine"]);
        let left_out: Vec<_> = plan.left_out.iter().map(|left| left.name.as_str()).collect();
        assert_eq!(left_out, ["ok", "homemaid", "wrong"]);
    }

    #[test]
    fn what_discord_refuses_is_taken_out_by_its_place() {
        let mut plan = Plan::new(&[plugin("maid", &["aa", "bb", "cc"])], nobody);
        assert!(plan.leave_out(1, "no"));
        assert!(!plan.leave_out(5, "no"));
        let (registered, left_out) = plan.into_report();
        assert_eq!(registered.len(), 2);
        assert_eq!(
            (left_out[0].name.as_str(), left_out[0].reason.as_str()),
            ("bb", "Discord refused it: no")
        );
    }

    #[test]
    fn more_than_a_hundred_are_left_out_by_name() {
        let many: Vec<_> = (0..105).map(|n| format!("c{n}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let plan = Plan::new(&[plugin("maid", &many)], nobody);
        assert_eq!((plan.commands.len(), plan.left_out.len()), (100, 5));
    }
}
