//! `IN`, `= ANY` and `<> ALL`.

use sqlparser::ast::{BinaryOperator, Expr, InTarget};

use super::Lower;
use super::ex::{Ex, Untyped};
use super::expr::strip;
use super::operator::no_operator;
use super::scope::output_name;
use crate::error::{Pg, pg, unsupported};
use crate::types::{Context, Ty};

impl Lower<'_> {
    pub(crate) fn in_node(&mut self, expr: &Expr, target: &InTarget, negated: bool) -> Pg<Ex> {
        let not = if negated { "NOT " } else { "" };
        match target {
            InTarget::Subquery(query) => {
                let (sql, outputs, parts) = self.subquery(query)?;
                let wanted = match strip(expr) {
                    Expr::Tuple(parts) => parts.iter().collect(),
                    single => vec![single],
                };
                if wanted.len() != outputs.len() {
                    let few = if outputs.len() < wanted.len() {
                        "few"
                    } else {
                        "many"
                    };
                    return Err(pg("42601", format!("subquery has too {few} columns")));
                }
                let (mut left, mut right) = (Vec::new(), Vec::new());
                for (at, wanted) in wanted.into_iter().enumerate() {
                    let ex = self.expr(wanted)?;
                    let column = Ex::new(output_name(at), outputs[at].ty);
                    let (ex, column) = self.matched("=", ex, column)?;
                    left.push(ex);
                    right.push(column.sql);
                }
                let alias = self.fresh();
                let list: Vec<_> = left.iter().map(Ex::collated).collect();
                let list = if list.len() == 1 {
                    list[0].clone()
                } else {
                    format!("({})", list.join(", "))
                };
                let sql = format!(
                    "({list} {not}IN (SELECT {} FROM {sql} AS {alias}))",
                    right.join(", ")
                );
                let mut ex = Ex::of(sql, Ty::BOOL, &left.iter().collect::<Vec<_>>());
                ex.absorb(&parts);
                Ok(ex)
            }
            InTarget::List(list) => {
                if list.is_empty() {
                    return Err(pg("42601", "syntax error at or near \")\""));
                }
                if let Expr::Tuple(_) = strip(expr) {
                    return self.in_rows(expr, list, negated);
                }
                let left = self.expr(expr)?;
                let items = list.iter().map(|item| self.expr(item)).collect::<Pg<Vec<_>>>()?;
                self.in_list(left, items, negated)
            }
            other => Err(unsupported(other)),
        }
    }

    fn in_list(&self, left: Ex, items: Vec<Ex>, negated: bool) -> Pg<Ex> {
        let op = if negated { "<>" } else { "=" };
        // All of one type: SQLite's IN, which indexes serve. Else one comparison each.
        let mut pairs = Vec::new();
        for item in items {
            pairs.push(self.matched(op, left.clone(), item)?);
        }
        let same = pairs
            .iter()
            .all(|(own, _)| own.sql == pairs[0].0.sql && own.ty == pairs[0].0.ty);
        let parts: Vec<&Ex> = pairs.iter().flat_map(|(own, item)| [own, item]).collect();
        let sql = if same {
            let list: Vec<_> = pairs.iter().map(|(_, item)| item.sql.as_str()).collect();
            let not = if negated { "NOT " } else { "" };
            format!("({} {not}IN ({}))", pairs[0].0.collated(), list.join(", "))
        } else {
            let tests: Vec<_> = pairs
                .iter()
                .map(|(own, item)| format!("({} {op} {})", own.collated(), item.sql))
                .collect();
            format!("({})", tests.join(if negated { " AND " } else { " OR " }))
        };
        Ok(Ex::of(sql, Ty::BOOL, &parts))
    }

    fn in_rows(&mut self, expr: &Expr, list: &[Expr], negated: bool) -> Pg<Ex> {
        let op = if negated {
            BinaryOperator::NotEq
        } else {
            BinaryOperator::Eq
        };
        let mut tests = Vec::new();
        for item in list {
            tests.push(self.binary(strip(expr), &op, strip(item))?);
        }
        let all: Vec<_> = tests.iter().map(|test| test.sql.as_str()).collect();
        let sql = format!("({})", all.join(if negated { " AND " } else { " OR " }));
        Ok(Ex::of(sql, Ty::BOOL, &tests.iter().collect::<Vec<_>>()))
    }

    /// `left op ANY (array or query)` and `left op ALL (...)`.
    pub(crate) fn quantified(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, any: bool) -> Pg<Ex> {
        let negated = match (op, any) {
            (BinaryOperator::Eq, true) => false,
            (BinaryOperator::NotEq, false) => true,
            _ => {
                let word = if any { "ANY" } else { "ALL" };
                return Err(unsupported(format_args!(
                    "the operator {op} {word} (only = ANY and <> ALL are)"
                )));
            }
        };
        if let Expr::Subquery(query) = strip(right) {
            return self.in_node(left, &InTarget::Subquery(query.clone()), negated);
        }
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        if !right.ty.array && !right.ty.is_unknown() {
            return Err(pg("42809", "op ANY/ALL (array) requires array on right side"));
        }
        let (left, array) = if right.ty.is_unknown() {
            let element = match (left.ty.is_unknown(), self.array_param(&right)) {
                (false, _) => left.ty,
                (true, Some(array)) => array.element(),
                (true, None) => Ty::TEXT,
            };
            if element.array {
                return Err(no_operator("=", &left, &right));
            }
            (
                self.convert(left, element, Context::Implicit)?,
                self.convert(right, Ty::array_of(element.base), Context::Implicit)?,
            )
        } else {
            let element = Ex::new("NULL", right.ty.element());
            let (left, element) = self.matched(&op.to_string(), left, element)?;
            let to = Ty::array_of(element.ty.base);
            (left, self.convert(right, to, Context::Implicit)?)
        };
        let not = if negated { "NOT " } else { "" };
        let test = format!(
            "{} {not}IN (SELECT value FROM json_each({}))",
            left.collated(),
            array.sql
        );
        // A NULL array makes NULL, not an empty list; a parameter that is one was seen when it was bound.
        let given =
            matches!(array.untyped, Some(Untyped::Param { .. })) || array.sql.starts_with("hm_input(");
        let sql = if given {
            format!("({test})")
        } else {
            format!("(CASE WHEN {} IS NULL THEN NULL ELSE {test} END)", array.sql)
        };
        let mut ex = Ex::of(sql, Ty::BOOL, &[&left, &array]);
        ex.query = true;
        Ok(ex)
    }
}
