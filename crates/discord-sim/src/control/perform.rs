//! Carries acts out, each as one deed at one moment.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::act::{Act, MemberFile};
use super::{Control, ControlError, Done, Who, find_user};
use crate::form::Object;
use crate::form::message::{MessageForm, Reference};
use crate::form::snowflake;
use crate::id::Snowflake;
use crate::limits;
use crate::permissions::Permissions;
use crate::world::World;
use crate::world::channel::{Channel, Overwrite, Target, kind};
use crate::world::files::Upload;
use crate::world::guild::Guild;
use crate::world::member::Member;
use crate::world::role::Role;
use crate::world::user::User;

impl Control {
    /// Carries out an act; returns what it made, if anything.
    ///
    /// A refused act has had no effect. One that was carried out stands on the timeline before all it caused, and in
    /// the recording when there is one.
    pub fn act(&self, act: Act) -> Done<Value> {
        let mut world = self.shared.lock();
        world.act(act)
    }
}

impl World {
    /// Carries out an act at the moment it is.
    pub(crate) fn act(&mut self, act: Act) -> Done<Value> {
        // One moment for all of it, so that a recording of it gives the same ids and times again.
        let (at, ids) = (self.now(), self.ids.last());
        self.moment = Some(at);
        self.timeline.open();
        let done = perform(self, &act);
        let told = act.told();
        let place = (snowflake(&told["guild_id"]), snowflake(&told["channel_id"]));
        match &done {
            Ok(_) => {
                self.timeline.close(at, "action", place, told, None);
            }
            Err(_) => self.timeline.abandon(),
        }
        self.moment = None;
        if done.is_ok() {
            self.recorder.note(at, ids, act);
        }
        done
    }
}

fn perform(world: &mut World, act: &Act) -> Done<Value> {
    match act {
        Act::PostMessage { .. }
        | Act::EditMessage { .. }
        | Act::DeleteMessage { .. }
        | Act::PinMessage { .. }
        | Act::React { .. }
        | Act::StartTyping { .. }
        | Act::StartThread { .. }
        | Act::FollowThread { .. } => talk(world, act),
        Act::RunCommand { .. }
        | Act::UseMenu { .. }
        | Act::UseComponent { .. }
        | Act::SubmitModal { .. }
        | Act::DismissModal { .. } => interact(world, act),
        Act::AddMember { .. }
        | Act::EditMember { .. }
        | Act::RemoveMember { .. }
        | Act::KickMember { .. }
        | Act::Ban { .. }
        | Act::SetVoice { .. }
        | Act::SetPresence { .. } => people(world, act),
        _ => stage(world, act),
    }
}

/// What members write.
fn talk(world: &mut World, act: &Act) -> Done<Value> {
    match act {
        Act::PostMessage {
            channel_id,
            who,
            content,
            reply_to,
            files,
        } => {
            let author = find_user(world, who)?;
            let mut form = MessageForm::read(&content_body(content), &[])?;
            form.reference = reply_to.map(|message| Reference {
                message,
                channel: None,
                must_exist: true,
                forward: false,
            });
            let id = world.send_message(author, *channel_id, form, uploads(files)?)?;
            message_view(world, *channel_id, id, author)
        }
        Act::EditMessage {
            channel_id,
            message_id,
            who,
            content,
        } => {
            let author = find_user(world, who)?;
            let form = MessageForm::read(&content_body(content), &[])?;
            world.edit_message(author, *channel_id, *message_id, form, Vec::new())?;
            message_view(world, *channel_id, *message_id, author)
        }
        Act::DeleteMessage {
            channel_id,
            message_id,
            who,
        } => {
            let actor = find_user(world, who)?;
            nothing(world.delete_message(actor, *channel_id, *message_id))
        }
        Act::PinMessage {
            channel_id,
            message_id,
            who,
            pinned,
        } => {
            let actor = find_user(world, who)?;
            nothing(world.set_pinned(actor, *channel_id, *message_id, *pinned))
        }
        Act::React {
            channel_id,
            message_id,
            who,
            emoji,
            added,
        } => {
            let actor = find_user(world, who)?;
            nothing(if *added {
                world.react(actor, *channel_id, *message_id, emoji)
            } else {
                world.unreact(actor, *channel_id, *message_id, emoji, actor)
            })
        }
        Act::StartTyping { channel_id, who } => {
            let actor = find_user(world, who)?;
            nothing(world.start_typing(*channel_id, actor))
        }
        Act::StartThread {
            channel_id,
            message_id,
            who,
            form,
        } => {
            let actor = find_user(world, who)?;
            Ok(match message_id {
                Some(message) => world.start_thread_at(actor, *channel_id, *message, form)?,
                None => world.start_thread(actor, *channel_id, form, Vec::new())?,
            })
        }
        Act::FollowThread {
            channel_id,
            who,
            joined,
        } => {
            let actor = find_user(world, who)?;
            nothing(if *joined {
                world.join_thread(actor, *channel_id, actor)
            } else {
                world.leave_thread(actor, *channel_id, actor)
            })
        }
        _ => unreachable(),
    }
}

/// What members do with the app.
fn interact(world: &mut World, act: &Act) -> Done<Value> {
    let id = match act {
        Act::RunCommand {
            channel_id,
            who,
            name,
            options,
            focused,
        } => {
            let user = find_user(world, who)?;
            world.run_command(*channel_id, user, name, options, focused.as_deref())?
        }
        Act::UseMenu {
            channel_id,
            who,
            name,
            target,
        } => {
            let user = find_user(world, who)?;
            world.use_menu(*channel_id, user, name, *target)?
        }
        Act::UseComponent {
            channel_id,
            message_id,
            who,
            custom_id,
            values,
        } => {
            let user = find_user(world, who)?;
            world.use_component(*channel_id, *message_id, user, custom_id, values)?
        }
        Act::SubmitModal {
            interaction_id,
            who,
            values,
        } => {
            let user = find_user(world, who)?;
            world.submit_modal(*interaction_id, user, values)?
        }
        Act::DismissModal { interaction_id } => return nothing(world.dismiss_modal(*interaction_id)),
        _ => return unreachable(),
    };
    Ok(json!(id))
}

/// Who is in a guild, and how.
fn people(world: &mut World, act: &Act) -> Done<Value> {
    match act {
        Act::AddMember {
            guild_id,
            username,
            global_name,
            bot,
        } => add_member(world, *guild_id, username, global_name.as_deref(), *bot),
        Act::EditMember { guild_id, user, form } => {
            let user = find_user(world, user)?;
            Ok(world.edit_member(None, *guild_id, user, form)?)
        }
        Act::RemoveMember { guild_id, user } => {
            let user = find_user(world, user)?;
            nothing(world.leave(*guild_id, user))
        }
        Act::KickMember { guild_id, user, who } => {
            let (user, actor) = (find_user(world, user)?, find_user(world, who)?);
            nothing(world.kick(actor, *guild_id, user))
        }
        Act::Ban {
            guild_id,
            user,
            banned,
        } => {
            let user = find_user(world, user)?;
            nothing(if *banned {
                world.ban(None, *guild_id, user)
            } else {
                world.unban(None, *guild_id, user)
            })
        }
        Act::SetVoice {
            guild_id,
            user,
            voice,
        } => {
            let user = find_user(world, user)?;
            Ok(world.change_voice(*guild_id, user, |state| {
                state.channel = voice.channel_id;
                state.self_mute = voice.self_mute;
                state.self_deaf = voice.self_deaf;
                state.self_stream = voice.self_stream;
                state.self_video = voice.self_video;
            })?)
        }
        Act::SetPresence { user, status } => {
            let user = find_user(world, user)?;
            world.set_presence(user, *status);
            Ok(Value::Null)
        }
        _ => unreachable(),
    }
}

/// What the stage looks like.
fn stage(world: &mut World, act: &Act) -> Done<Value> {
    match act {
        Act::CreateGuild { name, owner, bot } => create_guild(world, name, owner, *bot),
        Act::EditGuild { guild_id, form } => {
            let owner = world.guild(*guild_id)?.owner;
            Ok(world.edit_guild(owner, *guild_id, form)?)
        }
        Act::DeleteGuild { guild_id } => {
            world.guild(*guild_id)?;
            world.guild_gone(*guild_id);
            world.guilds.remove(guild_id);
            world
                .channels
                .retain(|_, channel| channel.guild != Some(*guild_id));
            world.webhooks.retain(|_, hook| hook.guild != *guild_id);
            world.invites.retain(|_, invite| invite.guild != *guild_id);
            Ok(Value::Null)
        }
        Act::SetAvailable { guild_id, available } => nothing(world.set_available(*guild_id, *available)),
        Act::CreateChannel { guild_id, form } => Ok(world.create_channel(None, *guild_id, form)?),
        Act::EditChannel { channel_id, form } => Ok(world.edit_channel(None, *channel_id, form)?),
        Act::DeleteChannel { channel_id } => nothing(world.delete_channel(None, *channel_id).map(drop)),
        Act::SetOverwrite {
            channel_id,
            target_id,
            allow,
            deny,
        } => {
            let guild = world.channel(*channel_id)?.guild;
            let role = guild
                .and_then(|id| world.guilds.get(&id))
                .is_some_and(|guild| guild.roles.contains_key(target_id));
            let overwrite = Overwrite {
                id: *target_id,
                target: if role { Target::Role } else { Target::Member },
                allow: *allow,
                deny: *deny,
            };
            nothing(world.set_overwrite(None, *channel_id, overwrite))
        }
        Act::DeleteOverwrite {
            channel_id,
            target_id,
        } => nothing(world.delete_overwrite(None, *channel_id, *target_id)),
        Act::CreateRole { guild_id, form } => Ok(world.create_role(None, *guild_id, form)?),
        Act::EditRole {
            guild_id,
            role_id,
            form,
        } => Ok(world.edit_role(None, *guild_id, *role_id, form)?),
        Act::DeleteRole { guild_id, role_id } => nothing(world.delete_role(None, *guild_id, *role_id)),
        Act::SetBotPermissions {
            guild_id,
            permissions,
        } => {
            let bot = world.app.bot;
            let roles = &world.guild(*guild_id)?.roles;
            let role = roles
                .values()
                .find(|role| role.bot == Some(bot))
                .map(|role| role.id);
            let role =
                role.ok_or_else(|| ControlError::NotFound("the bot has no role in this guild".to_owned()))?;
            let form = Object::from_iter([("permissions".to_owned(), json!(permissions))]);
            Ok(world.edit_role(None, *guild_id, role, &form)?)
        }
        Act::SetIntents { intents } => {
            world.app.intents = *intents;
            Ok(Value::Null)
        }
        Act::SetClock { frozen, advance_ms } => {
            match frozen {
                Some(true) => world.clock.freeze(),
                Some(false) => world.clock.resume(),
                None => {}
            }
            if *advance_ms > 0 {
                let by = SignedDuration::from_millis(i64::try_from(*advance_ms).unwrap_or(i64::MAX));
                world.travel(world.clock.now().saturating_add(by).unwrap_or(Timestamp::MAX));
            }
            Ok(Value::Null)
        }
        _ => unreachable(),
    }
}

fn create_guild(world: &mut World, name: &str, owner: &Who, bot: Option<Permissions>) -> Done<Value> {
    let owner = find_user(world, owner)?;
    if world.guilds.len() >= limits::GUILDS {
        return Err(ControlError::Refused("there are too many guilds".to_owned()));
    }
    let (id, now, me) = (world.new_id(), world.now(), world.app.bot);
    let mut guild = Guild::new(id, name.chars().take(100).collect(), owner);
    guild.members.insert(owner, Member::new(owner, now));
    let channel = Channel::new(world.new_id(), Some(id), kind::TEXT, "general".to_owned());
    guild.system_channel = Some(channel.id);
    if let Some(permissions) = bot {
        let role = world.new_id();
        let name = world.app.name.clone();
        guild
            .roles
            .insert(role, Role::of_bot(role, name, 1, permissions, me));
        let mut member = Member::new(me, now);
        member.roles.push(role);
        guild.members.insert(me, member);
    }
    world.channels.insert(channel.id, channel);
    world.guilds.insert(id, guild);
    world.announce_guild(id);
    Ok(json!(id))
}

fn add_member(
    world: &mut World,
    guild: Snowflake,
    username: &str,
    global_name: Option<&str>,
    bot: bool,
) -> Done<Value> {
    let length = username.chars().count();
    if !(2..=32).contains(&length) || username.chars().any(char::is_whitespace) {
        return Err(ControlError::Refused(
            "a user name has 2 to 32 characters and no spaces".to_owned(),
        ));
    }
    world.guild(guild)?;
    let known = world.user_named(username).map(|user| user.id);
    let id = if let Some(id) = known {
        id
    } else {
        if world.users.len() >= limits::USERS {
            return Err(ControlError::Refused("there are too many users".to_owned()));
        }
        let user = User {
            id: world.new_id(),
            username: username.to_owned(),
            global_name: global_name.map(|name| name.chars().take(32).collect()),
            bot,
            avatar: None,
        };
        let id = user.id;
        world.users.insert(id, user);
        id
    };
    Ok(world.join(guild, id)?)
}

fn content_body(content: &str) -> Object {
    Object::from_iter([("content".to_owned(), content.into())])
}

fn uploads(files: &[MemberFile]) -> Done<Vec<Upload>> {
    if files.len() > limits::MESSAGE_FILES {
        return Err(ControlError::Refused(format!(
            "a message has at most {} files",
            limits::MESSAGE_FILES
        )));
    }
    let uploads = (0..).zip(files).map(|(index, file)| file.upload(index));
    Ok(uploads.collect::<Result<_, _>>()?)
}

fn message_view(world: &World, channel: Snowflake, id: Snowflake, viewer: Snowflake) -> Done<Value> {
    let channel = world.channel(channel)?;
    Ok(world.message_json(channel, channel.public_message(id)?, viewer))
}

fn nothing<E: Into<ControlError>>(outcome: Result<(), E>) -> Done<Value> {
    outcome.map(|()| Value::Null).map_err(Into::into)
}

/// `perform` hands every act to the family it belongs to.
fn unreachable() -> Done<Value> {
    Err(ControlError::Refused("this act has no family".to_owned()))
}
