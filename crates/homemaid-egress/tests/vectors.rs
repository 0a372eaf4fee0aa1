//! The guard against its tables: URLs, addresses and hosts, with what becomes of each.
#![expect(clippy::print_stdout, reason = "the counts are what is read of this test")]

use std::fmt::Write as _;
use std::net::IpAddr;

use homemaid_egress::{Target, Unfit, host_of, refused};

/// Returns the table's lines: what is judged, and what is expected of it.
fn table(text: &str) -> Vec<(String, &str)> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (what, expected) = line.rsplit_once('|').expect("a line has two columns");
            (unescape(what.trim()), expected.trim())
        })
        .collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let kind = after.chars().next().expect("an escape has a kind");
        rest = &after[1..];
        match kind {
            't' => out.push('\t'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            's' => out.push(' '),
            '0' => out.push('\0'),
            '\\' => out.push('\\'),
            'u' => {
                let (code, after) = rest[1..].split_once('}').expect("\\u{..}");
                let code = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
                out.push(code.expect("a character"));
                rest = after;
            }
            other => panic!("\\{other}"),
        }
    }
    out + rest
}

fn verdict(found: Result<String, Unfit>) -> String {
    let kind = match found {
        Ok(host) => return host,
        Err(Unfit::NotAUrl) => "url",
        Err(Unfit::Scheme) => "scheme",
        Err(Unfit::UserInfo) => "user",
        Err(Unfit::Characters) => "characters",
        Err(Unfit::Host) => "host",
        Err(Unfit::LocalName(_)) => "local",
        Err(Unfit::Address { .. }) => "address",
        Err(Unfit::Port(_)) => "port",
    };
    format!("! {kind}")
}

/// Judges each line, and shows all that are not as the table has them.
fn compare(name: &str, text: &str, judge: impl Fn(&str) -> String) -> usize {
    let lines = table(text);
    let mut wrong = String::new();
    for (what, expected) in &lines {
        let found = judge(what);
        if found != *expected {
            let _ = writeln!(wrong, "{what:?}: {found}, not {expected}");
        }
    }
    assert!(wrong.is_empty(), "{name}\n{wrong}");
    println!("egress: {} {name}, each as the table has it", lines.len());
    lines.len()
}

#[test]
fn the_tables_hold() {
    let urls = compare("URLs", include_str!("vectors/urls.txt"), |url| {
        verdict(Target::parse(url).map(|target| {
            assert!(matches!(target.url().scheme(), "http" | "https"));
            target.host().to_owned()
        }))
    });
    let addresses = compare("addresses", include_str!("vectors/addresses.txt"), |ip| {
        refused(ip.parse::<IpAddr>().unwrap())
            .unwrap_or("public")
            .to_owned()
    });
    let hosts = compare("hosts", include_str!("vectors/hosts.txt"), |text| {
        verdict(host_of(text))
    });
    assert!(urls + addresses + hosts >= 300);
}
