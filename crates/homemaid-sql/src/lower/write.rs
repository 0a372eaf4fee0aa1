//! INSERT, UPDATE and DELETE.

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, Delete, DoUpdate, Expr, FromTable, Insert, OnConflict,
    OnConflictAction, OnInsert, Query, SelectItem, SetExpr, Statement, TableFactor, TableObject, Update,
    UpdateTableFromKind,
};

use super::ex::{Ex, ident, text};
use super::expr::strip;
use super::scope::output_name;
use super::source::{rename, table_source};
use super::{Lower, Lowered, Output, fold, object_name};
use crate::catalog::{Column, Table};
use crate::error::{Pg, pg, unsupported};
use crate::types::Ty;

impl<'a> Lower<'a> {
    /// `WITH ... INSERT`, `UPDATE` or `DELETE`.
    pub(crate) fn write_with(&mut self, query: &Query) -> Pg<Lowered> {
        let mut outside = Ex::new("", Ty::TEXT);
        let with = match &query.with {
            Some(with) => self.with(with, &mut outside)?,
            None => String::new(),
        };
        if query.order_by.is_some() || query.limit_clause.is_some() || query.fetch.is_some() {
            return Err(unsupported(query));
        }
        let (SetExpr::Insert(statement) | SetExpr::Update(statement) | SetExpr::Delete(statement)) =
            query.body.as_ref()
        else {
            return Err(unsupported(query));
        };
        let lowered = match statement {
            Statement::Insert(insert) => self.insert(insert)?,
            Statement::Update(update) => self.update(update)?,
            Statement::Delete(delete) => self.delete(delete)?,
            other => return Err(unsupported(other)),
        };
        Ok(match lowered {
            Lowered::Write {
                sql,
                outputs,
                table,
                upsert,
            } => Lowered::Write {
                sql: format!("{with}{sql}"),
                outputs,
                table,
                upsert,
            },
            other => other,
        })
    }

    pub(crate) fn insert(&mut self, insert: &Insert) -> Pg<Lowered> {
        let Insert {
            insert_token: _,
            optimizer_hints,
            or: None,
            ignore: false,
            into: true,
            table,
            table_alias,
            columns,
            by_name: false,
            overwrite: false,
            source,
            assignments,
            partitioned: None,
            after_columns,
            overriding: None,
            has_table_keyword: false,
            on,
            returning,
            output: None,
            replace_into: false,
            priority: None,
            insert_alias: None,
            settings: None,
            format_clause: None,
            multi_table_insert_type: None,
            multi_table_into_clauses,
            multi_table_when_clauses,
            multi_table_else_clause: None,
        } = insert
        else {
            return Err(unsupported(format_args!("this form of INSERT: {insert}")));
        };
        let empty = optimizer_hints.is_empty()
            && assignments.is_empty()
            && after_columns.is_empty()
            && multi_table_into_clauses.is_empty()
            && multi_table_when_clauses.is_empty();
        let TableObject::TableName(name) = table else {
            return Err(unsupported(insert));
        };
        if !empty {
            return Err(unsupported(format_args!("this form of INSERT: {insert}")));
        }
        let table = self.table(name)?;
        let mut targets = Vec::new();
        for column in columns {
            let name = object_name(column)?;
            let column = self.target(table, &name)?;
            if targets.iter().any(|other: &&Column| other.name == column.name) {
                return Err(pg("42701", format!("column \"{name}\" specified more than once")));
            }
            targets.push(column);
        }
        let explicit = !targets.is_empty();
        if !explicit {
            targets = table.columns.iter().collect();
        }
        let (names, values) = match source {
            None => (Vec::new(), self.default_row(table)?),
            Some(source) => self.insert_source(table, source, targets, explicit)?,
        };
        let names = if source.is_none() {
            table.columns.iter().map(|column| ident(&column.name)).collect()
        } else {
            names
        };
        let alias = self.fresh();
        let mut sql = format!(
            "INSERT INTO {} AS {alias} ({}) {values}",
            ident(&table.name),
            names.join(", ")
        );
        let visible = match table_alias {
            Some(own) => fold(&own.alias),
            None => table.name.clone(),
        };
        let mut upsert = false;
        match on {
            None => {}
            Some(OnInsert::OnConflict(conflict)) => {
                upsert = matches!(conflict.action, OnConflictAction::DoUpdate(_));
                sql.push_str(&self.on_conflict(table, &alias, &visible, conflict)?);
            }
            Some(other) => return Err(unsupported(other)),
        }
        let outputs = self.returning(table, &visible, returning.as_deref(), &mut sql)?;
        Ok(Lowered::Write {
            sql,
            outputs,
            table: table.name.clone(),
            upsert,
        })
    }

    /// A row of defaults.
    fn default_row(&mut self, table: &Table) -> Pg<String> {
        let values = table
            .columns
            .iter()
            .map(|column| self.default(table, column))
            .collect::<Pg<Vec<_>>>()?;
        Ok(format!("VALUES ({})", values.join(", ")))
    }

    fn target(&self, table: &'a Table, name: &str) -> Pg<&'a Column> {
        table.column(name).ok_or_else(|| {
            pg(
                "42703",
                format!("column \"{name}\" of relation \"{}\" does not exist", table.name),
            )
        })
    }

    /// Returns SQLite's text of a column's default; NULL without one.
    pub(crate) fn default(&mut self, table: &Table, column: &Column) -> Pg<String> {
        if let Some(sequence) = column.sequence {
            return Ok(format!("hm_nextval({sequence}, {})", column.ty.ty.base.code()));
        }
        let Some(default) = &column.default else {
            return Ok(self.guarded(table, column, "NULL".to_owned()));
        };
        let expr = crate::parse::expression(default)?;
        // A default refers to nothing.
        let scopes = std::mem::take(&mut self.scopes);
        let ex = self.expr(&expr);
        self.scopes = scopes;
        Ok(self.guarded(table, column, self.assign(ex?, column.ty, &column.name)?.sql))
    }

    /// SQLite would give a NULL row id a number of its own.
    fn guarded(&self, table: &Table, column: &Column, sql: String) -> String {
        if table.row_id() == Some(&column.name) {
            format!(
                "hm_not_null({sql}, {})",
                text(&format!("{}.{}", table.name, column.name))
            )
        } else {
            sql
        }
    }

    fn value_for(&mut self, table: &Table, column: &Column, expr: &Expr) -> Pg<(String, Ex)> {
        if is_default(expr) {
            return Ok((self.default(table, column)?, Ex::new("", Ty::TEXT)));
        }
        if column.always {
            return Err(pg(
                "428C9",
                format!(
                    "cannot insert a non-DEFAULT value into column \"{}\"",
                    column.name
                ),
            ));
        }
        let ex = self.expr(expr)?;
        let ex = self.assign(ex, column.ty, &column.name)?;
        Ok((self.guarded(table, column, ex.sql.clone()), ex))
    }

    fn insert_source(
        &mut self,
        table: &'a Table,
        source: &Query,
        mut targets: Vec<&'a Column>,
        explicit: bool,
    ) -> Pg<(Vec<String>, String)> {
        let width = |count: usize, targets: &mut Vec<&'a Column>| {
            if count > targets.len() {
                return Err(pg("42601", "INSERT has more expressions than target columns"));
            }
            if explicit && count < targets.len() {
                return Err(pg("42601", "INSERT has more target columns than expressions"));
            }
            targets.truncate(count);
            Ok(())
        };
        let others = |targets: &[&Column]| -> Vec<&'a Column> {
            table
                .columns
                .iter()
                .filter(|column| !targets.iter().any(|target| target.name == column.name))
                .filter(|column| {
                    column.default.is_some()
                        || column.sequence.is_some()
                        || table.row_id() == Some(&column.name)
                })
                .collect()
        };
        let plain = source.with.is_none()
            && source.order_by.is_none()
            && source.limit_clause.is_none()
            && source.fetch.is_none();
        if let (SetExpr::Values(values), true) = (source.body.as_ref(), plain) {
            let count = values.rows.first().map_or(0, |row| row.content.len());
            width(count, &mut targets)?;
            let others = others(&targets);
            let mut rows = Vec::new();
            for row in &values.rows {
                if row.content.len() != count {
                    return Err(pg("42601", "VALUES lists must all be the same length"));
                }
                let mut parts = Vec::new();
                for (column, expr) in targets.iter().zip(&row.content) {
                    let (sql, ex) = self.value_for(table, column, expr)?;
                    ex.plain("VALUES")?;
                    parts.push(sql);
                }
                for column in &others {
                    parts.push(self.default(table, column)?);
                }
                rows.push(format!("({})", parts.join(", ")));
            }
            let names = targets
                .iter()
                .chain(&others)
                .map(|column| ident(&column.name))
                .collect();
            return Ok((names, format!("VALUES {}", rows.join(", "))));
        }
        self.untyped_outputs = true;
        let (sql, outputs, _) = self.query(source)?;
        self.untyped_outputs = false;
        width(outputs.len(), &mut targets)?;
        let mut parts = Vec::new();
        for (at, (column, output)) in targets.iter().zip(&outputs).enumerate() {
            if column.always {
                return Err(pg(
                    "428C9",
                    format!(
                        "cannot insert a non-DEFAULT value into column \"{}\"",
                        column.name
                    ),
                ));
            }
            let name = output_name(at);
            let ex = if output.ty.is_unknown() {
                let ty = column.seen();
                Ex::new(
                    format!("hm_input({name}, {}, {})", ty.base.code(), i64::from(ty.array)),
                    ty,
                )
            } else {
                Ex::new(name, output.ty)
            };
            let ex = self.assign(ex, column.ty, &column.name)?;
            parts.push(self.guarded(table, column, ex.sql));
        }
        let others = others(&targets);
        for column in &others {
            parts.push(self.default(table, column)?);
        }
        let names = targets
            .iter()
            .chain(&others)
            .map(|column| ident(&column.name))
            .collect();
        let alias = self.fresh();
        // Materialised, so that sequences count in the query's order; WHERE keeps ON CONFLICT from being read as a join's.
        let select = format!(
            "WITH {alias} AS MATERIALIZED ({sql}) SELECT {} FROM {alias} WHERE 1",
            parts.join(", ")
        );
        Ok((names, select))
    }

    fn on_conflict(
        &mut self,
        table: &'a Table,
        alias: &str,
        visible: &str,
        conflict: &OnConflict,
    ) -> Pg<String> {
        let mut sql = " ON CONFLICT".to_owned();
        match &conflict.conflict_target {
            None => {
                if matches!(conflict.action, OnConflictAction::DoUpdate(_)) {
                    return Err(pg(
                        "42601",
                        "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                    ));
                }
            }
            Some(ConflictTarget::Columns { columns, predicate }) => {
                let mut names: Vec<String> = Vec::new();
                for column in columns {
                    let name = self
                        .target(table, &fold(column))
                        .map_err(|_| pg("42703", format!("column \"{}\" does not exist", fold(column))))?
                        .name
                        .clone();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                let same = |other: &[String]| {
                    other.len() == names.len() && other.iter().all(|name| names.contains(name))
                };
                let fits = table.keys.iter().any(|key| same(&key.columns))
                    || table.indexes.iter().any(|index| {
                        index.unique
                            && index.columns.as_ref().is_some_and(|columns| same(columns))
                            && (index.condition.is_none() || predicate.is_some())
                    });
                if !fits {
                    return Err(pg(
                        "42P10",
                        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
                    ));
                }
                let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
                sql.push_str(&format!(" ({})", names.join(", ")));
                if let Some(predicate) = predicate {
                    self.enter();
                    self.add_source(table_source(table, ""))?;
                    let mut outside = Ex::new("", Ty::TEXT);
                    let predicate = self.condition(predicate, "ON CONFLICT", &mut outside);
                    self.leave();
                    // Only a partial index has one for SQLite.
                    if table
                        .indexes
                        .iter()
                        .any(|index| index.unique && index.condition.is_some())
                    {
                        sql.push_str(&format!(" WHERE {}", predicate?));
                    }
                }
            }
            Some(ConflictTarget::OnConstraint(name)) => {
                let name = object_name(name)?;
                let key = table.keys.iter().find(|key| key.name == name).ok_or_else(|| {
                    pg(
                        "42704",
                        format!(
                            "constraint \"{name}\" for table \"{}\" does not exist",
                            table.name
                        ),
                    )
                })?;
                let names: Vec<_> = key.columns.iter().map(|name| ident(name)).collect();
                sql.push_str(&format!(" ({})", names.join(", ")));
            }
        }
        match &conflict.action {
            OnConflictAction::DoNothing => sql.push_str(" DO NOTHING"),
            OnConflictAction::DoUpdate(update) => {
                self.enter();
                let result = self.do_update(table, alias, visible, update);
                self.leave();
                sql.push_str(&result?);
            }
        }
        Ok(sql)
    }

    fn do_update(&mut self, table: &'a Table, alias: &str, visible: &str, update: &DoUpdate) -> Pg<String> {
        let mut own = table_source(table, alias);
        visible.clone_into(&mut own.name);
        self.add_source(own)?;
        let mut excluded = table_source(table, "excluded");
        "excluded".clone_into(&mut excluded.name);
        self.add_source(excluded)?;
        let mut sql = format!(" DO UPDATE SET {}", self.assignments(table, &update.assignments)?);
        if let Some(condition) = &update.selection {
            let mut outside = Ex::new("", Ty::TEXT);
            sql.push_str(&format!(
                " WHERE {}",
                self.condition(condition, "WHERE", &mut outside)?
            ));
        }
        Ok(sql)
    }

    fn assignments(&mut self, table: &'a Table, assignments: &[Assignment]) -> Pg<String> {
        let mut pairs: Vec<(&Column, &Expr)> = Vec::new();
        for assignment in assignments {
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => {
                    pairs.push((self.target(table, &object_name(name)?)?, &assignment.value));
                }
                AssignmentTarget::Tuple(names) => {
                    let Expr::Tuple(values) = strip(&assignment.value) else {
                        return Err(unsupported(format_args!("the assignment {assignment}")));
                    };
                    if names.len() != values.len() {
                        return Err(pg("42601", "number of columns does not match number of values"));
                    }
                    for (name, value) in names.iter().zip(values) {
                        pairs.push((self.target(table, &object_name(name)?)?, value));
                    }
                }
            }
        }
        let mut parts = Vec::new();
        for (at, (column, value)) in pairs.iter().enumerate() {
            if pairs[..at].iter().any(|(other, _)| other.name == column.name) {
                return Err(pg(
                    "42601",
                    format!("multiple assignments to same column \"{}\"", column.name),
                ));
            }
            if column.always && !is_default(value) {
                return Err(pg(
                    "428C9",
                    format!("column \"{}\" can only be updated to DEFAULT", column.name),
                ));
            }
            let (sql, ex) = self.value_for(table, column, value)?;
            ex.plain("UPDATE")?;
            parts.push(format!("{} = {sql}", ident(&column.name)));
        }
        Ok(parts.join(", "))
    }

    pub(crate) fn update(&mut self, update: &Update) -> Pg<Lowered> {
        let Update {
            update_token: _,
            optimizer_hints,
            table,
            on_cluster: None,
            assignments,
            from,
            selection,
            returning,
            output: None,
            or: None,
            order_by,
            limit: None,
            settings: None,
        } = update
        else {
            return Err(unsupported(format_args!("this form of UPDATE: {update}")));
        };
        if !optimizer_hints.is_empty() || !order_by.is_empty() || !table.joins.is_empty() {
            return Err(unsupported(format_args!("this form of UPDATE: {update}")));
        }
        let (target, visible) = self.plain_table(&table.relation)?;
        let alias = self.fresh();
        self.enter();
        let result = (|| {
            let mut source = table_source(target, &alias);
            source.name.clone_from(&visible);
            self.add_source(source)?;
            let mut outside = Ex::new("", Ty::TEXT);
            let from = match from {
                None => String::new(),
                Some(UpdateTableFromKind::AfterSet(from)) => {
                    // FROM does not see the target; it does not need to, but names must differ.
                    format!(" FROM {}", self.from(from, &mut outside)?)
                }
                Some(UpdateTableFromKind::BeforeSet(_)) => return Err(unsupported(update)),
            };
            let set = self.assignments(target, assignments)?;
            let condition = match selection {
                Some(condition) => format!(" WHERE {}", self.condition(condition, "WHERE", &mut outside)?),
                None => String::new(),
            };
            Ok(format!(
                "UPDATE {} AS {alias} SET {set}{from}{condition}",
                ident(&target.name)
            ))
        })();
        self.leave();
        let mut sql = result?;
        let outputs = self.returning(target, &visible, returning.as_deref(), &mut sql)?;
        Ok(Lowered::Write {
            sql,
            outputs,
            table: target.name.clone(),
            upsert: false,
        })
    }

    pub(crate) fn delete(&mut self, delete: &Delete) -> Pg<Lowered> {
        let Delete {
            delete_token: _,
            optimizer_hints,
            tables,
            from: FromTable::WithFromKeyword(from),
            on_cluster: None,
            using,
            selection,
            returning,
            output: None,
            order_by,
            limit: None,
            settings: None,
        } = delete
        else {
            return Err(unsupported(format_args!("this form of DELETE: {delete}")));
        };
        let ([from], true) = (
            from.as_slice(),
            optimizer_hints.is_empty() && tables.is_empty() && order_by.is_empty(),
        ) else {
            return Err(unsupported(format_args!("this form of DELETE: {delete}")));
        };
        if !from.joins.is_empty() {
            return Err(unsupported(format_args!("this form of DELETE: {delete}")));
        }
        let (target, visible) = self.plain_table(&from.relation)?;
        let alias = self.fresh();
        self.enter();
        let result = (|| {
            let mut source = table_source(target, &alias);
            source.name.clone_from(&visible);
            self.add_source(source)?;
            let mut outside = Ex::new("", Ty::TEXT);
            let using = match using {
                Some(using) => Some(self.from(using, &mut outside)?),
                None => None,
            };
            let condition = match selection {
                Some(condition) => format!(" WHERE {}", self.condition(condition, "WHERE", &mut outside)?),
                None => String::new(),
            };
            let table = ident(&target.name);
            Ok(match using {
                None => format!("DELETE FROM {table} AS {alias}{condition}"),
                Some(using) => {
                    let id = row_id_name(target)?;
                    format!(
                        "DELETE FROM {table} WHERE {id} IN (SELECT {alias}.{id} FROM {table} AS {alias}, {using}{condition})"
                    )
                }
            })
        })();
        self.leave();
        let mut sql = result?;
        let outputs = self.returning(target, &visible, returning.as_deref(), &mut sql)?;
        Ok(Lowered::Write {
            sql,
            outputs,
            table: target.name.clone(),
            upsert: false,
        })
    }

    /// The table of UPDATE and DELETE, and the name it goes by.
    fn plain_table(&mut self, factor: &TableFactor) -> Pg<(&'a Table, String)> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_directives,
            inheritance: None,
        } = factor
        else {
            return Err(unsupported(factor));
        };
        if !with_hints.is_empty() || !partitions.is_empty() || !index_directives.is_empty() {
            return Err(unsupported(factor));
        }
        let table = self.table(name)?;
        let mut source = table_source(table, "x");
        rename(&mut source, alias.as_ref())?;
        Ok((table, source.name))
    }

    /// RETURNING: only the changed table's own columns.
    fn returning(
        &mut self,
        table: &Table,
        visible: &str,
        items: Option<&[SelectItem]>,
        sql: &mut String,
    ) -> Pg<Vec<Output>> {
        let Some(items) = items else { return Ok(Vec::new()) };
        self.enter();
        let mut source = table_source(table, "");
        visible.clone_into(&mut source.name);
        let result = self.add_source(source).and_then(|()| self.items(items));
        self.leave();
        let items = result.map_err(|error| match error.state {
            "42P01" => unsupported("RETURNING of another table's columns"),
            _ => error,
        })?;
        let (mut outputs, mut parts) = (Vec::new(), Vec::new());
        for (label, ex) in items {
            ex.plain("RETURNING")?;
            if ex.query {
                return Err(unsupported("a query in RETURNING"));
            }
            let ex = self.settled(ex)?;
            parts.push(format!("{} AS {}", ex.sql, output_name(parts.len())));
            outputs.push(Output { label, ty: ex.ty });
        }
        sql.push_str(&format!(" RETURNING {}", parts.join(", ")));
        Ok(outputs)
    }
}

/// The name under which SQLite's row id can be reached beside the table's own columns.
pub(crate) fn row_id_name(table: &Table) -> Pg<&'static str> {
    ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|name| {
            !table
                .columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        })
        .ok_or_else(|| unsupported("a table with columns rowid, _rowid_ and oid"))
}

fn is_default(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(name) if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default"))
}
