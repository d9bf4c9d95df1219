//! Photos damaged at random, for as long as wanted: `NOVA_FT_FUZZ_MINUTES=10 NOVA_FT_FUZZ_SEED=2 cargo test --lib
//! fuzz_images -- --ignored --nocapture`.

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::assert_consistent;
use crate::images::samples;

/// Most memory that the process may ever have taken.
const MOST_BYTES: u64 = 2_500 * 1024 * 1024;
/// Longest that one photo may take.
const LONGEST: Duration = Duration::from_secs(30);

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = samples::all().into_iter().map(|(_, bytes)| bytes).collect();
    seeds.extend(samples::jpegs(&samples::noise(64, 48)).into_iter().map(|(_, bytes)| bytes));
    seeds.extend([
        samples::lossy_webp(),
        samples::noisy_gif(60, 40),
        samples::gif(&[[9, 9, 9, 255]]),
        samples::png(&samples::noise(33, 17).into()),
        samples::webp(&samples::noise(33, 17)),
        samples::with_exif(&samples::jpeg(&samples::noise(24, 16)), 5),
    ]);
    seeds
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = random.random_range(0..bytes.len());
    match random.random_range(0..9) {
        0 => bytes[at] ^= 1 << random.random_range(0..8),
        1 => bytes[at] = random.random(),
        2 => bytes.truncate(at),
        3 => {
            // A length or a size at its extremes.
            let wide: &[u8] = match random.random_range(0..6) {
                0 => &[0xFF; 4],
                1 => &[0; 4],
                2 => &[0x7F, 0xFF, 0xFF, 0xFF],
                3 => &[0x36, 0x00, 0x36, 0x00],
                4 => &[0, 0, 0x36, 0xB0],
                _ => &[0xFF; 2],
            };
            for (place, byte) in bytes[at..].iter_mut().zip(wide) {
                *place = *byte;
            }
        }
        4 => {
            let end = (at + random.random_range(1..200)).min(bytes.len());
            bytes[at..end].fill(0);
        }
        5 => {
            let end = (at + random.random_range(1..64)).min(bytes.len());
            bytes.drain(at..end);
        }
        6 => {
            let other = &seeds[random.random_range(0..seeds.len())];
            let from = random.random_range(0..other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        7 => {
            let end = (at + random.random_range(1..100)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            let to = random.random_range(0..=bytes.len());
            bytes.splice(to..to, copy);
        }
        _ => {
            // A header of nothing but chance, behind the mark of a format.
            let start = bytes.len().min(random.random_range(2..32));
            let end = bytes.len().min(start + random.random_range(1..48));
            random.fill_bytes(&mut bytes[start..end]);
        }
    }
}

/// The most memory that this process has had, bytes.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[test]
#[ignore = "takes minutes"]
fn fuzz_images() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
    let minutes = setting("NOVA_FT_FUZZ_MINUTES").unwrap_or(1.0);
    let seed = setting("NOVA_FT_FUZZ_SEED").unwrap_or(1.0) as u64;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let seeds = seeds();
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let mut outcomes = BTreeMap::<String, u64>::new();
    let (mut slowest, mut round) = (Duration::ZERO, 0_u64);
    while Instant::now() < end {
        round += 1;
        let mut bytes = seeds[random.random_range(0..seeds.len())].clone();
        for _ in 0..random.random_range(1..6) {
            mutate(&mut bytes, &seeds, &mut random);
        }
        let begun = Instant::now();
        let facts = catch_unwind(|| assert_consistent(&bytes));
        let took = begun.elapsed();
        if facts.is_err() || took > LONGEST || most_memory() > Some(MOST_BYTES) {
            let path = std::env::temp_dir().join(format!("fuzz_images_{seed}_{round}"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("seed {seed}, round {round}, {took:?}, {:?} bytes of memory: {}", most_memory(), path.display());
        }
        slowest = slowest.max(took);
        let facts = facts.unwrap();
        let outcome = match (&facts.header, &facts.picture) {
            (Ok(header), Some(Ok(_))) => format!("{} whole", header.format),
            (Ok(header), _) => format!("{} not decoded", header.format),
            (Err(_), _) => "no header".to_owned(),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{round} photos, slowest {slowest:?}, most memory {:?}: {outcomes:#?}", most_memory());
}
