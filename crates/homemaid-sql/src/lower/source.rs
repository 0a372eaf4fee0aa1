//! FROM: tables, queries, functions and joins.

use std::collections::HashSet;

use sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, ObjectNamePart, TableAlias, TableFactor, TableWithJoins,
};

use super::ex::{Ex, ident};
use super::query::renamed;
use super::scope::{Source, SourceColumn};
use super::{Lower, fold, object_name};
use crate::catalog::Table;
use crate::error::{Pg, pg, unsupported};
use crate::types::Ty;

impl Lower<'_> {
    /// Translates FROM and makes its columns known.
    pub(crate) fn from(&mut self, from: &[TableWithJoins], outside: &mut Ex) -> Pg<String> {
        let mut parts = Vec::new();
        for item in from {
            parts.push(self.joined_tables(item, outside)?);
        }
        Ok(parts.join(", "))
    }

    fn joined_tables(&mut self, item: &TableWithJoins, outside: &mut Ex) -> Pg<String> {
        let before = self.scope().sources.len();
        let mut sql = self.factor(&item.relation, outside)?;
        for join in &item.joins {
            sql = self.join(sql, join, before, outside)?;
        }
        Ok(sql)
    }

    fn join(&mut self, left: String, join: &Join, from: usize, outside: &mut Ex) -> Pg<String> {
        if join.global {
            return Err(unsupported(join));
        }
        let (word, constraint) = match &join.join_operator {
            JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => ("JOIN", constraint),
            JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => ("LEFT JOIN", constraint),
            JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => {
                ("RIGHT JOIN", constraint)
            }
            JoinOperator::FullOuter(constraint) => ("FULL JOIN", constraint),
            JoinOperator::CrossJoin(JoinConstraint::None) => ("CROSS JOIN", &JoinConstraint::None),
            _ => return Err(unsupported(join)),
        };
        let middle = self.scope().sources.len();
        let right = self.factor(&join.relation, outside)?;
        let sql = format!("{left} {word} {right}");
        match constraint {
            JoinConstraint::On(condition) => {
                // ON sees the tables of its own join only.
                let hidden: Vec<Source> = self.scope().sources.drain(..from).collect();
                let condition = self.condition(condition, "JOIN/ON", outside);
                self.scope().sources.splice(0..0, hidden);
                Ok(format!("{sql} ON {}", condition?))
            }
            JoinConstraint::Using(names) => {
                let names = names.iter().map(object_name).collect::<Pg<Vec<_>>>()?;
                self.using(sql, word, &names, from, middle)
            }
            JoinConstraint::Natural => {
                let scope = self.scope();
                let right: Vec<String> = scope.sources[middle..]
                    .iter()
                    .flat_map(|source| source.columns.iter().map(|column| column.name.clone()))
                    .collect();
                let shared = |name: &String| {
                    scope.merged.iter().any(|column| column.name == *name)
                        || scope.sources[from..middle].iter().any(|source| {
                            !source.hidden.contains(name)
                                && source.columns.iter().any(|column| column.name == *name)
                        })
                };
                let names: Vec<String> = right.into_iter().filter(|name| shared(name)).collect();
                self.using(sql, word, &names, from, middle)
            }
            JoinConstraint::None if word == "CROSS JOIN" => Ok(sql),
            JoinConstraint::None => Err(pg("42601", "syntax error at end of input")),
            JoinConstraint::UsingAlias(..) => Err(unsupported(join)),
        }
    }

    /// USING and NATURAL: each pair of columns is one.
    fn using(&mut self, sql: String, word: &str, names: &[String], from: usize, middle: usize) -> Pg<String> {
        let mut conditions = Vec::new();
        for name in names {
            let scope = self.scope();
            let find = |sources: &[Source], side: &str| -> Pg<(usize, SourceColumn)> {
                let mut found = None;
                for (at, source) in sources
                    .iter()
                    .enumerate()
                    .filter(|(_, source)| !source.hidden.contains(name))
                {
                    for column in source.columns.iter().filter(|column| column.name == *name) {
                        if found.is_some() {
                            return Err(pg(
                                "42702",
                                format!(
                                    "common column name \"{name}\" appears more than once in {side} table"
                                ),
                            ));
                        }
                        found = Some((at, column.clone()));
                    }
                }
                found.ok_or_else(|| {
                    pg(
                        "42703",
                        format!("column \"{name}\" specified in USING clause does not exist in {side} table"),
                    )
                })
            };
            let merged = scope.merged.iter().position(|column| column.name == *name);
            let left = match merged {
                Some(at) => scope.merged[at].clone(),
                None => find(&scope.sources[from..middle], "left")?.1,
            };
            let (right_at, right) = find(&scope.sources[middle..], "right")?;
            let (a, b) = (
                Ex::new(left.sql.clone(), left.ty),
                Ex::new(right.sql.clone(), right.ty),
            );
            let (a, b) = self.matched("=", a, b)?;
            conditions.push(format!("{} = {}", a.collated(), b.sql));
            let value = match word {
                "RIGHT JOIN" => b.sql.clone(),
                "FULL JOIN" => format!("coalesce({}, {})", a.sql, b.sql),
                _ => a.sql.clone(),
            };
            let column = SourceColumn {
                name: name.clone(),
                sql: value,
                ty: a.ty,
            };
            let scope = self.scope();
            if let Some(at) = merged {
                scope.merged[at] = column;
            } else {
                for source in &mut scope.sources[from..middle] {
                    if source.columns.iter().any(|column| column.name == *name) {
                        source.hidden.insert(name.clone());
                    }
                }
                scope.merged.push(column);
            }
            scope.sources[middle + right_at].hidden.insert(name.clone());
        }
        if conditions.is_empty() {
            return Ok(format!("{sql} ON 1"));
        }
        Ok(format!("{sql} ON {}", conditions.join(" AND ")))
    }

    fn factor(&mut self, factor: &TableFactor, outside: &mut Ex) -> Pg<String> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version: None,
                with_ordinality,
                partitions,
                json_path: None,
                sample: None,
                index_directives,
                inheritance: None,
            } if with_hints.is_empty() && partitions.is_empty() && index_directives.is_empty() => {
                if let Some(args) = args {
                    if args.settings.is_some() {
                        return Err(unsupported(factor));
                    }
                    let name = object_name(name)?;
                    let arguments = self.arguments(&args.args)?;
                    return self.function_factor(&name, arguments, *with_ordinality, alias.as_ref(), outside);
                }
                if *with_ordinality {
                    return Err(pg("42601", "syntax error at or near \"WITH\""));
                }
                let folded = match name.0.as_slice() {
                    [ObjectNamePart::Identifier(ident)] => Some(fold(ident)),
                    _ => None,
                };
                let cte =
                    folded.and_then(|name| self.ctes.iter().rev().find(|cte| cte.name == name).cloned());
                if let Some(cte) = cte {
                    let alias_sql = self.fresh();
                    let mut source = Source::numbered(cte.name.clone(), alias_sql.clone(), &cte.columns);
                    rename(&mut source, alias.as_ref())?;
                    self.add_source(source)?;
                    return Ok(format!("{} AS {alias_sql}", cte.sql_name));
                }
                let table = self.table(name)?;
                let alias_sql = self.fresh();
                let mut source = table_source(table, &alias_sql);
                rename(&mut source, alias.as_ref())?;
                self.add_source(source)?;
                Ok(format!("{} AS {alias_sql}", ident(&table.name)))
            }
            TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample: None,
            } => {
                // A query in FROM sees the outer queries, but with LATERAL its neighbours too, which SQLite cannot.
                let neighbours = std::mem::take(&mut self.scope().sources);
                let merged = std::mem::take(&mut self.scope().merged);
                let translated = self.query(subquery);
                self.scope().sources = neighbours;
                self.scope().merged = merged;
                let (sql, outputs, parts) = match translated {
                    Err(error) if *lateral && matches!(error.state, "42703" | "42P01") => {
                        return Err(unsupported("LATERAL queries"));
                    }
                    other => other?,
                };
                outside.absorb(&parts);
                let Some(alias) = alias else {
                    return Err(pg("42601", "subquery in FROM must have an alias"));
                };
                let alias_sql = self.fresh();
                let mut source = Source::numbered(String::new(), alias_sql.clone(), &outputs);
                rename(&mut source, Some(alias))?;
                self.add_source(source)?;
                Ok(format!("({sql}) AS {alias_sql}"))
            }
            TableFactor::Function {
                name,
                args,
                with_ordinality,
                alias,
                ..
            } => {
                let name = object_name(name)?;
                let arguments = self.arguments(args)?;
                self.function_factor(&name, arguments, *with_ordinality, alias.as_ref(), outside)
            }
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_offset_alias: None,
                with_ordinality,
            } => {
                let arguments = array_exprs
                    .iter()
                    .map(|expr| self.expr(expr))
                    .collect::<Pg<Vec<_>>>()?;
                self.function_factor("unnest", arguments, *with_ordinality, alias.as_ref(), outside)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias: None,
            } => {
                let sql = self.joined_tables(table_with_joins, outside)?;
                Ok(format!("({sql})"))
            }
            other => Err(unsupported(other)),
        }
    }

    fn function_factor(
        &mut self,
        name: &str,
        arguments: Vec<Ex>,
        ordinality: bool,
        alias: Option<&TableAlias>,
        outside: &mut Ex,
    ) -> Pg<String> {
        let id = self.scope().id;
        for argument in &arguments {
            let mut part = argument.clone();
            part.free.retain(|free| free.scope != id);
            outside.absorb(&part);
        }
        let (sql, mut source) = self.series_source(name, arguments, ordinality)?;
        // A column that the function itself does not name takes the alias's name.
        let unnamed = source.columns[0].name == name;
        rename(&mut source, alias)?;
        if unnamed && alias.is_some_and(|alias| alias.columns.is_empty()) {
            source.columns[0].name.clone_from(&source.name);
        }
        self.add_source(source)?;
        Ok(sql)
    }
}

/// A table's columns under an alias.
pub(crate) fn table_source(table: &Table, alias: &str) -> Source {
    let columns = table
        .columns
        .iter()
        .map(|column| SourceColumn {
            name: column.name.clone(),
            sql: if alias.is_empty() {
                ident(&column.name)
            } else {
                format!("{alias}.{}", ident(&column.name))
            },
            ty: column.seen(),
        })
        .collect();
    Source {
        name: table.name.clone(),
        columns,
        key: table.primary().map(|key| key.columns.clone()).unwrap_or_default(),
        hidden: HashSet::new(),
        scalar: false,
    }
}

/// Applies `AS name (columns)`.
pub(crate) fn rename(source: &mut Source, alias: Option<&TableAlias>) -> Pg<()> {
    let Some(alias) = alias else { return Ok(()) };
    if alias.at.is_some() || alias.columns.iter().any(|column| column.data_type.is_some()) {
        return Err(unsupported(format_args!("the alias {alias}")));
    }
    source.name = fold(&alias.name);
    let names: Vec<String> = alias.columns.iter().map(|column| fold(&column.name)).collect();
    let outputs = source
        .columns
        .iter()
        .map(|column| super::Output {
            label: column.name.clone(),
            ty: Ty::TEXT,
        })
        .collect();
    for (column, output) in source
        .columns
        .iter_mut()
        .zip(renamed(outputs, &names, &source.name)?)
    {
        // The key is known by the columns' own names.
        if let Some(key) = source.key.iter_mut().find(|key| **key == column.name) {
            key.clone_from(&output.label);
        }
        column.name = output.label;
    }
    Ok(())
}
