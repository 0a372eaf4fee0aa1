//! Which hosts an installation may ask (zip §2.3).

/// What was approved for one installation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approved {
    /// Names that stand for themselves and everything beneath them: the manifest's, and those the owner added.
    pub domains: Vec<String>,
    /// Names and addresses that stand for themselves only: those a manager let in by a command of the plugin.
    pub hosts: Vec<String>,
    /// Names the owner withholds, with everything beneath them; stronger than the others.
    pub withheld: Vec<String>,
}

impl Approved {
    /// Returns whether `host`, as [`crate::Target::host`] gives it, may be asked.
    pub fn allows(&self, host: &str) -> bool {
        let covered = |list: &[String]| list.iter().any(|entry| covers(entry, host));
        !covered(&self.withheld) && (covered(&self.domains) || self.hosts.iter().any(|entry| entry == host))
    }
}

/// Returns whether `entry` is `host`, or a name above it.
pub fn covers(entry: &str, host: &str) -> bool {
    match host.strip_suffix(entry) {
        Some("") => true,
        // An address has no names beneath it.
        Some(rest) => !entry.is_empty() && rest.ends_with('.') && host.parse::<std::net::IpAddr>().is_err(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approved(domains: &[&str], hosts: &[&str], withheld: &[&str]) -> Approved {
        let own = |list: &[&str]| list.iter().map(|entry| (*entry).to_owned()).collect();
        Approved {
            domains: own(domains),
            hosts: own(hosts),
            withheld: own(withheld),
        }
    }

    #[test]
    fn a_domain_covers_itself_and_what_is_beneath_it() {
        let list = approved(&["api.example.com"], &[], &[]);
        assert!(list.allows("api.example.com") && list.allows("v2.eu.api.example.com"));
        for other in [
            "example.com",
            "xapi.example.com",
            "api.example.com.evil.org",
            "example.org",
            "",
        ] {
            assert!(!list.allows(other), "{other}");
        }
    }

    #[test]
    fn a_host_is_exact_and_an_address_covers_nothing() {
        let list = approved(&["8.8.8"], &["a.example", "9.9.9.9"], &[]);
        assert!(list.allows("a.example") && list.allows("9.9.9.9"));
        for other in ["b.a.example", "1.9.9.9.9", "8.8.8.8", "1.8.8.8"] {
            assert!(!list.allows(other), "{other}");
        }
        assert!(!approved(&["8.8.8"], &[], &[]).allows("8.8.8.8"));
        assert!(
            !approved(&["9.9.9"], &[], &[]).allows("9.9.9.9"),
            "not a name above it"
        );
    }

    #[test]
    fn what_is_withheld_is_withheld() {
        let list = approved(&["example.com"], &["api.example.com"], &["api.example.com"]);
        assert!(list.allows("www.example.com"));
        assert!(!list.allows("api.example.com") && !list.allows("x.api.example.com"));
    }

    #[test]
    fn nothing_approved_is_nothing_allowed() {
        assert!(!Approved::default().allows("example.com"));
        assert!(!approved(&[""], &[""], &[]).allows("example.com"));
    }
}
