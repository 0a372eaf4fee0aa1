//! From a zip to a version that may be stored.

use std::io;
use std::path::PathBuf;

use homemaid_protocol::ContentHash;
use homemaid_protocol::manifest::{Manifest, Severity};
use sha2::{Digest, Sha256};

use crate::contents::{Contents, File};
use crate::refusal::show;
use crate::{Finding, StoreError, archive};

/// What the owner gives beside a zip.
#[derive(Debug, Clone, Default)]
pub struct IntakeOptions {
    /// A manifest for a zip that has none (zip §1); ignored with a warning when the zip has one.
    pub manifest: Option<Vec<u8>>,
}

/// Why a plugin was not taken in. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The findings say why, at least one of them an error.
    #[error("the plugin was refused: {}", first_error(.findings))]
    Refused {
        /// Errors and warnings, in the validator's order.
        findings: Vec<Finding>,
    },
    /// The folder could not be read.
    #[error("could not read {}", path.display())]
    Folder {
        /// What could not be read.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The store failed; the plugin may be fine.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntakeError {
    /// Returns the findings of a refused plugin, else none.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Refused { findings } => findings,
            _ => &[],
        }
    }
}

fn first_error(findings: &[Finding]) -> &str {
    let mut errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    errors.next().map_or("", |finding| &finding.message)
}

/// A plugin that passed; nothing is stored yet.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) hash: ContentHash,
    pub(crate) contents: Contents,
    pub(crate) manifest: Manifest,
    pub(crate) entry: String,
    pub(crate) findings: Vec<Finding>,
}

/// Checks a zip: limits, safety, entry point, manifest.
pub(crate) fn verify(zip: &[u8], options: &IntakeOptions) -> Result<Verified, Vec<Finding>> {
    let mut contents = archive::read(zip).map_err(|refusal| vec![Finding::from(&refusal)])?;
    let mut findings = Vec::new();
    let marks = match options.manifest {
        None => &["manifest.json"][..],
        Some(_) => &["manifest.json", MAIN, FALLBACK],
    };
    if let Some(folder) = contents.unwrap_folder(marks) {
        let message = format!(
            "everything lies in the folder {}, which was stripped",
            show(folder.as_bytes())
        );
        findings.push(
            Finding::warning("zip_wrapped_in_folder", message)
                .hint("pack the folder's contents, not the folder"),
        );
    }
    let entry = entry_point(&contents, &mut findings);
    let beside = supply_manifest(&mut contents, options, &mut findings);
    let manifest = manifest(&contents, &mut findings);
    findings.extend(leftovers(&contents));
    match (entry, manifest) {
        (Some(entry), Some(manifest)) => {
            let hash = content_hash(zip, beside);
            Ok(Verified {
                hash,
                contents,
                manifest,
                entry,
                findings,
            })
        }
        _ => Err(findings),
    }
}

const MAIN: &str = "__main__.py";
const FALLBACK: &str = "plugin.py";

fn entry_point(contents: &Contents, findings: &mut Vec<Finding>) -> Option<String> {
    if contents.get(MAIN).is_some() {
        return Some(MAIN.to_owned());
    }
    if contents.get(FALLBACK).is_some() {
        let message = format!("there is no {MAIN}; {FALLBACK} is run instead");
        findings.push(
            Finding::warning("entry_point_is_plugin_py", message)
                .at(FALLBACK)
                .hint(format!("rename it to {MAIN}")),
        );
        return Some(FALLBACK.to_owned());
    }
    findings.push(
        Finding::error(
            "missing_entry_point",
            format!("the entry file {MAIN} is missing at the root of the zip"),
        )
        .hint(format!(
            "put the file that calls plugin.run() at the root and name it {MAIN}"
        )),
    );
    None
}

/// Adds the manifest from beside the zip when there is none inside; returns it when used.
fn supply_manifest<'a>(
    contents: &mut Contents,
    options: &'a IntakeOptions,
    findings: &mut Vec<Finding>,
) -> Option<&'a [u8]> {
    let beside = options.manifest.as_deref()?;
    if contents.get("manifest.json").is_some() {
        findings.push(
            Finding::warning(
                "manifest_beside_ignored",
                "the zip has a manifest.json; the one beside it is ignored",
            )
            .at("manifest.json")
            .hint("supply a manifest only for a zip without one"),
        );
        return None;
    }
    contents.files.push(File {
        path: "manifest.json".to_owned(),
        data: beside.to_owned(),
    });
    Some(beside)
}

fn manifest(contents: &Contents, findings: &mut Vec<Finding>) -> Option<Manifest> {
    let Some(bytes) = contents.get("manifest.json") else {
        findings.push(
            Finding::error(
                "missing_manifest",
                "manifest.json is missing at the root of the zip",
            )
            .hint("add one with \"id\", \"name\" and \"version\", or supply it beside the zip"),
        );
        return None;
    };
    match Manifest::parse(bytes) {
        Ok(manifest) => {
            findings.extend(manifest.warnings.iter().map(Finding::from));
            Some(manifest)
        }
        Err(error) => {
            findings.extend(error.problems.iter().map(Finding::from));
            None
        }
    }
}

/// Reports the first entry that should not have been packed (zip §4.1, codes 63 and 64).
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "Python's own are in lower case"
)]
fn leftovers(contents: &Contents) -> Option<Finding> {
    contents.order.iter().find_map(|path| {
        let shown = show(path.as_bytes());
        if path.contains("__pycache__") || path.ends_with(".pyc") {
            let message = format!("the zip holds compiled bytecode: {shown}");
            let hint = "leave out __pycache__; the host compiles its own";
            return Some(
                Finding::warning("bytecode_in_artifact", message)
                    .at(shown)
                    .hint(hint),
            );
        }
        if path.trim_end_matches('/') == ".git" || path.starts_with(".git/") {
            let message = format!("the zip holds the version history: {shown}");
            return Some(
                Finding::warning("git_metadata_in_artifact", message)
                    .at(shown)
                    .hint("leave out .git"),
            );
        }
        None
    })
}

/// The SHA-256 of the zip. A manifest from beside it makes another version of the same zip.
fn content_hash(zip: &[u8], beside: Option<&[u8]>) -> ContentHash {
    let digest = Sha256::digest(zip);
    let digest = match beside {
        None => digest,
        Some(manifest) => Sha256::new()
            .chain_update(b"homemaid: a zip and a manifest beside it\0")
            .chain_update(digest)
            .chain_update(Sha256::digest(manifest))
            .finalize(),
    };
    ContentHash::from_digest(digest.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Entry, MANIFEST, plugin, zip};

    fn codes(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.code.as_str()).collect()
    }

    fn refused(zip: &[u8]) -> Vec<Finding> {
        verify(zip, &IntakeOptions::default()).unwrap_err()
    }

    fn beside(manifest: &str) -> IntakeOptions {
        IntakeOptions {
            manifest: Some(manifest.as_bytes().to_vec()),
        }
    }

    #[test]
    fn an_ordinary_plugin_passes_without_findings() {
        let verified = verify(&plugin([]), &IntakeOptions::default()).unwrap();
        assert_eq!(
            (verified.entry.as_str(), verified.findings.len()),
            ("__main__.py", 0)
        );
        assert_eq!(verified.manifest.id.as_str(), "hello_maid");
    }

    #[test]
    fn every_refusal_has_its_code_a_message_with_the_value_and_a_hint() {
        for (zip, code, named) in [
            (b"junk".to_vec(), "artifact_unreadable", "zip"),
            (vec![0; 11 << 20], "zip_too_large", "11534336"),
            (
                plugin([Entry::stored("../up.py", "")]),
                "zip_unsafe_entry",
                "../up.py",
            ),
            (
                plugin((0..300).map(|n| Entry::stored(format!("{n}"), ""))),
                "zip_too_many_files",
                "302",
            ),
            (
                plugin([Entry::deflated("big.bin", vec![0; 41 << 20])]),
                "zip_expands_too_large",
                "big.bin",
            ),
            (
                zip([Entry::stored("manifest.json", MANIFEST)]),
                "missing_entry_point",
                "__main__.py",
            ),
            (
                zip([Entry::stored("__main__.py", "")]),
                "missing_manifest",
                "manifest.json",
            ),
        ] {
            let findings = refused(&zip);
            assert_eq!(codes(&findings), [code]);
            assert!(findings[0].message.contains(named), "{}", findings[0].message);
            assert!(findings[0].hint.is_some(), "{code}");
            assert_eq!(findings[0].severity, Severity::Error);
        }
    }

    #[test]
    fn manifest_problems_are_findings_on_the_manifest() {
        let with = |manifest: &[u8]| {
            refused(&zip([
                Entry::stored("manifest.json", manifest),
                Entry::stored("__main__.py", ""),
            ]))
        };
        for (manifest, code) in [
            (&b"\xff{}"[..], "manifest_encoding"),
            (b"[]", "manifest_not_object"),
            (b"{,}", "manifest_invalid_json"),
            (b"\xef\xbb\xbf{}", "manifest_invalid_json"),
            (br#"{"id": "hello_maid", "name": "x"}"#, "manifest_missing_field"),
            (
                br#"{"id": "Hello", "name": "x", "version": "1"}"#,
                "manifest_id_invalid",
            ),
        ] {
            let findings = with(manifest);
            assert_eq!(codes(&findings), [code]);
            assert_eq!(findings[0].path.as_deref(), Some("manifest.json"));
        }
        assert_eq!(with(b"{\n\n,}")[0].line, Some(3));
    }

    #[test]
    fn everything_wrong_is_reported_at_once_in_order() {
        let findings = refused(&zip([
            Entry::stored("wrap/manifest.json", r#"{"id": "X", "name": " "}"#),
            Entry::stored("wrap/.git/config", ""),
            Entry::stored("wrap/__pycache__/a.pyc", ""),
        ]));
        assert_eq!(
            codes(&findings),
            [
                "zip_wrapped_in_folder",
                "missing_entry_point",
                "manifest_missing_field",
                "manifest_missing_field",
                "manifest_id_invalid",
                "git_metadata_in_artifact",
            ]
        );
    }

    #[test]
    fn plugin_py_is_the_entry_when_there_is_no_main() {
        let zip = zip([
            Entry::stored("manifest.json", MANIFEST),
            Entry::stored("plugin.py", ""),
        ]);
        let verified = verify(&zip, &IntakeOptions::default()).unwrap();
        assert_eq!(
            (verified.entry.as_str(), codes(&verified.findings)),
            ("plugin.py", vec!["entry_point_is_plugin_py"])
        );
    }

    #[test]
    fn a_manifest_beside_the_zip_stands_in_for_a_missing_one_only() {
        let bare = zip([Entry::stored("__main__.py", "")]);
        let verified = verify(&bare, &beside(MANIFEST)).unwrap();
        assert_eq!(
            verified.contents.get("manifest.json"),
            Some(MANIFEST.as_bytes()),
            "it is readable in the tree"
        );
        let other = verify(&bare, &beside(&MANIFEST.replace("1.0.0", "2.0.0"))).unwrap();
        assert_ne!(
            verified.hash, other.hash,
            "another manifest makes another version"
        );

        let own = plugin([]);
        let verified = verify(&own, &beside("not even JSON")).unwrap();
        assert_eq!(codes(&verified.findings), ["manifest_beside_ignored"]);
        assert_eq!(
            verified.hash,
            verify(&own, &IntakeOptions::default()).unwrap().hash
        );

        let wrapped = zip([Entry::stored("early/__main__.py", "")]);
        let verified = verify(&wrapped, &beside(MANIFEST)).unwrap();
        assert_eq!(codes(&verified.findings), ["zip_wrapped_in_folder"]);
    }

    #[test]
    fn the_hash_of_a_zip_is_its_sha256() {
        let zip = plugin([]);
        let digest: [u8; 32] = Sha256::digest(&zip).into();
        assert_eq!(
            verify(&zip, &IntakeOptions::default()).unwrap().hash,
            ContentHash::from_digest(digest)
        );
    }
}
