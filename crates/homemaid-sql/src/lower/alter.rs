//! ALTER TABLE: the catalog is changed first, then the table is rebuilt as it says, unless less will do.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, DropBehavior, Expr, RenameTableNameKind,
};

use super::ddl::{add_constraint, new_column};
use super::ex::{Ex, ident};
use super::schema::{self, check_foreign};
use super::source::table_source;
use super::{Lower, Lowered, fold, object_name};
use crate::catalog::{Catalog, Table};
use crate::error::{Pg, pg, unsupported};
use crate::lex::{self, Kind};
use crate::types::{self, ColumnType};

/// What has to happen to the rows.
#[derive(Default)]
struct Plan {
    steps: Vec<String>,
    rebuild: bool,
    /// New values of columns for the rebuild; other columns are copied.
    values: Vec<(String, String)>,
}

/// Makes the table anew as the catalog says and copies its rows; needs foreign keys switched off.
pub(crate) fn rebuild(table: &Table, values: &[(String, String)]) -> Pg<Vec<String>> {
    let (mut names, mut parts) = (Vec::new(), Vec::new());
    for column in &table.columns {
        let name = ident(&column.name);
        let value = values.iter().find(|(column_name, _)| *column_name == column.name);
        parts.push(value.map_or_else(|| name.clone(), |(_, value)| value.clone()));
        names.push(name);
    }
    let own = ident(&table.name);
    let mut steps = vec![
        schema::create_table(table, "homemaid_new")?,
        format!(
            "INSERT INTO homemaid_new ({}) SELECT {} FROM {own}",
            names.join(", "),
            parts.join(", ")
        ),
        format!("DROP TABLE {own}"),
        format!("ALTER TABLE homemaid_new RENAME TO {own}"),
    ];
    steps.extend(schema::create_indexes(table)?);
    Ok(steps)
}

/// Refuses to take a key away that foreign keys refer to.
pub(crate) fn still_referred(catalog: &Catalog, name: &str, cascade: bool) -> Pg<()> {
    for table in catalog.tables.values() {
        for foreign in table.foreign.iter().filter(|foreign| foreign.table == name) {
            if check_foreign(catalog, table, foreign).is_err() {
                if cascade {
                    return Err(unsupported("CASCADE to foreign keys of other tables"));
                }
                return Err(pg(
                    "2BP01",
                    format!(
                        "cannot drop it because constraint {} on table {} depends on it",
                        foreign.name, table.name
                    ),
                ));
            }
        }
    }
    Ok(())
}

impl Lower<'_> {
    pub(crate) fn alter_table(&mut self, alter: &AlterTable) -> Pg<Lowered> {
        let AlterTable {
            name,
            if_exists,
            only: _,
            operations,
            location: None,
            on_cluster: None,
            table_type: None,
            end_token: _,
        } = alter
        else {
            return Err(unsupported(alter));
        };
        let name = object_name(name)?;
        if !self.catalog.tables.contains_key(&name) {
            if *if_exists {
                return Ok(self.nothing());
            }
            return Err(pg("42P01", format!("relation \"{name}\" does not exist")));
        }
        let mut catalog = self.catalog.clone();
        let mut table = catalog.tables.remove(&name).expect("it is there");
        let mut plan = Plan::default();
        for operation in operations {
            self.alter_one(&mut catalog, &mut table, &mut plan, operation, operations.len())?;
        }
        if plan.rebuild {
            let steps = rebuild(&table, &plan.values)?;
            plan.steps.extend(steps);
        }
        let new_name = table.name.clone();
        let unchanged = self.catalog.tables.get(&name) == Some(&table) && plan.steps.is_empty();
        catalog.tables.insert(new_name.clone(), table);
        if unchanged {
            return Ok(self.nothing());
        }
        still_referred(&catalog, &new_name, false)?;
        for foreign in &catalog.tables[&new_name].foreign {
            check_foreign(&catalog, &catalog.tables[&new_name], foreign)?;
        }
        if catalog.index_count() > crate::limits::INDEXES {
            return Err(pg(
                super::ddl::QUOTA,
                format!("sql indexes {}", crate::limits::INDEXES),
            ));
        }
        Ok(Lowered::Ddl {
            steps: plan.steps,
            catalog: Box::new(catalog),
            rebuilds: plan.rebuild,
        })
    }

    fn alter_one(
        &mut self,
        catalog: &mut Catalog,
        table: &mut Table,
        plan: &mut Plan,
        operation: &AlterTableOperation,
        count: usize,
    ) -> Pg<()> {
        let no_column = |table: &Table, name: &str| {
            pg(
                "42703",
                format!("column \"{name}\" of relation \"{}\" does not exist", table.name),
            )
        };
        match operation {
            AlterTableOperation::AddColumn {
                if_not_exists,
                column_def,
                column_position: None,
                ..
            } => {
                let name = fold(&column_def.name);
                if table.column(&name).is_some() {
                    if *if_not_exists {
                        return Ok(());
                    }
                    return Err(pg(
                        "42701",
                        format!("column \"{name}\" of relation \"{}\" already exists", table.name),
                    ));
                }
                let mut later = Vec::new();
                self.add_column(catalog, table, column_def, &mut later)?;
                let column = table.columns.last().expect("it was just added").clone();
                self.check_default(table, &column)?;
                let simple = later.is_empty() && !column.not_null && column.default.is_none() && count == 1;
                for constraint in &later {
                    add_constraint(catalog, table, constraint)?;
                }
                let column = table.columns.last().expect("it was just added").clone();
                if simple {
                    let ty = column.seen();
                    let collation = ty
                        .collation()
                        .map(|name| format!(" COLLATE {name}"))
                        .unwrap_or_default();
                    plan.steps.push(format!(
                        "ALTER TABLE {} ADD COLUMN {} {}{collation}",
                        ident(&table.name),
                        ident(&name),
                        ty.storage()
                    ));
                } else {
                    let value = self.default(table, &column)?;
                    plan.values.push((name, value));
                    plan.rebuild = true;
                }
            }
            AlterTableOperation::DropColumn {
                column_names,
                if_exists,
                drop_behavior,
                ..
            } => {
                for name in column_names {
                    let name = fold(name);
                    if table.column(&name).is_none() {
                        if *if_exists {
                            continue;
                        }
                        return Err(no_column(table, &name));
                    }
                    drop_column(
                        catalog,
                        table,
                        &name,
                        *drop_behavior == Some(DropBehavior::Cascade),
                    )?;
                    plan.rebuild = true;
                }
            }
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => {
                let (old, new) = (fold(old_column_name), fold(new_column_name));
                if table.column(&old).is_none() {
                    return Err(pg("42703", format!("column \"{old}\" does not exist")));
                }
                if table.column(&new).is_some() {
                    return Err(pg(
                        "42701",
                        format!("column \"{new}\" of relation \"{}\" already exists", table.name),
                    ));
                }
                let mut without = table.clone();
                without.columns.retain(|column| column.name != old);
                new_column(&without, &new)?;
                if plan.rebuild || count > 1 {
                    return Err(unsupported("RENAME COLUMN together with other changes"));
                }
                plan.steps.push(format!(
                    "ALTER TABLE {} RENAME COLUMN {} TO {}",
                    ident(&table.name),
                    ident(&old),
                    ident(&new)
                ));
                rename_column(catalog, table, &old, &new);
            }
            AlterTableOperation::RenameTable {
                table_name: RenameTableNameKind::To(new),
            } => {
                let new = object_name(new)?;
                let mut all = catalog.clone();
                all.tables.insert(table.name.clone(), table.clone());
                if all.is_taken(&new) {
                    return Err(pg("42P07", format!("relation \"{new}\" already exists")));
                }
                let lower = new.to_ascii_lowercase();
                if lower.starts_with(crate::catalog::RESERVED) || lower.starts_with("sqlite_") {
                    return Err(unsupported(format_args!("the name \"{new}\"")));
                }
                plan.steps.push(format!(
                    "ALTER TABLE {} RENAME TO {}",
                    ident(&table.name),
                    ident(&new)
                ));
                for foreign in catalog
                    .tables
                    .values_mut()
                    .flat_map(|other| &mut other.foreign)
                    .chain(&mut table.foreign)
                {
                    if foreign.table == table.name {
                        foreign.table.clone_from(&new);
                    }
                }
                table.name = new;
            }
            AlterTableOperation::AddConstraint {
                constraint,
                not_valid: false,
            } => {
                use sqlparser::ast::TableConstraint::{PrimaryKey, Unique};
                let name = add_constraint(catalog, table, constraint)?;
                let row_id = table.row_id().is_some() && matches!(constraint, PrimaryKey(_));
                let key = table.keys.iter().find(|key| key.name == name);
                match (constraint, key) {
                    (Unique(_), Some(key)) if !plan.rebuild && count == 1 => {
                        plan.steps.push(schema::create_key(table, key));
                    }
                    _ => plan.rebuild = true,
                }
                plan.rebuild |= row_id;
            }
            AlterTableOperation::DropConstraint {
                if_exists,
                name,
                drop_behavior,
            } => {
                let name = fold(name);
                let cascade = *drop_behavior == Some(DropBehavior::Cascade);
                if let Some(at) = table.keys.iter().position(|key| key.name == name) {
                    table.keys.remove(at);
                } else if let Some(at) = table.checks.iter().position(|check| check.name == name) {
                    table.checks.remove(at);
                } else if let Some(at) = table.foreign.iter().position(|foreign| foreign.name == name) {
                    table.foreign.remove(at);
                } else if *if_exists {
                    return Ok(());
                } else {
                    return Err(pg(
                        "42704",
                        format!(
                            "constraint \"{name}\" of relation \"{}\" does not exist",
                            table.name
                        ),
                    ));
                }
                let mut all = catalog.clone();
                all.tables.insert(table.name.clone(), table.clone());
                still_referred(&all, &table.name, cascade)?;
                plan.rebuild = true;
            }
            AlterTableOperation::RenameConstraint { old_name, new_name } => {
                let (old, new) = (fold(old_name), fold(new_name));
                if !table.is_constraint(&old) {
                    return Err(pg(
                        "42704",
                        format!("constraint \"{old}\" for table \"{}\" does not exist", table.name),
                    ));
                }
                if table.is_constraint(&new) || catalog.is_taken(&new) {
                    return Err(pg(
                        "42710",
                        format!(
                            "constraint \"{new}\" for relation \"{}\" already exists",
                            table.name
                        ),
                    ));
                }
                let names = table.keys.iter_mut().map(|key| &mut key.name);
                let names = names.chain(table.checks.iter_mut().map(|check| &mut check.name));
                let names = names.chain(table.foreign.iter_mut().map(|foreign| &mut foreign.name));
                for name in names.filter(|name| **name == old) {
                    name.clone_from(&new);
                }
                plan.rebuild = true;
            }
            AlterTableOperation::AlterColumn { column_name, op } => {
                let name = fold(column_name);
                if table.column(&name).is_none() {
                    return Err(no_column(table, &name));
                }
                self.alter_column(table, plan, &name, op)?;
            }
            other => return Err(unsupported(format_args!("ALTER TABLE {other}"))),
        }
        Ok(())
    }

    fn alter_column(
        &mut self,
        table: &mut Table,
        plan: &mut Plan,
        name: &str,
        op: &AlterColumnOperation,
    ) -> Pg<()> {
        let at = table
            .columns
            .iter()
            .position(|column| column.name == name)
            .expect("the caller looked");
        match op {
            AlterColumnOperation::SetNotNull => {
                plan.rebuild |= !table.columns[at].not_null;
                table.columns[at].not_null = true;
            }
            AlterColumnOperation::DropNotNull => {
                if table
                    .primary()
                    .is_some_and(|key| key.columns.iter().any(|column| column == name))
                {
                    return Err(pg("42P16", format!("column \"{name}\" is in a primary key")));
                }
                if table.columns[at].sequence.is_some() {
                    return Err(unsupported("DROP NOT NULL of a serial column"));
                }
                plan.rebuild |= table.columns[at].not_null;
                table.columns[at].not_null = false;
            }
            AlterColumnOperation::SetDefault { value } => {
                if table.columns[at].sequence.is_some() {
                    return Err(unsupported("SET DEFAULT of a serial column"));
                }
                let mut column = table.columns[at].clone();
                column.default = Some(value.to_string());
                self.default(table, &column)?;
                table.columns[at] = column;
            }
            AlterColumnOperation::DropDefault => {
                if table.columns[at].sequence.is_some() {
                    return Err(unsupported("DROP DEFAULT of a serial column"));
                }
                table.columns[at].default = None;
            }
            AlterColumnOperation::SetDataType { data_type, using, .. } => {
                let (to, serial) = types::from_ast(data_type)?;
                if serial {
                    return Err(pg("42704", format!("type \"{data_type}\" does not exist")));
                }
                let column = table.columns[at].clone();
                if column.sequence.is_some() && !to.ty.base.is_int() {
                    return Err(unsupported("another type for a serial column"));
                }
                let value = self.retyped(table, name, to, using.as_ref())?;
                table.columns[at].ty = to;
                let changed = table.columns[at].clone();
                if self.check_default(table, &changed).is_err() {
                    return Err(pg(
                        "42804",
                        format!(
                            "default for column \"{name}\" cannot be cast automatically to type {}",
                            to.ty.name()
                        ),
                    ));
                }
                plan.values.retain(|(other, _)| other != name);
                plan.values.push((name.to_owned(), value));
                plan.rebuild = true;
            }
            other => return Err(unsupported(format_args!("ALTER COLUMN {other}"))),
        }
        Ok(())
    }

    /// The rows' new value for a column of another type.
    fn retyped(&mut self, table: &Table, name: &str, to: ColumnType, using: Option<&Expr>) -> Pg<String> {
        self.enter();
        let result = (|| {
            self.add_source(table_source(table, ""))?;
            let ex: Ex = match using {
                Some(using) => self.expr(using)?,
                None => self.column(name)?,
            };
            ex.plain("transform expressions")?;
            if ex.query {
                return Err(pg("0A000", "cannot use subquery in transform expression"));
            }
            let from = ex.ty;
            self.assign(ex, to, name).map_err(|error| match error.state {
                "42804" => pg(
                    "42804",
                    format!(
                        "column \"{name}\" cannot be cast automatically to type {}",
                        to.ty.name()
                    ),
                ),
                _ if from == to.ty => error,
                _ => error,
            })
        })();
        self.leave();
        Ok(result?.sql)
    }
}

fn drop_column(catalog: &Catalog, table: &mut Table, name: &str, cascade: bool) -> Pg<()> {
    if table.columns.len() == 1 {
        return Err(unsupported("a table without columns"));
    }
    table.columns.retain(|column| column.name != name);
    let has = |names: &[String]| names.iter().any(|column| column == name);
    table.keys.retain(|key| !has(&key.columns));
    table.foreign.retain(|foreign| !has(&foreign.columns));
    // What no longer translates referred to the column.
    let probe = table.clone();
    table
        .checks
        .retain(|check| schema::check_sql(&probe, &check.condition).is_ok());
    table
        .indexes
        .retain(|index| schema::create_index(&probe, index).is_ok());
    let mut all = catalog.clone();
    all.tables.insert(table.name.clone(), table.clone());
    still_referred(&all, &table.name, cascade)
}

fn rename_column(catalog: &mut Catalog, table: &mut Table, old: &str, new: &str) {
    let swap = |names: &mut [String]| {
        for name in names.iter_mut().filter(|name| *name == old) {
            new.clone_into(name);
        }
    };
    let table_name = table.name.clone();
    for foreign in catalog
        .tables
        .values_mut()
        .flat_map(|other| &mut other.foreign)
        .chain(&mut table.foreign)
    {
        if foreign.table == table_name {
            swap(&mut foreign.referred);
        }
    }
    for column in table.columns.iter_mut().filter(|column| column.name == old) {
        new.clone_into(&mut column.name);
    }
    table.keys.iter_mut().for_each(|key| swap(&mut key.columns));
    table
        .foreign
        .iter_mut()
        .for_each(|foreign| swap(&mut foreign.columns));
    for check in &mut table.checks {
        check.condition = reworded(&check.condition, old, new);
    }
    for index in &mut table.indexes {
        if let Some(columns) = &mut index.columns {
            swap(columns);
        }
        for part in index.parts.iter_mut().chain(&mut index.condition) {
            *part = reworded(part, old, new);
        }
    }
}

/// Renames a column in an expression's text.
fn reworded(text: &str, old: &str, new: &str) -> String {
    let Some(statement) = lex::split(text).ok().and_then(|mut all| all.pop()) else {
        return text.to_owned();
    };
    let mut out = String::new();
    let mut copied = 0;
    for (at, token) in statement.tokens.iter().enumerate() {
        let word = statement.at(token);
        let is_column = match token.kind {
            Kind::Word => word.to_ascii_lowercase() == old && !statement.is_symbol(at + 1, "("),
            Kind::Quoted => word == ident(old),
            _ => false,
        };
        if is_column {
            out.push_str(&statement.text[copied..token.range.start]);
            out.push_str(&ident(new));
            copied = token.range.end;
        }
    }
    out.push_str(&statement.text[copied..]);
    out
}
