//! Metadata of any size and kind, in every format: bounded or harmless.

use std::io::Cursor;

use image::ImageEncoder as _;
use image::codecs::png::PngEncoder;

use super::*;
use crate::images::decode_upright_bytes;

/// A hundred million zeros, compressed a thousandfold.
fn bomb() -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_icc_profile(vec![0; 100_000_000]).unwrap();
    encoder.write_image(&[0], 1, 1, image::ExtendedColorType::L8).unwrap();
    let chunk = png.windows(4).position(|kind| kind == b"iCCP").unwrap();
    let length = u32::from_be_bytes(png[chunk - 4..chunk].try_into().unwrap()) as usize;
    let profile = &png[chunk + 4..chunk + 4 + length];
    // Its name, a zero, and the zero of the compression method stand before the data.
    profile[profile.iter().position(|byte| *byte == 0).unwrap() + 2..].to_vec()
}

/// The PNG with a chunk before its data.
fn with_chunk(png: &[u8], kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    [&png[..33], &samples::png_chunk(kind, data), &png[33..]].concat()
}

#[track_caller]
fn assert_same_picture(with_metadata: &[u8], without: &[u8]) {
    assert_eq!(header_of_bytes(with_metadata), header_of_bytes(without));
    assert_eq!(decode_upright_bytes(with_metadata), decode_upright_bytes(without));
}

#[test]
fn compressed_text_in_a_png_is_not_inflated() {
    let png = samples::png(&samples::picture(30, 20).into());
    let bomb = bomb();
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    assert_same_picture(&with_chunk(&png, *b"zTXt", &[b"Comment\0\0", &bomb[..]].concat()), &png);
    for keyword in ["Comment", "XML:com.adobe.xmp"] {
        let text = [keyword.as_bytes(), b"\0\x01\0\0\0", &bomb].concat();
        assert_same_picture(&with_chunk(&png, *b"iTXt", &text), &png);
    }
}

#[test]
fn plain_metadata_of_a_png_are_kept_up_to_the_limit() {
    let png = samples::png(&samples::picture(30, 20).into());
    let text = |length: usize| [b"Comment\0", &vec![b'a'; length][..]].concat();
    assert_same_picture(&with_chunk(&png, *b"tEXt", &text(2_000_000)), &png);
    assert_same_picture(&with_chunk(&png, *b"eXIf", &vec![0; 2_000_000]), &png);
    let fault = header_of_bytes(&with_chunk(&png, *b"tEXt", &text(20_000_000))).unwrap_err();
    assert_eq!(fault.to_string(), "a PNG image that is damaged: its metadata take more than 16 MiB");
}

#[test]
fn a_profile_in_thousands_of_jpeg_segments_is_harmless() {
    let jpeg = samples::jpeg(&samples::picture(30, 20));
    let segment = &samples::with_segment(&jpeg, 0xE2, &[b"ICC_PROFILE\0\x01\xFF", &[0; 1_000][..]].concat());
    let segment = &segment[2..segment.len() - jpeg.len() + 2];
    assert_same_picture(&[&jpeg[..2], &segment.repeat(5_000), &jpeg[2..]].concat(), &jpeg);
}

#[test]
fn an_exif_directory_that_points_outside_its_segment_turns_nothing() {
    let jpeg = samples::jpeg(&samples::picture(30, 20));
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\xFF\xFF".to_vec();
    // Entries of a profile of 4 GiB, nowhere.
    exif.extend(b"\x87\x73\0\x07\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF".repeat(5_000));
    assert_same_picture(&samples::with_segment(&jpeg, 0xE1, &exif), &jpeg);
}

/// The JPEG with so many parts of extended XMP, with gaps between them.
fn with_xmp(jpeg: &[u8], parts: u32) -> Vec<u8> {
    let part = |at: u32| {
        let id = [b'A'; 32];
        let place = [1_000_000_000_u32.to_be_bytes(), (2 * at).to_be_bytes()].concat();
        let body = [b"http://ns.adobe.com/xmp/extension/\0", &id[..], &place, b"x"].concat();
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [b"\xFF\xE1", &length[..], &body].concat()
    };
    [jpeg[..2].to_vec(), (0..parts).flat_map(part).collect(), jpeg[2..].to_vec()].concat()
}

#[test]
fn extended_xmp_of_very_many_parts_is_refused_because_its_cost_is_quadratic() {
    let jpeg = samples::jpeg(&samples::picture(30, 20));
    assert_same_picture(&with_xmp(&jpeg, 1_000), &jpeg);
    let many = with_xmp(&jpeg, 100_000);
    assert_eq!(header_of_bytes(&many), header_of_bytes(&jpeg));
    let fault = decode_upright_bytes(&many).unwrap_err();
    assert_eq!(fault.to_string(), "a JPEG image that is damaged: its XMP metadata have more than 1,000 parts");
}

/// A WebP with an EXIF chunk that claims a length.
fn webp_with_exif(exif: &[u8], length: u32) -> Vec<u8> {
    let plain = samples::webp(&samples::picture(20, 10));
    let chunk = [b"EXIF", &length.to_le_bytes()[..], exif].concat();
    let extended = [b"VP8X\x0A\0\0\0\x08\0\0\0\x13\0\0\x09\0\0", &plain[12..], &chunk].concat();
    let length = u32::try_from(extended.len() + 4).unwrap().to_le_bytes();
    [b"RIFF", &length[..], b"WEBP", &extended].concat()
}

#[test]
fn a_webp_whose_exif_chunk_claims_four_gigabytes_is_read_without_it() {
    let exif = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = header_of_bytes(&webp_with_exif(exif, exif.len() as u32)).unwrap();
    assert_eq!(turned.turn, Turn::Right);
    let claimed = header_of_bytes(&webp_with_exif(exif, 0xFFFF_FFF0)).unwrap();
    assert_eq!(claimed, Header { turn: Turn::Upright, ..turned });
}

/// A TIFF of 20×10 px with one more tag in its directory.
fn tiff_with_tag(tag: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    let mut image = encoder.new_image::<tiff::encoder::colortype::RGB8>(20, 10).unwrap();
    image.encoder().write_tag(tiff::tags::Tag::Unknown(tag), value).unwrap();
    image.write_data(samples::picture(20, 10).as_raw()).unwrap();
    bytes.into_inner()
}

#[test]
fn a_tiff_whose_profile_claims_four_gigabytes_is_read_without_it() {
    let tiff = samples::tiff(&samples::picture(20, 10));
    assert_same_picture(&tiff_with_tag(34_675, &vec![0; 2_000_000]), &tiff);
    let mut claimed = tiff_with_tag(34_675, &[7; 100]);
    let entry = claimed.windows(8).rposition(|bytes| bytes == b"\x73\x87\x01\0\x64\0\0\0").unwrap();
    claimed[entry + 4..entry + 8].fill(0xFF);
    assert_same_picture(&claimed, &tiff);
}

#[test]
fn a_large_tiff_of_64_bit_offsets_is_read() {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new_big(&mut bytes).unwrap();
    let picture = samples::picture(20, 10);
    encoder.write_image::<tiff::encoder::colortype::RGB8>(20, 10, picture.as_raw()).unwrap();
    assert_same_picture(&bytes.into_inner(), &samples::tiff(&picture));
}

/// A gray TIFF of 100×100 px in ten strips: where each begins in the pixels, and its length.
fn tiff_of_strips(strip: impl Fn(u32) -> (u32, u32)) -> Vec<u8> {
    const ENTRIES: [[u32; 3]; 9] = [
        [256, 1, 100],
        [257, 1, 100],
        [258, 1, 8],
        [259, 1, 1],
        [262, 1, 1],
        [273, 10, 122],
        [277, 1, 1],
        [278, 1, 10],
        [279, 10, 162],
    ];
    let mut bytes = b"II\x2A\0\x08\0\0\0\x09\0".to_vec();
    for [tag, count, value] in ENTRIES {
        let kind = 4 << 16;
        bytes.extend([kind | tag, count, value].map(u32::to_le_bytes).concat());
    }
    bytes.extend([0; 4]);
    bytes.extend((0..10).flat_map(|n| (202 + strip(n).0).to_le_bytes()));
    bytes.extend((0..10).flat_map(|n| strip(n).1.to_le_bytes()));
    bytes.extend([0; 10_000]);
    bytes
}

#[test]
fn strips_of_a_tiff_that_share_their_bytes_are_refused() {
    assert_eq!(sentence(&tiff_of_strips(|n| (1_000 * n, 1_000))), "TIFF 100×100 upright Gray One");
    let shared = tiff_of_strips(|_| (0, 9_000));
    assert_eq!(sentence(&shared), "a TIFF image that is damaged: the parts of its picture overlap");
}

#[test]
fn a_tiff_is_truncated_whichever_of_its_strips_lies_outside_the_file() {
    for outside in 0..10 {
        let tiff = tiff_of_strips(|n| if n == outside { (9_500, 1_000) } else { (0, 100) });
        assert_eq!(header_of_bytes(&tiff), Err(Fault::Truncated { format: Format::Tiff }), "{outside}");
    }
}

#[test]
fn a_gif_with_megabytes_of_metadata_is_read_without_them() {
    let gif = samples::gif(&[[1, 2, 3, 255]]);
    let colors = 13 + (3 << ((gif[10] & 7) + 1)) * usize::from(gif[10] >> 7);
    for name in ["XMP DataXMP", "ICCRGBG1012", "NETSCAPE2.0"] {
        let block = [b"\xFF".as_slice(), &[b'a'; 255]].concat().repeat(20_000);
        let extension = [b"\x21\xFF\x0B", name.as_bytes(), &block, b"\0"].concat();
        assert_same_picture(&[&gif[..colors], &extension, &gif[colors..]].concat(), &gif);
    }
}
