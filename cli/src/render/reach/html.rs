//! One file that a browser opens without a network: the drawing with search, filters and the rules behind each arrow.

mod data;

use serde_json::Value;

use super::Listed;

const PAGE: &str = include_str!("html/page.html");

/// The list as a page.
pub(crate) fn render(listed: &Listed<'_>) -> String {
    page("Who reaches whom", &data::of(listed))
}

/// A page of that title.
pub(super) fn page(title: &str, data: &Value) -> String {
    // `<` would end the element that holds the data; JSON has another way to write it.
    let data = data.to_string().replace('<', "\\u003c");
    let parts = [
        ("{{title}}", title),
        ("{{heading}}", title),
        ("{{drawing.css}}", include_str!("svg/style.css")),
        ("{{page.css}}", include_str!("html/page.css")),
        ("{{layout.js}}", include_str!("html/layout.js")),
        ("{{app.js}}", include_str!("html/app.js")),
        ("{{data}}", data.as_str()),
    ];
    // The data comes last, so that nothing in it is taken for a part.
    parts.into_iter().fold(PAGE.to_owned(), |page, (name, part)| page.replacen(name, part, 1))
}
