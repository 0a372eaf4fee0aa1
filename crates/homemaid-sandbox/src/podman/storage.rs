//! Which storage driver Podman is told to use.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Shares the image between workers. Podman's own default for an ordinary user is `vfs` on some systems (Debian 12), which
/// copies the whole image for every worker.
const SHARING: &str = "overlay";
/// Environment variables by which the user has chosen already.
const CHOICES: [&str; 2] = ["STORAGE_DRIVER", "CONTAINERS_STORAGE_CONF"];

/// Returns the driver to ask for: none as root, whose default is right, and none when somebody has configured storage.
pub(super) fn driver(
    is_root: bool,
    variable: impl Fn(&str) -> Option<OsString>,
    exists: impl Fn(&Path) -> bool,
) -> Option<&'static str> {
    let home = variable("HOME").map(|home| PathBuf::from(home).join(".config"));
    let own = variable("XDG_CONFIG_HOME").map(PathBuf::from).or(home);
    let places = own.into_iter().chain(["/etc".into(), "/usr/share".into()]);
    let configured = CHOICES.iter().any(|name| variable(name).is_some())
        || places
            .into_iter()
            .any(|place| exists(&place.join("containers/storage.conf")));
    (!is_root && !configured).then_some(SHARING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_user_who_configured_nothing_shares_the_image() {
        let home = |name: &str| (name == "HOME").then(|| "/home/a".into());
        assert_eq!(driver(false, home, |_| false), Some("overlay"));
        assert_eq!(driver(true, home, |_| false), None);
    }

    #[test]
    fn a_choice_of_the_user_stands() {
        let home = |name: &str| (name == "HOME").then(|| "/home/a".into());
        let written = |path: &Path| path == Path::new("/home/a/.config/containers/storage.conf");
        assert_eq!(driver(false, home, written), None);
        assert_eq!(driver(false, home, |path: &Path| path.starts_with("/etc")), None);
        let chosen = |name: &str| (name == "STORAGE_DRIVER").then(|| "btrfs".into());
        assert_eq!(driver(false, chosen, |_| false), None);
    }
}
