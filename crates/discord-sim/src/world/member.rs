//! Members: users in a guild.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::audit::{Deed, action};
use super::user::User;
use super::{Outcome, Scope, World};
use crate::clock::iso;
use crate::error::ApiError;
use crate::form::{Form, Issues, Object, Patch};
use crate::gateway::intents::Intents;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;

/// A user in a guild.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Member {
    pub(crate) user: Snowflake,
    pub(crate) nick: Option<String>,
    pub(crate) roles: Vec<Snowflake>,
    pub(crate) joined_at: Timestamp,
    pub(crate) timed_out_until: Option<Timestamp>,
    pub(crate) mute: bool,
    pub(crate) deaf: bool,
}

impl Member {
    pub(crate) fn new(user: Snowflake, joined_at: Timestamp) -> Self {
        Self {
            user,
            nick: None,
            roles: Vec::new(),
            joined_at,
            timed_out_until: None,
            mute: false,
            deaf: false,
        }
    }

    /// Returns the object as it stands beside a message's author: without user.
    pub(crate) fn partial_json(&self) -> Value {
        json!({
            "avatar": null,
            "banner": null,
            "communication_disabled_until": self.timed_out_until.map(iso),
            "flags": 0,
            "joined_at": iso(self.joined_at),
            "nick": self.nick,
            "pending": false,
            "premium_since": null,
            "roles": self.roles,
            "mute": self.mute,
            "deaf": self.deaf,
        })
    }
}

impl World {
    /// Returns Discord's member object.
    pub(crate) fn member_json(&self, member: &Member) -> Value {
        let mut object = member.partial_json();
        object["user"] = self.user_json(member.user);
        object
    }

    /// Returns a member: 10013 when there is no such user, 10007 when it is not in the guild.
    pub(crate) fn member(&self, guild: Snowflake, user: Snowflake) -> Outcome<&Member> {
        let guild = self.guild(guild)?;
        match guild.members.get(&user) {
            Some(member) => Ok(member),
            None if self.users.contains_key(&user) => Err(ApiError::unknown_member()),
            None => Err(ApiError::unknown_user()),
        }
    }

    /// Tells whether a member's names start with `query`, which is lower case.
    pub(crate) fn name_matches(&self, member: &Member, query: &str) -> bool {
        let user = self.users.get(&member.user);
        let names = [
            member.nick.as_deref(),
            user.map(|user| user.username.as_str()),
            user.map(User::display_name),
        ];
        names
            .into_iter()
            .flatten()
            .any(|name| name.to_lowercase().starts_with(query))
    }

    /// Lets a user join a guild.
    pub(crate) fn join(&mut self, guild_id: Snowflake, user: Snowflake) -> Outcome<Value> {
        let now = self.now();
        self.user(user)?;
        let guild = self.guild_mut(guild_id)?;
        if guild.bans.contains_key(&user) {
            return Err(ApiError::new(403, 40007, "The user is banned from this guild."));
        }
        if guild.members.len() >= limits::GUILD_MEMBERS {
            return Err(ApiError::new(
                400,
                30001,
                "The guild has as many members as discord-sim keeps",
            ));
        }
        if let Some(member) = guild.members.get(&user).cloned() {
            return Ok(self.member_json(&member));
        }
        guild.members.insert(user, Member::new(user, now));
        let mut view = self.member_json(&Member::new(user, now));
        if user == self.app.bot {
            self.announce_guild(guild_id);
            return Ok(view);
        }
        view["guild_id"] = json!(guild_id);
        self.emit(
            "GUILD_MEMBER_ADD",
            Intents::GUILD_MEMBERS,
            Scope::Guild(guild_id),
            &view,
        );
        self.note(
            "member_join",
            Some(guild_id),
            None,
            json!({"user_id": user, "member": view}),
        );
        if let Value::Object(view) = &mut view {
            view.shift_remove("guild_id");
        }
        Ok(view)
    }

    /// Removes a member from a guild.
    pub(crate) fn leave(&mut self, guild_id: Snowflake, user: Snowflake) -> Outcome<()> {
        self.member(guild_id, user)?;
        let guild = self.guild_mut(guild_id)?;
        guild.members.remove(&user);
        let spoke = guild.voice.contains_key(&user);
        guild.voice.remove(&user);
        if user == self.app.bot {
            self.guild_gone(guild_id);
            return Ok(());
        }
        let view = json!({"guild_id": guild_id, "user": self.user_json(user)});
        self.emit(
            "GUILD_MEMBER_REMOVE",
            Intents::GUILD_MEMBERS,
            Scope::Guild(guild_id),
            &view,
        );
        if spoke {
            let gone = super::voice::VoiceState::new(user, String::new()).json(guild_id);
            self.emit(
                "VOICE_STATE_UPDATE",
                Intents::GUILD_VOICE_STATES,
                Scope::Guild(guild_id),
                &gone,
            );
        }
        self.note("member_leave", Some(guild_id), None, json!({"user_id": user}));
        Ok(())
    }

    /// Changes a member as a request says; `actor` is `None` for the simulator's own hand.
    pub(crate) fn edit_member(
        &mut self,
        actor: Option<Snowflake>,
        guild_id: Snowflake,
        user: Snowflake,
        body: &Object,
    ) -> Outcome<Value> {
        self.member(guild_id, user)?;
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let nick = form
            .has("nick")
            .then(|| form.text("nick", 32).filter(|nick| !nick.is_empty()));
        let roles = form.snowflakes("roles", limits::GUILD_ROLES);
        let until = form
            .has("communication_disabled_until")
            .then(|| form.time("communication_disabled_until"));
        let furthest = self
            .now()
            .saturating_add(SignedDuration::try_from(limits::TIMEOUT).unwrap_or_default());
        if let (Some(Some(at)), Ok(furthest)) = (until, furthest)
            && at > furthest + SignedDuration::from_secs(60)
        {
            let text = "You cannot set a timeout longer than 28 days.";
            form.wrong(
                "communication_disabled_until",
                "COMMUNICATION_DISABLED_TOO_LONG",
                text,
            );
        }
        let (mute, deaf) = (form.boolean("mute"), form.boolean("deaf"));
        let voice_channel = Patch::of(form.has("channel_id"), form.snowflake("channel_id"));
        let in_voice = mute.is_some() || deaf.is_some() || voice_channel != Patch::Keep;
        issues.finish()?;
        if let Some(actor) = actor {
            self.check_member_edit(
                actor,
                guild_id,
                user,
                &MemberEdit {
                    nick: nick.is_some(),
                    roles: roles.as_deref(),
                    time_out: until.is_some(),
                    mute: mute.is_some(),
                    deaf: deaf.is_some(),
                    moves: voice_channel != Patch::Keep,
                },
            )?;
        }
        if let Some(roles) = &roles
            && let Some(unknown) = roles
                .iter()
                .find(|role| !self.guilds[&guild_id].roles.contains_key(role))
        {
            let text = format!("Unknown Role {unknown}");
            return Err(ApiError::invalid_field(
                "roles",
                "GUILD_MEMBER_ROLE_INVALID",
                text,
            ));
        }
        let before = self.member(guild_id, user)?.clone();
        if in_voice && !self.guild(guild_id)?.voice.contains_key(&user) {
            return Err(ApiError::not_in_voice());
        }
        if let Patch::Set(channel) = voice_channel {
            self.require_voice_channel(guild_id, channel)?;
        }
        let guild = self.guild_mut(guild_id)?;
        let member = guild
            .members
            .get_mut(&user)
            .ok_or_else(ApiError::unknown_member)?;
        if let Some(nick) = nick {
            member.nick = nick;
        }
        if let Some(mut roles) = roles {
            roles.sort_unstable();
            roles.dedup();
            roles.retain(|role| *role != guild_id);
            member.roles = roles;
        }
        if let Some(until) = until {
            member.timed_out_until = until;
        }
        member.mute = mute.unwrap_or(member.mute);
        member.deaf = deaf.unwrap_or(member.deaf);
        if in_voice {
            self.change_voice(guild_id, user, |state| {
                state.mute = mute.unwrap_or(state.mute);
                state.deaf = deaf.unwrap_or(state.deaf);
                voice_channel.apply(&mut state.channel);
            })?;
        }
        let view = self.member_changed(guild_id, user)?;
        self.audit_member_edit(actor, guild_id, user, &before, voice_channel);
        Ok(view)
    }

    /// Writes a member's changes into the audit log: settings, roles and voice are three kinds of deed.
    fn audit_member_edit(
        &mut self,
        actor: Option<Snowflake>,
        guild_id: Snowflake,
        user: Snowflake,
        before: &Member,
        moved: Patch<Snowflake>,
    ) {
        let Ok(after) = self.member(guild_id, user).cloned() else {
            return;
        };
        let keys = ["nick", "communication_disabled_until", "mute", "deaf"];
        let (old, new) = (before.partial_json(), after.partial_json());
        let deed = Deed::new(action::MEMBER_UPDATE, user).between(&old, &new, &keys);
        if deed.changed() {
            self.audit(guild_id, actor, deed);
        }
        self.audit_roles(actor, guild_id, user, &before.roles, &after.roles);
        match moved {
            Patch::Set(channel) => {
                let deed = Deed::new(action::MEMBER_MOVE, None)
                    .option("channel_id", channel)
                    .option("count", 1);
                self.audit(guild_id, actor, deed);
            }
            Patch::Clear => {
                let deed = Deed::new(action::MEMBER_DISCONNECT, None).option("count", 1);
                self.audit(guild_id, actor, deed);
            }
            Patch::Keep => {}
        }
    }

    fn audit_roles(
        &mut self,
        actor: Option<Snowflake>,
        guild_id: Snowflake,
        user: Snowflake,
        before: &[Snowflake],
        after: &[Snowflake],
    ) {
        let Some(guild) = self.guilds.get(&guild_id) else {
            return;
        };
        let name = |id: &Snowflake| {
            let name = guild.roles.get(id).map(|role| role.name.as_str());
            json!({"id": id, "name": name.unwrap_or_default()})
        };
        let list = |of: &[Snowflake], without: &[Snowflake]| -> Vec<Value> {
            of.iter().filter(|id| !without.contains(id)).map(name).collect()
        };
        let (added, removed) = (list(after, before), list(before, after));
        let mut deed = Deed::new(action::MEMBER_ROLE_UPDATE, user);
        for (key, roles) in [("$add", added), ("$remove", removed)] {
            if !roles.is_empty() {
                deed = deed.change(key, &Value::Null, &roles.into());
            }
        }
        if deed.changed() {
            self.audit(guild_id, actor, deed);
        }
    }

    /// Tells everybody how a member looks now.
    pub(crate) fn member_changed(&mut self, guild_id: Snowflake, user: Snowflake) -> Outcome<Value> {
        let view = self.member_json(self.member(guild_id, user)?);
        let mut data = view.clone();
        data["guild_id"] = json!(guild_id);
        // The bot hears of itself even without the intent.
        let needs = if user == self.app.bot {
            Intents::GUILDS | Intents::GUILD_MEMBERS
        } else {
            Intents::GUILD_MEMBERS
        };
        self.emit("GUILD_MEMBER_UPDATE", needs, Scope::Guild(guild_id), &data);
        self.note(
            "member_update",
            Some(guild_id),
            None,
            json!({"user_id": user, "member": view}),
        );
        Ok(view)
    }

    /// Gives or takes one role.
    pub(crate) fn change_role(
        &mut self,
        actor: Option<Snowflake>,
        guild_id: Snowflake,
        user: Snowflake,
        role: Snowflake,
        give: bool,
    ) -> Outcome<()> {
        self.member(guild_id, user)?;
        let managed = self.guild(guild_id)?.role(role)?.bot.is_some();
        if let Some(actor) = actor {
            self.require_over_role(guild_id, actor, role)?;
            if managed || role == guild_id {
                return Err(ApiError::missing_permissions());
            }
        }
        let guild = self.guild_mut(guild_id)?;
        let member = guild
            .members
            .get_mut(&user)
            .ok_or_else(ApiError::unknown_member)?;
        let had = member.roles.contains(&role);
        let before = member.roles.clone();
        if had == give {
            return Ok(());
        }
        member.roles.retain(|existing| *existing != role);
        if give {
            member.roles.push(role);
            member.roles.sort_unstable();
        }
        let after = member.roles.clone();
        self.member_changed(guild_id, user)?;
        self.audit_roles(actor, guild_id, user, &before, &after);
        Ok(())
    }

    fn check_member_edit(
        &self,
        actor: Snowflake,
        guild_id: Snowflake,
        user: Snowflake,
        edit: &MemberEdit<'_>,
    ) -> Outcome<()> {
        let guild = self.guild(guild_id)?;
        let (own, above) = (actor == user, guild.rank(actor) > guild.rank(user));
        let needs = [
            (edit.nick && own, Permissions::CHANGE_NICKNAME, true),
            (edit.nick && !own, Permissions::MANAGE_NICKNAMES, above),
            (edit.time_out, Permissions::MODERATE_MEMBERS, above && !own),
            (edit.mute, Permissions::MUTE_MEMBERS, true),
            (edit.deaf, Permissions::DEAFEN_MEMBERS, true),
            (edit.moves, Permissions::MOVE_MEMBERS, true),
            (edit.roles.is_some(), Permissions::MANAGE_ROLES, true),
        ];
        for (wanted, permission, rank) in needs {
            if wanted {
                self.require_in_guild(guild_id, actor, permission)?;
                if !rank {
                    return Err(ApiError::missing_permissions());
                }
            }
        }
        // Nobody can time out somebody who could lift it again.
        if edit.time_out
            && self
                .guild_permissions(guild_id, user)
                .has(Permissions::ADMINISTRATOR)
        {
            return Err(ApiError::missing_permissions());
        }
        let before = &guild.members[&user].roles;
        let Some(after) = edit.roles else { return Ok(()) };
        let added = after
            .iter()
            .filter(|role| !before.contains(role) && **role != guild_id);
        let removed = before.iter().filter(|role| !after.contains(role));
        for role in added.chain(removed) {
            // An unknown one is answered with its own error.
            let Some(known) = guild.roles.get(role) else {
                continue;
            };
            self.require_over_role(guild_id, actor, *role)?;
            if known.bot.is_some() {
                return Err(ApiError::missing_permissions());
            }
        }
        Ok(())
    }
}

/// Which parts of a member a request changes.
#[expect(clippy::struct_excessive_bools, reason = "one per field of Discord's form")]
struct MemberEdit<'a> {
    nick: bool,
    roles: Option<&'a [Snowflake]>,
    time_out: bool,
    mute: bool,
    deaf: bool,
    moves: bool,
}
