//! Why a request did not come to an answer.

use homemaid_protocol::RpcError;

use crate::limits::DEADLINE;
use crate::target::Unfit;

/// Why a request that was let through did not come to an answer. The texts are for the plugin: they name hosts at most,
/// never a path, a header or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// Name lookup, connection, TLS or HTTP failed.
    #[error("the request to {host} failed: {why}")]
    Failed {
        /// The host that was asked.
        host: String,
        /// What failed.
        why: String,
    },
    /// The host is, or resolves to, something that is not public.
    #[error("{host} is not on the public internet ({kind})")]
    NotPublic {
        /// The host that was asked.
        host: String,
        /// What its address is.
        kind: &'static str,
    },
    /// A redirect led where the first request could not have gone either.
    #[error("a redirect was not followed: its address must be {0}")]
    BadRedirect(Unfit),
    /// A redirect led to a host that is not approved.
    #[error("a redirect was not followed: {0} is not approved for this server")]
    RedirectNotApproved(String),
    /// One redirect too many.
    #[error("more than {0} redirects")]
    TooManyRedirects(usize),
    /// The answer is not as HTTP has it, or larger than the host reads.
    #[error("the answer of {host} cannot be used: {why}")]
    BadAnswer {
        /// The host that was asked.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It took too long.
    #[error("upstream did not answer in time")]
    TimedOut,
    /// The lab has no answer for it.
    #[error("{0}")]
    Lab(String),
}

impl From<EgressError> for RpcError {
    /// Network trouble is `PROXY_ERROR`, time is `RPC_TIMEOUT` (wire §6.6).
    fn from(error: EgressError) -> Self {
        match error {
            EgressError::TimedOut => Self::timeout("upstream", DEADLINE.as_secs()),
            other => Self::proxy(&other.to_string()),
        }
    }
}
