//! Every bound of the simulator, each with its unit. Discord's own numbers say so.

use std::time::Duration;

/// Largest request body, in bytes: Discord's 10 MiB of files and their form.
pub const BODY_BYTES: usize = 12 << 20;
/// Most bytes of one uploaded file (Discord's, for an app without boosts).
pub const FILE_BYTES: usize = 10 << 20;
/// Most files of one message (Discord's).
pub const MESSAGE_FILES: usize = 10;
/// Bytes of uploaded files kept for download; the oldest go first.
pub const STORED_FILE_BYTES: usize = 64 << 20;
/// Messages kept per channel; the oldest go first.
pub const CHANNEL_MESSAGES: usize = 1_000;
/// Pins of a channel (Discord's).
pub const CHANNEL_PINS: usize = 250;
/// Different reactions on one message (Discord's).
pub const MESSAGE_REACTIONS: usize = 20;
/// Users one reaction remembers.
pub const REACTION_USERS: usize = 1_000;
/// Guilds of one simulated Discord.
pub const GUILDS: usize = 200;
/// Channels of a guild (Discord's).
pub const GUILD_CHANNELS: usize = 500;
/// Roles of a guild (Discord's).
pub const GUILD_ROLES: usize = 250;
/// Channels of a category (Discord's).
pub const CATEGORY_CHANNELS: usize = 50;
/// Threads of a guild that are not archived (Discord's).
pub const ACTIVE_THREADS: usize = 1_000;
/// Threads of a guild, archived ones too.
pub const GUILD_THREADS: usize = 5_000;
/// Members of a thread (Discord's).
pub const THREAD_MEMBERS: usize = 1_000;
/// Webhooks of a channel (Discord's).
pub const CHANNEL_WEBHOOKS: usize = 15;
/// Invites of a guild (Discord's).
pub const GUILD_INVITES: usize = 1_000;
/// Emojis of a guild, of each of the two kinds (Discord's, for a guild without boosts).
pub const GUILD_EMOJIS: usize = 50;
/// Largest picture of an emoji, in bytes (Discord's).
pub const EMOJI_BYTES: usize = 256 << 10;
/// Entries a guild's audit log keeps; the oldest go first.
pub const AUDIT_ENTRIES: usize = 2_000;
/// Users one bulk ban takes (Discord's).
pub const BULK_BAN: usize = 200;
/// Bans a guild keeps.
pub const GUILD_BANS: usize = 50_000;
/// Members of a guild.
pub const GUILD_MEMBERS: usize = 10_000;
/// Users of one simulated Discord.
pub const USERS: usize = 50_000;
/// Chat input commands in one scope (Discord's).
pub const CHAT_COMMANDS: usize = 100;
/// User or message commands in one scope (Discord's).
pub const MENU_COMMANDS: usize = 15;
/// Interactions remembered; the oldest go first.
pub const INTERACTIONS: usize = 2_000;
/// Follow-up messages one interaction remembers.
pub const FOLLOW_UPS: usize = 100;
/// Places of which the timeline remembers what the bot heard last.
pub const HEARD_PLACES: usize = 20_000;
/// Acts one recording holds; later ones are not written down.
pub const RECORDED_ACTS: usize = 50_000;
/// Largest seed or recording the control API takes, in bytes.
pub const SEED_BYTES: usize = 128 << 20;
/// Faults in force at once.
pub const FAULTS: usize = 100;
/// Longest delay a fault can ask for.
pub const FAULT_DELAY: Duration = Duration::from_secs(600);
/// Requests that hang at once.
pub const HANGING_REQUESTS: usize = 200;
/// How long a request hangs when its client does not give up.
pub const HANG: Duration = Duration::from_secs(3_600);
/// How long half an answer has to leave before its connection breaks.
pub const CUT_PAUSE: Duration = Duration::from_millis(20);
/// Entries the timeline keeps; the oldest go first.
pub const TIMELINE_ENTRIES: usize = 10_000;
/// Entries one reading of the timeline returns.
pub const TIMELINE_PAGE: usize = 2_000;
/// Messages one reading of a channel returns (Discord's).
pub const MESSAGE_PAGE: usize = 100;
/// Open event streams of the control API.
pub const EVENT_STREAMS: usize = 64;

/// Open gateway sockets.
pub const GATEWAY_SOCKETS: usize = 64;
/// Sessions that wait for a resume; the oldest go first.
pub const DETACHED_SESSIONS: usize = 64;
/// How long a session without a socket can be resumed.
pub const RESUME_WINDOW: Duration = Duration::from_secs(300);
/// Dispatches a session keeps for a resume.
pub const RESUME_EVENTS: usize = 1_000;
/// Payloads that wait for a socket; a slower client is cut off and may resume.
pub const SOCKET_QUEUE: usize = 2_000;
/// How long one payload may take to leave before the client is cut off.
pub const SOCKET_SEND: Duration = Duration::from_secs(10);
/// Largest payload a client may send, in bytes (Discord's).
pub const GATEWAY_PAYLOAD_BYTES: usize = 4_096;
/// Payloads a client may send per [`GATEWAY_WINDOW`] (Discord's).
pub const GATEWAY_PAYLOADS: u32 = 120;
/// The window of [`GATEWAY_PAYLOADS`] (Discord's).
pub const GATEWAY_WINDOW: Duration = Duration::from_secs(60);
/// What HELLO asks for, as Discord does.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(41_250);
/// Time between two identifies of one shard (Discord's).
pub const IDENTIFY_SPACING: Duration = Duration::from_secs(5);
/// Identifies a day (Discord's).
pub const IDENTIFIES_PER_DAY: u32 = 1_000;
/// Size from which a payload is compressed for a client that identified with `compress`, in bytes.
pub const COMPRESS_FROM_BYTES: usize = 1_024;
/// Members in one GUILD_MEMBERS_CHUNK (Discord's).
pub const MEMBERS_CHUNK: usize = 1_000;

/// Time in which an app must first answer an interaction (Discord's).
pub const FIRST_ANSWER: Duration = Duration::from_secs(3);
/// Life of an interaction's token (Discord's).
pub const INTERACTION_TOKEN: Duration = Duration::from_secs(15 * 60);
/// Age from which a message cannot be deleted in bulk (Discord's).
pub const BULK_DELETE_AGE: Duration = Duration::from_secs(14 * 24 * 3600);
/// Longest time-out of a member (Discord's).
pub const TIMEOUT: Duration = Duration::from_secs(28 * 24 * 3600);

/// Rate-limit buckets remembered.
pub const RATE_BUCKETS: usize = 10_000;
/// Requests of a bot per [`GLOBAL_WINDOW`] (Discord's).
pub const GLOBAL_REQUESTS: u32 = 50;
/// The window of [`GLOBAL_REQUESTS`] (Discord's).
pub const GLOBAL_WINDOW: Duration = Duration::from_secs(1);
/// Invalid requests per [`INVALID_WINDOW`] after which Discord's edge lets a bot in no more (Discord's).
pub const INVALID_REQUESTS: u32 = 10_000;
/// The window of [`INVALID_REQUESTS`] (Discord's).
pub const INVALID_WINDOW: Duration = Duration::from_secs(600);
