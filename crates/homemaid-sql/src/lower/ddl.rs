//! CREATE TABLE, CREATE INDEX and DROP.

use sqlparser::ast::helpers::stmt_create_table::CreateTableBuilder;
use sqlparser::ast::{
    CheckConstraint, ColumnDef, ColumnOption, ConstraintCharacteristics, ConstraintReferenceMatchKind,
    CreateIndex, CreateTable, Expr, ForeignKeyConstraint, GeneratedAs, Ident, IndexColumn,
    NullsDistinctOption, ObjectType, OrderByExpr, OrderBySort, ReferentialAction, Statement, TableConstraint,
};

use super::alter;
use super::ex::{Ex, ident};
use super::expr::strip;
use super::schema::{self, check_foreign};
use super::scope::output_name;
use super::source::table_source;
use super::{Lower, Lowered, fold, object_name};
use crate::catalog::{Catalog, Check, Column, Foreign, Index, Key, RESERVED, Table};
use crate::error::{Pg, pg, unsupported};
use crate::limits::{COLUMNS, INDEXES, TABLES};
use crate::types::{self, Base, ColumnType};

/// The state under which a quota passes through as an error of the statement; `Database` turns it into the quota's.
pub(crate) const QUOTA: &str = "53100";

/// An index part's expression and its direction, as one text.
pub(crate) struct OrderText;

impl OrderText {
    pub(crate) fn join(expr: &Expr, descending: bool) -> String {
        format!("{}{expr}", if descending { "-" } else { "+" })
    }

    pub(crate) fn split(text: &str) -> (&str, &'static str) {
        match text.strip_prefix('-') {
            Some(rest) => (rest, " DESC"),
            None => (text.trim_start_matches('+'), ""),
        }
    }
}

/// Refuses names that are the host's or SQLite's, or that SQLite takes for another's.
fn new_name(catalog: &Catalog, name: &str) -> Pg<()> {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with(RESERVED) || lower.starts_with("sqlite_") || name.starts_with('=') || name.is_empty()
    {
        return Err(unsupported(format_args!("the name \"{name}\"")));
    }
    if catalog.tables.contains_key(name) || catalog.table_of_index(name).is_some() {
        return Err(pg("42P07", format!("relation \"{name}\" already exists")));
    }
    if catalog.is_taken(name) {
        return Err(unsupported(format_args!(
            "the name \"{name}\", which differs from another's in case only,"
        )));
    }
    Ok(())
}

pub(crate) fn new_column(table: &Table, name: &str) -> Pg<()> {
    if table.column(name).is_some() {
        return Err(pg("42701", format!("column \"{name}\" specified more than once")));
    }
    if table
        .columns
        .iter()
        .any(|column| column.name.eq_ignore_ascii_case(name))
    {
        return Err(unsupported(format_args!(
            "the name \"{name}\", which differs from another's in case only,"
        )));
    }
    if name.starts_with('=') || name.is_empty() {
        return Err(unsupported(format_args!("the name \"{name}\"")));
    }
    if matches!(name, "xmin" | "xmax" | "cmin" | "cmax" | "ctid" | "tableoid") {
        return Err(pg(
            "42701",
            format!("column name \"{name}\" conflicts with a system column name"),
        ));
    }
    if table.columns.len() >= COLUMNS {
        return Err(pg(QUOTA, format!("sql columns {COLUMNS} per table")));
    }
    Ok(())
}

/// Makes a name in the form PostgreSQL gives, with a number when it is taken.
fn made_name(base: &str, taken: impl Fn(&str) -> bool) -> String {
    let cut = |name: &str, room: usize| {
        let end = (0..=room.min(name.len()))
            .rev()
            .find(|at| name.is_char_boundary(*at))
            .unwrap_or(0);
        name[..end].to_owned()
    };
    let (stem, suffix) = base.rsplit_once('_').unwrap_or((base, ""));
    for number in 0..10_000 {
        let number = if number == 0 {
            String::new()
        } else {
            number.to_string()
        };
        let end = format!("_{suffix}{number}");
        let name = format!("{}{end}", cut(stem, 63 - end.len()));
        if !taken(&name) {
            return name;
        }
    }
    base.to_owned()
}

fn quota(catalog: &Catalog) -> Pg<()> {
    if catalog.tables.len() > TABLES {
        return Err(pg(QUOTA, format!("sql tables {TABLES}")));
    }
    if catalog.index_count() > INDEXES {
        return Err(pg(QUOTA, format!("sql indexes {INDEXES}")));
    }
    Ok(())
}

impl Lower<'_> {
    pub(crate) fn create_table(&mut self, create: &CreateTable) -> Pg<Lowered> {
        let plain = CreateTableBuilder::new(create.name.clone())
            .if_not_exists(create.if_not_exists)
            .columns(create.columns.clone())
            .constraints(create.constraints.clone())
            .query(create.query.clone())
            .build();
        if Statement::CreateTable(create.clone()) != plain.into() {
            return Err(unsupported(format_args!("this form of CREATE TABLE: {create}")));
        }
        let name = object_name(&create.name)?;
        if create.if_not_exists
            && (self.catalog.tables.contains_key(&name) || self.catalog.table_of_index(&name).is_some())
        {
            return Ok(self.nothing());
        }
        new_name(self.catalog, &name)?;
        let mut catalog = self.catalog.clone();
        let mut table = Table {
            name: name.clone(),
            columns: Vec::new(),
            keys: Vec::new(),
            checks: Vec::new(),
            foreign: Vec::new(),
            indexes: Vec::new(),
        };
        let mut fill = None;
        if let Some(query) = &create.query {
            if !create.constraints.is_empty() {
                return Err(unsupported(create));
            }
            let (sql, outputs, _) = self.query(query)?;
            if !create.columns.is_empty() {
                return Err(unsupported("column names in CREATE TABLE AS"));
            }
            for output in &outputs {
                new_column(&table, &output.label)?;
                if output.ty.is(Base::Void) {
                    return Err(pg(
                        "42P16",
                        format!("column \"{}\" has pseudo-type void", output.label),
                    ));
                }
                table.columns.push(Column {
                    name: output.label.clone(),
                    ty: ColumnType {
                        ty: output.ty,
                        modifier: None,
                    },
                    not_null: false,
                    default: None,
                    sequence: None,
                    always: false,
                });
            }
            let names: Vec<_> = (0..outputs.len()).map(output_name).collect();
            let alias = self.fresh();
            fill = Some(format!(
                "INSERT INTO {} SELECT {} FROM ({sql}) AS {alias}",
                ident(&name),
                names.join(", ")
            ));
        }
        let mut later = Vec::new();
        for column in &create.columns {
            self.add_column(&mut catalog, &mut table, column, &mut later)?;
        }
        for constraint in later.iter().chain(&create.constraints) {
            add_constraint(&catalog, &mut table, constraint)?;
        }
        let mut steps = schema::create_statements(&table)?;
        steps.extend(fill);
        for column in &table.columns {
            self.check_default(&table, column)?;
        }
        for foreign in &table.foreign {
            check_foreign(&catalog, &table, foreign)?;
        }
        catalog.tables.insert(name, table);
        quota(&catalog)?;
        Ok(Lowered::Ddl {
            steps,
            catalog: Box::new(catalog),
            rebuilds: false,
        })
    }

    /// A statement that has nothing to do.
    pub(crate) fn nothing(&self) -> Lowered {
        Lowered::Ddl {
            steps: Vec::new(),
            catalog: Box::new(self.catalog.clone()),
            rebuilds: false,
        }
    }

    pub(crate) fn check_default(&mut self, table: &Table, column: &Column) -> Pg<()> {
        if column.default.is_some() {
            self.default(table, column)?;
        }
        Ok(())
    }

    /// Adds a column; its constraints go to `later`, when all columns are known.
    pub(crate) fn add_column(
        &mut self,
        catalog: &mut Catalog,
        table: &mut Table,
        def: &ColumnDef,
        later: &mut Vec<TableConstraint>,
    ) -> Pg<()> {
        let name = fold(&def.name);
        new_column(table, &name)?;
        let (ty, serial) = types::from_ast(&def.data_type)?;
        let mut column = Column {
            name,
            ty,
            not_null: serial,
            default: None,
            sequence: None,
            always: false,
        };
        let sequence = |catalog: &mut Catalog| {
            catalog.next_sequence += 1;
            Some(catalog.next_sequence - 1)
        };
        if serial {
            column.sequence = sequence(catalog);
        }
        let own = || vec![IndexColumn::from(def.name.clone())];
        for option in &def.options {
            let constraint = option.name.clone();
            match &option.option {
                ColumnOption::Null => {}
                ColumnOption::NotNull => column.not_null = true,
                ColumnOption::Default(expr) => {
                    if column.sequence.is_some() {
                        return Err(pg(
                            "42601",
                            format!("multiple default values specified for column \"{}\"", column.name),
                        ));
                    }
                    let ex = self.expr(expr).map_err(|error| match error.state {
                        "42703" | "42P01" => pg("0A000", "cannot use column reference in DEFAULT expression"),
                        _ => error,
                    })?;
                    ex.plain("DEFAULT expressions")?;
                    if ex.query {
                        return Err(pg("0A000", "cannot use subquery in DEFAULT expression"));
                    }
                    column.default = Some(expr.to_string());
                }
                ColumnOption::PrimaryKey(key) => {
                    let mut key = key.clone();
                    key.name = key.name.or(constraint);
                    key.columns = own();
                    later.push(TableConstraint::PrimaryKey(key));
                }
                ColumnOption::Unique(key) => {
                    let mut key = key.clone();
                    key.name = key.name.or(constraint);
                    key.columns = own();
                    later.push(TableConstraint::Unique(key));
                }
                ColumnOption::ForeignKey(foreign) => {
                    let mut foreign = foreign.clone();
                    foreign.name = foreign.name.or(constraint);
                    foreign.columns = vec![def.name.clone()];
                    later.push(TableConstraint::ForeignKey(foreign));
                }
                ColumnOption::Check(check) => {
                    let mut check = check.clone();
                    check.name = check.name.or(constraint);
                    later.push(TableConstraint::Check(check));
                }
                ColumnOption::Generated {
                    generated_as: generated_as @ (GeneratedAs::Always | GeneratedAs::ByDefault),
                    sequence_options,
                    generation_expr: None,
                    generation_expr_mode: None,
                    generated_keyword: true,
                } => {
                    if sequence_options
                        .as_ref()
                        .is_some_and(|options| !options.is_empty())
                    {
                        return Err(unsupported("options of an identity column"));
                    }
                    if !ty.ty.base.is_int() || ty.ty.array {
                        return Err(pg(
                            "22023",
                            "identity column type must be smallint, integer, or bigint",
                        ));
                    }
                    if column.sequence.is_some() || column.default.is_some() {
                        return Err(pg(
                            "42601",
                            format!(
                                "both default and identity specified for column \"{}\"",
                                column.name
                            ),
                        ));
                    }
                    column.sequence = sequence(catalog);
                    column.always = *generated_as == GeneratedAs::Always;
                    column.not_null = true;
                }
                ColumnOption::Collation(name) if types::is_c(&name.to_string()) => {}
                other => return Err(unsupported(format_args!("the column option {other}"))),
            }
        }
        table.columns.push(column);
        Ok(())
    }

    pub(crate) fn create_index(&mut self, create: &CreateIndex) -> Pg<Lowered> {
        let CreateIndex {
            name,
            table_name,
            using: _,
            columns,
            unique,
            concurrently: _,
            r#async: false,
            if_not_exists,
            include,
            nulls_distinct,
            with,
            predicate,
            index_options,
            alter_options,
        } = create
        else {
            return Err(unsupported(create));
        };
        if !include.is_empty()
            || *nulls_distinct == Some(false)
            || !with.is_empty()
            || !index_options.is_empty()
            || !alter_options.is_empty()
        {
            return Err(unsupported(format_args!("this form of CREATE INDEX: {create}")));
        }
        let table = self.table(table_name)?;
        let mut parts = Vec::new();
        let mut plain = Some(Vec::new());
        let mut words = Vec::new();
        for column in columns {
            let OrderByExpr {
                expr,
                options,
                with_fill: None,
            } = &column.column
            else {
                return Err(unsupported(&column.column));
            };
            let descending = options.sort == Some(OrderBySort::Desc);
            if matches!(options.sort, Some(OrderBySort::Using(_))) {
                return Err(unsupported(&column.column));
            }
            match (strip(expr), &mut plain) {
                (Expr::Identifier(name), Some(plain)) => plain.push(fold(name)),
                _ => plain = None,
            }
            words.push(match strip(expr) {
                Expr::Identifier(name) => fold(name),
                Expr::Function(function) => function.name.to_string().to_lowercase(),
                _ => "expr".to_owned(),
            });
            parts.push(OrderText::join(strip(expr), descending));
        }
        let name = match name {
            Some(name) => object_name(name)?,
            None => made_name(&format!("{}_{}_idx", table.name, words.join("_")), |name| {
                self.catalog.is_taken(name)
            }),
        };
        if *if_not_exists
            && (self.catalog.table_of_index(&name).is_some() || self.catalog.tables.contains_key(&name))
        {
            return Ok(self.nothing());
        }
        new_name(self.catalog, &name)?;
        let condition = predicate.as_ref().map(ToString::to_string);
        let index = Index {
            name,
            unique: *unique,
            parts,
            condition,
            columns: plain,
        };
        let step = schema::create_index(table, &index)?;
        let mut catalog = self.catalog.clone();
        let table_name = table.name.clone();
        catalog
            .tables
            .get_mut(&table_name)
            .expect("it was found")
            .indexes
            .push(index);
        quota(&catalog)?;
        Ok(Lowered::Ddl {
            steps: vec![step],
            catalog: Box::new(catalog),
            rebuilds: false,
        })
    }

    pub(crate) fn drop(&mut self, statement: &Statement) -> Pg<Lowered> {
        let Statement::Drop {
            object_type,
            if_exists,
            names,
            cascade,
            restrict: _,
            purge: false,
            temporary: false,
            table: None,
        } = statement
        else {
            return Err(unsupported(statement));
        };
        let names = names.iter().map(object_name).collect::<Pg<Vec<_>>>()?;
        match object_type {
            ObjectType::Table => self.drop_tables(&names, *if_exists, *cascade),
            ObjectType::Index => self.drop_indexes(&names, *if_exists, *cascade),
            other => Err(unsupported(format_args!("DROP {other}"))),
        }
    }

    fn drop_tables(&mut self, names: &[String], if_exists: bool, cascade: bool) -> Pg<Lowered> {
        let mut catalog = self.catalog.clone();
        let (mut steps, mut rebuilds) = (Vec::new(), false);
        for name in names {
            match catalog.tables.remove(name) {
                Some(table) => {
                    rebuilds |= !table.foreign.is_empty();
                    steps.push(format!("DROP TABLE {}", ident(name)));
                }
                None if if_exists || names.iter().filter(|other| *other == name).count() > 1 => {}
                None => return Err(pg("42P01", format!("table \"{name}\" does not exist"))),
            }
        }
        // Foreign keys of other tables fall with CASCADE only.
        let tables: Vec<String> = catalog.tables.keys().cloned().collect();
        for other in tables {
            let table = catalog.tables.get_mut(&other).expect("it is there");
            let before = table.foreign.len();
            table.foreign.retain(|foreign| !names.contains(&foreign.table));
            if table.foreign.len() < before {
                if !cascade {
                    return Err(pg(
                        "2BP01",
                        format!(
                            "cannot drop table {} because other objects depend on it",
                            names.join(", ")
                        ),
                    ));
                }
                rebuilds = true;
                steps.extend(alter::rebuild(&catalog.tables[&other], &[])?);
            }
        }
        Ok(Lowered::Ddl {
            steps,
            catalog: Box::new(catalog),
            rebuilds,
        })
    }

    fn drop_indexes(&mut self, names: &[String], if_exists: bool, cascade: bool) -> Pg<Lowered> {
        let mut catalog = self.catalog.clone();
        let mut steps = Vec::new();
        for name in names {
            let Some(table) = catalog.table_of_index(name).map(|table| table.name.clone()) else {
                if if_exists {
                    continue;
                }
                return Err(pg("42704", format!("index \"{name}\" does not exist")));
            };
            let table = catalog.tables.get_mut(&table).expect("it was found");
            if table.keys.iter().any(|key| key.name == *name) {
                return Err(pg(
                    "2BP01",
                    format!(
                        "cannot drop index {name} because constraint {name} on table {} requires it",
                        table.name
                    ),
                ));
            }
            let unique = table
                .indexes
                .iter()
                .any(|index| index.name == *name && index.unique);
            table.indexes.retain(|index| index.name != *name);
            let owner = table.name.clone();
            steps.push(format!("DROP INDEX {}", ident(name)));
            if unique {
                alter::still_referred(&catalog, &owner, cascade)?;
            }
        }
        Ok(Lowered::Ddl {
            steps,
            catalog: Box::new(catalog),
            rebuilds: false,
        })
    }
}

fn characteristics(characteristics: Option<&ConstraintCharacteristics>) -> Pg<()> {
    match characteristics {
        None => Ok(()),
        Some(given)
            if given.deferrable != Some(true) && given.initially.is_none() && given.enforced.is_none() =>
        {
            Ok(())
        }
        Some(given) => Err(unsupported(format_args!("a constraint that is {given}"))),
    }
}

fn key_columns(table: &Table, columns: &[IndexColumn]) -> Pg<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        let OrderByExpr {
            expr: Expr::Identifier(name),
            options,
            with_fill: None,
        } = &column.column
        else {
            return Err(unsupported(format_args!("{} in a constraint", column.column)));
        };
        if options.sort.is_some() || options.nulls_first.is_some() || column.operator_class.is_some() {
            return Err(pg("42601", "syntax error in a constraint's columns"));
        }
        let name = fold(name);
        let Some(found) = table.column(&name) else {
            return Err(pg(
                "42703",
                format!("column \"{name}\" named in key does not exist"),
            ));
        };
        super::convert::comparable(found.seen(), "an equality")?;
        if names.contains(&name) {
            return Err(pg(
                "42701",
                format!("column \"{name}\" appears twice in a constraint"),
            ));
        }
        names.push(name);
    }
    Ok(names)
}

/// Adds a constraint to a table whose columns are known; returns its name.
pub(crate) fn add_constraint(
    catalog: &Catalog,
    table: &mut Table,
    constraint: &TableConstraint,
) -> Pg<String> {
    let given = |name: &Option<Ident>| name.as_ref().map(fold);
    let taken_index = |catalog: &Catalog, table: &Table, name: &str| {
        catalog.is_taken(name) || table.is_constraint(name) || table.name == name
    };
    match constraint {
        TableConstraint::PrimaryKey(key) => {
            characteristics(key.characteristics.as_ref())?;
            if key.index_type.is_some() || !key.index_options.is_empty() || !key.include.is_empty() {
                return Err(unsupported(constraint));
            }
            if table.primary().is_some() {
                return Err(pg(
                    "42P16",
                    format!(
                        "multiple primary keys for table \"{}\" are not allowed",
                        table.name
                    ),
                ));
            }
            let columns = key_columns(table, &key.columns)?;
            let name = given(&key.name);
            let name = index_name(catalog, table, name, &format!("{}_pkey", table.name), taken_index)?;
            for column in &mut table.columns {
                column.not_null |= columns.contains(&column.name);
            }
            table.keys.push(Key {
                name: name.clone(),
                columns,
                primary: true,
            });
            Ok(name)
        }
        TableConstraint::Unique(key) => {
            characteristics(key.characteristics.as_ref())?;
            let odd = key.index_type.is_some() || !key.index_options.is_empty() || !key.include.is_empty();
            if odd || key.nulls_distinct == NullsDistinctOption::NotDistinct {
                return Err(unsupported(constraint));
            }
            let columns = key_columns(table, &key.columns)?;
            // One key of the same columns is enough for SQLite, but PostgreSQL makes each.
            let name = given(&key.name);
            let base = format!("{}_{}_key", table.name, columns.join("_"));
            let name = index_name(catalog, table, name, &base, taken_index)?;
            table.keys.push(Key {
                name: name.clone(),
                columns,
                primary: false,
            });
            Ok(name)
        }
        TableConstraint::ForeignKey(foreign) => add_foreign(catalog, table, foreign),
        TableConstraint::Check(check) => add_check(table, check),
        other => Err(unsupported(other)),
    }
}

fn index_name(
    catalog: &Catalog,
    table: &Table,
    given: Option<String>,
    base: &str,
    taken: impl Fn(&Catalog, &Table, &str) -> bool,
) -> Pg<String> {
    match given {
        Some(name) if taken(catalog, table, &name) => {
            Err(pg("42P07", format!("relation \"{name}\" already exists")))
        }
        Some(name) => {
            new_name(catalog, &name)?;
            Ok(name)
        }
        None => Ok(made_name(base, |name| taken(catalog, table, name))),
    }
}

fn constraint_name(table: &Table, given: Option<String>, base: &str) -> Pg<String> {
    match given {
        Some(name) if table.is_constraint(&name) => Err(pg(
            "42710",
            format!(
                "constraint \"{name}\" for relation \"{}\" already exists",
                table.name
            ),
        )),
        Some(name) => Ok(name),
        None => Ok(made_name(base, |name| table.is_constraint(name))),
    }
}

fn add_check(table: &mut Table, check: &CheckConstraint) -> Pg<String> {
    if check.no_inherit || check.enforced.is_some() {
        return Err(unsupported(check));
    }
    let condition = check.expr.to_string();
    // The name tells the column when there is but one.
    let empty = Catalog::default();
    let mut lower = Lower::new(&empty, &[]);
    lower.enter();
    lower.add_source(table_source(table, ""))?;
    let ex: Ex = lower.expr(&check.expr)?;
    lower.leave();
    let mut columns: Vec<&str> = ex
        .free
        .iter()
        .map(|free| {
            free.name
                .rsplit_once('.')
                .map_or(free.name.as_str(), |(_, name)| name)
        })
        .collect();
    columns.sort_unstable();
    columns.dedup();
    let base = match columns.as_slice() {
        [one] => format!("{}_{one}_check", table.name),
        _ => format!("{}_check", table.name),
    };
    schema::check_sql(table, &condition)?;
    let name = constraint_name(table, check.name.as_ref().map(fold), &base)?;
    table.checks.push(Check {
        name: name.clone(),
        condition,
    });
    Ok(name)
}

fn add_foreign(catalog: &Catalog, table: &mut Table, foreign: &ForeignKeyConstraint) -> Pg<String> {
    characteristics(foreign.characteristics.as_ref())?;
    if foreign.index_name.is_some()
        || !matches!(
            foreign.match_kind,
            None | Some(ConstraintReferenceMatchKind::Simple)
        )
    {
        return Err(unsupported(foreign));
    }
    let columns: Vec<String> = foreign.columns.iter().map(fold).collect();
    let other = object_name(&foreign.foreign_table)?;
    let referred_table = if other == table.name {
        Some(&*table)
    } else {
        catalog.tables.get(&other)
    };
    let referred_table =
        referred_table.ok_or_else(|| pg("42P01", format!("relation \"{other}\" does not exist")))?;
    let referred = if foreign.referred_columns.is_empty() {
        let key = referred_table.primary().ok_or_else(|| {
            pg(
                "42704",
                format!("there is no primary key for referenced table \"{other}\""),
            )
        })?;
        key.columns.clone()
    } else {
        foreign.referred_columns.iter().map(fold).collect()
    };
    let action = |action: Option<ReferentialAction>| match action {
        None | Some(ReferentialAction::NoAction) => Ok("NO ACTION".to_owned()),
        Some(ReferentialAction::Restrict) => Ok("RESTRICT".to_owned()),
        Some(ReferentialAction::Cascade) => Ok("CASCADE".to_owned()),
        Some(ReferentialAction::SetNull) => Ok("SET NULL".to_owned()),
        // SQLite's own defaults are not used: see the catalog.
        Some(ReferentialAction::SetDefault) => Err(unsupported("ON DELETE or UPDATE SET DEFAULT")),
    };
    let base = format!("{}_{}_fkey", table.name, columns.join("_"));
    let name = constraint_name(table, foreign.name.as_ref().map(fold), &base)?;
    let foreign = Foreign {
        name: name.clone(),
        columns,
        table: other,
        referred,
        on_delete: action(foreign.on_delete)?,
        on_update: action(foreign.on_update)?,
    };
    check_foreign(catalog, table, &foreign)?;
    table.foreign.push(foreign);
    Ok(name)
}
