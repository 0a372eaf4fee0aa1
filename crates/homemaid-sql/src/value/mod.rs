//! PostgreSQL's values as Rust values: reading, writing, comparing and computing them as PostgreSQL does.

pub(crate) mod array;
pub(crate) mod float;
pub(crate) mod interval;
pub(crate) mod json;
pub(crate) mod numeric;
pub(crate) mod time;
