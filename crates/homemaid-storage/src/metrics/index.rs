//! Which series there are, and which values wait to be written.

use std::collections::{HashMap, HashSet};

use homemaid_protocol::InstallationId;

use super::cell::Cell;
use super::period::Level;
use super::{MetricError, MetricName, MetricTags};
use crate::StorageError;
use crate::batch::{Closed, Pending};
use crate::limits::{METRIC_CELLS_QUEUED, METRIC_SERIES};
use crate::time::Millis;

/// Names a series within an installation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SeriesName {
    pub(super) metric: MetricName,
    pub(super) tags: MetricTags,
}

/// A series whose row is not written yet.
#[derive(Debug, Clone)]
pub(super) struct NewSeries {
    pub(super) id: i64,
    pub(super) installation: InstallationId,
    pub(super) name: SeriesName,
}

/// What one commit writes, in this order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Installations whose series are gone.
    pub(super) forgotten: Vec<InstallationId>,
    pub(super) new: Vec<NewSeries>,
    /// By series and minute.
    pub(super) cells: HashMap<(i64, i64), Cell>,
}

/// All series by installation. The only place that knows how many an installation has, so the limit is exact.
#[derive(Debug)]
pub(super) struct Index {
    series: HashMap<InstallationId, HashMap<SeriesName, i64>>,
    alive: HashSet<i64>,
    next_id: i64,
    pending: Batch,
    dropped: u64,
}

impl Index {
    /// Returns the index of stored series; the next one gets `next_id`.
    pub(super) fn new(stored: impl IntoIterator<Item = NewSeries>, next_id: i64) -> Self {
        let mut index = Self {
            series: HashMap::new(),
            alive: HashSet::new(),
            next_id,
            pending: Batch::default(),
            dropped: 0,
        };
        for row in stored {
            index.alive.insert(row.id);
            index
                .series
                .entry(row.installation)
                .or_default()
                .insert(row.name, row.id);
        }
        index
    }

    /// Takes in a value.
    pub(super) fn record(
        &mut self,
        installation: &InstallationId,
        name: SeriesName,
        value: f64,
        now: Millis,
        closed: Closed,
    ) -> Result<(), MetricError> {
        if closed.0 {
            return Err(StorageError::Closed.into());
        }
        if self.pending.cells.len() >= METRIC_CELLS_QUEUED {
            self.dropped += 1;
            return Err(StorageError::Overloaded { what: "the metrics" }.into());
        }
        let id = self.series(installation, name)?;
        let cell = Cell::of(value);
        self.pending
            .cells
            .entry((id, Level::Minute.of(now)))
            .and_modify(|old| old.add(&cell))
            .or_insert(cell);
        Ok(())
    }

    fn series(&mut self, installation: &InstallationId, name: SeriesName) -> Result<i64, MetricError> {
        let known = self.series.get(installation);
        if let Some(id) = known.and_then(|series| series.get(&name)) {
            return Ok(*id);
        }
        if known.map_or(0, HashMap::len) >= METRIC_SERIES {
            return Err(MetricError::TooManySeries);
        }
        let id = self.next_id;
        self.next_id += 1;
        self.alive.insert(id);
        self.pending.new.push(NewSeries {
            id,
            installation: installation.clone(),
            name: name.clone(),
        });
        self.series
            .entry(installation.clone())
            .or_default()
            .insert(name, id);
        Ok(id)
    }

    /// Forgets all series of an installation.
    pub(super) fn forget(&mut self, installation: &InstallationId) {
        let Some(series) = self.series.remove(installation) else {
            return;
        };
        for id in series.values() {
            self.alive.remove(id);
        }
        self.drop_dead();
        self.pending.forgotten.push(installation.clone());
    }

    /// Returns the installations that have series.
    pub(super) fn installations(&self) -> Vec<InstallationId> {
        self.series.keys().cloned().collect()
    }

    /// Forgets a stored series without points, unless something was recorded in it meanwhile.
    pub(super) fn forget_empty(&mut self, installation: &InstallationId, name: &SeriesName, id: i64) -> bool {
        if self.pending.cells.keys().any(|(series, _)| *series == id) {
            return false;
        }
        if let Some(series) = self.series.get_mut(installation)
            && series.get(name) == Some(&id)
        {
            series.remove(name);
            if series.is_empty() {
                self.series.remove(installation);
            }
        }
        self.alive.remove(&id);
        true
    }

    /// Returns how many values were dropped since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Drops what waits for series that are gone.
    fn drop_dead(&mut self) {
        let alive = &self.alive;
        self.pending.cells.retain(|(id, _), _| alive.contains(id));
        self.pending.new.retain(|series| alive.contains(&series.id));
    }
}

impl Pending for Index {
    type Batch = Batch;

    fn is_empty(&self) -> bool {
        let Batch {
            forgotten,
            new,
            cells,
        } = &self.pending;
        forgotten.is_empty() && new.is_empty() && cells.is_empty()
    }

    fn is_full(&self) -> bool {
        self.pending.cells.len() >= METRIC_CELLS_QUEUED / 2
    }

    fn take(&mut self) -> Batch {
        std::mem::take(&mut self.pending)
    }

    fn put_back(&mut self, mut batch: Batch) {
        for (place, cell) in std::mem::take(&mut self.pending.cells) {
            batch
                .cells
                .entry(place)
                .and_modify(|old| old.add(&cell))
                .or_insert(cell);
        }
        batch.forgotten.append(&mut self.pending.forgotten);
        batch.new.append(&mut self.pending.new);
        self.pending = batch;
        // Some may have been forgotten while the batch was tried.
        self.drop_dead();
    }

    fn give_up(&mut self) {
        self.dropped += self.pending.cells.values().map(|cell| cell.count).sum::<u64>();
        self.pending = Batch::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(metric: &str) -> SeriesName {
        SeriesName {
            metric: MetricName::parse(metric).unwrap(),
            tags: MetricTags::default(),
        }
    }

    fn here() -> InstallationId {
        "hello_maid@1".parse().unwrap()
    }

    fn record(index: &mut Index, metric: &str, now: Millis) -> Result<(), MetricError> {
        index.record(&here(), name(metric), 1.0, now, Closed(false))
    }

    #[test]
    fn the_thousandth_series_is_let_in_and_the_next_is_not_and_has_no_effect() {
        let mut index = Index::new([], 1);
        for i in 0..METRIC_SERIES {
            record(&mut index, &format!("m{i}"), 0).unwrap();
        }
        assert!(matches!(
            record(&mut index, "more", 0),
            Err(MetricError::TooManySeries)
        ));
        record(&mut index, "m0", 0).expect("a known one is no further one");
        assert_eq!(index.pending.new.len(), METRIC_SERIES);
        let other = "hello_maid@2".parse().unwrap();
        index.record(&other, name("m0"), 1.0, 0, Closed(false)).unwrap();
    }

    #[test]
    fn a_batch_that_failed_is_added_to_what_came_meanwhile() {
        let mut index = Index::new([], 1);
        record(&mut index, "a", 0).unwrap();
        let batch = index.take();
        record(&mut index, "a", 0).unwrap();
        record(&mut index, "b", 0).unwrap();
        index.put_back(batch);
        let batch = index.take();
        assert_eq!(batch.new.iter().map(|new| new.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(batch.cells[&(1, 0)].count, 2);
        assert!(index.is_empty());
    }

    #[test]
    fn what_is_forgotten_while_its_batch_fails_does_not_come_back() {
        let mut index = Index::new([], 1);
        record(&mut index, "a", 0).unwrap();
        let batch = index.take();
        index.forget(&here());
        index.put_back(batch);
        let batch = index.take();
        assert!(batch.new.is_empty() && batch.cells.is_empty());
        assert_eq!(batch.forgotten, [here()]);
    }

    #[test]
    fn what_cannot_be_written_is_bounded_and_refused_aloud() {
        let mut index = Index::new([], 1);
        for minute in 0..i64::try_from(METRIC_CELLS_QUEUED).unwrap() {
            record(&mut index, "a", minute * 60_000).unwrap();
        }
        assert!(matches!(record(&mut index, "a", 0), Err(MetricError::Storage(_))));
        assert_eq!(index.dropped(), 1);
    }
}
