//! What is asked, and who is asked.

use crate::aws::bedrock::{BedrockClient, Conversation, Converse, Piece, Reply};
use crate::aws::s3::{ObjectStore, S3Uri};
use crate::error::Result;
use crate::files::MAX_IMAGE_FILE_BYTES;
use crate::images::Digest;

/// A photo as a model is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPhoto {
    /// What its answers are remembered by.
    pub sha256: Digest,
    /// The service's word for the format: `jpeg`, `png`, `gif`, `webp`.
    pub format: String,
    /// The bytes that are sent.
    pub bytes: Vec<u8>,
}

/// A question about a photo.
pub trait PhotoQuestion: Sync {
    /// What the photo's answers are remembered by, where that is known without reading it.
    fn photo_sha256(&self) -> Option<Digest>;

    /// The digest of all words of the question.
    fn prompt_sha256(&self) -> Digest;

    /// The photo as it is sent.
    ///
    /// # Errors
    /// Where it cannot be had.
    fn photo(&self, asker: &dyn Asker) -> Result<ShownPhoto>;

    /// What the model is told beforehand, if anything.
    fn system(&self) -> Option<String>;

    /// The question, with the photo in its place.
    fn pieces(&self, photo: ShownPhoto) -> Vec<Piece>;
}

/// What asking needs of the services; several threads share it.
pub trait Asker: Converse + Sync {
    /// A photo that is in S3 alone.
    fn read_photo(&self, uri: &S3Uri) -> Result<Vec<u8>>;
}

/// Bedrock and S3 of a backend.
#[derive(Debug, Clone)]
pub struct Services {
    /// The models.
    pub bedrock: BedrockClient,
    /// The photos.
    pub objects: ObjectStore,
}

impl Converse for Services {
    fn converse(&self, conversation: &Conversation) -> Result<Reply> {
        self.bedrock.converse(conversation)
    }
}

impl Asker for Services {
    fn read_photo(&self, uri: &S3Uri) -> Result<Vec<u8>> {
        self.objects.read_up_to(uri, MAX_IMAGE_FILE_BYTES)
    }
}
