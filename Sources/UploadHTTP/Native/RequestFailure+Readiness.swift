import HTTPTypes
import HTTPWire
import UploadCore

extension RequestFailure {
    /// 503 for a store that takes no new uploads. Everybody may ask: only the log has addresses, paths and figures.
    init(notReady failure: StoreFailure) {
        let (title, advice) = Self.readiness(failure.part, failure.cause)
        self.init(
            .serviceUnavailable, failure.cause.code.rawValue, title, "\(advice) The log of the server has the cause.",
            details: [Detail("store", .text(failure.part.rawValue))])
        retryAfterSeconds = RequestFailure(failure.cause).retryAfterSeconds
    }

    private static func readiness(_ part: StoreFailure.Part, _ cause: UploadError) -> (title: String, advice: String) {
        switch (part, cause.code) {
        case (.directory, .storeFull):
            ("The disk of the store has less free space than is kept.", "Make room, or lower free-bytes-min.")
        case (.directory, .unavailable):
            (
                "The directory of the store takes no changes.",
                "Check that it is in its place, that its file system is mounted and can be written, and the load."
            )
        case (.database, .storeFull): ("The disk of the database is full.", "Make room on it.")
        case (.database, .unavailable):
            (
                "The database cannot be reached, or takes no changes.",
                "Check that PostgreSQL runs, that this node reaches it, that it accepts its user and password, and the load."
            )
        case (.bucket, .storeFull): ("The bucket has no room left.", "Make room in it, or raise its quota.")
        case (.bucket, .unavailable):
            (
                "The bucket does not answer, or does not accept the key.",
                "Check that its engine runs, that this node reaches it, and the key."
            )
        default: (cause.message, cause.advice)
        }
    }
}
