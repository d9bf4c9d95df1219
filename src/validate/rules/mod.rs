//! The rules of the validator: one rule, one file, in the folder of its group.

pub(crate) mod cnv;
pub(crate) mod img;
pub(crate) mod jsl;
pub(crate) mod s3u;
pub(crate) mod spl;
pub(crate) mod txt;

use super::photos::PhotoIndex;
use super::record::RecordView;
use crate::finding::{Finding, Rule};
use crate::images::KnownDigests;

/// What a check may look at besides the record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) photos: &'a PhotoIndex,
    pub(crate) digests: &'a KnownDigests,
}

/// A check of one record.
type RecordCheck = fn(&RecordView<'_>, Context<'_>, &mut Vec<Finding>);

/// The checks that need the record alone, in the order of their codes.
pub(super) static RECORD_CHECKS: &[RecordCheck] = &[
    jsl::record_over_several_lines::check,
    cnv::record_shape::check,
    cnv::roles_out_of_order::check,
    txt::empty_text::check,
    txt::reserved_word::check,
    txt::context_exceeded::check,
    img::image_format_unknown::check,
    s3u::uri_without_scheme::check,
    s3u::bucket_owner_missing::check,
    s3u::unsafe_key::check,
];

/// The rules of this stage.
pub static RULES: &[&Rule] = &[
    &jsl::invalid_json::INVALID_JSON,
    &jsl::record_over_several_lines::RECORD_OVER_SEVERAL_LINES,
    &jsl::blank_line::BLANK_LINE,
    &jsl::not_jsonl::NOT_JSONL,
    &jsl::byte_order_mark::BYTE_ORDER_MARK,
    &cnv::record_shape::RECORD_SHAPE,
    &cnv::roles_out_of_order::ROLES_OUT_OF_ORDER,
    &txt::empty_text::EMPTY_TEXT,
    &txt::reserved_word::RESERVED_WORD,
    &txt::context_exceeded::CONTEXT_EXCEEDED,
    &img::image_format_unknown::IMAGE_FORMAT_UNKNOWN,
    &img::format_differs_from_bytes::FORMAT_DIFFERS_FROM_BYTES,
    &img::photo_missing::PHOTO_MISSING,
    &img::photo_changed::PHOTO_CHANGED,
    &s3u::uri_without_scheme::URI_WITHOUT_SCHEME,
    &s3u::bucket_owner_missing::BUCKET_OWNER_MISSING,
    &s3u::unsafe_key::UNSAFE_KEY,
    &s3u::second_bucket::SECOND_BUCKET,
    &s3u::second_owner::SECOND_OWNER,
    &spl::sample_count::SAMPLE_COUNT,
    &spl::image_on_both_sides::IMAGE_ON_BOTH_SIDES,
    &spl::image_twice::IMAGE_TWICE,
    &spl::records_changed::RECORDS_CHANGED,
];
