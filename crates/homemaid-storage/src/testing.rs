//! Doors for the tests of this crate alone, behind the feature `testing`: nothing here is in the product.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::connection::open_writer;
use crate::migration::Schema;
use crate::schema::{LOGS, PLATFORM};
use crate::{LOGS_FILE, PLATFORM_FILE};

/// While set, every installation's data has one and the same name: what the isolation test has to notice.
static SCOPE_REMOVED: AtomicBool = AtomicBool::new(false);

/// Removes the check that keeps installations apart, or puts it back, for the whole process.
pub fn remove_scope_check(removed: bool) {
    SCOPE_REMOVED.store(removed, Ordering::SeqCst);
}

pub(crate) fn scope_is_removed() -> bool {
    SCOPE_REMOVED.load(Ordering::SeqCst)
}

/// Returns how many migrations `platform.db` has.
pub fn migrations() -> usize {
    PLATFORM.migrations.len()
}

/// Makes the databases of a directory as they were when only the first `migrations` of each existed.
pub fn make_old(dir: &Path, migrations: usize) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    for (name, schema) in [(PLATFORM_FILE, &PLATFORM), (LOGS_FILE, &LOGS)] {
        let path = dir.join(name);
        std::fs::File::create(&path)?;
        let old = Schema {
            application_id: schema.application_id,
            migrations: &schema.migrations[..migrations.min(schema.migrations.len())],
        };
        old.migrate(&mut open_writer(&path)?, &path)?;
    }
    Ok(())
}
