//! `ROUTES.md` says which of Discord's routes are here. It is made from the route table and, where it can be read,
//! Discord's own description; `UPDATE=1 cargo test -p discord-sim parity` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

const MISSING: &str = "## Of Discord's description, not here\n";

/// Returns method and path of everything Discord describes; `None` where its description is not.
fn described() -> Option<BTreeSet<(String, String)>> {
    let beside =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/discord-openapi.json");
    let text = match env::var_os("DISCORD_OPENAPI") {
        Some(path) => fs::read_to_string(path).expect("DISCORD_OPENAPI names a readable file"),
        None => fs::read_to_string(beside).ok()?,
    };
    let document: Value = serde_json::from_str(&text).expect("the description is JSON");
    let mut all = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("it has paths") {
        for method in ["get", "put", "post", "delete", "patch"] {
            if item[method].is_object() {
                all.insert((path.clone(), method.to_ascii_uppercase()));
            }
        }
    }
    Some(all)
}

/// Tells whether a route of the table serves a path of the description.
fn serves(route: &str, path: &str) -> bool {
    let (mut ours, mut theirs) = (route.split('/'), path.split('/'));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(ours), Some(theirs)) if ours == theirs || ours.starts_with('{') => {}
            _ => return false,
        }
    }
}

fn family(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// Writes a table by family: one line a path, with its methods.
fn table(routes: &BTreeSet<(String, String)>) -> String {
    let mut text = String::from("| path | methods |\n|---|---|\n");
    let mut paths: Vec<(&str, Vec<&str>)> = Vec::new();
    for (path, method) in routes {
        match paths.last_mut() {
            Some((last, methods)) if last == path => methods.push(method),
            _ => paths.push((path, vec![method])),
        }
    }
    for (path, methods) in paths {
        writeln!(text, "| `{path}` | {} |", methods.join(", ")).unwrap();
    }
    text
}

fn here(implemented: &BTreeSet<(String, String)>) -> String {
    let families: BTreeSet<&str> = implemented.iter().map(|(path, _)| family(path)).collect();
    format!(
        "# Routes\n\nWhich of Discord's HTTP routes (version 10) discord-sim has. Made from its route table by the test `parity`; \
         what is not\nhere is answered with 501 and told on the timeline. Below `/api`, `/api/v9` and `/api/v10` the paths are the same.\n\n\
         ## Here\n\n{} routes in {} families.\n\n{}\n",
        implemented.len(),
        families.len(),
        table(implemented),
    )
}

fn missing(implemented: &BTreeSet<(String, String)>, described: &BTreeSet<(String, String)>) -> String {
    let missing: BTreeSet<(String, String)> = described
        .iter()
        .filter(|(path, method)| {
            !implemented
                .iter()
                .any(|(route, ours)| ours == method && serves(route, path))
        })
        .cloned()
        .collect();
    let (lacks, all) = (missing.len(), described.len());
    format!(
        "{MISSING}\n{lacks} of {all}; most are nothing an ordinary bot asks for.\n\n{}",
        table(&missing)
    )
}

#[test]
fn the_table_of_routes_is_the_one_that_is_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("ROUTES.md");
    let implemented: BTreeSet<(String, String)> = discord_sim::routes()
        .map(|(method, path)| (path.to_owned(), method.to_owned()))
        .collect();
    let first = here(&implemented);
    let second = described().map(|described| missing(&implemented, &described));
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let (mut was_first, mut was_second) = committed
        .find(MISSING)
        .map_or((committed.as_str(), ""), |at| committed.split_at(at));
    let written;
    if env::var_os("UPDATE").is_some() {
        written = format!("{first}{}", second.as_deref().unwrap_or(was_second));
        fs::write(&file, &written).expect("the crate can be written");
        (was_first, was_second) = written.split_at(first.len());
    }
    let hint = "run `UPDATE=1 cargo test -p discord-sim parity`";
    assert!(was_first == first, "ROUTES.md is not what is served: {hint}");
    if let Some(second) = second {
        assert!(
            was_second == second,
            "ROUTES.md does not say what Discord has beyond: {hint}"
        );
    }
    assert!(was_second.starts_with(MISSING), "ROUTES.md says what is missing");
}

#[test]
fn the_readme_shows_the_examples_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for example in ["first_bot.py", "first_bot.mjs", "first_test.rs"] {
        let text = fs::read_to_string(root.join("examples").join(example)).unwrap();
        assert!(readme.contains(&text), "README.md has {example}");
    }
}
