//! A simulator, a connection to it, and words to speak about both.

use std::time::Duration;

use discord_sim::{Control, SimConfig, Simulator, Snowflake};
use homemaid_discord::{
    Discord, DiscordCall, DiscordConfig, DiscordEvent, DiscordStatus, PluginCommands, Route, SyncReport,
};
use homemaid_protocol::manifest::CommandDef;
use homemaid_protocol::{Clock, EventType, GuildId, InstallationId, RpcError};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

/// Longest wait for anything; only a failing test waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Scene {
    pub(crate) sim: Simulator,
    pub(crate) control: Control,
    pub(crate) discord: Discord,
    pub(crate) events: mpsc::Receiver<DiscordEvent>,
    pub(crate) guild: Snowflake,
    pub(crate) general: Snowflake,
    pub(crate) maid: InstallationId,
    pub(crate) butler: InstallationId,
}

/// An event as plugins get it.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) id: String,
    pub(crate) route: Route,
    pub(crate) payload: Value,
}

impl Scene {
    /// Starts both and waits until the guild is known.
    pub(crate) async fn open() -> Self {
        Self::open_with(SimConfig {
            identify_limit: false,
            ..SimConfig::default()
        })
        .await
    }

    pub(crate) async fn open_with(config: SimConfig) -> Self {
        let time = config.clock.clone();
        let sim = Simulator::start(config).await.unwrap();
        let config = DiscordConfig::lab(sim.bot_token().parse().unwrap(), sim.rest_base());
        let (discord, mut events) = Discord::connect(config, Clock::from_fn(move || time.now())).unwrap();
        let first = tokio::time::timeout(PATIENCE, events.recv())
            .await
            .expect("the guild arrives");
        assert!(
            matches!(first, Some(DiscordEvent::GuildAvailable(_))),
            "{first:?}"
        );
        let control = sim.control();
        let guild = control.first_guild().unwrap();
        let general = control.channel_named(guild, "general").unwrap();
        let installation = |plugin: &str| format!("{plugin}@{guild}").parse().unwrap();
        let (maid, butler) = (installation("maid"), installation("butler"));
        Self {
            sim,
            control,
            discord,
            events,
            guild,
            general,
            maid,
            butler,
        }
    }

    /// Waits for the next event of this type; others are passed over.
    pub(crate) async fn next(&mut self, kind: EventType) -> Got {
        let search = async {
            loop {
                match self.events.recv().await.expect("the stream of events goes on") {
                    DiscordEvent::Event { event, route } if event.kind == kind => {
                        let payload = serde_json::from_str(event.payload().get()).unwrap();
                        return Got {
                            id: event.id,
                            route,
                            payload,
                        };
                    }
                    _ => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("no {} came", kind.name()))
    }

    /// Makes a call for the maid.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        self.call_as(&self.maid, None, method, params).await
    }

    /// Answers the interaction of an event for the maid.
    pub(crate) async fn answer(&self, event: &Got, method: &str, params: Value) -> Result<Value, RpcError> {
        self.call_as(&self.maid, Some(&event.id), method, params).await
    }

    pub(crate) async fn call_as(
        &self,
        installation: &InstallationId,
        event_id: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, RpcError> {
        let params = map(params);
        self.discord
            .call(DiscordCall {
                installation,
                method,
                params: &params,
                event_id,
            })
            .await
            .result
    }

    /// Registers commands for the maid.
    pub(crate) async fn register(&self, commands: &[Value]) -> SyncReport {
        self.sync(&[("maid", commands)]).await.unwrap()
    }

    pub(crate) async fn sync(&self, plugins: &[(&str, &[Value])]) -> Result<SyncReport, RpcError> {
        let plugins = plugins.iter().map(|(plugin, commands)| PluginCommands {
            plugin: plugin.parse().unwrap(),
            commands: commands
                .iter()
                .map(|json| CommandDef {
                    name: json["name"].as_str().unwrap().to_owned(),
                    json: map(json.clone()),
                })
                .collect(),
        });
        self.discord
            .sync_commands(self.guild_id(), plugins.collect())
            .await
    }

    pub(crate) fn guild_id(&self) -> GuildId {
        self.guild.to_string().parse().unwrap()
    }

    /// Registers `/hello` for the maid, lets Alice run it, and returns the event and the interaction.
    pub(crate) async fn hello(&mut self) -> (Got, Snowflake) {
        self.register(&[json!({"name": "hello", "description": "Greets"})])
            .await;
        let interaction = self
            .control
            .run_command(self.general, "alice", "hello", &[])
            .unwrap();
        (self.next(EventType::InteractionCreate).await, interaction)
    }

    /// Waits until the simulator has this state for an interaction.
    pub(crate) async fn interaction_is(&self, interaction: Snowflake, state: &str) -> Value {
        let mut follow = self.control.follow(0);
        let search = async {
            loop {
                let view = self.control.interaction(interaction).unwrap();
                if view["state"] == state {
                    return view;
                }
                follow.next().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| {
            panic!(
                "never {state}: {}",
                self.control.interaction(interaction).unwrap()
            )
        })
    }

    /// Waits for the newest message of a channel as this user sees it to have this content.
    pub(crate) async fn last_message_is(&self, viewer: &str, content: &str) -> Value {
        let mut follow = self.control.follow(0);
        let search = async {
            loop {
                if let Some(last) = self
                    .messages(viewer)
                    .pop()
                    .filter(|last| last["content"] == content)
                {
                    return last;
                }
                follow.next().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| panic!("never {content:?}: {:#?}", self.messages(viewer)))
    }

    /// Returns the messages of #general as this user sees them, newest last.
    pub(crate) fn messages(&self, viewer: &str) -> Vec<Value> {
        self.control
            .messages(self.general, 50, None, Some(viewer.into()))
            .unwrap()
    }

    /// Returns how many requests with this method and a path that ends so the simulator has seen.
    pub(crate) fn requests(&self, method: &str, path_end: &str) -> usize {
        let timeline = self.control.timeline(0, usize::MAX);
        let fits = |data: &Map<String, Value>| {
            data["method"] == method && data["path"].as_str().is_some_and(|path| path.ends_with(path_end))
        };
        timeline
            .iter()
            .filter(|entry| entry.kind == "rest" && fits(&entry.data))
            .count()
    }

    /// Waits until the status is as wanted.
    pub(crate) async fn status_is(&self, wanted: impl Fn(&DiscordStatus) -> bool) -> DiscordStatus {
        status_is(&self.discord, wanted).await
    }
}

pub(crate) async fn status_is(discord: &Discord, wanted: impl Fn(&DiscordStatus) -> bool) -> DiscordStatus {
    let mut status = discord.status();
    let found = tokio::time::timeout(PATIENCE, status.wait_for(|status| wanted(status))).await;
    let Ok(found) = found else {
        panic!("the status stays {:?}", *discord.status().borrow());
    };
    found.expect("the connection still runs").clone()
}

pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}
