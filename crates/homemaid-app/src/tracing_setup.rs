//! The host's own log, on stderr.

use std::io::stderr;

use tracing_subscriber::EnvFilter;

/// Starts logging: warnings by default, more with `verbose`, whatever `RUST_LOG` says when set.
pub fn start_tracing(verbose: u8, json: bool) {
    let default = match verbose {
        0 => "warn",
        1 => "info,serenity=warn",
        2 => "debug,serenity=info,hyper=info,h2=info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr);
    // An error says that a subscriber is set already, as in tests.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}
