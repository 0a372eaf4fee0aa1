//! What an installation may ask of the internet: the manifest's domains, and what the owner decided about them.
//!
//! The manifest's domains are approved with the installation; the owner withholds any of them, and approves others. A
//! secret that is bound to domains goes nowhere else; one that is not goes to the manifest's domains alone.

use std::sync::{Arc, PoisonError, RwLock};

use homemaid_egress::{Approved, Lane, covers, host_of};
use homemaid_protocol::InstallationId;
use homemaid_storage::{OutboundKind, OutboundRule};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::core::Core;
use crate::error::CoreError;
use crate::installation::Installation;

/// An installation's way out.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    /// What its requests run in.
    pub(crate) lane: Lane,
    rules: RwLock<Arc<Vec<OutboundRule>>>,
}

impl Outbound {
    /// Puts other rules in force, from the next request on; a redirect under way is judged by them as well.
    pub(crate) fn set(&self, rules: Vec<OutboundRule>) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    pub(crate) fn rules(&self) -> Arc<Vec<OutboundRule>> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Installation {
    /// Returns what it may ask now.
    pub(crate) fn approved(&self) -> Approved {
        let rules = self.outbound.rules();
        let of = |kind: &OutboundKind| {
            let rules = rules.iter().filter(move |rule| rule.kind == *kind);
            rules.map(|rule| rule.host.clone()).collect::<Vec<_>>()
        };
        let mut domains = self.facts().version.manifest.proxy_domains.clone();
        domains.extend(of(&OutboundKind::Domain));
        Approved {
            domains,
            hosts: of(&OutboundKind::Host),
            withheld: of(&OutboundKind::Withheld),
        }
    }

    /// Returns whether a secret may be sent to a host.
    pub(crate) fn is_bound(&self, secret: &str, host: &str) -> bool {
        let rules = self.outbound.rules();
        let is_its =
            |rule: &&OutboundRule| matches!(&rule.kind, OutboundKind::Secret(name) if name == secret);
        let mut bound = rules.iter().filter(is_its).peekable();
        if bound.peek().is_some() {
            return bound.any(|rule| covers(&rule.host, host));
        }
        let declared = &self.facts().version.manifest.proxy_domains;
        declared.iter().any(|domain| covers(domain, host))
    }
}

/// Whether a domain may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainAccess {
    /// It may.
    Approved,
    /// It may not, whatever else says so.
    Withheld,
}

/// Where a domain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainSource {
    /// The plugin's manifest.
    Manifest,
    /// The owner.
    Owner,
    /// A member who manages the server, by a command of the plugin.
    Command,
}

/// A domain of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DomainView {
    /// The name, or an address.
    pub host: String,
    /// Where it comes from.
    pub source: DomainSource,
    /// Whether it may be asked.
    pub access: DomainAccess,
    /// It stands for itself only, not for what is beneath it.
    pub exact: bool,
    /// Since when, where it is not the manifest's alone.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub set_at: Option<Timestamp>,
    /// By whom, where it is not the manifest's alone.
    pub set_by: Option<String>,
}

/// Where a secret may be sent by the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecretDomainView {
    /// The secret's name.
    pub secret: String,
    /// The domain, with everything beneath it.
    pub domain: String,
}

impl Core {
    /// Returns what an installation may ask and may not.
    pub fn domains(&self, id: &InstallationId) -> Result<Vec<DomainView>, CoreError> {
        let installation = self.found(id)?;
        Ok(domains(&installation))
    }

    /// Returns where an installation's secrets may be sent, as far as that was decided.
    pub fn secret_domains(&self, id: &InstallationId) -> Result<Vec<SecretDomainView>, CoreError> {
        let rules = self.found(id)?.outbound.rules();
        let bound = rules.iter().filter_map(|rule| match &rule.kind {
            OutboundKind::Secret(secret) => Some(SecretDomainView {
                secret: secret.clone(),
                domain: rule.host.clone(),
            }),
            _ => None,
        });
        Ok(bound.collect())
    }

    /// Approves or withholds a domain, in force for the next request.
    pub async fn set_domain(
        &self,
        id: &InstallationId,
        domain: &str,
        access: DomainAccess,
        by: &str,
    ) -> Result<Vec<DomainView>, CoreError> {
        let host = host_of(domain).map_err(CoreError::BadDomain)?;
        let installation = self.found(id)?;
        let set = match access {
            DomainAccess::Approved => OutboundKind::Domain,
            DomainAccess::Withheld => OutboundKind::Withheld,
        };
        let forget = match access {
            DomainAccess::Approved => OutboundKind::Withheld,
            DomainAccess::Withheld => OutboundKind::Domain,
        };
        let done = self
            .change_rules(&installation, &[forget], Some(&set), &host, by)
            .await;
        self.owner_did(id, "owner.domains.set", &done);
        done?;
        Ok(domains(&installation))
    }

    /// Forgets what was decided about a domain: the manifest's own is approved again, any other is not.
    pub async fn forget_domain(
        &self,
        id: &InstallationId,
        domain: &str,
    ) -> Result<Vec<DomainView>, CoreError> {
        let host = host_of(domain).map_err(CoreError::BadDomain)?;
        let installation = self.found(id)?;
        let kinds = [OutboundKind::Domain, OutboundKind::Host, OutboundKind::Withheld];
        let done = self.change_rules(&installation, &kinds, None, &host, "").await;
        self.owner_did(id, "owner.domains.forget", &done);
        done?;
        Ok(domains(&installation))
    }

    /// Binds a secret to a domain, or undoes that.
    pub async fn bind_secret(
        &self,
        id: &InstallationId,
        secret: &str,
        domain: &str,
        bind: bool,
        by: &str,
    ) -> Result<(), CoreError> {
        let secret = homemaid_storage::SecretName::parse(secret)?;
        let host = host_of(domain).map_err(CoreError::BadDomain)?;
        let installation = self.found(id)?;
        let kind = OutboundKind::Secret(secret.as_str().to_owned());
        let done = if bind {
            self.change_rules(&installation, &[], Some(&kind), &host, by)
                .await
        } else {
            self.change_rules(&installation, &[kind], None, &host, by).await
        };
        self.owner_did(id, "owner.secrets.bind", &done);
        done
    }

    fn found(&self, id: &InstallationId) -> Result<Arc<Installation>, CoreError> {
        self.0
            .directory
            .get(id)
            .ok_or_else(|| CoreError::NoSuchInstallation(id.clone()))
    }

    async fn change_rules(
        &self,
        installation: &Installation,
        forget: &[OutboundKind],
        set: Option<&OutboundKind>,
        host: &str,
        by: &str,
    ) -> Result<(), CoreError> {
        let storage = &self.0.services.storage;
        if change_rules(storage, installation, forget, set, host, by).await? {
            Ok(())
        } else {
            Err(CoreError::TooManyDomains(installation.id.clone()))
        }
    }
}

/// Changes an installation's rules on the disk and in force; returns whether there was room.
pub(crate) async fn change_rules(
    storage: &homemaid_storage::Storage,
    installation: &Installation,
    forget: &[OutboundKind],
    set: Option<&OutboundKind>,
    host: &str,
    by: &str,
) -> Result<bool, homemaid_storage::StorageError> {
    // One change at a time, so that the last one written is the one in force.
    let _one = installation.changing.lock().await;
    let (id, host, by) = (installation.id.clone(), host.to_owned(), by.to_owned());
    let (forget, set) = (forget.to_vec(), set.cloned());
    let rules = storage
        .write(move |tx| {
            let mut rules = tx.outbound();
            for kind in &forget {
                rules.forget(&id, kind, &host)?;
            }
            let room = match &set {
                Some(kind) => rules.set(&id, kind, &host, &by)?,
                None => true,
            };
            Ok((room, rules.of(&id)?))
        })
        .await;
    let (room, rules) = rules?;
    installation.outbound.set(rules);
    Ok(room)
}

fn domains(installation: &Installation) -> Vec<DomainView> {
    let rules = installation.outbound.rules();
    let withheld = |host: &str| {
        let is_it = |rule: &&OutboundRule| rule.kind == OutboundKind::Withheld && covers(&rule.host, host);
        rules.iter().find(is_it)
    };
    let access = |host: &str| match withheld(host) {
        Some(_) => DomainAccess::Withheld,
        None => DomainAccess::Approved,
    };
    let declared = installation.facts().version.manifest.proxy_domains.clone();
    let mut views: Vec<DomainView> = declared
        .iter()
        .map(|host| DomainView {
            host: host.clone(),
            source: DomainSource::Manifest,
            access: access(host),
            exact: false,
            set_at: withheld(host).map(|rule| rule.set_at),
            set_by: withheld(host).map(|rule| rule.set_by.clone()),
        })
        .collect();
    for rule in rules.iter() {
        let source = match rule.kind {
            OutboundKind::Host => DomainSource::Command,
            OutboundKind::Domain | OutboundKind::Withheld => DomainSource::Owner,
            OutboundKind::Secret(_) => continue,
        };
        if !views.iter().any(|view| view.host == rule.host) {
            views.push(DomainView {
                host: rule.host.clone(),
                source,
                access: access(&rule.host),
                exact: rule.kind == OutboundKind::Host,
                set_at: Some(rule.set_at),
                set_by: Some(rule.set_by.clone()),
            });
        }
    }
    views
}
