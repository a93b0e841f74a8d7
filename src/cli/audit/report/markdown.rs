//! A report as Markdown. Charts are left out: the tables behind them say the same.

use super::document::{Block, Document, Table};
use crate::cli::audit::escape::markdown;

pub(super) fn write(document: &Document) -> String {
    let mut out = vec![format!("# {}\n", markdown(&document.title))];
    for block in &document.blocks {
        match block {
            Block::Heading(level, text) => {
                out.push(format!("\n{} {}\n", "#".repeat(usize::from(*level)), markdown(text)));
            }
            Block::Text(text) => out.push(format!("\n{}\n", markdown(text))),
            Block::Notice(text) => out.push(format!("\n> **Mind:** {}\n", markdown(text))),
            Block::Table(table) => out.push(rows(table)),
            Block::Chart(_) => {}
        }
    }
    out.concat()
}

fn rows(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = line(table.head.iter().map(|head| markdown(head)).collect());
    let rule = line(table.head.iter().map(|_| "---".to_owned()).collect());
    let rows = table.rows.iter().map(|row| line(row.iter().map(|cell| markdown(cell)).collect()));
    format!("\n**{}**\n\n{head}{rule}{}", markdown(&table.caption), rows.collect::<Vec<_>>().concat())
}
