//! The first answer to an interaction.

use super::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::world::World;

/// `POST /interactions/{interaction_id}/{interaction_token}/callback`
pub(super) fn callback(world: &mut World, call: &mut Call) -> Reply {
    let id = call
        .id("interaction_id")
        .map_err(|_| ApiError::unknown_interaction())?;
    let with_response = call.query_flag("with_response");
    let token = call.param("interaction_token").to_owned();
    let body = call.object()?.clone();
    let view = world.answer_interaction(id, &token, &body, std::mem::take(&mut call.uploads))?;
    Ok(if with_response {
        Answer::Ok(view)
    } else {
        Answer::NoContent
    })
}
