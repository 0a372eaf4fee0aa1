//! Does the script's steps in the simulated Discord, as members would.
//!
//! A step names ids that nothing knows (`channel_id: 42`); the seed is built from the script, so that they exist.

use std::collections::BTreeSet;

use discord_sim::{
    ChannelKind, ChannelSeed, Control, MemberSeed, Seed, Simulator, Snowflake, UserSeed, VoiceChange,
};
use homemaid_protocol::GuildId;
use serde_json::{Map, Value, json};

use super::script::{Step, Tick};

/// Who acts when a step names nobody: the guild's owner, who may do everything.
const SOMEBODY: &str = "alice";
/// Where a step happens that names no channel.
const SOMEWHERE: &str = "general";
/// How many messages back a step looks for a button.
const LOOK_BACK: usize = 100;

/// The event a step must cause.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    /// Its type.
    pub(crate) kind: &'static str,
    key: &'static str,
    value: String,
    /// What to tell when it does not come.
    pub(crate) why_not: &'static str,
}

impl Expected {
    fn new(kind: &'static str, key: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        let why_not = match kind {
            "interaction_create" => "interactions are delivered only when interaction:respond is granted",
            _ => "it was not delivered in time; `homemaid -v try` shows what the host saw",
        };
        Self {
            kind,
            key,
            value: value.to_string(),
            why_not,
        }
    }

    /// Tells whether a delivered event is the one.
    pub(crate) fn matches(&self, kind: &str, payload: &Value) -> bool {
        kind == self.kind && payload[self.key].as_str() == Some(&self.value)
    }
}

/// Returns the default guild, with every channel and person the script names.
pub(crate) fn seed(steps: &[Step]) -> Seed {
    let mut seed = Seed::default();
    let Some(guild) = seed.guilds.first_mut() else {
        return seed;
    };
    if let Some(id) = steps.iter().find_map(|step| id_of(step, "guild_id")) {
        guild.id = Some(id);
    }
    let mut known: BTreeSet<Snowflake> = guild.channels.iter().filter_map(|channel| channel.id).collect();
    known.extend(seed.users.iter().filter_map(|user| user.id));
    for step in steps {
        let voice = step.kind == "voice_state_update";
        if let Some(id) = id_of(step, "channel_id").filter(|id| known.insert(*id)) {
            guild.channels.push(ChannelSeed {
                id: Some(id),
                name: step
                    .text("channel_name")
                    .unwrap_or_else(|| format!("channel-{id}")),
                kind: if voice {
                    ChannelKind::Voice
                } else {
                    ChannelKind::Text
                },
                parent: None,
                topic: None,
                overwrites: Vec::new(),
                messages: Vec::new(),
                webhooks: Vec::new(),
            });
        }
        let name = person_name(step);
        let id = id_of(step, "author_id").or_else(|| id_of(step, "user_id"));
        let taken = |seed: &[UserSeed], name: &str| seed.iter().any(|user| user.username == name);
        let username = match (&name, id) {
            (Some(name), _) if !taken(&seed.users, name) => name.clone(),
            (_, Some(id)) if known.contains(&id) => continue,
            (_, Some(id)) => format!("member{id}"),
            _ => continue,
        };
        if taken(&seed.users, &username) {
            continue;
        }
        known.extend(id);
        seed.users.push(UserSeed {
            id,
            username: username.clone(),
            global_name: None,
            bot: false,
        });
        if step.kind != "member_join" {
            guild.members.push(MemberSeed {
                user: username,
                nick: None,
                roles: Vec::new(),
                voice: None,
            });
        }
    }
    seed
}

fn id_of(step: &Step, key: &str) -> Option<Snowflake> {
    step.text(key)?.parse().ok()
}

/// Returns the user name a step gives its member, when Discord would allow it.
fn person_name(step: &Step) -> Option<String> {
    let name = ["author_username", "username", "user_name"]
        .iter()
        .find_map(|key| step.text(key))?;
    let legal = (2..=32).contains(&name.chars().count()) && !name.chars().any(char::is_whitespace);
    legal.then_some(name)
}

/// Acts in one guild of the simulator.
pub(crate) struct Stage {
    control: Control,
    guild: Snowflake,
}

/// What a step caused, or why it could not be done.
type Done = Result<Expected, String>;

impl Stage {
    pub(crate) fn new(simulator: &Simulator, guild: GuildId) -> Self {
        Self {
            control: simulator.control(),
            guild: Snowflake(guild.get()),
        }
    }

    /// Moves the clock of the simulated Discord, which is also the host's.
    pub(crate) fn tick(&self, tick: Tick) {
        let clock = self.control.clock();
        match tick {
            Tick::Advance(by) => clock.advance(by),
            Tick::Freeze => clock.freeze(),
            Tick::Run => clock.resume(),
        }
    }

    /// Does a step.
    pub(crate) fn perform(&self, step: &Step) -> Done {
        match step.kind.as_str() {
            "message_create" => self.message_create(step),
            "message_edit" => self.message_edit(step),
            "message_delete" => self.message_delete(step),
            "reaction_add" => self.reaction(step, "reaction_add"),
            "reaction_remove" => self.reaction(step, "reaction_remove"),
            "interaction_create" => self.interaction(step),
            "member_join" => self.member_join(step),
            "member_leave" => self.member_leave(step),
            "member_update" => self.member_update(step),
            "voice_state_update" => self.voice(step),
            "channel_create" | "channel_update" | "channel_delete" => self.channel_change(step),
            "role_create" | "role_update" | "role_delete" => self.role_change(step),
            other => Err(format!(
                "the simulated Discord has no `{other}`. It knows the sixteen event types of the plugin SDK, such as message_create"
            )),
        }
    }

    fn message_create(&self, step: &Step) -> Done {
        let reply_to = id_of(step, "reference_message_id");
        let content = step.text("content").unwrap_or_default();
        let posted = self.post(self.channel(step)?, &Self::who(step), &content, reply_to)?;
        Ok(Expected::new("message_create", "message_id", &posted))
    }

    fn message_edit(&self, step: &Step) -> Done {
        let (channel, message, who) = self.own_message(step)?;
        let content = step.text("content").unwrap_or_default();
        self.control
            .edit_message(channel, message, who, &content)
            .map_err(text)?;
        Ok(Expected::new("message_edit", "message_id", &message))
    }

    fn message_delete(&self, step: &Step) -> Done {
        let (channel, message, who) = self.own_message(step)?;
        self.control.delete_message(channel, message, who).map_err(text)?;
        Ok(Expected::new("message_delete", "message_id", &message))
    }

    fn reaction(&self, step: &Step, kind: &'static str) -> Done {
        let channel = self.channel(step)?;
        let (who, emoji) = (
            Self::who(step),
            step.text("emoji").unwrap_or_else(|| "👍".to_owned()),
        );
        let named = id_of(step, "message_id");
        let existing = self
            .messages(channel)?
            .iter()
            .rev()
            .filter_map(id)
            .find(|id| named.is_none_or(|named| named == *id));
        // The reference's default event reacts to a message that was never posted.
        let message = match existing.or_else(|| self.messages(channel).ok()?.last().and_then(id)) {
            Some(message) => message,
            None => self.post(channel, SOMEBODY, "A message to react to", None)?,
        };
        if kind == "reaction_add" {
            self.control
                .add_reaction(channel, message, who.as_str(), &emoji)
                .map_err(text)?;
        } else {
            self.control
                .remove_reaction(channel, message, who.as_str(), &emoji)
                .map_err(text)?;
        }
        Ok(Expected::new(kind, "message_id", &message))
    }

    fn interaction(&self, step: &Step) -> Done {
        let who = Self::who(step);
        let channel = self.channel(step)?;
        let command = step.text("command_name").filter(|name| !name.is_empty());
        let kind = step.fields.get("interaction_type").and_then(Value::as_u64);
        let modal = step
            .fields
            .get("modal_values")
            .and_then(Value::as_object)
            .filter(|values| !values.is_empty());
        let interaction = match (command, kind, modal) {
            (Some(name), None | Some(2), _) => {
                let options = ["options", "command_options"]
                    .iter()
                    .find_map(|key| step.fields.get(*key)?.as_array());
                let options = options.map(Vec::as_slice).unwrap_or_default();
                self.control
                    .run_command(channel, who, &name, options)
                    .map_err(text)?
            }
            (_, Some(5), _) | (_, None, Some(_)) => self.submit(step, &who)?,
            (None, None | Some(3), None) if step.text("custom_id").is_some() => {
                self.press(step, channel, who)?
            }
            _ => {
                return Err(
                    "give `command_name`, or `custom_id`, or `custom_id` with `modal_values`".to_owned(),
                );
            }
        };
        Ok(Expected::new(
            "interaction_create",
            "interaction_id",
            &interaction,
        ))
    }

    fn press(&self, step: &Step, channel: Snowflake, who: String) -> Result<Snowflake, String> {
        let custom_id = step.text("custom_id").unwrap_or_default();
        let values: Vec<String> = step
            .fields
            .get("values")
            .and_then(Value::as_array)
            .map(|values| {
                values
                    .iter()
                    .filter_map(|value| value.as_str().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default();
        let viewer = Some(who.as_str().into());
        let messages = self
            .control
            .messages(channel, LOOK_BACK, None, viewer)
            .map_err(text)?;
        let message = messages
            .iter()
            .rev()
            .find(|message| has_component(&message["components"], &custom_id, 0));
        let message = message.and_then(id).ok_or_else(|| {
            format!("no message in that channel has a button or menu with the custom_id `{custom_id}`")
        })?;
        self.control
            .use_component(channel, message, who, &custom_id, &values)
            .map_err(text)
    }

    fn submit(&self, step: &Step, who: &str) -> Result<Snowflake, String> {
        let custom_id = step.text("custom_id").unwrap_or_default();
        let open = self.control.modals(Some(who.into())).map_err(text)?;
        let modal = open
            .iter()
            .rev()
            .find(|modal| custom_id.is_empty() || modal["custom_id"] == custom_id.as_str());
        let interaction = modal
            .and_then(|modal| modal["interaction_id"].as_str()?.parse().ok())
            .ok_or_else(|| format!("{who} has no modal `{custom_id}` open: the step before must open it"))?;
        let values = step
            .fields
            .get("modal_values")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        self.control.submit_modal(interaction, who, &values).map_err(text)
    }

    fn member_join(&self, step: &Step) -> Done {
        let known = id_of(step, "user_id").map(|id| format!("member{id}"));
        let name = person_name(step)
            .or(known)
            .unwrap_or_else(|| "newuser".to_owned());
        let member = self
            .control
            .add_member(self.guild, &name, None, false)
            .map_err(text)?;
        Ok(Expected::new(
            "member_join",
            "user_id",
            member["user"]["id"].as_str().unwrap_or_default(),
        ))
    }

    fn member_leave(&self, step: &Step) -> Done {
        let who = Self::who(step);
        let user = self.control.user(who.as_str()).map_err(text)?;
        self.control.remove_member(self.guild, user).map_err(text)?;
        Ok(Expected::new("member_leave", "user_id", &user))
    }

    fn member_update(&self, step: &Step) -> Done {
        let user = self.control.user(Self::who(step)).map_err(text)?;
        let mut form = Map::new();
        for (from, to) in [
            ("nick", "nick"),
            ("roles", "roles"),
            ("timeout_until", "communication_disabled_until"),
        ] {
            if let Some(value) = step.fields.get(from) {
                form.insert(to.to_owned(), value.clone());
            }
        }
        self.control.edit_member(self.guild, user, &form).map_err(text)?;
        Ok(Expected::new("member_update", "user_id", &user))
    }

    fn voice(&self, step: &Step) -> Done {
        let user = self.control.user(Self::who(step)).map_err(text)?;
        let flag = |key: &str| step.fields.get(key).and_then(Value::as_bool).unwrap_or(false);
        let leaves = step.fields.get("channel_id").is_some_and(Value::is_null);
        let channel = id_of(step, "channel_id").or_else(|| self.control.channel_named(self.guild, "Lounge"));
        let voice = VoiceChange {
            channel_id: channel.filter(|_| !leaves),
            self_mute: flag("self_mute"),
            self_deaf: flag("self_deaf"),
            self_stream: flag("self_stream"),
            self_video: flag("self_video"),
        };
        self.control.set_voice(self.guild, user, voice).map_err(text)?;
        Ok(Expected::new("voice_state_update", "user_id", &user))
    }

    fn channel_change(&self, step: &Step) -> Done {
        let name = step.text("name").unwrap_or_else(|| "new-channel".to_owned());
        let mut form = Map::new();
        for key in ["topic", "position", "nsfw", "parent_id"] {
            form.extend(step.fields.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        form.insert("name".to_owned(), name.into());
        if step.kind == "channel_create" {
            form.insert(
                "type".to_owned(),
                step.fields.get("type").cloned().unwrap_or(json!(0)),
            );
            let channel = self.control.create_channel(self.guild, &form).map_err(text)?;
            return Ok(Expected::new(
                "channel_create",
                "id",
                channel["id"].as_str().unwrap_or_default(),
            ));
        }
        let known = id_of(step, "id").filter(|id| self.control.messages(*id, 1, None, None).is_ok());
        let channel = known
            .or_else(|| self.control.channel_named(self.guild, "bot-spam"))
            .ok_or("there is no such channel")?;
        if step.kind == "channel_update" {
            self.control.edit_channel(channel, &form).map_err(text)?;
            return Ok(Expected::new("channel_update", "id", &channel));
        }
        self.control.delete_channel(channel).map_err(text)?;
        Ok(Expected::new("channel_delete", "id", &channel))
    }

    fn role_change(&self, step: &Step) -> Done {
        let mut form = Map::new();
        for key in ["name", "color", "permissions", "mentionable"] {
            form.extend(step.fields.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        let roles = self.control.state()["guilds"][0]["roles"].clone();
        let find = |wanted: &dyn Fn(&Value) -> bool| {
            roles
                .as_array()
                .into_iter()
                .flatten()
                .find(|role| wanted(role))
                .and_then(id)
        };
        let named = step.text("id");
        let known = find(&|role| role["id"].as_str() == named.as_deref())
            .or_else(|| find(&|role| role["name"] == "Member"));
        match (step.kind.as_str(), known) {
            ("role_create", _) => {
                form.entry("name").or_insert_with(|| "new-role".into());
                let role = self.control.create_role(self.guild, &form).map_err(text)?;
                Ok(Expected::new(
                    "role_create",
                    "id",
                    role["id"].as_str().unwrap_or_default(),
                ))
            }
            ("role_update", Some(role)) => {
                form.entry("name").or_insert_with(|| "updated-role".into());
                self.control.edit_role(self.guild, role, &form).map_err(text)?;
                Ok(Expected::new("role_update", "id", &role))
            }
            ("role_delete", Some(role)) => {
                self.control.delete_role(self.guild, role).map_err(text)?;
                Ok(Expected::new("role_delete", "id", &role))
            }
            _ => Err("there is no such role".to_owned()),
        }
    }

    /// Finds the newest message a member posted, or posts one.
    fn own_message(&self, step: &Step) -> Result<(Snowflake, Snowflake, String), String> {
        let (channel, who) = (self.channel(step)?, Self::who(step));
        let author = self.control.user(who.as_str()).map_err(text)?.to_string();
        let messages = self.messages(channel)?;
        let own = messages
            .iter()
            .rev()
            .find(|message| message["author"]["id"] == author.as_str())
            .and_then(id);
        let message = match own {
            Some(message) => message,
            None => self.post(channel, &who, "A message to change", None)?,
        };
        Ok((channel, message, who))
    }

    fn messages(&self, channel: Snowflake) -> Result<Vec<Value>, String> {
        self.control
            .messages(channel, LOOK_BACK, None, None)
            .map_err(text)
    }

    fn post(
        &self,
        channel: Snowflake,
        who: &str,
        content: &str,
        reply: Option<Snowflake>,
    ) -> Result<Snowflake, String> {
        let message = self
            .control
            .post_message(channel, who, content, reply)
            .map_err(text)?;
        id(&message).ok_or_else(|| "the simulated Discord sent no message id".to_owned())
    }

    fn channel(&self, step: &Step) -> Result<Snowflake, String> {
        id_of(step, "channel_id")
            .or_else(|| self.control.channel_named(self.guild, SOMEWHERE))
            .ok_or_else(|| "the guild has no channel".to_owned())
    }

    fn who(step: &Step) -> String {
        let named = person_name(step)
            .or_else(|| step.text("author_id"))
            .or_else(|| step.text("user_id"));
        named.unwrap_or_else(|| SOMEBODY.to_owned())
    }
}

fn id(object: &Value) -> Option<Snowflake> {
    object["id"].as_str()?.parse().ok()
}

fn text(error: impl std::error::Error) -> String {
    error.to_string()
}

fn has_component(components: &Value, custom_id: &str, depth: u8) -> bool {
    depth < 4
        && components.as_array().into_iter().flatten().any(|component| {
            component["custom_id"] == custom_id
                || has_component(&component["components"], custom_id, depth + 1)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::script::parse;

    #[test]
    fn what_the_script_names_is_in_the_seed() {
        let steps = parse(
            "- type: message_create\n  channel_id: 42\n  author_id: 7\n  guild_id: 9\n- type: member_join\n  username: dora\n",
        );
        let seed = seed(&steps.unwrap());
        assert_eq!(seed.guilds[0].id, Some(Snowflake(9)));
        assert!(
            seed.guilds[0]
                .channels
                .iter()
                .any(|channel| channel.id == Some(Snowflake(42)))
        );
        assert!(seed.users.iter().any(|user| user.id == Some(Snowflake(7))));
        assert!(
            seed.guilds[0].members.iter().all(|member| member.user != "dora"),
            "she joins later"
        );
    }

    #[test]
    fn a_person_is_named_once() {
        let steps = parse(
            "- {type: message_create, author_id: 7}\n- {type: message_create, author_id: 7}\n- {type: message_create, author_username: alice}\n",
        );
        let seed = seed(&steps.unwrap());
        assert_eq!(
            seed.users
                .iter()
                .filter(|user| user.id == Some(Snowflake(7)))
                .count(),
            1
        );
        assert_eq!(
            seed.users.iter().filter(|user| user.username == "alice").count(),
            1
        );
    }
}
