//! Every `ctx.discord` and `ctx.interaction` method and every event, from a plugin in a real worker through the host and
//! serenity to the simulator and back: what works is looked for in the simulator's world, what is refused is refused in
//! the contract's own way. The run prints the table and fails where the table has a hole.

mod channels;
mod denied;
mod events;
mod guild;
mod interactions;
mod ledger;
mod members;
mod messages;
mod stage;

use std::sync::Arc;

use ledger::Ledger;
use stage::{ALL, Stage};

/// Runs one part in a house of its own; each has its own minute of sixty actions.
async fn part(
    ledger: &Arc<Ledger>,
    name: &str,
    grants: &[&str],
    run: impl AsyncFnOnce(&Stage) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let stage = Stage::open(ledger, grants).await?;
    let outcome = run(&stage).await;
    stage.close().await?;
    outcome.map_err(|error| error.context(format!("in the part {name}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_event_and_refusal_from_a_real_worker() -> anyhow::Result<()> {
    let ledger = Arc::new(Ledger::default());
    let outcomes = tokio::join!(
        part(&ledger, "messages", ALL, messages::run),
        part(&ledger, "guild", ALL, guild::run),
        part(&ledger, "channels", ALL, channels::run),
        part(&ledger, "members", ALL, members::run),
        part(&ledger, "interactions", ALL, interactions::run),
        part(&ledger, "events", ALL, events::run),
        part(&ledger, "nothing granted", &[], denied::nothing_granted),
        part(&ledger, "a weak bot", ALL, denied::weak_bot),
    );
    let (table, missing) = ledger.table();
    show(&table);
    let outcomes: [anyhow::Result<()>; 8] = outcomes.into();
    let failed: Vec<String> = outcomes
        .into_iter()
        .filter_map(|outcome| Some(format!("{:#}", outcome.err()?)))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(missing.is_empty(), "nobody has shown: {missing:#?}");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what the run is for")]
fn show(table: &str) {
    println!("{table}");
}
