//! The databases' migrations in the order in which they are applied. Only ever append.

use crate::migration::{Migration, Schema};
use crate::{audit, kv, logs, metrics, table};

/// `platform.db`: "HMpl".
pub(crate) const PLATFORM: Schema = Schema {
    application_id: 0x484d_706c,
    migrations: &[
        table::settings::CREATE,
        table::plugins::CREATE,
        table::versions::CREATE,
        table::installations::CREATE,
        table::grants::CREATE,
        table::requests::CREATE,
        kv::CREATE,
        audit::CREATE,
        table::origins::CREATE,
        table::secrets::CREATE,
        audit::CHAIN,
        table::outbound::CREATE,
    ],
};

/// `logs.db`: "HMlg".
pub(crate) const LOGS: Schema = Schema {
    application_id: 0x484d_6c67,
    migrations: &[logs::CREATE, logs::SEARCH],
};

/// `metrics.db`: "HMmt".
pub(crate) const METRICS: Schema = Schema {
    application_id: 0x484d_6d74,
    migrations: &[metrics::CREATE],
};

/// Names a migration.
pub(crate) const fn migration(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sql }
}
