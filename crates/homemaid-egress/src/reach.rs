//! From a name to the addresses that may be connected to.
//!
//! The HTTP client asks nobody but [`Lookup`], once for each connection, and connects to nothing else than what it
//! returned: a name that changes its mind between check and use has no use to change it for.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::address;
use crate::limits::{ADDRESSES, LOOKUPS};

/// What may be connected to.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// The public internet.
    Public,
    /// A test's own little internet; see `attacks`. There is no way to make one outside this crate's tests.
    #[cfg(test)]
    Fake(Arc<crate::attacks::FakeNet>),
}

/// A name or an answer came from an address that may not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not on the public internet ({kind})")]
pub(crate) struct Forbidden {
    /// What the address is.
    pub(crate) kind: &'static str,
}

impl Reach {
    /// Checks one address.
    pub(crate) fn check(&self, address: SocketAddr) -> Result<(), Forbidden> {
        match self {
            Self::Public => match address::refused(address.ip()) {
                Some(kind) => Err(Forbidden { kind }),
                None if address::is_own(address.ip()) => Err(Forbidden { kind: "this machine" }),
                None => Ok(()),
            },
            #[cfg(test)]
            Self::Fake(net) => net.check(address),
        }
    }

    fn find(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match self {
            // Port 0: the client puts the URL's in.
            Self::Public => Ok((name, 0).to_socket_addrs()?.collect()),
            #[cfg(test)]
            Self::Fake(net) => net.find(name),
        }
    }
}

/// Looks names up, and hands out nothing that may not be reached.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    reach: Reach,
    running: Arc<Semaphore>,
}

impl Lookup {
    pub(crate) fn new(reach: Reach) -> Self {
        Self {
            reach,
            running: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }

    async fn addresses(
        self,
        name: Name,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        // An address written into the URL was judged there and never comes here; this is for one that slips through.
        let permit = Arc::clone(&self.running).acquire_owned().await?;
        let found = tokio::task::spawn_blocking({
            let reach = self.reach.clone();
            move || {
                let _held = permit;
                reach.find(name.as_str())
            }
        })
        .await??;
        let mut refusal = None;
        let mut allowed = Vec::new();
        for address in found {
            match self.reach.check(address) {
                Ok(()) if allowed.len() < ADDRESSES => allowed.push(address),
                Ok(()) => {}
                Err(forbidden) => refusal = Some(forbidden),
            }
        }
        match (allowed.is_empty(), refusal) {
            (false, _) => Ok(allowed),
            (true, Some(forbidden)) => Err(forbidden.into()),
            (true, None) => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into()),
        }
    }
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.clone();
        Box::pin(async move { Ok(Box::new(lookup.addresses(name).await?.into_iter()) as Addrs) })
    }
}

/// Returns whether `ip` is this machine's loopback; what a stub must listen on.
pub(crate) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}
