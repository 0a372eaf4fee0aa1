//! Aggregates whose SQLite namesakes round, overflow or type differently. All serve as window functions too.

use std::collections::VecDeque;
use std::panic::{RefUnwindSafe, UnwindSafe};

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::types::{Value, ValueRef};

use super::{COMMON, told};
use crate::error::{Pg, pg, unsupported};
use crate::limits::SERIES;
use crate::value::float::{finite, to_real};
use crate::value::interval::Interval;
use crate::value::numeric::Numeric;

/// The state of one aggregate over one group or frame.
trait Fold: Default + UnwindSafe + RefUnwindSafe {
    /// Takes a row's value in.
    fn add(&mut self, value: ValueRef<'_>, context: &Context<'_>) -> Pg<()>;
    /// Takes the value that came in first out again.
    fn remove(&mut self, value: ValueRef<'_>) -> Pg<()>;
    /// The result; rows with NULL were left out.
    fn result(&self, what: What) -> Pg<Value>;
}

/// Which of the results a state can give is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    SumInt,
    SumBig,
    SumNumeric,
    AvgNumeric,
    SumFloat,
    SumReal,
    AvgFloat,
    VarSamp,
    VarPop,
    StddevSamp,
    StddevPop,
    SumInterval,
    AvgInterval,
    Percentile,
}

struct Over<F>(What, std::marker::PhantomData<fn() -> F>);

impl<F: Fold> Aggregate<F, Value> for Over<F> {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<F> {
        Ok(F::default())
    }

    fn step(&self, context: &mut Context<'_>, state: &mut F) -> rusqlite::Result<()> {
        match context.get_raw(0) {
            ValueRef::Null => Ok(()),
            value => state.add(value, context).map_err(told),
        }
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<F>) -> rusqlite::Result<Value> {
        state.map_or(Ok(Value::Null), |state| state.result(self.0).map_err(told))
    }
}

impl<F: Fold> WindowAggregate<F, Value> for Over<F> {
    fn value(&self, state: Option<&mut F>) -> rusqlite::Result<Value> {
        state.map_or(Ok(Value::Null), |state| state.result(self.0).map_err(told))
    }

    fn inverse(&self, context: &mut Context<'_>, state: &mut F) -> rusqlite::Result<()> {
        match context.get_raw(0) {
            ValueRef::Null => Ok(()),
            value => state.remove(value).map_err(told),
        }
    }
}

/// Whole numbers.
#[derive(Default)]
struct Whole {
    sum: i128,
    count: i64,
}

impl Fold for Whole {
    fn add(&mut self, value: ValueRef<'_>, _: &Context<'_>) -> Pg<()> {
        self.sum += i128::from(value.as_i64().unwrap_or(0));
        self.count += 1;
        Ok(())
    }

    fn remove(&mut self, value: ValueRef<'_>) -> Pg<()> {
        self.sum -= i128::from(value.as_i64().unwrap_or(0));
        self.count -= 1;
        Ok(())
    }

    fn result(&self, what: What) -> Pg<Value> {
        if self.count == 0 {
            return Ok(Value::Null);
        }
        if what == What::SumBig {
            return Ok(Value::Text(self.sum.to_string()));
        }
        i64::try_from(self.sum)
            .map(Value::Integer)
            .map_err(|_| pg("22003", "bigint out of range"))
    }
}

/// Exact numbers, given as integers or as text.
struct Exact {
    sum: Numeric,
    count: i64,
}

impl Default for Exact {
    fn default() -> Self {
        Self {
            sum: Numeric::from(0_i64),
            count: 0,
        }
    }
}

fn exact(value: ValueRef<'_>) -> Pg<Numeric> {
    match value {
        ValueRef::Integer(value) => Ok(Numeric::from(value)),
        other => Numeric::parse(other.as_str().unwrap_or("")),
    }
}

impl Fold for Exact {
    fn add(&mut self, value: ValueRef<'_>, _: &Context<'_>) -> Pg<()> {
        self.sum = self.sum.add(&exact(value)?)?;
        self.count += 1;
        Ok(())
    }

    fn remove(&mut self, value: ValueRef<'_>) -> Pg<()> {
        self.sum = self.sum.sub(&exact(value)?)?;
        self.count -= 1;
        Ok(())
    }

    fn result(&self, what: What) -> Pg<Value> {
        if self.count == 0 {
            return Ok(Value::Null);
        }
        let result = if what == What::AvgNumeric {
            self.sum.div(&Numeric::from(self.count))?
        } else {
            self.sum.clone()
        };
        Ok(Value::Text(result.to_string()))
    }
}

/// Doubles. Moving frames are added up anew, because taking out what was added does not undo its rounding.
#[derive(Default)]
struct Doubles {
    values: VecDeque<f64>,
    fraction: f64,
    descending: bool,
}

impl Fold for Doubles {
    fn add(&mut self, value: ValueRef<'_>, context: &Context<'_>) -> Pg<()> {
        if self.values.len() >= SERIES * 10 {
            return Err(unsupported(
                "an aggregate over more than a million double precision values",
            ));
        }
        self.values.push_back(value.as_f64().unwrap_or_default());
        if context.len() == 3 {
            self.fraction = context.get_raw(1).as_f64().unwrap_or(-1.0);
            self.descending = context.get_raw(2).as_i64().unwrap_or(0) != 0;
        }
        Ok(())
    }

    fn remove(&mut self, _: ValueRef<'_>) -> Pg<()> {
        self.values.pop_front();
        Ok(())
    }

    fn result(&self, what: What) -> Pg<Value> {
        if self.values.is_empty() {
            return Ok(Value::Null);
        }
        let real = |value: f64| Ok(Value::Real(finite(value)?));
        match what {
            What::SumFloat => return real(self.values.iter().sum()),
            What::SumReal => {
                let mut sum = 0.0;
                for value in &self.values {
                    sum = to_real(sum + value)?;
                }
                return Ok(Value::Real(sum));
            }
            What::Percentile => return self.percentile(),
            _ => {}
        }
        // Youngs and Cramer, as PostgreSQL computes.
        let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for value in &self.values {
            n += 1.0;
            sum += value;
            if n > 1.0 {
                let difference = value * n - sum;
                squares += difference * difference / (n * (n - 1.0));
            }
        }
        match what {
            What::AvgFloat => real(sum / n),
            What::VarPop => real(squares / n),
            What::StddevPop => real((squares / n).sqrt()),
            _ if self.values.len() < 2 => Ok(Value::Null),
            What::VarSamp => real(squares / (n - 1.0)),
            _ => real((squares / (n - 1.0)).sqrt()),
        }
    }
}

impl Doubles {
    #[expect(clippy::cast_precision_loss, reason = "counts stay below a few million")]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the count"
    )]
    fn percentile(&self) -> Pg<Value> {
        if !(0.0..=1.0).contains(&self.fraction) {
            return Err(pg(
                "22003",
                format!("percentile value {} is not between 0 and 1", self.fraction),
            ));
        }
        let mut sorted: Vec<f64> = self.values.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        if self.descending {
            sorted.reverse();
        }
        let at = self.fraction * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
        Ok(Value::Real(if at.floor() as usize == at.ceil() as usize {
            low
        } else {
            low + (at - at.floor()) * (high - low)
        }))
    }
}

#[derive(Default)]
struct Intervals {
    sum: Interval,
    count: i32,
}

impl Fold for Intervals {
    fn add(&mut self, value: ValueRef<'_>, _: &Context<'_>) -> Pg<()> {
        self.sum = self.sum.add(Interval::parse(value.as_str().unwrap_or(""))?)?;
        self.count += 1;
        Ok(())
    }

    fn remove(&mut self, value: ValueRef<'_>) -> Pg<()> {
        self.sum = self
            .sum
            .add(Interval::parse(value.as_str().unwrap_or(""))?.neg()?)?;
        self.count -= 1;
        Ok(())
    }

    fn result(&self, what: What) -> Pg<Value> {
        if self.count == 0 {
            return Ok(Value::Null);
        }
        let result = if what == What::AvgInterval {
            self.sum.div(f64::from(self.count))?
        } else {
            self.sum
        };
        Ok(Value::Text(result.to_string()))
    }
}

pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    fn add<F: Fold + 'static>(
        conn: &Connection,
        name: &str,
        arguments: i32,
        what: What,
    ) -> rusqlite::Result<()> {
        let flags = COMMON.union(FunctionFlags::SQLITE_DETERMINISTIC);
        conn.create_window_function(name, arguments, flags, Over::<F>(what, std::marker::PhantomData))
    }
    add::<Whole>(conn, "hm_sum_int", 1, What::SumInt)?;
    add::<Whole>(conn, "hm_sum_big", 1, What::SumBig)?;
    add::<Exact>(conn, "hm_sum_num", 1, What::SumNumeric)?;
    add::<Exact>(conn, "hm_avg_num", 1, What::AvgNumeric)?;
    add::<Doubles>(conn, "hm_sum_float", 1, What::SumFloat)?;
    add::<Doubles>(conn, "hm_sum_real", 1, What::SumReal)?;
    add::<Doubles>(conn, "hm_avg_float", 1, What::AvgFloat)?;
    add::<Doubles>(conn, "hm_var_samp", 1, What::VarSamp)?;
    add::<Doubles>(conn, "hm_var_pop", 1, What::VarPop)?;
    add::<Doubles>(conn, "hm_stddev_samp", 1, What::StddevSamp)?;
    add::<Doubles>(conn, "hm_stddev_pop", 1, What::StddevPop)?;
    add::<Doubles>(conn, "hm_percentile", 3, What::Percentile)?;
    add::<Intervals>(conn, "hm_sum_interval", 1, What::SumInterval)?;
    add::<Intervals>(conn, "hm_avg_interval", 1, What::AvgInterval)
}
