//! The app answers an interaction: the callback, and messages through the interaction's token.

use serde_json::{Value, json};

use super::files::Upload;
use super::interaction::{Interaction, Stage, kind, modal_json};
use super::message::{Message, Pointer, kind as message_kind};
use super::{Outcome, World};
use crate::error::ApiError;
use crate::form::message::{EPHEMERAL, LOADING, MessageForm};
use crate::form::{Form, Issues, Object, modal};
use crate::id::Snowflake;
use crate::limits;

/// Callback types by Discord's number.
mod callback {
    pub(super) const MESSAGE: i64 = 4;
    pub(super) const DEFER_MESSAGE: i64 = 5;
    pub(super) const DEFER_UPDATE: i64 = 6;
    pub(super) const UPDATE: i64 = 7;
    pub(super) const CHOICES: i64 = 8;
    pub(super) const MODAL: i64 = 9;
}

impl World {
    /// Takes the app's first answer; returns what `with_response` shows.
    pub(crate) fn answer_interaction(
        &mut self,
        id: Snowflake,
        token: &str,
        body: &Object,
        uploads: Vec<Upload>,
    ) -> Outcome<Value> {
        self.expire_interactions();
        let interaction = self
            .interactions
            .get(id)
            .filter(|interaction| interaction.token == token);
        let interaction = interaction.ok_or_else(ApiError::unknown_interaction)?.clone();
        match interaction.stage {
            Stage::Pending => {}
            Stage::Failed => return Err(ApiError::unknown_interaction()),
            _ => return Err(ApiError::already_acknowledged()),
        }
        let issues = Issues::default();
        let form = Form::new(body, &issues);
        if form.raw("type").is_none() {
            form.missing("type");
        }
        let answer = form.integer("type", i64::MIN, i64::MAX);
        issues.finish()?;
        let answer = answer.unwrap_or_default();
        let allowed = allowed_answers(&interaction);
        if !allowed.contains(&answer) {
            let list: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            let text = format!("Value must be one of {{{}}}.", list.join(", "));
            return Err(ApiError::invalid_field("type", "BASE_TYPE_CHOICES", text));
        }
        let empty = Object::new();
        let data = body.get("data").and_then(Value::as_object).unwrap_or(&empty);
        let mut noted = json!({"interaction_id": id, "type": answer, "user_id": interaction.user});
        let mut resource = json!({"type": answer});
        match answer {
            callback::MESSAGE => {
                let form = MessageForm::read(data, &["data"])?;
                if form.is_empty() && uploads.is_empty() {
                    return Err(ApiError::empty_message());
                }
                let message = self.app_message(&interaction, form, uploads, None)?;
                self.advance(id, Stage::Answered, Some(message));
                noted["message_id"] = json!(message);
                resource["message"] = self.answer_json(interaction.channel, message);
            }
            callback::DEFER_MESSAGE => {
                let form = MessageForm::read(data, &["data"])?;
                let message = self.loading_message(&interaction, form.flags & EPHEMERAL != 0)?;
                self.advance(id, Stage::Deferred, Some(message));
                noted["message_id"] = json!(message);
                noted["ephemeral"] = (form.flags & EPHEMERAL != 0).into();
                resource["message"] = self.answer_json(interaction.channel, message);
            }
            callback::DEFER_UPDATE => self.advance(id, Stage::DeferredUpdate, interaction.source),
            callback::UPDATE => {
                let source = interaction.source.ok_or_else(ApiError::unknown_message)?;
                let flags = self.answer_json(interaction.channel, source)["flags"].as_u64();
                let form = MessageForm::read_edit(data, &["data"], flags.unwrap_or_default())?;
                self.change_message(interaction.channel, source, form, uploads, true)?;
                self.advance(id, Stage::Answered, Some(source));
                noted["message_id"] = json!(source);
                resource["message"] = self.answer_json(interaction.channel, source);
            }
            callback::CHOICES => {
                let choices = read_choices(data)?;
                noted["choices"] = choices.clone();
                if let Some(interaction) = self.interactions.get_mut(id) {
                    interaction.choices = Some(choices);
                }
                self.advance(id, Stage::Answered, None);
            }
            _ => {
                let opened = modal::read(data)?;
                if let Some(interaction) = self.interactions.get_mut(id) {
                    interaction.modal = Some(opened);
                }
                self.advance(id, Stage::Modal, None);
                noted["custom_id"] = data.get("custom_id").cloned().unwrap_or(Value::Null);
            }
        }
        self.note(
            "interaction_response",
            interaction.guild,
            Some(interaction.channel),
            noted,
        );
        if answer == callback::MODAL
            && let Some(shown) = self.interactions.get(id).map(modal_json)
        {
            self.note("modal_open", interaction.guild, Some(interaction.channel), shown);
        }
        self.deadlines.notify_one();
        Ok(self.callback_json(id, answer, resource))
    }

    /// Returns the interaction whose token serves messages now.
    pub(crate) fn answered_interaction(
        &mut self,
        application: Snowflake,
        token: &str,
    ) -> Outcome<Interaction> {
        self.expire_interactions();
        if application != self.app.id {
            return Err(ApiError::unknown_webhook());
        }
        let interaction = self
            .interactions
            .by_token(token)
            .ok_or_else(ApiError::invalid_webhook_token)?;
        if interaction.token_ends() <= self.now() {
            return Err(ApiError::invalid_webhook_token());
        }
        match interaction.stage {
            // As with Discord, the webhook comes to life with the first answer.
            Stage::Pending => Err(ApiError::unknown_webhook()),
            Stage::Failed => Err(ApiError::invalid_webhook_token()),
            _ => Ok(interaction.clone()),
        }
    }

    /// Sends a follow-up message; the first one after a type 5 deferral fills the loading message instead.
    pub(crate) fn follow_up(
        &mut self,
        interaction: &Interaction,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<Snowflake> {
        if form.is_empty() && uploads.is_empty() {
            return Err(ApiError::empty_message());
        }
        if interaction.stage == Stage::Deferred
            && let Some(original) = interaction.original
        {
            self.edit_answer(interaction, original, form, uploads)?;
            return Ok(original);
        }
        if interaction.follow_ups.len() >= limits::FOLLOW_UPS {
            return Err(ApiError::new(
                400,
                40094,
                "Maximum number of follow-up messages reached",
            ));
        }
        let message = self.app_message(interaction, form, uploads, interaction.original)?;
        if let Some(interaction) = self.interactions.get_mut(interaction.id) {
            interaction.follow_ups.push(message);
            // A component that was only acknowledged is answered by whatever comes first.
            interaction.stage = Stage::Answered;
        }
        let noted = json!({"interaction_id": interaction.id, "type": "follow_up", "message_id": message});
        self.note(
            "interaction_response",
            interaction.guild,
            Some(interaction.channel),
            noted,
        );
        Ok(message)
    }

    /// Finds a message of an interaction by its id or as `@original`.
    pub(crate) fn answer_named(interaction: &Interaction, name: &str) -> Outcome<Snowflake> {
        if name == "@original" {
            return interaction.original.ok_or_else(ApiError::unknown_message);
        }
        let id: Snowflake = name.parse().map_err(|_| ApiError::unknown_message())?;
        if interaction.original == Some(id) || interaction.follow_ups.contains(&id) {
            Ok(id)
        } else {
            Err(ApiError::unknown_message())
        }
    }

    /// Edits a message of an interaction.
    pub(crate) fn edit_answer(
        &mut self,
        interaction: &Interaction,
        id: Snowflake,
        form: MessageForm,
        uploads: Vec<Upload>,
    ) -> Outcome<()> {
        let channel = self.channel(interaction.channel)?;
        let message = channel.messages.get(&id).ok_or_else(ApiError::unknown_message)?;
        let loading = message.flags & LOADING != 0;
        // Whether it is ephemeral was settled when it was made.
        let form = MessageForm {
            flags: form.flags & !EPHEMERAL,
            ..form
        };
        self.change_message(interaction.channel, id, form, uploads, !loading)?;
        if matches!(interaction.stage, Stage::Deferred | Stage::DeferredUpdate)
            && interaction.original == Some(id)
        {
            self.advance(interaction.id, Stage::Answered, Some(id));
            let noted = json!({"interaction_id": interaction.id, "type": "edit", "message_id": id});
            self.note(
                "interaction_response",
                interaction.guild,
                Some(interaction.channel),
                noted,
            );
            self.deadlines.notify_one();
        }
        Ok(())
    }

    /// Deletes a message of an interaction.
    pub(crate) fn delete_answer(&mut self, interaction: &Interaction, id: Snowflake) -> Outcome<()> {
        self.remove_message(interaction.channel, id)?;
        if let Some(known) = self.interactions.get_mut(interaction.id) {
            known.follow_ups.retain(|other| *other != id);
            if known.stage == Stage::Deferred && known.original == Some(id) {
                known.stage = Stage::Answered;
            }
        }
        Ok(())
    }

    /// Returns a message of an interaction as the app sees it, ephemeral ones too.
    pub(crate) fn answer_json(&self, channel: Snowflake, id: Snowflake) -> Value {
        let Ok(channel) = self.channel(channel) else {
            return Value::Null;
        };
        channel.messages.get(&id).map_or(Value::Null, |message| {
            self.message_json(channel, message, self.app.bot)
        })
    }

    fn advance(&mut self, id: Snowflake, stage: Stage, original: Option<Snowflake>) {
        if let Some(interaction) = self.interactions.get_mut(id) {
            interaction.stage = stage;
            interaction.original = original.or(interaction.original);
        }
    }

    fn app_message(
        &mut self,
        interaction: &Interaction,
        form: MessageForm,
        uploads: Vec<Upload>,
        original: Option<Snowflake>,
    ) -> Outcome<Snowflake> {
        let mut message = self.new_answer(interaction, form.flags & EPHEMERAL != 0, original)?;
        message.tts = form.tts;
        self.fill(&mut message, form, uploads)?;
        let id = message.id;
        self.post(message)?;
        Ok(id)
    }

    fn loading_message(&mut self, interaction: &Interaction, ephemeral: bool) -> Outcome<Snowflake> {
        let mut message = self.new_answer(interaction, ephemeral, None)?;
        message.flags |= LOADING;
        let id = message.id;
        self.post(message)?;
        Ok(id)
    }

    fn new_answer(
        &mut self,
        interaction: &Interaction,
        ephemeral: bool,
        original: Option<Snowflake>,
    ) -> Outcome<Message> {
        self.channel(interaction.channel)?;
        let (id, at) = (self.new_id(), self.now());
        let mut message = Message::new(id, interaction.channel, self.app.bot, at);
        let mut origin = interaction.origin();
        origin.original = original;
        if original.is_none() && interaction.kind == kind::COMMAND {
            message.kind = if interaction.menu {
                message_kind::MENU_COMMAND
            } else {
                message_kind::CHAT_COMMAND
            };
        } else {
            message.kind = message_kind::REPLY;
            message.reference = original
                .or(interaction.source)
                .map(|id| Pointer::to(interaction.channel, id));
            if message.reference.is_none() {
                message.kind = message_kind::DEFAULT;
            }
        }
        message.origin = Some(origin);
        if ephemeral {
            message.flags |= EPHEMERAL;
            message.ephemeral_for = Some(interaction.user);
        }
        Ok(message)
    }

    fn callback_json(&self, id: Snowflake, answer: i64, resource: Value) -> Value {
        let Some(interaction) = self.interactions.get(id) else {
            return Value::Null;
        };
        let mut view = json!({"id": id, "type": interaction.kind});
        if let Some(message) = interaction.original {
            let flags = resource["message"]["flags"].as_u64().unwrap_or_default();
            view["response_message_id"] = json!(message);
            view["response_message_loading"] = (flags & LOADING != 0).into();
            view["response_message_ephemeral"] = (flags & EPHEMERAL != 0).into();
        }
        view["channel_id"] = json!(interaction.channel);
        if let Some(guild) = interaction.guild {
            view["guild_id"] = json!(guild);
        }
        let mut body = json!({"interaction": view});
        if matches!(answer, callback::MESSAGE | callback::UPDATE) {
            body["resource"] = resource;
        }
        body
    }
}

/// Returns the callback types an interaction takes.
fn allowed_answers(interaction: &Interaction) -> &'static [i64] {
    use callback::{CHOICES, DEFER_MESSAGE, DEFER_UPDATE, MESSAGE, MODAL, UPDATE};
    match interaction.kind {
        kind::COMMAND => &[MESSAGE, DEFER_MESSAGE, MODAL],
        kind::COMPONENT => &[MESSAGE, DEFER_MESSAGE, DEFER_UPDATE, UPDATE, MODAL],
        kind::AUTOCOMPLETE => &[CHOICES],
        // A modal never opens another, and only one from a component has a message to update.
        _ if interaction.source.is_some() => &[MESSAGE, DEFER_MESSAGE, DEFER_UPDATE, UPDATE],
        _ => &[MESSAGE, DEFER_MESSAGE],
    }
}

fn read_choices(data: &Object) -> Outcome<Value> {
    let issues = Issues::default();
    let form = Form::at(data, &issues, &["data"]);
    let choices = form.forms("choices", 0, 25).unwrap_or_default();
    let read = choices
        .iter()
        .map(|choice| {
            if choice.raw("value").is_none() {
                choice.missing("value");
            }
            json!({"name": choice.required_text("name", 1, 100), "value": choice.raw("value")})
        })
        .collect();
    issues.finish()?;
    Ok(read)
}
