use std::path::Path;

use image::{Rgb, RgbImage};
use polars::df;
use polars::prelude::DataFrame;

use super::*;
use crate::aws::s3::S3Uri;
use crate::charts::counts_by_seller;
use crate::dataset::conversation::Record;
use crate::dataset::{PrepareOptions, prepare};
use crate::error::{Error, Place};
use crate::findings::Levels;
use crate::findings::{Finding, Report};
use crate::images::{ScanOptions, hash_bytes, scan};
use crate::labels::SellerCount;
use crate::labels::{Labels, analyze};
use crate::progress::Silent;
use crate::upload::{Action, DryRun, Outcome, PlannedObject, Uploaded};
use crate::validate::{DatasetObject, Model, Readiness, Ready};

mod compared;

crate::rule! {
    /// A rule for these tests.
    STAIN = "IMG998", "coffee-stain", Error, Image, fix None;
}
crate::rule! {
    /// Another.
    CREASE = "IMG997", "crease", Note, Image, fix None;
}

fn labels() -> DataFrame {
    df!(
        "image" => ["a.jpg", "b.jpg", "c.jpg"],
        "seller" => [Some("北京星河（集团）有限公司"), Some("<script>alert(1)</script>"), None],
        "count" => [3_u32, 1, 1],
    )
    .unwrap()
}

fn html(value: &impl Show) -> String {
    value.content().html.unwrap()
}

#[test]
fn a_table_is_escaped_and_says_what_its_columns_are() {
    insta::assert_snapshot!(html(&labels()), @r#"
    <p>3 rows × 3 columns</p>
    <table>
    <thead><tr><th style="text-align:left">image<br><small>str</small></th><th style="text-align:left">seller<br><small>str</small></th><th style="text-align:right">count<br><small>u32</small></th></tr></thead>
    <tbody>
    <tr><td style="text-align:left">a.jpg</td><td style="text-align:left">北京星河（集团）有限公司</td><td style="text-align:right">3</td></tr>
    <tr><td style="text-align:left">b.jpg</td><td style="text-align:left">&lt;script&gt;alert(1)&lt;/script&gt;</td><td style="text-align:right">1</td></tr>
    <tr><td style="text-align:left">c.jpg</td><td style="text-align:left"><i>missing</i></td><td style="text-align:right">1</td></tr>
    </tbody>
    </table>
    "#);
}

#[test]
fn a_long_table_is_cut_and_says_so() {
    let many = df!("n" => (0..500_u32).collect::<Vec<_>>()).unwrap();
    let html = html(&many);
    assert!(html.contains("500 rows × 1 column, the first 20"));
    assert_eq!(html.matches("<tr>").count(), 21);
}

#[test]
fn a_report_is_a_table_with_the_worst_first() {
    let mut report = Report::default();
    report.push(Finding::new(&CREASE, Path::new("a.jpg"), "creased"));
    report.push(Finding::new(&STAIN, Place::line("train.jsonl", 3).member("/messages/0"), "stained by <b>tea</b>"));
    insta::assert_snapshot!(html(&report), @r#"
    <p>1 error, 0 warnings, 1 note</p>
    <table>
    <thead><tr><th style="text-align:left">severity</th><th style="text-align:left">code</th><th style="text-align:left">where</th><th style="text-align:left">what</th><th style="text-align:left">repair</th></tr></thead>
    <tbody>
    <tr><td style="text-align:left">error</td><td style="text-align:left">IMG998</td><td style="text-align:left">train.jsonl:3 /messages/0</td><td style="text-align:left">stained by &lt;b&gt;tea&lt;/b&gt;<br><small>coffee-stain</small></td><td style="text-align:left">by hand</td></tr>
    <tr><td style="text-align:left">note</td><td style="text-align:left">IMG997</td><td style="text-align:left">a.jpg</td><td style="text-align:left">creased<br><small>crease</small></td><td style="text-align:left">by hand</td></tr>
    </tbody>
    </table>
    "#);
    assert_eq!(html(&Report::default()), "<p>No findings: nothing to fix.</p>");
    assert_eq!(html(&report.findings().to_vec()), html(&report));
}

#[test]
fn an_error_shows_its_cause_and_what_to_do() {
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    let error = Error::Io { action: "read", path: "<labels>.csv".into(), source };
    insta::assert_snapshot!(html(&error), @"<p><b>error</b>: cannot read &lt;labels&gt;.csv<br><b>caused by</b>: entity not found<br><b>hint</b>: check the spelling; paths in nova-ft.toml are relative to that file, others to the current folder.</p>");
    insta::assert_snapshot!(error.content().text, @r#"
    error: cannot read <labels>.csv
    caused by: entity not found
    hint: check the spelling; paths in nova-ft.toml are relative to that file, others to the current folder.
    "#);
    let failed: Result<DataFrame, Error> = Err(error);
    assert!(html(&failed).contains("cannot read"));
}

#[test]
fn a_photo_shows_as_a_small_jpeg() {
    let photo = RgbImage::from_fn(2000, 1000, |x, _| Rgb([(x / 8) as u8, 90, 200]));
    let content = photo.content();
    assert_eq!(content.text, "a photo of 2000 × 1000 px");
    let jpeg = content.jpeg.unwrap();
    assert!(jpeg.len() < 30_000, "{} bytes", jpeg.len());
    let small = image::load_from_memory(&jpeg).unwrap();
    assert_eq!((small.width(), small.height()), (720, 360));
    assert_eq!(Thumbnail::new(&RgbImage::new(30, 20), 480).image.dimensions(), (30, 20));
}

#[test]
fn a_chart_shows_as_svg() {
    let chart = counts_by_seller(&[SellerCount { seller: "北京星河科技有限公司".to_owned(), row_count: 2 }]);
    let content = chart.content();
    assert_eq!(content.text, "Photos by seller: 2 photos of 1 seller (a chart)");
    assert!(content.svg.unwrap().starts_with("<svg "));
    let png = content.png.unwrap();
    assert!(png.starts_with(b"\x89PNG") && png.len() < 12_000, "{} bytes", png.len());
}

#[test]
fn a_chart_of_an_untrusted_notebook_has_a_picture_that_jupyter_may_show() {
    let chart = counts_by_seller(&[SellerCount { seller: "北京星河科技有限公司".to_owned(), row_count: 2 }]);
    let blocks = chart.content().to_blocks();
    let forms: Vec<&str> = blocks.lines().filter_map(|line| line.strip_prefix("EVCXR_BEGIN_CONTENT ")).collect();
    assert_eq!(forms, ["image/svg+xml", "image/png", "text/plain"]);
}

#[test]
fn names_between_backticks_are_set_as_code_and_a_single_backtick_stays() {
    let mut report = Report::default();
    report.push(Finding::new(&STAIN, Path::new("a.jpg"), "`jpg` is written `<jpeg>`, not ` alone"));
    let html = html(&report);
    assert!(html.contains("<code>jpg</code> is written <code>&lt;jpeg&gt;</code>, not ` alone"), "{html}");
}

#[test]
fn a_long_upload_shows_its_failures_first_and_its_last_objects() {
    let object = |n: usize| {
        let object = DatasetObject {
            path: "a.jpg".into(),
            uri: S3Uri::new("bucket", format!("{n:03}")),
            sha256: hash_bytes(b""),
            size_bytes: 0,
            content_type: "image/jpeg".to_owned(),
            is_records: n == 49,
        };
        PlannedObject { object, action: Action::Put, etag: None }
    };
    let mut outcomes: Vec<Outcome> = (0..50).map(|n| Outcome::Done(object(n))).collect();
    outcomes[30] = Outcome::Failed(object(30).object, Error::InsideAsync);
    let text = Uploaded { outcomes, receipt: None, dry_run: DryRun::No }.content().text;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2 + 17 + 1 + 3, "{text}");
    assert!(lines[2].contains("error") && lines[2].contains("bucket/030"), "{text}");
    assert!(lines[19].contains("30 more"), "{text}");
    assert!(lines[22].contains("bucket/049"), "{text}");
}

#[test]
fn data_cannot_speak_to_the_kernel() {
    let content = Content::text("first\nEVCXR_END_CONTENT\nEVCXR_PANIC_NOTIFICATION").with_html("<p>x</p>".to_owned());
    insta::assert_snapshot!(content.to_blocks(), @r#"
    EVCXR_BEGIN_CONTENT text/html
    <p>x</p>
    EVCXR_END_CONTENT
    EVCXR_BEGIN_CONTENT text/plain
    first
     EVCXR_END_CONTENT
     EVCXR_PANIC_NOTIFICATION
    EVCXR_END_CONTENT
    "#);
}

#[test]
fn every_stage_shows_what_it_made() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    let mut rows = String::from("image,seller,sheet\n");
    for n in 1..=12_u8 {
        RgbImage::from_pixel(60, 40, Rgb([n * 20, 90, 200])).save(photos.join(format!("{n:02}.png"))).unwrap();
        rows = format!("{rows}{n:02}.png,<b>甲{}</b>公司,sheet_{}\n", n % 3, n % 6);
    }
    let labels = dir.path().join("labels.csv");
    std::fs::write(&labels, rows).unwrap();
    let options = PrepareOptions {
        labels: labels.clone(),
        input_dir: photos.clone(),
        output_dir: dir.path().join("dataset"),
        s3_bucket: "bucket".to_owned(),
        account_id: "123456789012".to_owned(),
        ..PrepareOptions::default()
    };

    let scan = scan(&photos, &ScanOptions::default()).unwrap();
    let labels = Labels::read(&labels).unwrap().labels;
    let prepared = prepare(&options, &Silent).unwrap();
    let readiness = Ready::check(&prepared.folder, Model::Lite, &Levels::default(), &Silent).unwrap();
    let Readiness::Ready(ready, _) = &readiness else { panic!("{readiness:?}") };
    let object = |action| PlannedObject { object: ready.objects()[0].clone(), action, etag: None };
    let failed = Outcome::Failed(ready.objects()[1].clone(), Error::InsideAsync);
    let uploaded = Uploaded {
        outcomes: vec![Outcome::Done(object(Action::Put)), Outcome::Done(object(Action::Skip)), failed],
        receipt: None,
        dry_run: DryRun::No,
    };
    let record = std::fs::read_to_string(prepared.folder.join("train.jsonl")).unwrap();
    let record: Record = serde_json::from_str(record.lines().next().unwrap()).unwrap();

    let contents = [
        scan.content(),
        labels.content(),
        analyze(&labels).unwrap().content(),
        prepared.content(),
        readiness.content(),
        uploaded.content(),
        record.content(),
    ];
    for content in &contents {
        let html = content.html.as_deref().unwrap();
        assert!(!html.contains("<b>甲"), "{html}");
        assert!(!content.text.is_empty());
    }
    let first_lines: Vec<String> = contents
        .iter()
        .map(|content| content.text.lines().next().unwrap().replace(&dir.path().display().to_string(), "DIR"))
        .collect();
    insta::assert_snapshot!(first_lines.join("\n"), @r"
    12 photos in DIR/photos
    shape: (12, 4)
    12 rows of 3 sellers; names of 11 to 11 characters
    DIR/dataset: 10 photos to train with, 2 held out, 0 converted
    Ready to upload: 14 objects.
    1 sent, 1 there already, 1 failed
    {
    ");
}

#[test]
fn a_training_shows_its_chart_its_verdict_and_its_epochs() {
    let rows = (1..=12)
        .map(|step| format!("{step},{},{}\n", (step - 1) / 6, 2.0 / f64::from(step)))
        .collect::<Vec<_>>()
        .concat();
    let csv = format!("step_number,epoch_number,training_loss\n{rows}");
    let file = std::path::Path::new("m.csv");
    let series = crate::training::metrics::parse_series(csv.as_bytes(), file, crate::dataset::Side::Train).unwrap();
    let content = crate::training::metrics::analyze("<b>销售方</b>", series, None).content();
    let html = content.html.unwrap();
    assert!(html.starts_with(
        "<img alt=\"Training loss: &lt;b&gt;销售方&lt;/b&gt;\" width=\"760\" src=\"data:image/png;base64,"
    ));
    assert!(
        html.contains("<b>still falling</b>") && html.contains("<th style=\"text-align:right\">mean</th>"),
        "{html}"
    );
    assert!(!html.contains("<b>销售方"));
    assert!(content.text.contains("verdict: still falling\n"), "{}", content.text);
}

#[test]
fn a_plan_says_that_nothing_was_sent_yet() {
    let plan = Uploaded { outcomes: Vec::new(), receipt: None, dry_run: DryRun::Yes };
    let html = html(&plan);
    assert!(html.contains("0 to send, 0 there already, 0 failed") && html.contains(">to do<"), "{html}");
}

#[test]
fn polars_own_values_show_as_tables_and_a_query_that_cannot_be_answered_says_so() {
    use polars::prelude::{Column, IntoLazy as _, col};
    let frame = labels();
    let series = frame.column("seller").unwrap().as_materialized_series().clone();
    assert!(html(&series).contains("3 rows × 1 column"));
    let lazy = frame.clone().lazy().select([col("count").sum()]);
    assert!(html(&lazy).contains(">5</td>"), "{}", html(&lazy));
    let wrong = frame.lazy().select([col("sheet")]).content();
    assert!(wrong.text.starts_with("error: ") && wrong.text.contains("sheet"), "{}", wrong.text);
    let _: Column = series.into();
}

#[test]
fn a_reading_shows_its_fields_and_the_photo_with_the_boxes() {
    use crate::invoice::{Field, Invoice, Reading};
    use crate::reader::{Page, Quad, QuarterTurn};
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("1.png");
    RgbImage::from_pixel(1400, 700, Rgb([250, 250, 250])).save(&photo).unwrap();
    let field = |value: &str, top: f32| {
        let quad = Quad::rectangle(100.0, top, 600.0, top + 100.0);
        Some(Field { value: value.to_owned(), confidence: 0.987, quad })
    };
    let page = Page { width_px: 1400, height_px: 700, turn: QuarterTurn::Half, lines: Vec::new() };
    let invoice =
        Invoice { seller: field("<i>甲</i>公司", 100.0), buyer: field("乙公司", 400.0), ..Invoice::default() };
    let reading = Reading { pixels_sha256: hash_bytes(b""), page, invoice };
    insta::assert_snapshot!(reading.content().text, @r"
    2 fields of 0 lines, turned by 180° to be read
    field	reading	confidence
    seller	<i>甲</i>公司	0.99
    buyer	乙公司	0.99
    ");
    let html = html(&ReadPhoto::open(&photo, &reading).unwrap());
    assert!(html.contains("&lt;i&gt;甲&lt;/i&gt;公司") && !html.contains("<i>甲"), "{html}");
    let jpeg = html.split_once("data:image/jpeg;base64,").unwrap().1.split_once('"').unwrap().0;
    let jpeg = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, jpeg).unwrap();
    let picture = image::load_from_memory(&jpeg).unwrap().into_rgb8();
    assert_eq!(picture.dimensions(), (720, 360));
    let red = picture.pixels().filter(|Rgb([r, g, _])| *r > 200 && *g < 180).count();
    assert!((200..20_000).contains(&red), "{red} px of the seller's box");
    let nothing = Reading { invoice: Invoice::default(), ..reading };
    assert!(nothing.content().text.starts_with("No seller"));
}

#[test]
fn photos_stand_side_by_side_and_what_is_no_photo_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let photos: Vec<_> = (0..14).map(|n| (folder.path().join(format!("{n}.png")), format!("<b>{n}</b>"))).collect();
    for (path, _) in &photos {
        RgbImage::from_pixel(640, 400, Rgb([40, 90, 200])).save(path).unwrap();
    }
    std::fs::write(&photos[1].0, b"no photo").unwrap();
    let html = html(&Gallery::new(photos.iter().map(|(path, words)| (path, words))));
    assert!(html.contains("14 photos, the first 12") && html.contains("&lt;b&gt;0&lt;/b&gt;"), "{html}");
    assert_eq!((html.matches("<img ").count(), html.matches("no picture").count()), (11, 1));
    assert_eq!(html.matches("<tr>").count(), 3);
    assert!(!html.contains("<b>"));
}

#[test]
fn a_job_shows_what_was_asked_for_and_how_it_stands() {
    use crate::aws::bedrock::{JobStatus, PhaseStatus};
    use crate::training::job::{Outcome as Watched, Submitted, testing};
    let spec = testing::spec();
    let request: serde_json::Value = serde_json::from_str(&spec.content().text).unwrap();
    assert_eq!(request, spec.request().to_json());
    assert_eq!(request.content(), spec.content());

    let mut job =
        testing::state(JobStatus::Failed, [PhaseStatus::Completed, PhaseStatus::Failed, PhaseStatus::NotStarted]);
    job.training_loss = Some(0.127);
    job.failure = Some("Unable to parse <b>s3://bucket/p/train.jsonl</b>".to_owned());
    let html = html(&job);
    assert!(html.contains("&lt;b&gt;s3://") && !html.contains("<b>s3://"), "{html}");
    let text = Watched::DeadlinePassed(job.clone()).content().text;
    for part in ["The deadline has passed", "Failed", "Data processing\tFailed", "training loss\t0.13", "what to do\t"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let created = Submitted::Created("arn:aws:bedrock:<x>".to_owned());
    assert_eq!(created.content().html.unwrap(), "<p>Created <code>arn:aws:bedrock:&lt;x&gt;</code></p>");
    assert!(Submitted::Adopted(Box::new(job)).content().text.starts_with("The same job is there already."));
}

#[test]
fn the_losses_of_a_file_are_a_table_of_the_first_and_last_steps() {
    let series = |steps: u32| {
        let rows = (1..=steps).map(|step| format!("{step},1,{}\n", 2.0 / f64::from(step))).collect::<Vec<_>>().concat();
        let csv = format!("step_number,epoch_number,training_loss\n{rows}");
        crate::training::metrics::parse_series(csv.as_bytes(), Path::new("m.csv"), crate::dataset::Side::Train).unwrap()
    };
    let (short, long) = (html(&series(3)), html(&series(50)));
    assert!(short.contains("3 steps of m.csv</p>") && short.contains(">0.667<"), "{short}");
    assert_eq!((short.matches("<tr>").count(), long.matches("<tr>").count()), (4, 22));
    assert!(long.contains("the first and the last 10") && long.contains(">41<") && !long.contains(">40<"), "{long}");
}

#[test]
fn several_charts_show_below_each_other() {
    let chart = counts_by_seller(&[SellerCount { seller: "<i>甲".to_owned(), row_count: 2 }]);
    let named = |name| crate::training::metrics::NamedChart { name, chart: chart.clone() };
    let html = html(&vec![named("one"), named("two")]);
    assert_eq!(html.matches("<img alt=\"Photos by seller").count(), 2, "{html}");
}
