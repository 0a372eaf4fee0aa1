//! Messages through a webhook: sent, shown, edited and deleted by whoever knows its token.

use serde_json::Value;

use super::files::Upload;
use super::message::{HookAuthor, Message};
use super::thread::ThreadForm;
use super::webhook::{Webhook, check_name};
use super::{Outcome, World};
use crate::error::ApiError;
use crate::form::message::{EPHEMERAL, MessageForm};
use crate::form::{Form, Issues, Object, component};
use crate::id::Snowflake;

/// Where a webhook's message goes, and what it may carry.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HookCall {
    /// A thread of the webhook's channel.
    pub(crate) thread: Option<Snowflake>,
    /// Whether components are meant, for a webhook no application made.
    pub(crate) with_components: bool,
}

impl Webhook {
    /// Returns what its messages show as their author.
    pub(crate) fn author(&self) -> HookAuthor {
        HookAuthor {
            id: self.id,
            name: self.name.clone(),
            avatar: self.avatar.clone(),
            application: self.application,
        }
    }
}

impl World {
    /// Sends a message as a webhook, and returns where it stands.
    pub(crate) fn execute_webhook(
        &mut self,
        hook: &Webhook,
        call: HookCall,
        body: &Object,
        uploads: Vec<Upload>,
    ) -> Outcome<(Snowflake, Snowflake)> {
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        let name = form.text_between("username", 1, 80);
        check_name(&form, "username", name.as_deref());
        let avatar = form.url("avatar_url", false);
        let post = form.has("thread_name").then(|| ThreadForm {
            name: form.required_text("thread_name", 1, 100),
            tags: form.snowflakes("applied_tags", 5),
            ..ThreadForm::default()
        });
        issues.finish()?;
        let mut message = MessageForm::read(body, &[])?;
        check_components(hook, call, &mut message)?;
        message.flags &= !EPHEMERAL;
        message.reference = None;
        if message.is_empty() && uploads.is_empty() {
            return Err(ApiError::empty_message());
        }
        let mut author = hook.author();
        author.name = name.unwrap_or(author.name);
        author.avatar = avatar.or(author.avatar);
        let takes_posts = self.channel(hook.channel)?.is_forum();
        match (takes_posts, post, call.thread) {
            (_, Some(_), Some(_)) => return Err(ApiError::one_thread_only()),
            (true, None, None) => return Err(ApiError::forum_needs_thread()),
            (false, Some(_), _) => return Err(ApiError::no_forum_for_thread()),
            (true, Some(post), None) => {
                let id = self.open_post(hook.id, hook.channel, post)?;
                let composed = self.hook_message(author, id, id, message, uploads);
                self.publish_post(hook.id, id, composed)?;
                return Ok((id, id));
            }
            (_, None, _) => {}
        }
        let channel = self.hook_channel(hook, call.thread)?;
        let id = self.new_id();
        let message = self.hook_message(author, channel, id, message, uploads)?;
        self.write_in_thread(None, channel)?;
        self.post(message)?;
        Ok((channel, id))
    }

    fn hook_message(
        &mut self,
        author: HookAuthor,
        channel: Snowflake,
        id: Snowflake,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<Message> {
        let mut message = Message::new(id, channel, author.id, self.now());
        message.tts = form.tts;
        message.nonce.clone_from(&form.nonce);
        message.hook = Some(author);
        self.fill(&mut message, form, uploads)?;
        Ok(message)
    }

    /// Returns a message of a webhook.
    pub(crate) fn hook_message_json(
        &self,
        hook: &Webhook,
        thread: Option<Snowflake>,
        id: Snowflake,
    ) -> Outcome<Value> {
        let channel = self.channel(self.hook_channel(hook, thread)?)?;
        let message = own(channel.public_message(id)?, hook)?;
        Ok(self.message_json(channel, message, self.app.bot))
    }

    /// Edits a message of a webhook.
    pub(crate) fn edit_hook_message(
        &mut self,
        hook: &Webhook,
        call: HookCall,
        id: Snowflake,
        body: &Object,
        uploads: Vec<Upload>,
    ) -> Outcome<Value> {
        let channel_id = self.hook_channel(hook, call.thread)?;
        let channel = self.channel(channel_id)?;
        Self::require_unarchived(channel)?;
        let flags = own(channel.public_message(id)?, hook)?.flags;
        let mut form = MessageForm::read_edit(body, &[], flags)?;
        check_components(hook, call, &mut form)?;
        form.flags &= !EPHEMERAL;
        self.change_message(channel_id, id, form, uploads, true)?;
        self.hook_message_json(hook, call.thread, id)
    }

    /// Deletes a message of a webhook.
    pub(crate) fn delete_hook_message(
        &mut self,
        hook: &Webhook,
        thread: Option<Snowflake>,
        id: Snowflake,
    ) -> Outcome<()> {
        let channel_id = self.hook_channel(hook, thread)?;
        own(self.channel(channel_id)?.public_message(id)?, hook)?;
        self.remove_message(channel_id, id)
    }

    /// Returns the webhook's channel, or a thread of it.
    fn hook_channel(&self, hook: &Webhook, thread: Option<Snowflake>) -> Outcome<Snowflake> {
        let Some(id) = thread else {
            return Ok(hook.channel);
        };
        let channel = self.channel(id)?;
        if channel.is_thread() && channel.parent == Some(hook.channel) {
            Ok(id)
        } else {
            Err(ApiError::unknown_channel())
        }
    }
}

/// Passes a message only if the webhook wrote it.
fn own<'a>(message: &'a Message, hook: &Webhook) -> Outcome<&'a Message> {
    let written = message.hook.as_ref().is_some_and(|author| author.id == hook.id);
    written.then_some(message).ok_or_else(ApiError::unknown_message)
}

/// Keeps interactive components for the webhooks of applications; others carry some only when asked.
fn check_components(hook: &Webhook, call: HookCall, form: &mut MessageForm) -> Outcome<()> {
    let Some(components) = form.components.as_ref().filter(|_| hook.application.is_none()) else {
        return Ok(());
    };
    if !call.with_components {
        form.components = None;
        return Ok(());
    }
    if components.iter().any(component::interactive) {
        let text = "Only webhooks that an application owns can send interactive components";
        let code = "WEBHOOK_COMPONENTS_NOT_ALLOWED";
        return Err(ApiError::invalid_field("components", code, text));
    }
    Ok(())
}
