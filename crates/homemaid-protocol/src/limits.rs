//! Every number the host enforces, each with its unit and its section. The documentation's numbers come from here.

/// Longest error text a plugin receives, in characters (wire §7.2).
pub const ERROR_MESSAGE_CHARS: usize = 300;

/// Longest line from a plugin, in bytes without the newline (wire §1): three files of 8 MB in base64 fit.
pub const PLUGIN_LINE_BYTES: usize = 16 << 20;
/// Longest line to a plugin, in bytes (wire §1).
pub const HOST_LINE_BYTES: usize = 8 << 20;

/// Memory of a worker, in bytes (caps §4).
pub const WORKER_MEMORY_BYTES: u64 = 64 << 20;
/// Processes and threads of a worker (caps §4).
pub const WORKER_PIDS: u32 = 32;
/// CPU of a worker, in thousandths of a core (caps §4).
pub const WORKER_CPU_MILLIS: u32 = 250;
/// Size of a worker's `/tmp`, in bytes (caps §4).
pub const WORKER_TMP_BYTES: u64 = 16 << 20;
/// User and group of a worker: nobody (caps §4).
pub const WORKER_UID: u32 = 65_534;

/// Longest key-value key, in characters (wire §6.2).
pub const KV_KEY_CHARS: usize = 512;
/// Largest key-value value, in bytes of compact JSON (wire §6.2).
pub const KV_VALUE_BYTES: usize = 65_536;
/// Most live keys of an installation (wire §6.2).
pub const KV_KEYS: u64 = 10_000;
/// Most keys one `kv.mget` reads.
pub const KV_MGET_KEYS: usize = 50;
/// Most entries one `kv.mput` writes.
pub const KV_MPUT_ENTRIES: usize = 25;
/// Most keys one `kv.list` returns.
pub const KV_LIST_KEYS: u32 = 1_000;
/// Most values one `kv.list_values` returns.
pub const KV_LIST_VALUES: u32 = 100;

/// Discord actions a minute (caps §5.1).
pub const DISCORD_ACTIONS_PER_MINUTE: u32 = 60;
/// Proxied HTTP requests a minute (caps §5.1).
pub const HTTP_REQUESTS_PER_MINUTE: u32 = 30;
/// Events a second (caps §5.1); interactions, cron and lifecycle are exempt (wire §4.3).
pub const EVENTS_PER_SECOND: u32 = 50;
/// Calls a second, as a safety valve over everything (wire §6.1).
pub const CALLS_PER_SECOND: u32 = 200;
/// Events a worker may have unacknowledged (wire §4.3).
pub const EVENTS_IN_FLIGHT: usize = 256;
/// Events that wait behind those (wire §4.3).
pub const EVENTS_QUEUED: usize = 1_000;
