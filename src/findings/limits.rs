//! The numbers that rules compare with, each with its source. AWS's pages were read in public copies, last in November 2026; a
//! copy's own date stands where it is known. Service models: botocore 1.44.8 (November 2026).

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

/// Nova 2 Lite: data format and limits.
pub const PREPARE_PAGE_2: Source =
    "https://docs.aws.amazon.com/nova/latest/nova2-userguide/fine-tune-prepare-data-understanding.html";

/// Minimum samples of a training set: 8 for Nova Micro, Lite and Pro ([`PREPARE_PAGE`]) and for Nova 2 Lite ([`PREPARE_PAGE_2`],
/// copy of October 2026).
pub const MIN_SAMPLES: usize = 8;
/// Samples of a training set for Nova 2 Lite below which AWS's validators fail ([`SAMPLE_VALIDATOR`], [`FORGE`]). The service
/// accepted 189 of 189 records in a public report of August 2026 (second-hand), so fewer are a warning.
pub const RECOMMENDED_SAMPLES_LITE_2: usize = 200;
/// Most samples, training and validation together ([`PREPARE_PAGE`], [`SAMPLE_VALIDATOR`]).
pub const MAX_SAMPLES: usize = 20_000;
/// Most bytes of an image: 10 MB ([`PREPARE_PAGE`]), which AWS's own check reads as MiB (aws/nova-forge-sdk, dataset checks).
pub const MAX_IMAGE_BYTES: u64 = 10 * 1024 * 1024;
/// Bytes of an image that are 10 MB in either reading.
pub const SURE_IMAGE_BYTES: u64 = 10_000_000;
/// Least width and height of an image, px (aws/nova-forge-sdk, dataset checks).
pub const MIN_IMAGE_PX: u32 = 25;
/// Most width and height of an image, px (<https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html>, for inference).
pub const MAX_IMAGE_PX: u32 = 8_000;
/// Least shorter side of a photo whose print can be read, px. Ours: 30 lines of a VAT invoice at 10 px, which a Chinese
/// character needs at least.
pub const READABLE_IMAGE_PX: u32 = 300;
/// How many times as long as wide an image may be; Nova brings it to the nearest of 1:1 … 1:9
/// (<https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html>).
pub const MAX_IMAGE_PROPORTION: u32 = 9;
/// Image formats of a record, Nova 1 ([`PREPARE_PAGE`]); the last one not for Nova 2 Lite ([`SFT_PAGE`], [`SAMPLE_VALIDATOR`]).
pub const IMAGE_FORMATS: [&str; 4] = ["png", "jpeg", "gif", "webp"];
/// Video formats of a record, Nova 1 ([`PREPARE_PAGE`]); the last one not for Nova 2 Lite ([`SFT_PAGE`]).
pub const VIDEO_FORMATS: [&str; 4] = ["mov", "mkv", "mp4", "webm"];
/// Document formats of a record, Nova 2 Lite (its page on data preparation; other models take none).
pub const DOCUMENT_FORMATS: [&str; 1] = ["pdf"];
/// Most images of a sample ([`PREPARE_PAGE`]; AWS's validators count by turn, the documentation by sample).
pub const MAX_IMAGES: usize = 10;
/// Most videos of a sample ([`PREPARE_PAGE`]).
pub const MAX_VIDEOS: usize = 1;
/// Most documents of a sample ([`SAMPLE_VALIDATOR`]).
pub const MAX_DOCUMENTS: usize = 1;
/// Longest S3 URI of the control plane (API reference, type `S3Uri`).
pub const MAX_S3_URI_BYTES: usize = 1_024;
/// Longest line of a JSONL file that is parsed, bytes. Ours: a record of ten images with long prompts stays below 100 kB.
pub const MAX_LINE_BYTES: usize = 10 * 1024 * 1024;
/// Reserved words that must not stand in a text. [`PREPARE_PAGE`] names the first seven, [`SAMPLE_VALIDATOR`] the other two.
pub const RESERVED_WORDS: [&str; 9] =
    ["User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]", "Thought:", "<unk>"];

/// Most tokens of a sample: 32k, read as 32,000 ([`PREPARE_PAGE`]).
pub const MAX_SAMPLE_TOKENS: u64 = 32_000;
/// Samples per training step of Nova Lite. Not published; observed in one public job (Nova Lite, June 2025, 50 samples in 3
/// epochs made 18 steps) that was sent with `batchSize` "1". For the other models it is inferred, see
/// [`Model::samples_per_step`](crate::validate::Model::samples_per_step).
pub const SAMPLES_PER_STEP_LITE: u64 = 8;

/// Hyperparameters of Nova Micro, Lite and Pro: names, bounds, defaults (copy of October 2026).
pub const HYPERPARAMETER_PAGE: Source = "https://docs.aws.amazon.com/bedrock/latest/userguide/custom-models-hp.html";
/// Hyperparameters of Nova 2 Lite. The table was in the guide's copy of December 2025 and is not in that of October 2026.
pub const HYPERPARAMETER_PAGE_2: Source =
    "https://docs.aws.amazon.com/nova/latest/nova2-userguide/customize-fine-tune-hyperparameters.html";
/// Members of a request for a customization job, their lengths and patterns; read from botocore 1.44.8, `bedrock` 2023-04-20,
/// whose members of this operation are those of 1.43.11.
pub const CREATE_JOB_PAGE: Source =
    "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelCustomizationJob.html";
/// Base models that can be tuned, and where.
pub const TUNABLE_MODELS_PAGE: Source =
    "https://docs.aws.amazon.com/bedrock/latest/userguide/custom-model-fine-tuning.html";

/// Least and most `epochCount` ([`HYPERPARAMETER_PAGE`]).
pub const EPOCH_COUNT: (u32, u32) = (1, 5);
/// The `epochCount` of a request that names none ([`HYPERPARAMETER_PAGE`]).
pub const DEFAULT_EPOCH_COUNT: u32 = 2;
/// Least and most `learningRate` ([`HYPERPARAMETER_PAGE`]).
pub const LEARNING_RATE: (f64, f64) = (1e-6, 1e-4);
/// Minimum and maximum `learningRateWarmupSteps` of Nova Micro, Lite and Pro ([`HYPERPARAMETER_PAGE`]).
pub const WARMUP_STEPS: (u32, u32) = (0, 100);
/// Maximum `learningRateWarmupSteps` of Nova 2 Lite ([`HYPERPARAMETER_PAGE_2`], copy of December 2025). AWS's Forge SDK sends up to
/// 100 for every model, so more is a warning.
pub const MAX_WARMUP_STEPS_LITE_2: u32 = 20;
/// The `learningRateWarmupSteps` of a request that names none ([`HYPERPARAMETER_PAGE`]).
pub const DEFAULT_WARMUP_STEPS: u32 = 10;
/// The part of all steps, one of so many, that warm-up should not exceed. Ours; the advice of [`HYPERPARAMETER_PAGE`] is
/// less, a 640th (Micro), a 160th (Lite) or a 320th (Pro) of the samples.
pub const WARMUP_PART: u64 = 5;
/// The Region in which Nova can be fine-tuned ([`TUNABLE_MODELS_PAGE`], copy of October 2026). AWS may add others: where the
/// service can be asked, its list decides.
pub const TUNING_REGION: &str = "us-east-1";
/// Most characters of a job's or a model's name ([`CREATE_JOB_PAGE`]).
pub const MAX_NAME_CHARS: usize = 63;
/// Most characters of a role's ARN ([`CREATE_JOB_PAGE`]).
pub const MAX_ROLE_ARN_CHARS: usize = 2_048;
/// Most validation files of a request ([`CREATE_JOB_PAGE`]).
pub const MAX_VALIDATORS: usize = 10;
/// Most tags of a resource (<https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>; the
/// service model of [`CREATE_JOB_PAGE`] says 200).
pub const MAX_TAGS: usize = 50;
/// Most characters of a tag's key, of which it has at least one, and of its value ([`CREATE_JOB_PAGE`]).
pub const MAX_TAG_CHARS: (usize, usize) = (128, 256);
/// Most bytes of the file of a request. Ours: one with 50 tags of full length on both sides has 40 kB.
pub const MAX_REQUEST_BYTES: u64 = 1024 * 1024;
