use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::super::samples::Fake;
use super::super::{Existing, LabelOptions, Labelled, MergeOptions, label, merge};
use super::*;
use crate::images::samples;
use crate::progress::Silent;
use crate::readings::samples::{IDS, reading, unsure};

const COUNT: usize = 5;

/// A folder of photos, a reader that knows them, and a place for parts.
struct Folder {
    folder: tempfile::TempDir,
    reader: Fake,
}

impl Folder {
    /// 24 photos of sheets whose photos lie in several shards, one of which outvotes a misreading; a photo that cannot be read,
    /// and one that is none.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut this = Self { folder, reader: Fake::default() };
        std::fs::create_dir_all(this.path("photos/二")).unwrap();
        for n in 0..24_usize {
            let name = if n % 7 == 3 { format!("二/{n:02}.jpg") } else { format!("{n:02}.jpg") };
            let seller = ["甲（北京）公司", "乙公司", "丙公司"][n % 3];
            let mut read = reading(&name, seller, IDS[n % 3], &format!("{:08}", n / 4));
            if n == 6 {
                read = unsure(reading(&name, "申（北京）公司", IDS[0], "00000001"), 0.4);
            }
            this.add(&name, n as u32);
            if n != 9 {
                this.reader.known.insert(name.rsplit('/').next().unwrap().to_owned(), read);
            }
        }
        std::fs::write(this.path("photos/broken.jpg"), b"\xFF\xD8\xFF\xE0 not really").unwrap();
        this
    }

    fn add(&self, name: &str, n: u32) {
        let photo = samples::jpeg(&samples::picture(20 + n, 20));
        std::fs::write(self.path("photos").join(name), photo).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn parts(&self) -> PartStore {
        PartStore::folder(self.path("parts"))
    }

    fn options(&self, index: usize, count: usize) -> ShardOptions {
        ShardOptions {
            input_dir: self.path("photos"),
            shard: Shard::new(index, count).unwrap(),
            journal_dir: self.path("journals"),
            concurrency: 2,
            levels: Levels::default(),
        }
    }

    fn shard(&self, index: usize) -> ShardLabelled {
        label_shard(&self.options(index, COUNT), &self.reader, &self.parts(), &Silent).unwrap()
    }

    fn whole(&self) -> Labelled {
        let (input_dir, output_file) = (self.path("photos"), self.path("whole/labels.csv"));
        let options = LabelOptions { input_dir, output_file, concurrency: 2, ..LabelOptions::default() };
        label(&options, &self.reader, &Silent).unwrap()
    }

    fn merge_options(&self) -> MergeOptions {
        let (input_dir, output_file) = (Some(self.path("photos")), self.path("merged/labels.csv"));
        MergeOptions { output_file, input_dir, ..MergeOptions::default() }
    }

    fn merge(&self) -> Result<Labelled> {
        merge(&self.merge_options(), &self.parts())
    }

    fn refused(&self) -> String {
        let error = self.merge().unwrap_err();
        assert!(!self.path("merged/labels.csv").exists());
        format!("{error}; {}", error.hint().unwrap_or_default())
    }
}

#[test]
fn shards_merged_are_the_table_of_one_run_byte_for_byte() {
    let folder = Folder::new();
    let whole = folder.whole();
    std::thread::scope(|scope| {
        // All at once, as machines side by side do.
        let shards: Vec<_> = (1..=COUNT)
            .map(|index| {
                scope.spawn({
                    let folder = &folder;
                    move || folder.shard(index)
                })
            })
            .collect();
        let read: usize = shards.into_iter().map(|shard| shard.join().unwrap().photos).sum();
        assert_eq!(read, 25);
    });
    let merged = folder.merge().unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(read("merged/labels.csv"), read("whole/labels.csv"));
    assert_eq!(read("merged/labels.csv").lines().count(), 24);
    assert!(read("merged/labels.csv").contains("outvoted"));
    assert_eq!(merged, Labelled { file: folder.path("merged/labels.csv"), recalled: 0, ..whole });
    // Without the photos, by the parts alone, the same table.
    let options = MergeOptions { input_dir: None, ..folder.merge_options() };
    let again = merge(&options, &folder.parts()).unwrap();
    assert_eq!((again.rows, again.report.findings().len()), (merged.rows, merged.report.findings().len()));
    assert_eq!(read("merged/labels.csv"), read("whole/labels.csv"));
}

#[test]
fn a_shard_that_was_killed_reads_the_rest_and_one_that_is_run_again_writes_the_same() {
    let mut folder = Folder::new();
    // A shard whose photos can all be read: what cannot is tried again by each run.
    let is_whole = |index: &usize| {
        let shard = Shard::new(*index, COUNT).unwrap();
        !shard.has("09.jpg") && !shard.has("broken.jpg")
    };
    let index = (1..=COUNT).find(is_whole).unwrap();
    folder.reader.ends_after = Some(2);
    let options = ShardOptions { concurrency: 1, ..folder.options(index, COUNT) };
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        label_shard(&options, &folder.reader, &folder.parts(), &Silent)
    }));
    assert!(killed.is_err() && !folder.path("parts").exists(), "there is no half part");
    folder.reader.ends_after = None;
    folder.reader.asked.store(0, Ordering::SeqCst);
    let read = folder.shard(index);
    assert_eq!((read.recalled, folder.reader.asked.load(Ordering::SeqCst)), (2, read.photos - 2));
    let part = std::fs::read(folder.path("parts").join(read.shard.part_name())).unwrap();
    let again = folder.shard(index);
    assert_eq!((again.is_unchanged, again.recalled), (true, read.photos));
    std::fs::remove_dir_all(folder.path("journals")).unwrap();
    let anew = folder.shard(index);
    assert_eq!((anew.is_unchanged, anew.recalled), (true, 0));
    assert_eq!(std::fs::read(folder.path("parts").join(read.shard.part_name())).unwrap(), part);
}

#[test]
fn missing_parts_are_named() {
    let folder = Folder::new();
    for index in [1, 3, 5] {
        folder.shard(index);
    }
    let said = folder.refused();
    assert!(said.contains("2 parts of 5 missing: 2/5, 4/5") && said.contains("label --shard I/N"), "{said}");
    let empty = PartStore::folder(folder.path("photos"));
    let error = merge(&folder.merge_options(), &empty).unwrap_err();
    assert!(error.to_string().contains("there is no part here"), "{error}");
}

#[test]
fn parts_of_another_labeling_are_refused() {
    let mut folder = Folder::new();
    (1..=COUNT).for_each(|index| drop(folder.shard(index)));
    let part = |index: usize| folder.path("parts").join(Shard::new(index, COUNT).unwrap().part_name());
    let (first, second) = (std::fs::read(part(1)).unwrap(), std::fs::read(part(2)).unwrap());

    std::fs::write(part(2), &first).unwrap();
    assert!(folder.refused().contains("this part is that of shard 1/5: it was renamed"), "{}", folder.refused());
    std::fs::write(part(2), &second[..second.len() / 2]).unwrap();
    assert!(folder.refused().contains("this part is incomplete or damaged"), "{}", folder.refused());
    std::fs::write(part(2), &second).unwrap();

    std::fs::write(folder.path("parts/part-2 (1).jsonl"), &second).unwrap();
    assert!(folder.refused().contains("part-2 (1).jsonl is no part of a labeling"), "{}", folder.refused());
    std::fs::remove_file(folder.path("parts/part-2 (1).jsonl")).unwrap();

    let other = label_shard(&folder.options(1, 4), &folder.reader, &folder.parts(), &Silent).unwrap();
    assert!(folder.refused().contains("parts of 4 and of 5 shards"), "{}", folder.refused());
    std::fs::remove_file(other.part).unwrap();

    let part_2 = part(2);
    folder.reader.version = "newer";
    folder.shard(2);
    assert!(
        folder.refused().contains("this part was read by `fake newer`, and that of shard 1/5 by `fake `"),
        "{}",
        folder.refused()
    );
    folder.reader.version = "";
    std::fs::write(&part_2, &second).unwrap();

    folder.add("new.jpg", 99);
    assert!(folder.refused().contains("new or changed: 1 (new.jpg)"), "{}", folder.refused());
    folder.shard(2);
    assert!(
        folder.refused().contains("held other photos than for shard 1/5 (26 photos here, 25 photos there)"),
        "{}",
        folder.refused()
    );
}

/// Numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

#[test]
fn a_damaged_part_is_an_error_with_its_name_and_never_a_panic_or_another_table() {
    let folder = Folder::new();
    (1..=COUNT).for_each(|index| drop(folder.shard(index)));
    let (name, mut numbers) = (Shard::new(2, COUNT).unwrap().part_name(), Numbers(20_240_611));
    let file = folder.path("parts").join(&name);
    let whole = std::fs::read(&file).unwrap();
    for attempt in 0..600 {
        let mut bytes = whole.clone();
        // Every second one in the header, every third one in the last lines.
        let (from, to) = match attempt % 6 {
            0 | 2 | 4 => (0, 300),
            3 => (bytes.len().saturating_sub(200), bytes.len()),
            _ => (0, bytes.len()),
        };
        for _ in 0..=numbers.below(4) {
            let at = from + numbers.below(to - from);
            bytes[at] = if attempt % 4 < 2 { numbers.below(256) as u8 } else { [0, 255, 127, 128][numbers.below(4)] };
        }
        if attempt % 50 == 49 {
            bytes.truncate(numbers.below(whole.len()));
        }
        std::fs::write(&file, &bytes).unwrap();
        if bytes == whole {
            continue;
        }
        let said = folder.refused();
        assert!(said.contains(&name) && said.contains("run the shard again"), "attempt {attempt}: {said}");
    }
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(folder.merge().unwrap().rows, 23);
}

#[test]
fn a_part_of_an_earlier_version_is_named_until_the_shard_is_run_again() {
    let folder = Folder::new();
    (1..=COUNT).for_each(|index| drop(folder.shard(index)));
    let parts = folder.path("parts");
    for index in [3, 4] {
        let shard = Shard::new(index, COUNT).unwrap();
        std::fs::rename(parts.join(shard.part_name()), parts.join(format!("part-0000{index}-of-00005.parquet")))
            .unwrap();
    }
    let said = folder.refused();
    assert!(said.contains("2 parts written by an earlier version of nova-ft: 3/5, 4/5; run those shards"), "{said}");
    folder.shard(3);
    folder.shard(4);
    assert_eq!(folder.merge().unwrap().rows, 23);
}

#[test]
fn a_shard_resumes_from_the_journal_of_an_earlier_version() {
    let folder = Folder::new();
    let read = folder.shard(1);
    let journal = |name: &str| folder.path("journals").join(name);
    let (new, old) =
        (journal("part-00001-of-00005.journal.jsonl"), journal("part-00001-of-00005.parquet.journal.jsonl"));
    std::fs::rename(&new, &old).unwrap();
    let again = folder.shard(1);
    assert!(again.is_unchanged && again.recalled + again.report.findings().len() == read.photos, "{again:?}");
    assert!(!new.exists());
}

#[test]
fn a_merge_ignores_journals_and_files_with_other_names() {
    let folder = Folder::new();
    for index in 1..=COUNT {
        let options = ShardOptions { journal_dir: folder.path("parts"), ..folder.options(index, COUNT) };
        label_shard(&options, &folder.reader, &folder.parts(), &Silent).unwrap();
    }
    assert_eq!(std::fs::read_dir(folder.path("parts")).unwrap().count(), 2 * COUNT);
    std::fs::write(folder.path("parts/train.jsonl"), "{}").unwrap();
    assert_eq!(folder.merge().unwrap().rows, 23);
}

#[test]
fn a_shard_without_photos_has_an_empty_part() {
    let folder = Folder::new();
    let count = 200;
    let empty = (1..=count).filter(|index| {
        label_shard(&folder.options(*index, count), &folder.reader, &folder.parts(), &Silent).unwrap().photos == 0
    });
    assert!(empty.count() >= 175);
    let merged = folder.merge().unwrap();
    assert_eq!((merged.photos, merged.rows), (25, 23));
}

#[test]
fn a_table_that_a_person_has_written_into_is_not_overwritten_by_a_merge() {
    let folder = Folder::new();
    (1..=COUNT).for_each(|index| drop(folder.shard(index)));
    folder.merge().unwrap();
    folder.merge().unwrap();
    let file = folder.path("merged/labels.csv");
    let mine = std::fs::read_to_string(&file).unwrap().replace("乙公司", "乙（南京）公司");
    std::fs::write(&file, &mine).unwrap();
    assert!(folder.merge().unwrap_err().to_string().contains("somebody has written into it"));
    let kept = merge(&MergeOptions { existing: Existing::Keep, ..folder.merge_options() }, &folder.parts()).unwrap();
    assert_eq!((kept.kept, kept.rows), (23, 0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), mine);
}

#[test]
fn a_shard_is_written_i_of_n_and_nothing_else_is() {
    assert_eq!("3/10".parse::<Shard>().unwrap().part_name(), "part-00003-of-00010.jsonl");
    assert_eq!(Shard::of_part_name("part-00003-of-00010.jsonl"), Shard::new(3, 10));
    for bad in ["", "3", "0/3", "4/3", "1/0", "1/10001", "a/b", "-1/3", "1/2/3", " 1/2"] {
        assert!(bad.parse::<Shard>().is_err(), "{bad}");
    }
    for bad in [
        "part-3-of-10.jsonl",
        "part-00003-of-00002.jsonl",
        "part-00003-of-00010.jsonl.tmp",
        "x.jsonl",
        "part-00003-of-00010.parquet",
    ] {
        assert_eq!(Shard::of_part_name(bad), None, "{bad}");
    }
}

#[test]
fn shards_are_of_even_size() {
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for n in 0..10_000 {
        let name = format!("vat_{n:05}.jpg");
        let own: Vec<_> = (1..=8).filter(|index| Shard::new(*index, 8).unwrap().has(&name)).collect();
        assert_eq!(own.len(), 1, "{name}");
        *sizes.entry(own[0]).or_default() += 1;
    }
    assert!(sizes.values().all(|size| (1_100..1_400).contains(size)), "{sizes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_name_belongs_to_one_shard_and_stays_there(name in ".{0,40}", count in 1_usize..40) {
        let shards: Vec<_> = (1..=count).map(|index| Shard::new(index, count).unwrap()).collect();
        prop_assert_eq!(shards.iter().filter(|shard| shard.has(&name)).count(), 1);
        prop_assert!(shards.iter().all(|shard| shard.to_string().parse() == Ok(*shard)));
    }
}

#[test]
fn another_file_in_the_place_of_a_part_is_refused_before_anything_is_read() {
    let folder = Folder::new();
    let file = folder.path("parts").join(Shard::new(1, COUNT).unwrap().part_name());
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "mine").unwrap();
    let error = label_shard(&folder.options(1, COUNT), &folder.reader, &folder.parts(), &Silent).unwrap_err();
    assert!(error.to_string().contains("no part that nova-ft wrote") && error.hint().is_some(), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert!(!folder.path("journals").exists());
    std::fs::remove_file(&file).unwrap();
    assert!(!folder.shard(1).is_unchanged);
    assert!(folder.shard(1).is_unchanged);
}
