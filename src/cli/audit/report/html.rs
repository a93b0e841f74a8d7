//! A report as one page: no scripts, nothing from elsewhere, fit for screen readers, dark rooms and paper.

use super::chart;
use super::document::{Block, Document, Table};
use crate::cli::audit::escape::markup;

const STYLE: &str = include_str!("page.css");

pub(super) fn write(document: &Document) -> String {
    let title = markup(&document.title);
    let mut body = vec![format!("<h1>{title}</h1>\n")];
    let mut charts = 0;
    for block in &document.blocks {
        match block {
            Block::Heading(level, text) => body.push(format!("<h{level}>{}</h{level}>\n", markup(text))),
            Block::Text(text) => body.push(format!("<p>{}</p>\n", markup(text))),
            Block::Notice(text) => {
                body.push(format!("<p class=\"notice\"><strong>Mind:</strong> {}</p>\n", markup(text)));
            }
            Block::Table(table) => body.push(rows(table)),
            Block::Chart(drawn) => {
                charts += 1;
                body.push(chart::draw(drawn, charts));
            }
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        body.concat()
    )
}

fn rows(table: &Table) -> String {
    let head: Vec<String> =
        table.head.iter().map(|head| format!("<th scope=\"col\">{}</th>", markup(head))).collect();
    let head = head.concat();
    let row = |cells: &Vec<String>| {
        let cells = cells.iter().enumerate().map(|(at, cell)| {
            let number = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
            match (at, number) {
                (0, _) => format!("<th scope=\"row\">{}</th>", markup(cell)),
                (_, true) => format!("<td class=\"number\">{cell}</td>"),
                _ => format!("<td>{}</td>", markup(cell)),
            }
        });
        format!("<tr>{}</tr>\n", cells.collect::<Vec<_>>().concat())
    };
    let rows = table.rows.iter().map(row).collect::<Vec<_>>().concat();
    let caption = markup(&table.caption);
    // It can be scrolled by keyboard, too.
    format!(
        "<div class=\"wide\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\"><table>\n<caption>{caption}</caption>\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}
