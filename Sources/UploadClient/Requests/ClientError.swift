public import NativeWire

/// Why a call of the client did not succeed.
///
/// After any of them an upload is resumable as far as the server has it, unless `advice` says otherwise. `code` is for
/// programs: one of the server's codes (`problem` then has the whole answer) or one of the client's own, below.
public struct ClientError: Error, Hashable, Sendable {
    public let code: Code
    /// What happened, with the values that matter. Never has a token in it.
    public let message: String
    /// What to do about it.
    public let advice: String
    /// Whether the same call may succeed later without any change: it was tried as often as the retry policy allows.
    public let isTemporary: Bool
    /// What the server said, if the error is its answer.
    public let problem: ProblemDocument?

    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The server's: there is no such thing, or none that the caller may read.
        public static let notFound = Code(rawValue: "not_found")
        /// No connection, or one that broke, as often as the retry policy allows.
        public static let unreachable = Code(rawValue: "unreachable")
        /// The answer is not one that the native API gives.
        public static let badAnswer = Code(rawValue: "bad_answer")
        /// The bytes of the source are not what they were when the upload began.
        public static let contentChanged = Code(rawValue: "content_changed")
        /// A file or directory of this machine could not be used.
        public static let localFile = Code(rawValue: "local_file")
        /// What was downloaded does not have the SHA-256 that the server promised.
        public static let corruptDownload = Code(rawValue: "corrupt_download")
        /// The address of the server, a name or an option makes no sense.
        public static let invalidArgument = Code(rawValue: "invalid_argument")
    }

    package init(
        _ code: Code, _ message: String, advice: String, isTemporary: Bool = false, problem: ProblemDocument? = nil
    ) {
        self.code = code
        self.message = message
        self.advice = advice
        self.isTemporary = isTemporary
        self.problem = problem
    }
}

extension ClientError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message) \(advice)" }
}

extension ClientError {
    /// What the server answered.
    init(_ problem: ProblemDocument, isTemporary: Bool) {
        self.init(
            Code(rawValue: problem.code), problem.title, advice: problem.detail, isTemporary: isTemporary,
            problem: problem)
    }

    static func contentChanged(_ name: String) -> ClientError {
        ClientError(
            .contentChanged, "“\(name)” changed while it was being uploaded.",
            advice: "Start again once nobody writes to it: a new upload will be begun.")
    }

    static func badAnswer(_ problem: String) -> ClientError {
        ClientError(.badAnswer, "The server's answer \(problem).", advice: "Check that the address is that of a Wharf.")
    }
}
