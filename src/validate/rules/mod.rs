//! The rules of the validator: one rule, one file, in the folder of its group.

pub(crate) mod cnv;
pub(crate) mod img;
pub(crate) mod jsl;
pub(crate) mod lbl;
pub(crate) mod s3u;
pub(crate) mod spl;
pub(crate) mod txt;

use super::Model;
use super::photos::PhotoIndex;
use super::record::RecordView;
use crate::findings::{Finding, Rule};
use crate::images::KnownPhotos;

/// What a check may look at besides the record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) model: Model,
    pub(crate) photos: &'a PhotoIndex,
    pub(crate) known: &'a KnownPhotos,
}

/// A check of one record.
type RecordCheck = fn(&RecordView<'_>, Context<'_>, &mut Vec<Finding>);

/// The checks that need the record alone, in the order of their codes.
pub(super) static RECORD_CHECKS: &[RecordCheck] = &[
    cnv::record_shape::check,
    cnv::roles_out_of_order::check,
    cnv::unknown_member::check,
    cnv::media_outside_user_turn::check,
    cnv::block_not_for_model::check,
    cnv::reasoning_misplaced::check,
    cnv::too_many_media::check,
    cnv::media_format_unknown::check,
    txt::empty_text::check,
    txt::reserved_word::check,
    txt::context_exceeded::check,
    img::image_format_unknown::check,
    s3u::uri_without_scheme::check,
    s3u::bucket_owner_missing::check,
    s3u::unsafe_key::check,
    lbl::check,
];

/// Rules about a file as a whole, which show at every line: the first finding of a file tells how many lines there are
/// like it.
pub(super) static ONCE_A_FILE: &[&Rule] =
    &[&jsl::not_utf8::NOT_UTF8, &jsl::carriage_return::CARRIAGE_RETURN, &jsl::one_list::ONE_LIST];

/// The rules of this stage.
pub static RULES: &[&Rule] = &[
    &jsl::invalid_json::INVALID_JSON,
    &jsl::record_over_several_lines::RECORD_OVER_SEVERAL_LINES,
    &jsl::blank_line::BLANK_LINE,
    &jsl::not_jsonl::NOT_JSONL,
    &jsl::byte_order_mark::BYTE_ORDER_MARK,
    &jsl::not_utf8::NOT_UTF8,
    &jsl::carriage_return::CARRIAGE_RETURN,
    &jsl::repeated_key::REPEATED_KEY,
    &jsl::one_list::ONE_LIST,
    &jsl::comma_too_many::COMMA_TOO_MANY,
    &jsl::cut_record::CUT_RECORD,
    &jsl::line_too_long::LINE_TOO_LONG,
    &jsl::nested_too_deep::NESTED_TOO_DEEP,
    &jsl::control_character::CONTROL_CHARACTER,
    &jsl::several_records_on_a_line::SEVERAL_RECORDS_ON_A_LINE,
    &jsl::too_many_values::TOO_MANY_VALUES,
    &cnv::record_shape::RECORD_SHAPE,
    &cnv::roles_out_of_order::ROLES_OUT_OF_ORDER,
    &cnv::unknown_member::UNKNOWN_MEMBER,
    &cnv::media_outside_user_turn::MEDIA_OUTSIDE_USER_TURN,
    &cnv::block_not_for_model::BLOCK_NOT_FOR_MODEL,
    &cnv::reasoning_misplaced::REASONING_MISPLACED,
    &cnv::too_many_media::TOO_MANY_MEDIA,
    &cnv::media_format_unknown::MEDIA_FORMAT_UNKNOWN,
    &txt::empty_text::EMPTY_TEXT,
    &txt::reserved_word::RESERVED_WORD,
    &txt::context_exceeded::CONTEXT_EXCEEDED,
    &img::image_format_unknown::IMAGE_FORMAT_UNKNOWN,
    &img::format_differs_from_bytes::FORMAT_DIFFERS_FROM_BYTES,
    &img::photo_missing::PHOTO_MISSING,
    &img::photo_changed::PHOTO_CHANGED,
    &img::photo_cut_off::PHOTO_CUT_OFF,
    &img::photo_damaged::PHOTO_DAMAGED,
    &img::photo_cmyk::PHOTO_CMYK,
    &img::photo_turned::PHOTO_TURNED,
    &img::photo_animated::PHOTO_ANIMATED,
    &img::photo_file_too_large::PHOTO_FILE_TOO_LARGE,
    &img::photo_below_minimum::PHOTO_BELOW_MINIMUM,
    &img::photo_too_small_to_read::PHOTO_TOO_SMALL_TO_READ,
    &img::photo_too_wide::PHOTO_TOO_WIDE,
    &img::photo_extreme_proportions::PHOTO_EXTREME_PROPORTIONS,
    &img::photo_blank::PHOTO_BLANK,
    &s3u::uri_without_scheme::URI_WITHOUT_SCHEME,
    &s3u::bucket_owner_missing::BUCKET_OWNER_MISSING,
    &s3u::unsafe_key::UNSAFE_KEY,
    &s3u::second_bucket::SECOND_BUCKET,
    &s3u::second_owner::SECOND_OWNER,
    &spl::sample_count::SAMPLE_COUNT,
    &spl::image_on_both_sides::IMAGE_ON_BOTH_SIDES,
    &spl::image_twice::IMAGE_TWICE,
    &spl::records_changed::RECORDS_CHANGED,
    &spl::validation_file_not_taken::VALIDATION_FILE_NOT_TAKEN,
    &spl::member_in_some_records::MEMBER_IN_SOME_RECORDS,
    &spl::kinds_of_media_mixed::KINDS_OF_MEDIA_MIXED,
    &spl::prompt_on_both_sides::PROMPT_ON_BOTH_SIDES,
    &spl::prompt_twice::PROMPT_TWICE,
    &spl::group_on_both_sides::GROUP_ON_BOTH_SIDES,
];
