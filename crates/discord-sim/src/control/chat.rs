//! What members do in channels.

use serde_json::Value;

use super::act::{Act, MemberFile};
use super::{Control, ControlError, Done, Who};
use crate::form::Object;
use crate::id::Snowflake;

impl Control {
    /// Posts a message as a member.
    pub fn post_message(
        &self,
        channel: Snowflake,
        who: impl Into<Who>,
        content: &str,
        reply_to: Option<Snowflake>,
    ) -> Done<Value> {
        self.post_files(channel, who, content, reply_to, Vec::new())
    }

    /// Posts a message with files as a member.
    pub fn post_files(
        &self,
        channel: Snowflake,
        who: impl Into<Who>,
        content: &str,
        reply_to: Option<Snowflake>,
        files: Vec<MemberFile>,
    ) -> Done<Value> {
        self.act(Act::PostMessage {
            channel_id: channel,
            who: who.into(),
            content: content.to_owned(),
            reply_to,
            files,
        })
    }

    /// Edits a member's own message.
    pub fn edit_message(
        &self,
        channel: Snowflake,
        message: Snowflake,
        who: impl Into<Who>,
        content: &str,
    ) -> Done<Value> {
        self.act(Act::EditMessage {
            channel_id: channel,
            message_id: message,
            who: who.into(),
            content: content.to_owned(),
        })
    }

    /// Deletes a message as a member who may.
    pub fn delete_message(&self, channel: Snowflake, message: Snowflake, who: impl Into<Who>) -> Done<()> {
        self.act(Act::DeleteMessage {
            channel_id: channel,
            message_id: message,
            who: who.into(),
        })
        .map(drop)
    }

    /// Pins a message, or unpins it, as a member who may.
    pub fn pin_message(
        &self,
        channel: Snowflake,
        message: Snowflake,
        who: impl Into<Who>,
        pinned: bool,
    ) -> Done<()> {
        self.act(Act::PinMessage {
            channel_id: channel,
            message_id: message,
            who: who.into(),
            pinned,
        })
        .map(drop)
    }

    /// Adds a member's reaction.
    pub fn add_reaction(
        &self,
        channel: Snowflake,
        message: Snowflake,
        who: impl Into<Who>,
        emoji: &str,
    ) -> Done<()> {
        self.react(channel, message, who.into(), emoji, true)
    }

    /// Removes a member's own reaction.
    pub fn remove_reaction(
        &self,
        channel: Snowflake,
        message: Snowflake,
        who: impl Into<Who>,
        emoji: &str,
    ) -> Done<()> {
        self.react(channel, message, who.into(), emoji, false)
    }

    fn react(&self, channel: Snowflake, message: Snowflake, who: Who, emoji: &str, added: bool) -> Done<()> {
        self.act(Act::React {
            channel_id: channel,
            message_id: message,
            who,
            emoji: emoji.to_owned(),
            added,
        })
        .map(drop)
    }

    /// Shows that a member is typing.
    pub fn start_typing(&self, channel: Snowflake, who: impl Into<Who>) -> Done<()> {
        self.act(Act::StartTyping {
            channel_id: channel,
            who: who.into(),
        })
        .map(drop)
    }

    /// Starts a thread as a member, with Discord's own form: at a message, or else in the channel or forum.
    pub fn start_thread(
        &self,
        channel: Snowflake,
        message: Option<Snowflake>,
        who: impl Into<Who>,
        form: &Object,
    ) -> Done<Value> {
        self.act(Act::StartThread {
            channel_id: channel,
            message_id: message,
            who: who.into(),
            form: form.clone(),
        })
    }

    /// Lets a member join a thread, or leave it.
    pub fn follow_thread(&self, thread: Snowflake, who: impl Into<Who>, joined: bool) -> Done<()> {
        self.act(Act::FollowThread {
            channel_id: thread,
            who: who.into(),
            joined,
        })
        .map(drop)
    }

    /// Runs a slash command as a member; `options` are Discord's nested ones, types may be left out.
    pub fn run_command(
        &self,
        channel: Snowflake,
        who: impl Into<Who>,
        name: &str,
        options: &[Value],
    ) -> Done<Snowflake> {
        self.interact(Act::RunCommand {
            channel_id: channel,
            who: who.into(),
            name: name.to_owned(),
            options: options.to_vec(),
            focused: None,
        })
    }

    /// Asks the app for choices while a member types the option `focused`.
    pub fn autocomplete(
        &self,
        channel: Snowflake,
        who: impl Into<Who>,
        name: &str,
        options: &[Value],
        focused: &str,
    ) -> Done<Snowflake> {
        self.interact(Act::RunCommand {
            channel_id: channel,
            who: who.into(),
            name: name.to_owned(),
            options: options.to_vec(),
            focused: Some(focused.to_owned()),
        })
    }

    /// Uses a user or message command as a member; `target` is a user's or a message's id.
    pub fn use_menu(
        &self,
        channel: Snowflake,
        who: impl Into<Who>,
        name: &str,
        target: Snowflake,
    ) -> Done<Snowflake> {
        self.interact(Act::UseMenu {
            channel_id: channel,
            who: who.into(),
            name: name.to_owned(),
            target,
        })
    }

    /// Presses a button or chooses from a menu as a member.
    pub fn use_component(
        &self,
        channel: Snowflake,
        message: Snowflake,
        who: impl Into<Who>,
        custom_id: &str,
        values: &[String],
    ) -> Done<Snowflake> {
        self.interact(Act::UseComponent {
            channel_id: channel,
            message_id: message,
            who: who.into(),
            custom_id: custom_id.to_owned(),
            values: values.to_vec(),
        })
    }

    /// Submits an open modal; `values` maps the inputs' custom ids to texts, or to lists for menus.
    pub fn submit_modal(
        &self,
        interaction: Snowflake,
        who: impl Into<Who>,
        values: &Object,
    ) -> Done<Snowflake> {
        self.interact(Act::SubmitModal {
            interaction_id: interaction,
            who: who.into(),
            values: values.clone(),
        })
    }

    /// Closes a modal without submitting it.
    pub fn dismiss_modal(&self, interaction: Snowflake) -> Done<()> {
        self.act(Act::DismissModal {
            interaction_id: interaction,
        })
        .map(drop)
    }

    fn interact(&self, act: Act) -> Done<Snowflake> {
        as_id(self.act(act)?)
    }
}

/// Reads the id an act made.
pub(super) fn as_id(made: Value) -> Done<Snowflake> {
    serde_json::from_value(made).map_err(|error| ControlError::Refused(error.to_string()))
}
