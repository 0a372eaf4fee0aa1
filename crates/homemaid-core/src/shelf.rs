//! The plugins and their versions, as stored, newest first.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use homemaid_package::StoredVersion;
use homemaid_protocol::PluginId;
use jiff::Timestamp;

use crate::convert::{command_names, requested};
use crate::view::{PluginView, VersionView};

/// A version on the shelf.
#[derive(Debug, Clone)]
pub(crate) struct Stocked {
    pub(crate) version: Arc<StoredVersion>,
    pub(crate) added_at: Timestamp,
}

/// All plugins.
#[derive(Debug, Default)]
pub(crate) struct Shelf(RwLock<BTreeMap<PluginId, Vec<Stocked>>>);

impl Shelf {
    /// Puts a version before all others of its plugin.
    pub(crate) fn put(&self, stocked: Stocked) {
        let mut plugins = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let versions = plugins.entry(stocked.version.manifest.id.clone()).or_default();
        versions.retain(|other| other.version.hash != stocked.version.hash);
        versions.insert(0, stocked);
    }

    /// Takes a plugin away; returns its versions.
    pub(crate) fn take(&self, plugin: &PluginId) -> Vec<Stocked> {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(plugin)
            .unwrap_or_default()
    }

    /// Returns a plugin's versions, newest first; none when there is no such plugin.
    pub(crate) fn versions(&self, plugin: &PluginId) -> Vec<Stocked> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(plugin)
            .cloned()
            .unwrap_or_default()
    }

    /// Returns what the owner sees; `installed` names the installations of a plugin.
    pub(crate) fn view(&self, installed: impl Fn(&PluginId) -> Vec<String>) -> Vec<PluginView> {
        let plugins = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let views = plugins.iter().filter_map(|(id, versions)| {
            let newest = &versions.first()?.version.manifest;
            Some(PluginView {
                id: id.to_string(),
                name: newest.name.clone(),
                description: newest.description.clone(),
                versions: versions.iter().map(version_view).collect(),
                installations: installed(id),
            })
        });
        views.collect()
    }
}

fn version_view(stocked: &Stocked) -> VersionView {
    let version = &stocked.version;
    VersionView {
        hash: version.hash.to_string(),
        version: version.manifest.version.clone(),
        uploaded_at: stocked.added_at,
        capabilities: requested(version),
        proxy_domains: version.manifest.proxy_domains.clone(),
        commands: command_names(version),
        findings: version.findings.iter().map(Into::into).collect(),
    }
}
