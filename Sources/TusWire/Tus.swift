/// The tus resumable upload protocol, version 1.0.0 (<https://tus.io/protocols/resumable-upload>): constants.
public enum Tus {
    public static let version = "1.0.0"

    /// The type of bodies with bytes of an upload.
    public static let contentType = "application/offset+octet-stream"

    /// All extensions of the protocol.
    public static let extensions = [
        "creation", "creation-with-upload", "creation-defer-length", "expiration", "checksum", "checksum-trailer",
        "termination", "concatenation", "concatenation-unfinished",
    ]
}
