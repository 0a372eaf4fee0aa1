//! Secrets from the owner's side: set, listed by name, deleted; never shown. And the bot's token, which is one.

use homemaid_discord::Token;
use homemaid_protocol::{InstallationId, PluginId};
use homemaid_storage::{SecretName, SecretOwner, SecretRow, SecretText, Storage};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::core::Core;
use crate::error::CoreError;

/// The bot's token among the house's own secrets.
const BOT_TOKEN: &str = "bot_token";

/// A secret, without its value: nobody is shown that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecretView {
    /// Its name.
    pub name: String,
    /// Its guild; `null` for the default in every guild without a value of its own.
    pub guild: Option<String>,
    /// When it was set.
    #[schema(value_type = String, format = DateTime)]
    pub set_at: Timestamp,
    /// `owner`, or `plugin` where the plugin did.
    pub set_by: String,
    /// Whether the key it is sealed with is here; if not, it has to be set again.
    pub readable: bool,
}

impl From<SecretRow> for SecretView {
    fn from(row: SecretRow) -> Self {
        Self {
            name: row.name,
            guild: (!row.guild.is_empty()).then_some(row.guild),
            set_at: row.set_at,
            set_by: row.set_by,
            readable: row.readable,
        }
    }
}

/// Whether a bot token is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BotTokenView {
    /// One is stored; it is used from the next start on, unless the start names another.
    pub stored: bool,
    /// It can be read with the key that is here.
    pub readable: bool,
    /// When it was set.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub set_at: Option<Timestamp>,
}

/// What a change of the key did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyChangeView {
    /// The new key's name; it tells nothing about the key.
    pub key: String,
    /// How many secrets are sealed with it.
    pub secrets: usize,
}

impl Core {
    /// Returns the names of a plugin's secrets: its defaults, and those of each guild.
    pub async fn secrets(&self, plugin: &PluginId) -> Result<Vec<SecretView>, CoreError> {
        self.check_plugin(plugin)?;
        let rows = self.0.services.storage.secrets().of_plugin(plugin).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Sets a plugin's secret for every guild that has no value of its own.
    pub async fn set_default_secret(
        &self,
        plugin: &PluginId,
        name: &str,
        value: String,
        by: &str,
    ) -> Result<(), CoreError> {
        self.check_plugin(plugin)?;
        self.set(SecretOwner::Plugin(plugin.clone()), name, value, by)
            .await
    }

    /// Sets a secret of a plugin in one guild.
    pub async fn set_secret(
        &self,
        id: &InstallationId,
        name: &str,
        value: String,
        by: &str,
    ) -> Result<(), CoreError> {
        self.installed(id)?;
        let set = self
            .set(SecretOwner::Installation(id.clone()), name, value, by)
            .await;
        self.owner_did(id, "owner.secrets.set", &set);
        set
    }

    /// Deletes a plugin's default secret; returns whether it was there.
    pub async fn delete_default_secret(&self, plugin: &PluginId, name: &str) -> Result<bool, CoreError> {
        self.check_plugin(plugin)?;
        self.delete(SecretOwner::Plugin(plugin.clone()), name).await
    }

    /// Deletes a secret of a plugin in one guild; returns whether it was there.
    pub async fn delete_secret(&self, id: &InstallationId, name: &str) -> Result<bool, CoreError> {
        self.installed(id)?;
        let deleted = self.delete(SecretOwner::Installation(id.clone()), name).await;
        self.owner_did(id, "owner.secrets.del", &deleted);
        deleted
    }

    /// Seals every secret anew under a new key.
    pub async fn rotate_secret_key(&self) -> Result<KeyChangeView, CoreError> {
        rotate_secret_key(&self.0.services.storage).await
    }

    /// Returns whether a bot token is stored.
    pub async fn bot_token(&self) -> Result<BotTokenView, CoreError> {
        bot_token(&self.0.services.storage).await
    }

    /// Stores the bot's token for the next start.
    pub async fn set_bot_token(&self, token: String) -> Result<(), CoreError> {
        set_bot_token(&self.0.services.storage, token).await
    }

    /// Forgets the stored bot token; returns whether there was one.
    pub async fn delete_bot_token(&self) -> Result<bool, CoreError> {
        delete_bot_token(&self.0.services.storage).await
    }

    async fn set(&self, owner: SecretOwner, name: &str, value: String, by: &str) -> Result<(), CoreError> {
        let (name, value) = (SecretName::parse(name)?, SecretText::new(value)?);
        Ok(self
            .0
            .services
            .storage
            .secrets()
            .set(&owner, name, value, by)
            .await?)
    }

    async fn delete(&self, owner: SecretOwner, name: &str) -> Result<bool, CoreError> {
        let name = SecretName::parse(name)?;
        Ok(self.0.services.storage.secrets().del(&owner, name).await?)
    }

    fn check_plugin(&self, plugin: &PluginId) -> Result<(), CoreError> {
        if self.0.shelf.versions(plugin).is_empty() {
            return Err(CoreError::NoSuchPlugin(plugin.clone()));
        }
        Ok(())
    }
}

/// Returns the stored bot token, for the connection to Discord alone.
pub fn stored_bot_token(storage: &Storage) -> Result<Option<Token>, CoreError> {
    let stored = storage.secrets().get(&SecretOwner::House, &token_name())?;
    // It was a token when it was stored.
    Ok(stored.and_then(|text| text.reveal().parse().ok()))
}

/// Says whether a bot token is stored; without a running house.
pub async fn bot_token(storage: &Storage) -> Result<BotTokenView, CoreError> {
    let rows = storage.secrets().of_house().await?;
    let row = rows.into_iter().find(|row| row.name == BOT_TOKEN);
    Ok(BotTokenView {
        stored: row.is_some(),
        readable: row.as_ref().is_some_and(|row| row.readable),
        set_at: row.map(|row| row.set_at),
    })
}

/// Stores the bot's token; without a running house.
pub async fn set_bot_token(storage: &Storage, token: String) -> Result<(), CoreError> {
    let checked: Result<Token, _> = token.parse();
    let text = SecretText::new(token)?;
    checked.map_err(CoreError::BadToken)?;
    Ok(storage
        .secrets()
        .set(&SecretOwner::House, token_name(), text, "owner")
        .await?)
}

/// Forgets the bot's token; without a running house.
pub async fn delete_bot_token(storage: &Storage) -> Result<bool, CoreError> {
    Ok(storage.secrets().del(&SecretOwner::House, token_name()).await?)
}

/// Seals every secret anew under a new key; without a running house.
pub async fn rotate_secret_key(storage: &Storage) -> Result<KeyChangeView, CoreError> {
    let (key, secrets) = storage.secrets().rotate_key().await?;
    Ok(KeyChangeView {
        key: key.to_string(),
        secrets,
    })
}

fn token_name() -> SecretName {
    SecretName::parse(BOT_TOKEN).expect("a legal name")
}
