//! Who made what a user clicks on: the plugin that posted a message, opened a modal or answered an interaction.
//! Custom ids are chosen freely by plugins, so they alone say nothing (events §5).

use homemaid_protocol::PluginId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Bounded;
use serde_json::Value;

use crate::event::Route;
use crate::json;

/// Messages remembered with their plugin; the oldest fall back to unknown origin.
const MESSAGES: u64 = 200_000;
/// Interactions remembered with the plugin that answered them.
const ANSWERS: u64 = 50_000;
/// Open modals remembered.
const MODALS: u64 = 20_000;

/// Remembers the makers.
pub(crate) struct Origins {
    messages: Bounded<u64, PluginId>,
    answers: Bounded<u64, PluginId>,
    modals: Bounded<(u64, u64, String), PluginId>,
}

impl Default for Origins {
    fn default() -> Self {
        let lru = EvictionPolicy::lru;
        Self {
            messages: Bounded::builder()
                .max_capacity(MESSAGES)
                .eviction_policy(lru())
                .build(),
            answers: Bounded::builder()
                .max_capacity(ANSWERS)
                .eviction_policy(lru())
                .build(),
            modals: Bounded::builder()
                .max_capacity(MODALS)
                .eviction_policy(lru())
                .build(),
        }
    }
}

impl Origins {
    /// Remembers who posted a message, when it has components anyone could use; returns its id then.
    pub(crate) fn posted(&self, message: &Value, plugin: &PluginId) -> Option<u64> {
        let id = json::id(message, "id").filter(|_| !json::list(message, "components").is_empty())?;
        self.remember(id, plugin.clone());
        Some(id)
    }

    /// Remembers whose the components of a message are.
    pub(crate) fn remember(&self, message: u64, plugin: PluginId) {
        self.messages.insert(message, plugin);
    }

    /// Remembers who answered an interaction: the answer's message names it.
    pub(crate) fn answered(&self, interaction: u64, plugin: &PluginId) {
        self.answers.insert(interaction, plugin.clone());
    }

    /// Remembers who opened a modal for a user.
    pub(crate) fn opened(&self, guild: u64, user: u64, custom_id: &str, plugin: &PluginId) {
        self.modals
            .insert((guild, user, custom_id.to_owned()), plugin.clone());
    }

    /// Returns whom a component interaction is for.
    pub(crate) fn of_component(&self, data: &Value) -> Route {
        let message = &data["message"];
        let by_message = json::id(message, "id").and_then(|id| self.messages.get(&id));
        let answer_to = || {
            json::id(&message["interaction_metadata"], "id")
                .or_else(|| json::id(&message["interaction"], "id"))
        };
        let origin = by_message.or_else(|| self.answers.get(&answer_to()?));
        origin.map_or(Route::Responders, Route::Plugin)
    }

    /// Returns whom a submitted modal is for.
    pub(crate) fn of_modal(&self, data: &Value, guild: u64) -> Route {
        let user = json::id(&data["member"]["user"], "id");
        let custom_id = json::text(&data["data"], "custom_id").unwrap_or_default();
        let origin = user.and_then(|user| self.modals.get(&(guild, user, custom_id.to_owned())));
        origin.map_or(Route::Responders, Route::Plugin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plugin(name: &str) -> PluginId {
        name.parse().unwrap()
    }

    #[test]
    fn a_click_goes_to_who_posted_the_message_or_answered_with_it() {
        let origins = Origins::default();
        origins.posted(&json!({"id": "5", "components": [{"type": 1}]}), &plugin("maid"));
        origins.answered(300, &plugin("butler"));
        let click = |message: Value| origins.of_component(&json!({"message": message}));
        assert_eq!(click(json!({"id": "5"})), Route::Plugin(plugin("maid")));
        assert_eq!(
            click(json!({"id": "6", "interaction_metadata": {"id": "300"}})),
            Route::Plugin(plugin("butler"))
        );
        assert_eq!(click(json!({"id": "7"})), Route::Responders);
        assert_eq!(click(Value::Null), Route::Responders);
    }

    #[test]
    fn a_modal_goes_to_who_opened_it_for_that_user_in_that_guild() {
        let origins = Origins::default();
        origins.opened(1, 7, "signup", &plugin("maid"));
        let submit =
            |user: &str, id: &str| json!({"member": {"user": {"id": user}}, "data": {"custom_id": id}});
        assert_eq!(
            origins.of_modal(&submit("7", "signup"), 1),
            Route::Plugin(plugin("maid"))
        );
        for (data, guild) in [
            (submit("8", "signup"), 1),
            (submit("7", "other"), 1),
            (submit("7", "signup"), 2),
        ] {
            assert_eq!(origins.of_modal(&data, guild), Route::Responders);
        }
    }
}
