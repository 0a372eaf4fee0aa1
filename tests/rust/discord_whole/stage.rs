//! A house with the probe plugin in it, and words to command the plugin and look at the world.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail, ensure};
use discord_sim::{Control, Permissions, Snowflake};
use homemaid_protocol::{EventType, InstallationId};
use homemaid_testkit::TestHost;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::ledger::{Ending, Ledger};

/// Everything the probe asks for.
pub(crate) const ALL: &[&str] = &[
    "discord:send_message",
    "discord:edit_message",
    "discord:add_reaction",
    "discord:read",
    "interaction:respond",
    "discord:delete_message",
    "discord:manage_channels",
    "discord:manage_webhooks",
    "discord:moderate_members",
    "discord:kick_members",
    "discord:ban_members",
    "discord:manage_roles",
];

/// How a call was refused, as the plugin saw it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) class: String,
    pub(crate) code: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) permission: String,
    #[serde(default)]
    pub(crate) status_code: u16,
    #[serde(default)]
    pub(crate) retry_after: f64,
}

/// A house with the probe in it.
pub(crate) struct Stage {
    pub(crate) host: TestHost,
    pub(crate) id: InstallationId,
    pub(crate) ledger: Arc<Ledger>,
    next: AtomicU64,
}

impl Stage {
    /// Opens one; the plugin has these grants.
    pub(crate) async fn open(ledger: &Arc<Ledger>, grants: &[&str]) -> anyhow::Result<Self> {
        let host = TestHost::start().await?;
        let id = host.install("discord_probe", grants).await?;
        Ok(Self {
            host,
            id,
            ledger: Arc::clone(ledger),
            next: AtomicU64::new(1),
        })
    }

    pub(crate) fn control(&self) -> &Control {
        self.host.discord()
    }

    pub(crate) fn guild(&self) -> Snowflake {
        Snowflake(self.host.guild().get())
    }

    pub(crate) fn channel(&self, name: &str) -> Snowflake {
        self.host.channel(name)
    }

    pub(crate) fn user(&self, name: &str) -> Snowflake {
        self.control().user(name).expect("the seed has this user")
    }

    /// Returns the guild as the simulator's own state tells it.
    pub(crate) fn world(&self) -> Value {
        self.control().state()["guilds"][0].clone()
    }

    /// Returns one item of a list in the guild's state by its id.
    pub(crate) fn find(&self, list: &str, id: &Value) -> Option<Value> {
        let world = self.world();
        let items = world[list].as_array().into_iter().flatten();
        items
            .into_iter()
            .find(|item| item["id"] == *id || item["user"]["id"] == *id)
            .cloned()
    }

    /// Returns a message as a member sees it.
    pub(crate) fn message(&self, channel: Snowflake, id: &Value, viewer: &str) -> anyhow::Result<Value> {
        let messages = self.control().messages(channel, 100, None, Some(viewer.into()))?;
        messages
            .into_iter()
            .find(|message| message["id"] == *id)
            .with_context(|| format!("{viewer} sees no message {id}"))
    }

    /// Calls `ctx.<method>(**args)` from a message's handler.
    pub(crate) async fn call(&self, method: &str, args: Value) -> anyhow::Result<Result<Value, Refusal>> {
        self.order(json!({"call": method, "args": args})).await
    }

    /// Sends the bare request, past the SDK.
    pub(crate) async fn rpc(&self, method: &str, params: Value) -> anyhow::Result<Result<Value, Refusal>> {
        self.order(json!({"rpc": method, "params": params})).await
    }

    async fn order(&self, mut order: Value) -> anyhow::Result<Result<Value, Refusal>> {
        let number = self.number();
        order["n"] = number.into();
        self.host.post("alice", &format!("!do {order}"))?;
        self.result(number).await
    }

    /// Returns a number for a step of a plan.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits for what a numbered step gave.
    pub(crate) async fn result(&self, number: u64) -> anyhow::Result<Result<Value, Refusal>> {
        let start = format!("result {number} ");
        let line = self
            .host
            .logged(&self.id, |line| line.starts_with(&start))
            .await?;
        let mut result: Value = serde_json::from_str(&line[start.len()..])?;
        match result["error"].take() {
            Value::Null => Ok(Ok(result["ok"].take())),
            refusal => Ok(Err(serde_json::from_value(refusal)?)),
        }
    }

    /// Calls, and notes that it worked; `seen` looks at the world.
    pub(crate) async fn works(
        &self,
        method: &str,
        args: Value,
        seen: impl FnOnce(&Value) -> anyhow::Result<()>,
    ) -> anyhow::Result<Value> {
        let result = match self.call(method, args).await? {
            Ok(result) => result,
            Err(refusal) => bail!("{method} was refused: {refusal:?}"),
        };
        seen(&result).with_context(|| format!("{method} gave {result}, but the world is not so"))?;
        self.ledger.call(method, Ending::Works);
        Ok(result)
    }

    /// Sends the bare request, and notes that it was refused in this way with this in its text.
    pub(crate) async fn refused(
        &self,
        ending: Ending,
        method: &str,
        params: Value,
        says: &str,
    ) -> anyhow::Result<Refusal> {
        let refusal = match self.rpc(method, params.clone()).await? {
            Err(refusal) => refusal,
            Ok(result) => bail!("{method} with {params} was not refused: {result}"),
        };
        self.judge(ending, method, &refusal, says)
            .with_context(|| format!("{method} with {params}"))?;
        Ok(refusal)
    }

    /// Checks and notes a refusal.
    pub(crate) fn judge(
        &self,
        ending: Ending,
        method: &str,
        refusal: &Refusal,
        says: &str,
    ) -> anyhow::Result<()> {
        let (class, code) = match ending {
            Ending::Works => bail!("a refusal is no success"),
            Ending::Capability => ("CapabilityError", "CAPABILITY_DENIED"),
            Ending::Validation => ("ValidationError", "VALIDATION_ERROR"),
            Ending::NotFound => ("DiscordApiError", "DISCORD_API_ERROR"),
            Ending::Permission => ("SdkPermissionError", "BOT_MISSING_PERMISSION"),
            Ending::RateLimit => ("RateLimitError", "RATE_LIMITED"),
        };
        ensure!(
            refusal.class == class && refusal.code == code,
            "expected {class} ({code}), got {refusal:?}"
        );
        ensure!(
            refusal.message.contains(says),
            "the text should say {says:?}: {refusal:?}"
        );
        match ending {
            Ending::NotFound => ensure!(refusal.status_code == 404, "the status is lost: {refusal:?}"),
            Ending::Permission => ensure!(refusal.permission == says, "the permission is lost: {refusal:?}"),
            Ending::RateLimit => ensure!(
                (1.0..=60.0).contains(&refusal.retry_after),
                "no time to wait: {refusal:?}"
            ),
            _ => {}
        }
        self.ledger.call(method, ending);
        Ok(())
    }

    /// Waits for an event with this in its payload, checks its keys, and returns it.
    pub(crate) async fn event(
        &self,
        kind: EventType,
        wanted: impl Fn(&Value) -> bool,
        keys: &[&str],
    ) -> anyhow::Result<Value> {
        let start = format!("event {} ", kind.name());
        let parse = |line: &str| -> Option<Value> {
            line.strip_prefix(&start)
                .and_then(|json| serde_json::from_str(json).ok())
        };
        let line = self
            .host
            .logged(&self.id, |line| parse(line).is_some_and(|event| wanted(&event)))
            .await
            .with_context(|| format!("no such {}", kind.name()))?;
        let event = parse(&line).expect("it was parsed to be found");
        let missing: Vec<_> = keys.iter().filter(|key| event.get(**key).is_none()).collect();
        ensure!(missing.is_empty(), "{} lacks {missing:?}: {event}", kind.name());
        ensure!(
            event["guild_id"] == self.guild().to_string(),
            "an event tells its guild: {event}"
        );
        self.ledger.event(kind);
        Ok(event)
    }

    /// Leaves the bot these permissions only.
    pub(crate) fn weaken(&self, permissions: Permissions) -> anyhow::Result<()> {
        Ok(self.control().set_bot_permissions(self.guild(), permissions)?)
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.host.stop().await
    }
}

/// Returns a JSON object as a map, for the simulator's forms.
pub(crate) fn form(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}
