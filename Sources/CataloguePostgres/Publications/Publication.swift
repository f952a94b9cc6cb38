package import SessionCore
package import UploadCore

/// An attempt to publish a blob: to copy it to one object under a readable name.
///
/// The name is recorded before anything is written under it, and stays that of the blob. The blob's end moves it to the
/// names whose objects are removed, so an object that an attempt has written is always known.
package struct Publication: Hashable, Sendable {
    package let upload: SessionId
    package let name: String
    /// The fence: a number that no other attempt has.
    package let attempt: SessionId
    /// Attempts so far, with this one.
    package let attempts: Int
    /// A multipart upload that an earlier attempt has left.
    package let multipart: String?
}

/// What a publication is about before it has a name.
package struct PublicationSubject: Hashable, Sendable {
    package let upload: SessionId
    package let capsule: CapsuleId
    /// What its owner calls it.
    package let fileName: String
}

/// An object whose blob has ended, to be removed.
package struct UnpublishedObject: Hashable, Sendable {
    package let name: String
    /// A multipart upload that was under way.
    package let multipart: String?
}

/// A publication that is finished, for a check.
package struct FinishedPublication: Hashable, Sendable {
    package let upload: SessionId
    /// Nil if it failed for good before it had one.
    package let name: String?
    /// Why no attempt is made any more; nil for one that is published.
    package let failure: String?
}
