//! What an event was about, for the audit: from a call one finds the event, and from the event who and what it was.

use homemaid_protocol::{Event, Snowflake};
use homemaid_storage::Touched;
use serde::Deserialize;

/// The ids of a payload, whichever event it is (events.md).
#[derive(Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the payload's own names")]
struct Ids {
    message_id: Option<Snowflake>,
    channel_id: Option<Snowflake>,
    user_id: Option<Snowflake>,
    author_id: Option<Snowflake>,
}

/// Returns what an event was about: its message, its channel, and who caused it.
pub(crate) fn touched(event: &Event) -> Touched {
    // A payload with an id of another shape is about nothing that could be found again.
    let ids: Ids = serde_json::from_str(event.payload().get()).unwrap_or_default();
    Touched {
        channel: ids.channel_id,
        messages: ids.message_id.into_iter().collect(),
        members: ids.user_id.or(ids.author_id).into_iter().collect(),
        role: None,
    }
}

/// Returns what a call was about as the audit keeps it.
pub(crate) fn of_call(touched: homemaid_discord::Touched) -> Touched {
    let homemaid_discord::Touched {
        channel,
        messages,
        members,
        role,
        components: _,
    } = touched;
    Touched {
        channel,
        messages,
        members,
        role,
    }
}
