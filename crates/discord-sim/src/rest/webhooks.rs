//! Webhooks, and messages through their tokens: of a channel's webhook, or of an interaction.

use serde_json::Value;

use super::{Answer, Call, Reply, done, me};
use crate::error::ApiError;
use crate::form::message::MessageForm;
use crate::form::{Form, Issues};
use crate::permissions::Permissions;
use crate::world::interaction::Interaction;
use crate::world::webhook::Webhook;
use crate::world::webhook_send::HookCall;
use crate::world::{Outcome, World};

/// Whose token a path carries.
enum Sender {
    Interaction(Box<Interaction>),
    Webhook(Box<Webhook>),
}

/// `POST /channels/{channel_id}/webhooks`
pub(super) fn create(world: &mut World, call: &mut Call) -> Reply {
    world
        .create_webhook(me(world), call.id("channel_id")?, call.object()?)
        .map(Answer::Ok)
}

/// `GET /channels/{channel_id}/webhooks`
pub(super) fn of_channel(world: &mut World, call: &mut Call) -> Reply {
    let id = call.id("channel_id")?;
    let channel = world.require_in(id, me(world), Permissions::MANAGE_WEBHOOKS)?;
    let guild = channel.guild.ok_or_else(ApiError::wrong_channel_type)?;
    Ok(Answer::Ok(world.webhooks_json(guild, Some(id)).into()))
}

/// `GET /guilds/{guild_id}/webhooks`
pub(super) fn of_guild(world: &mut World, call: &mut Call) -> Reply {
    let guild = world.bots_guild(call.id("guild_id")?)?.id;
    world.require_in_guild(guild, me(world), Permissions::MANAGE_WEBHOOKS)?;
    Ok(Answer::Ok(world.webhooks_json(guild, None).into()))
}

/// `POST /channels/{channel_id}/followers`
pub(super) fn follow(world: &mut World, call: &mut Call) -> Reply {
    let issues = Issues::default();
    let form = Form::new(call.object()?, &issues);
    if form.raw("webhook_channel_id").is_none() {
        form.missing("webhook_channel_id");
    }
    let target = form.snowflake("webhook_channel_id");
    issues.finish()?;
    let source = call.id("channel_id")?;
    world
        .follow_channel(me(world), source, target.unwrap_or(source))
        .map(Answer::Ok)
}

/// `GET /webhooks/{webhook_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let hook = world.managed_webhook(me(world), call.id("webhook_id")?)?;
    Ok(Answer::Ok(world.webhook_json(hook, true)))
}

/// `PATCH /webhooks/{webhook_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let id = world.managed_webhook(me(world), call.id("webhook_id")?)?.id;
    world
        .edit_webhook(Some(me(world)), id, call.object()?)
        .map(Answer::Ok)
}

/// `DELETE /webhooks/{webhook_id}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    let id = world.managed_webhook(me(world), call.id("webhook_id")?)?.id;
    done(world.delete_webhook(Some(me(world)), id))
}

/// `GET /webhooks/{webhook_id}/{webhook_token}`
pub(super) fn get_by_token(world: &mut World, call: &mut Call) -> Reply {
    let hook = world.webhook_with_token(call.id("webhook_id")?, call.param("webhook_token"))?;
    let mut view = world.webhook_json(hook, true);
    hide_creator(&mut view);
    Ok(Answer::Ok(view))
}

/// `PATCH /webhooks/{webhook_id}/{webhook_token}`
pub(super) fn edit_by_token(world: &mut World, call: &mut Call) -> Reply {
    let id = world
        .webhook_with_token(call.id("webhook_id")?, call.param("webhook_token"))?
        .id;
    let mut view = world.edit_webhook(None, id, call.object()?)?;
    hide_creator(&mut view);
    Ok(Answer::Ok(view))
}

/// `DELETE /webhooks/{webhook_id}/{webhook_token}`
pub(super) fn delete_by_token(world: &mut World, call: &mut Call) -> Reply {
    let id = world
        .webhook_with_token(call.id("webhook_id")?, call.param("webhook_token"))?
        .id;
    done(world.delete_webhook(None, id))
}

/// `POST /webhooks/{webhook_id}/{webhook_token}`
pub(super) fn send(world: &mut World, call: &mut Call) -> Reply {
    match sender(world, call)? {
        Sender::Interaction(interaction) => {
            let form = MessageForm::read(call.object()?, &[])?;
            let id = world.follow_up(&interaction, form, std::mem::take(&mut call.uploads))?;
            Ok(Answer::Ok(world.answer_json(interaction.channel, id)))
        }
        Sender::Webhook(hook) => {
            let (target, wait) = (hook_call(call)?, call.query_flag("wait"));
            let uploads = std::mem::take(&mut call.uploads);
            let (channel, id) = world.execute_webhook(&hook, target, call.object()?, uploads)?;
            if wait {
                Ok(Answer::Ok(world.answer_json(channel, id)))
            } else {
                Ok(Answer::NoContent)
            }
        }
    }
}

/// `GET /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}`
pub(super) fn get_message(world: &mut World, call: &mut Call) -> Reply {
    match sender(world, call)? {
        Sender::Interaction(interaction) => {
            let id = World::answer_named(&interaction, call.param("message_id"))?;
            match world.answer_json(interaction.channel, id) {
                Value::Null => Err(ApiError::unknown_message()),
                view => Ok(Answer::Ok(view)),
            }
        }
        Sender::Webhook(hook) => {
            let (thread, id) = (call.query_id("thread_id")?, hook_message(call)?);
            world.hook_message_json(&hook, thread, id).map(Answer::Ok)
        }
    }
}

/// `PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}`
pub(super) fn edit_message(world: &mut World, call: &mut Call) -> Reply {
    match sender(world, call)? {
        Sender::Interaction(interaction) => {
            let id = World::answer_named(&interaction, call.param("message_id"))?;
            let flags = world.answer_json(interaction.channel, id)["flags"].as_u64();
            let form = MessageForm::read_edit(call.object()?, &[], flags.unwrap_or_default())?;
            world.edit_answer(&interaction, id, form, std::mem::take(&mut call.uploads))?;
            Ok(Answer::Ok(world.answer_json(interaction.channel, id)))
        }
        Sender::Webhook(hook) => {
            let (target, id) = (hook_call(call)?, hook_message(call)?);
            let uploads = std::mem::take(&mut call.uploads);
            world
                .edit_hook_message(&hook, target, id, call.object()?, uploads)
                .map(Answer::Ok)
        }
    }
}

/// `DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}`
pub(super) fn delete_message(world: &mut World, call: &mut Call) -> Reply {
    match sender(world, call)? {
        Sender::Interaction(interaction) => {
            let id = World::answer_named(&interaction, call.param("message_id"))?;
            done(world.delete_answer(&interaction, id))
        }
        Sender::Webhook(hook) => {
            let (thread, id) = (call.query_id("thread_id")?, hook_message(call)?);
            done(world.delete_hook_message(&hook, thread, id))
        }
    }
}

fn sender(world: &mut World, call: &Call) -> Outcome<Sender> {
    let (id, token) = (call.id("webhook_id")?, call.param("webhook_token").to_owned());
    if id == world.app.id {
        let interaction = world.answered_interaction(id, &token)?;
        return Ok(Sender::Interaction(Box::new(interaction)));
    }
    let hook = world.webhook_with_token(id, &token)?;
    Ok(Sender::Webhook(Box::new(hook.clone())))
}

fn hook_call(call: &Call) -> Outcome<HookCall> {
    Ok(HookCall {
        thread: call.query_id("thread_id")?,
        with_components: call.query_flag("with_components"),
    })
}

/// Returns the message of the path; the `@original` of a webhook is nothing.
fn hook_message(call: &Call) -> Outcome<crate::id::Snowflake> {
    if call.param("message_id") == "@original" {
        return Err(ApiError::unknown_message());
    }
    call.id("message_id")
}

/// A token shows no user.
fn hide_creator(view: &mut Value) {
    if let Value::Object(view) = view {
        view.shift_remove("user");
    }
}
