//! What the reader really reads, with the models of `make models`: `make reading` runs these. The sample is always there;
//! the real photos where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use image::{DynamicImage, Rgb, RgbImage, imageops};
use imageproc::geometric_transformations::{Interpolation, rotate_about_center};
use nova_ft::exact::exact_form;
use nova_ft::images::{ScanOptions, decode_upright, scan};
use nova_ft::invoice::{InvoiceReader as _, PhotoReader, Scope};
use nova_ft::labels::Labels;
use nova_ft::reader::{Models, TextReader, Threads};
use nova_ft::readings::{ReadOptions, read_all};

use crate::harness::{Project, Said};
use crate::real_photos;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the models, installed by `make models`.
fn models() -> Models {
    Models::find(None, &[root()]).unwrap_or_else(|error| panic!("{error}: run `make models` before these tests"))
}

pub(crate) fn models_dir() -> String {
    models().detection().parent().unwrap().display().to_string()
}

fn run(project: &Project, args: &[&str]) -> Said {
    project.run(&[args, &["--models-dir", &models_dir()]].concat())
}

/// Leaves the pages that were read to the ranker's test, which asks for the same: a photo takes seconds.
fn keep_pages(project: &Project) {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reading/pages");
    for (name, bytes) in project.files(".nova-ft/pages") {
        let path = kept.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Stem of the photo → what the table says of it.
fn table(path: &Path, column: fn(nova_ft::labels::LabelRow) -> String) -> BTreeMap<String, String> {
    let stem = |image: &str| Path::new(image).file_stem().unwrap().to_string_lossy().into_owned();
    let rows = Labels::read(path).unwrap().labels.rows();
    rows.into_iter().map(|row| (stem(&row.image), column(row))).collect()
}

fn sellers(path: &Path) -> BTreeMap<String, String> {
    table(path, |row| exact_form(&row.seller))
}

/// How many of the true sellers a table has, and the others.
fn compare(found: &BTreeMap<String, String>, truth: &BTreeMap<String, String>) -> (usize, Vec<String>) {
    let wrong: Vec<String> = truth
        .iter()
        .filter(|(image, seller)| found.get(*image) != Some(seller))
        .map(|(image, seller)| format!("{image}: {:?} is {seller}", found.get(image)))
        .collect();
    (truth.len() - wrong.len(), wrong)
}

/// Pairs of photos of one sheet.
fn pairs<'a>(sheets: impl Iterator<Item = BTreeSet<&'a String>>) -> BTreeSet<(&'a String, &'a String)> {
    let of = |sheet: BTreeSet<&'a String>| {
        let members: Vec<_> = sheet.into_iter().collect();
        (0..members.len())
            .flat_map(move |b| {
                (0..b).map({
                    let members = members.clone();
                    move |a| (members[a], members[b])
                })
            })
            .collect::<Vec<_>>()
    };
    sheets.flat_map(of).collect()
}

/// Photos by what a table says of their sheet.
fn by_sheet(sheets: &BTreeMap<String, String>) -> impl Iterator<Item = BTreeSet<&String>> {
    let mut groups: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (image, sheet) in sheets.iter().filter(|(_, sheet)| !sheet.is_empty()) {
        groups.entry(sheet).or_default().insert(image);
    }
    groups.into_values()
}

/// Precision and recall of the pairs that were found.
fn agreement(found: &BTreeSet<(&String, &String)>, truth: &BTreeSet<(&String, &String)>) -> (f64, f64) {
    let both = found.intersection(truth).count() as f64;
    (both / found.len() as f64, both / truth.len() as f64)
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_the_sample_gives_its_sellers_and_its_sheets_and_a_second_run_reads_nothing() {
    let project = Project::empty();
    let photos = root().join("data/images").display().to_string();
    let truth_file = root().join("data/invoice_sellers.csv");
    let label = ["label", "--input-dir", &photos, "--output-file", "labels/read.csv", "--json"];
    let said = run(&project, &label).exits(0);
    keep_pages(&project);
    let file = project.path("labels/read.csv");
    let truth = sellers(&truth_file);
    let (exact, wrong) = compare(&sellers(&file), &truth);
    println!("sample: {exact} of {} sellers exact {wrong:#?}", truth.len());
    assert!(exact >= 46, "{wrong:#?} {}", said.all());
    let sheet = |row: nova_ft::labels::LabelRow| row.sheet.unwrap_or_default();
    let (found, known) = (table(&file, sheet), table(&truth_file, sheet));
    let (found, known) = (pairs(by_sheet(&found)), pairs(by_sheet(&known)));
    let (precision, recall) = agreement(&found, &known);
    println!("sample: {} pairs of photos of one sheet: precision {precision:.3}, recall {recall:.3}", known.len());
    assert!(precision >= 0.98 && recall >= 0.98, "{precision} {recall}");

    let again = run(&project, &label).exits(0);
    assert_eq!(again.events().last().unwrap()["recalled"], 48, "{}", again.all());
    let truth_table = truth_file.display().to_string();
    let audit = ["audit", "--labels", &truth_table, "--input-dir", &photos, "--report-file", "audit.html"];
    let said = run(&project, &audit).exits(0);
    assert!(said.stderr.contains(" 48 right"), "{}", said.all());
    assert!(project.read("audit.html").contains("data:image/jpeg;base64,"));
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_a_photo_writes_its_fields_and_its_boxes() {
    let project = Project::empty();
    let photo = root().join("data/images/invoice_0003.jpg").display().to_string();
    let said = run(&project, &["read", &photo, "--boxes", "boxes.png", "--json"]).exits(0);
    let reading = said.events().into_iter().find(|event| event["event"] == "reading").unwrap();
    assert_eq!(reading["fields"]["seller"]["value"], "泓原餐饮管理股份有限公司");
    assert_eq!(reading["fields"]["seller_id"]["value"], "91999275MADW9G9W1U");
    assert_eq!(reading["fields"]["code"]["value"], "9900193188");
    assert_eq!(reading["fields"]["number"]["value"], "51654419");
    assert_eq!(reading["fields"]["date"]["value"], "2019-04-25");
    assert_eq!(reading["fields"]["total"]["value"], "556.20");
    let drawn = image::open(project.path("boxes.png")).unwrap().into_rgb8();
    let corner = &reading["fields"]["seller"]["quad"][0];
    let at = |axis: &str| corner[axis].as_f64().unwrap() as u32;
    assert_eq!(drawn.get_pixel(at("x"), at("y")).0, [220, 30, 60], "the seller's box is red");
}

/// Pictures that are no invoice, or nearly nothing.
fn odd_photos(project: &Project) {
    let save = |name: &str, picture: RgbImage| picture.save(project.path(&format!("photos/{name}"))).unwrap();
    save("blank.png", RgbImage::from_pixel(1200, 700, Rgb([250; 3])));
    save("pixel.png", RgbImage::from_pixel(1, 1, Rgb([0; 3])));
    save("line.png", RgbImage::from_pixel(4000, 1, Rgb([9; 3])));
    save("chess.png", RgbImage::from_fn(900, 600, |x, y| Rgb([if (x / 40 + y / 40) % 2 == 0 { 255 } else { 0 }; 3])));
    save(
        "noise.png",
        RgbImage::from_fn(800, 500, |x, y| {
            Rgb([((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 7) as u8; 3])
        }),
    );
    let jpeg = std::fs::read(root().join("data/images/invoice_0003.jpg")).unwrap();
    project.write("photos/cut.jpg", &jpeg[..jpeg.len() / 2]);
    project.write("photos/text.jpg", "no picture at all");
    // 100 megapixels, most of them paper.
    let mut large = RgbImage::from_pixel(12_500, 8_000, Rgb([240; 3]));
    let sheet = image::load_from_memory(&jpeg).unwrap().resize_exact(9_000, 5_600, imageops::FilterType::Triangle);
    imageops::replace(&mut large, &sheet.into_rgb8(), 1_500, 1_200);
    save("large.jpg", large);
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_what_is_no_invoice_gives_a_clear_verdict_and_no_label() {
    let project = Project::empty();
    odd_photos(&project);
    let said = run(&project, &["label", "--input-dir", "photos", "--output-file", "odd.csv", "--json"]).exits(1);
    let findings: BTreeSet<_> = said
        .events()
        .iter()
        .filter(|event| event["event"] == "finding")
        .map(|event| {
            let file = event["file"].as_str().unwrap();
            format!("{} {}", Path::new(file).file_name().unwrap().to_string_lossy(), event["code"].as_str().unwrap())
        })
        .collect();
    let expected =
        ["blank.png", "chess.png", "line.png", "noise.png", "pixel.png"].map(|name| format!("{name} LBL027"));
    let broken = ["cut.jpg", "text.jpg"].map(|name| format!("{name} LBL028"));
    assert_eq!(findings, expected.into_iter().chain(broken).collect(), "{}", said.all());
    assert_eq!(
        sellers(&project.path("odd.csv")),
        BTreeMap::from([("large".into(), "泓原餐饮管理股份有限公司".into())])
    );
    for (name, code, says) in [
        ("blank.png", 1, "no seller: there is no text on it"),
        ("pixel.png", 1, "no seller: there is no text on it"),
        ("cut.jpg", 2, "photos/cut.jpg: "),
        ("text.jpg", 2, "photos/text.jpg: "),
        ("none.jpg", 2, "cannot read photos/none.jpg"),
    ] {
        let said = run(&project, &["read", &format!("photos/{name}")]).exits(code);
        assert!(said.all().contains(says), "{name}: {}", said.all());
    }
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_a_folder_needs_no_labels_to_become_a_data_set() {
    let project = Project::empty();
    for n in [1, 2, 3, 7, 12, 21] {
        let name = format!("invoice_{n:04}.jpg");
        std::fs::copy(root().join("data/images").join(&name), project.path("photos").join(&name)).unwrap();
    }
    project.write(
        "nova-ft.toml",
        "input_dir = 'photos'\ns3_bucket = 'b-1'\nvalidation_fraction = 0.4\nuntil = 'upload'\n",
    );
    let said = run(&project, &["run", "--generate-labels", "--allow", "SPL", "--allow", "LBL"]).exits(0);
    assert!(
        said.stdout.contains("wrote output/labels.csv: 6 rows") || said.stdout.contains("labels.csv: 6 rows"),
        "{}",
        said.all()
    );
    assert!(said.stdout.contains("ready for a fine-tuning job"), "{}", said.all());
}

#[test]
#[ignore = "needs the reader's models and the real photos: `make reading`"]
fn reading_true_invoices_gives_their_sellers_and_sheets_and_finds_every_wrong_label() {
    let Some(folder) = real_photos::folder() else { return };
    let project = Project::empty();
    let photos = folder.join("vat_train").display().to_string();
    let truth_file = folder.join("vat_train_sellers.csv");
    let truth = sellers(&truth_file);
    let _ = run(&project, &["label", "--input-dir", &photos, "--output-file", "read.csv"]).exits(0);
    keep_pages(&project);
    let (exact, wrong) = compare(&sellers(&project.path("read.csv")), &truth);
    println!("real photos: {exact} of {} sellers exact {wrong:#?}", truth.len());
    assert!(exact >= 49, "{wrong:#?}");
    let found = table(&project.path("read.csv"), |row| row.sheet.unwrap_or_default());
    let stems: Vec<BTreeSet<String>> = real_photos::sheets(&folder)
        .into_iter()
        .map(|sheet| sheet.into_iter().map(|name| name.trim_end_matches(".jpg").to_owned()).collect())
        .collect();
    let (found, known) = (pairs(by_sheet(&found)), pairs(stems.iter().map(|sheet| sheet.iter().collect())));
    let (precision, recall) = agreement(&found, &known);
    println!("real photos: {} pairs of one sheet: precision {precision:.3}, recall {recall:.3}", known.len());
    assert!(precision >= 0.98 && recall >= 0.98, "{precision} {recall}");

    let true_labels = truth_file.display().to_string();
    let said = run(&project, &["audit", "--labels", &true_labels, "--input-dir", &photos]).exits(0);
    assert!(said.stdout.contains("50 right"), "{}", said.all());
    // A model's labels that lie beside the photos, where they do.
    let model_labels = folder.join("../original/llm_train_labels.csv");
    if !model_labels.is_file() {
        return println!("skipped: no labels of a model beside the real photos");
    }
    let name = model_labels.display().to_string();
    let audit = ["audit", "--labels", &name, "--input-dir", &photos, "--fix", "fixed.csv", "--json"];
    let said = run(&project, &audit).exits(1);
    let lines = Labels::read(&model_labels).unwrap().labels.rows();
    let wrong: BTreeSet<u64> = lines
        .iter()
        .filter(|row| {
            truth.get(Path::new(&row.image).file_stem().unwrap().to_str().unwrap()) != Some(&exact_form(&row.seller))
        })
        .map(|row| row.line)
        .collect();
    let events = said.events();
    let is_error = |event: &&serde_json::Value| event["event"] == "finding" && event["severity"] == "error";
    let found: BTreeSet<u64> = events.iter().filter(is_error).filter_map(|event| event["line"].as_u64()).collect();
    println!("labels of a model: {} wrong, {} with an error", wrong.len(), found.len());
    assert_eq!(found, wrong, "{}", said.all());
    let (exact, left) = compare(&sellers(&project.path("fixed.csv")), &truth);
    println!("labels of a model, fixed: {exact} of {} exact {left:#?}", truth.len());
    assert!(exact >= 48, "{left:#?}");
}

type Change = fn(&RgbImage) -> RgbImage;

fn tilted(picture: &RgbImage, degrees: f32) -> RgbImage {
    rotate_about_center(
        picture,
        degrees.to_radians(),
        Interpolation::Bilinear,
        imageproc::geometric_transformations::Border::Replicate,
    )
}

fn brighter(picture: &RgbImage, factor: f32) -> RgbImage {
    let mut changed = picture.clone();
    changed.iter_mut().for_each(|value| *value = (f32::from(*value) * factor).min(255.0) as u8);
    changed
}

/// What may have happened to a photo, each with the quality that it is saved in.
const CHANGES: [(&str, u8, Change); 10] = [
    ("turned by 90°", 92, |picture| imageops::rotate90(picture)),
    ("turned by 180°", 92, |picture| imageops::rotate180(picture)),
    ("turned by 270°", 92, |picture| imageops::rotate270(picture)),
    ("tilted by 5°", 92, |picture| tilted(picture, 5.0)),
    ("tilted by -5°", 92, |picture| tilted(picture, -5.0)),
    ("cropped by 8 %", 92, |picture| {
        let (width, height) = picture.dimensions();
        imageops::crop_imm(picture, width / 25, height / 25, width - width * 2 / 25, height - height * 2 / 25)
            .to_image()
    }),
    ("halved in size", 92, |picture| {
        imageops::resize(picture, picture.width() / 2, picture.height() / 2, imageops::FilterType::Triangle)
    }),
    ("at quality 30", 30, RgbImage::clone),
    ("40 % brighter", 92, |picture| brighter(picture, 1.4)),
    ("40 % darker", 92, |picture| brighter(picture, 0.6)),
];

/// `READING_EVERY=1` takes every photo; CI takes every fifth, since all of them take twenty minutes.
#[test]
#[ignore = "needs the reader's models and the real photos: `make reading`"]
fn reading_photos_that_are_turned_tilted_cropped_small_or_dark() {
    let Some(folder) = real_photos::folder() else { return };
    let every = std::env::var("READING_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let truth = sellers(&folder.join("vat_train_sellers.csv"));
    let text = TextReader::open(&models(), Threads::One).unwrap();
    let reader = PhotoReader::new(text, None);
    for (name, quality, change) in CHANGES {
        let changed = tempfile::tempdir().unwrap();
        for photo in truth.keys().step_by(every) {
            let picture = change(&decode_upright(&folder.join("vat_train").join(format!("{photo}.jpg"))).unwrap());
            let mut bytes = Vec::new();
            let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
            DynamicImage::from(picture).write_with_encoder(encoder).unwrap();
            std::fs::write(changed.path().join(format!("{photo}.jpg")), bytes).unwrap();
        }
        let photos = scan(changed.path(), &ScanOptions::default()).unwrap().photos;
        let options = ReadOptions { scope: Scope::Seller, ..ReadOptions::default() };
        let read = read_all(&photos.iter().collect::<Vec<_>>(), options, &nova_ft::progress::Silent, |photo| {
            Ok((
                photo.name.trim_end_matches(".jpg").to_owned(),
                reader.read(&photo.path, Scope::Seller)?.invoice.seller,
            ))
        });
        let found: BTreeMap<String, String> =
            read.unwrap().into_iter().filter_map(|(name, seller)| Some((name, exact_form(&seller?.value)))).collect();
        let asked: BTreeMap<_, _> = truth.clone().into_iter().step_by(every).collect();
        let (exact, wrong) = compare(&found, &asked);
        println!("{name}: {exact} of {} exact {wrong:?}", asked.len());
        assert!(exact * 10 >= asked.len() * 9, "{name}: {wrong:#?}");
    }
}
