mod metadata;

use proptest::prelude::*;

use super::*;
use crate::images::samples;

fn sentence(bytes: &[u8]) -> String {
    match header_of_bytes(bytes) {
        Ok(Header { format, width_px, height_px, turn, color, frames }) => {
            format!("{format} {width_px}×{height_px} {turn} {color:?} {frames:?}")
        }
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn every_format_is_read_from_its_header() {
    let said: Vec<_> = samples::all().iter().map(|(name, bytes)| format!("{name}: {}", sentence(bytes))).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    png: PNG 20×10 upright Rgb One
    png, 16 bits: PNG 20×10 upright Rgb One
    bmp: BMP 20×10 upright Rgb One
    tiff: TIFF 20×10 upright Rgb One
    webp: WebP 20×10 upright Rgb One
    gif: GIF 4×3 upright Rgb Many
    cmyk: JPEG 8×8 upright Cmyk One
    mpo: MPO 20×10 upright Rgb One
    exif: JPEG 20×10 lying on its side Rgb One
    jpeg: JPEG 20×10 upright Rgb One
    ");
}

#[test]
fn gray_pictures_and_single_gifs_are_told_from_others() {
    let gray = image::DynamicImage::from(image::GrayImage::new(5, 4));
    assert_eq!(sentence(&samples::png(&gray)), "PNG 5×4 upright Gray One");
    assert_eq!(sentence(&samples::gif(&[[1, 2, 3, 255]])), "GIF 4×3 upright Rgb One");
}

#[test]
fn every_format_cut_in_half_is_truncated() {
    for (name, bytes) in samples::all() {
        // Half of an MPO still holds its first picture.
        let keep = if name == "mpo" { bytes.len() / 4 } else { bytes.len() / 2 };
        let fault = header_of_bytes(&bytes[..keep]).unwrap_err();
        assert!(matches!(fault, Fault::Truncated { .. }), "{name}: {fault}");
    }
}

#[test]
fn padding_and_rubbish_after_the_end_do_no_harm() {
    let picture = samples::picture(20, 10);
    for bytes in [samples::jpeg(&picture), samples::png(&picture.into())] {
        let header = header_of_bytes(&bytes);
        assert!(header.is_ok());
        for tail in [vec![0; 10_000], vec![0xFF; 3], vec![7; 2_000_000]] {
            assert_eq!(header_of_bytes(&[bytes.clone(), tail].concat()), header);
        }
    }
}

#[test]
fn a_download_that_was_filled_up_with_zeros_is_truncated() {
    let bytes = samples::jpeg(&samples::noise(64, 64));
    let mut padded = bytes[..bytes.len() / 2].to_vec();
    padded.resize(bytes.len(), 0);
    assert_eq!(header_of_bytes(&padded), Err(Fault::Truncated { format: Format::Jpeg }));
}

#[test]
fn faults_are_sentences_with_a_way_out() {
    let said: Vec<_> = [
        &b""[..],
        b"hello there, this is text",
        b"\x00\x01\x02\x03",
        b"%PDF-1.7",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"\xFF\xD8\xFF\xD9",
        b"\xFF\xD8\xFF\xE0\0\x10JFIF",
        b"\xFF\xD8\xFF\xE0\0\x01",
    ]
    .iter()
    .map(|bytes| {
        let fault = header_of_bytes(bytes).unwrap_err();
        format!("{fault} -> {}", fault.hint())
    })
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    the file is empty -> copy or download the photo again; the transfer was cut off.
    not an image: the file has the first bytes of no known image format -> replace it by a photo, or move it out of the folder.
    not an image: the file has the first bytes of no known image format -> replace it by a photo, or move it out of the folder.
    a PDF document, which cannot be decoded here -> render its page as a JPEG or PNG image first.
    a HEIC image, which cannot be decoded here -> export it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible).
    a JPEG image that is damaged: it ends before its picture begins -> open it in an image viewer and save it as JPEG again.
    a JPEG image that is cut off: the file ends in the middle of the picture -> copy or download the photo again; the transfer was cut off.
    a JPEG image that is damaged: a segment has an impossible length -> open it in an image viewer and save it as JPEG again.
    "#);
}

#[test]
fn a_file_and_its_bytes_have_one_header() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in samples::all() {
        let path = folder.path().join("file.jpg");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_header(&path).unwrap(), header_of_bytes(&bytes), "{name}");
    }
    assert!(read_header(&folder.path().join("none.jpg")).is_err());
}

#[test]
fn header_and_decoder_agree_about_the_size() {
    for (name, bytes) in samples::all() {
        let header = header_of_bytes(&bytes).unwrap();
        let picture = crate::images::decode_upright_bytes(&bytes).unwrap();
        assert_eq!(header.upright_size_px(), picture.dimensions(), "{name}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = header_of_bytes(&bytes);
    }

    #[test]
    fn no_bytes_after_a_known_beginning_make_it_panic(
        sample in 0..samples::COUNT,
        keep in 2_usize..64,
        tail in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = &samples::all()[sample].1;
        let _ = header_of_bytes(&[&bytes[..keep.min(bytes.len())], &tail].concat());
    }

    #[test]
    fn no_single_damaged_byte_makes_it_panic(sample in 0..samples::COUNT, at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = samples::all().swap_remove(sample).1;
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = header_of_bytes(&bytes);
    }
}
