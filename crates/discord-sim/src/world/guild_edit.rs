//! Changing a guild itself.

use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::channel::kind;
use super::guild::Guild;
use super::{Outcome, Scope, World, images};
use crate::error::ApiError;
use crate::form::command::LOCALES;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::permissions::Permissions;

/// How long a silent member may stay before it is moved away, in seconds (Discord's choices).
const AFK_TIMEOUTS: [i64; 5] = [60, 300, 900, 1_800, 3_600];
/// The keys of a guild that the audit log names.
const KEYS: &[&str] = &[
    "name",
    "description",
    "icon",
    "verification_level",
    "default_message_notifications",
    "explicit_content_filter",
    "afk_channel_id",
    "afk_timeout",
    "system_channel_id",
    "system_channel_flags",
    "rules_channel_id",
    "public_updates_channel_id",
    "safety_alerts_channel_id",
    "preferred_locale",
    "premium_progress_bar_enabled",
];

impl World {
    /// Changes a guild.
    pub(crate) fn edit_guild(
        &mut self,
        actor: Snowflake,
        guild_id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        self.require_in_guild(guild_id, actor, Permissions::MANAGE_GUILD)?;
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let mut guild = self.guild(guild_id)?.clone();
        let before = guild.json();
        // Ownership is handed over by the owner alone, and an app owns nothing.
        let gives_away = form
            .snowflake("owner_id")
            .is_some_and(|owner| owner != guild.owner);
        self.read_guild(&form, &mut guild);
        issues.finish()?;
        if gives_away {
            return Err(ApiError::missing_permissions());
        }
        let view = guild.json();
        self.guilds.insert(guild_id, guild);
        let deed = Deed::new(action::GUILD_UPDATE, guild_id).between(&before, &view, KEYS);
        self.audit(guild_id, Some(actor), deed);
        self.emit("GUILD_UPDATE", Intents::GUILDS, Scope::Guild(guild_id), &view);
        self.note("guild_update", Some(guild_id), None, json!({"guild": view}));
        Ok(view)
    }

    fn read_guild(&self, form: &Form<'_>, guild: &mut Guild) {
        if let Some(name) = form.text_between("name", 2, 100) {
            guild.name = name;
        }
        if form.has("description") {
            guild.description = form.text("description", 300).filter(|text| !text.is_empty());
        }
        images::read(form, "icon").apply(&mut guild.icon);
        let settings = &mut guild.settings;
        for (key, max, place) in [
            ("verification_level", 4, &mut settings.verification_level),
            ("default_message_notifications", 1, &mut settings.notifications),
            ("explicit_content_filter", 2, &mut settings.content_filter),
            (
                "system_channel_flags",
                i64::from(i32::MAX),
                &mut settings.system_flags,
            ),
        ] {
            if let Some(number) = form.integer(key, 0, max) {
                *place = number;
            }
        }
        if let Some(seconds) = form.one_of("afk_timeout", &AFK_TIMEOUTS) {
            settings.afk_timeout = seconds;
        }
        if let Some(on) = form.boolean("premium_progress_bar_enabled") {
            settings.progress_bar = on;
        }
        if let Some(locale) = form.text("preferred_locale", 10) {
            if LOCALES.contains(&locale.as_str()) {
                guild.locale = locale;
            } else {
                form.wrong(
                    "preferred_locale",
                    "ENUM_TYPE_COERCE",
                    "Value is not a locale Discord knows.",
                );
            }
        }
        let home = guild.id;
        for (key, wanted, place) in [
            ("afk_channel_id", kind::VOICE, &mut guild.afk_channel),
            ("system_channel_id", kind::TEXT, &mut guild.system_channel),
            ("rules_channel_id", kind::TEXT, &mut guild.rules_channel),
            (
                "public_updates_channel_id",
                kind::TEXT,
                &mut guild.updates_channel,
            ),
            ("safety_alerts_channel_id", kind::TEXT, &mut guild.alerts_channel),
        ] {
            if !form.has(key) {
                continue;
            }
            let id = form.snowflake(key);
            let fits = id.is_none_or(|id| {
                self.channels
                    .get(&id)
                    .is_some_and(|channel| channel.guild == Some(home) && channel.kind == wanted)
            });
            if fits {
                *place = id;
            } else {
                form.wrong(key, "CHANNEL_INVALID", "Channel is not of the kind this needs.");
            }
        }
    }
}

impl Guild {
    /// Returns what anybody may know of the guild.
    pub(crate) fn preview(&self) -> Value {
        let view = self.json();
        let keys = [
            "id",
            "name",
            "icon",
            "description",
            "home_header",
            "splash",
            "discovery_splash",
            "features",
            "emojis",
            "stickers",
        ];
        let mut preview: Object = keys
            .iter()
            .map(|key| ((*key).to_owned(), view[*key].clone()))
            .collect();
        for key in ["approximate_member_count", "approximate_presence_count"] {
            preview.insert(key.to_owned(), self.members.len().into());
        }
        preview.into()
    }
}
