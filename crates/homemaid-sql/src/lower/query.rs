//! SELECT, VALUES, UNION and their relatives.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, LimitClause, NamedWindowExpr, OrderBy, OrderByExpr, OrderByKind,
    OrderBySort, Query, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    SetOperator, SetQuantifier, Value, Values, With,
};

use super::convert::{boolean, comparable};
use super::ex::Ex;
use super::expr::strip;
use super::scope::{Cte, output_name};
use super::{Lower, Lowered, Output, fold, object_name};
use crate::error::{Pg, pg, unsupported};
use crate::types::{Context, Ty};

/// A query's select list, translated.
struct Item {
    ex: Ex,
    label: String,
}

impl Lower<'_> {
    pub(crate) fn top_query(&mut self, query: &Query) -> Pg<Lowered> {
        match query.body.as_ref() {
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) => return self.write_with(query),
            _ => {}
        }
        let (sql, outputs, _) = self.query(query)?;
        Ok(Lowered::Query { sql, outputs })
    }

    /// Translates a query: its text, its outputs (named by number), and what it depends on outside.
    pub(crate) fn query(&mut self, query: &Query) -> Pg<(String, Vec<Output>, Ex)> {
        let known = self.ctes.len();
        let result = self.deeper(|own| own.query_inner(query));
        self.ctes.truncate(known);
        result
    }

    fn query_inner(&mut self, query: &Query) -> Pg<(String, Vec<Output>, Ex)> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks: _,
            for_clause: None,
            settings: None,
            format_clause: None,
            pipe_operators,
        } = query
        else {
            return Err(unsupported(query));
        };
        if !pipe_operators.is_empty() {
            return Err(unsupported("|>"));
        }
        let mut outside = Ex::new("", Ty::TEXT);
        let mut sql = match with {
            Some(with) => self.with(with, &mut outside)?,
            None => String::new(),
        };
        let order = match order_by {
            None => &[][..],
            Some(OrderBy {
                kind: OrderByKind::Expressions(items),
                interpolate: None,
            }) => items.as_slice(),
            Some(other) => return Err(unsupported(other)),
        };
        let (body, outputs) = match body.as_ref() {
            SetExpr::Select(select) => self.select(select, order, &mut outside)?,
            SetExpr::Query(inner) if order.is_empty() && limit_clause.is_none() && fetch.is_none() => {
                let (sql, outputs, parts) = self.query(inner)?;
                outside.absorb(&parts);
                (sql, outputs)
            }
            other => {
                let (mut sql, outputs) = self.set_expr(other, &mut outside)?;
                let order = self.order_of_outputs(order, &outputs)?;
                if !order.is_empty() {
                    let alias = self.fresh();
                    sql = format!("SELECT * FROM ({sql}) AS {alias} ORDER BY {}", order.join(", "));
                }
                (sql, outputs)
            }
        };
        sql.push_str(&body);
        let limit = self.limit(limit_clause.as_ref(), fetch.as_ref(), &mut outside)?;
        if !limit.is_empty() && !matches!(query.body.as_ref(), SetExpr::Select(_)) && order.is_empty() {
            let alias = self.fresh();
            let with_length = sql.len() - body.len();
            sql = format!("{}SELECT * FROM ({body}) AS {alias}", &sql[..with_length]);
        }
        sql.push_str(&limit);
        Ok((sql, outputs, outside))
    }

    fn limit(
        &mut self,
        clause: Option<&LimitClause>,
        fetch: Option<&sqlparser::ast::Fetch>,
        outside: &mut Ex,
    ) -> Pg<String> {
        let (mut limit, mut offset) = (None, None);
        match clause {
            None => {}
            Some(LimitClause::LimitOffset {
                limit: count,
                offset: skip,
                limit_by,
            }) if limit_by.is_empty() => {
                limit = count.as_ref();
                offset = skip.as_ref().map(|skip| &skip.value);
            }
            Some(other) => return Err(unsupported(other)),
        }
        let one = Expr::value(Value::Number("1".to_owned(), false));
        if let Some(fetch) = fetch {
            if fetch.with_ties || fetch.percent || limit.is_some() {
                return Err(unsupported(fetch));
            }
            limit = Some(fetch.quantity.as_ref().unwrap_or(&one));
        }
        if limit.is_none() && offset.is_none() {
            return Ok(String::new());
        }
        let mut number = |expr: Option<&Expr>, word: &str| -> Pg<String> {
            let Some(expr) = expr else {
                return Ok("-1".to_owned());
            };
            let ex = self.expr(expr)?;
            ex.plain(word)?;
            if !ex.free.is_empty() {
                return Err(pg(
                    "42P10",
                    format!("argument of {word} must not contain variables"),
                ));
            }
            outside.absorb(&ex);
            let from = ex.ty;
            let ex = self.convert(ex, Ty::INT8, Context::Assignment).map_err(|error| {
                if error.state != "42804" {
                    return error;
                }
                pg(
                    "42804",
                    format!("argument of {word} must be type bigint, not type {}", from.name()),
                )
            })?;
            Ok(format!("hm_limit({}, '{word}')", ex.sql))
        };
        let limit = number(limit, "LIMIT")?;
        Ok(match offset {
            None => format!(" LIMIT {limit}"),
            Some(offset) => format!(
                " LIMIT {limit} OFFSET max(0, {})",
                number(Some(offset), "OFFSET")?
            ),
        })
    }

    /// `WITH ...`: the clause, with the tables it makes known.
    pub(crate) fn with(&mut self, with: &With, outside: &mut Ex) -> Pg<String> {
        let (mut parts, known) = (Vec::new(), self.ctes.len());
        for cte in &with.cte_tables {
            if cte.from.is_some() || cte.alias.at.is_some() {
                return Err(unsupported(cte));
            }
            if matches!(
                cte.query.body.as_ref(),
                SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_)
            ) {
                return Err(unsupported("WITH of anything but SELECT"));
            }
            let name = fold(&cte.alias.name);
            if self.ctes[known..].iter().any(|other| other.name == name) {
                return Err(pg(
                    "42712",
                    format!("WITH query name \"{name}\" specified more than once"),
                ));
            }
            let names: Vec<String> = cte
                .alias
                .columns
                .iter()
                .map(|column| fold(&column.name))
                .collect();
            let sql_name = format!("c{}", self.fresh());
            let (sql, outputs) = if with.recursive && mentions(&cte.query, &name) {
                self.recursive(&cte.query, &name, &sql_name, &names, outside)?
            } else {
                let (sql, outputs, part) = self.query(&cte.query)?;
                outside.absorb(&part);
                (sql, renamed(outputs, &names, &name)?)
            };
            let columns: Vec<_> = (0..outputs.len()).map(output_name).collect();
            parts.push(format!("{sql_name}({}) AS ({sql})", columns.join(", ")));
            self.ctes.push(Cte {
                name,
                sql_name,
                columns: outputs,
            });
        }
        Ok(format!(
            "WITH {}{} ",
            if with.recursive { "RECURSIVE " } else { "" },
            parts.join(", ")
        ))
    }

    fn recursive(
        &mut self,
        query: &Query,
        name: &str,
        sql_name: &str,
        names: &[String],
        outside: &mut Ex,
    ) -> Pg<(String, Vec<Output>)> {
        let plain = query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && query.with.is_none();
        let SetExpr::SetOperation {
            op: SetOperator::Union,
            set_quantifier,
            left,
            right,
        } = query.body.as_ref()
        else {
            return Err(unsupported(format_args!(
                "the form of the recursive query {name}"
            )));
        };
        if !plain {
            return Err(unsupported(format_args!(
                "ORDER BY, LIMIT or WITH in the recursive query {name}"
            )));
        }
        let word = quantifier("UNION", *set_quantifier)?;
        let (first, outputs) = self.branch(left, outside)?;
        let outputs: Vec<Output> = outputs.into_iter().map(settled_output).collect();
        let outputs = renamed(outputs, names, name)?;
        self.ctes.push(Cte {
            name: name.to_owned(),
            sql_name: sql_name.to_owned(),
            columns: outputs.clone(),
        });
        let (second, found) = self.branch(right, outside)?;
        if found.len() != outputs.len() {
            return Err(pg(
                "42601",
                "each UNION query must have the same number of columns",
            ));
        }
        for (at, (first, second)) in outputs.iter().zip(&found).enumerate() {
            if first.ty != second.ty && !second.ty.is_unknown() {
                return Err(pg(
                    "42804",
                    format!(
                        "recursive query \"{name}\" column {} has type {} in non-recursive term but type {} overall",
                        at + 1,
                        first.ty.name(),
                        second.ty.name()
                    ),
                ));
            }
            if second.ty.is_unknown() {
                return Err(unsupported(format_args!(
                    "an untyped column in the recursive query {name}"
                )));
            }
        }
        Ok((format!("{first} {word} {second}"), outputs))
    }

    /// One side of a set operation, without ORDER BY; untyped literals stay untyped.
    fn branch(&mut self, expr: &SetExpr, outside: &mut Ex) -> Pg<(String, Vec<Output>)> {
        match expr {
            SetExpr::Select(select) => self.select(select, &[], outside),
            SetExpr::Query(query) => {
                let (sql, outputs, parts) = self.query(query)?;
                outside.absorb(&parts);
                let alias = self.fresh();
                Ok((format!("SELECT * FROM ({sql}) AS {alias}"), outputs))
            }
            SetExpr::SetOperation { .. } => {
                let (sql, outputs) = self.set_expr(expr, outside)?;
                let alias = self.fresh();
                Ok((format!("SELECT * FROM ({sql}) AS {alias}"), outputs))
            }
            SetExpr::Values(values) => self.values(values, outside),
            other => Err(unsupported(other)),
        }
    }

    fn set_expr(&mut self, expr: &SetExpr, outside: &mut Ex) -> Pg<(String, Vec<Output>)> {
        let SetExpr::SetOperation {
            left,
            op,
            set_quantifier,
            right,
        } = expr
        else {
            return self.deeper(|own| own.branch(expr, outside));
        };
        let name = match op {
            SetOperator::Union => "UNION",
            SetOperator::Except => "EXCEPT",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::Minus => return Err(pg("42601", "syntax error at or near \"MINUS\"")),
        };
        let word = quantifier(name, *set_quantifier)?;
        if name != "UNION" && word.ends_with("ALL") {
            return Err(unsupported(word));
        }
        let ((left, mut a), (right, b)) = self.deeper(|own| {
            own.untyped_outputs = true;
            let left = own.branch(left, outside)?;
            own.untyped_outputs = true;
            let right = own.branch(right, outside)?;
            own.untyped_outputs = false;
            Ok((left, right))
        })?;
        if a.len() != b.len() {
            return Err(pg(
                "42601",
                format!("each {name} query must have the same number of columns"),
            ));
        }
        let mut types = Vec::new();
        for (a, b) in a.iter().zip(&b) {
            let ty = self.common(name, &[&Ex::new("", a.ty), &Ex::new("", b.ty)])?;
            if !word.ends_with("ALL") {
                comparable(ty, "an equality")?;
            }
            types.push(ty);
        }
        let left = self.converted(left, &a, &types)?;
        let right = self.converted(right, &b, &types)?;
        for (output, ty) in a.iter_mut().zip(types) {
            output.ty = ty;
        }
        Ok((format!("{left} {word} {right}"), a))
    }

    /// A query with its outputs brought to `types`, with the collations that set operations compare under.
    fn converted(&mut self, sql: String, outputs: &[Output], types: &[Ty]) -> Pg<String> {
        if outputs
            .iter()
            .zip(types)
            .all(|(output, ty)| output.ty == *ty && ty.collation().is_none())
        {
            return Ok(sql);
        }
        let mut items = Vec::new();
        for (at, (output, ty)) in outputs.iter().zip(types).enumerate() {
            let name = output_name(at);
            let value = if output.ty.is_unknown() {
                // A literal that was carried along as text.
                Ex::new(
                    format!("hm_input({name}, {}, {})", ty.base.code(), i64::from(ty.array)),
                    *ty,
                )
            } else {
                self.convert(Ex::new(name.clone(), output.ty), *ty, Context::Implicit)?
            };
            items.push(format!("{} AS {name}", value.collated()));
        }
        let alias = self.fresh();
        Ok(format!("SELECT {} FROM ({sql}) AS {alias}", items.join(", ")))
    }

    /// ORDER BY of a set operation: outputs only.
    fn order_of_outputs(&mut self, order: &[OrderByExpr], outputs: &[Output]) -> Pg<Vec<String>> {
        let items: Vec<Item> = outputs
            .iter()
            .enumerate()
            .map(|(at, output)| Item {
                ex: Ex::new(output_name(at), output.ty),
                label: output.label.clone(),
            })
            .collect();
        order
            .iter()
            .map(|item| {
                let place = output_place(&item.expr, &items)?.ok_or_else(|| {
                    pg("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause (only result column names are supported)")
                })?;
                let (sql, _) = self.order_item(item, Some(items[place].ex.clone()))?;
                Ok(sql)
            })
            .collect()
    }

    /// One ORDER BY item; `value` when it is known already.
    pub(crate) fn order_item(&mut self, item: &OrderByExpr, value: Option<Ex>) -> Pg<(String, Ex)> {
        if item.with_fill.is_some() || matches!(item.options.sort, Some(OrderBySort::Using(_))) {
            return Err(unsupported(item));
        }
        let ex = if let Some(ex) = value {
            ex
        } else {
            let ex = self.expr(&item.expr)?;
            self.settled(ex)?
        };
        self.sortable(&ex)?;
        let descending = item.options.sort == Some(OrderBySort::Desc);
        let nulls_first = item.options.nulls_first.unwrap_or(descending);
        let sql = format!(
            "{} {} NULLS {}",
            ex.term(),
            if descending { "DESC" } else { "ASC" },
            if nulls_first { "FIRST" } else { "LAST" }
        );
        Ok((sql, ex))
    }

    pub(crate) fn values(&mut self, values: &Values, outside: &mut Ex) -> Pg<(String, Vec<Output>)> {
        if values.explicit_row || values.value_keyword || values.rows.is_empty() {
            return Err(unsupported("this form of VALUES"));
        }
        let width = values.rows[0].content.len();
        let mut rows = Vec::new();
        for row in &values.rows {
            if row.content.len() != width {
                return Err(pg("42601", "VALUES lists must all be the same length"));
            }
            let parts = row
                .content
                .iter()
                .map(|expr| self.expr(expr))
                .collect::<Pg<Vec<_>>>()?;
            for part in &parts {
                part.plain("VALUES")?;
                outside.absorb(part);
            }
            rows.push(parts);
        }
        let mut outputs = Vec::new();
        for at in 0..width {
            let column: Vec<&Ex> = rows.iter().map(|row| &row[at]).collect();
            let ty = self.common("VALUES", &column)?;
            for row in &mut rows {
                row[at] = self.all_to(vec![row[at].clone()], ty, "VALUES")?.remove(0);
            }
            outputs.push(Output {
                label: format!("column{}", at + 1),
                ty,
            });
        }
        let rows: Vec<_> = rows
            .iter()
            .map(|row| {
                format!(
                    "({})",
                    row.iter()
                        .map(|ex| ex.sql.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            })
            .collect();
        let names: Vec<_> = (0..width)
            .map(|at| format!("column{} AS {}", at + 1, output_name(at)))
            .collect();
        Ok((
            format!("SELECT {} FROM (VALUES {})", names.join(", "), rows.join(", ")),
            outputs,
        ))
    }

    fn select(
        &mut self,
        select: &Select,
        order: &[OrderByExpr],
        outside: &mut Ex,
    ) -> Pg<(String, Vec<Output>)> {
        let known = Select {
            select_token: select.select_token.clone(),
            optimizer_hints: Vec::new(),
            distinct: select.distinct.clone(),
            select_modifiers: None,
            top: None,
            top_before_distinct: false,
            projection: select.projection.clone(),
            exclude: None,
            into: None,
            from: select.from.clone(),
            lateral_views: Vec::new(),
            prewhere: None,
            selection: select.selection.clone(),
            connect_by: Vec::new(),
            group_by: select.group_by.clone(),
            cluster_by: Vec::new(),
            distribute_by: Vec::new(),
            sort_by: Vec::new(),
            having: select.having.clone(),
            named_window: select.named_window.clone(),
            qualify: None,
            window_before_qualify: select.window_before_qualify,
            value_table_mode: None,
            flavor: SelectFlavor::Standard,
        };
        if known != *select {
            return Err(unsupported(format_args!("this form of SELECT: {select}")));
        }
        self.enter();
        let result = self.select_inner(select, order, outside);
        self.leave();
        result
    }

    fn select_inner(
        &mut self,
        select: &Select,
        order: &[OrderByExpr],
        outside: &mut Ex,
    ) -> Pg<(String, Vec<Output>)> {
        let untyped = std::mem::take(&mut self.untyped_outputs);
        let id = self.scope().id;
        let mut from = self.from(&select.from, outside)?;
        for window in &select.named_window {
            let NamedWindowExpr::WindowSpec(spec) = &window.1 else {
                return Err(unsupported(window));
            };
            let name = fold(&window.0);
            self.scope().windows.push((name, spec.clone()));
        }
        let condition = match &select.selection {
            Some(condition) => Some(self.condition(condition, "WHERE", outside)?),
            None => None,
        };
        let keys = self.group_keys(select)?;
        let grouped = !keys.is_empty();
        if grouped {
            let mut texts: Vec<String> = keys.iter().map(|key| key.sql.clone()).collect();
            self.dependent(&mut texts);
            self.scope().group = Some(texts);
        }
        self.scope().series_allowed = !grouped && select.distinct.is_none();
        let mut items: Vec<Item> = self
            .items(&select.projection)?
            .into_iter()
            .map(|(label, ex)| Item { ex, label })
            .collect();
        self.scope().series_allowed = false;
        if !untyped {
            for item in &mut items {
                item.ex = self.settled(item.ex.clone())?;
            }
        }
        let series = std::mem::take(&mut self.scope().series);
        if !series.is_empty() {
            from = if from.is_empty() {
                series.join(", ")
            } else {
                format!("{from}, {}", series.join(", "))
            };
        }
        let having = match &select.having {
            Some(having) => {
                let ex = self.expr(having)?;
                let ex = boolean(self, ex, "HAVING")?;
                if ex.window {
                    return Err(pg("42P20", "window functions are not allowed in HAVING"));
                }
                Some(ex)
            }
            None => None,
        };
        let sorting = self.sorting(order, &items)?;
        let aggregated = grouped
            || having.is_some()
            || items.iter().any(|item| item.ex.aggregate)
            || sorting.iter().any(|(_, ex, _)| ex.aggregate);
        if aggregated && !series.is_empty() {
            return Err(unsupported("a set-returning function beside aggregates"));
        }
        let all = items
            .iter()
            .map(|item| &item.ex)
            .chain(&having)
            .chain(sorting.iter().map(|(_, ex, _)| ex));
        for ex in all {
            if aggregated && let Some(free) = ex.free.iter().find(|free| free.scope == id) {
                return Err(pg(
                    "42803",
                    format!(
                        "column \"{}\" must appear in the GROUP BY clause or be used in an aggregate function",
                        free.name
                    ),
                ));
            }
            let mut part = ex.clone();
            part.free.retain(|free| free.scope != id);
            (part.aggregate, part.window) = (false, false);
            outside.absorb(&part);
        }
        let tail = Tail {
            from,
            condition,
            keys,
            having,
            aggregated,
        };
        let outputs = items
            .iter()
            .map(|item| Output {
                label: item.label.clone(),
                ty: item.ex.ty,
            })
            .collect::<Vec<_>>();
        if outputs.len() > crate::limits::COLUMNS * 4 {
            return Err(pg("54011", "target lists can have at most 800 entries"));
        }
        let sql = match &select.distinct {
            Some(Distinct::On(on)) => self.distinct_on(on, &items, order, &sorting, &tail)?,
            distinct => {
                let distinct = matches!(distinct, Some(Distinct::Distinct));
                if distinct {
                    for item in &items {
                        comparable(item.ex.ty, "an equality")?;
                    }
                    if sorting.iter().any(|(_, _, output)| output.is_none()) {
                        return Err(pg(
                            "42P10",
                            "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                        ));
                    }
                }
                let list = list(&items, distinct);
                let mut sql = format!(
                    "SELECT {}{list}{}",
                    if distinct { "DISTINCT " } else { "" },
                    tail.text()
                );
                if !sorting.is_empty() {
                    let order: Vec<_> = sorting.iter().map(|(sql, _, _)| sql.as_str()).collect();
                    sql.push_str(&format!(" ORDER BY {}", order.join(", ")));
                }
                sql
            }
        };
        Ok((sql, outputs))
    }

    /// A condition of WHERE or ON.
    pub(crate) fn condition(&mut self, condition: &Expr, place: &str, outside: &mut Ex) -> Pg<String> {
        let ex = self.expr(condition)?;
        let ex = boolean(self, ex, place)?;
        ex.plain(place)?;
        let id = self.scope().id;
        let mut part = ex.clone();
        part.free.retain(|free| free.scope != id);
        outside.absorb(&part);
        Ok(ex.sql)
    }

    /// GROUP BY: expressions, output numbers, or output names.
    fn group_keys(&mut self, select: &Select) -> Pg<Vec<Ex>> {
        let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else {
            return Err(unsupported("GROUP BY ALL"));
        };
        if !modifiers.is_empty() {
            return Err(unsupported(&select.group_by));
        }
        let mut out = Vec::new();
        for key in keys {
            let ex = match strip(key) {
                Expr::Value(value) => match &value.value {
                    Value::Number(digits, false) => {
                        let place: usize = digits.parse().unwrap_or(0);
                        let item = place
                            .checked_sub(1)
                            .and_then(|place| select.projection.get(place));
                        match item {
                            Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => {
                                self.expr(expr)?
                            }
                            Some(_) => return Err(unsupported("a GROUP BY number beside *")),
                            None => {
                                return Err(pg(
                                    "42P10",
                                    format!("GROUP BY position {digits} is not in select list"),
                                ));
                            }
                        }
                    }
                    _ => return Err(pg("42601", "non-integer constant in GROUP BY")),
                },
                Expr::Identifier(name) => {
                    let folded = fold(name);
                    // A column of the sources comes before the name of an output.
                    match self.own_column(&folded) {
                        Ok(ex) => ex,
                        Err(error) if error.state == "42703" => {
                            let item = select.projection.iter().find_map(|item| match item {
                                SelectItem::ExprWithAlias { expr, alias } if fold(alias) == folded => {
                                    Some(expr)
                                }
                                _ => None,
                            });
                            match item {
                                Some(expr) => self.expr(expr)?,
                                None => self.expr(key)?,
                            }
                        }
                        Err(error) => return Err(error),
                    }
                }
                Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => {
                    return Err(unsupported(format_args!("GROUP BY {key}")));
                }
                Expr::Tuple(parts) if parts.is_empty() => return Err(unsupported("GROUP BY ()")),
                other => self.expr(other)?,
            };
            ex.plain("GROUP BY")?;
            let ex = self.settled(ex)?;
            comparable(ex.ty, "an equality")?;
            out.push(ex);
        }
        Ok(out)
    }

    /// A column of this very query.
    fn own_column(&mut self, name: &str) -> Pg<Ex> {
        let scope = self.scopes.pop().expect("a query is being translated");
        let outer = std::mem::replace(&mut self.scopes, vec![scope]);
        let found = self.column(name);
        let scope = self.scopes.pop().expect("put there just now");
        self.scopes = outer;
        self.scopes.push(scope);
        found
    }

    /// All columns of a table whose primary key is grouped by are values of the group.
    fn dependent(&mut self, keys: &mut Vec<String>) {
        let mut more = Vec::new();
        for source in &self.scope().sources {
            let is_key = |name: &String| {
                source
                    .columns
                    .iter()
                    .any(|column| column.name == *name && keys.contains(&column.sql))
            };
            if !source.key.is_empty() && source.key.iter().all(is_key) {
                more.extend(source.columns.iter().map(|column| column.sql.clone()));
            }
        }
        keys.extend(more);
    }

    /// A select list or RETURNING: labels and values.
    pub(crate) fn items(&mut self, projection: &[SelectItem]) -> Pg<Vec<(String, Ex)>> {
        if projection.is_empty() {
            return Err(unsupported("SELECT without columns"));
        }
        let mut items = Vec::new();
        for item in projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let ex = self.expr(expr)?;
                    let label = ex.label.clone().unwrap_or_else(|| "?column?".to_owned());
                    items.push((label, ex));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let ex = self.expr(expr)?;
                    items.push((fold(alias), ex));
                }
                SelectItem::Wildcard(options) => {
                    plain_wildcard(options)?;
                    if self.scope().sources.is_empty() {
                        return Err(pg("42601", "SELECT * with no tables specified is not valid"));
                    }
                    for (name, ex) in self.star(None)? {
                        items.push((name, ex));
                    }
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                    plain_wildcard(options)?;
                    let name = object_name(name)?;
                    for (name, ex) in self.star(Some(&name))? {
                        items.push((name, ex));
                    }
                }
                other => return Err(unsupported(other)),
            }
        }
        Ok(items)
    }

    /// All columns, or those of one source.
    pub(crate) fn star(&mut self, of: Option<&str>) -> Pg<Vec<(String, Ex)>> {
        let scope = self.scope();
        let mut names: Vec<(Option<String>, String)> = Vec::new();
        match of {
            None => {
                names.extend(scope.merged.iter().map(|column| (None, column.name.clone())));
                for source in &scope.sources {
                    let shown = source
                        .columns
                        .iter()
                        .filter(|column| !source.hidden.contains(&column.name));
                    names.extend(shown.map(|column| (Some(source.name.clone()), column.name.clone())));
                }
            }
            Some(table) => {
                let source = scope
                    .sources
                    .iter()
                    .find(|source| source.name == table)
                    .ok_or_else(|| {
                        pg(
                            "42P01",
                            format!("missing FROM-clause entry for table \"{table}\""),
                        )
                    })?;
                names.extend(
                    source
                        .columns
                        .iter()
                        .map(|column| (Some(table.to_owned()), column.name.clone())),
                );
            }
        }
        names
            .into_iter()
            .map(|(table, name)| {
                let mut ex = match table {
                    Some(table) => self.qualified(&table, &name)?,
                    None => self.column(&name)?,
                };
                for scope in &self.scopes {
                    if scope.group.as_ref().is_some_and(|keys| keys.contains(&ex.sql)) {
                        ex.free.retain(|free| free.scope != scope.id);
                    }
                }
                Ok((name, ex))
            })
            .collect()
    }

    /// ORDER BY: the text, what it sorts by, and the output it is.
    fn sorting(&mut self, order: &[OrderByExpr], items: &[Item]) -> Pg<Vec<(String, Ex, Option<usize>)>> {
        let mut sorting = Vec::new();
        for item in order {
            let place = output_place(&item.expr, items)?;
            let (value, place) = if let Some(place) = place {
                (items[place].ex.clone(), Some(place))
            } else {
                let ex = self.expr(&item.expr)?;
                let ex = self.settled(ex)?;
                let place = items
                    .iter()
                    .position(|item| item.ex.sql == ex.sql && !ex.volatile);
                (ex, place)
            };
            let by = match place {
                Some(place) => {
                    let mut by = value.clone();
                    by.sql = output_name(place);
                    by
                }
                None => value.clone(),
            };
            let (sql, _) = self.order_item(item, Some(by))?;
            sorting.push((sql, value, place));
        }
        Ok(sorting)
    }

    /// `DISTINCT ON`: the first row of each group in the query's order.
    fn distinct_on(
        &mut self,
        on: &[Expr],
        items: &[Item],
        order: &[OrderByExpr],
        sorting: &[(String, Ex, Option<usize>)],
        tail: &Tail,
    ) -> Pg<String> {
        if tail.aggregated || items.iter().any(|item| item.ex.window) {
            return Err(unsupported("DISTINCT ON beside aggregates or window functions"));
        }
        let mut keys = Vec::new();
        for key in on {
            let key = match output_place(key, items)? {
                Some(place) => items[place].ex.clone(),
                None => self.expr(key)?,
            };
            let key = self.settled(key)?;
            comparable(key.ty, "an equality")?;
            keys.push(key);
        }
        let leading = sorting.iter().take(keys.len());
        if leading
            .clone()
            .any(|(_, ex, _)| !keys.iter().any(|key| key.sql == ex.sql))
        {
            return Err(pg(
                "42P10",
                "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
            ));
        }
        let partition: Vec<_> = keys.iter().map(Ex::collated).collect();
        // The sort keys ride along under names of their own.
        let mut list = list(items, false);
        let (mut inner, mut outer) = (Vec::new(), Vec::new());
        for (at, (item, (_, ex, _))) in order.iter().zip(sorting).enumerate() {
            let name = super::ident(&format!("=k{at}"));
            list.push_str(&format!(", {} AS {name}", ex.sql));
            inner.push(self.order_item(item, Some(ex.clone()))?.0);
            outer.push(self.order_item(item, Some(ex.with(name, ex.ty)))?.0);
        }
        let order_in = if inner.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", inner.join(", "))
        };
        let window = format!(
            "row_number() OVER (PARTITION BY {}{order_in})",
            partition.join(", ")
        );
        let names: Vec<_> = (0..items.len()).map(output_name).collect();
        let alias = self.fresh();
        let mut sql = format!(
            "SELECT {} FROM (SELECT {list}, {window} AS \"=n\"{}) AS {alias} WHERE \"=n\" = 1",
            names.join(", "),
            tail.text()
        );
        if !outer.is_empty() {
            sql.push_str(&format!(" ORDER BY {}", outer.join(", ")));
        }
        Ok(sql)
    }
}

/// What stands behind the select list.
struct Tail {
    from: String,
    condition: Option<String>,
    keys: Vec<Ex>,
    having: Option<Ex>,
    aggregated: bool,
}

impl Tail {
    fn text(&self) -> String {
        let mut out = String::new();
        if !self.from.is_empty() {
            out.push_str(&format!(" FROM {}", self.from));
        }
        if let Some(condition) = &self.condition {
            out.push_str(&format!(" WHERE {condition}"));
        }
        if !self.keys.is_empty() {
            let keys: Vec<_> = self.keys.iter().map(Ex::term).collect();
            out.push_str(&format!(" GROUP BY {}", keys.join(", ")));
        }
        if let Some(having) = &self.having {
            out.push_str(&format!(" HAVING {}", having.sql));
        }
        out
    }
}

fn list(items: &[Item], collated: bool) -> String {
    let items: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let value = if collated {
                item.ex.collated()
            } else {
                item.ex.sql.clone()
            };
            format!("{value} AS {}", output_name(at))
        })
        .collect();
    items.join(", ")
}

/// The output an ORDER BY or DISTINCT ON item means by its number or name.
fn output_place(expr: &Expr, items: &[Item]) -> Pg<Option<usize>> {
    match strip(expr) {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, false) => {
                let place: usize = digits.parse().unwrap_or(0);
                if place == 0 || place > items.len() {
                    return Err(pg(
                        "42P10",
                        format!("ORDER BY position {digits} is not in select list"),
                    ));
                }
                Ok(Some(place - 1))
            }
            _ => Err(pg("42601", "non-integer constant in ORDER BY")),
        },
        Expr::Identifier(name) => {
            let name = fold(name);
            let mut found = items.iter().enumerate().filter(|(_, item)| item.label == name);
            let Some((first, item)) = found.next() else {
                return Ok(None);
            };
            if found.any(|(_, other)| other.ex.sql != item.ex.sql) {
                return Err(pg("42702", format!("ORDER BY \"{name}\" is ambiguous")));
            }
            Ok(Some(first))
        }
        _ => Ok(None),
    }
}

fn plain_wildcard(options: &sqlparser::ast::WildcardAdditionalOptions) -> Pg<()> {
    let plain = sqlparser::ast::WildcardAdditionalOptions {
        wildcard_token: options.wildcard_token.clone(),
        ..Default::default()
    };
    if *options == plain {
        Ok(())
    } else {
        Err(unsupported(format_args!("*{options}")))
    }
}

fn quantifier(name: &str, quantifier: SetQuantifier) -> Pg<String> {
    match quantifier {
        SetQuantifier::None | SetQuantifier::Distinct => Ok(name.to_owned()),
        SetQuantifier::All => Ok(format!("{name} ALL")),
        other => Err(unsupported(format_args!("{name} {other}"))),
    }
}

pub(crate) fn renamed(mut outputs: Vec<Output>, names: &[String], table: &str) -> Pg<Vec<Output>> {
    if names.len() > outputs.len() {
        return Err(pg(
            "42P10",
            format!(
                "table \"{table}\" has {} columns available but {} columns specified",
                outputs.len(),
                names.len()
            ),
        ));
    }
    for (output, name) in outputs.iter_mut().zip(names) {
        output.label.clone_from(name);
    }
    Ok(outputs)
}

fn settled_output(mut output: Output) -> Output {
    if output.ty.is_unknown() {
        output.ty = Ty::TEXT;
    }
    output
}

/// Whether a query names a table; looked for in its text, which errs on the side of yes.
fn mentions(query: &Query, name: &str) -> bool {
    let text = query.to_string().to_lowercase();
    text.contains(&name.to_lowercase()) && matches!(query.body.as_ref(), SetExpr::SetOperation { .. })
}
