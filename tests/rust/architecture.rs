//! Keeps the table "who may know whom" of ARCHITECTURE.md true.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Reads the table from ARCHITECTURE.md: `crate | may know`, between the two markers.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = include_str!("../../ARCHITECTURE.md");
    let body = text
        .split("<!-- who-knows-whom -->")
        .nth(1)
        .expect("the table stands between two markers");
    body.lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let mut cells = row.split('|');
            let name = cells
                .next()
                .unwrap_or_default()
                .trim()
                .trim_end_matches('`')
                .to_owned();
            let known = cells.next().unwrap_or_default();
            (
                name,
                known.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
            )
        })
        .collect()
}

#[test]
fn crates_know_only_whom_the_table_allows() {
    let allowed = table();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .expect("cargo metadata works");
    let members: BTreeSet<_> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.name.as_str() != "homemaid-tests")
    {
        let name = package.name.to_string();
        let allowed = allowed
            .get(&name)
            .unwrap_or_else(|| panic!("{name} is missing in the table of ARCHITECTURE.md"));
        let known: BTreeSet<_> = package
            .dependencies
            .iter()
            .filter(|dependency| {
                dependency.kind == DependencyKind::Normal && members.contains(&dependency.name)
            })
            .map(|dependency| dependency.name.clone())
            .collect();
        let excess: Vec<_> = known.difference(allowed).collect();
        assert!(
            excess.is_empty(),
            "{name} knows {excess:?}, which ARCHITECTURE.md does not allow"
        );
    }
    for name in allowed.keys() {
        assert!(
            members.contains(name),
            "the table names {name}, which does not exist"
        );
    }
}

#[test]
fn only_the_discord_crate_knows_serenity_and_only_two_crates_know_sqlite() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .expect("cargo metadata works");
    for (library, owners) in [
        ("serenity", &["homemaid-discord"][..]),
        ("rusqlite", &["homemaid-sql", "homemaid-storage"][..]),
        ("podman-api", &["homemaid-sandbox"][..]),
    ] {
        let mut users: Vec<_> = metadata
            .packages
            .iter()
            .filter(|package| {
                package
                    .dependencies
                    .iter()
                    .any(|dep| dep.name == library && dep.kind == DependencyKind::Normal)
            })
            .map(|package| package.name.to_string())
            .collect();
        users.sort();
        assert_eq!(users, owners, "{library} has no other users");
    }
}
