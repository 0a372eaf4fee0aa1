//! What a call touched in Discord, for the host's audit: from a message's id one finds the call that made it.

use std::sync::{Mutex, PoisonError};

use homemaid_protocol::{RpcError, Snowflake};
use serde_json::Value;

/// The things in Discord one call was about. Ids are noted once they are known to belong to the guild, so a call that
/// failed later still says what it was about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// The channel or thread.
    pub channel: Option<Snowflake>,
    /// The messages that were made, changed, deleted, pinned or reacted to; reads name none. At most 100.
    pub messages: Vec<Snowflake>,
    /// The members or users that were acted upon. At most 25.
    pub members: Vec<Snowflake>,
    /// The role that was given or taken.
    pub role: Option<Snowflake>,
    /// The message whose components are this plugin's from now on. The host keeps it beyond a restart and hands it
    /// back to [`Discord::remember_origins`](crate::Discord::remember_origins).
    pub components: Option<Snowflake>,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// What the plugin gets.
    pub result: Result<Value, RpcError>,
    /// What it was about.
    pub touched: Touched,
}

/// Collects what a running call touches; bulk calls do several things at a time.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Touched>);

impl Notes {
    /// Notes a channel.
    pub(crate) fn channel(&self, id: u64) {
        self.change(|touched| touched.channel = Some(Snowflake::new(id)));
    }

    /// Notes a message.
    pub(crate) fn message(&self, id: u64) {
        self.change(|touched| put(&mut touched.messages, id));
    }

    /// Notes a member.
    pub(crate) fn member(&self, id: u64) {
        self.change(|touched| put(&mut touched.members, id));
    }

    /// Notes a role.
    pub(crate) fn role(&self, id: u64) {
        self.change(|touched| touched.role = Some(Snowflake::new(id)));
    }

    /// Notes that a message's components are the caller's.
    pub(crate) fn components(&self, message: u64) {
        self.change(|touched| touched.components = Some(Snowflake::new(message)));
    }

    /// Returns what was noted.
    pub(crate) fn into_touched(self) -> Touched {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Touched)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn put(list: &mut Vec<Snowflake>, id: u64) {
    let id = Snowflake::new(id);
    if !list.contains(&id) {
        list.push(id);
    }
}
