//! `consensus`: tables of labelers beside each other, at the shell.

use crate::harness::Project;
use crate::json_events::Schema;

const READER: &str = "image,seller,sheet,confidence,evidence,labeler
1.jpg,北京恒鸿睿科技有限公司,110-1,0.990,read at 0.99; same name on 2 photos of the sheet,reader
2.jpg,北京恒鸿睿科技有限公司,110-1,0.990,read at 0.99; same name on 2 photos of the sheet,reader
3.jpg,南京坤山贸易有限公司,,0.950,read at 0.95,reader
";
const NOVA: &str = "image,seller,labeler,model,prompt
1.jpg,北京恒鸿睿科技有限公司,converse,amazon.nova-lite-v1:0,p1
2.jpg,北京坤鸿睿科技有限公司,converse,amazon.nova-lite-v1:0,p1
3.jpg,南京坤山贸易有限公司,converse,amazon.nova-lite-v1:0,p1
";
const CLAUDE: &str = "image,seller\n1,北京恒鸿睿科技有限公司\n2,北京恒鸿睿科技有限公司\n";

/// Three tables, and no folder of photos.
fn project() -> Project {
    let project = Project::empty();
    project.write("nova-ft.toml", "[consensus]\nlabels = ['reader.csv', 'nova.csv']\n");
    project.write("reader.csv", READER);
    project.write("nova.csv", NOVA);
    project.write("claude.csv", CLAUDE);
    project
}

const ALL: [&str; 9] = [
    "consensus",
    "--labels",
    "reader.csv",
    "--labels",
    "nova.csv",
    "--labels",
    "anthropic.claude-3-haiku@p1=claude.csv",
    "--output-file",
    "out/consensus.csv",
];

#[test]
fn what_is_beyond_doubt_is_accepted_and_the_rest_is_left_open() {
    let project = project();
    let said = project.run(&ALL).exits(0);
    insta::assert_snapshot!(said.all());
    let table = project.read("out/consensus.csv");
    let header =
        "image,seller,sheet,verdict,evidence,by:amazon.nova-lite-v1:0@p1,by:anthropic.claude-3-haiku@p1,by:reader";
    assert_eq!(table.lines().next().unwrap(), header);
    // The tables of the settings: two witnesses that differ are no consensus.
    let said = project.run(&["consensus", "--output-file", "two.csv"]).exits(1);
    assert!(said.stdout.contains("consensus: 2 labelers, 3 photos: 2 accepted, 1 open"), "{}", said.all());
}

#[test]
fn the_order_of_the_tables_makes_no_difference() {
    let project = project();
    let _ = project.run(&ALL).exits(0);
    let before = project.read("out/consensus.csv");
    let turned = ["consensus", "--labels", ALL[6], "--labels", "nova.csv", "--labels", "reader.csv"];
    let _ = project.run(&[&turned[..], &["--output-file", "turned.csv"]].concat()).exits(0);
    assert_eq!(project.read("turned.csv"), before);
}

#[test]
fn events_fit_the_schema_and_reports_have_their_forms() {
    let project = project();
    let schema = Schema::read();
    let said = project.run(&[&ALL[..], &["--json"]].concat()).exits(0);
    let kinds = schema.check(&said);
    let mut known: Vec<_> = kinds.iter().map(String::as_str).collect();
    known.dedup();
    assert_eq!(known, ["labeler", "agreement", "decision", "consensus", "written", "summary"], "{}", said.all());
    for (file, begins) in
        [("r.html", "<!doctype html>"), ("r.md", "<!-- report of nova-ft consensus"), ("r.txt", "labeler")]
    {
        for _ in 0..2 {
            let said = project.run(&[&ALL[..], &["--report-file", file]].concat()).exits(0);
            assert!(said.stdout.contains("3 accepted, 0 open"), "{}", said.all());
        }
        assert!(project.read(file).starts_with(begins), "{file}");
    }
    project.write("mine.html", "<p>mine</p>");
    let said = project.run(&[&ALL[..], &["--report-file", "mine.html"]].concat()).exits(2);
    assert!(said.stderr.contains("is no report of nova-ft"), "{}", said.all());
}

#[test]
fn a_settled_table_is_not_overwritten_and_a_missing_option_is_named() {
    let project = project();
    let out = ["consensus", "--output-file", "two.csv"];
    let _ = project.run(&out).exits(1);
    let _ = project.run(&out).exits(1);
    let settled = project.read("two.csv").replace("2.jpg,,", "2.jpg,北京恒鸿睿科技有限公司,");
    project.write("two.csv", &settled);
    project.write("nova.csv", NOVA.replace("坤鸿睿", "恒鸿睿"));
    let said = project.run(&out).exits(2);
    assert!(said.stderr.contains("somebody has written into it since"), "{}", said.all());
    assert_eq!(project.read("two.csv"), settled);
    let said = project.run(&["consensus"]).exits(2);
    assert!(said.stderr.contains("missing required option `--output-file`"), "{}", said.all());
    let said = project.run(&["consensus", "--labels", "reader.csv", "--output-file", "x.csv"]).exits(2);
    assert!(said.stderr.contains("two labelers at least"), "{}", said.all());
    let said =
        project.run(&["consensus", "--labels", "two.csv", "--labels", "nova.csv", "--output-file", "x.csv"]).exits(2);
    assert!(said.stderr.contains("this table is a consensus"), "{}", said.all());
    let said = project.run(&["consensus", "--labels", "=a.csv", "--output-file", "x.csv"]).exits(2);
    assert!(said.stderr.contains("the name before `=` is missing"), "{}", said.all());
}

#[test]
fn a_table_that_the_consensus_is_made_of_is_never_its_output() {
    let project = project();
    // As after `label --output-file nova.csv`: the journal beside it knows the table.
    std::fs::create_dir_all(project.path("sub")).unwrap();
    for out in ["nova.csv", "sub/../nova.csv"] {
        let said = project.run(&["consensus", "--output-file", out]).exits(2);
        assert!(said.stderr.contains("one of the tables that the consensus is made of"), "{}", said.all());
        let said = project.run(&["consensus", "--output-file", "two.csv", "--report-file", out]).exits(2);
        assert!(said.stderr.contains("is no report of nova-ft"), "{}", said.all());
    }
    assert_eq!(project.read("nova.csv"), NOVA);
    let said = project.run(&["consensus", "--output-file", "two.csv", "--report-file", "sub/../two.csv"]).exits(2);
    assert!(said.stderr.contains("the file of --output-file too"), "{}", said.all());
    assert!(!project.path("two.csv").exists());
}
