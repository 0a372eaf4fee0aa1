//! A guild's slash commands: what they should be, what Discord has, and whose each is (zip §2.1).
//!
//! Discord refuses a guild's whole list for one illegal command, so [`validate`] refuses it first, and [`plan`]
//! gives colliding names apart. What Discord still refuses is left out by itself and the rest tried again.

mod normal;
mod plan;
mod validate;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use homemaid_protocol::manifest::CommandDef;
use homemaid_protocol::{GuildId, PluginId, RpcError};
use serde::Serialize;
use serde_json::Value;
use serenity::http::Route as Endpoint;

use crate::discord::House;
use crate::event::Route;
use crate::json;
use crate::rest::{Request, RestError};
use crate::status::BotUser;

use plan::Plan;

/// Attempts at a list, each without one more command that Discord refused.
const ATTEMPTS: usize = 20;
/// Discord: the body has errors, with the path of each.
const INVALID_FORM: i64 = 50035;

/// The commands of one plugin in a guild, in the order in which plugins were enabled.
#[derive(Debug, Clone)]
pub struct PluginCommands {
    /// The plugin.
    pub plugin: PluginId,
    /// Its manifest's commands.
    pub commands: Vec<CommandDef>,
}

/// What became of a guild's commands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// Whether Discord's list had to be changed.
    pub changed: bool,
    /// What is registered now.
    pub registered: Vec<Registered>,
    /// What is not, and why.
    pub left_out: Vec<LeftOut>,
}

/// A registered command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registered {
    /// Whose it is.
    pub plugin: PluginId,
    /// Its name in the manifest, which events carry.
    pub name: String,
    /// What users type; differs from `name` when another plugin had it first.
    pub registered_as: String,
}

/// A command that is not registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Whose it is.
    pub plugin: PluginId,
    /// Its name in the manifest.
    pub name: String,
    /// Why, in plain words.
    pub reason: String,
}

/// Whose command each registered name is.
type Names = HashMap<String, (PluginId, String)>;

/// A guild's commands as they were registered last.
struct Synced {
    names: Names,
    /// What was asked for, and what came of it; forgotten with the session, because somebody else may change
    /// Discord's list while we are away.
    asked: Option<(Value, SyncReport)>,
}

/// The commands of every guild.
#[derive(Default)]
pub(crate) struct Commands {
    guilds: Mutex<HashMap<u64, Synced>>,
    /// Who the bot was when it last connected: its commands belong to the application.
    bot: Mutex<Option<BotUser>>,
    /// One change at a time: two at once could undo each other.
    turn: tokio::sync::Mutex<()>,
}

impl Commands {
    /// Remembers who the bot is.
    pub(crate) fn remember_bot(&self, bot: Option<BotUser>) {
        for synced in self.guilds().values_mut() {
            synced.asked = None;
        }
        *self.bot.lock().unwrap_or_else(PoisonError::into_inner) = bot;
    }

    /// Returns who the bot is, also while the connection is down.
    pub(crate) fn bot(&self) -> Option<BotUser> {
        self.bot.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets a guild we left.
    pub(crate) fn forget(&self, guild: GuildId) {
        self.guilds().remove(&guild.get());
    }

    /// Returns whom a command is for, and its name in that plugin's manifest.
    pub(crate) fn route(&self, guild: u64, details: &Value) -> (Route, String) {
        let name = json::text(details, "name").unwrap_or_default();
        match self
            .guilds()
            .get(&guild)
            .and_then(|synced| synced.names.get(name))
        {
            Some((plugin, name)) => (Route::Plugin(plugin.clone()), name.clone()),
            // Registered before the host was restarted and not yet compared: whoever knows it may answer.
            None => (Route::Responders, name.to_owned()),
        }
    }

    /// Makes Discord's list what it should be.
    pub(crate) async fn sync(
        &self,
        house: &Arc<House>,
        guild: GuildId,
        plugins: &[PluginCommands],
    ) -> Result<SyncReport, RpcError> {
        let _turn = self.turn.lock().await;
        let application: Option<u64> = house.bot().and_then(|bot| bot.application_id.parse().ok());
        let Some(application) = application.filter(|id| *id != 0) else {
            return Err(RpcError::discord(503, 0, "not connected to Discord yet"));
        };
        let route = Endpoint::GuildCommands {
            application_id: application.into(),
            guild_id: guild.get().into(),
        };
        let failed = |error: RestError| error.into_rpc(Some("use_application_commands"));
        let look = || Request::get(route).query("with_localizations", true).background();
        let mut current = None;
        if !self.guilds().contains_key(&guild.get()) {
            // After a restart: who had which name is read off Discord's list.
            let list = house.rest.send(look()).await.map_err(failed)?;
            let names = names_of(&list, plugins);
            self.guilds().insert(guild.get(), Synced { names, asked: None });
            current = Some(list);
        }
        let mut plan = Plan::new(plugins, |name| self.holder(guild, name));
        let asked = plan.asked();
        if let Some(report) = self.known(guild, &asked) {
            return Ok(report);
        }
        // Should this fail half-way, nobody knows what Discord has.
        if let Some(synced) = self.guilds().get_mut(&guild.get()) {
            synced.asked = None;
        }
        let current = match current {
            Some(list) => list,
            None => house.rest.send(look()).await.map_err(failed)?,
        };
        let mut changed = false;
        for attempt in 1.. {
            if normal::same(&current, &plan.body()) {
                break;
            }
            match house
                .rest
                .send(Request::put(route, plan.body()).background())
                .await
            {
                Ok(_) => {
                    changed = true;
                    break;
                }
                Err(error) => match refused(&error) {
                    Some((at, why)) if attempt < ATTEMPTS && plan.leave_out(at, &why) => {}
                    _ => return Err(failed(error)),
                },
            }
        }
        let (registered, left_out) = plan.into_report();
        let names = registered.iter().map(|command| {
            (
                command.registered_as.clone(),
                (command.plugin.clone(), command.name.clone()),
            )
        });
        let names = names.collect();
        let report = SyncReport {
            changed,
            registered,
            left_out,
        };
        let unchanged = SyncReport {
            changed: false,
            ..report.clone()
        };
        let synced = Synced {
            names,
            asked: Some((asked, unchanged)),
        };
        self.guilds().insert(guild.get(), synced);
        Ok(report)
    }

    /// Returns the plugin that has this name in a guild now.
    fn holder(&self, guild: GuildId, name: &str) -> Option<PluginId> {
        let guilds = self.guilds();
        let (plugin, own) = guilds.get(&guild.get())?.names.get(name)?;
        (own == name).then(|| plugin.clone())
    }

    /// Returns the report of the last sync when the same was asked for; Discord need not be asked again.
    fn known(&self, guild: GuildId, asked: &Value) -> Option<SyncReport> {
        let guilds = self.guilds();
        let (before, report) = guilds.get(&guild.get())?.asked.as_ref()?;
        (before == asked).then(|| report.clone())
    }

    fn guilds(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Synced>> {
        self.guilds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whose the commands of Discord's list are: a plugin whose command goes by its other name leaves its own name to
/// somebody else. A name that several could have is nobody's.
fn names_of(list: &Value, plugins: &[PluginCommands]) -> Names {
    let commands = list.as_array().map_or(&[][..], Vec::as_slice);
    let registered: HashSet<_> = commands
        .iter()
        .filter_map(|one| json::text(one, "name"))
        .collect();
    let (mut names, mut doubtful) = (Names::new(), HashSet::new());
    for plugin in plugins {
        for command in &plugin.commands {
            let own = command.name.as_str();
            let alias = plan::alias(plugin, own);
            let goes_by = if registered.contains(alias.as_str()) {
                alias
            } else if registered.contains(own) {
                own.to_owned()
            } else {
                continue;
            };
            let whose = (plugin.plugin.clone(), own.to_owned());
            if names.insert(goes_by.clone(), whose).is_some() {
                doubtful.insert(goes_by);
            }
        }
    }
    names.retain(|name, _| !doubtful.contains(name));
    names
}

/// Returns which command of the list Discord refused, and what it said.
fn refused(error: &RestError) -> Option<(usize, String)> {
    match error {
        RestError::Discord {
            code: INVALID_FORM,
            paths,
            message,
            ..
        } => {
            let first = paths
                .iter()
                .find_map(|path| path.split('.').next()?.parse().ok())?;
            Some((first, message.clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_command_goes_to_its_plugin_under_its_manifest_name() {
        let commands = Commands::default();
        let maid: PluginId = "maid".parse().unwrap();
        let names = HashMap::from([("maid-help".to_owned(), (maid.clone(), "help".to_owned()))]);
        commands.guilds().insert(1, Synced { names, asked: None });
        assert_eq!(
            commands.route(1, &json!({"name": "maid-help"})),
            (Route::Plugin(maid), "help".to_owned())
        );
        assert_eq!(
            commands.route(1, &json!({"name": "other"})),
            (Route::Responders, "other".to_owned())
        );
        assert_eq!(
            commands.route(2, &json!({"name": "maid-help"})).0,
            Route::Responders
        );
        commands.forget(GuildId::new(1));
        assert_eq!(
            commands.route(1, &json!({"name": "maid-help"})).0,
            Route::Responders
        );
    }

    #[test]
    fn who_had_which_name_is_read_off_discords_list() {
        let plugin = |id: &str, names: &[&str]| PluginCommands {
            plugin: id.parse().unwrap(),
            commands: names
                .iter()
                .map(|name| CommandDef {
                    name: (*name).to_owned(),
                    json: serde_json::Map::new(),
                })
                .collect(),
        };
        let list = json!([{"name": "help"}, {"name": "maid-help"}, {"name": "tea"}, {"name": "both"}, {"name": "old"}]);
        let plugins = [
            plugin("maid", &["help", "both", "new"]),
            plugin("butler", &["help", "tea", "both"]),
        ];
        let names = names_of(&list, &plugins);
        let whose = |name: &str| {
            names
                .get(name)
                .map(|(plugin, own)| (plugin.as_str(), own.as_str()))
        };
        assert_eq!(whose("help"), Some(("butler", "help")));
        assert_eq!(whose("maid-help"), Some(("maid", "help")));
        assert_eq!(whose("tea"), Some(("butler", "tea")));
        for nobodys in ["both", "old", "new"] {
            assert_eq!(whose(nobodys), None, "{nobodys}");
        }
    }

    #[test]
    fn the_command_discord_refused_is_found_in_its_answer() {
        let refusal = |paths: &[&str], code| RestError::Discord {
            status: 400,
            code,
            message: "Invalid Form Body".to_owned(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        assert_eq!(
            refused(&refusal(&["2.options.0.name"], 50035)).map(|(at, _)| at),
            Some(2)
        );
        assert_eq!(refused(&refusal(&["_errors"], 50035)), None);
        assert_eq!(refused(&refusal(&["2.name"], 30032)), None);
    }
}
