//! Which overload of a function or operator PostgreSQL would choose.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::ex::Ex;
use crate::error::{Pg, pg, unsupported};
use crate::types::{Base, Category, Context, Ty, conversion};

/// An overload.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) arguments: Vec<Ty>,
    pub(crate) result: Ty,
    /// SQLite's text with `{0}`, `{1}`, ... for the arguments; `None` refuses the overload.
    pub(crate) template: Option<&'static str>,
}

impl Signature {
    /// Returns SQLite's text for these arguments.
    pub(crate) fn fill(&self, name: &str, arguments: &[String]) -> Pg<String> {
        let Some(template) = self.template else {
            let types: Vec<_> = self.arguments.iter().map(|ty| ty.name()).collect();
            return Err(unsupported(format_args!("{name}({})", types.join(", "))));
        };
        let mut out = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            let number = usize::from(rest.as_bytes()[at + 1] - b'0');
            out.push_str(&arguments[number]);
            rest = &rest[at + 3..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

pub(crate) type Table = HashMap<&'static str, Vec<Signature>>;

pub(crate) static FUNCTIONS: LazyLock<Table> = LazyLock::new(|| read(include_str!("signatures.txt")));
pub(crate) static OPERATORS: LazyLock<Table> = LazyLock::new(|| read(include_str!("operators.txt")));

/// Reads `name(arguments) result = template` lines; the files are part of the program.
fn read(text: &'static str) -> Table {
    let mut table = Table::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
    {
        let (head, template) = line.split_once(" = ").expect("a line has a template");
        let (head, result) = head.rsplit_once(' ').expect("a line has a result");
        let (name, arguments) = head
            .trim_end_matches(')')
            .split_once('(')
            .expect("a line has arguments");
        let arguments = arguments
            .split(',')
            .filter(|name| !name.is_empty())
            .map(ty)
            .collect();
        let template = (template != "!").then_some(template);
        table.entry(name).or_default().push(Signature {
            arguments,
            result: ty(result),
            template,
        });
    }
    table
}

fn ty(name: &str) -> Ty {
    let array = name.ends_with("[]");
    let name = name.trim_end_matches("[]");
    let base = Base::ALL
        .into_iter()
        .find(|base| base.short_name() == name)
        .expect("the files name known types");
    Ty { base, array }
}

/// What choosing among overloads comes to.
pub(crate) enum Choice<'a> {
    One(&'a Signature),
    None,
    Ambiguous,
}

fn accepts(signature: &Signature, arguments: &[Ty]) -> bool {
    signature.arguments.len() == arguments.len()
        && arguments
            .iter()
            .zip(&signature.arguments)
            .all(|(from, to)| conversion(*from, *to).is_some_and(|context| context == Context::Implicit))
}

/// PostgreSQL's rules for ambiguous calls, step by step (its manual, chapter 10.3).
pub(crate) fn choose<'a>(signatures: &'a [Signature], arguments: &[Ty]) -> Choice<'a> {
    if let Some(exact) = signatures
        .iter()
        .find(|signature| signature.arguments == arguments)
    {
        return Choice::One(exact);
    }
    let mut left: Vec<&Signature> = signatures
        .iter()
        .filter(|signature| accepts(signature, arguments))
        .collect();
    if left.is_empty() {
        return Choice::None;
    }
    // Most exact matches, then most exact or preferred ones.
    let exact = |signature: &Signature| {
        arguments
            .iter()
            .zip(&signature.arguments)
            .filter(|(from, to)| from == to)
            .count()
    };
    keep_best(&mut left, exact);
    let preferred = |signature: &Signature| {
        arguments
            .iter()
            .zip(&signature.arguments)
            .filter(|(from, to)| !from.is_unknown() && (from == to || is_preferred(**to, **from)))
            .count()
    };
    if left.len() > 1 {
        keep_best(&mut left, preferred);
    }
    if let [one] = left.as_slice() {
        return Choice::One(one);
    }
    // Untyped literals: text if any overload takes text there, else the one category all agree on.
    for at in (0..arguments.len()).filter(|at| arguments[*at].is_unknown()) {
        let categories: Vec<Category> = left
            .iter()
            .map(|signature| signature.arguments[at].category())
            .collect();
        let category = if categories.contains(&Category::Text) {
            Category::Text
        } else if categories.iter().all(|category| *category == categories[0]) {
            categories[0]
        } else {
            return same_type(&left, arguments);
        };
        left.retain(|signature| signature.arguments[at].category() == category);
        let is_best = |signature: &&Signature| signature.arguments[at].base.is_preferred();
        if left.iter().any(is_best) {
            left.retain(|signature| signature.arguments[at].base.is_preferred());
        }
    }
    match left.as_slice() {
        [one] => Choice::One(one),
        _ => same_type(&left, arguments),
    }
}

/// The last resort: take untyped arguments for the type of the typed ones.
fn same_type<'a>(left: &[&'a Signature], arguments: &[Ty]) -> Choice<'a> {
    let mut known = arguments.iter().filter(|ty| !ty.is_unknown());
    let Some(first) = known.next() else {
        return Choice::Ambiguous;
    };
    if !known.all(|ty| ty == first) {
        return Choice::Ambiguous;
    }
    let all = vec![*first; arguments.len()];
    let mut fitting = left.iter().filter(|signature| accepts(signature, &all));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Choice::One(one),
        _ => Choice::Ambiguous,
    }
}

fn is_preferred(to: Ty, from: Ty) -> bool {
    !to.array && !from.array && to.base.is_preferred() && to.base.category() == from.base.category()
}

fn keep_best(left: &mut Vec<&Signature>, score: impl Fn(&Signature) -> usize) {
    let best = left.iter().map(|signature| score(signature)).max().unwrap_or(0);
    left.retain(|signature| score(signature) == best);
}

/// The error of a function that does not exist with these arguments.
pub(crate) fn no_function(name: &str, arguments: &[Ex]) -> crate::PgError {
    let types: Vec<_> = arguments.iter().map(|argument| argument.ty.name()).collect();
    pg(
        "42883",
        format!("function {name}({}) does not exist", types.join(", ")),
    )
}
