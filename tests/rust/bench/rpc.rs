//! Round trip of a call: `kv.get` through the whole appliance with its storage, against a bare loop at the same SDK.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use homemaid_core::LogQuery;
use homemaid_protocol::InstallationId;
use homemaid_testkit::{TestHost, TestOptions};
use tokio::time::{Instant, sleep};

use crate::Effort;
use crate::bare::BareHost;
use crate::sample::{Comparison, Sample};

/// The plugin makes its calls as fast as it can; the valve of the contract would be measured instead of the way.
const CALLS_PER_SECOND: u32 = 1_000_000;
/// A turn that takes longer is not coming.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the log is looked at: nobody may watch the core live, that would put work on the way.
const LOOK: Duration = Duration::from_millis(100);
const AIM: f64 = 1.5;

pub(crate) async fn measure(effort: Effort) -> anyhow::Result<Comparison> {
    let options = TestOptions {
        calls_per_second: Some(CALLS_PER_SECOND),
        ..TestOptions::default()
    };
    let host = TestHost::start_with(options).await?;
    let id = host.install("bench_maid", &["storage:kv"]).await?;
    let bare = BareHost::open().await?;
    let mut worker = bare.start().await?;
    let (mut ours, mut peer) = (Sample::default(), Sample::default());
    let mut seen = None;
    // The first turn of both warms them up.
    for turn in 0..=effort.call_turns {
        let through_appliance = calls(&host, &id, &mut seen).await?;
        let line = tokio::task::block_in_place(|| worker.post("!calls"))?;
        let through_loop = times(&line.context("the plugin of the bare loop logged nothing")?)?;
        if turn > 0 {
            ours.extend(through_appliance);
            peer.extend(through_loop);
        }
    }
    worker.stop().await;
    bare.close().await;
    host.stop().await?;
    Ok(Comparison {
        what: "kv.get round trip",
        ours: ("appliance", ours),
        peer: ("bare loop", peer),
        aim: Some(AIM),
    })
}

/// Has the plugin make its calls, and returns their times from its log.
async fn calls(
    host: &TestHost,
    id: &InstallationId,
    seen: &mut Option<i64>,
) -> anyhow::Result<Vec<Duration>> {
    host.post("bob", "!calls")?;
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        sleep(LOOK).await;
        let query = LogQuery {
            installation: Some(id.clone()),
            after: *seen,
            ..LogQuery::default()
        };
        for line in host.core().logs(query).await? {
            *seen = Some(seen.unwrap_or(line.id).max(line.id));
            if line.message.starts_with("calls_us ") {
                return times(&line.message);
            }
        }
    }
    bail!("the plugin in the appliance did not finish its calls")
}

fn times(line: &str) -> anyhow::Result<Vec<Duration>> {
    let words = line
        .strip_prefix("calls_us ")
        .with_context(|| format!("{line:?} holds no times"))?;
    let times: Vec<_> = words
        .split(' ')
        .map(|word| Ok(Duration::from_micros(word.parse()?)))
        .collect::<anyhow::Result<_>>()?;
    ensure!(!times.is_empty(), "the plugin made no calls");
    Ok(times)
}
