//! Threads.

use homemaid_protocol::RpcError;
use serde_json::{Value, json};
use serenity::http::Route;

use super::ok;
use super::params::Params;
use super::site::Site;
use crate::json::{self, pick, set};
use crate::permission::{CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS, MANAGE_THREADS};
use crate::rest::Request;

const NAME_CHARS: usize = 100;
/// Kinds of threads.
const PUBLIC: i64 = 11;
const PRIVATE: i64 = 12;
/// Minutes without a message after which a thread is archived.
const ARCHIVE_AFTER: [i64; 4] = [60, 1_440, 4_320, 10_080];

/// `discord.create_thread`.
pub(crate) struct CreateThread {
    channel: u64,
    name: String,
    kind: i64,
    archive_after: i64,
}

impl CreateThread {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let kind = params.number("thread_type", PUBLIC, i64::MIN, i64::MAX)?;
        if !matches!(kind, PUBLIC | PRIVATE) {
            return Err(RpcError::validation(
                "thread_type",
                "11 for public or 12 for private",
            ));
        }
        Ok(Self {
            channel: params.id("channel_id")?,
            name: params.text("name", NAME_CHARS)?,
            kind,
            archive_after: archive_after(params)?.unwrap_or(1_440),
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.channel).await?;
        let body = json!({"name": self.name, "type": self.kind, "auto_archive_duration": self.archive_after});
        let needed = if self.kind == PRIVATE {
            CREATE_PRIVATE_THREADS
        } else {
            CREATE_PUBLIC_THREADS
        };
        site.require_in(self.channel, &[needed])?;
        let request = Request::post(Route::ChannelThreads { channel_id }, body);
        let thread = site.send(request.reason(site.reason("")), needed).await?;
        site.house
            .cache
            .change(site.guild(), |guild| guild.put_channel(&thread));
        if let Some(id) = json::id(&thread, "id") {
            site.notes.channel(id);
        }
        let mut out = pick(&thread, &["id", "name", "type"]);
        set(
            &mut out,
            "archived",
            json::flag(&thread["thread_metadata"], "archived"),
        );
        Ok(json!({"thread": out}))
    }
}

/// `discord.edit_thread`.
pub(crate) struct EditThread {
    thread: u64,
    change: Value,
}

impl EditThread {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let thread = params.id("thread_id")?;
        let mut change = json!({});
        for name in ["archived", "locked"] {
            if let Some(flag) = params.flag_or_none(name)? {
                set(&mut change, name, flag);
            }
        }
        if let Some(name) = params
            .text_or_none("name", NAME_CHARS)?
            .filter(|name| !name.is_empty())
        {
            set(&mut change, "name", name);
        }
        if let Some(minutes) = archive_after(params)? {
            set(&mut change, "auto_archive_duration", minutes);
        }
        if change == json!({}) {
            let rule = "true or false unless locked, name or auto_archive_duration is given";
            return Err(RpcError::validation("archived", rule));
        }
        Ok(Self { thread, change })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let channel_id = site.channel(self.thread).await?;
        let owner = site.known_channel(self.thread, |thread| thread.is_thread().then_some(thread.owner));
        let Some(Some(owner)) = owner else {
            return Err(RpcError::validation(
                "thread_id",
                "a thread, not another kind of channel",
            ));
        };
        // Whoever opened a thread may rename, archive and open it again; who may write there may open it again.
        let own = owner.is_some() && owner == site.house.cache.me() && self.change.get("locked").is_none();
        let needs = if own || self.change == json!({"archived": false}) {
            &[][..]
        } else {
            &[MANAGE_THREADS]
        };
        site.require_in(self.thread, needs)?;
        let request = Request::patch(Route::Channel { channel_id }, self.change);
        site.send(request.reason(site.reason("")), MANAGE_THREADS)
            .await
            .map(|_| ok())
    }
}

fn archive_after(params: Params<'_>) -> Result<Option<i64>, RpcError> {
    match params.number_or_none("auto_archive_duration", i64::MIN, i64::MAX)? {
        Some(minutes) if !ARCHIVE_AFTER.contains(&minutes) => Err(RpcError::validation(
            "auto_archive_duration",
            "one of 60, 1440, 4320, 10080",
        )),
        minutes => Ok(minutes),
    }
}
