//! Answering interactions (wire §6.10).

use homemaid_protocol::RpcError;
use serde_json::{Value, json};

use super::body::{Body, Pings};
use super::ok;
use super::params::Params;
use super::shape;
use super::site::Site;
use crate::interaction::{Answer, Ask};
use crate::json;

const TITLE_CHARS: usize = 45;
const CUSTOM_ID_CHARS: usize = 100;
/// Rows of a modal.
const ROWS: usize = 5;

/// `interaction.respond`.
pub(crate) struct Respond {
    pub(super) named: Option<u64>,
    body: Body,
    ephemeral: bool,
    update: bool,
}

impl Respond {
    pub(super) fn parse(params: Params<'_>, guild: u64) -> Result<Self, RpcError> {
        let body = Body::parse(params, guild, Pings::Mentioned)?;
        let (ephemeral, update) = (params.flag("ephemeral")?, params.flag("update_message")?);
        if body.is_empty() && !update {
            return Err(Body::nothing_to_show());
        }
        Ok(Self {
            named: params.id_or_none("_interaction_id")?,
            body,
            ephemeral: ephemeral && !update,
            update,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let body = if self.update {
            self.body.replacement()
        } else {
            self.body.new_message()
        };
        let ask = Ask::Respond {
            ephemeral: self.ephemeral,
            update: self.update,
        };
        // The message's id tells whose buttons these are; without buttons it is not needed.
        let wants_message =
            self.body.components.as_ref().is_some_and(|rows| !rows.is_empty()) && !self.update;
        let answer = Answer {
            body,
            ephemeral: self.ephemeral,
            wants_message,
        };
        send(site, self.named, ask, &answer).await.map(|_| ok())
    }
}

/// `interaction.defer`.
pub(crate) struct Defer {
    pub(super) named: Option<u64>,
    ephemeral: bool,
}

impl Defer {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        Ok(Self {
            named: params.id_or_none("_interaction_id")?,
            ephemeral: params.flag("ephemeral")?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let answer = Answer {
            body: Value::Null,
            ephemeral: self.ephemeral,
            wants_message: false,
        };
        send(site, self.named, Ask::Defer, &answer).await.map(|_| ok())
    }
}

/// `interaction.followup`.
pub(crate) struct Followup {
    pub(super) named: Option<u64>,
    body: Body,
    ephemeral: bool,
}

impl Followup {
    pub(super) fn parse(params: Params<'_>, guild: u64) -> Result<Self, RpcError> {
        let body = Body::parse(params, guild, Pings::Mentioned)?;
        if body.is_empty() {
            return Err(Body::nothing_to_show());
        }
        Ok(Self {
            named: params.id_or_none("_interaction_id")?,
            body,
            ephemeral: params.flag("ephemeral")?,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let answer = Answer {
            body: self.body.new_message(),
            ephemeral: self.ephemeral,
            wants_message: true,
        };
        let ask = Ask::Followup {
            ephemeral: self.ephemeral,
        };
        let message = send(site, self.named, ask, &answer).await?;
        Ok(json!({
            "message_id": json::id_or_null(json::id(&message, "id")),
            "channel_id": json::id_or_null(json::id(&message, "channel_id")),
        }))
    }
}

/// `interaction.send_modal`.
pub(crate) struct SendModal {
    pub(super) named: Option<u64>,
    modal: Value,
}

impl SendModal {
    pub(super) fn parse(params: Params<'_>, _: u64) -> Result<Self, RpcError> {
        let rows = params.objects("components", ROWS)?.unwrap_or_default();
        let rows: Option<Vec<_>> = rows.into_iter().map(row).collect();
        let rows = rows.filter(|rows| !rows.is_empty()).ok_or_else(|| {
            RpcError::validation(
                "components",
                "1 to 5 action rows, each with one text input that has a custom_id",
            )
        })?;
        shape::inputs(&rows)?;
        let modal = json!({
            "title": params.text("title", TITLE_CHARS)?,
            "custom_id": params.text("custom_id", CUSTOM_ID_CHARS)?,
            "components": rows,
        });
        Ok(Self {
            named: params.id_or_none("_interaction_id")?,
            modal,
        })
    }

    pub(super) async fn run(self, site: &Site<'_>) -> Result<Value, RpcError> {
        let answer = Answer {
            body: self.modal,
            ..Answer::default()
        };
        send(site, self.named, Ask::Modal, &answer).await.map(|_| ok())
    }
}

/// Returns a row with one text input; a bare input gets its row, labels (Discord's newer form) pass as they are.
fn row(component: Value) -> Option<Value> {
    let is_input =
        |input: &Value| input["type"] == 4 && json::text(input, "custom_id").is_some_and(|id| !id.is_empty());
    match component["type"].as_u64()? {
        1 => matches!(json::list(&component, "components"), [input] if is_input(input)).then_some(component),
        4 => is_input(&component).then(|| json!({"type": 1, "components": [component]})),
        18 => component["component"].is_object().then_some(component),
        _ => None,
    }
}

async fn send(site: &Site<'_>, named: Option<u64>, ask: Ask, answer: &Answer) -> Result<Value, RpcError> {
    let interaction = site
        .house
        .interactions
        .find(site.installation, site.event, named)?;
    if let Some(channel) = interaction.channel {
        site.notes.channel(channel);
    }
    let message = site
        .house
        .desk()
        .answer(&interaction, &site.installation.plugin, ask, answer)
        .await?;
    site.posted(&message);
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "takes `json!` literals")]
    fn modal(components: Value) -> Result<Value, RpcError> {
        let map =
            json::into_map(json!({"title": "Sign up", "custom_id": "signup", "components": components}));
        SendModal::parse(Params(&map), 1).map(|request| request.modal)
    }

    #[test]
    fn a_modal_has_one_to_five_rows_of_one_input() {
        let input = json!({"type": 4, "custom_id": "name", "label": "Name", "style": 1});
        let row = json!({"type": 1, "components": [input]});
        assert_eq!(modal(json!([row])).unwrap()["components"], json!([row]));
        assert_eq!(
            modal(json!([input])).unwrap()["components"],
            json!([row]),
            "a bare input gets its row"
        );
        let row_of = |n: u32| json!({"type": 1, "components": [{"type": 4, "custom_id": n.to_string(), "label": "Name", "style": 1}]});
        let seven: Vec<_> = (0..7).map(row_of).collect();
        assert_eq!(json::list(&modal(json!(seven)).unwrap(), "components").len(), 5);
        for bad in [
            json!([]),
            json!(null),
            json!([{"type": 1, "components": []}]),
            json!([{"type": 1, "components": [input, input]}]),
            json!([{"type": 1, "components": [{"type": 2, "custom_id": "x"}]}]),
            json!([{"type": 4}]),
            json!([{"type": 2, "custom_id": "x"}]),
        ] {
            assert!(modal(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_update_is_never_ephemeral_and_may_be_empty() {
        let map = json::into_map(json!({"update_message": true, "ephemeral": true}));
        let request = Respond::parse(Params(&map), 1).unwrap();
        assert!(request.update && !request.ephemeral);
        assert!(Respond::parse(Params(&json::into_map(json!({}))), 1).is_err());
    }
}
