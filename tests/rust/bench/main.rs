//! What the appliance costs over bare parts, as ratios within one run: both sides take turns, so that a busy machine
//! slows both. `tests/bench` runs it; `tests/BENCHMARKS.md` says what the numbers mean.
//!
//! Numbers never fail the run; a side that could not be measured does.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod bare;
mod rpc;
mod sample;
mod start;

use anyhow::bail;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Turns of each side in the round trip; a turn is 400 calls.
    pub(crate) call_turns: usize,
    /// Turns of each side in the start.
    pub(crate) starts: usize,
}

const FULL: Effort = Effort {
    call_turns: 15,
    starts: 15,
};
/// Enough to see that it works.
const QUICK: Effort = Effort {
    call_turns: 2,
    starts: 2,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut effort = FULL;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => effort = QUICK,
            // Cargo says this to every benchmark.
            "--bench" => {}
            other => bail!("{other} is not an option; --quick is the only one"),
        }
    }
    println!("{}", sample::HEADER);
    println!("{}", rpc::measure(effort).await?);
    for comparison in start::measure(effort).await? {
        println!("{comparison}");
    }
    Ok(())
}
