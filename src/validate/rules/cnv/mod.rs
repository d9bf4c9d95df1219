//! The conversation in a record.

pub(crate) mod block_not_for_model;
pub(crate) mod media_format_unknown;
pub(crate) mod media_outside_user_turn;
pub(crate) mod reasoning_misplaced;
pub(crate) mod record_shape;
pub(crate) mod roles_out_of_order;
pub(crate) mod too_many_media;
pub(crate) mod unknown_member;
