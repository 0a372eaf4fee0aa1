//! What the handlers of the appliance's API share.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use homemaid_core::Core;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::auth::{Settings, SettingsError};
use crate::limits::UPLOADS_AT_ONCE;

/// What handlers work with.
#[derive(Clone)]
pub(crate) struct ApiState {
    pub(crate) core: Core,
    pub(crate) uploads: Arc<Semaphore>,
}

impl ApiState {
    pub(crate) fn new(core: Core) -> Self {
        Self {
            core,
            uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
        }
    }
}

/// The settings of the house.
pub(crate) struct CoreSettings(pub(crate) Core);

impl Settings for CoreSettings {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Value>, SettingsError>> {
        async move {
            self.0
                .setting_get(key)
                .await
                .map_err(|error| SettingsError(Box::new(error)))
        }
        .boxed()
    }

    fn put<'a>(&'a self, key: &'a str, value: Value) -> BoxFuture<'a, Result<(), SettingsError>> {
        async move {
            self.0
                .setting_put(key, value)
                .await
                .map_err(|error| SettingsError(Box::new(error)))
        }
        .boxed()
    }
}
