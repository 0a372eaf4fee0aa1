//! Operators: comparison, logic, concatenation, and those `operators.txt` lists.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::Lower;
use super::convert::{boolean, comparable};
use super::ex::Ex;
use super::signature::{Choice, OPERATORS, choose};
use crate::error::{Pg, pg, unsupported};
use crate::types::{Base, Category, Context, Ty, conversion};

impl Lower<'_> {
    pub(crate) fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Pg<Ex> {
        match op {
            BinaryOperator::And | BinaryOperator::Or => {
                let word = if *op == BinaryOperator::And { "AND" } else { "OR" };
                let left = self.expr(left)?;
                let left = boolean(self, left, word)?;
                let right = self.expr(right)?;
                let right = boolean(self, right, word)?;
                return Ok(Ex::of(
                    format!("({} {word} {})", left.sql, right.sql),
                    Ty::BOOL,
                    &[&left, &right],
                ));
            }
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => {
                if let (Some(a), Some(b)) = (row(left), row(right)) {
                    return self.compare_rows(a, op, b);
                }
                if is_xmax(left) && *op == BinaryOperator::Eq {
                    return self.xmax_is(right);
                }
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                return self.compare(left, &op.to_string(), right);
            }
            BinaryOperator::StringConcat => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                return self.concat(left, right);
            }
            _ => {}
        }
        let name = match op {
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "%",
            BinaryOperator::PGExp => "^",
            BinaryOperator::BitwiseAnd => "&",
            BinaryOperator::BitwiseOr => "|",
            BinaryOperator::PGBitwiseXor => "#",
            BinaryOperator::PGBitwiseShiftLeft => "<<",
            BinaryOperator::PGBitwiseShiftRight => ">>",
            BinaryOperator::Arrow => "->",
            BinaryOperator::LongArrow => "->>",
            BinaryOperator::HashArrow => "#>",
            BinaryOperator::HashLongArrow => "#>>",
            BinaryOperator::HashMinus => "#-",
            BinaryOperator::AtArrow => "@>",
            BinaryOperator::ArrowAt => "<@",
            BinaryOperator::PGOverlap => "&&",
            BinaryOperator::Question => "?",
            BinaryOperator::QuestionPipe => "?|",
            BinaryOperator::QuestionAnd => "?&",
            BinaryOperator::PGRegexMatch => "~",
            BinaryOperator::PGRegexIMatch => "~*",
            BinaryOperator::PGRegexNotMatch => "!~",
            BinaryOperator::PGRegexNotIMatch => "!~*",
            BinaryOperator::PGStartsWith => "^@",
            BinaryOperator::PGLikeMatch => return self.like_operator(left, right, false, false),
            BinaryOperator::PGILikeMatch => return self.like_operator(left, right, true, false),
            BinaryOperator::PGNotLikeMatch => return self.like_operator(left, right, false, true),
            BinaryOperator::PGNotILikeMatch => return self.like_operator(left, right, true, true),
            other => return Err(unsupported(format_args!("the operator {other}"))),
        };
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        self.operator(name, left, right)
    }

    fn like_operator(&mut self, left: &Expr, right: &Expr, fold: bool, negated: bool) -> Pg<Ex> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        self.like(left, right, None, fold, negated)
    }

    /// `left LIKE right`.
    pub(crate) fn like(&self, left: Ex, right: Ex, escape: Option<Ex>, fold: bool, negated: bool) -> Pg<Ex> {
        let op = if fold { "~~*" } else { "~~" };
        let textual = |ex: &Ex| ex.ty.is_unknown() || ex.ty == Ty::TEXT;
        if !textual(&left) || !(textual(&right) || right.lenient) {
            return Err(no_operator(op, &left, &right));
        }
        let left = self.convert(left, Ty::TEXT, Context::Implicit)?;
        let right = self.convert(right, Ty::TEXT, Context::Implicit)?;
        let escape = escape
            .map(|escape| self.convert(escape, Ty::TEXT, Context::Implicit))
            .transpose()?;
        let escape_sql = escape
            .as_ref()
            .map_or_else(|| "'\\'".to_owned(), |escape| escape.sql.clone());
        let not = if negated { "NOT " } else { "" };
        let sql = format!(
            "({not}hm_like({}, {}, {escape_sql}, {}))",
            left.sql,
            right.sql,
            i32::from(fold)
        );
        let mut ex = Ex::of(sql, Ty::BOOL, &[&left, &right]);
        if let Some(escape) = &escape {
            ex.absorb(escape);
        }
        Ok(ex)
    }

    /// An operator of `operators.txt`, or of arrays.
    pub(crate) fn operator(&self, name: &'static str, left: Ex, right: Ex) -> Pg<Ex> {
        if (left.ty.array || right.ty.array)
            && let Some(ex) = self.array_operator(name, &left, &right)?
        {
            return Ok(ex);
        }
        // PostgreSQL first takes an untyped side for the type of the other.
        let mut types = [left.ty, right.ty];
        let signatures = OPERATORS.get(name).map_or(&[][..], Vec::as_slice);
        let assumed = match (left.ty.is_unknown(), right.ty.is_unknown()) {
            (true, false) => [right.ty, right.ty],
            (false, true) => [left.ty, left.ty],
            _ => types,
        };
        if signatures.iter().any(|signature| signature.arguments == assumed) {
            types = assumed;
        }
        match choose(signatures, &types) {
            Choice::One(signature) => {
                let label = None;
                let left = self.convert(left, signature.arguments[0], Context::Implicit)?;
                let right = self.convert(right, signature.arguments[1], Context::Implicit)?;
                let sql = signature.fill(
                    &format!("the operator {name} of"),
                    &[left.sql.clone(), right.sql.clone()],
                )?;
                let mut ex = Ex::of(sql, signature.result, &[&left, &right]);
                ex.label = label;
                Ok(ex)
            }
            Choice::None => Err(no_operator(name, &left, &right)),
            Choice::Ambiguous => Err(pg(
                "42725",
                format!(
                    "operator is not unique: {} {name} {}",
                    left.ty.name(),
                    right.ty.name()
                ),
            )),
        }
    }

    fn array_operator(&self, name: &str, left: &Ex, right: &Ex) -> Pg<Option<Ex>> {
        if !matches!(name, "@>" | "<@" | "&&") {
            return Ok(None);
        }
        let ty = if left.ty.array { left.ty } else { right.ty };
        let (a, b) = (left.clone(), right.clone());
        if !left.ty.is_unknown() && !right.ty.is_unknown() && left.ty != right.ty {
            return Err(no_operator(name, left, right));
        }
        comparable(ty, "an equality")?;
        let (a, b) = (
            self.convert(a, ty, Context::Implicit)?,
            self.convert(b, ty, Context::Implicit)?,
        );
        let sql = match name {
            "@>" => format!("hm_array_contains({}, {})", a.sql, b.sql),
            "<@" => format!("hm_array_contains({}, {})", b.sql, a.sql),
            _ => format!("hm_array_overlaps({}, {})", a.sql, b.sql),
        };
        Ok(Some(Ex::of(sql, Ty::BOOL, &[&a, &b])))
    }

    /// Brings two sides of a comparison to one type.
    pub(crate) fn matched(&self, op: &str, left: Ex, right: Ex) -> Pg<(Ex, Ex)> {
        let target = match (left.ty.is_unknown(), right.ty.is_unknown()) {
            (true, true) => Ty::TEXT,
            (true, false) => right.ty,
            (false, true) => left.ty,
            (false, false) => comparison_type(&left, &right).ok_or_else(|| no_operator(op, &left, &right))?,
        };
        if target.is(Base::Json) || target.is(Base::Void) {
            return Err(no_operator(op, &left, &right));
        }
        if target.array && !target.is_comparable() {
            return Err(unsupported(format_args!(
                "comparing values of type {}",
                target.name()
            )));
        }
        let left = self.convert(left, target, Context::Implicit)?;
        Ok((left, self.convert(right, target, Context::Implicit)?))
    }

    /// `left op right`, for `=`, `<>`, `<`, `<=`, `>`, `>=`, `IS` and `IS NOT`.
    pub(crate) fn compare(&self, left: Ex, op: &str, right: Ex) -> Pg<Ex> {
        let (left, right) = self.matched(op, left, right)?;
        let sql = format!("({} {op} {})", left.collated(), right.sql);
        Ok(Ex::of(sql, Ty::BOOL, &[&left, &right]))
    }

    fn compare_rows(&mut self, left: &[Expr], op: &BinaryOperator, right: &[Expr]) -> Pg<Ex> {
        if left.len() != right.len() {
            return Err(pg("42601", "unequal number of entries in row expressions"));
        }
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (self.expr(left)?, self.expr(right)?);
            let (left, right) = self.matched(&op.to_string(), left, right)?;
            a.push(left);
            b.push(right);
        }
        let list = |side: &[Ex], collate: bool| {
            let parts: Vec<_> = side
                .iter()
                .map(|ex| if collate { ex.collated() } else { ex.sql.clone() })
                .collect();
            parts.join(", ")
        };
        let sql = format!("(({}) {op} ({}))", list(&a, true), list(&b, false));
        let parts: Vec<&Ex> = a.iter().chain(&b).collect();
        Ok(Ex::of(sql, Ty::BOOL, &parts))
    }

    /// `(xmax = 0)`: whether `INSERT ... ON CONFLICT` inserted the row it returns.
    fn xmax_is(&mut self, right: &Expr) -> Pg<Ex> {
        match self.expr(right)? {
            ex if ex.sql == "0" => Ok(Ex::new("hm_inserted()", Ty::BOOL)),
            _ => Err(unsupported("xmax other than xmax = 0 in RETURNING")),
        }
    }

    fn concat(&self, left: Ex, right: Ex) -> Pg<Ex> {
        if left.ty.array || right.ty.array {
            return self.concat_arrays(left, right);
        }
        let jsonb = |ex: &Ex| ex.ty == Ty::JSONB;
        if (jsonb(&left) && (jsonb(&right) || right.ty.is_unknown()))
            || (jsonb(&right) && left.ty.is_unknown())
        {
            let left = self.convert(left, Ty::JSONB, Context::Implicit)?;
            let right = self.convert(right, Ty::JSONB, Context::Implicit)?;
            let sql = format!("hm_json_concat({}, {})", left.sql, right.sql);
            return Ok(Ex::of(sql, Ty::JSONB, &[&left, &right]));
        }
        let textual = |ex: &Ex| ex.ty.is_unknown() || ex.ty == Ty::TEXT;
        if left.ty.is(Base::Bytea) || right.ty.is(Base::Bytea) {
            return Err(unsupported("|| of bytea"));
        }
        if !textual(&left) && !textual(&right) {
            return Err(no_operator("||", &left, &right));
        }
        // Anything beside a text becomes text.
        let left = self.convert(left, Ty::TEXT, Context::Assignment)?;
        let right = self.convert(right, Ty::TEXT, Context::Assignment)?;
        Ok(Ex::of(
            format!("({} || {})", left.sql, right.sql),
            Ty::TEXT,
            &[&left, &right],
        ))
    }

    fn concat_arrays(&self, left: Ex, right: Ex) -> Pg<Ex> {
        let none = || no_operator("||", &left, &right);
        let array = self.array_type(left.ty, right.ty).ok_or_else(none)?;
        // An untyped side is an array, as PostgreSQL takes it; an element is wrapped.
        let wrap = |ex: &Ex| -> Pg<Ex> {
            if ex.ty.array || ex.ty.is_unknown() {
                return self.convert(ex.clone(), array, Context::Implicit);
            }
            let item = self.convert(ex.clone(), array.element(), Context::Implicit)?;
            Ok(item.with(format!("hm_array({}, {})", array.base.code(), item.sql), array))
        };
        let (left, right) = (wrap(&left)?, wrap(&right)?);
        let sql = format!("hm_array_cat({}, {})", left.sql, right.sql);
        Ok(Ex::of(sql, array, &[&left, &right]))
    }

    pub(crate) fn unary(&mut self, op: UnaryOperator, operand: &Expr) -> Pg<Ex> {
        let ex = self.expr(operand)?;
        match op {
            UnaryOperator::Not => {
                let ex = boolean(self, ex, "NOT")?;
                Ok(ex.with(format!("(NOT {})", ex.sql), Ty::BOOL).unlabelled())
            }
            UnaryOperator::Plus if ex.ty.category() == Category::Number => Ok(ex.unlabelled()),
            UnaryOperator::Minus => {
                let ex = if ex.ty.is_unknown() {
                    self.convert(ex, Ty::FLOAT8, Context::Implicit)?
                } else {
                    ex
                };
                let sql = match ex.ty.base {
                    _ if ex.ty.array => return Err(no_prefix("-", &ex)),
                    Base::Int2 => format!("hm_sub(0, {}, 2)", ex.sql),
                    Base::Int4 | Base::Int8 if ex.sql.bytes().all(|b| b.is_ascii_digit()) => {
                        format!("(-{})", ex.sql)
                    }
                    Base::Int4 => format!("hm_sub(0, {}, 4)", ex.sql),
                    Base::Int8 => format!("hm_sub(0, {}, 8)", ex.sql),
                    Base::Float4 | Base::Float8 => format!("(-{})", ex.sql),
                    Base::Numeric => format!("hm_num_neg({})", ex.sql),
                    Base::Interval => format!("hm_interval_mul({}, -1.0)", ex.sql),
                    _ => return Err(no_prefix("-", &ex)),
                };
                let lenient = ex.lenient;
                let mut ex = ex.with(sql, ex.ty).unlabelled();
                ex.lenient = lenient;
                Ok(ex)
            }
            UnaryOperator::BitwiseNot if ex.ty.base.is_int() && !ex.ty.array => {
                Ok(ex.with(format!("(~{})", ex.sql), ex.ty).unlabelled())
            }
            UnaryOperator::Plus | UnaryOperator::BitwiseNot => Err(no_prefix(&op.to_string(), &ex)),
            other => Err(unsupported(format_args!("the operator {other}"))),
        }
    }
}

impl Ex {
    pub(crate) fn unlabelled(mut self) -> Self {
        self.label = None;
        self
    }
}

fn row(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(parts) => Some(parts),
        _ => None,
    }
}

fn is_xmax(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(name) => name.value.eq_ignore_ascii_case("xmax"),
        Expr::CompoundIdentifier(parts) => parts
            .last()
            .is_some_and(|name| name.value.eq_ignore_ascii_case("xmax")),
        _ => false,
    }
}

/// The type in which two known types compare; `None` when they do not.
fn comparison_type(left: &Ex, right: &Ex) -> Option<Ty> {
    let (a, b) = (left.ty, right.ty);
    if a == b {
        return Some(a);
    }
    if a.array || b.array {
        return None;
    }
    // A snowflake given as a number beside a text column.
    if (a == Ty::TEXT && right.lenient) || (b == Ty::TEXT && left.lenient) {
        return Some(Ty::TEXT);
    }
    let implicit = |from: Ty, to: Ty| conversion(from, to) == Some(Context::Implicit);
    match (a.category(), b.category()) {
        (Category::Number, Category::Number) => {
            // A real beside anything but a real compares as double precision.
            let real = a.is(Base::Float4) || b.is(Base::Float4);
            Some(if real {
                Ty::FLOAT8
            } else if implicit(a, b) {
                b
            } else {
                a
            })
        }
        (Category::DateTime, Category::DateTime) if implicit(a, b) => Some(b),
        (Category::DateTime, Category::DateTime) if implicit(b, a) => Some(a),
        (Category::Span, Category::DateTime) if b.is(Base::Time) => Some(a),
        (Category::DateTime, Category::Span) if a.is(Base::Time) => Some(b),
        _ => None,
    }
}

pub(crate) fn no_operator(name: &str, left: &Ex, right: &Ex) -> crate::PgError {
    pg(
        "42883",
        format!(
            "operator does not exist: {} {name} {}",
            left.ty.name(),
            right.ty.name()
        ),
    )
}

fn no_prefix(name: &str, ex: &Ex) -> crate::PgError {
    pg(
        "42883",
        format!("operator does not exist: {name} {}", ex.ty.name()),
    )
}
