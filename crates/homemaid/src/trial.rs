//! `homemaid try`.

use std::io::{BufRead as _, Write as _, stderr, stdin};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use homemaid_app::core::{TierView, UploadReport};
use homemaid_app::trial::{self, Grants, Line, TrialConfig};
use homemaid_app::{Capability, Share};

use crate::arguments::TryArguments;

pub(crate) async fn run(options: TryArguments) -> anyhow::Result<ExitCode> {
    if !options.plugin.exists() {
        bail!(
            "there is no {}: name a plugin zip or its folder",
            options.plugin.display()
        );
    }
    let choice = Choice::parse(options.grant.as_deref())?;
    let config = TrialConfig {
        plugin: options.plugin,
        events: options.events,
        manifest: options.manifest,
        sdk: options.sdk,
        http: options.http.into(),
        share: Share::find()?,
    };
    let json = options.json;
    let print = |line: Line| {
        if json {
            // A line is plain data: it always becomes JSON.
            println!("{}", serde_json::to_string(&line).unwrap_or_default());
        } else {
            println!("{}", line.text());
        }
    };
    let ok = trial::run(config, |checked| choice.decide(checked), print).await?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `--grant` said.
enum Choice {
    Fixed(Grants),
    Ask,
}

impl Choice {
    fn parse(given: Option<&str>) -> anyhow::Result<Self> {
        Ok(match given {
            None => Self::Fixed(Grants::Nothing),
            Some("all") => Self::Fixed(Grants::All),
            Some("ask") => Self::Ask,
            Some(list) => {
                let parse = |name: &str| {
                    let all = || {
                        Capability::ALL
                            .iter()
                            .map(|known| known.name())
                            .collect::<Vec<_>>()
                            .join(", ")
                    };
                    name.trim()
                        .parse::<Capability>()
                        .with_context(|| format!("--grant takes `all`, `ask` or some of: {}", all()))
                };
                Self::Fixed(Grants::Only(
                    list.split(',').map(parse).collect::<anyhow::Result<_>>()?,
                ))
            }
        })
    }

    fn decide(&self, checked: &UploadReport) -> Grants {
        match self {
            Self::Fixed(grants) => grants.clone(),
            Self::Ask => Grants::Only(
                checked
                    .capabilities
                    .iter()
                    .filter(|capability| ask(&capability.name, capability.tier))
                    .filter_map(|capability| capability.name.parse().ok())
                    .collect(),
            ),
        }
    }
}

/// Asks on the terminal; anything but yes, and the end of input, is no.
fn ask(name: &str, tier: TierView) -> bool {
    let tier = match tier {
        TierView::Safe => "safe",
        TierView::Risky => "risky",
        TierView::Dangerous => "dangerous",
    };
    eprint!("Grant {name} ({tier})? [y/N] ");
    let mut answer = String::new();
    let asked = stderr()
        .flush()
        .and_then(|()| stdin().lock().read_line(&mut answer));
    asked.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}
