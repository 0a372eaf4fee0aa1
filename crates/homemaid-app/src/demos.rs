//! The demo plugins of a new lab: installed once, with the safe capabilities they ask for.

use homemaid_core::{CoreError, InstallRequest, TierView};
use serde_json::json;

use crate::house::House;
use crate::paths::Share;

/// The setting that says they were installed: an owner who removes them keeps them removed.
const INSTALLED: &str = "app.demos_installed";

/// Installs the demo plugins in the lab's guild unless that was done before. Returns how many were installed.
pub(crate) async fn install(house: &House, share: &Share) -> Result<usize, CoreError> {
    let core = house.core();
    if core.setting_get(INSTALLED).await?.is_some() {
        return Ok(0);
    }
    let guild = house.first_guild().await;
    let zips = share.demo_plugins().unwrap_or_else(|error| {
        tracing::warn!(%error, "the demo plugins were not found");
        Vec::new()
    });
    let mut installed = 0;
    for zip in zips {
        let bytes = match tokio::fs::read(&zip).await {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(%error, zip = %zip.display(), "a demo plugin could not be read");
                continue;
            }
        };
        let report = core.upload(bytes, None).await?;
        let Ok(plugin) = report.plugin.parse() else {
            continue;
        };
        // They are ours, and the lab's Discord is simulated: the safe ones without asking, the others never.
        let safe = report
            .capabilities
            .iter()
            .filter(|capability| capability.tier == TierView::Safe);
        let grants = safe
            .filter_map(|capability| capability.name.parse().ok())
            .collect();
        let request = InstallRequest {
            plugin,
            version: report.hash.parse().ok(),
            guild,
            grants,
            enable: true,
            by: "first start".to_owned(),
        };
        match core.install(request).await {
            Ok(_) | Err(CoreError::AlreadyInstalled(_)) => installed += 1,
            Err(error) => return Err(error),
        }
    }
    core.setting_put(INSTALLED, json!(true)).await?;
    Ok(installed)
}
