//! What a plugin says of itself (zip §2).
//!
//! [`Manifest::parse`] reads every key of the contract with its aliases and checks what can be checked without the
//! plugin's source. Unknown keys are ignored and stay in [`Manifest::raw`].

mod capabilities;
mod commands;
mod cron;
mod domains;
mod fields;
mod problem;

use serde_json::{Map, Value};

pub use commands::CommandDef;
pub use cron::{CronEntry, CronSpec, CronSpecError};
pub use problem::{Problem, Severity};

use crate::json::has_more_values_than;
use crate::limits::{MANIFEST_BYTES, MANIFEST_VALUES};
use crate::{Capability, CapabilitySet, PluginId};
use problem::Problems;

/// A manifest without errors. Texts are trimmed; optional ones are empty or `None` when absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The plugin.
    pub id: PluginId,
    /// Its display name.
    pub name: String,
    /// Its version, in whatever scheme its author uses.
    pub version: String,
    /// What it does.
    pub description: String,
    /// Its author's byline.
    pub author: Option<String>,
    /// Its licence, shown as text.
    pub license: Option<String>,
    /// Its home page: an http or https address.
    pub homepage: Option<String>,
    /// Its icon: an https address.
    pub icon_url: Option<String>,
    /// Its icon: an emoji or a path below `dashboard/`.
    pub icon: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// What it asks for: the union of the four keys, old names translated, implied ones added (caps §3).
    pub capabilities: CapabilitySet,
    /// Names it asks for that this host does not know; never granted.
    pub unknown_capabilities: Vec<String>,
    /// `events:<type>` names: information, never a gate (caps §2).
    pub event_capabilities: Vec<String>,
    /// Its slash commands, ready to register.
    pub slash_commands: Vec<CommandDef>,
    /// The hosts it wants to reach, lower case.
    pub proxy_domains: Vec<String>,
    /// What it wants to be woken for.
    pub cron: Vec<CronEntry>,
    /// Where its dashboard is described, when the manifest says so.
    pub dashboard_manifest: Option<DashboardManifest>,
    /// Title and icon of its dashboard's menu entry.
    pub dashboard: Option<DashboardEntry>,
    /// Plain-language notes for the consent screen.
    pub permissions_user_facing: Vec<String>,
    /// Everything that is worth a warning.
    pub warnings: Vec<Problem>,
    /// The whole object, unknown keys included.
    pub raw: Map<String, Value>,
}

/// The manifest's `dashboard_manifest` key.
#[derive(Debug, Clone, PartialEq)]
pub enum DashboardManifest {
    /// The description itself; used only when the zip has no `dashboard_manifest.json`.
    Embedded(Map<String, Value>),
    /// Its path inside the zip.
    Path(String),
}

/// The manifest's `dashboard` key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DashboardEntry {
    /// The menu's title.
    pub title: Option<String>,
    /// The menu's icon.
    pub icon: Option<String>,
}

/// A manifest that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.first())]
pub struct ManifestError {
    /// Errors and warnings, in the validator's order; at least one error.
    pub problems: Vec<Problem>,
}

impl ManifestError {
    fn first(&self) -> String {
        let mut errors = self
            .problems
            .iter()
            .filter(|problem| problem.severity() == Severity::Error);
        errors.next().map(ToString::to_string).unwrap_or_default()
    }
}

impl Manifest {
    /// Reads a `manifest.json`. Work and memory are bounded whatever the bytes.
    ///
    /// # Errors
    /// When the file cannot be read or anything in it blocks the install.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let raw = object(bytes).map_err(|problem| ManifestError {
            problems: vec![problem],
        })?;
        let mut problems = Problems::default();
        match Self::from_object(raw, &mut problems) {
            Some(mut manifest) if !problems.has_errors() => {
                manifest.warnings = problems.finish();
                Ok(manifest)
            }
            _ => Err(ManifestError {
                problems: problems.finish(),
            }),
        }
    }

    /// Reads every key, so that the author sees everything that is wrong at once. `None` after a wrong id.
    fn from_object(raw: Map<String, Value>, problems: &mut Problems) -> Option<Self> {
        let identity = fields::identity(&raw, problems);
        let description = fields::description(&raw, problems);
        let homepage = fields::link(&raw, "homepage", &["https://", "http://"], problems);
        let icon_url = fields::link(&raw, "icon_url", &["https://"], problems);
        fields::entrypoint(&raw, problems);
        let asked = capabilities::read(&raw, problems);
        let proxy_domains = domains::read(&raw, problems);
        let slash_commands = commands::read(&raw, problems);
        let cron = cron::read(&raw, problems);
        let mut capabilities = asked.known;
        if !slash_commands.is_empty() {
            capabilities.insert(Capability::InteractionRespond);
        }
        if !proxy_domains.is_empty() {
            capabilities.insert(Capability::ProxyHttp);
        }
        let identity = identity?;
        Some(Self {
            id: identity.id,
            name: identity.name,
            version: identity.version,
            description,
            author: fields::text(&raw, "author"),
            license: fields::text(&raw, "license"),
            homepage,
            icon_url,
            icon: fields::text(&raw, "icon"),
            tags: fields::texts(&raw, "tags"),
            capabilities,
            unknown_capabilities: asked.unknown,
            event_capabilities: asked.events,
            slash_commands,
            proxy_domains,
            cron,
            dashboard_manifest: fields::dashboard_manifest(&raw),
            dashboard: fields::dashboard(&raw),
            permissions_user_facing: fields::texts(&raw, "permissions_user_facing"),
            warnings: Vec::new(),
            raw,
        })
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    if bytes.len() > MANIFEST_BYTES {
        return Err(Problem::TooLarge { bytes: bytes.len() });
    }
    let text = str::from_utf8(bytes).map_err(|error| Problem::Encoding {
        at: error.valid_up_to(),
    })?;
    if has_more_values_than(bytes, MANIFEST_VALUES) {
        return Err(Problem::TooManyValues);
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(Problem::NotObject { found: kind(&other) }),
        Err(error) => Err(Problem::InvalidJson {
            reason: error.to_string(),
            line: u32::try_from(error.line()).unwrap_or(u32::MAX),
            bom: text.starts_with('\u{feff}'),
        }),
    }
}

/// Returns the name of a value's type.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Returns a hostile value as short text for a message: cut, with quotes and control characters escaped.
fn show(value: &Value) -> String {
    match value {
        Value::String(text) => show_text(text),
        Value::Array(_) | Value::Object(_) => kind(value).to_owned(),
        other => other.to_string(),
    }
}

fn show_text(text: &str) -> String {
    const SHOWN_CHARS: usize = 64;
    let mut shown: String = text.chars().take(SHOWN_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// Returns the first of `keys` that is there and not null.
fn first_of<'a>(raw: &'a Map<String, Value>, keys: &[&'static str]) -> Option<(&'static str, &'a Value)> {
    keys.iter().find_map(|key| {
        raw.get(*key)
            .filter(|value| !value.is_null())
            .map(|value| (*key, value))
    })
}

#[cfg(test)]
mod tests;
