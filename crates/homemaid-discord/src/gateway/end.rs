//! How a connection ends, and what the owner can do about it.

use super::socket::SocketError;
use crate::reach::Refused;
use crate::rest::RestError;

/// How a connection ended.
pub(super) enum End {
    Stopped,
    Lost(String),
    Invalid,
    OtherIntents,
    Fatal { reason: String, fix: String },
}

pub(super) fn bad_token() -> End {
    End::Fatal {
        reason: "Discord does not accept the bot token".to_owned(),
        fix: "copy a fresh token from the Bot page of the Discord developer portal and enter it here"
            .to_owned(),
    }
}

/// Whoever took the events is gone, which only happens when the host ends or is broken.
pub(super) fn nobody_listens() -> End {
    End::Fatal {
        reason: "this program no longer takes Discord's events".to_owned(),
        fix: "restart Homemaid, and report what its log says".to_owned(),
    }
}

pub(super) fn refused_end(refused: &Refused) -> End {
    End::Fatal {
        reason: format!("the gateway's address is refused: {refused}"),
        fix: "nothing was sent there; check what answers at the configured address of Discord's API"
            .to_owned(),
    }
}

pub(super) fn rest_end(error: RestError) -> End {
    match error {
        RestError::Discord { status: 401, .. } => bad_token(),
        RestError::Refused(refused) => refused_end(&refused),
        other => End::Lost(other.to_string()),
    }
}

pub(super) fn socket_end(error: SocketError) -> End {
    match error {
        SocketError::Refused(refused) => refused_end(&refused),
        other => End::Lost(other.to_string()),
    }
}
