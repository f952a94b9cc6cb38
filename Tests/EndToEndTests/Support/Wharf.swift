import Glibc
import Testing

/// The executable under test, built beside the tests.
enum Wharf {
    static let path = directory + "/wharf"

    /// The directory of all executables.
    static let directory: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let tests = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }()

    /// The exit and the output of a command.
    struct Outcome: Sendable {
        let end: ChildProcess.End?
        let output: String
        let errors: String

        /// The words of the first line.
        var words: [String] {
            (output.split(whereSeparator: \.isNewline).first ?? "").split(separator: " ").map(String.init)
        }
    }

    static func start(
        _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = []
    ) throws -> ChildProcess {
        try ChildProcess(path, arguments, environment: environment, input: input)
    }

    static func outcome(of process: ChildProcess) async -> Outcome {
        let (end, progress) = await process.end()
        return Outcome(
            end: end, output: String(decoding: progress.output, as: UTF8.self), errors: progress.errorText)
    }

    /// Runs a command, which must exit with the given status.
    @discardableResult
    static func run(
        _ arguments: [String], status: Int32 = 0, environment: [String: String] = [:], input: [UInt8] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let outcome = await outcome(of: try start(arguments, environment: environment, input: input))
        try #require(
            outcome.end == .exit(status), "\(arguments): \(outcome.output)\(outcome.errors)",
            sourceLocation: sourceLocation)
        return outcome
    }
}
