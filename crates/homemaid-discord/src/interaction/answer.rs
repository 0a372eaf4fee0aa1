//! Sending answers to interactions, in turn.

use homemaid_protocol::{PluginId, RpcError};
use serde_json::{Value, json};
use serenity::http::Route as Endpoint;

use super::state::Send;
use super::{Ask, Interaction, Interactions, Origins, State};
use crate::json::{self, set};
use crate::rest::{Request, Rest, RestError};

/// Only the user sees the message.
const EPHEMERAL: u64 = 1 << 6;
/// Discord: the interaction was answered already, perhaps by a request whose answer we never got.
const ALREADY_ANSWERED: i64 = 40060;
/// What a user reads when a plugin never answered.
const NO_RESPONSE: &str = "The plugin finished without a response.";

/// What to say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answer {
    /// Content, embeds, components and allowed mentions; or a modal; nothing for a defer.
    pub(crate) body: Value,
    /// Only the user sees it.
    pub(crate) ephemeral: bool,
    /// The ids of the message are wanted.
    pub(crate) wants_message: bool,
}

/// Where answers are sent, and what they leave behind.
pub(crate) struct Desk<'a> {
    pub(crate) rest: &'a Rest,
    pub(crate) origins: &'a Origins,
    pub(crate) interactions: &'a Interactions,
}

impl Desk<'_> {
    /// Answers for a plugin; returns the message, null when there is none or it was not wanted.
    pub(crate) async fn answer(
        &self,
        interaction: &Interaction,
        plugin: &PluginId,
        ask: Ask,
        answer: &Answer,
    ) -> Result<Value, RpcError> {
        let no = |rule| RpcError::validation("_interaction_id", rule);
        if !interaction.try_claim(plugin) {
            return Err(no("an interaction that no other plugin answered first"));
        }
        let mut turn = interaction.turn.lock().await;
        if self.interactions.is_expired(interaction) {
            return Err(no("an interaction of the last 15 minutes: this one has expired"));
        }
        let (send, next) = turn.state.plan(interaction.kind, ask).map_err(no)?;
        let outcome = self.send(interaction, send, answer).await;
        turn.state = match &outcome {
            Ok(_) => next,
            Err(failure) => after_failure(turn.state, send, failure),
        };
        let message = outcome.map_err(|failure| failure.error.into_rpc(None))?;
        if send != Send::Nothing {
            self.origins.answered(interaction.id, plugin);
        }
        if let (Ask::Modal, Some(user), Some(custom_id)) =
            (ask, interaction.user, json::text(&answer.body, "custom_id"))
        {
            self.origins.opened(interaction.guild, user, custom_id, plugin);
        }
        Ok(message)
    }

    /// Defers by ourselves when nothing was sent yet; tells the user when the plugin is done already.
    pub(crate) async fn auto_defer(&self, interaction: &Interaction) {
        let mut turn = interaction.turn.lock().await;
        self.step(interaction, &mut turn.state, Ask::AutoDefer).await;
        if turn.finished {
            self.step(interaction, &mut turn.state, Ask::Notice).await;
        }
    }

    /// The handlers are done: a public placeholder nobody filled becomes a notice.
    pub(crate) async fn finished(&self, interaction: &Interaction) {
        let mut turn = interaction.turn.lock().await;
        turn.finished = true;
        self.step(interaction, &mut turn.state, Ask::Notice).await;
    }

    /// Tells the user something on the host's behalf, privately where that is still possible.
    pub(crate) async fn tell_user(&self, interaction: &Interaction, text: &str) {
        let mut turn = interaction.turn.lock().await;
        let Ok((send, next)) = turn
            .state
            .plan(interaction.kind, Ask::Followup { ephemeral: true })
        else {
            return;
        };
        let body = json!({"content": text, "allowed_mentions": {"parse": []}});
        let answer = Answer {
            body,
            ephemeral: true,
            wants_message: false,
        };
        match self.send(interaction, send, &answer).await {
            Ok(_) => turn.state = next,
            Err(failure) => tracing::warn!(error = %failure.error, "could not tell the user"),
        }
    }

    async fn step(&self, interaction: &Interaction, state: &mut State, ask: Ask) {
        let Ok((send, next)) = state.plan(interaction.kind, ask) else {
            return;
        };
        let body = match ask {
            Ask::Notice => json!({"content": NO_RESPONSE, "allowed_mentions": {"parse": []}}),
            _ => Value::Null,
        };
        match self
            .send(
                interaction,
                send,
                &Answer {
                    body,
                    ..Answer::default()
                },
            )
            .await
        {
            Ok(_) => *state = next,
            Err(failure) => {
                tracing::warn!(error = %failure.error, ?ask, "could not answer an interaction in a plugin's stead");
                *state = after_failure(*state, send, &failure);
            }
        }
    }

    async fn send(&self, interaction: &Interaction, send: Send, answer: &Answer) -> Result<Value, Failure> {
        let token: &str = &interaction.token.0;
        let application_id = interaction.application.into();
        let original = Endpoint::WebhookOriginalInteractionResponse {
            application_id,
            token,
        };
        match send {
            Send::Nothing => Ok(Value::Null),
            Send::Callback(kind) => {
                let mut data = answer.body.clone();
                if answer.ephemeral {
                    data = json::into_map(data).into();
                    set(&mut data, "flags", EPHEMERAL);
                }
                let mut body = json!({"type": kind});
                if !data.is_null() {
                    set(&mut body, "data", data);
                }
                let callback = Endpoint::InteractionResponse {
                    interaction_id: interaction.id.into(),
                    token,
                };
                let answered = self
                    .rest
                    .send(
                        Request::post(callback, body)
                            .query("with_response", true)
                            .urgent(),
                    )
                    .await?;
                let message = answered["resource"]["message"].clone();
                if answer.wants_message && json::id(&message, "id").is_none() {
                    return Ok(self.rest.send(Request::get(original).urgent()).await?);
                }
                Ok(message)
            }
            Send::EditOriginal => Ok(self
                .rest
                .send(Request::patch(original, answer.body.clone()).urgent())
                .await?),
            Send::Followup => self.follow_up(interaction, answer).await,
            Send::ReplacePlaceholder => {
                match self.rest.send(Request::delete(original).urgent()).await {
                    Ok(_) | Err(RestError::Discord { status: 404, .. }) => {}
                    Err(error) => return Err(error.into()),
                }
                self.follow_up(interaction, answer)
                    .await
                    .map_err(|failure| Failure {
                        placeholder_gone: true,
                        ..failure
                    })
            }
            Send::EditComponentMessage => {
                let (Some(channel), Some(message)) = (interaction.channel, interaction.message) else {
                    return Ok(Value::Null);
                };
                let route = Endpoint::ChannelMessage {
                    channel_id: channel.into(),
                    message_id: message.into(),
                };
                Ok(self
                    .rest
                    .send(Request::patch(route, answer.body.clone()).urgent())
                    .await?)
            }
        }
    }

    async fn follow_up(&self, interaction: &Interaction, answer: &Answer) -> Result<Value, Failure> {
        let mut body = answer.body.clone();
        if answer.ephemeral {
            set(&mut body, "flags", EPHEMERAL);
        }
        let route = Endpoint::WebhookFollowupMessages {
            application_id: interaction.application.into(),
            token: &interaction.token.0,
        };
        Ok(self
            .rest
            .send(Request::post(route, body).query("wait", true).urgent())
            .await?)
    }
}

/// A request that failed, and what had happened by then.
struct Failure {
    error: RestError,
    placeholder_gone: bool,
}

impl From<RestError> for Failure {
    fn from(error: RestError) -> Self {
        Self {
            error,
            placeholder_gone: false,
        }
    }
}

/// Returns where an interaction stands after a failure: mostly where it stood, so that the plugin may try again.
fn after_failure(state: State, send: Send, failure: &Failure) -> State {
    let answered_already = failure
        .error
        .discord_code()
        .is_some_and(|(_, code)| code == ALREADY_ANSWERED);
    match send {
        Send::Callback(_) if answered_already => State::Answered,
        // Nothing is left to edit or delete; the next answer is a new message.
        Send::ReplacePlaceholder if failure.placeholder_gone => State::AutoDeferredUpdate,
        _ => state,
    }
}
