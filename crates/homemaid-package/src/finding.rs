//! What is noticed in a plugin.

use homemaid_protocol::manifest::{Problem, Severity};
use serde::{Deserialize, Serialize};

/// One thing noticed in a plugin (zip §4). Texts name the offending value; values from the plugin are cut and cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether it blocks the install.
    pub severity: Severity,
    /// The validator's code, for example `missing_manifest`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Which file it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which line of it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    pub(crate) fn error(code: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: code.to_owned(),
            message: message.into(),
            path: None,
            line: None,
            hint: None,
        }
    }

    pub(crate) fn warning(code: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    pub(crate) fn at(self, path: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            ..self
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl From<&Problem> for Finding {
    fn from(problem: &Problem) -> Self {
        Self {
            severity: problem.severity(),
            code: problem.code().to_owned(),
            message: problem.to_string(),
            path: Some("manifest.json".to_owned()),
            line: problem.line(),
            hint: Some(problem.hint()),
        }
    }
}
