//! The command line's grammar.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use homemaid_app::{LabHttp, ServeConfig};

/// Runs your own Discord bot, and plugin zips in locked containers.
#[derive(Debug, Parser)]
#[command(name = "homemaid", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Where data lives [default: $XDG_DATA_HOME/homemaid or ~/.local/share/homemaid]
    #[arg(long, global = true, value_name = "DIR", env = "HOMEMAID_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Say more on stderr; twice for everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Log as JSON lines
    #[arg(long, global = true)]
    pub(crate) log_json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the appliance: a lab with a simulated Discord when no bot token is set
    Serve(ServeArguments),
    /// Try one plugin in the real sandbox against a private simulated Discord, and print what it did
    Try(TryArguments),
    /// Prove each limit of the sandbox on this machine
    Doctor(DoctorArguments),
    /// Manage plugins of the appliance that is running
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Store the bot token, sealed; `serve` uses it
    #[command(subcommand)]
    Token(TokenCommand),
    /// Manage secrets of plugins, and the key that seals them
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Write a plugin's data into plain files
    Export(ExportArguments),
    /// See what is stored about one person, and erase it
    #[command(subcommand)]
    Person(PersonCommand),
    /// Look into what plugins and the owner did
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Write everything into one file, also while the appliance runs
    Backup(BackupArguments),
    /// Make the page that opens sealed backups, prove it, and seal for it from now on
    RecoverySheet {
        /// The new file; print it and delete it
        file: PathBuf,
    },
    /// Bring a house back from a backup, while the appliance is stopped
    Restore(RestoreArguments),
    /// Print the description of the HTTP API
    #[command(hide = true)]
    Openapi,
}

impl Command {
    /// Whether the command starts workers itself.
    pub(crate) fn runs_workers(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Try(_) | Self::Doctor(_))
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Address of the page; loopback only
    #[arg(long, default_value = "127.0.0.1:7878", value_name = "ADDR:PORT")]
    listen: SocketAddr,
    /// Start the lab even when a bot token is set
    #[arg(long)]
    lab: bool,
    /// Install the demo plugins in the lab at the first start
    #[arg(long)]
    demos: bool,
    /// File that holds the bot token; it and the variable HOMEMAID_DISCORD_TOKEN go before the stored one
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    http: HttpArguments,
}

/// Who answers plugins' HTTP requests in the lab; nobody, when neither is given.
#[derive(Debug, Args)]
pub(crate) struct HttpArguments {
    /// In the lab: answer plugins' HTTP requests from this file (see assets/http/answers.yaml)
    #[arg(long = "http", value_name = "FILE", conflicts_with = "stub")]
    answers: Option<PathBuf>,
    /// In the lab: send plugins' HTTP requests to this server on loopback, with the URL in the header X-Homemaid-Url
    #[arg(long = "http-stub", id = "stub", value_name = "URL")]
    stub: Option<String>,
}

impl From<HttpArguments> for LabHttp {
    fn from(arguments: HttpArguments) -> Self {
        match arguments {
            HttpArguments {
                answers: Some(file), ..
            } => Self::Answers(file),
            HttpArguments { stub: Some(url), .. } => Self::Stub(url),
            HttpArguments { .. } => Self::Closed,
        }
    }
}

impl ServeArguments {
    pub(crate) fn into_config(self, data_dir: Option<PathBuf>) -> anyhow::Result<ServeConfig> {
        let token = match (&self.token_file, std::env::var("HOMEMAID_DISCORD_TOKEN")) {
            _ if self.lab => None,
            (Some(file), _) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("could not read the token file {}", file.display()))?;
                Some(text.parse().context("the token file holds no bot token")?)
            }
            (None, Ok(token)) if !token.trim().is_empty() => Some(
                token
                    .parse()
                    .context("HOMEMAID_DISCORD_TOKEN holds no bot token")?,
            ),
            (None, _) => None,
        };
        Ok(ServeConfig {
            data_dir,
            listen: self.listen,
            token,
            lab: self.lab,
            demos: self.demos,
            http: self.http.into(),
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct TryArguments {
    /// A plugin zip, or the folder it is made from
    pub(crate) plugin: PathBuf,
    /// Events to fire, in the SDK's events.yaml format; `- advance: 30 days` moves the clock [default: events.yaml
    /// of a folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// What to grant: `all`, `ask`, or capabilities separated by commas [default: nothing]
    #[arg(long, value_name = "all|ask|CAP,...")]
    pub(crate) grant: Option<String>,
    /// A manifest for a zip that has none
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Mount this directory over the worker's SDK, for example an unpacked wheel
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) sdk: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) http: HttpArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// One JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Install a zip into a guild; nothing is granted unless you say so
    Install {
        /// The plugin zip
        zip: PathBuf,
        /// The guild's id; may be left out when there is one
        #[arg(long)]
        guild: Option<String>,
        /// What to grant: `all` it asks for, or capabilities separated by commas
        #[arg(long, value_name = "all|CAP,...")]
        grant: Option<String>,
        /// Leave it switched off
        #[arg(long)]
        disabled: bool,
    },
    /// List installations with their state
    List {
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Switch an installation on
    Enable {
        /// `plugin` or `plugin@guild`
        plugin: String,
    },
    /// Switch an installation off
    Disable {
        /// `plugin` or `plugin@guild`
        plugin: String,
    },
    /// Grant capabilities on top of what is granted; the worker restarts
    Grant {
        /// `plugin` or `plugin@guild`
        plugin: String,
        /// `all` it asks for, or capabilities separated by commas
        capabilities: String,
        /// Take them away instead
        #[arg(long)]
        revoke: bool,
    },
    /// Print an installation's log
    Logs {
        /// `plugin` or `plugin@guild`
        plugin: String,
        /// Keep printing new lines
        #[arg(long, short)]
        follow: bool,
        /// How many of the newest lines
        #[arg(long, short = 'n', default_value_t = 100)]
        lines: u32,
        /// Only lines with these words: `word`, `"a phrase"`, `-without`, `begin*`
        #[arg(long, short = 's', allow_hyphen_values = true)]
        search: Option<String>,
        /// Only this level and above: debug, info, warning or error
        #[arg(long)]
        level: Option<String>,
        /// Only from plugin, stdout, stderr or host
        #[arg(long)]
        source: Option<String>,
        /// Only with this tag
        #[arg(long)]
        tag: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Compute the audit's hash chain again; exit code 1 when a record was changed, removed or added
    Verify {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Find who made or changed a Discord message, and what caused that
    Message {
        /// The message's id
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Read the token from stdin and store it sealed
    Set,
    /// Forget the stored token
    Clear,
    /// Say whether one is stored; never shows it
    Status {
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// List the names of a plugin's secrets; never their values
    List {
        /// The plugin
        plugin: String,
        /// One JSON document
        #[arg(long)]
        json: bool,
    },
    /// Read a value from stdin and set it: for one guild, or for all that have none of their own
    Set {
        /// `plugin@guild`, or `plugin` for the default
        plugin: String,
        /// The secret's name
        name: String,
    },
    /// Delete a secret
    Delete {
        /// `plugin@guild`, or `plugin` for the default
        plugin: String,
        /// The secret's name
        name: String,
    },
    /// Seal every secret anew under a new key
    RotateKey,
    /// Print a new key, for a systemd credential called homemaid-key
    NewKey,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// `plugin@guild`
    pub(crate) plugin: String,
    /// The directory for the files; made when missing
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// List everything stored that mentions the person; changes nothing
    Show {
        /// The Discord user id
        user: String,
        /// One JSON document: what to hand out to somebody who asks for their data
        #[arg(long)]
        json: bool,
    },
    /// Take the person out of everything stored
    Erase {
        /// The Discord user id
        user: String,
        /// How many places `show` found
        #[arg(long, value_name = "N")]
        found: usize,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    /// The new file [default: a name with the time in the folder `backups` of the data directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Seal it for the recovery sheet; the key of the secrets is in it then
    #[arg(long, conflicts_with = "passphrase")]
    pub(crate) encrypt: bool,
    /// Seal it with a passphrase from stdin; the key of the secrets is in it then
    #[arg(long)]
    pub(crate) passphrase: bool,
    /// One JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// The backup
    pub(crate) file: PathBuf,
    /// The data directory to restore into [default: that of --data-dir]
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
    /// The recovery sheet, when the backup is sealed for one
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase")]
    pub(crate) sheet: Option<PathBuf>,
    /// Read the passphrase it is sealed with from stdin
    #[arg(long)]
    pub(crate) passphrase: bool,
    /// Only the data, SQL and permissions of this plugin in this guild
    #[arg(long, value_name = "PLUGIN@GUILD")]
    pub(crate) only: Option<String>,
    /// Restore into a temporary directory, check everything, and change nothing
    #[arg(long, conflicts_with = "only")]
    pub(crate) drill: bool,
    /// One JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
