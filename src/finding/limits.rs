//! The numbers that rules compare with, each with its source. Read 2026-11-22.

/// A page of the documentation that a number comes from.
pub type Source = &'static str;

/// Nova 1: data format and limits.
pub const PREPARE_PAGE: Source =
    "https://docs.aws.amazon.com/nova/latest/userguide/fine-tune-prepare-data-understanding.html";
/// Nova 2 Lite: supervised fine-tuning.
pub const SFT_PAGE: Source = "https://docs.aws.amazon.com/bedrock/latest/userguide/nova-2-sft-data-prep.html";
/// AWS's newer validator.
pub const FORGE: Source = "https://github.com/aws/nova-forge-sdk, src/amzn_nova_forge";
/// The validator in aws-samples/amazon-nova-samples, which the documentation links.
pub const SAMPLE_VALIDATOR: Source = "https://github.com/aws-samples/amazon-nova-samples, customization/bedrock-finetuning/understanding/dataset_validation/nova_ft_dataset_validator.py";

/// Fewest samples of a training set, Nova Micro, Lite and Pro ([`PREPARE_PAGE`]).
pub const MIN_SAMPLES: usize = 8;
/// Fewest samples for Nova 2 Lite: the documentation says 8 and recommends 200, AWS's validators demand 200 ([`SAMPLE_VALIDATOR`]);
/// the safe reading counts.
pub const MIN_SAMPLES_LITE_2: usize = 200;
/// Most samples, training and validation together ([`PREPARE_PAGE`], [`SAMPLE_VALIDATOR`]).
pub const MAX_SAMPLES: usize = 20_000;
/// Most bytes of an image ([`PREPARE_PAGE`]).
pub const MAX_IMAGE_BYTES: u64 = 10 * 1024 * 1024;
/// Least width and height of an image, px (aws/nova-forge-sdk, dataset checks).
pub const MIN_IMAGE_PX: u32 = 25;
/// Most width and height of an image, px (<https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html>, for inference).
pub const MAX_IMAGE_PX: u32 = 8_000;
/// Image formats of a record, Nova 1 ([`PREPARE_PAGE`]); the last one not for Nova 2 Lite ([`SFT_PAGE`], [`SAMPLE_VALIDATOR`]).
pub const IMAGE_FORMATS: [&str; 4] = ["png", "jpeg", "gif", "webp"];
/// Video formats of a record, Nova 1 ([`PREPARE_PAGE`]); the last one not for Nova 2 Lite ([`SFT_PAGE`]).
pub const VIDEO_FORMATS: [&str; 4] = ["mov", "mkv", "mp4", "webm"];
/// Most images of a sample ([`PREPARE_PAGE`]; AWS's validators count by turn, the documentation by sample).
pub const MAX_IMAGES: usize = 10;
/// Most videos of a sample ([`PREPARE_PAGE`]).
pub const MAX_VIDEOS: usize = 1;
/// Most documents of a sample ([`SAMPLE_VALIDATOR`]).
pub const MAX_DOCUMENTS: usize = 1;
/// Size of a file of records from which a warning is given, bytes. Bedrock has a limit ("Input size exceeded in file",
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html>) and does not publish it for Nova; this is
/// the default quota of a file for batch inference.
pub const LARGE_FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// Longest S3 URI of the control plane (API reference, type `S3Uri`).
pub const MAX_S3_URI_BYTES: usize = 1_024;
/// Longest line of a JSONL file that is parsed, bytes. Ours: a record of ten images with long prompts stays below 100 kB.
pub const MAX_LINE_BYTES: usize = 10 * 1024 * 1024;
/// Reserved words that must not stand in a text. [`PREPARE_PAGE`] names the first seven, [`SAMPLE_VALIDATOR`] the other two.
pub const RESERVED_WORDS: [&str; 9] =
    ["User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]", "Thought:", "<unk>"];
