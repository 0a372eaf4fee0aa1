//! Which event types the installations take, so that Discord is asked for no more than that (events, general rules).
//!
//! A plugin says it with `plugin.ready` (wire §4.2), after its start. What it said last is kept, because the
//! connection to Discord begins before the first worker runs. A plugin that never said it takes everything, and so
//! does a house without plugins: the first one should not have to wait for a new session.

use std::collections::{BTreeMap, BTreeSet};

use homemaid_protocol::{EventType, InstallationId};
use homemaid_storage::{Storage, StorageError};
use serde_json::Value;

use crate::error::CoreError;
use crate::house::House;
use crate::installation::{Installation, lock};
use crate::services::{Services, chain};

/// The setting it is kept in: installation to list of names.
const KEY: &str = "discord.events";

/// What each installation said last.
pub(crate) type Announced = BTreeMap<InstallationId, BTreeSet<EventType>>;

/// Returns the event types the enabled installations take, as far as they said; `None` is all of them.
pub async fn event_needs(storage: &Storage) -> Result<Option<BTreeSet<EventType>>, CoreError> {
    let announced = announced(storage).await?;
    let rows = storage.read(|tx| tx.installations().list()).await?;
    let enabled = rows.into_iter().filter(|row| row.enabled).map(|row| row.id);
    Ok(union(enabled.map(|id| announced.get(&id))))
}

/// Returns what the installations said before the host was restarted.
pub(crate) async fn announced(storage: &Storage) -> Result<Announced, StorageError> {
    let kept = storage.read(|tx| tx.settings().get(KEY)).await?;
    let Some(Value::Object(kept)) = kept else {
        return Ok(Announced::new());
    };
    let entry = |(id, names): (String, Value)| {
        let names = names.as_array()?.iter().filter_map(Value::as_str);
        Some((id.parse().ok()?, names.filter_map(EventType::from_name).collect()))
    };
    Ok(kept.into_iter().filter_map(entry).collect())
}

fn union<'a>(each: impl Iterator<Item = Option<&'a BTreeSet<EventType>>>) -> Option<BTreeSet<EventType>> {
    let (mut all, mut any) = (BTreeSet::new(), false);
    for announced in each {
        all.extend(announced?);
        any = true;
    }
    any.then_some(all)
}

impl Services {
    /// Notes which event types a worker takes, and keeps it when it is news.
    pub(crate) fn announce(&self, installation: &Installation, events: &BTreeSet<EventType>) {
        let kept = {
            let mut announced = lock(&self.announced);
            if announced.get(&installation.id) == Some(events) {
                return;
            }
            announced.insert(installation.id.clone(), events.clone());
            to_json(&announced)
        };
        installation.changed();
        let storage = self.storage.clone();
        self.tasks.spawn(async move {
            if let Err(error) = storage.write(move |tx| tx.settings().put(KEY, &kept)).await {
                tracing::warn!(error = chain(&error), "what plugins listen to is not stored");
            }
        });
    }
}

impl House {
    /// Tells the connection to Discord what is needed now.
    pub(crate) fn tell_needs(&self) {
        let installations = self.directory.all();
        let needs = {
            let mut announced = lock(&self.services.announced);
            announced.retain(|id, _| installations.iter().any(|installation| installation.id == *id));
            let enabled = installations
                .iter()
                .filter(|installation| installation.facts().enabled);
            union(enabled.map(|installation| announced.get(&installation.id)))
        };
        self.services.discord.need(needs);
    }
}

fn to_json(announced: &Announced) -> Value {
    let names = |events: &BTreeSet<EventType>| events.iter().map(|kind| Value::from(kind.name())).collect();
    announced
        .iter()
        .map(|(id, events)| (id.to_string(), names(events)))
        .collect::<serde_json::Map<String, Value>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_add_up_and_one_that_never_spoke_takes_everything() {
        let (one, two) = (
            BTreeSet::from([EventType::MessageCreate]),
            BTreeSet::from([EventType::MemberJoin]),
        );
        let both: BTreeSet<_> = one.union(&two).copied().collect();
        assert_eq!(union([Some(&one), Some(&two)].into_iter()), Some(both));
        assert_eq!(union([Some(&one), None].into_iter()), None);
        assert_eq!(union([].into_iter()), None, "nobody knows who comes first");
        assert_eq!(union([Some(&BTreeSet::new())].into_iter()), Some(BTreeSet::new()));
    }

    #[tokio::test]
    async fn what_was_said_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let storage = Storage::open(dir.path(), homemaid_protocol::Clock::system()).unwrap();
        assert_eq!(announced(&storage).await.unwrap(), Announced::new());
        let said = Announced::from([("maid@1".parse().unwrap(), BTreeSet::from([EventType::RoleCreate]))]);
        let kept = to_json(&said);
        storage
            .write(move |tx| tx.settings().put(KEY, &kept))
            .await
            .unwrap();
        assert_eq!(announced(&storage).await.unwrap(), said);
        assert_eq!(
            event_needs(&storage).await.unwrap(),
            None,
            "no installation is enabled"
        );
        storage.close().await;
    }
}
