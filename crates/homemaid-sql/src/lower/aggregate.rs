//! Aggregates and window functions.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderByExpr, OrderBySort, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec,
    WindowType,
};

use super::convert::{boolean, comparable};
use super::ex::{Ex, text};
use super::signature::no_function;
use super::{Lower, fold};
use crate::error::{Pg, pg, unsupported};
use crate::types::{Base, Category, Context, Ty};

const AGGREGATES: [&str; 24] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "every",
    "string_agg",
    "array_agg",
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "stddev",
    "stddev_samp",
    "stddev_pop",
    "variance",
    "var_samp",
    "var_pop",
    "percentile_cont",
    "percentile_disc",
    "mode",
    "bit_or",
];

pub(crate) fn is_aggregate(name: &str) -> bool {
    AGGREGATES.contains(&name)
}

/// An aggregate's text in its parts, so that FILTER and OVER come to stand where SQLite wants them.
struct Shape {
    before: String,
    call: String,
    after: String,
    ty: Ty,
}

impl Shape {
    fn plain(call: String, ty: Ty) -> Self {
        Self {
            before: String::new(),
            call,
            after: String::new(),
            ty,
        }
    }
}

impl Lower<'_> {
    pub(crate) fn aggregate_or_window(&mut self, name: &str, function: &Function) -> Pg<Ex> {
        let FunctionArguments::List(list) = &function.args else {
            return Err(unsupported(function));
        };
        let mut order: &[OrderByExpr] = &[];
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(items) if is_aggregate(name) => order = items,
                other => return Err(unsupported(format_args!("{other} in {name}"))),
            }
        }
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        let star = matches!(
            list.args.as_slice(),
            [FunctionArg::Unnamed(
                FunctionArgExpr::Wildcard | FunctionArgExpr::WildcardWithOptions(_)
            )]
        );
        if star && name != "count" {
            return Err(pg("42883", format!("function {name}() does not exist")));
        }
        let windowed = function.over.is_some();
        // The arguments of an aggregate see single rows, not groups.
        let hidden = if is_aggregate(name) && !windowed {
            self.scope_group_off()?
        } else {
            None
        };
        let result = self.aggregate_parts(name, function, list.args.as_slice(), star, distinct, order);
        if is_aggregate(name) && !windowed {
            self.scope().group = hidden;
        }
        let (shape, mut ex) = result?;
        let filter = match &function.filter {
            Some(filter) => {
                if !is_aggregate(name) {
                    return Err(unsupported(format_args!("FILTER of {name}")));
                }
                let group = self.scope().group.take();
                let condition = self.expr(filter);
                self.scope().group = group;
                let condition = boolean(self, condition?, "FILTER")?;
                condition.plain("FILTER")?;
                ex.absorb(&condition);
                Some(condition.sql)
            }
            None => None,
        };
        let mut sql = format!("{}{}", shape.before, shape.call);
        let own_filter = shape.call.contains("/*filter:");
        if let Some(filter) = &filter {
            if own_filter {
                sql = sql.replace("/*filter:*/", &format!(" AND {filter}"));
            } else {
                sql.push_str(&format!(" FILTER (WHERE {filter})"));
            }
        }
        sql = sql.replace("/*filter:*/", "");
        if let Some(over) = &function.over {
            if distinct || !order.is_empty() {
                return Err(unsupported("DISTINCT or ORDER BY in a window function"));
            }
            let window = self.over(over, &mut ex)?;
            sql.push_str(&format!(" OVER ({window})"));
            ex.window = true;
        } else {
            self.close_aggregate(&mut ex, name)?;
        }
        sql.push_str(&shape.after);
        ex.sql = format!("({sql})");
        ex.ty = shape.ty;
        Ok(ex.labelled(name))
    }

    fn scope_group_off(&mut self) -> Pg<Option<Vec<String>>> {
        if self.scopes.is_empty() {
            return Err(pg("42803", "aggregate functions are not allowed here"));
        }
        Ok(self.scope().group.take())
    }

    /// What an aggregate refers to is used up by it, unless it belongs to an outer query.
    fn close_aggregate(&mut self, ex: &mut Ex, name: &str) -> Pg<()> {
        if ex.aggregate {
            return Err(pg("42803", "aggregate function calls cannot be nested"));
        }
        if ex.window {
            return Err(pg(
                "42P20",
                "aggregate function calls cannot contain window function calls",
            ));
        }
        let id = self.scope().id;
        let (own, outer): (Vec<_>, Vec<_>) = ex.free.drain(..).partition(|free| free.scope == id);
        if own.is_empty() && !outer.is_empty() {
            return Err(unsupported(format_args!("{name} over columns of an outer query")));
        }
        ex.free = outer;
        ex.aggregate = true;
        Ok(())
    }

    fn aggregate_parts(
        &mut self,
        name: &str,
        function: &Function,
        arguments: &[FunctionArg],
        star: bool,
        distinct: bool,
        order: &[OrderByExpr],
    ) -> Pg<(Shape, Ex)> {
        if star {
            if distinct {
                return Err(pg("42601", "DISTINCT with * is not allowed"));
            }
            return Ok((
                Shape::plain("count(*)".to_owned(), Ty::INT8),
                Ex::new("", Ty::INT8),
            ));
        }
        let parts = self.arguments(arguments)?;
        let mut ex = Ex::of("", Ty::TEXT, &parts.iter().collect::<Vec<_>>());
        if !is_aggregate(name) {
            let shape = self.window_function(name, &parts)?;
            return Ok((shape, ex));
        }
        if !function.within_group.is_empty() {
            return self.within_group(name, &parts, &function.within_group, distinct);
        }
        if matches!(name, "percentile_cont" | "percentile_disc" | "mode") {
            return Err(pg(
                "42883",
                format!("WITHIN GROUP is required for ordered-set aggregate {name}"),
            ));
        }
        let mut sorting = Vec::new();
        for item in order {
            let (sql, part) = self.order_item(item, None)?;
            if distinct && !parts.iter().any(|argument| argument.sql == part.sql) {
                return Err(pg(
                    "42P10",
                    "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
                ));
            }
            ex.absorb(&part);
            sorting.push(sql);
        }
        let shape = self.aggregate_shape(name, parts, distinct, sorting)?;
        Ok((shape, ex))
    }

    fn aggregate_shape(
        &self,
        name: &str,
        parts: Vec<Ex>,
        distinct: bool,
        mut sorting: Vec<String>,
    ) -> Pg<Shape> {
        let no = |parts: &[Ex]| Err(no_function(name, parts));
        let [first, ..] = parts.as_slice() else {
            return no(&parts);
        };
        let ty = first.ty;
        let wanted = if matches!(name, "string_agg" | "json_object_agg" | "jsonb_object_agg") {
            2
        } else {
            1
        };
        if parts.len() != wanted {
            return no(&parts);
        }
        if distinct {
            let settled = self.settled(first.clone())?;
            comparable(settled.ty, "an equality")?;
        }
        let keyword = if distinct { "DISTINCT " } else { "" };
        // For aggregates whose result does not depend on it, an order costs only time.
        let plain = |function: &str, value: &str, ty: Ty| {
            Ok(Shape::plain(format!("{function}({keyword}{value})"), ty))
        };
        match name {
            "count" => {
                let value = self.settled(first.clone())?;
                plain("count", &value.collated(), Ty::INT8)
            }
            "sum" | "avg" => {
                let base = if ty.is_unknown() || ty.array {
                    return no(&parts);
                } else {
                    ty.base
                };
                let value = first.collated();
                let float = matches!(base, Base::Float4 | Base::Float8);
                match (name, base) {
                    ("sum", Base::Int2 | Base::Int4) => plain("hm_sum_int", &value, Ty::INT8),
                    ("sum", Base::Int8) => plain("hm_sum_big", &value, Ty::NUMERIC),
                    ("sum", Base::Numeric) => plain("hm_sum_num", &value, Ty::NUMERIC),
                    ("sum", Base::Float4) => plain("hm_sum_real", &value, Ty::of(Base::Float4)),
                    ("sum", Base::Float8) => plain("hm_sum_float", &value, Ty::FLOAT8),
                    ("avg", _) if float => plain("hm_avg_float", &value, Ty::FLOAT8),
                    ("avg", Base::Int2 | Base::Int4 | Base::Int8 | Base::Numeric) => {
                        plain("hm_avg_num", &value, Ty::NUMERIC)
                    }
                    ("sum", Base::Interval) => plain("hm_sum_interval", &value, Ty::INTERVAL),
                    ("avg", Base::Interval) => plain("hm_avg_interval", &value, Ty::INTERVAL),
                    _ => no(&parts),
                }
            }
            "min" | "max" => {
                let value = self.settled(first.clone())?;
                match value.ty.base {
                    _ if value.ty.array => Err(unsupported(format_args!("{name} of arrays"))),
                    Base::Bool | Base::Uuid | Base::Bytea | Base::Json | Base::Jsonb | Base::Void => {
                        no(&parts)
                    }
                    _ => plain(name, &value.collated(), value.ty),
                }
            }
            "bool_and" | "bool_or" | "every" => {
                if !(ty.is(Base::Bool) || ty.is_unknown()) {
                    return no(&parts);
                }
                let value = self.convert(first.clone(), Ty::BOOL, Context::Implicit)?;
                plain(
                    if name == "bool_or" { "max" } else { "min" },
                    &value.sql,
                    Ty::BOOL,
                )
            }
            "bit_or" => Err(unsupported("the function bit_or")),
            "stddev" | "stddev_samp" | "stddev_pop" | "variance" | "var_samp" | "var_pop" => {
                if !matches!(ty.base, Base::Float4 | Base::Float8) || ty.array {
                    if ty.category() == Category::Number {
                        return Err(unsupported(format_args!(
                            "{name}({}) (cast to double precision)",
                            ty.name()
                        )));
                    }
                    return no(&parts);
                }
                let kind = match name {
                    "stddev" | "stddev_samp" => "hm_stddev_samp",
                    "variance" | "var_samp" => "hm_var_samp",
                    "stddev_pop" => "hm_stddev_pop",
                    _ => "hm_var_pop",
                };
                plain(kind, &first.sql, Ty::FLOAT8)
            }
            "string_agg" => {
                let textual = |ex: &Ex| ex.ty == Ty::TEXT || ex.ty.is_unknown();
                if !textual(first) || !textual(&parts[1]) {
                    return no(&parts);
                }
                let value = self.convert(first.clone(), Ty::TEXT, Context::Implicit)?;
                let delimiter = self.convert(parts[1].clone(), Ty::TEXT, Context::Implicit)?;
                if !delimiter.free.is_empty() {
                    return Err(unsupported(
                        "a delimiter of string_agg that differs from row to row",
                    ));
                }
                let (value, order) = distinct_order(&value, distinct, &mut sorting);
                Ok(Shape {
                    before: "hm_join(".to_owned(),
                    call: format!(
                        "json_group_array({keyword}{value}{order}) FILTER (WHERE {value} IS NOT NULL/*filter:*/)"
                    ),
                    after: format!(", {})", delimiter.sql),
                    ty: Ty::TEXT,
                })
            }
            "array_agg" => {
                let value = self.settled(first.clone())?;
                if value.ty.array {
                    return Err(unsupported("array_agg of arrays"));
                }
                if value.ty.is(Base::Bytea) {
                    return Err(unsupported("an array of bytea"));
                }
                let (sql, order) = distinct_order(&value, distinct, &mut sorting);
                Ok(Shape {
                    before: "hm_none(".to_owned(),
                    call: format!("json_group_array({keyword}{sql}{order})"),
                    after: format!(", {})", value.ty.base.code()),
                    ty: Ty::array_of(value.ty.base),
                })
            }
            "json_agg" | "jsonb_agg" => {
                let value = self.settled(first.clone())?;
                let code = value.ty.base.code() * 2 + i64::from(value.ty.array);
                let (sql, order) = distinct_order(&value, distinct, &mut sorting);
                Ok(Shape {
                    before: format!("hm_json_agg({}, {code}, ", text(name)),
                    call: format!("json_group_array({keyword}{sql}{order})"),
                    after: ")".to_owned(),
                    ty: if name == "jsonb_agg" { Ty::JSONB } else { Ty::JSON },
                })
            }
            _ => {
                if distinct {
                    return Err(unsupported(format_args!("{name} with DISTINCT")));
                }
                let key = self.settled(first.clone())?;
                let key = self.convert(key, Ty::TEXT, Context::Assignment)?;
                let value = self.settled(parts[1].clone())?;
                let code = value.ty.base.code() * 2 + i64::from(value.ty.array);
                let order = order_text(&sorting);
                Ok(Shape {
                    before: format!("hm_json_object_agg({code}, "),
                    call: format!("json_group_array(json_array({}, {}){order})", key.sql, value.sql),
                    after: ")".to_owned(),
                    ty: if name == "jsonb_object_agg" {
                        Ty::JSONB
                    } else {
                        Ty::JSON
                    },
                })
            }
        }
    }

    fn within_group(
        &mut self,
        name: &str,
        parts: &[Ex],
        order: &[OrderByExpr],
        distinct: bool,
    ) -> Pg<(Shape, Ex)> {
        let ([fraction], [by], false, "percentile_cont") = (parts, order, distinct, name) else {
            return Err(unsupported(format_args!("{name} WITHIN GROUP in this form")));
        };
        if by.options.nulls_first.is_some() || by.with_fill.is_some() {
            return Err(unsupported(format_args!("ORDER BY {by} in {name}")));
        }
        let fraction = self.convert(fraction.clone(), Ty::FLOAT8, Context::Implicit)?;
        let value = self.expr(&by.expr)?;
        if value.ty.category() != Category::Number {
            return Err(unsupported(format_args!(
                "percentile_cont of {}",
                value.ty.name()
            )));
        }
        let value = self.convert(value, Ty::FLOAT8, Context::Implicit)?;
        let descending = i32::from(by.options.sort == Some(OrderBySort::Desc));
        let ex = Ex::of("", Ty::FLOAT8, &[&fraction, &value]);
        Ok((
            Shape::plain(
                format!("hm_percentile({}, {}, {descending})", value.sql, fraction.sql),
                Ty::FLOAT8,
            ),
            ex,
        ))
    }

    fn window_function(&mut self, name: &str, parts: &[Ex]) -> Pg<Shape> {
        let integer = |ex: &Ex| self.convert(ex.clone(), Ty::INT4, Context::Implicit);
        Ok(match (name, parts) {
            ("row_number" | "rank" | "dense_rank", []) => Shape::plain(format!("{name}()"), Ty::INT8),
            ("percent_rank" | "cume_dist", []) => Shape::plain(format!("{name}()"), Ty::FLOAT8),
            ("ntile", [count]) => {
                let count = integer(count)?;
                if !count.free.is_empty() {
                    return Err(unsupported("an argument of ntile that differs from row to row"));
                }
                Shape::plain(format!("ntile({})", count.sql), Ty::INT4)
            }
            ("lag" | "lead", [value, rest @ ..]) if rest.len() <= 2 => {
                let offset = rest.first().map_or(Ok(Ex::new("1", Ty::INT4)), integer)?;
                if offset.sql.parse::<u32>().is_err() {
                    return Err(unsupported(format_args!(
                        "an offset of {name} that is no plain number"
                    )));
                }
                let value = self.settled(value.clone())?;
                match rest.get(1) {
                    Some(default) => {
                        let ty = self.common(name, &[&value, default])?;
                        let value = self.convert(value, ty, Context::Implicit)?;
                        let default = self.convert(default.clone(), ty, Context::Implicit)?;
                        Shape::plain(
                            format!("{name}({}, {}, {})", value.sql, offset.sql, default.sql),
                            ty,
                        )
                    }
                    None => Shape::plain(format!("{name}({}, {})", value.sql, offset.sql), value.ty),
                }
            }
            ("first_value" | "last_value", [value]) => {
                let value = self.settled(value.clone())?;
                Shape::plain(format!("{name}({})", value.sql), value.ty)
            }
            ("nth_value", [value, nth]) => {
                let (value, nth) = (self.settled(value.clone())?, integer(nth)?);
                if nth.sql.parse::<u32>().is_ok_and(|nth| nth > 0) {
                    Shape::plain(format!("nth_value({}, {})", value.sql, nth.sql), value.ty)
                } else {
                    return Err(unsupported("an argument of nth_value that is no positive number"));
                }
            }
            _ if super::signature::FUNCTIONS.contains_key(name) => {
                return Err(pg(
                    "42809",
                    format!("OVER specified, but {name} is not a window function nor an aggregate function"),
                ));
            }
            _ => return Err(no_function(name, parts)),
        })
    }

    fn over(&mut self, over: &WindowType, ex: &mut Ex) -> Pg<String> {
        let spec = match over {
            WindowType::WindowSpec(spec) => spec.clone(),
            WindowType::NamedWindow(name) => self.named_window(&fold(name))?,
        };
        let spec = match &spec.window_name {
            None => spec,
            Some(base) => {
                let base = self.named_window(&fold(base))?;
                if !spec.partition_by.is_empty()
                    || (!spec.order_by.is_empty() && !base.order_by.is_empty())
                    || base.window_frame.is_some()
                {
                    return Err(unsupported(format_args!("the window {spec}")));
                }
                WindowSpec {
                    window_name: None,
                    partition_by: base.partition_by,
                    order_by: if spec.order_by.is_empty() {
                        base.order_by
                    } else {
                        spec.order_by
                    },
                    window_frame: spec.window_frame,
                }
            }
        };
        let mut out = String::new();
        let mut list = Vec::new();
        for key in &spec.partition_by {
            let key = self.expr(key)?;
            let key = self.settled(key)?;
            comparable(key.ty, "an equality")?;
            no_window(&key)?;
            list.push(key.collated());
            ex.absorb(&key);
        }
        if !list.is_empty() {
            out.push_str(&format!("PARTITION BY {}", list.join(", ")));
        }
        let mut list = Vec::new();
        for item in &spec.order_by {
            let (sql, part) = self.order_item(item, None)?;
            no_window(&part)?;
            list.push(sql);
            ex.absorb(&part);
        }
        if !list.is_empty() {
            out.push_str(&format!(" ORDER BY {}", list.join(", ")));
        }
        if let Some(frame) = &spec.window_frame {
            out.push_str(&self.frame(frame)?);
        }
        Ok(out)
    }

    fn named_window(&mut self, name: &str) -> Pg<WindowSpec> {
        self.scope()
            .windows
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, spec)| spec.clone())
            .ok_or_else(|| pg("42704", format!("window \"{name}\" does not exist")))
    }

    fn frame(&mut self, frame: &WindowFrame) -> Pg<String> {
        let units = match frame.units {
            WindowFrameUnits::Rows => "ROWS",
            WindowFrameUnits::Range => "RANGE",
            WindowFrameUnits::Groups => "GROUPS",
        };
        let mut bound = |bound: &WindowFrameBound| -> Pg<String> {
            let mut offset = |expr: &Expr, word: &str| -> Pg<String> {
                if frame.units == WindowFrameUnits::Range {
                    return Err(unsupported("RANGE with an offset"));
                }
                let offset = self.expr(expr)?;
                match offset.sql.parse::<u32>() {
                    Ok(number) => Ok(format!("{number} {word}")),
                    Err(_) => Err(unsupported("a frame offset that is no plain number")),
                }
            };
            match bound {
                WindowFrameBound::CurrentRow => Ok("CURRENT ROW".to_owned()),
                WindowFrameBound::Preceding(None) => Ok("UNBOUNDED PRECEDING".to_owned()),
                WindowFrameBound::Following(None) => Ok("UNBOUNDED FOLLOWING".to_owned()),
                WindowFrameBound::Preceding(Some(expr)) => offset(expr, "PRECEDING"),
                WindowFrameBound::Following(Some(expr)) => offset(expr, "FOLLOWING"),
            }
        };
        let start = bound(&frame.start_bound)?;
        Ok(match &frame.end_bound {
            Some(end) => format!(" {units} BETWEEN {start} AND {}", bound(end)?),
            None => format!(" {units} {start}"),
        })
    }
}

fn no_window(ex: &Ex) -> Pg<()> {
    if ex.window {
        return Err(pg(
            "42P20",
            "window functions are not allowed in window definitions",
        ));
    }
    Ok(())
}

/// PostgreSQL sorts what DISTINCT leaves; SQLite wants the same expression in both places.
fn distinct_order(value: &Ex, distinct: bool, sorting: &mut Vec<String>) -> (String, String) {
    let sql = if distinct {
        value.collated()
    } else {
        value.sql.clone()
    };
    if distinct && sorting.is_empty() {
        sorting.push(format!("{sql} NULLS LAST"));
    }
    (sql, order_text(sorting))
}

fn order_text(sorting: &[String]) -> String {
    if sorting.is_empty() {
        String::new()
    } else {
        format!(" ORDER BY {}", sorting.join(", "))
    }
}
