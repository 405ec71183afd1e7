//! The schema of records for programs that load them into tables: types of DuckDB, ClickHouse and Polars,
//! made from the JSON Schema, which is made from the types that write records.
//!
//! Who samples instead loses what the first rows do not have: `change` is null in most.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::Value;

/// For whom a schema is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Dialect {
    /// JSON Schema.
    #[default]
    JsonSchema,
    /// `read_json` of DuckDB, with its columns.
    Duckdb,
    /// A table of ClickHouse.
    Clickhouse,
    /// A module for Python, with the schema for `polars.read_ndjson`.
    Polars,
}

/// What a field holds.
enum Column {
    Text,
    /// Capture times: text with nine decimals, in UTC.
    Time,
    Boolean,
    Float,
    Integer {
        is_signed: bool,
        bits: u8,
    },
    List(Box<Column>),
    Struct(Vec<(String, Column)>),
}

/// The columns of a JSON Schema in one of these dialects. None for what no column can hold, which a test
/// finds.
pub(crate) fn text(schema: &Value, dialect: Dialect) -> Option<String> {
    let Column::Struct(fields) = Column::of(schema, schema)? else { return None };
    Some(match dialect {
        Dialect::JsonSchema => return None,
        Dialect::Duckdb => duckdb(&fields),
        Dialect::Clickhouse => clickhouse(&fields),
        Dialect::Polars => polars(&fields),
    })
}

impl Column {
    fn of(node: &Value, root: &Value) -> Option<Column> {
        if let Some(path) = node["$ref"].as_str() {
            return Column::of(root.pointer(path.strip_prefix('#')?)?, root);
        }
        let is_null = |it: &&Value| it["type"] == "null";
        if let Some(choices) = node["anyOf"].as_array() {
            return Column::of(choices.iter().find(|it| !is_null(it))?, root);
        }
        let kind = match &node["type"] {
            Value::String(kind) => kind.as_str(),
            Value::Array(kinds) => {
                kinds.iter().filter_map(Value::as_str).find(|it| *it != "null")?
            }
            _ => return None,
        };
        let format = node["format"].as_str().unwrap_or_default();
        Some(match kind {
            "string" if format == "date-time" => Column::Time,
            "string" => Column::Text,
            "boolean" => Column::Boolean,
            "number" => Column::Float,
            "integer" => {
                let is_signed = !format.starts_with('u');
                let bits = format.trim_start_matches(|letter: char| !letter.is_ascii_digit());
                Column::Integer { is_signed, bits: bits.parse().ok()? }
            }
            "array" => Column::List(Box::new(Column::of(&node["items"], root)?)),
            "object" => {
                let fields = node["properties"].as_object()?.iter();
                let field =
                    |(name, node): (&String, _)| Some((name.clone(), Column::of(node, root)?));
                Column::Struct(fields.map(field).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

/// Fields, each on a line of its own.
fn lines(
    fields: &[(String, Column)],
    indent: &str,
    line: impl Fn(&str, &Column) -> String,
) -> String {
    let lines = fields.iter().map(|(name, column)| format!("{indent}{}", line(name, column)));
    lines.collect::<Vec<_>>().join(",\n")
}

fn joined(fields: &[(String, Column)], field: impl Fn(&str, &Column) -> String) -> String {
    fields.iter().map(|(name, column)| field(name, column)).collect::<Vec<_>>().join(", ")
}

fn duckdb(fields: &[(String, Column)]) -> String {
    let columns =
        lines(fields, "    ", |name, column| format!("{name}: '{}'", duckdb_type(column)));
    format!(
        "-- DuckDB: records of stackprint.record.v1, with all their columns, whatever the first rows hold.\n\
         --\n\
         --   duckdb -c \".read record.v1.duckdb.sql\" -c \"FROM stackprint('records.ndjson')\"\n\
         CREATE OR REPLACE MACRO stackprint(files) AS TABLE FROM read_json(files, format = 'newline_delimited', columns = {{\n\
         {columns}\n}});\n"
    )
}

fn duckdb_type(column: &Column) -> String {
    match column {
        Column::Text => "VARCHAR".to_owned(),
        Column::Time => "TIMESTAMP_NS".to_owned(),
        Column::Boolean => "BOOLEAN".to_owned(),
        Column::Float => "DOUBLE".to_owned(),
        Column::Integer { is_signed, bits } => {
            let name = match bits {
                8 => "TINYINT",
                16 => "SMALLINT",
                32 => "INTEGER",
                _ => "BIGINT",
            };
            format!("{}{name}", if *is_signed { "" } else { "U" })
        }
        Column::List(inner) => format!("{}[]", duckdb_type(inner)),
        Column::Struct(fields) => {
            let field = |name: &str, column: &Column| format!("\"{name}\" {}", duckdb_type(column));
            format!("STRUCT({})", joined(fields, field))
        }
    }
}

fn clickhouse(fields: &[(String, Column)]) -> String {
    let columns = lines(fields, "    ", |name, column| {
        // Every record has a time: what it is sorted by may not be null.
        let may_lack = !matches!(column, Column::Time);
        format!("`{name}` {}", clickhouse_type(column, may_lack))
    });
    format!(
        "-- ClickHouse: a table of records of stackprint.record.v1. An object that is null has nulls in all\n\
         -- its columns (os.name); a list that is left out is empty.\n\
         --\n\
         --   clickhouse client --date_time_input_format best_effort \\\n\
         --       --query 'INSERT INTO stackprint FORMAT JSONEachRow' <records.ndjson\n\
         CREATE TABLE stackprint\n(\n{columns}\n)\nENGINE = MergeTree ORDER BY time;\n"
    )
}

fn clickhouse_type(column: &Column, may_lack: bool) -> String {
    let name = match column {
        Column::Text => "String".to_owned(),
        Column::Time => "DateTime64(9, 'UTC')".to_owned(),
        Column::Boolean => "Bool".to_owned(),
        Column::Float => "Float64".to_owned(),
        Column::Integer { is_signed, bits } => {
            format!("{}Int{bits}", if *is_signed { "" } else { "U" })
        }
        // What is in a list is there.
        Column::List(inner) => return format!("Array({})", clickhouse_type(inner, false)),
        Column::Struct(fields) => {
            let field = |name: &str, column: &Column| {
                format!("`{name}` {}", clickhouse_type(column, may_lack))
            };
            return format!("Tuple({})", joined(fields, field));
        }
    };
    if may_lack { format!("Nullable({name})") } else { name }
}

fn polars(fields: &[(String, Column)]) -> String {
    let columns =
        lines(fields, "    ", |name, column| format!("\"{name}\": {}", polars_type(column)));
    let mut text = format!(
        "\"\"\"Polars: the schema of records of stackprint.record.v1, whatever the first rows hold.\n\n    \
         polars.read_ndjson(\"records.ndjson\", schema=SCHEMA)\n\"\"\"\n\n\
         import polars as pl\n\nSCHEMA = {{\n{columns},\n}}\n"
    );
    // Polars reads times of nine decimals as text only.
    let _ = write!(
        text,
        "\n# Times are text; as nanoseconds: frame.with_columns(TIME).\n\
         TIME = pl.col(\"time\").str.to_datetime(\"%Y-%m-%dT%H:%M:%S%.fZ\", time_unit=\"ns\")\n"
    );
    text
}

fn polars_type(column: &Column) -> String {
    match column {
        Column::Text | Column::Time => "pl.String".to_owned(),
        Column::Boolean => "pl.Boolean".to_owned(),
        Column::Float => "pl.Float64".to_owned(),
        Column::Integer { is_signed, bits } => {
            format!("pl.{}Int{bits}", if *is_signed { "" } else { "U" })
        }
        Column::List(inner) => format!("pl.List({})", polars_type(inner)),
        Column::Struct(fields) => {
            let field =
                |name: &str, column: &Column| format!("\"{name}\": {}", polars_type(column));
            format!("pl.Struct({{{}}})", joined(fields, field))
        }
    }
}
