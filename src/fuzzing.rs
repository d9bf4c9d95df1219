//! Bytes of anybody against everything that parses: what the targets of `fuzz/` call, and a test with the corpus that they
//! have found. A target panics where a promise is broken, and says nothing else.
//!
//! Only for tests and with the feature `fuzzing`: nothing here is part of the library's interface.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::findings::{Levels, render};
use crate::images::{decode_upright_bytes, header_of_bytes};
use crate::invoice::{extract, seller_candidates};
use crate::labels::{LabelRow, Labels, with_sellers};
use crate::progress::Silent;
use crate::reader::Page;
use crate::validate::{Model, ValidateOptions, validate};

/// What takes bytes of anybody.
type Target = fn(&[u8]);

/// The targets, by the names of their files in `fuzz/fuzz_targets` and of their folders in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 5] = [
    ("label_csv", label_csv),
    ("jsonl_records", jsonl_records),
    ("image_header", image_header),
    ("reader_page", reader_page),
    ("stand_in_http", stand_in_http),
];

/// Larger pictures take their time and nothing else.
const MOST_PIXELS: u64 = 1 << 20;

/// A label table: reading it never fails but with an error, and writing what was read changes no label.
pub fn label_csv(data: &[u8]) {
    let file = Path::new("labels.csv");
    let Ok(read) = Labels::parse(file, data) else { return };
    let rows = read.labels.rows();
    assert!(rows.windows(2).all(|pair| pair[0].line < pair[1].line), "rows are in the order of the file");
    let Ok(written) = with_sellers(file, data, &BTreeMap::new()) else { return };
    let Ok(again) = Labels::parse(file, &written) else { panic!("what was written cannot be read") };
    let named =
        |rows: &[LabelRow]| -> Vec<_> { rows.iter().map(|row| (row.image.clone(), row.seller.clone())).collect() };
    assert_eq!(named(&rows), named(&again.labels.rows()), "a copy has the same labels");
}

/// Records: every fault is a finding, for each model, and can be shown.
pub fn jsonl_records(data: &[u8]) {
    static FOLDER: OnceLock<Option<TempDir>> = OnceLock::new();
    let Some(folder) = FOLDER.get_or_init(|| tempfile::tempdir().ok()) else { return };
    // A file of its own for each thread that fuzzes.
    let file = folder.path().join(format!("{:?}.jsonl", std::thread::current().id()));
    if std::fs::write(&file, data).is_err() {
        return;
    }
    let model = [Model::Micro, Model::Lite, Model::Pro, Model::Lite2][data.len() % 4];
    let options = ValidateOptions { file, validation: None, model, input_dir: None, levels: Levels::default() };
    let Ok(found) = validate(&options, &Silent) else { return };
    for line in render::render_json(&found.report).lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "a finding is an object of JSON");
    }
}

/// A photo: its header is known or a fault, and a picture that decodes has the size that its header says.
pub fn image_header(data: &[u8]) {
    let Ok(header) = header_of_bytes(data) else { return };
    if header.pixels() > MOST_PIXELS {
        return;
    }
    if let Ok(picture) = decode_upright_bytes(data) {
        assert_eq!(picture.dimensions(), header.upright_size_px(), "{header:?}");
    }
}

/// What follows the networks: boxes of a map, text of scores, reading order, fields; and a page as the cache keeps it.
pub fn reader_page(data: &[u8]) {
    let page = match serde_json::from_slice::<Page>(data) {
        Ok(page) => page,
        Err(_) => crate::reader::fuzzing::page_of(data),
    };
    let fields = extract(&page);
    let _ = seller_candidates(&page);
    // As text: a confidence may be no number, which equals nothing.
    assert_eq!(format!("{:?}", extract(&page)), format!("{fields:?}"), "the same page has the same fields");
}

/// A request to the second port of the stand-in: who asks, which operation, and its body.
pub fn stand_in_http(data: &[u8]) {
    crate::local::fuzz_request(data);
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use rand::{Rng as _, RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    #[test]
    fn the_corpus_of_each_target_runs_and_is_small() {
        let mut size_bytes = 0;
        for (name, target) in TARGETS {
            let corpus = corpus(name);
            assert!(corpus.len() >= 5, "{name} has a corpus");
            for (path, bytes) in corpus {
                println!("{}", path.display());
                size_bytes += bytes.len();
                target(&bytes);
            }
        }
        assert!(size_bytes < 1024 * 1024, "{size_bytes} bytes");
    }

    /// One of the corpus with some bytes changed, left out, doubled, or taken from another one.
    fn damaged(corpus: &[(PathBuf, Vec<u8>)], random: &mut ChaCha8Rng) -> Vec<u8> {
        let pick = |random: &mut ChaCha8Rng| corpus[random.random_range(0..corpus.len())].1.clone();
        let mut bytes = pick(random);
        for _ in 0..random.random_range(1..8) {
            if bytes.is_empty() {
                return pick(random);
            }
            let at = random.random_range(0..bytes.len());
            let end = (at + random.random_range(1..17)).min(bytes.len());
            match random.random_range(0..6) {
                0 => bytes[at] = random.next_u32() as u8,
                1 => bytes[at] ^= 1 << random.random_range(0..8),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                4 => {
                    let other = pick(random);
                    let from = random.random_range(0..=other.len());
                    let to = (from + 32).min(other.len());
                    bytes.splice(at..at, other[from..to].iter().copied());
                }
                _ => bytes.truncate(at),
            }
        }
        bytes
    }

    #[test]
    #[ignore = "for as long as NOVA_FT_FUZZ_MINUTES says: `make fuzz`"]
    fn fuzz_the_targets_without_a_fuzzer() {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
        let minutes = number("NOVA_FT_FUZZ_MINUTES").unwrap_or(1.0);
        let seed = number("NOVA_FT_FUZZ_SEED").unwrap_or(1.0) as u64;
        for (name, target) in TARGETS {
            let (corpus, mut random) = (corpus(name), ChaCha8Rng::seed_from_u64(seed));
            let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0 / TARGETS.len() as f64);
            let mut count = 0_u64;
            while Instant::now() < end {
                let bytes = damaged(&corpus, &mut random);
                let started = Instant::now();
                let fine = std::panic::catch_unwind(|| target(&bytes)).is_ok();
                let is_slow = started.elapsed() > Duration::from_secs(20);
                if !fine || is_slow {
                    let kept = std::env::temp_dir().join(format!("nova-ft-{name}-{seed}-{count}"));
                    std::fs::write(&kept, &bytes).unwrap();
                    panic!("{name}: {} (slow: {is_slow})", kept.display());
                }
                count += 1;
            }
            println!("{name}: {count} executions, nothing found");
        }
    }
}
