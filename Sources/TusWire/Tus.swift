/// The tus resumable upload protocol, version 1.0.0 (<https://tus.io/protocols/resumable-upload>): what of it is offered.
public enum Tus {
    public static let version = "1.0.0"

    /// Of the bodies that carry bytes of an upload.
    public static let contentType = "application/offset+octet-stream"

    /// All that there are.
    public static let extensions = [
        "creation", "creation-with-upload", "creation-defer-length", "expiration", "checksum", "checksum-trailer",
        "termination", "concatenation", "concatenation-unfinished",
    ]
}
