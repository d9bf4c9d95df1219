use std::sync::Mutex;

use super::*;
use crate::error::Place;
use crate::findings::render::samples::{CREASE, STAIN, hostile, report, subject};

/// Every photo is shown as its name; remembers what was asked for.
#[derive(Default)]
struct Named(Mutex<Vec<String>>);

impl Thumbnails for Named {
    fn data_uris(&self, photos: &[&Path]) -> Vec<Option<String>> {
        let names: Vec<_> = photos.iter().map(|photo| photo.display().to_string()).collect();
        self.0.lock().unwrap().extend(names.clone());
        names.into_iter().map(|name| (!name.contains("broken")).then(|| format!("data:{name}"))).collect()
    }
}

/// The page without what is the same on all.
fn body(page: &str) -> &str {
    page.split_once("<main>\n").unwrap().1
}

#[test]
fn a_page_has_counts_a_table_and_a_section_for_each_code() {
    insta::assert_snapshot!(body(&render_html(&report(), &subject(), &Named::default())), @r##"
    <header>
    <h1>train.jsonl</h1>
    <p>For Nova Lite: checked 12 records and 2 photos.</p>
    <p class="totals"><span class="badge error">14 errors</span> <span class="badge warning">2 warnings</span> <span class="badge none">0 notes</span> </p>
    <p><code>--fix OUT</code> repairs 12 of them.</p>
    <p><code>--fix OUT --unsafe-fixes</code> repairs 1 of them.</p>
    </header>
    <table>
    <thead><tr><th>code</th><th>rule</th><th>severity</th><th class="number">count</th><th>repair</th></tr></thead>
    <tbody>
    <tr><td><a href="#JSL998-error">JSL998</a></td><td>crease</td><td><span class="badge error">error</span></td><td class="number">12</td><td>12 with --fix</td></tr>
    <tr><td><a href="#IMG997-error">IMG997</a></td><td>fold</td><td><span class="badge error">error</span></td><td class="number">2</td><td>1 with --unsafe-fixes</td></tr>
    <tr><td><a href="#IMG998-warning">IMG998</a></td><td>coffee-stain</td><td><span class="badge warning">warning</span></td><td class="number">2</td><td>by hand</td></tr>
    </tbody>
    </table>
    <section id="JSL998-error">
    <h2>JSL998 crease <span class="badge error">12 errors</span></h2>
    <details class="docs"><summary>What this means and how to fix it</summary>
    <h4>What it does</h4>
    <p>Reports a crease.</p>
    </details>
    <p class="shared"><code>jpg</code> is written <code>jpeg</code> <span class="badge fix">--fix</span></p>
    <ul class="dense">
    <li><div><p class="place"><b>line 1</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 2</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 3</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 4</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 5</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 6</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 7</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 8</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 9</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 10</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 11</b> <code>/image/format</code></p></div></li>
    <li><div><p class="place"><b>line 12</b> <code>/image/format</code></p></div></li>
    </ul>
    </section>
    <section id="IMG997-error">
    <h2>IMG997 fold <span class="badge error">2 errors</span></h2>
    <details class="docs"><summary>What this means and how to fix it</summary>
    <h4>What it does</h4>
    <p>Reports a fold.</p>
    </details>
    <ul>
    <li><div><p class="place"><b>line 3</b> <code>/image</code></p><p>folded once <span class="badge fix">--unsafe-fixes</span></p></div></li>
    <li><img src="data:photos/4.jpg" alt="photos/4.jpg"><div><p class="place"><b>line 4</b> <code>/image</code></p><p>folded twice</p></div></li>
    </ul>
    </section>
    <section id="IMG998-warning">
    <h2>IMG998 coffee-stain <span class="badge warning">2 warnings</span></h2>
    <details class="docs"><summary>What this means and how to fix it</summary>
    <h4>What it does</h4>
    <p>Reports a stain.</p>
    <h4>Why is this bad?</h4>
    <p><code>tea</code> hides the name.</p>
    </details>
    <ul>
    <li><div><p class="place"><b>photos/9.jpg</b> </p><p>stained by coffee</p></div></li>
    </ul>
    <ul>
    <li><img src="data:photos/5.jpg" alt="photos/5.jpg"><div><p class="place"><b>line 5</b> <code>/image</code></p><p>stained by tea</p></div></li>
    </ul>
    </section>
    </main>
    </body>
    </html>
    "##);
}

#[test]
fn a_page_without_findings_says_so() {
    insta::assert_snapshot!(body(&render_html(&Report::default(), &subject(), &NoThumbnails)), @r#"
    <header>
    <h1>train.jsonl</h1>
    <p>For Nova Lite: checked 12 records and 2 photos.</p>
    <p class="totals"><span class="badge none">0 errors</span> <span class="badge none">0 warnings</span> <span class="badge none">0 notes</span> </p>
    <p>Nothing to fix.</p>
    </header>
    </main>
    </body>
    </html>
    "#);
}

#[test]
fn a_page_asks_for_nothing_and_runs_nothing() {
    let page = render_html(&report(), &subject(), &Named::default());
    for request in ["http:", "https:", "//", "<script", "<link", "url(", "@import", "src=\"/", "javascript:"] {
        assert!(!page.contains(request), "{request}");
    }
    assert!(page.contains("Content-Security-Policy"));
}

/// Every tag of a page, as `name` or `/name`, with all its attributes' names.
fn tags(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let mut inside = String::new();
        let mut is_quoted = false;
        let mut end = after.len();
        for (at, character) in after.char_indices() {
            match character {
                '"' => is_quoted = !is_quoted,
                '>' if !is_quoted => {
                    end = at + 1;
                    break;
                }
                c if !is_quoted => inside.push(c),
                _ => {}
            }
        }
        tags.push(inside);
        rest = &after[end..];
    }
    tags
}

#[test]
fn hostile_texts_stay_text() {
    let (report, subject) = hostile();
    let page = render_html(&report, &subject, &Named::default());
    let known = [
        "!doctype html",
        "html lang=",
        "head",
        "/head",
        "meta charset=",
        "meta name= content=",
        "meta http-equiv= content=",
        "title",
        "/title",
        "style",
        "/style",
        "body",
        "/body",
        "/html",
        "main",
        "/main",
        "header",
        "/header",
        "h1",
        "/h1",
        "h2",
        "/h2",
        "h3",
        "/h3",
        "h4",
        "/h4",
        "p",
        "/p",
        "p class=",
        "span class=",
        "/span",
        "b",
        "/b",
        "code",
        "/code",
        "table",
        "/table",
        "thead",
        "/thead",
        "tbody",
        "/tbody",
        "tr",
        "/tr",
        "th",
        "/th",
        "th class=",
        "td",
        "/td",
        "td class=",
        "a href=",
        "/a",
        "section id=",
        "/section",
        "details class=",
        "/details",
        "summary",
        "/summary",
        "ul",
        "/ul",
        "li",
        "/li",
        "div",
        "/div",
        "img src= alt=",
        "pre",
        "/pre",
    ];
    for tag in tags(&page) {
        assert!(known.contains(&&*tag), "<{tag}>");
    }
    assert!(!page.contains(['\u{202e}', '\u{2066}', '\0', '\u{1b}']), "no unseen character");
    assert!(page.contains(r"\u{202e}gpj.exe\u{2066}\u{0}\u{1b}[31m"));
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert!(page.len() < 60_000, "{} bytes: a text of a megabyte is cut", page.len());
    assert!(page.contains("xxx…xxx") && page.contains("xxxthe end"));
}

#[test]
fn a_photo_is_made_small_once_and_two_hundred_are_shown() {
    let mut report = Report::default();
    for n in 0..300 {
        let photo = if n % 3 == 0 { format!("broken/{n}.jpg") } else { format!("{n}.jpg") };
        report.push(Finding::new(&STAIN, Place::line("train.jsonl", n), "stained").with_photo(&photo));
        report.push(Finding::new(&CREASE, Place::line("train.jsonl", n), "creased").with_photo(&photo));
    }
    report.sort();
    let named = Named::default();
    let page = render_html(&report, &subject(), &named);
    let mut asked = named.0.into_inner().unwrap();
    let count = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!((count, asked.len()), (300, 300), "each once, and those that have none do not count");
    assert_eq!(page.matches("<img ").count(), 200);
    assert_eq!(page.matches("src=\"data:1.jpg\"").count(), 1, "the first code has them all");
}

#[test]
fn a_long_list_is_folded_and_what_was_not_kept_is_counted() {
    let mut report = Report::default();
    report.extend((0..1_002).map(|n| Finding::new(&STAIN, Place::line("train.jsonl", n), format!("stained {n}"))));
    let page = render_html(&report, &subject(), &NoThumbnails);
    assert!(page.contains("<summary>950 more</summary>"));
    assert!(page.contains("2 more of IMG998 were counted and are not listed"));
}
