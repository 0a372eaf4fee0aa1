//! Expressions, one arm per kind of node. A kind that has no arm is refused by name.

use sqlparser::ast::{
    AccessExpr, CastKind, CeilFloorKind, DateTimeField, Expr, Ident, Interval as IntervalExpr, Query,
    Subscript, TrimWhereField, TypedString, Value,
};

use super::convert::{boolean, comparable, literal};
use super::ex::{Ex, Untyped, text};
use super::{ArrayClass, Lower, ParamClass, fold};
use crate::cast;
use crate::error::{Pg, pg, unsupported};
use crate::parse;
use crate::types::{self, Base, Category, ColumnType, Context, Ty};
use crate::value::interval::Interval;

impl Lower<'_> {
    /// Translates an expression.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Pg<Ex> {
        // Left-deep chains nest; their length is bounded, their stack is not.
        let mut ex = stacker::maybe_grow(128 << 10, 2 << 20, || self.node(expr))?;
        // Inside a grouped query, an expression that is grouped by is a value of the group.
        for scope in &self.scopes {
            if scope.group.as_ref().is_some_and(|keys| keys.contains(&ex.sql)) {
                let id = scope.id;
                ex.free.retain(|free| free.scope != id);
            }
        }
        Ok(ex)
    }

    fn node(&mut self, expr: &Expr) -> Pg<Ex> {
        match expr {
            Expr::Identifier(name) => self.identifier(name),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, column] => self.qualified(&fold(table), &fold(column)),
                _ => Err(unsupported(expr)),
            },
            Expr::Nested(inner) => self.expr(inner),
            Expr::Value(value) => self.value(&value.value),
            Expr::TypedString(typed) => self.typed_string(typed),
            Expr::Interval(interval) => self.interval(interval),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::IsNull(inner) => self.is_null(inner, ""),
            Expr::IsNotNull(inner) => self.is_null(inner, "NOT "),
            Expr::IsTrue(inner) => self.is_bool(inner, "IS 1", "IS TRUE"),
            Expr::IsNotTrue(inner) => self.is_bool(inner, "IS NOT 1", "IS NOT TRUE"),
            Expr::IsFalse(inner) => self.is_bool(inner, "IS 0", "IS FALSE"),
            Expr::IsNotFalse(inner) => self.is_bool(inner, "IS NOT 0", "IS NOT FALSE"),
            Expr::IsUnknown(inner) => self.is_bool(inner, "IS NULL", "IS UNKNOWN"),
            Expr::IsNotUnknown(inner) => self.is_bool(inner, "IS NOT NULL", "IS NOT UNKNOWN"),
            Expr::IsDistinctFrom(left, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.compare(left, "IS NOT", right)
            }
            Expr::IsNotDistinctFrom(left, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.compare(left, "IS", right)
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, *negated, low, high),
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like_node(expr, pattern, escape_char.as_deref(), false, *negated),
            Expr::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like_node(expr, pattern, escape_char.as_deref(), true, *negated),
            Expr::In {
                expr,
                target,
                negated,
                global: false,
            } => self.in_node(expr, target, *negated),
            Expr::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.quantified(left, compare_op, right, true),
            Expr::AllOp {
                left,
                compare_op,
                right,
            } => self.quantified(left, compare_op, right, false),
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                expr,
                data_type,
                format: None,
            } => {
                let (to, is_serial) = types::from_ast(data_type)?;
                if is_serial {
                    return Err(pg("42704", format!("type \"{data_type}\" does not exist")));
                }
                if let Expr::Array(array) = strip(expr)
                    && to.ty.array
                {
                    return self.array(&array.elem, Some(to.ty.base));
                }
                let ex = self.expr(expr)?;
                self.cast(ex, to)
            }
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref()),
            Expr::Exists { subquery, negated } => {
                let (sql, _, parts) = self.subquery(subquery)?;
                let not = if *negated { "NOT " } else { "" };
                let mut ex = Ex::new(format!("({not}EXISTS {sql})"), Ty::BOOL);
                ex.absorb(&parts);
                Ok(if *negated { ex } else { ex.labelled("exists") })
            }
            Expr::Subquery(query) => self.scalar(query),
            Expr::Function(function) => self.function(function),
            Expr::Extract { field, expr, .. } => {
                let field = text(&date_field(field)?);
                let ex = self.expr(expr)?;
                let field = Ex::new(field, Ty::TEXT);
                Ok(self.call("extract", vec![field, ex])?.labelled("extract"))
            }
            Expr::Ceil {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => {
                let ex = self.expr(expr)?;
                Ok(self.call("ceil", vec![ex])?.labelled("ceil"))
            }
            Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => {
                let ex = self.expr(expr)?;
                self.call("floor", vec![ex])
            }
            Expr::Position { expr, r#in } => {
                let (part, whole) = (self.expr(expr)?, self.expr(r#in)?);
                self.call("position", vec![whole, part])
            }
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                shorthand,
                ..
            } => {
                let mut arguments = vec![self.expr(expr)?];
                match (substring_from, substring_for) {
                    (Some(from), length) => {
                        arguments.push(self.expr(from)?);
                        if let Some(length) = length {
                            arguments.push(self.expr(length)?);
                        }
                    }
                    (None, Some(length)) => {
                        arguments.push(Ex::new("1", Ty::INT4));
                        arguments.push(self.expr(length)?);
                    }
                    (None, None) => return Err(unsupported(expr)),
                }
                let name = if *shorthand { "substr" } else { "substring" };
                self.call(name, arguments)
            }
            Expr::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters: None,
            } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let mut arguments = vec![self.expr(expr)?];
                if let Some(what) = trim_what {
                    arguments.push(self.expr(what)?);
                }
                self.call(name, arguments)
            }
            Expr::Trim {
                trim_where,
                trim_what: None,
                expr,
                trim_characters: Some(what),
            } if what.len() == 1 => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let arguments = vec![self.expr(expr)?, self.expr(&what[0])?];
                self.call(name, arguments)
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                let mut arguments = vec![
                    self.expr(expr)?,
                    self.expr(overlay_what)?,
                    self.expr(overlay_from)?,
                ];
                if let Some(length) = overlay_for {
                    arguments.push(self.expr(length)?);
                }
                self.call("overlay", arguments)
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                let (timestamp, zone) = (self.expr(timestamp)?, self.expr(time_zone)?);
                self.call("timezone", vec![zone, timestamp])
            }
            Expr::Collate { expr, collation } => {
                if !types::is_c(&collation.to_string()) {
                    return Err(unsupported(format_args!("the collation {collation}")));
                }
                let ex = self.expr(expr)?;
                if !(ex.ty == Ty::TEXT || ex.ty.is_unknown()) {
                    return Err(pg(
                        "42804",
                        format!("collations are not supported by type {}", ex.ty.name()),
                    ));
                }
                Ok(ex)
            }
            Expr::Array(array) if array.named => self.array(&array.elem, None),
            Expr::CompoundFieldAccess { root, access_chain } => self.subscripts(root, access_chain),
            other => Err(unsupported(other)),
        }
    }

    fn identifier(&mut self, name: &Ident) -> Pg<Ex> {
        let folded = fold(name);
        match self.column(&folded) {
            Err(error) if name.quote_style.is_none() && error.state == "42703" => match folded.as_str() {
                "current_timestamp" | "current_date" | "localtimestamp" | "localtime" => {
                    self.call(&folded, Vec::new())
                }
                _ if self.has_source(&folded) => Err(unsupported(format_args!("the whole row {folded}"))),
                "ctid" | "xmin" | "xmax" | "cmin" | "cmax" | "tableoid" => {
                    Err(unsupported(format_args!("the system column {folded} here")))
                }
                _ => Err(error),
            },
            other => other,
        }
    }

    fn value(&mut self, value: &Value) -> Pg<Ex> {
        match value {
            Value::Number(digits, false) => number(digits),
            Value::SingleQuotedString(value) | Value::EscapedStringLiteral(value) => untyped_text(value),
            Value::DollarQuotedString(value) => untyped_text(&value.value),
            Value::Boolean(value) => Ok(Ex::new(if *value { "1" } else { "0" }, Ty::BOOL)),
            Value::Null => Ok(Ex::untyped("NULL", Untyped::Null)),
            Value::Placeholder(name) => self.placeholder(name),
            other => Err(unsupported(other)),
        }
    }

    fn placeholder(&mut self, name: &str) -> Pg<Ex> {
        let number: usize = name
            .strip_prefix('$')
            .and_then(|digits| digits.parse().ok())
            .filter(|number| (1..=self.params.len()).contains(number))
            .ok_or_else(|| pg("42P02", format!("there is no parameter {name}")))?;
        let sql = format!("?{number}");
        let typed = |base: Base| Ok(Ex::new(sql.clone(), Ty::of(base)));
        let whole = |base: Base| {
            let mut ex = Ex::new(sql.clone(), Ty::of(base));
            ex.lenient = true;
            Ok(ex)
        };
        match self.params[number - 1] {
            ParamClass::Null => Ok(Ex::untyped("NULL", Untyped::Null)),
            ParamClass::Bool => typed(Base::Bool),
            ParamClass::Int4 => whole(Base::Int4),
            ParamClass::Int8 => whole(Base::Int8),
            ParamClass::Float => typed(Base::Float8),
            ParamClass::Text => Ok(Ex::untyped(sql, Untyped::Param { number, json: false })),
            ParamClass::Array(_) | ParamClass::Object => {
                Ok(Ex::untyped(sql, Untyped::Param { number, json: true }))
            }
        }
    }

    /// The element type of a parameter that is an array, when nothing else decides.
    pub(crate) fn array_param(&self, ex: &Ex) -> Option<Ty> {
        let Some(Untyped::Param { number, json: true }) = &ex.untyped else {
            return None;
        };
        match self.params[number - 1] {
            ParamClass::Array(class) => Some(Ty::array_of(match class {
                ArrayClass::Bool => Base::Bool,
                ArrayClass::Int4 => Base::Int4,
                ArrayClass::Int8 => Base::Int8,
                ArrayClass::Float => Base::Float8,
                ArrayClass::Text => Base::Text,
                ArrayClass::Other => return None,
            })),
            _ => None,
        }
    }

    fn typed_string(&mut self, typed: &TypedString) -> Pg<Ex> {
        if typed.uses_odbc_syntax {
            return Err(unsupported(typed));
        }
        let (to, _) = types::from_ast(&typed.data_type)?;
        let ex = self.value(&typed.value.value)?;
        self.cast(ex, to)
    }

    fn interval(&mut self, interval: &IntervalExpr) -> Pg<Ex> {
        if interval.last_field.is_some()
            || interval.leading_precision.is_some()
            || interval.fractional_seconds_precision.is_some()
        {
            return Err(unsupported(format_args!("the literal {interval}")));
        }
        let Expr::Value(value) = interval.value.as_ref() else {
            return Err(unsupported(format_args!("the literal {interval}")));
        };
        let (Value::SingleQuotedString(value) | Value::EscapedStringLiteral(value)) = &value.value else {
            return Err(unsupported(format_args!("the literal {interval}")));
        };
        let parsed = match &interval.leading_field {
            None => Interval::parse(value)?,
            Some(field) => {
                let number: f64 = value
                    .trim()
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.fract() == 0.0)
                    .ok_or_else(|| unsupported(format_args!("the literal {interval}")))?;
                Interval::of(&date_field(field)?, number)?
            }
        };
        Ok(Ex::new(text(&parsed.to_string()), Ty::INTERVAL).weakly_labelled("interval"))
    }

    fn is_null(&mut self, inner: &Expr, not: &str) -> Pg<Ex> {
        if matches!(strip(inner), Expr::Tuple(_)) {
            return Err(unsupported("IS NULL of a row"));
        }
        let ex = self.expr(inner)?;
        Ok(ex
            .with(format!("({} IS {not}NULL)", ex.sql), Ty::BOOL)
            .unlabelled())
    }

    fn is_bool(&mut self, inner: &Expr, test: &str, place: &str) -> Pg<Ex> {
        let ex = self.expr(inner)?;
        let ex = boolean(self, ex, place)?;
        Ok(ex.with(format!("({} {test})", ex.sql), Ty::BOOL).unlabelled())
    }

    fn between(&mut self, expr: &Expr, negated: bool, low: &Expr, high: &Expr) -> Pg<Ex> {
        if let Some(low) = parse::symmetric(low) {
            let (one, other) = (
                self.between(expr, negated, low, high)?,
                self.between(expr, negated, high, low)?,
            );
            let word = if negated { "AND" } else { "OR" };
            return Ok(Ex::of(
                format!("({} {word} {})", one.sql, other.sql),
                Ty::BOOL,
                &[&one, &other],
            ));
        }
        let (ex, low, high) = (self.expr(expr)?, self.expr(low)?, self.expr(high)?);
        let (low_op, high_op) = if negated { ("<", ">") } else { (">=", "<=") };
        let (a, low) = self.matched(low_op, ex.clone(), low)?;
        let (b, high) = self.matched(high_op, ex, high)?;
        let not = if negated { "NOT " } else { "" };
        let sql = if a.sql == b.sql && a.ty == b.ty {
            format!("({} {not}BETWEEN {} AND {})", a.collated(), low.sql, high.sql)
        } else {
            let both = format!(
                "({} >= {} AND {} <= {})",
                a.collated(),
                low.sql,
                b.collated(),
                high.sql
            );
            if negated { format!("(NOT {both})") } else { both }
        };
        Ok(Ex::of(sql, Ty::BOOL, &[&a, &b, &low, &high]))
    }

    fn like_node(
        &mut self,
        left: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        fold: bool,
        not: bool,
    ) -> Pg<Ex> {
        let (left, pattern) = (self.expr(left)?, self.expr(pattern)?);
        let escape = escape.map(|escape| self.expr(escape)).transpose()?;
        self.like(left, pattern, escape, fold, not)
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[sqlparser::ast::CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Pg<Ex> {
        let operand = operand.map(|operand| self.expr(operand)).transpose()?;
        let (mut whens, mut results) = (Vec::new(), Vec::new());
        for when in conditions {
            let condition = self.expr(&when.condition)?;
            whens.push(if let Some(operand) = &operand {
                self.compare(operand.clone(), "=", condition)?
            } else {
                let ty = condition.ty;
                if !ty.is(Base::Bool) && !ty.is_unknown() {
                    return Err(pg(
                        "42804",
                        format!(
                            "argument of CASE/WHEN must be type boolean, not type {}",
                            ty.name()
                        ),
                    ));
                }
                self.convert(condition, Ty::BOOL, Context::Implicit)?
            });
            results.push(self.expr(&when.result)?);
        }
        let otherwise = match otherwise {
            Some(otherwise) => self.expr(otherwise)?,
            None => Ex::untyped("NULL", Untyped::Null),
        };
        let label = otherwise.label.clone().filter(|_| !otherwise.weak);
        // PostgreSQL looks at ELSE first.
        let mut all = vec![otherwise];
        all.append(&mut results);
        let ty = self.common("CASE", &all.iter().collect::<Vec<_>>())?;
        let all = self.all_to(all, ty, "CASE")?;
        let mut sql = "(CASE".to_owned();
        for (when, result) in whens.iter().zip(&all[1..]) {
            sql.push_str(&format!(" WHEN {} THEN {}", when.sql, result.sql));
        }
        sql.push_str(&format!(" ELSE {} END)", all[0].sql));
        let parts: Vec<&Ex> = whens.iter().chain(&all).collect();
        let ex = Ex::of(sql, ty, &parts);
        Ok(match label {
            Some(label) => ex.labelled(label),
            None => ex.weakly_labelled("case"),
        })
    }

    /// A query as one value.
    pub(crate) fn scalar(&mut self, query: &Query) -> Pg<Ex> {
        let (sql, outputs, parts) = self.subquery(query)?;
        let [output] = outputs.as_slice() else {
            return Err(pg("42601", "subquery must return only one column"));
        };
        // SQLite takes the first of several rows, PostgreSQL refuses; the count is looked at beside the value.
        let value = super::scope::output_name(0);
        let one = if is_single(query) {
            sql
        } else {
            let alias = self.fresh();
            let count = format!("hm_single({value}, count(*) OVER ())");
            format!("(SELECT {count} FROM (SELECT * FROM {sql} LIMIT 2) AS {alias})")
        };
        let mut ex = Ex::new(one, output.ty);
        ex.absorb(&parts);
        Ok(match output.label.as_str() {
            "?column?" => ex,
            label => ex.labelled(label),
        })
    }

    /// A query inside an expression: its text, its outputs, and what it depends on outside.
    pub(crate) fn subquery(&mut self, query: &Query) -> Pg<(String, Vec<super::Output>, Ex)> {
        let (sql, outputs, mut parts) = self.query(query)?;
        parts.query = true;
        Ok((format!("({sql})"), outputs, parts))
    }

    fn array(&mut self, elements: &[Expr], base: Option<Base>) -> Pg<Ex> {
        let mut parts = Vec::new();
        for element in elements {
            if matches!(strip(element), Expr::Array(_)) {
                return Err(unsupported("an array of more than one dimension"));
            }
            parts.push(self.expr(element)?);
        }
        if parts.iter().any(|part| part.ty.array) {
            return Err(unsupported("an array of more than one dimension"));
        }
        let ty = match base {
            Some(base) => Ty::of(base),
            None if parts.is_empty() => return Err(pg("42P18", "cannot determine type of empty array")),
            None => self.common("ARRAY", &parts.iter().collect::<Vec<_>>())?,
        };
        let parts = match base {
            Some(base) => {
                let to = ColumnType {
                    ty: Ty::of(base),
                    modifier: None,
                };
                parts
                    .into_iter()
                    .map(|part| self.cast(part, to))
                    .collect::<Pg<Vec<_>>>()?
            }
            None => self.all_to(parts, ty, "ARRAY")?,
        };
        let items: Vec<_> = parts.iter().map(|part| format!(", {}", part.sql)).collect();
        let sql = format!("hm_array({}{})", ty.base.code(), items.concat());
        Ok(Ex::of(sql, Ty::array_of(ty.base), &parts.iter().collect::<Vec<_>>()).labelled("array"))
    }

    fn subscripts(&mut self, root: &Expr, chain: &[AccessExpr]) -> Pg<Ex> {
        let mut ex = self.expr(root)?;
        for access in chain {
            let label = ex.label.clone();
            ex = match access {
                AccessExpr::Subscript(Subscript::Index { index }) if ex.ty.array => {
                    let index = self.expr(index)?;
                    let index = self.convert(index, Ty::INT4, Context::Assignment)?;
                    Ex::of(
                        format!("hm_array_item({}, {})", ex.sql, index.sql),
                        ex.ty.element(),
                        &[&ex, &index],
                    )
                }
                AccessExpr::Subscript(Subscript::Slice {
                    lower_bound,
                    upper_bound,
                    stride: None,
                }) if ex.ty.array => {
                    let mut bound = |bound: &Option<Expr>| match bound {
                        Some(bound) => {
                            let bound = self.expr(bound)?;
                            self.convert(bound, Ty::INT4, Context::Assignment)
                        }
                        None => Ok(Ex::new("'-'", Ty::INT4)),
                    };
                    let (low, high) = (bound(lower_bound)?, bound(upper_bound)?);
                    let sql = format!("hm_array_slice({}, {}, {})", ex.sql, low.sql, high.sql);
                    Ex::of(sql, ex.ty, &[&ex, &low, &high])
                }
                AccessExpr::Subscript(Subscript::Index { index }) if ex.ty == Ty::JSONB => {
                    let index = self.expr(index)?;
                    if index.ty.category() == Category::Number {
                        self.operator("->", ex, index)?
                    } else {
                        let index = self.convert(index, Ty::TEXT, Context::Implicit)?;
                        self.operator("->", ex, index)?
                    }
                }
                AccessExpr::Subscript(_) => {
                    return Err(pg(
                        "42804",
                        format!(
                            "cannot subscript type {} because it does not support subscripting",
                            ex.ty.name()
                        ),
                    ));
                }
                AccessExpr::Dot(_) => return Err(unsupported("access to a field of a row")),
            };
            ex.label = label;
        }
        Ok(ex)
    }

    /// Refuses what cannot be grouped by or sorted.
    pub(crate) fn sortable(&self, ex: &Ex) -> Pg<()> {
        comparable(ex.ty, "an ordering")
    }
}

/// Without its parentheses.
pub(crate) fn strip(mut expr: &Expr) -> &Expr {
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

/// Whether a query returns one row at most by its form.
fn is_single(query: &Query) -> bool {
    use sqlparser::ast::{GroupByExpr, LimitClause, SelectItem, SetExpr};
    let limited = match &query.limit_clause {
        Some(LimitClause::LimitOffset {
            limit: Some(Expr::Value(value)),
            ..
        }) => {
            matches!(&value.value, Value::Number(digits, _) if digits == "1" || digits == "0")
        }
        _ => false,
    };
    let aggregate = match query.body.as_ref() {
        SetExpr::Select(select) => {
            let ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
            let plain_call = |item: &SelectItem| match item {
                SelectItem::UnnamedExpr(Expr::Function(function))
                | SelectItem::ExprWithAlias {
                    expr: Expr::Function(function),
                    ..
                } => {
                    let name = function.name.to_string().to_ascii_lowercase();
                    function.over.is_none()
                        && matches!(name.as_str(), "count" | "sum" | "avg" | "min" | "max")
                }
                _ => false,
            };
            ungrouped && !select.projection.is_empty() && select.projection.iter().all(plain_call)
        }
        _ => false,
    };
    limited || aggregate
}

fn untyped_text(value: &str) -> Pg<Ex> {
    if value.contains('\0') {
        return Err(pg("22021", "invalid byte sequence for encoding \"UTF8\": 0x00"));
    }
    Ok(Ex::untyped(text(value), Untyped::Text(value.to_owned())))
}

fn number(digits: &str) -> Pg<Ex> {
    if digits.bytes().all(|b| b.is_ascii_digit())
        && let Ok(value) = digits.parse::<i64>()
    {
        let base = if cast::fits(value, Base::Int4) {
            Base::Int4
        } else {
            Base::Int8
        };
        return Ok(Ex::new(value.to_string(), Ty::of(base)));
    }
    let stored =
        cast::input(digits, Ty::NUMERIC).map_err(|_| unsupported(format_args!("the number {digits}")))?;
    Ok(Ex::new(literal(&stored), Ty::NUMERIC))
}

/// A field of EXTRACT or of an interval literal, in lower case.
fn date_field(field: &DateTimeField) -> Pg<String> {
    match field {
        DateTimeField::Custom(name) => Ok(name.value.to_lowercase()),
        DateTimeField::Week(Some(_)) => Err(unsupported(field)),
        other => Ok(other.to_string().trim_matches('\'').to_lowercase()),
    }
}
