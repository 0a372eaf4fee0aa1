//! Function calls that are no aggregates.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator, FunctionArguments, ObjectNamePart,
};

use super::Lower;
use super::ex::{Ex, text};
use super::scope::{Source, SourceColumn};
use super::signature::{Choice, FUNCTIONS, choose, no_function};
use super::{aggregate, fold};
use crate::error::{Pg, pg, unsupported};
use crate::types::{Base, Context, Ty, conversion};

/// Set-returning functions; in FROM, or alone in a select list.
const SERIES: [&str; 12] = [
    "unnest",
    "generate_series",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "json_array_elements",
    "json_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "json_each",
    "json_each_text",
    "jsonb_object_keys",
    "json_object_keys",
];

/// A column of a set-returning function: its name, SQLite's text with `{}` for the alias, its type.
type SeriesColumn = (String, String, Ty);

impl Lower<'_> {
    pub(crate) fn function(&mut self, function: &Function) -> Pg<Ex> {
        let name = match function.name.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => fold(name),
            _ => return Err(pg("3F000", format!("schema of {} does not exist", function.name))),
        };
        if function.uses_odbc_syntax || !matches!(function.parameters, FunctionArguments::None) {
            return Err(unsupported(&function.name));
        }
        if function.null_treatment.is_some() {
            return Err(pg("42601", "syntax error at or near \"NULLS\""));
        }
        if aggregate::is_aggregate(&name) || function.over.is_some() {
            return self.aggregate_or_window(&name, function);
        }
        if function.filter.is_some() || !function.within_group.is_empty() {
            return Err(pg("42809", format!("{name} is not an aggregate function")));
        }
        let list = match &function.args {
            FunctionArguments::None => return self.call(&name, Vec::new()),
            FunctionArguments::List(list) => list,
            FunctionArguments::Subquery(query) if name == "array" => return self.array_of_query(query),
            FunctionArguments::Subquery(_) => return Err(unsupported(function)),
        };
        if list.duplicate_treatment.is_some() {
            return Err(pg(
                "42809",
                format!("DISTINCT specified, but {name} is not an aggregate function"),
            ));
        }
        if !list.clauses.is_empty() {
            return Err(unsupported(function));
        }
        if name == "make_interval" {
            return self.make_interval(&list.args);
        }
        let arguments = self.arguments(&list.args)?;
        if SERIES.contains(&name.as_str()) {
            return self.series_in_list(&name, arguments);
        }
        self.call(&name, arguments)
    }

    pub(crate) fn arguments(&mut self, arguments: &[FunctionArg]) -> Pg<Vec<Ex>> {
        arguments
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.expr(expr),
                other => Err(unsupported(format_args!("the argument {other}"))),
            })
            .collect()
    }

    /// Calls a function by its name.
    pub(crate) fn call(&mut self, name: &str, arguments: Vec<Ex>) -> Pg<Ex> {
        let label = match name {
            "char_length" | "character_length" => name,
            other => other,
        };
        let ex = match self.special(name, &arguments)? {
            Some(ex) => ex,
            None => self.listed(name, arguments)?,
        };
        Ok(ex.labelled(label))
    }

    /// A function of `signatures.txt`.
    fn listed(&mut self, name: &str, arguments: Vec<Ex>) -> Pg<Ex> {
        let Some(signatures) = FUNCTIONS.get(name) else {
            return Err(no_function(name, &arguments));
        };
        let types: Vec<Ty> = arguments.iter().map(|argument| argument.ty).collect();
        let signature = match choose(signatures, &types) {
            Choice::One(signature) => signature,
            Choice::None => return Err(no_function(name, &arguments)),
            Choice::Ambiguous => {
                let types: Vec<_> = types.iter().map(|ty| ty.name()).collect();
                return Err(pg(
                    "42725",
                    format!("function {name}({}) is not unique", types.join(", ")),
                ));
            }
        };
        let arguments = arguments
            .into_iter()
            .zip(&signature.arguments)
            .map(|(argument, to)| self.convert(argument, *to, Context::Implicit))
            .collect::<Pg<Vec<_>>>()?;
        let texts: Vec<_> = arguments.iter().map(|argument| argument.sql.clone()).collect();
        let sql = signature.fill(name, &texts)?;
        let mut ex = Ex::of(sql, signature.result, &arguments.iter().collect::<Vec<_>>());
        ex.volatile |= matches!(name, "random" | "gen_random_uuid" | "clock_timestamp");
        Ok(ex)
    }

    /// Functions whose types depend on their arguments.
    fn special(&mut self, name: &str, arguments: &[Ex]) -> Pg<Option<Ex>> {
        let all: Vec<&Ex> = arguments.iter().collect();
        Ok(Some(match (name, arguments) {
            ("coalesce", [_, ..]) => {
                let ty = self.common("COALESCE", &all)?;
                let parts = self.all_to(arguments.to_vec(), ty, "COALESCE")?;
                let sql = match parts.as_slice() {
                    [one] => one.sql.clone(),
                    _ => format!("coalesce({})", join(&parts)),
                };
                Ex::of(sql, ty, &parts.iter().collect::<Vec<_>>())
            }
            ("nullif", [a, b]) => {
                let (x, y) = self.matched("=", a.clone(), b.clone())?;
                let kept = if a.ty.is_unknown() { x.clone() } else { a.clone() };
                let sql = format!(
                    "(CASE WHEN {} = {} THEN NULL ELSE {} END)",
                    x.collated(),
                    y.sql,
                    kept.sql
                );
                Ex::of(sql, kept.ty, &[&x, &y])
            }
            ("greatest" | "least", [_, ..]) => {
                let ty = self.common(&name.to_uppercase(), &all)?;
                self.sortable(&Ex::new("", ty))?;
                let parts = self.all_to(arguments.to_vec(), ty, name)?;
                let code = if ty.array { -1 } else { ty.base.code() };
                let sql = format!("hm_{name}({code}, {})", join(&parts));
                Ex::of(sql, ty, &parts.iter().collect::<Vec<_>>())
            }
            ("concat", [_, ..]) => self.joined("hm_concat(", arguments)?,
            ("concat_ws", [separator, rest @ ..]) => {
                let separator = self.convert(separator.clone(), Ty::TEXT, Context::Implicit)?;
                let mut ex = self.joined(&format!("hm_concat_ws({}, ", separator.sql), rest)?;
                ex.absorb(&separator);
                ex
            }
            ("format", [form, rest @ ..]) => {
                let form = self.convert(form.clone(), Ty::TEXT, Context::Implicit)?;
                let mut ex = self.joined(&format!("hm_format({}, ", form.sql), rest)?;
                ex.absorb(&form);
                ex
            }
            ("jsonb_build_object" | "json_build_object" | "jsonb_build_array" | "json_build_array", _) => {
                if name.ends_with("object") && arguments.len() % 2 == 1 {
                    return Err(pg("22023", "argument list must have even number of elements"));
                }
                let ty = if name.starts_with("jsonb") {
                    Ty::JSONB
                } else {
                    Ty::JSON
                };
                let mut ex = self.typed(&format!("hm_{name}("), arguments)?;
                ex.ty = ty;
                ex
            }
            ("to_json" | "to_jsonb", [value]) => {
                if value.ty.is_unknown() {
                    return Err(pg(
                        "42804",
                        "could not determine polymorphic type because input has type unknown",
                    ));
                }
                let ty = if name == "to_jsonb" { Ty::JSONB } else { Ty::JSON };
                let (base, array) = (value.ty.base.code(), i64::from(value.ty.array));
                value.with(format!("hm_to_json({}, {base}, {array})", value.sql), ty)
            }
            (
                "jsonb_extract_path"
                | "json_extract_path"
                | "jsonb_extract_path_text"
                | "json_extract_path_text",
                [value, path @ ..],
            ) => {
                let json = if name.starts_with("jsonb") {
                    Ty::JSONB
                } else {
                    Ty::JSON
                };
                let value = self.convert(value.clone(), json, Context::Implicit)?;
                let path = self.all_to(path.to_vec(), Ty::TEXT, name)?;
                let items: Vec<_> = path.iter().map(|step| format!(", {}", step.sql)).collect();
                let array = format!("hm_array({}{})", Base::Text.code(), items.concat());
                let (function, ty) = if name.ends_with("text") {
                    ("hm_json_path_text", Ty::TEXT)
                } else {
                    ("hm_json_path", json)
                };
                let mut ex = Ex::of(
                    format!("{function}({}, {array})", value.sql),
                    ty,
                    &path.iter().collect::<Vec<_>>(),
                );
                ex.absorb(&value);
                ex
            }
            ("array_append" | "array_prepend" | "array_remove" | "array_position", [a, b]) => {
                let (array, item) = if name == "array_prepend" { (b, a) } else { (a, b) };
                let (array, item) = self.array_and_item(name, array, item)?;
                let (code, sql) = (item.ty.base.code(), (&array.sql, &item.sql));
                if matches!(name, "array_remove" | "array_position") {
                    super::convert::comparable(array.ty, "an equality")?;
                }
                let ty = if name == "array_position" {
                    Ty::INT4
                } else {
                    array.ty
                };
                Ex::of(
                    format!("hm_{name}({}, {}, {code})", sql.0, sql.1),
                    ty,
                    &[&array, &item],
                )
            }
            ("array_replace", [array, old, new]) => {
                let (array, old) = self.array_and_item(name, array, old)?;
                let (_, new) = self.array_and_item(name, &array, new)?;
                let code = old.ty.base.code();
                let sql = format!(
                    "hm_array_replace({}, {}, {}, {code})",
                    array.sql, old.sql, new.sql
                );
                Ex::of(sql, array.ty, &[&array, &old, &new])
            }
            ("array_cat", [a, b]) if a.ty.array || b.ty.array => {
                let ty = self
                    .array_type(a.ty, b.ty)
                    .ok_or_else(|| no_function(name, arguments))?;
                let a = self.convert(a.clone(), ty, Context::Implicit)?;
                let b = self.convert(b.clone(), ty, Context::Implicit)?;
                Ex::of(format!("hm_array_cat({}, {})", a.sql, b.sql), ty, &[&a, &b])
            }
            ("cardinality", [array]) if array.ty.array => {
                array.with(format!("json_array_length({})", array.sql), Ty::INT4)
            }
            ("array_length" | "array_upper" | "array_lower", [array, dimension]) if array.ty.array => {
                let dimension = self.convert(dimension.clone(), Ty::INT4, Context::Implicit)?;
                let what = &name["array_".len()..];
                let sql = format!("hm_array_bound({}, {}, {})", array.sql, dimension.sql, text(what));
                Ex::of(sql, Ty::INT4, &[array, &dimension])
            }
            ("array_to_string", [array, rest @ ..]) if array.ty.array && matches!(rest.len(), 1 | 2) => {
                let rest = self.all_to(rest.to_vec(), Ty::TEXT, name)?;
                let null = rest.get(1).map_or("NULL", |null| null.sql.as_str());
                let sql = format!(
                    "hm_array_to_string({}, {}, {null}, {})",
                    array.sql,
                    rest[0].sql,
                    array.ty.base.code()
                );
                let mut ex = Ex::of(sql, Ty::TEXT, &rest.iter().collect::<Vec<_>>());
                ex.absorb(array);
                ex
            }
            ("to_regclass", [name]) => {
                let name = self.convert(name.clone(), Ty::TEXT, Context::Implicit)?;
                name.with(format!("hm_to_regclass({})", name.sql), Ty::TEXT)
            }
            // A type's name as a function is a cast.
            ("date" | "text" | "int4" | "int8" | "float8" | "bool" | "timestamptz", [value]) => {
                let base = Base::ALL
                    .into_iter()
                    .find(|base| base.short_name() == name)
                    .expect("they are types");
                if !value.ty.is_unknown() && conversion(value.ty, Ty::of(base)).is_none() {
                    return Ok(None);
                }
                self.convert(value.clone(), Ty::of(base), Context::Explicit)?
            }
            // PostgreSQL has overloads for network addresses too.
            ("trunc", [value]) if value.ty.is_unknown() => {
                return Err(pg("42725", "function trunc(unknown) is not unique"));
            }
            ("current_timestamp" | "localtimestamp" | "localtime" | "current_time", [_]) => {
                return Err(unsupported(format_args!("{name} with a precision")));
            }
            (
                "nextval"
                | "currval"
                | "setval"
                | "lastval"
                | "to_tsvector"
                | "to_tsquery"
                | "plainto_tsquery"
                | "row_to_json"
                | "jsonb_path_query"
                | "jsonb_path_exists"
                | "regexp_matches"
                | "regexp_split_to_table"
                | "pg_typeof"
                | "txid_current"
                | "version"
                | "current_database"
                | "current_schema"
                | "jsonb_populate_record"
                | "jsonb_to_recordset"
                | "string_to_table"
                | "grouping"
                | "num_nulls"
                | "num_nonnulls"
                | "setseed"
                | "pg_sleep"
                | "row"
                | "current_user"
                | "session_user"
                | "user"
                | "current_role"
                | "current_catalog",
                _,
            ) => return Err(unsupported(format_args!("the function {name}"))),
            _ => return Ok(None),
        }))
    }

    /// The array type of two arrays, or of an array and an element: PostgreSQL's `anycompatiblearray`.
    pub(crate) fn array_type(&self, a: Ty, b: Ty) -> Option<Ty> {
        let part = |ty: Ty| Ex::new("", if ty.array { ty.element() } else { ty });
        let element = self.common("ARRAY", &[&part(a), &part(b)]).ok()?;
        Some(Ty::array_of(element.base))
    }

    fn array_and_item(&self, name: &str, array: &Ex, item: &Ex) -> Pg<(Ex, Ex)> {
        let none = || no_function(name, &[array.clone(), item.clone()]);
        if item.ty.array || !(array.ty.array || (array.ty.is_unknown() && !item.ty.is_unknown())) {
            return Err(none());
        }
        let ty = self.array_type(array.ty, item.ty).ok_or_else(none)?;
        let array = self.convert(array.clone(), ty, Context::Implicit)?;
        Ok((
            array,
            self.convert(item.clone(), ty.element(), Context::Implicit)?,
        ))
    }

    /// Arguments as texts.
    fn joined(&self, begin: &str, arguments: &[Ex]) -> Pg<Ex> {
        let parts = arguments
            .iter()
            .map(|argument| {
                let argument = self.settled(argument.clone())?;
                // In these functions a boolean is one letter.
                if argument.ty.is(Base::Bool) {
                    return Ok(argument
                        .with(format!("iif({0}, 't', 'f')", argument.sql), Ty::TEXT)
                        .null_safe(&argument));
                }
                self.convert(argument, Ty::TEXT, Context::Assignment)
            })
            .collect::<Pg<Vec<_>>>()?;
        let sql = format!("{begin}{})", join(&parts)).replace(", )", ")");
        Ok(Ex::of(sql, Ty::TEXT, &parts.iter().collect::<Vec<_>>()))
    }

    /// Arguments with their types' codes behind them.
    fn typed(&self, begin: &str, arguments: &[Ex]) -> Pg<Ex> {
        let parts = arguments
            .iter()
            .map(|argument| self.settled(argument.clone()))
            .collect::<Pg<Vec<_>>>()?;
        let texts: Vec<_> = parts
            .iter()
            .map(|part| {
                format!(
                    "{}, {}",
                    part.sql,
                    part.ty.base.code() * 2 + i64::from(part.ty.array)
                )
            })
            .collect();
        let sql = format!("{begin}{})", texts.join(", "));
        Ok(Ex::of(sql, Ty::TEXT, &parts.iter().collect::<Vec<_>>()))
    }

    fn make_interval(&mut self, arguments: &[FunctionArg]) -> Pg<Ex> {
        const NAMES: [&str; 7] = ["years", "months", "weeks", "days", "hours", "mins", "secs"];
        let mut values: Vec<Ex> = (0..7)
            .map(|at| {
                Ex::new(
                    if at < 6 { "0" } else { "0.0" },
                    if at < 6 { Ty::INT4 } else { Ty::FLOAT8 },
                )
            })
            .collect();
        for (at, argument) in arguments.iter().enumerate() {
            let (place, expr) = match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) if at < 7 => (at, expr),
                FunctionArg::Named {
                    name,
                    arg: FunctionArgExpr::Expr(expr),
                    operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
                } => {
                    let name = fold(name);
                    let place = NAMES.iter().position(|known| *known == name);
                    (
                        place.ok_or_else(|| pg("42883", "function make_interval does not exist"))?,
                        expr,
                    )
                }
                FunctionArg::ExprNamed {
                    name: Expr::Identifier(name),
                    arg: FunctionArgExpr::Expr(expr),
                    operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
                } => {
                    let name = fold(name);
                    let place = NAMES.iter().position(|known| *known == name);
                    (
                        place.ok_or_else(|| pg("42883", "function make_interval does not exist"))?,
                        expr,
                    )
                }
                other => return Err(unsupported(format_args!("the argument {other}"))),
            };
            values[place] = self.expr(expr)?;
        }
        self.call("make_interval", values)
    }

    /// `ARRAY(SELECT ...)`.
    fn array_of_query(&mut self, query: &sqlparser::ast::Query) -> Pg<Ex> {
        let (sql, outputs, parts) = self.subquery(query)?;
        let [output] = outputs.as_slice() else {
            return Err(pg("42601", "subquery must return only one column"));
        };
        if output.ty.array {
            return Err(unsupported("an array of more than one dimension"));
        }
        let (alias, value) = (self.fresh(), super::scope::output_name(0));
        let base = output.ty.base;
        let item = if base == Base::Bool {
            format!("json(iif({value}, 'true', iif({value} IS NULL, 'null', 'false')))")
        } else {
            value
        };
        let mut ex = Ex::new(
            format!("(SELECT json_group_array({item}) FROM {sql} AS {alias})"),
            Ty::array_of(base),
        );
        ex.absorb(&parts);
        Ok(ex.labelled("array"))
    }

    /// A set-returning function in a select list becomes a further source.
    fn series_in_list(&mut self, name: &str, arguments: Vec<Ex>) -> Pg<Ex> {
        let volatile = arguments
            .iter()
            .any(|argument| argument.aggregate || argument.window);
        let scope = self.scope();
        if !scope.series_allowed || volatile {
            return Err(unsupported(format_args!(
                "the set-returning function {name} in this place"
            )));
        }
        if !scope.series.is_empty() {
            return Err(unsupported("several set-returning functions in one SELECT list"));
        }
        let (sql, columns) = self.series(name, arguments)?;
        let [(_, value, ty)] = columns.as_slice() else {
            return Err(unsupported(format_args!(
                "the set-returning function {name} in a SELECT list"
            )));
        };
        let alias = self.fresh();
        let value = value.replace("{}", &alias);
        self.scope().series.push(format!("{sql} AS {alias}"));
        Ok(Ex::new(value, *ty).labelled(name))
    }

    /// A set-returning function: SQLite's table function, and its columns with `{}` for the alias.
    pub(crate) fn series(&mut self, name: &str, arguments: Vec<Ex>) -> Pg<(String, Vec<SeriesColumn>)> {
        let one = |name: &str, ty: Ty| vec![(name.to_owned(), "{}.value".to_owned(), ty)];
        for argument in &arguments {
            argument.plain("functions in FROM")?;
        }
        match (name, arguments.as_slice()) {
            ("unnest", [array]) => {
                let ty = match self.array_param(array) {
                    Some(ty) => ty,
                    None if array.ty.array => array.ty,
                    None => return Err(no_function(name, &arguments)),
                };
                let array = self.convert(array.clone(), ty, Context::Implicit)?;
                Ok((format!("json_each({})", array.sql), one("unnest", ty.element())))
            }
            ("unnest", [_, _, ..]) => {
                let mut arrays = Vec::new();
                for array in &arguments {
                    let ty = match self.array_param(array) {
                        Some(ty) => ty,
                        None if array.ty.array => array.ty,
                        None => return Err(no_function(name, &arguments)),
                    };
                    arrays.push(self.convert(array.clone(), ty, Context::Implicit)?);
                }
                let columns = arrays
                    .iter()
                    .enumerate()
                    .map(|(at, array)| {
                        (
                            "unnest".to_owned(),
                            format!("({{}}.value ->> '$[{at}]')"),
                            array.ty.element(),
                        )
                    })
                    .collect();
                Ok((format!("json_each(hm_zip({}))", join(&arrays)), columns))
            }
            ("generate_series", [a, b, rest @ ..]) if rest.len() <= 1 => {
                let whole = |ex: &Ex| ex.ty.is_unknown() || (ex.ty.base.is_int() && !ex.ty.array);
                let step = rest.first();
                if [Some(a), Some(b), step].into_iter().flatten().all(whole) {
                    let types: Vec<Ty> = [Some(a), Some(b), step]
                        .into_iter()
                        .flatten()
                        .map(|ex| ex.ty)
                        .collect();
                    if types.iter().all(|ty| ty.is_unknown()) {
                        return Err(pg(
                            "42725",
                            "function generate_series(unknown, unknown) is not unique",
                        ));
                    }
                    let ty = if types.contains(&Ty::INT8) {
                        Ty::INT8
                    } else {
                        Ty::INT4
                    };
                    let a = self.convert(a.clone(), ty, Context::Implicit)?;
                    let b = self.convert(b.clone(), ty, Context::Implicit)?;
                    let step = match step {
                        Some(step) => self.convert(step.clone(), ty, Context::Implicit)?.sql,
                        None => "1".to_owned(),
                    };
                    let sql = format!("json_each(hm_series({}, {}, {step}))", a.sql, b.sql);
                    return Ok((sql, one("generate_series", ty)));
                }
                let Some(step) = step else {
                    return Err(no_function(name, &arguments));
                };
                if a.ty.is(Base::Numeric) || b.ty.is(Base::Numeric) {
                    return Err(unsupported("generate_series(numeric, numeric)"));
                }
                let zoned = [a, b]
                    .iter()
                    .any(|ex| ex.ty.is(Base::Timestamptz) || ex.ty.is(Base::Date));
                let ty = if zoned {
                    Ty::TIMESTAMPTZ
                } else {
                    Ty::of(Base::Timestamp)
                };
                let fits = |ex: &Ex| ex.ty.is_unknown() || conversion(ex.ty, ty) == Some(Context::Implicit);
                if !fits(a) || !fits(b) || !(step.ty == Ty::INTERVAL || step.ty.is_unknown()) {
                    return Err(no_function(name, &arguments));
                }
                let a = self.convert(a.clone(), ty, Context::Implicit)?;
                let b = self.convert(b.clone(), ty, Context::Implicit)?;
                let step = self.convert(step.clone(), Ty::INTERVAL, Context::Implicit)?;
                let sql = format!("json_each(hm_series_time({}, {}, {}))", a.sql, b.sql, step.sql);
                Ok((sql, one("generate_series", ty)))
            }
            (_, [value]) => {
                let binary = name.starts_with("jsonb");
                let json = if binary { Ty::JSONB } else { Ty::JSON };
                if !(value.ty == json || value.ty.is_unknown()) {
                    return Err(no_function(name, &arguments));
                }
                let value = self.convert(value.clone(), json, Context::Implicit)?;
                let what = name.split_once('_').map_or(name, |(_, what)| what);
                let sql = format!("json_each(hm_json_rows({}, {}))", value.sql, text(what));
                let column = |name: &str, at: usize, ty: Ty| {
                    (name.to_owned(), format!("({{}}.value ->> '$[{at}]')"), ty)
                };
                Ok((
                    sql,
                    match what {
                        "array_elements" => vec![column("value", 0, json)],
                        "array_elements_text" => vec![column("value", 0, Ty::TEXT)],
                        "each" => vec![column("key", 0, Ty::TEXT), column("value", 1, json)],
                        "each_text" => vec![column("key", 0, Ty::TEXT), column("value", 1, Ty::TEXT)],
                        _ => vec![column(name, 0, Ty::TEXT)],
                    },
                ))
            }
            _ => Err(no_function(name, &arguments)),
        }
    }

    /// A set-returning function in FROM as a source.
    pub(crate) fn series_source(
        &mut self,
        name: &str,
        arguments: Vec<Ex>,
        ordinality: bool,
    ) -> Pg<(String, Source)> {
        if !SERIES.contains(&name) {
            if FUNCTIONS.contains_key(name) {
                return Err(unsupported(format_args!("the function {name} in FROM")));
            }
            return Err(no_function(name, &arguments));
        }
        let (sql, columns) = self.series(name, arguments)?;
        let alias = self.fresh();
        let scalar = columns.len() == 1;
        let mut columns: Vec<_> = columns
            .into_iter()
            .map(|(name, sql, ty)| SourceColumn {
                name,
                sql: sql.replace("{}", &alias),
                ty,
            })
            .collect();
        if ordinality {
            let sql = format!("({alias}.key + 1)");
            columns.push(SourceColumn {
                name: "ordinality".to_owned(),
                sql,
                ty: Ty::INT8,
            });
        }
        let source = Source {
            name: name.to_owned(),
            columns,
            key: Vec::new(),
            hidden: std::collections::HashSet::new(),
            scalar: scalar && !ordinality,
        };
        Ok((format!("{sql} AS {alias}"), source))
    }
}

impl Ex {
    /// NULL when `of` is.
    fn null_safe(self, of: &Self) -> Self {
        let sql = format!("(CASE WHEN {} IS NULL THEN NULL ELSE {} END)", of.sql, self.sql);
        self.with(sql, self.ty)
    }
}

fn join(parts: &[Ex]) -> String {
    parts
        .iter()
        .map(|part| part.sql.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
