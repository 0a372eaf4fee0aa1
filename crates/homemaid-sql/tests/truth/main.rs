//! The truth test: every statement runs on a real PostgreSQL 15 and here, and the answers are compared.
//!
//! Equal answers (rows, labels, values as sql §5 encodes them, row counts, class of the error) are `identical`; our
//! explicit "... is not supported" is `refused`; anything else is a silent difference and fails the test. Statements
//! are written by hand in `corpus/` (one file a feature), made from products of values and operators, and drawn by a
//! seeded generator over a random schema.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that prints its table"
)]

mod answer;
mod cluster;
mod corpus;
mod generate;

use std::collections::BTreeMap;

use answer::{Outcome, Verdict};
use cluster::Cluster;
use corpus::Script;
use homemaid_sql::{Database, Options};

/// The least share of identical answers in class A of the contract's list (sql §8).
const FLOOR_A: f64 = 0.97;
/// The least share of identical answers in class B.
const FLOOR_B: f64 = 0.85;
/// The least number of statements.
const STATEMENTS: usize = 2_000;
/// Most statements that fail on one side only because PostgreSQL's planner evaluates constants early or not at all.
const MOST_FOLDED: usize = 20;
/// 2026-01-01T00:00:00Z; statements that depend on the moment compare it with itself only.
const NOW: i64 = 1_767_225_600_000_000;

#[derive(Default)]
struct Tally {
    identical: usize,
    errors_too: usize,
    refused: usize,
    /// Depends on the order of evaluation, which neither side promises.
    folded: usize,
    different: usize,
}

#[test]
fn postgresql_says_the_same_or_we_say_that_we_cannot() {
    let cluster = Cluster::start();
    let mut scripts = corpus::written();
    scripts.extend(corpus::products());
    scripts.extend(generate::scripts());
    let mut tallies: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let (mut differences, mut refusals) = (Vec::new(), BTreeMap::<String, usize>::new());
    for (number, script) in scripts.iter().enumerate() {
        let tally = tallies
            .entry((script.class.clone(), script.title.clone()))
            .or_default();
        run(&cluster, number, script, tally, &mut differences, &mut refusals);
    }
    report(&tallies, &refusals);
    for difference in differences.iter().take(400) {
        println!("{difference}\n");
    }
    assert!(differences.is_empty(), "{} silent differences", differences.len());
    let folded: usize = tallies.values().map(|tally| tally.folded).sum();
    assert!(
        folded <= MOST_FOLDED,
        "{folded} depend on the order of evaluation"
    );
    let all: usize = tallies
        .values()
        .map(|tally| tally.identical + tally.refused)
        .sum();
    assert!(all >= STATEMENTS, "only {all} statements were compared");
    for (wanted, floor) in [("A", FLOOR_A), ("B", FLOOR_B)] {
        let (mut identical, mut all) = (0_u32, 0_u32);
        for (_, tally) in tallies.iter().filter(|((class, _), _)| class == wanted) {
            identical += u32::try_from(tally.identical).unwrap();
            all += u32::try_from(tally.identical + tally.refused).unwrap();
        }
        let share = f64::from(identical) / f64::from(all);
        println!(
            "class {wanted}: {:.1} % identical, the rest refused by name",
            share * 100.0
        );
        assert!(
            share >= floor,
            "only {:.1} % of class {wanted} are identical",
            share * 100.0
        );
    }
}

fn run(
    cluster: &Cluster,
    number: usize,
    script: &Script,
    tally: &mut Tally,
    differences: &mut Vec<String>,
    refusals: &mut BTreeMap<String, usize>,
) {
    let mut client = cluster.schema(&format!("truth_{number}"));
    let folder = tempfile::tempdir().unwrap();
    let mut ours = Database::open(
        &folder.path().join("truth.db"),
        "plugin_truth_1",
        Options {
            ddl_per_hour: usize::MAX,
            ..Options::default()
        },
    )
    .unwrap();
    for statement in &script.statements {
        let own = answer::ours(&mut ours, statement, NOW);
        let theirs = answer::theirs(&mut client, statement, matches!(own, Outcome::Refused(_)));
        match answer::compare(&own, &theirs, statement) {
            Verdict::Identical => {
                tally.identical += 1;
                tally.errors_too += usize::from(matches!(theirs, Outcome::Error { .. }));
            }
            Verdict::Folded if answer::folded(&mut client, statement, &theirs) => tally.folded += 1,
            Verdict::Refused(what) => {
                tally.refused += 1;
                *refusals.entry(what).or_default() += 1;
            }
            Verdict::Different | Verdict::Folded => {
                tally.different += 1;
                differences.push(format!(
                    "[{} {}] {}\n  PostgreSQL: {theirs:?}\n  here:       {own:?}",
                    script.class, script.title, statement.sql
                ));
            }
        }
    }
}

fn report(tallies: &BTreeMap<(String, String), Tally>, refusals: &BTreeMap<String, usize>) {
    println!(
        "class  feature                                      identical  (errors)  refused  folded  different"
    );
    let mut sums: BTreeMap<&str, Tally> = BTreeMap::new();
    for ((class, title), tally) in tallies {
        println!(
            "{class:<6} {title:<44} {:>9} {:>9} {:>8} {:>7} {:>10}",
            tally.identical, tally.errors_too, tally.refused, tally.folded, tally.different
        );
        let sum = sums.entry(class).or_default();
        sum.identical += tally.identical;
        sum.errors_too += tally.errors_too;
        sum.refused += tally.refused;
        sum.folded += tally.folded;
        sum.different += tally.different;
    }
    for (class, tally) in sums {
        println!(
            "{class:<6} all                                          {:>9} {:>9} {:>8} {:>7} {:>10}",
            tally.identical, tally.errors_too, tally.refused, tally.folded, tally.different
        );
    }
    println!("refused, by construct:");
    for (what, count) in refusals {
        println!("{count:>6}  {what}");
    }
}
