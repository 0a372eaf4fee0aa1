//! What an installation's rows are stored under: the one place that keeps installations apart.

use homemaid_protocol::InstallationId;

/// Returns the name of an installation's data.
pub(crate) fn name(id: &InstallationId) -> String {
    #[cfg(feature = "testing")]
    if crate::testing::scope_is_removed() {
        return "everyone@1".to_owned();
    }
    id.to_string()
}

/// Returns the same as two columns, plugin and guild.
pub(crate) fn columns(id: &InstallationId) -> (String, String) {
    #[cfg(feature = "testing")]
    if crate::testing::scope_is_removed() {
        return ("everyone".to_owned(), "1".to_owned());
    }
    (id.plugin.to_string(), id.guild.to_string())
}
