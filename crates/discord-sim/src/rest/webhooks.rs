//! Messages through an interaction's token: the answer itself and follow-ups.

use super::{Answer, Call, Reply, done};
use crate::form::message::MessageForm;
use crate::world::interaction::Interaction;
use crate::world::{Outcome, World};

/// `POST /webhooks/{webhook_id}/{webhook_token}`
pub(super) fn send(world: &mut World, call: &mut Call) -> Reply {
    let interaction = of(world, call)?;
    let form = MessageForm::read(call.object()?, &[])?;
    let id = world.follow_up(&interaction, form, std::mem::take(&mut call.uploads))?;
    Ok(Answer::Ok(world.answer_json(interaction.channel, id)))
}

/// `GET /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}`
pub(super) fn get(world: &mut World, call: &mut Call) -> Reply {
    let interaction = of(world, call)?;
    let id = World::answer_named(&interaction, call.param("message_id"))?;
    match world.answer_json(interaction.channel, id) {
        serde_json::Value::Null => Err(crate::error::ApiError::unknown_message()),
        view => Ok(Answer::Ok(view)),
    }
}

/// `PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}`
pub(super) fn edit(world: &mut World, call: &mut Call) -> Reply {
    let interaction = of(world, call)?;
    let id = World::answer_named(&interaction, call.param("message_id"))?;
    let form = MessageForm::read(call.object()?, &[])?;
    world.edit_answer(&interaction, id, form, std::mem::take(&mut call.uploads))?;
    Ok(Answer::Ok(world.answer_json(interaction.channel, id)))
}

/// `DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}`
pub(super) fn delete(world: &mut World, call: &mut Call) -> Reply {
    let interaction = of(world, call)?;
    let id = World::answer_named(&interaction, call.param("message_id"))?;
    done(world.delete_answer(&interaction, id))
}

fn of(world: &mut World, call: &Call) -> Outcome<Interaction> {
    let token = call.param("webhook_token").to_owned();
    world.answered_interaction(call.id("webhook_id")?, &token)
}
