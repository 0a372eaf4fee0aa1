//! Every bound of this crate, each with its unit.

/// Largest manifest, in bytes.
pub(crate) const MANIFEST_BYTES: u64 = 32 << 20;
/// Most files of a backup.
pub(crate) const FILES: usize = 200_000;
/// Longest path of a file in a backup, in bytes.
pub(crate) const PATH_BYTES: usize = 200;
/// Most that may follow the last file: the padding of the archive, in bytes.
pub(crate) const PADDING_BYTES: u64 = 1 << 20;
/// How hard zstd tries: its own default, which is faster than most disks.
pub(crate) const ZSTD_LEVEL: i32 = 3;
/// Longest recovery sheet, in bytes.
pub(crate) const SHEET_BYTES: u64 = 64 << 10;
/// Costliest passphrase a reader works on, as the power of two of its scrypt work factor: a quarter of a minute.
pub(crate) const SCRYPT_LOG_N: u8 = 22;
