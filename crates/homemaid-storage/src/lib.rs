//! SQLite for platform state, key-value data, logs and audit.
