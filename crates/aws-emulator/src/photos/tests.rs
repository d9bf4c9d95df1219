use std::time::Duration;

use image::{Rgb, RgbImage};

use super::*;
use invoice_ocr::images::{Digest, samples};
use invoice_ocr::invoice::{Invoice, Reading};
use invoice_ocr::reader::painted::{Asked, PaintedEngine, paint};
use invoice_ocr::reader::{Quad, ReadOptions, TextLine};

/// Reads bytes that are text: its lines. `broken` is no photo.
#[derive(Debug, Default)]
struct Fake {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl InvoiceReader for Fake {
    fn version(&self) -> String {
        "fake".to_owned()
    }

    fn read(&self, photo: &Path, _: Scope) -> Result<Reading> {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(2));
        self.now.fetch_sub(1, Ordering::SeqCst);
        let bytes = std::fs::read(photo).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        if text == "broken" {
            return Err(Error::input(photo, "it went dark", "take it again."));
        }
        let line = TextLine { text, confidence: 1.0, weakest: 1.0, quad: Quad::rectangle(0.0, 0.0, 9.0, 1.0) };
        let page = Page { width_px: 9, height_px: 9, lines: vec![line], ..Page::default() };
        Ok(Reading { pixels_sha256: Digest::from([0; 32]), page, invoice: Invoice::default() })
    }
}

fn given() -> (Photos, Arc<Fake>) {
    let fake = Arc::new(Fake::default());
    (Photos::new(ReaderSource::Given(fake.clone()), PathBuf::from("unused")), fake)
}

/// Photos that a painted engine reads, and what it was asked.
fn painted(state_dir: &Path) -> (Photos, Arc<Asked>) {
    let engine = PaintedEngine::new(&[("北京甲乙丙科技有限公司", 0.999)]);
    let asked = engine.asked();
    let text = TextReader::with_engine(Box::new(engine), ReadOptions::default(), Threads::One);
    let eyes = Mutex::new(Some(Arc::new(Eyes::of_networks(text, state_dir))));
    (
        Photos {
            source: ReaderSource::default(),
            state_dir: state_dir.to_path_buf(),
            eyes,
            progress: Mutex::new(None),
        },
        asked,
    )
}

fn sheet() -> Vec<u8> {
    let mut sheet = RgbImage::from_pixel(1000, 600, Rgb([255; 3]));
    paint(&mut sheet, 0, 14, 220, 420);
    samples::png(&sheet.into())
}

fn texts(page: &Page) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn a_photo_is_read_once_however_often_its_bytes_come() {
    let folder = tempfile::tempdir().unwrap();
    let (photos, asked) = painted(folder.path());
    let page = photos.read("s3://b/a.png", &sheet()).unwrap();
    assert_eq!(texts(&page), ["北京甲乙丙科技有限公司"]);
    let count = asked.detections.load(Ordering::SeqCst);
    assert!(count > 0);
    assert_eq!(photos.read("s3://b/other.png", &sheet()).unwrap(), page);
    // Another process, later: the pages lie in the state's folder.
    let (later, asked_later) = painted(folder.path());
    assert_eq!(later.read("s3://b/a.png", &sheet()).unwrap(), page);
    assert_eq!((asked.detections.load(Ordering::SeqCst), asked_later.detections.load(Ordering::SeqCst)), (count, 0));
}

#[test]
fn what_is_no_photo_is_called_by_its_uri() {
    let folder = tempfile::tempdir().unwrap();
    let error = painted(folder.path()).0.read("s3://b/photos/a.jpg", b"no picture").unwrap_err();
    assert!(error.to_string().starts_with("s3://b/photos/a.jpg: not an image"), "{error}");
    let error = given().0.read("s3://b/photos/a.jpg", b"broken").unwrap_err();
    assert_eq!(error.to_string(), "s3://b/photos/a.jpg: it went dark");
    assert_eq!(error.hint().unwrap(), "take it again.");
}

#[test]
fn missing_models_are_told_before_a_photo_is_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let source = ReaderSource::Models { folder: None, roots: vec![folder.path().to_path_buf()] };
    let photos = Photos::new(source, folder.path().to_path_buf());
    let load = |_: &str| -> Result<Vec<u8>> { panic!("fetched") };
    let error = photos.read_all(&["s3://b/a.jpg"], &load, &|| false).unwrap_err();
    assert!(error.hint().unwrap().contains("make models"), "{error}");
    assert!(photos.open().is_err());
}

#[test]
fn pages_come_in_the_order_of_the_photos_and_few_are_read_at_once() {
    let (photos, fake) = given();
    let uris: Vec<String> = (0..60).map(|n| format!("s3://b/{n}")).collect();
    let uris: Vec<&str> = uris.iter().map(String::as_str).collect();
    let load = |uri: &str| -> Result<Vec<u8>> { Ok(uri.as_bytes().to_vec()) };
    let pages = photos.read_all(&uris, &load, &|| false).unwrap().unwrap();
    assert_eq!(pages.iter().flat_map(texts).collect::<Vec<_>>(), uris);
    let most = fake.most.load(Ordering::SeqCst);
    assert!((1..=MOST_AT_ONCE).contains(&most), "{most}");
}

#[test]
fn the_first_error_ends_the_reading_and_so_does_the_one_who_asks_for_it() {
    let (photos, _) = given();
    let uris: Vec<String> = (0..500).map(|n| format!("s3://b/{n}")).collect();
    let uris: Vec<&str> = uris.iter().map(String::as_str).collect();
    let loaded = AtomicUsize::new(0);
    let load = |uri: &str| -> Result<Vec<u8>> {
        loaded.fetch_add(1, Ordering::SeqCst);
        Ok(if uri.ends_with("/7") { "broken".into() } else { uri.as_bytes().to_vec() })
    };
    let error = photos.read_all(&uris, &load, &|| false).unwrap_err();
    assert_eq!(error.to_string(), "s3://b/7: it went dark");
    assert!(loaded.swap(0, Ordering::SeqCst) < 100);
    let whole = |uri: &str| -> Result<Vec<u8>> {
        loaded.fetch_add(1, Ordering::SeqCst);
        Ok(uri.as_bytes().to_vec())
    };
    assert_eq!(photos.read_all(&uris, &whole, &|| loaded.load(Ordering::SeqCst) >= 20).unwrap(), None);
    assert!(loaded.load(Ordering::SeqCst) < 100);
    assert_eq!(photos.read_all(&[], &whole, &|| false).unwrap(), Some(Vec::new()));
}

#[test]
fn how_far_the_photos_are_read_can_be_seen_until_all_are() {
    let (photos, _) = given();
    assert_eq!(photos.progress(), None);
    let names = ["s3://b/1", "s3://b/2", "s3://b/3"];
    let seen = Mutex::new(Vec::new());
    let load = |uri: &str| {
        seen.lock().unwrap().push(photos.progress().unwrap());
        Ok::<_, Error>(uri.as_bytes().to_vec())
    };
    photos.read_all(&names, &load, &|| false).unwrap().unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.iter().all(|progress| progress.all == 3 && progress.read < 3), "{seen:?}");
    assert!(seen.windows(2).all(|pair| pair[0].read <= pair[1].read), "{seen:?}");
    assert_eq!(photos.progress(), None);
}
