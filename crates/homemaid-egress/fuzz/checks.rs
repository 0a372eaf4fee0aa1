//! What must hold for any bytes; run by the fuzz target, and over seeds and chance by the crate's ordinary tests.

use std::net::IpAddr;

use homemaid_egress::limits::URL_BYTES;
use homemaid_egress::{Approved, Target, host_of, refused};

/// A URL, and after a line break the `Location` its server answers with.
pub(crate) fn url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (first, location) = text.split_once('\n').unwrap_or((&text, ""));
    let _ = host_of(first).map(|host| sound(&host));
    let Ok(target) = Target::parse(first) else { return };
    checked(&target);
    if let Ok(next) = target.join(location) {
        checked(&next);
    }
}

fn checked(target: &Target) {
    let url = target.url();
    sound(target.host());
    assert!(matches!(url.scheme(), "http" | "https") && url.as_str().len() <= URL_BYTES);
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    assert_eq!(
        url.host_str().map(|host| host.trim_matches(['[', ']'])),
        Some(target.host())
    );
    let port = url.port_or_known_default().expect("http has a port");
    assert!(port == 80 || port == 443 || port >= 1024);
    // What was judged once is judged the same again: the text that is sent means what was read.
    assert_eq!(Target::parse(url.as_str()).as_ref(), Ok(target));
    assert_eq!(host_of(target.host()).as_deref(), Ok(target.host()));
    let approved = Approved {
        domains: vec![target.host().to_owned()],
        ..Approved::default()
    };
    assert!(approved.allows(target.host()));
    assert!(!Approved::default().allows(target.host()));
}

fn sound(host: &str) {
    assert!(host.is_ascii() && !host.ends_with('.') && !host.contains(['/', '@', '?', '#', '\\', '%', ' ']));
    match host.parse::<IpAddr>() {
        Ok(ip) => assert_eq!(refused(ip), None, "{ip}"),
        Err(_) => {
            assert!(
                host.contains('.') && host.rsplit('.').next() != Some("localhost") && !host.contains(':')
            );
        }
    }
}
