//! The lab: the host follows the clock of its simulated Discord.
//!
//! Freezing or advancing that clock moves everything plugins feel: interaction clocks, times to live, cooldowns,
//! call rates, schedules of the host. Python's own `time` in a worker is the machine's, and so are container
//! deadlines, sockets, heartbeats and the owner's sessions. Each start of the lab begins at the machine's time.

use homemaid_protocol::{Clock, TimeSource, Wait};
use jiff::Timestamp;

/// Returns the host's view of the simulator's clock.
pub(crate) fn clock(time: &discord_sim::Clock) -> Clock {
    Clock::following(Simulated(time.clone()))
}

struct Simulated(discord_sim::Clock);

impl TimeSource for Simulated {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, deadline: Timestamp) -> Wait<'_> {
        Box::pin(self.0.sleep_until(deadline))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_host_wakes_when_the_simulator_is_advanced() {
        let time = discord_sim::Clock::default();
        let host = clock(&time);
        time.freeze();
        let (before, month) = (host.instant(), Duration::from_secs(30 * 24 * 3_600));
        let sleeper = tokio::spawn({
            let host = host.clone();
            async move { host.sleep(month).await }
        });
        tokio::task::yield_now().await;
        time.advance(month);
        sleeper.await.unwrap();
        assert_eq!(host.instant().duration_since(before), month);
        assert_eq!(host.now(), time.now());
    }
}
