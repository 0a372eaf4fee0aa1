//! What can be wrong with a manifest. The codes are the validator's (zip §4.1, §4.6).

use serde::{Deserialize, Serialize};

use crate::limits::{
    COMMAND_CHOICES, COMMAND_DESCRIPTION_CHARS, COMMAND_OPTIONS, COMMAND_TREE_CHARS, COMMANDS, CRON_ENTRIES,
    CRON_GAP_MINUTES, MANIFEST_BYTES, MANIFEST_PROBLEMS, MANIFEST_VALUES, PROXY_DOMAINS,
};

/// Whether a finding blocks the install.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the author and the owner to know.
    Warning,
    /// Blocks the install.
    Error,
}

/// Something wrong with a manifest, naming the offending value.
///
/// Texts from the manifest are cut, see [`Problems`], so a problem is always short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the texts and the contract's codes say what each case is"
)]
pub enum Problem {
    #[error("manifest.json is {bytes} bytes; at most {MANIFEST_BYTES} are read")]
    TooLarge { bytes: usize },
    #[error("manifest.json holds more than {MANIFEST_VALUES} values")]
    TooManyValues,
    #[error("manifest.json is not UTF-8: byte {at} cannot be read")]
    Encoding { at: usize },
    #[error("manifest.json must be an object at the top level, not {found}")]
    NotObject { found: &'static str },
    #[error("manifest.json is not valid JSON: {reason}")]
    InvalidJson { reason: String, line: u32, bom: bool },
    #[error("`{field}` is required and must be a non-empty text{found}")]
    MissingField { field: &'static str, found: String },
    #[error("`{field}` is {chars} characters long; at most {limit} are allowed")]
    FieldTooLong {
        field: &'static str,
        chars: usize,
        limit: usize,
    },
    #[error("`{field}` holds a control character: {value}")]
    FieldControl { field: &'static str, value: String },
    #[error("`id` {id} is not a plugin id")]
    IdInvalid { id: String },
    #[error("`description` is {chars} characters long; shops cut it at {limit}")]
    DescriptionTooLong { chars: usize, limit: usize },
    #[error("`description` is still a placeholder: {text}")]
    DescriptionPlaceholder { text: String },
    #[error("`{field}` {value} is not a web address and is not shown")]
    LinkInvalid { field: &'static str, value: String },
    #[error("`entrypoint` {value} is ignored: the entry point is always __main__.py")]
    EntrypointIgnored { value: String },
    #[error("`{key}` must be an array of text, not {found}")]
    CapabilitiesNotList { key: &'static str, found: &'static str },
    #[error("{entry} in `{key}` is not a capability: expected `namespace:action`")]
    CapabilityMalformed { key: &'static str, entry: String },
    #[error("capability {name} is unknown here and is never granted")]
    CapabilityUnknown { name: String },
    #[error("capability {name} is an old name of {now}")]
    CapabilityLegacy { name: String, now: &'static str },
    #[error("`{key}` must be an array of host names, not {found}")]
    DomainsNotList { key: &'static str, found: &'static str },
    #[error("`{key}` has {count} entries; at most {PROXY_DOMAINS} are allowed")]
    DomainsTooMany { key: &'static str, count: usize },
    #[error("{entry} in `{key}` is not a bare host name: {reason}")]
    DomainInvalid {
        key: &'static str,
        entry: String,
        reason: &'static str,
    },
    #[error("`{key}` must be an array of commands, not {found}")]
    CommandsNotList { key: &'static str, found: &'static str },
    #[error("entry {index} of `{key}` is not a command: {entry}")]
    CommandMalformed {
        key: &'static str,
        index: usize,
        entry: String,
    },
    #[error("command {name} is registered in lower case")]
    CommandNotLowercase { name: String },
    #[error("command name {name} is not 1 to 32 letters, digits, `-` or `_`")]
    CommandNameInvalid { name: String },
    #[error("command {name} is declared twice")]
    CommandDuplicate { name: String },
    #[error("`options` of command {command} must be an array, not {found}")]
    OptionsNotList { command: String, found: &'static str },
    #[error("option {index} of command {command} is not an object: {entry}")]
    OptionMalformed {
        command: String,
        index: usize,
        entry: String,
    },
    #[error("option {index} of command {command} has no name")]
    OptionMissingName { command: String, index: usize },
    #[error(
        "option name {option} of command {command} is not 1 to 32 lower-case letters, digits, `-` or `_`"
    )]
    OptionNameInvalid { command: String, option: String },
    #[error("option {option} of command {command} is declared twice")]
    OptionDuplicate { command: String, option: String },
    #[error("option {option} of command {command} has no type")]
    OptionMissingType { command: String, option: String },
    #[error("option {option} of command {command} has type {found}; types are 1 to 11")]
    OptionTypeInvalid {
        command: String,
        option: String,
        found: String,
    },
    #[error("option {option} of command {command} stands where Discord allows no such option")]
    OptionNesting { command: String, option: String },
    #[error("required option {option} of command {command} comes after an optional one")]
    OptionOrder { command: String, option: String },
    #[error("{what} of command {command}: {count}, at most {limit} allowed")]
    CommandLimit {
        command: String,
        what: String,
        count: usize,
        limit: usize,
    },
    #[error("{count} commands; Discord allows {COMMANDS} a server")]
    CommandsTooMany { count: usize },
    #[error("`cron` must be an array, not {found}")]
    CronNotList { found: &'static str },
    #[error("`cron` has {count} entries; at most {CRON_ENTRIES} are allowed")]
    CronTooMany { count: usize },
    #[error("cron entry {index} needs both `spec` and `name`: {entry}")]
    CronMalformed { index: usize, entry: String },
    #[error("cron name {name} is not a Python identifier")]
    CronNameInvalid { name: String },
    #[error("cron name {name} is declared twice")]
    CronDuplicate { name: String },
    #[error("cron {name}: {reason}")]
    CronSpecInvalid { name: String, reason: String },
    #[error(
        "cron {name}: {spec} can fire again after {gap} min; at least {CRON_GAP_MINUTES} min must lie between"
    )]
    CronTooFrequent { name: String, spec: String, gap: u32 },
    #[error("and {0} more problems")]
    More(usize),
}

impl Problem {
    /// Returns the validator's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::TooManyValues => "manifest_too_large",
            Self::Encoding { .. } => "manifest_encoding",
            Self::NotObject { .. } => "manifest_not_object",
            Self::InvalidJson { .. } => "manifest_invalid_json",
            Self::MissingField { .. } => "manifest_missing_field",
            Self::FieldTooLong { .. } | Self::FieldControl { .. } => "manifest_field_invalid",
            Self::IdInvalid { .. } => "manifest_id_invalid",
            Self::DescriptionTooLong { .. } => "description_too_long",
            Self::DescriptionPlaceholder { .. } => "description_placeholder",
            Self::LinkInvalid { .. } => "link_invalid",
            Self::EntrypointIgnored { .. } => "entrypoint_ignored",
            Self::CapabilitiesNotList { .. } => "capabilities_not_list",
            Self::CapabilityMalformed { .. } => "capability_malformed",
            Self::CapabilityUnknown { .. } => "capability_unknown",
            Self::CapabilityLegacy { .. } => "capability_legacy_name",
            Self::DomainsNotList { .. } => "proxy_domains_not_list",
            Self::DomainsTooMany { .. } | Self::DomainInvalid { .. } => "proxy_domain_invalid",
            Self::CommandsNotList { .. } => "command_defs_not_list",
            Self::CommandMalformed { .. } => "command_def_malformed",
            Self::CommandNotLowercase { .. } => "command_name_not_lowercase",
            Self::CommandNameInvalid { .. } => "command_name_invalid",
            Self::CommandDuplicate { .. } => "command_name_duplicate",
            Self::OptionsNotList { .. } => "command_options_not_list",
            Self::OptionMalformed { .. } => "command_option_malformed",
            Self::OptionMissingName { .. } => "command_option_missing_name",
            Self::OptionNameInvalid { .. } => "command_option_name_invalid",
            Self::OptionDuplicate { .. } => "command_option_name_duplicate",
            Self::OptionMissingType { .. } => "command_option_missing_type",
            Self::OptionTypeInvalid { .. } => "command_option_type_invalid",
            Self::OptionNesting { .. } => "command_option_nesting_invalid",
            Self::OptionOrder { .. } => "command_option_order",
            Self::CommandLimit { .. } | Self::CommandsTooMany { .. } => "command_limits_exceeded",
            Self::CronNotList { .. } => "cron_not_list",
            Self::CronTooMany { .. } => "cron_too_many",
            Self::CronMalformed { .. } => "cron_entry_malformed",
            Self::CronNameInvalid { .. } => "cron_name_invalid",
            Self::CronDuplicate { .. } => "cron_name_duplicate",
            Self::CronSpecInvalid { .. } => "cron_spec_invalid",
            Self::CronTooFrequent { .. } => "cron_spec_too_frequent",
            Self::More(_) => "manifest_more_problems",
        }
    }

    /// Returns whether it blocks the install.
    pub fn severity(&self) -> Severity {
        match self {
            Self::DescriptionTooLong { .. }
            | Self::DescriptionPlaceholder { .. }
            | Self::LinkInvalid { .. }
            | Self::EntrypointIgnored { .. }
            | Self::CapabilityUnknown { .. }
            | Self::CapabilityLegacy { .. }
            | Self::CommandNotLowercase { .. }
            | Self::More(_) => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Returns the line of manifest.json, where the parser gave one.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::InvalidJson { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// Returns what to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::TooLarge { .. } | Self::TooManyValues => {
                "move data out of the manifest into a file of its own".to_owned()
            }
            Self::Encoding { .. } => "save it as UTF-8 without BOM".to_owned(),
            Self::NotObject { .. } => {
                "write one object: {\"id\": \"…\", \"name\": \"…\", \"version\": \"…\"}".to_owned()
            }
            Self::InvalidJson { bom: true, .. } => {
                "save it as UTF-8 without BOM (byte order mark)".to_owned()
            }
            Self::InvalidJson { line, .. } => format!("correct line {line}"),
            Self::MissingField { field, .. } => format!("add \"{field}\": \"…\" to manifest.json"),
            Self::FieldTooLong { field, limit, .. } => format!("shorten `{field}` to {limit} characters"),
            Self::FieldControl { field, .. } => format!("remove the control character from `{field}`"),
            Self::IdInvalid { .. } => {
                "use 3 to 32 of a-z, 0-9 and _, starting with a letter, for example hello_maid".to_owned()
            }
            Self::DescriptionTooLong { limit, .. } => format!("shorten it to {limit} characters"),
            Self::DescriptionPlaceholder { .. } => "say in a sentence what the plugin does".to_owned(),
            Self::LinkInvalid {
                field: "icon_url", ..
            } => "use an address that starts with https://".to_owned(),
            Self::LinkInvalid { .. } => "use an address that starts with https:// or http://".to_owned(),
            Self::EntrypointIgnored { .. } => "remove the key, or name the file __main__.py".to_owned(),
            Self::CapabilitiesNotList { key, .. } => format!("write \"{key}\": [\"storage:kv\", …]"),
            Self::CapabilityMalformed { .. } => "write it like storage:kv or discord:send_message".to_owned(),
            Self::CapabilityUnknown { .. } => "correct the name, or remove it".to_owned(),
            Self::CapabilityLegacy { now, .. } => format!("write {now}"),
            Self::DomainsNotList { key, .. } => format!("write \"{key}\": [\"api.example.com\"]"),
            Self::DomainsTooMany { .. } => {
                "an entry covers its sub-domains too: name the parent once".to_owned()
            }
            Self::DomainInvalid { .. } => "write only the host, for example api.example.com".to_owned(),
            Self::CommandsNotList { key, .. } => {
                format!("write \"{key}\": [{{\"name\": \"hello\", \"description\": \"…\"}}]")
            }
            Self::CommandMalformed { .. } => "write an object with at least a \"name\"".to_owned(),
            Self::CommandNotLowercase { name } => format!("write {}", name.to_lowercase()),
            Self::CommandNameInvalid { .. } => {
                "use letters, digits, - and _ without spaces, at most 32".to_owned()
            }
            Self::CommandDuplicate { .. } => {
                "remove one, or make both sub-commands of one command".to_owned()
            }
            Self::OptionsNotList { .. } => "write \"options\": […]".to_owned(),
            Self::OptionMalformed { .. } | Self::OptionMissingName { .. } => {
                "write {\"name\": \"…\", \"description\": \"…\", \"type\": 3}".to_owned()
            }
            Self::OptionNameInvalid { .. } => {
                "use lower-case letters, digits, - and _, at most 32".to_owned()
            }
            Self::OptionDuplicate { .. } => "rename one of them".to_owned(),
            Self::OptionMissingType { .. } | Self::OptionTypeInvalid { .. } => {
                "3 text, 4 whole number, 5 yes/no, 6 user, 7 channel, 8 role, 9 mentionable, 10 number, \
                 11 attachment; 1 sub-command, 2 group"
                    .to_owned()
            }
            Self::OptionNesting { .. } => {
                "a command holds groups (2), a group sub-commands (1), a sub-command plain options".to_owned()
            }
            Self::OptionOrder { .. } => "put the required options first".to_owned(),
            Self::CommandLimit { .. } | Self::CommandsTooMany { .. } => format!(
                "Discord allows {COMMAND_OPTIONS} options and {COMMAND_CHOICES} choices, descriptions of \
                 {COMMAND_DESCRIPTION_CHARS} and {COMMAND_TREE_CHARS} characters in one command"
            ),
            Self::CronNotList { .. } | Self::CronMalformed { .. } => {
                "write {\"name\": \"daily_summary\", \"spec\": \"0 9 * * *\"}".to_owned()
            }
            Self::CronTooMany { .. } => "let one entry do several jobs".to_owned(),
            Self::CronNameInvalid { .. } => "use the name of the function under @plugin.cron".to_owned(),
            Self::CronDuplicate { .. } => "give every entry its own function".to_owned(),
            Self::CronSpecInvalid { .. } => {
                "five fields: minute hour day-of-month month day-of-week, for example 0 9 * * 1".to_owned()
            }
            Self::CronTooFrequent { .. } => format!("for example */{CRON_GAP_MINUTES} * * * *"),
            Self::More(_) => "correct those above first".to_owned(),
        }
    }
}

/// Collects problems in the order of (zip §4.1), at most [`MANIFEST_PROBLEMS`] of them.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    dropped: usize,
    errors: bool,
}

impl Problems {
    pub(super) fn add(&mut self, problem: Problem) {
        self.errors |= problem.severity() == Severity::Error;
        if self.list.len() < MANIFEST_PROBLEMS {
            self.list.push(problem);
        } else {
            self.dropped += 1;
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors
    }

    pub(super) fn finish(mut self) -> Vec<Problem> {
        if self.dropped > 0 {
            self.list.push(Problem::More(self.dropped));
        }
        self.list
    }
}
