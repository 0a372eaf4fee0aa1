//! Statements drawn at random over a random schema; the same ones on every run.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::corpus::{Script, Statement};

const SCHEMAS: u64 = 12;
const ROWS: usize = 12;
const QUERIES: usize = 110;

/// A column of a random table, by the kind of values it has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Big,
    Text,
    Bool,
    Numeric,
    Double,
    Moment,
    Day,
}

use Kind::{Big, Bool, Day, Double, Int, Moment, Numeric, Text};

const KINDS: [Kind; 8] = [Int, Big, Text, Bool, Numeric, Double, Moment, Day];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Int => "INT",
            Big => "BIGINT",
            Text => "TEXT",
            Bool => "BOOLEAN",
            Numeric => "NUMERIC(8,2)",
            Double => "DOUBLE PRECISION",
            Moment => "TIMESTAMPTZ",
            Day => "DATE",
        }
    }
}

struct Maker {
    random: StdRng,
    tables: Vec<(String, Vec<(String, Kind)>)>,
}

/// The scripts of all seeds.
pub(crate) fn scripts() -> Vec<Script> {
    (0..SCHEMAS)
        .map(|seed| Script {
            class: "A".to_owned(),
            title: format!("generated, seed {seed}"),
            statements: Maker {
                random: StdRng::seed_from_u64(seed),
                tables: Vec::new(),
            }
            .script(),
        })
        .collect()
}

impl Maker {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *from.choose(&mut self.random).expect("not empty")
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn literal(&mut self, kind: Kind) -> String {
        if self.chance(8) {
            return "NULL".to_owned();
        }
        match kind {
            Int => self.random.random_range(-20..20).to_string(),
            Big => self
                .random
                .random_range(-4_000_000_000_i64..4_000_000_000)
                .to_string(),
            Text => format!(
                "'{}'",
                self.pick(&["", "a", "B", "ab", "abc", "x y", "10", "é", "it''s", "%"])
            ),
            Bool => self.pick(&["TRUE", "FALSE"]).to_owned(),
            Numeric => format!(
                "{}.{:02}",
                self.random.random_range(-50..50),
                self.random.random_range(0..100)
            ),
            Double => format!("{}::float8", f64::from(self.random.random_range(-80..80)) / 8.0),
            Moment => format!(
                "'2026-{:02}-{:02} {:02}:30:00+00'::timestamptz",
                self.random.random_range(1..13),
                self.random.random_range(1..29),
                self.random.random_range(0..24)
            ),
            Day => format!(
                "'2026-{:02}-{:02}'::date",
                self.random.random_range(1..13),
                self.random.random_range(1..29)
            ),
        }
    }

    /// An expression of a kind over the columns of `table`.
    fn expr(&mut self, table: usize, kind: Kind, depth: u32) -> String {
        let columns: Vec<String> = self.tables[table]
            .1
            .iter()
            .filter(|(_, own)| *own == kind)
            .map(|(name, _)| name.clone())
            .collect();
        if depth == 0 || self.chance(25) {
            if let Some(name) = columns.choose(&mut self.random) {
                return name.clone();
            }
            return self.literal(kind);
        }
        let deeper = depth - 1;
        let a = self.expr(table, kind, deeper);
        match kind {
            Int | Big => {
                let b = self.expr(table, kind, deeper);
                match self.random.random_range(0..8) {
                    0 => format!("({a} + {b})"),
                    1 => format!("({a} - {b})"),
                    2 => format!("({a} / {b})"),
                    3 => format!("({a} % {b})"),
                    4 => format!("abs({a})"),
                    5 => format!("COALESCE({a}, {b})"),
                    6 => format!("GREATEST({a}, {b})"),
                    _ => format!(
                        "CASE WHEN {} THEN {a} ELSE {b} END",
                        self.expr(table, Bool, deeper)
                    ),
                }
            }
            Numeric | Double => {
                let b = self.expr(table, kind, deeper);
                match self.random.random_range(0..6) {
                    0 => format!("({a} + {b})"),
                    1 => format!("({a} * {b})"),
                    2 => format!("({a} / {b})"),
                    3 => format!("round({a})"),
                    4 => format!("LEAST({a}, {b})"),
                    _ => format!("({a} - {})", self.expr(table, Int, deeper)),
                }
            }
            Text => {
                let b = self.expr(table, Text, deeper);
                match self.random.random_range(0..8) {
                    0 => format!("({a} || {b})"),
                    1 => format!("upper({a})"),
                    2 => format!("left({a}, {})", self.random.random_range(-3..4)),
                    3 => format!("replace({a}, 'a', {b})"),
                    4 => format!("NULLIF({a}, {b})"),
                    5 => format!("({})::text", self.expr(table, Int, deeper)),
                    6 => format!("({})::text", self.expr(table, Numeric, deeper)),
                    _ => format!("COALESCE({a}, {b})"),
                }
            }
            Bool => match self.random.random_range(0..8) {
                0 => format!("({a} AND {})", self.expr(table, Bool, deeper)),
                1 => format!("({a} OR {})", self.expr(table, Bool, deeper)),
                2 => format!("(NOT {a})"),
                3 => format!("({a} IS NOT TRUE)"),
                4 => format!("({} LIKE '%a%')", self.expr(table, Text, deeper)),
                5 => {
                    let kind = self.pick(&KINDS);
                    format!("({} IS NULL)", self.expr(table, kind, deeper))
                }
                _ => {
                    let kind = self.pick(&KINDS);
                    let (a, b) = (self.expr(table, kind, deeper), self.expr(table, kind, deeper));
                    format!(
                        "({a} {} {b})",
                        self.pick(&["=", "<>", "<", ">=", "IS DISTINCT FROM"])
                    )
                }
            },
            Moment => match self.random.random_range(0..3) {
                0 => format!("({a} + INTERVAL '{} days')", self.random.random_range(-40..40)),
                1 => format!("date_trunc('month', {a})"),
                _ => format!("({a} - INTERVAL '{} hours')", self.random.random_range(0..90)),
            },
            Day => match self.random.random_range(0..3) {
                0 => format!("({a} + {})", self.random.random_range(-40..40)),
                1 => format!("({})::date", self.expr(table, Moment, deeper)),
                _ => format!("COALESCE({a}, {})", self.expr(table, Day, deeper)),
            },
        }
    }

    fn script(mut self) -> Vec<Statement> {
        let mut out = Vec::new();
        for table in 0..2 {
            let mut columns = vec![("id".to_owned(), Int)];
            for at in 0..self.random.random_range(4..9) {
                columns.push((format!("c{at}"), self.pick(&KINDS)));
            }
            let parts: Vec<String> = columns
                .iter()
                .map(|(name, kind)| {
                    format!(
                        "{name} {}{}",
                        kind.name(),
                        if name == "id" { " PRIMARY KEY" } else { "" }
                    )
                })
                .collect();
            let name = format!("t{table}");
            out.push(Statement::new(format!(
                "CREATE TABLE {name} ({})",
                parts.join(", ")
            )));
            self.tables.push((name, columns));
        }
        for table in 0..2 {
            for row in 0..ROWS {
                let (name, columns) = self.tables[table].clone();
                let values: Vec<String> = columns
                    .iter()
                    .map(|(name, kind)| {
                        if name == "id" {
                            row.to_string()
                        } else {
                            self.literal(*kind)
                        }
                    })
                    .collect();
                out.push(Statement::new(format!(
                    "INSERT INTO {name} VALUES ({})",
                    values.join(", ")
                )));
            }
        }
        for _ in 0..QUERIES {
            let statement = self.statement();
            out.push(Statement::new(statement));
        }
        out
    }

    fn statement(&mut self) -> String {
        let table = self.random.random_range(0..2);
        let name = self.tables[table].0.clone();
        let kind = self.pick(&KINDS);
        let (value, condition) = (self.expr(table, kind, 3), self.expr(table, Bool, 2));
        match self.random.random_range(0..12) {
            0..=2 => {
                let other = self.pick(&KINDS);
                let other = self.expr(table, other, 2);
                format!("SELECT id, {value} AS v, {other} AS w FROM {name} WHERE {condition} ORDER BY id")
            }
            3 => format!(
                "SELECT id, {value} AS v FROM {name} ORDER BY v{}, id",
                self.pick(&["", " DESC", " NULLS FIRST"])
            ),
            4 => {
                let number = self.pick(&[Int, Big, Numeric, Double]);
                let number = self.expr(table, number, 2);
                format!(
                    "SELECT {value} AS k, count(*), sum({number}), avg({number}), min({number}) FROM {name} GROUP BY 1 ORDER BY 1"
                )
            }
            5 => format!("SELECT DISTINCT {value} AS v FROM {name} WHERE {condition} ORDER BY v"),
            6 => {
                let join = self.pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
                format!("SELECT a.id AS x, b.id AS y FROM t0 a {join} t1 b ON a.id = b.id + 3 ORDER BY 1, 2")
            }
            7 => {
                let second = self.expr(table, kind, 1);
                let op = self.pick(&["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]);
                format!("SELECT {value} AS v FROM {name} {op} SELECT {second} FROM {name} ORDER BY 1")
            }
            8 => format!(
                "SELECT id FROM {name} WHERE id IN (SELECT id FROM t1 WHERE id > 4) AND {condition} ORDER BY id"
            ),
            9 => {
                let columns = self.tables[table].1.clone();
                let (column, kind) = columns.choose(&mut self.random).cloned().expect("not empty");
                let value = if column == "id" {
                    "id".to_owned()
                } else {
                    self.expr(table, kind, 2)
                };
                format!("UPDATE {name} SET {column} = {value} WHERE {condition} RETURNING id, {column}")
            }
            10 => format!(
                "SELECT id, row_number() OVER (PARTITION BY {condition} ORDER BY id) AS n, count({value}) OVER (ORDER BY id) AS c FROM {name} ORDER BY id"
            ),
            _ => format!("SELECT {value} {} {}", self.pick(&["=", "<"]), self.literal(kind))
                .replace("SELECT ", &format!("SELECT count(*) FROM {name} WHERE ")),
        }
    }
}
