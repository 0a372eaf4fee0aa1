//! Which addresses this crate may contact at all.
//!
//! Against a simulator nothing but this machine may ever hear from us: a mistake there would post a lab's test
//! messages, or a lab's token, to the real Discord. Two walls, so that one mistake is not enough: every address is
//! vetted as text before use, and every name that is looked up yields loopback addresses or nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Which addresses may be contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Any, as long as it is encrypted unless it is this machine.
    Anywhere,
    /// Only this machine.
    LoopbackOnly,
}

/// Why an address is not contacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not this machine, while only this machine may be contacted.
    #[error("{0} is not this machine, and the lab may talk to nothing else")]
    NotLoopback(String),
    /// The bot token would travel in the clear.
    #[error("{0} is not encrypted, and the bot token would travel in the clear")]
    NotEncrypted(String),
    /// No host, or a scheme that is neither HTTP nor WebSocket.
    #[error("{0} is not an address that can be contacted")]
    Unusable(String),
}

impl Reach {
    /// Checks an address before it is used, by its text alone.
    pub(crate) fn check(self, url: &Url) -> Result<(), Refused> {
        // Never the whole address: its path may carry a token.
        let place = || format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
        let encrypted = match url.scheme() {
            "https" | "wss" => true,
            "http" | "ws" => false,
            _ => return Err(Refused::Unusable(place())),
        };
        let here = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).to_canonical().is_loopback(),
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            None => return Err(Refused::Unusable(place())),
        };
        match self {
            _ if here => Ok(()),
            Self::LoopbackOnly => Err(Refused::NotLoopback(place())),
            Self::Anywhere if encrypted => Ok(()),
            Self::Anywhere => Err(Refused::NotEncrypted(place())),
        }
    }

    /// Returns the addresses of `host` that may be contacted; an error when there is none.
    pub(crate) async fn resolve(self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((host, port)).await?;
        let allowed: Vec<_> = found.filter(|address| self.allows(address.ip())).collect();
        if allowed.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{host} has no address that may be contacted"),
            ));
        }
        Ok(allowed)
    }

    fn allows(self, ip: IpAddr) -> bool {
        self == Self::Anywhere || ip.to_canonical().is_loopback()
    }

    /// Returns the HTTP client's settings that follow from this: its lookups go through [`Self::resolve`].
    pub(crate) fn limit(self, client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        // A redirect could lead anywhere, with the token; Discord's API never redirects.
        let client = client.redirect(reqwest::redirect::Policy::none());
        match self {
            Self::Anywhere => client,
            // A proxy named in the environment would be another machine.
            Self::LoopbackOnly => client.no_proxy().dns_resolver(Arc::new(LoopbackLookup)),
        }
    }
}

/// Looks names up, and forgets every address that is not this machine.
struct LoopbackLookup;

impl Resolve for LoopbackLookup {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = Reach::LoopbackOnly.resolve(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reach: Reach, url: &str) -> Result<(), Refused> {
        reach.check(&url.parse().unwrap())
    }

    #[test]
    fn the_lab_reaches_this_machine_only() {
        for here in [
            "http://127.0.0.1:1",
            "ws://127.9.9.9/gateway",
            "ws://[::1]:80",
            "http://LOCALHOST",
            "ws://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(check(Reach::LoopbackOnly, here), Ok(()), "{here}");
        }
        for away in [
            "wss://gateway.discord.gg",
            "https://discord.com/api",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://169.254.169.254",
            "ws://[::ffff:8.8.8.8]",
            "ws://localhost.example.org",
            "ws://127.0.0.1.example.org",
            "http://[fe80::1]",
        ] {
            assert!(
                matches!(check(Reach::LoopbackOnly, away), Err(Refused::NotLoopback(_))),
                "{away}"
            );
        }
        for odd in ["file:///etc/passwd", "unix:/run/x", "data:,x", "ftp://127.0.0.1"] {
            assert!(
                matches!(check(Reach::LoopbackOnly, odd), Err(Refused::Unusable(_))),
                "{odd}"
            );
        }
    }

    #[test]
    fn a_token_never_travels_in_the_clear() {
        assert_eq!(check(Reach::Anywhere, "wss://gateway.discord.gg/?v=10"), Ok(()));
        assert_eq!(check(Reach::Anywhere, "http://127.0.0.1:9/"), Ok(()));
        assert!(matches!(
            check(Reach::Anywhere, "ws://gateway.discord.gg"),
            Err(Refused::NotEncrypted(_))
        ));
    }

    #[tokio::test]
    async fn a_lookup_yields_loopback_or_nothing() {
        let here = Reach::LoopbackOnly.resolve("127.0.0.1", 80).await.unwrap();
        assert!(here.iter().all(|address| address.ip().is_loopback()));
        let away = Reach::LoopbackOnly.resolve("192.0.2.1", 80).await.unwrap_err();
        assert_eq!(away.kind(), io::ErrorKind::PermissionDenied);
    }
}
