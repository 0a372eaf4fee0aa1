//! One person's data, for somebody who asks what is stored about them, or that it be deleted.
//!
//! Looking comes first and changes nothing; erasing names how much was found, so that what the owner agreed to is
//! what happens.

use homemaid_protocol::{InstallationId, Snowflake};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::core::Core;
use crate::error::CoreError;

/// What is said beside every answer: what the id cannot find.
const LIMITS: [&str; 5] = [
    "Data in which a plugin names the person otherwise, by a nickname for example, cannot be found by the id.",
    "Metrics are numbers; a plugin that names people in their tags is not looked into.",
    "Secrets are sealed and are not looked into.",
    "Backups and exports made before still hold the data; scheduled copies go with time, others have to be deleted by hand.",
    "Messages and members in Discord itself are not touched, nor is what a running plugin remembers until its next start.",
];

/// One place where a person is mentioned.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PersonMention {
    /// `kv`, `logs` or `audit`.
    pub place: String,
    /// `plugin@guild`; none for the audit, which is one place for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installation: Option<String>,
    /// The key, the number of the log line, or how many records of the audit.
    pub name: String,
    /// What is there; of the audit nothing.
    pub content: Value,
    /// What erasing does: `delete` it, or `redact` it: take the person out and leave the rest.
    pub erase: String,
}

/// What is stored about a person.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PersonView {
    /// The Discord user id.
    pub user: String,
    /// How many places were found; to be named when erasing.
    pub found: usize,
    /// The places.
    pub mentions: Vec<PersonMention>,
    /// What could not be looked for.
    pub limits: Vec<String>,
}

/// What erasing did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonErased {
    /// Rows of key-value data that were deleted or redacted.
    pub kv: usize,
    /// Log lines that were deleted.
    pub logs: usize,
    /// Records of the audit in which the person was blanked; the records stay, and so does the chain.
    pub audit: u64,
    /// What could not be looked for.
    pub limits: Vec<String>,
}

impl Core {
    /// Returns everything stored that mentions a Discord user id.
    pub async fn person(&self, user: Snowflake) -> Result<PersonView, CoreError> {
        let storage = &self.0.services.storage;
        let id = user.to_string();
        let rows = storage
            .read({
                let id = id.clone();
                move |tx| tx.person_rows(&id)
            })
            .await?;
        let lines = storage.person_logs(&id).await?;
        let records = storage.read(move |tx| tx.audit().count_about(user)).await?;
        let kv = rows.into_iter().map(|row| PersonMention {
            place: "kv".to_owned(),
            installation: Some(row.installation.to_string()),
            name: row.key,
            content: row.value.parse().unwrap_or(Value::String(row.value)),
            erase: if row.by_key { "delete" } else { "redact" }.to_owned(),
        });
        let logs = lines
            .into_iter()
            .map(|(line, installation, message)| PersonMention {
                place: "logs".to_owned(),
                installation: Some(installation),
                name: line.to_string(),
                content: message.into(),
                erase: "delete".to_owned(),
            });
        // One place however many records there are: their number grows while the owner reads.
        let audit = (records > 0).then(|| PersonMention {
            place: "audit".to_owned(),
            installation: None,
            name: format!("{records} records"),
            content: Value::Null,
            erase: "redact".to_owned(),
        });
        let mentions: Vec<_> = kv.chain(logs).chain(audit).collect();
        Ok(PersonView {
            user: id,
            found: mentions.len(),
            mentions,
            limits: limits(),
        })
    }

    /// Takes a person out of everything stored. `expected` is the number of places that were found; when there are
    /// others by now, nothing happens.
    pub async fn erase_person(&self, user: Snowflake, expected: usize) -> Result<PersonErased, CoreError> {
        let view = self.person(user).await?;
        if view.found != expected {
            return Err(CoreError::PersonChanged {
                expected,
                found: view.found,
            });
        }
        let storage = &self.0.services.storage;
        let mut kv = 0;
        loop {
            let id = view.user.clone();
            match storage.write(move |tx| tx.person_erase(&id)).await? {
                0 => break,
                rows => kv += rows,
            }
        }
        let logs = storage.person_erase_logs(&view.user).await?;
        let mut audit = 0;
        loop {
            match storage.write(move |tx| tx.audit_mut().redact(user)).await? {
                0 => break,
                records => audit += records,
            }
        }
        // One record for each installation, and in none of them the id.
        let mut touched: Vec<&str> = view
            .mentions
            .iter()
            .filter_map(|mention| mention.installation.as_deref())
            .collect();
        touched.sort_unstable();
        touched.dedup();
        for id in touched
            .into_iter()
            .filter_map(|id| id.parse::<InstallationId>().ok())
        {
            self.owner_did(&id, "owner.person.erase", &Ok::<_, CoreError>(()));
        }
        Ok(PersonErased {
            kv,
            logs,
            audit,
            limits: limits(),
        })
    }
}

fn limits() -> Vec<String> {
    LIMITS.iter().map(|text| (*text).to_owned()).collect()
}
