//! Two sides of a comparison, and how they are shown.

use std::fmt;
use std::time::Duration;

/// The table's first line.
pub(crate) const HEADER: &str = "\
what                    side            n      median         p99   ratio of medians   aim";

/// The times of one side.
#[derive(Debug, Default)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Returns the time that `part` of all stay within; none of an empty sample.
    fn quantile(&self, part: f64) -> Option<Duration> {
        let mut times = self.0.clone();
        times.sort_unstable();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "samples are small and the part is between 0 and 1"
        )]
        let rank = (times.len() as f64 * part).ceil() as usize;
        times.get(rank.max(1) - 1).copied()
    }

    /// Returns the median and the 99th percentile in milliseconds.
    fn figures(&self) -> (f64, f64) {
        let of = |part| {
            self.quantile(part)
                .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
        };
        (of(0.5), of(0.99))
    }
}

impl Extend<Duration> for Sample {
    fn extend<T: IntoIterator<Item = Duration>>(&mut self, times: T) {
        self.0.extend(times);
    }
}

/// Ours beside its peer.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) what: &'static str,
    pub(crate) ours: (&'static str, Sample),
    pub(crate) peer: (&'static str, Sample),
    /// The ratio that is aimed at, where there is one.
    pub(crate) aim: Option<f64>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((ours, ours_p99), (peer, peer_p99)) = (self.ours.1.figures(), self.peer.1.figures());
        writeln!(
            f,
            "{:<22}  {:<12} {:>5} {ours:>8.3} ms {ours_p99:>8.3} ms {:>18.2}   {}",
            self.what,
            self.ours.0,
            self.ours.1.0.len(),
            ours / peer,
            self.aim.map_or_else(|| "-".to_owned(), |aim| format!("{aim:.1}")),
        )?;
        write!(
            f,
            "{:<22}  {:<12} {:>5} {peer:>8.3} ms {peer_p99:>8.3} ms",
            "",
            self.peer.0,
            self.peer.1.0.len(),
        )
    }
}
