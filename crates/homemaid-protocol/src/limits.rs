//! Every number the host enforces, each with its unit and its section. The documentation's numbers come from here.

/// Longest error text a plugin receives, in characters (wire §7.2).
pub const ERROR_MESSAGE_CHARS: usize = 300;

/// Longest line from a plugin, in bytes without the newline (wire §1): three files of 8 MB in base64 fit.
pub const PLUGIN_LINE_BYTES: usize = 16 << 20;
/// Longest line to a plugin, in bytes (wire §1).
pub const HOST_LINE_BYTES: usize = 8 << 20;

/// Most JSON values in one line from a plugin: parsed, a value takes up to a hundred times its text.
pub const LINE_VALUES: usize = 1 << 18;
/// Longest method name from a plugin, in characters.
pub const METHOD_CHARS: usize = 64;
/// Longest id of a plugin's call when it is text, in characters.
pub const REQUEST_ID_CHARS: usize = 128;
/// Longest event id, in characters.
pub const EVENT_ID_CHARS: usize = 128;
/// Largest event payload, in bytes of JSON: the envelope around it still fits the line.
pub const EVENT_PAYLOAD_BYTES: usize = 4 << 20;
/// Most events one `event.ack` may name; further ones are ignored.
pub const ACK_EVENTS: usize = 4_096;
/// Longest reason of an `event.fail`, in characters.
pub const FAIL_REASON_CHARS: usize = 300;
/// Most names in each list of a `plugin.ready`.
pub const READY_NAMES: usize = 1_000;

/// Longest log message, in characters (wire §5).
pub const LOG_MESSAGE_CHARS: usize = 4_000;
/// Most tags of a log line (wire §5).
pub const LOG_TAGS: usize = 10;
/// Longest tag of a log line, in characters.
pub const LOG_TAG_CHARS: usize = 64;
/// Most extra keys of a log line (wire §5).
pub const LOG_EXTRA_KEYS: usize = 20;
/// Longest extra key of a log line, in characters.
pub const LOG_EXTRA_KEY_CHARS: usize = 64;
/// Longest extra value of a log line, in characters (wire §5).
pub const LOG_EXTRA_VALUE_CHARS: usize = 500;
/// Log lines of an installation a second; more are dropped and counted (wire §5).
pub const LOG_LINES_PER_SECOND: u32 = 200;

/// Largest manifest, in bytes.
pub const MANIFEST_BYTES: usize = 1 << 20;
/// Most JSON values in a manifest.
pub const MANIFEST_VALUES: usize = 1 << 16;
/// Most problems reported of one manifest.
pub const MANIFEST_PROBLEMS: usize = 100;
/// Longest display name, in characters.
pub const MANIFEST_NAME_CHARS: usize = 200;
/// Longest version, in characters: it is part of every event.
pub const MANIFEST_VERSION_CHARS: usize = 128;
/// Longest description without a warning, in characters (zip §2).
pub const MANIFEST_DESCRIPTION_CHARS: usize = 2_000;
/// Most proxy domains of a manifest.
pub const PROXY_DOMAINS: usize = 100;
/// Most decisions of an owner about one installation's outbound HTTP: hosts, and where secrets may go.
pub const OUTBOUND_RULES: usize = 200;
/// Most slash commands a guild can have (zip §2.1).
pub const COMMANDS: usize = 100;
/// Longest name of a command or option, in characters (zip §2.1).
pub const COMMAND_NAME_CHARS: usize = 32;
/// Longest description of a command or option, in characters (zip §2.1).
pub const COMMAND_DESCRIPTION_CHARS: usize = 100;
/// Most options on one level (zip §2.1).
pub const COMMAND_OPTIONS: usize = 25;
/// Most choices of an option (zip §2.1).
pub const COMMAND_CHOICES: usize = 25;
/// Most characters of names, descriptions and values in one command (zip §2.1).
pub const COMMAND_TREE_CHARS: usize = 8_000;
/// Most cron entries (zip §2.2).
pub const CRON_ENTRIES: usize = 5;
/// Smallest gap between two firings of a cron entry, in minutes (zip §2.2).
pub const CRON_GAP_MINUTES: u32 = 5;
/// Longest cron spec, in characters.
pub const CRON_SPEC_CHARS: usize = 256;

/// Largest plugin zip, in bytes (zip §1).
pub const ZIP_BYTES: usize = 10 << 20;
/// Largest sum of inflated files, in bytes (zip §1).
pub const ZIP_INFLATED_BYTES: usize = 40 << 20;
/// Most files of a zip (zip §1).
pub const ZIP_FILES: usize = 200;
/// Most folders of a zip, named or implied by a file's path.
pub const ZIP_FOLDERS: usize = 1_000;
/// Most entries of a zip, ignored ones included.
pub const ZIP_ENTRIES: usize = 4_096;
/// Longest path in a zip, in bytes (zip §1).
pub const ZIP_PATH_BYTES: usize = 255;
/// Most compiled bytecode of a version, in bytes.
pub const BYTECODE_BYTES: usize = 128 << 20;

/// How long the answer to `host.boot` may take, in seconds (wire §2.1).
pub const BOOT_SECONDS: u64 = 10;
/// How long the install and enable handlers may take, in seconds (wire §2.2).
pub const INSTALL_SECONDS: u64 = 30;
/// How long the disable handlers may take, in seconds (wire §2.2).
pub const DISABLE_SECONDS: u64 = 10;
/// How long the uninstall handlers may take, in seconds (wire §2.2).
pub const UNINSTALL_SECONDS: u64 = 15;
/// How long the host may take to answer a call, in seconds (wire §6.1): the SDK waits 30.
pub const CALL_SECONDS: u64 = 25;

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

/// Longest name of a secret, in characters (wire §6.5).
pub const SECRET_NAME_CHARS: usize = 64;
/// Longest value of a secret, in characters (wire §6.5).
pub const SECRET_VALUE_CHARS: usize = 4_096;
/// Most secrets of one installation, and most defaults of one plugin.
pub const SECRETS_PER_OWNER: u64 = 100;

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
