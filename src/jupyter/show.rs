//! What a cell gives, in the forms that notebooks draw: tables as text and HTML, figures as SVG and PNG.

use crate::plot::{self, Figure};
use crate::results::TaskResult;
use crate::store::{Cells, cells, task_table};
use serde_json::{Value, json};

/// Rows of a table beyond which its middle is left out.
const ROWS: usize = 60;
/// Dots per inch of pictures.
const DPI: f64 = 150.0;

/// A task's results.
pub fn table(task: &TaskResult) -> Value {
    let text = format!("{}\n{}", task.name, task_table(task, ROWS));
    json!({ "text/plain": text.trim_end(), "text/html": html(task, &text) })
}

/// A table of HTML; what quantities with axes of their own have to say stands below it as text.
fn html(task: &TaskResult, text: &str) -> String {
    let Some(Cells { head, rows, .. }) = cells(task).filter(|c| !c.rows.is_empty()) else {
        return format!("<pre>{}</pre>", escape(text));
    };
    let line = |cells: &[String], tag: &str| {
        let cells: String = cells.iter().map(|c| format!("<{tag} style=\"text-align:right\">{}</{tag}>", escape(c))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let shown: Vec<usize> = if rows.len() <= ROWS {
        (0..rows.len()).collect()
    } else {
        (0..ROWS / 2).chain(rows.len() - ROWS / 2..rows.len()).collect()
    };
    let mut body = String::new();
    let mut last = None;
    for k in shown {
        if last.is_some_and(|l| l + 1 != k) {
            body.push_str(&format!(
                "<tr><td colspan=\"{}\" style=\"text-align:center\">… {} more</td></tr>\n",
                head.len(),
                rows.len() - ROWS
            ));
        }
        body.push_str(&line(&rows[k], "td"));
        last = Some(k);
    }
    let mut out = format!(
        "<table>\n<caption style=\"text-align:left\"><b>{}</b></caption>\n<thead>{}</thead>\n<tbody>\n{body}</tbody>\n</table>",
        escape(&task.name),
        line(&head, "th")
    );
    // The quantities with axes of their own, and the notes, follow the rows in the text.
    if task.descriptions.iter().any(|d| !d.axes.is_empty()) || task.points.iter().flatten().any(|p| p.failed.is_some()) {
        out.push_str(&format!("\n<details><summary>all of it as text</summary><pre>{}</pre></details>", escape(text)));
    }
    out
}

/// A figure; what could not be drawn is said in the second value.
pub fn figure(name: &str, figure: &Figure) -> (Value, Vec<String>) {
    let svg = plot::svg(figure);
    let mut data = json!({ "text/plain": format!("plot {name}"), "image/svg+xml": svg.content });
    let mut notes = svg.notes;
    match plot::png_of_svg(data["image/svg+xml"].as_str().unwrap_or_default(), DPI) {
        Ok(bytes) => data["image/png"] = json!(plot::base64(&bytes)),
        Err(e) => notes.push(format!("there is no PNG of the figure: {e}")),
    }
    (data, notes)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
