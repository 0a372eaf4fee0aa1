//! `homemaid doctor`.

use std::process::ExitCode;

use crate::arguments::DoctorArguments;

pub(crate) async fn run(options: DoctorArguments) -> anyhow::Result<ExitCode> {
    let found = homemaid_app::doctor().await?;
    if options.json {
        println!("{}", serde_json::to_string(&found.facts)?);
        for proof in &found.proofs {
            println!("{}", serde_json::to_string(proof)?);
        }
    } else {
        let facts = &found.facts;
        println!(
            "Podman {} ({}, {}, cgroup {}, {} storage)",
            facts.podman,
            facts.runtime,
            if facts.rootless { "rootless" } else { "as root" },
            facts.cgroup,
            facts.storage_driver
        );
        for proof in &found.proofs {
            println!(
                "{} {:<34} {}",
                if proof.held { "held  " } else { "BROKEN" },
                proof.name,
                proof.observed
            );
            if !proof.held {
                println!("       expected: {}", proof.expectation);
                if let Some(fix) = &proof.fix {
                    println!("       fix: {fix}");
                }
            }
        }
    }
    let broken = found.proofs.iter().filter(|proof| !proof.held).count();
    if !options.json {
        match broken {
            0 => println!(
                "All {} limits hold. Plugins are safe to run on this machine.",
                found.proofs.len()
            ),
            _ => println!(
                "{broken} of {} limits do not hold. Do not run plugins here yet.",
                found.proofs.len()
            ),
        }
    }
    Ok(if broken == 0 && !found.proofs.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
