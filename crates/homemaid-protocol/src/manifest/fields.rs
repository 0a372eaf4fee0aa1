//! The plain keys: identity, texts and links.

use serde_json::{Map, Value};

use super::problem::{Problem, Problems};
use super::{DashboardEntry, DashboardManifest, first_of, show, show_text};
use crate::PluginId;
use crate::limits::{MANIFEST_DESCRIPTION_CHARS, MANIFEST_NAME_CHARS, MANIFEST_VERSION_CHARS};

/// Texts authors leave in (zip §4.1, code 11).
const PLACEHOLDERS: [&str; 7] = [
    "todo",
    "tbd",
    "fill me in",
    "lorem ipsum",
    "placeholder",
    "description goes here",
    "edit this",
];

/// The three required keys.
pub(super) struct Identity {
    pub(super) id: PluginId,
    pub(super) name: String,
    pub(super) version: String,
}

pub(super) fn identity(raw: &Map<String, Value>, problems: &mut Problems) -> Option<Identity> {
    let [id, name, version] = ["id", "name", "version"].map(|field| required(raw, field, problems));
    let id = id.and_then(|id| {
        let parsed = id.parse().ok();
        if parsed.is_none() {
            problems.add(Problem::IdInvalid { id: show_text(id) });
        }
        parsed
    });
    let name = name.and_then(|name| displayable("name", name, MANIFEST_NAME_CHARS, problems));
    let version =
        version.and_then(|version| displayable("version", version, MANIFEST_VERSION_CHARS, problems));
    Some(Identity {
        id: id?,
        name: name?,
        version: version?,
    })
}

fn required<'a>(
    raw: &'a Map<String, Value>,
    field: &'static str,
    problems: &mut Problems,
) -> Option<&'a str> {
    let value = raw.get(field);
    let text = value
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|text| !text.is_empty());
    if text.is_none() {
        let found = match value {
            None => String::new(),
            Some(value) => format!(", not {}", show(value)),
        };
        problems.add(Problem::MissingField { field, found });
    }
    text
}

/// What is shown everywhere, terminals included, is bounded and holds no control character.
fn displayable(field: &'static str, text: &str, limit: usize, problems: &mut Problems) -> Option<String> {
    let chars = text.chars().count();
    if chars > limit {
        problems.add(Problem::FieldTooLong { field, chars, limit });
        None
    } else if text.chars().any(char::is_control) {
        problems.add(Problem::FieldControl {
            field,
            value: show_text(text),
        });
        None
    } else {
        Some(text.to_owned())
    }
}

pub(super) fn description(raw: &Map<String, Value>, problems: &mut Problems) -> String {
    let text = text(raw, "description").unwrap_or_default();
    let chars = text.chars().count();
    if chars > MANIFEST_DESCRIPTION_CHARS {
        problems.add(Problem::DescriptionTooLong {
            chars,
            limit: MANIFEST_DESCRIPTION_CHARS,
        });
    } else if PLACEHOLDERS.contains(&text.to_lowercase().as_str()) {
        problems.add(Problem::DescriptionPlaceholder {
            text: show_text(&text),
        });
    }
    text
}

/// Reads a link and keeps it only with one of `schemes`: it ends up in the owner's browser.
pub(super) fn link(
    raw: &Map<String, Value>,
    field: &'static str,
    schemes: &[&str],
    problems: &mut Problems,
) -> Option<String> {
    let link = text(raw, field)?;
    if schemes.iter().any(|scheme| link.starts_with(scheme)) && !link.chars().any(char::is_whitespace) {
        return Some(link);
    }
    problems.add(Problem::LinkInvalid {
        field,
        value: show_text(&link),
    });
    None
}

pub(super) fn entrypoint(raw: &Map<String, Value>, problems: &mut Problems) {
    if let Some((_, value)) = first_of(raw, &["entrypoint"])
        && value.as_str().map(str::trim) != Some("__main__.py")
    {
        problems.add(Problem::EntrypointIgnored { value: show(value) });
    }
}

/// Returns a trimmed text; `None` when absent, blank or of another type.
pub(super) fn text(raw: &Map<String, Value>, field: &str) -> Option<String> {
    clean(raw.get(field)?)
}

/// Returns a trimmed text without control characters but newline and tab: it may end up in a terminal.
fn clean(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let safe = |c: char| {
        if c.is_control() && c != '\n' && c != '\t' {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    (!text.is_empty()).then(|| text.chars().map(safe).collect())
}

/// Returns the non-blank texts of a list.
pub(super) fn texts(raw: &Map<String, Value>, field: &str) -> Vec<String> {
    raw.get(field)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(clean)
        .collect()
}

pub(super) fn dashboard_manifest(raw: &Map<String, Value>) -> Option<DashboardManifest> {
    match raw.get("dashboard_manifest")? {
        Value::Object(object) => Some(DashboardManifest::Embedded(object.clone())),
        Value::String(path) if !path.trim().is_empty() => {
            Some(DashboardManifest::Path(path.trim().to_owned()))
        }
        _ => None,
    }
}

pub(super) fn dashboard(raw: &Map<String, Value>) -> Option<DashboardEntry> {
    let entry = raw.get("dashboard")?.as_object()?;
    Some(DashboardEntry {
        title: text(entry, "title"),
        icon: text(entry, "icon"),
    })
}
