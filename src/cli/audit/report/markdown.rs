//! A report as Markdown. Charts are left out: the tables behind them say the same.

use super::document::{Block, Document, Table};
use crate::cli::audit::escape::markdown;

pub(super) fn write(document: &Document) -> String {
    let mut out = format!("# {}\n", markdown(&document.title));
    for block in &document.blocks {
        match block {
            Block::Heading(level, text) => {
                out += &format!("\n{} {}\n", "#".repeat(usize::from(*level)), markdown(text));
            }
            Block::Text(text) => out += &format!("\n{}\n", markdown(text)),
            Block::Notice(text) => out += &format!("\n> **Mind:** {}\n", markdown(text)),
            Block::Table(table) => out += &rows(table),
            Block::Chart(_) => {}
        }
    }
    out
}

fn rows(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = format!("\n**{}**\n\n", markdown(&table.caption));
    out += &line(table.head.iter().map(|head| markdown(head)).collect());
    out += &line(table.head.iter().map(|_| "---".to_owned()).collect());
    table.rows.iter().for_each(|row| out += &line(row.iter().map(|cell| markdown(cell)).collect()));
    out
}
