package import DurableFiles
import Glibc
public import NativeWire

/// A failed call of the client.
///
/// The upload stays resumable unless `advice` says otherwise. `code` is for programs: a code of the server (`problem`
/// then has the whole response) or one of the client's own codes below.
public struct ClientError: Error, Hashable, Sendable {
    public let code: Code
    /// What failed, with the relevant values; never a token.
    public let message: String
    /// The remedy.
    public let advice: String
    /// Whether the same call may succeed later; the retry policy was exhausted.
    public let isTemporary: Bool
    /// The server's response, if there was one.
    public let problem: ProblemDocument?

    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The server's code for a resource that does not exist or that the caller may not read.
        public static let notFound = Code(rawValue: "not_found")
        /// The connection failed, as often as the retry policy allows.
        public static let unreachable = Code(rawValue: "unreachable")
        /// The server's certificate is not valid, or it does not speak TLS.
        public static let insecure = Code(rawValue: "insecure")
        /// The response does not conform to the native API.
        public static let badAnswer = Code(rawValue: "bad_answer")
        /// The source changed during the upload.
        public static let contentChanged = Code(rawValue: "content_changed")
        /// A local file or directory could not be used.
        public static let localFile = Code(rawValue: "local_file")
        /// The downloaded bytes do not match the server's SHA-256.
        public static let corruptDownload = Code(rawValue: "corrupt_download")
        /// Invalid server address, name or option.
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
    /// An error response of the server.
    init(_ problem: ProblemDocument, isTemporary: Bool) {
        self.init(
            Code(rawValue: problem.code), problem.title, advice: problem.detail, isTemporary: isTemporary,
            problem: problem)
    }

    /// No response: the connection failed.
    init(_ broken: TransportError, server: ServerAddress) {
        switch broken.kind {
        case .insecure:
            self.init(
                .insecure, "There is no secure connection to the server at \(server): \(broken.reason).",
                advice: "Check the address and the server's certificate.")
        case .unconnected, .broken:
            // A server that expects TLS closes a connection in the clear.
            let scheme =
                broken.kind == .broken && server.base.hasPrefix("http:")
                ? "; if it uses TLS, its address begins with https://" : ""
            self.init(
                .unreachable, "The server at \(server) could not be reached: \(broken.reason).",
                advice: "Check that it is running and reachable from this machine\(scheme), then try again.",
                isTemporary: true)
        }
    }

    static func contentChanged(_ name: String) -> ClientError {
        ClientError(
            .contentChanged, "“\(name)” changed while it was being uploaded.",
            advice: "Run it again once no process writes to the file; the upload then starts over.")
    }

    /// A proxy does not let through requests of this size, and smaller ones cannot be made.
    static func refusedChunk(of bytes: UInt64) -> ClientError {
        ClientError(
            Code(rawValue: "too_large"),
            "A proxy in front of the server refuses requests of \(bytes) bytes (status 413).",
            advice: "Choose smaller chunks with --chunk-size, or raise the proxy's limit on bodies.")
    }

    /// A source without a known size, which the IETF's protocol cannot resume.
    static func unsized(_ name: String) -> ClientError {
        ClientError(
            .invalidArgument, "The size of “\(name)” is not known before it has been read.",
            advice: "Send it by the native protocol, or store it in a file first.")
    }

    static func badAnswer(_ problem: String) -> ClientError {
        ClientError(
            .badAnswer, "The server's answer \(problem).", advice: "Check that the address is that of a Wharf server.")
    }
}

extension ClientError {
    private static let pathAdvice = "Check the path, its permissions and the free disk space."

    /// A failed call on a local file and its `errno`.
    package static func localFile(_ path: String, _ call: String, errno number: Int32) -> ClientError {
        ClientError(
            .localFile, "\(call) of “\(path)” failed: \(String(cString: strerror(number))).", advice: pathAdvice)
    }

    package static func notRegular(_ path: String) -> ClientError {
        ClientError(
            .localFile, "“\(path)” is not a regular file.",
            advice: "Give files or directories; use “-” for a pipe on standard input.")
    }

    package init(_ error: FileError, path: String) {
        self.init(
            .localFile, "\(error.call) of “\(path)” failed: \(error.reason).",
            advice: error.code == .locked ? "Wait until that process ends." : Self.pathAdvice)
    }
}
