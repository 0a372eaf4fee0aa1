//! What is kept of the values within one stretch of time.

/// Values put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) count: u64,
    pub(crate) sum: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Cell {
    /// Returns one value.
    pub(crate) fn of(value: f64) -> Self {
        Self {
            count: 1,
            sum: value,
            min: value,
            max: value,
        }
    }

    /// Adds other values. A sum past what a number can hold stays at the end of it: JSON has no infinity.
    pub(crate) fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum = (self.sum + other.sum).clamp(f64::MIN, f64::MAX);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Adds other values to what there may be.
    pub(crate) fn add_to(place: &mut Option<Self>, other: &Self) {
        match place {
            Some(cell) => cell.add(other),
            None => *place = Some(*other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_add_up_in_any_order_and_never_to_infinity() {
        let mut left = Cell::of(3.0);
        left.add(&Cell::of(-1.0));
        let mut right = Cell::of(-1.0);
        right.add(&Cell::of(3.0));
        assert_eq!(left, right);
        assert_eq!(
            left,
            Cell {
                count: 2,
                sum: 2.0,
                min: -1.0,
                max: 3.0
            }
        );
        let mut huge = Cell::of(f64::MAX);
        huge.add(&Cell::of(f64::MAX));
        assert_eq!(huge.sum.to_bits(), f64::MAX.to_bits());
    }
}
