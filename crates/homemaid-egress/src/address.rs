//! Which addresses a plugin's request may reach: the public internet and nothing else.
//!
//! The tables are IANA's special-purpose registries, closed where the registries say "globally reachable" of something
//! no web service has. Of IPv6 only what IANA hands out (`2000::/3`) is public; forms that carry an IPv4 address are
//! refused as such, also around a public one: nobody needs them, and each has been a way around such a guard.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

type Block4 = (Ipv4Addr, u8, &'static str);
type Block6 = (Ipv6Addr, u8, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8, kind: &'static str) -> Block4 {
    (Ipv4Addr::new(a, b, c, d), bits, kind)
}

const fn v6(head: [u16; 4], bits: u8, kind: &'static str) -> Block6 {
    let [a, b, c, d] = head;
    (Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), bits, kind)
}

const REFUSED_V4: &[Block4] = &[
    v4(0, 0, 0, 0, 8, "unspecified"),
    v4(10, 0, 0, 0, 8, "private"),
    v4(100, 64, 0, 0, 10, "carrier-grade NAT"),
    v4(127, 0, 0, 0, 8, "loopback"),
    v4(168, 63, 129, 16, 32, "cloud metadata"),
    v4(169, 254, 0, 0, 16, "link-local"),
    v4(172, 16, 0, 0, 12, "private"),
    v4(192, 0, 0, 0, 24, "protocol assignment"),
    v4(192, 0, 2, 0, 24, "documentation"),
    v4(192, 31, 196, 0, 24, "protocol assignment"),
    v4(192, 52, 193, 0, 24, "protocol assignment"),
    v4(192, 88, 99, 0, 24, "6to4 relay"),
    v4(192, 168, 0, 0, 16, "private"),
    v4(192, 175, 48, 0, 24, "protocol assignment"),
    v4(198, 18, 0, 0, 15, "benchmark"),
    v4(198, 51, 100, 0, 24, "documentation"),
    v4(203, 0, 113, 0, 24, "documentation"),
    v4(224, 0, 0, 0, 4, "multicast"),
    v4(255, 255, 255, 255, 32, "broadcast"),
    v4(240, 0, 0, 0, 4, "reserved"),
];

const REFUSED_V6: &[Block6] = &[
    v6([0x2001, 0, 0, 0], 32, "Teredo"),
    v6([0x2001, 2, 0, 0], 48, "benchmark"),
    v6([0x2001, 0, 0, 0], 23, "protocol assignment"),
    v6([0x2001, 0x0db8, 0, 0], 32, "documentation"),
    v6([0x2002, 0, 0, 0], 16, "6to4"),
    v6([0x2620, 0x4f, 0x8000, 0], 48, "protocol assignment"),
    v6([0x3ffe, 0, 0, 0], 16, "reserved"),
    v6([0x3fff, 0, 0, 0], 20, "documentation"),
];

/// What lies outside `2000::/3`, by the name an owner knows it under.
const OUTSIDE_V6: &[Block6] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"),
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
        96,
        "IPv4 mapped into IPv6",
    ),
    (
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0),
        96,
        "IPv4 translated into IPv6",
    ),
    v6([0, 0, 0, 0], 96, "IPv4-compatible"),
    v6([0x64, 0xff9b, 0, 0], 96, "NAT64"),
    v6([0x64, 0xff9b, 1, 0], 48, "NAT64"),
    v6([0x100, 0, 0, 0], 64, "discard-only"),
    v6([0x5f00, 0, 0, 0], 16, "segment routing"),
    v6([0xfc00, 0, 0, 0], 7, "unique local"),
    v6([0xfe80, 0, 0, 0], 10, "link-local"),
    v6([0xfec0, 0, 0, 0], 10, "site-local"),
    v6([0xff00, 0, 0, 0], 8, "multicast"),
];

/// The interface identifiers of ISATAP, which carry an IPv4 address.
const ISATAP: [u32; 2] = [0x0000_5efe, 0x0200_5efe];

/// Returns what kind of address this is when a plugin may not reach it, and nothing when it is public.
pub fn refused(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => REFUSED_V4
            .iter()
            .find(|(net, bits, _)| shares(u128::from(ip.to_bits()), u128::from(net.to_bits()), 32, *bits))
            .map(|(_, _, kind)| *kind),
        IpAddr::V6(ip) => refused_v6(ip),
    }
}

fn refused_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let kind = |table: &[Block6]| {
        table
            .iter()
            .find(|(net, bits, _)| shares(ip.to_bits(), net.to_bits(), 128, *bits))
            .map(|(_, _, kind)| *kind)
    };
    if ip.segments()[0] & 0xe000 != 0x2000 {
        return Some(kind(OUTSIDE_V6).unwrap_or("reserved"));
    }
    let [.., c, d, _, _] = ip.segments();
    if ISATAP.contains(&((u32::from(c) << 16) | u32::from(d))) {
        return Some("ISATAP");
    }
    kind(REFUSED_V6)
}

fn shares(ip: u128, net: u128, width: u8, bits: u8) -> bool {
    let host = u32::from(width - bits);
    ip.checked_shr(host) == net.checked_shr(host)
}

/// Returns whether `ip` is one of this machine's own addresses: what listens there may trust whoever comes from here.
///
/// Asks the routing table; nothing is sent.
pub(crate) fn is_own(ip: IpAddr) -> bool {
    let any: SocketAddr = match ip {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    UdpSocket::bind(any)
        .and_then(|socket| {
            socket.connect((ip, 9))?;
            socket.local_addr()
        })
        .is_ok_and(|local| local.ip() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn this_machine_s_own_addresses_are_known() {
        assert!(is_own(Ipv4Addr::LOCALHOST.into()));
        assert!(!is_own(Ipv4Addr::new(192, 0, 2, 1).into()));
    }

    proptest! {
        /// The standard library's own judgements, where it has them.
        #[test]
        fn what_std_calls_special_is_refused(bits: u32) {
            let ip = Ipv4Addr::from_bits(bits);
            let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_broadcast()
                || ip.is_multicast() || ip.is_documentation() || ip.is_unspecified();
            if special {
                prop_assert!(refused(ip.into()).is_some(), "{ip}");
            }
            // No way of carrying it makes it reachable.
            let [a, b, c, d] = ip.octets().map(u16::from);
            let (high, low) = ((a << 8) | b, (c << 8) | d);
            for carried in [
                ip.to_ipv6_mapped(),
                ip.to_ipv6_compatible(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 1, 2, 3, 4, !high, !low),
                Ipv6Addr::new(0x2600, 1, 2, 3, 0, 0x5efe, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
            ] {
                prop_assert!(refused(carried.into()).is_some(), "{carried}");
            }
        }

        #[test]
        fn only_what_iana_hands_out_is_reachable(bits: u128) {
            let ip = Ipv6Addr::from_bits(bits);
            if ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_multicast() || bits >> 125 != 1 {
                prop_assert!(refused(ip.into()).is_some(), "{ip}");
            }
        }
    }
}
