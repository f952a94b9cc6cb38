import Testing
import UploadTestKit

/// What a server allocates, counted by `wharf-allocations` in a process of its own. A change that allocates more fails here,
/// and either saves it elsewhere or raises the limit with its reason.
///
/// The figures are those of a debug build, 4,538 and 11,472; a release build allocates less.
@Suite(.timeLimit(.minutes(5))) struct AllocationTests {
    /// Blocks for a warm upload of 4 KiB in one request.
    private static let blobMax = 4580
    /// Blocks for one in three requests: begin, chunk, finish.
    private static let uploadMax = 11_580

    @Test func `a warm upload allocates no more than it did`() async throws {
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(
            Wharf.directory + "/wharf-allocations", [directory.path + "/data"], environment: [:])
        let outcome = await Wharf.outcome(of: process)
        #expect(outcome.end == .exit(0), "\(outcome.errors)")
        let figures = Dictionary(
            outcome.output.split(whereSeparator: \.isNewline).map { line in
                let words = line.split(separator: " ")
                return (String(words[0]), Int(words[1]) ?? .max)
            }
        ) { first, _ in first }
        for (name, limit) in [("blob", Self.blobMax), ("upload", Self.uploadMax)] {
            let figure = try #require(figures[name], "\(outcome.output)")
            #expect(figure > 0 && figure <= limit, "\(name)")
        }
        Attachment.record(outcome.output, named: "allocations.txt")
    }
}
