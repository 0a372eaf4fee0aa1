//! Invites: codes that open a guild for a while.

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::distr::Alphanumeric;
use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::channel::kind as channel_kind;
use super::{Outcome, Scope, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::form::{Form, Issues, Object};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// An invite.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Invite {
    pub(crate) code: String,
    pub(crate) guild: Snowflake,
    pub(crate) channel: Snowflake,
    pub(crate) inviter: Snowflake,
    pub(crate) created_at: Timestamp,
    /// In seconds; 0 never ends.
    pub(crate) max_age: i64,
    /// 0 is without a limit.
    pub(crate) max_uses: i64,
    pub(crate) uses: i64,
    pub(crate) temporary: bool,
}

impl Invite {
    /// Returns when it ends, if it does.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        (self.max_age > 0)
            .then(|| {
                self.created_at
                    .saturating_add(SignedDuration::from_secs(self.max_age))
                    .ok()
            })
            .flatten()
    }
}

/// How much of an invite is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct InviteView {
    pub(crate) counts: bool,
    /// Uses, age and the like, which only those who manage it see.
    pub(crate) metadata: bool,
}

const KEYS: &[&str] = &[
    "code",
    "channel_id",
    "inviter_id",
    "max_uses",
    "uses",
    "max_age",
    "temporary",
];

impl World {
    /// Returns Discord's invite object.
    pub(crate) fn invite_json(&self, invite: &Invite, view: InviteView) -> Outcome<Value> {
        let (guild, channel) = (self.guild(invite.guild)?, self.channel(invite.channel)?);
        let mut object = json!({
            "type": 0,
            "code": invite.code,
            "inviter": self.user_json(invite.inviter),
            "expires_at": invite.expires_at().map(iso),
            "flags": 0,
            "guild": {
                "id": guild.id,
                "name": guild.name,
                "splash": null,
                "banner": null,
                "description": guild.description,
                "icon": guild.icon,
                "features": guild.features,
                "verification_level": guild.settings.verification_level,
                "vanity_url_code": null,
                "nsfw_level": 0,
                "nsfw": false,
                "premium_subscription_count": 0,
            },
            "guild_id": guild.id,
            "channel": {"id": channel.id, "type": channel.kind, "name": channel.name},
        });
        if view.counts {
            object["approximate_member_count"] = guild.members.len().into();
            object["approximate_presence_count"] = guild.members.len().into();
        }
        if view.metadata {
            object["uses"] = invite.uses.into();
            object["max_uses"] = invite.max_uses.into();
            object["max_age"] = invite.max_age.into();
            object["temporary"] = invite.temporary.into();
            object["created_at"] = iso(invite.created_at).into();
        }
        Ok(object)
    }

    /// Creates an invite, or returns one of the same kind that is still good.
    pub(crate) fn create_invite(
        &mut self,
        actor: Snowflake,
        channel_id: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        let channel = self.require_in(channel_id, actor, Permissions::CREATE_INSTANT_INVITE)?;
        let fits = !channel.is_thread() && channel.kind != channel_kind::CATEGORY;
        let (Some(guild), true) = (channel.guild, fits) else {
            return Err(ApiError::wrong_channel_type());
        };
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let max_age = form.integer("max_age", 0, 604_800).unwrap_or(86_400);
        let max_uses = form.integer("max_uses", 0, 100).unwrap_or(0);
        let temporary = form.boolean("temporary").unwrap_or(false);
        let unique = form.boolean("unique").unwrap_or(false);
        if form.raw("target_type").is_some() {
            let text = "discord-sim does not make invites to streams or activities";
            form.wrong("target_type", "BASE_TYPE_CHOICES", text);
        }
        issues.finish()?;
        self.forget_stale_invites();
        let whole = InviteView {
            metadata: true,
            counts: false,
        };
        let same = |invite: &&Invite| {
            invite.channel == channel_id
                && invite.inviter == actor
                && (invite.max_age, invite.max_uses, invite.temporary) == (max_age, max_uses, temporary)
        };
        if let Some(known) = self.invites.values().find(same).filter(|_| !unique) {
            return self.invite_json(known, whole);
        }
        if self
            .invites
            .values()
            .filter(|invite| invite.guild == guild)
            .count()
            >= limits::GUILD_INVITES
        {
            return Err(ApiError::too_many_invites());
        }
        let invite = Invite {
            code: Self::new_secret(10),
            guild,
            channel: channel_id,
            inviter: actor,
            created_at: self.now(),
            max_age,
            max_uses,
            uses: 0,
            temporary,
        };
        let view = self.invite_json(&invite, whole)?;
        let logged = log_view(&invite);
        let mut data = view.clone();
        if let Value::Object(data) = &mut data {
            for key in ["guild", "channel", "flags", "expires_at"] {
                data.shift_remove(key);
            }
        }
        data["channel_id"] = json!(channel_id);
        data["expires_at"] = json!(invite.expires_at().map(iso));
        self.invites.insert(invite.code.clone(), invite);
        let deed = Deed::new(action::INVITE_CREATE, None).between(&Value::Null, &logged, KEYS);
        self.audit(guild, Some(actor), deed);
        self.invite_event("INVITE_CREATE", guild, channel_id, &data);
        Ok(view)
    }

    /// Returns an invite that is still good.
    pub(crate) fn invite(&mut self, code: &str) -> Outcome<&Invite> {
        self.forget_stale_invites();
        self.invites.get(code).ok_or_else(ApiError::unknown_invite)
    }

    /// Returns the invites of a guild, or of one of its channels.
    pub(crate) fn invites_json(
        &mut self,
        guild: Snowflake,
        channel: Option<Snowflake>,
    ) -> Outcome<Vec<Value>> {
        self.forget_stale_invites();
        let view = InviteView {
            metadata: true,
            counts: false,
        };
        self.invites
            .values()
            .filter(|invite| invite.guild == guild && channel.is_none_or(|id| invite.channel == id))
            .map(|invite| self.invite_json(invite, view))
            .collect()
    }

    /// Takes an invite back.
    pub(crate) fn delete_invite(&mut self, actor: Snowflake, code: &str) -> Outcome<Value> {
        let invite = self.invite(code)?.clone();
        let in_channel = self.require_in(invite.channel, actor, Permissions::MANAGE_CHANNELS);
        if let Err(error) = in_channel.map(drop) {
            self.require_in_guild(invite.guild, actor, Permissions::MANAGE_GUILD)
                .map_err(|_| error)?;
        }
        let view = self.invite_json(&invite, InviteView::default())?;
        self.invites.remove(code);
        let deed = Deed::new(action::INVITE_DELETE, None).between(&log_view(&invite), &Value::Null, KEYS);
        self.audit(invite.guild, Some(actor), deed);
        self.invite_gone(&invite);
        Ok(view)
    }

    /// Lets the oldest invites go whose channel or time is over.
    fn forget_stale_invites(&mut self) {
        let now = self.now();
        let (channels, guilds) = (&self.channels, &self.guilds);
        self.invites.retain(|_, invite| {
            channels.contains_key(&invite.channel)
                && guilds.contains_key(&invite.guild)
                && invite.expires_at().is_none_or(|end| end > now)
                && (invite.max_uses == 0 || invite.uses < invite.max_uses)
        });
    }

    fn invite_gone(&mut self, invite: &Invite) {
        let data = json!({"channel_id": invite.channel, "guild_id": invite.guild, "code": invite.code});
        self.invite_event("INVITE_DELETE", invite.guild, invite.channel, &data);
    }

    fn invite_event(&mut self, name: &str, guild: Snowflake, channel: Snowflake, data: &Value) {
        let sees = self.channels.get(&channel).is_some_and(|c| {
            self.permissions_in(c, self.app.bot)
                .has(Permissions::MANAGE_CHANNELS)
        });
        if sees {
            self.emit(name, Intents::GUILD_INVITES, Scope::Channel(channel), data);
        }
        let kind = name.to_ascii_lowercase();
        self.note(&kind, Some(guild), Some(channel), data.clone());
    }

    /// Makes letters and digits nobody can guess.
    pub(crate) fn new_secret(length: usize) -> String {
        rand::rng()
            .sample_iter(Alphanumeric)
            .take(length)
            .map(char::from)
            .collect()
    }
}

fn log_view(invite: &Invite) -> Value {
    json!({
        "code": invite.code,
        "channel_id": invite.channel,
        "inviter_id": invite.inviter,
        "max_uses": invite.max_uses,
        "uses": invite.uses,
        "max_age": invite.max_age,
        "temporary": invite.temporary,
    })
}
