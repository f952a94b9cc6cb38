import HTTPTypes
import Testing
import TusWire

@Suite struct TusTranscriptTests {
    /// What can be made to happen by saying it. Disks that fail are in `TusFinishTests`, requests that meet in
    /// `TusInterferenceTests`.
    private static let statuses: [TusOperation: Set<Int>] = [
        .options: [204],
        .create: [201, 400, 401, 403, 404, 409, 412, 413, 415, 429, 460],
        .head: [200, 401, 404, 412],
        .patch: [204, 400, 401, 403, 404, 409, 412, 413, 415, 460, 503],
        .terminate: [204, 401, 404, 412],
        .download: [200, 206, 304, 401, 404, 412, 416],
    ]

    @Test(arguments: TusOperation.allCases)
    func `an operation is in a transcript with success and with all refusals`(_ operation: TusOperation) throws {
        let scripts = TranscriptScript.all.filter { !TranscriptScript.resumable.map(\.name).contains($0.name) }
        let exchanges = try scripts.flatMap { try TranscriptTests.exchanges(in: Golden.text($0.name)) }
        let found = Set(exchanges.filter { operation.matches($0) }.map(\.status))
        let expected = try #require(Self.statuses[operation])
        #expect(found.isSuperset(of: expected), "\(expected.subtracting(found).sorted()) are missing")
        #expect(found.subtracting(expected) == [], "the list lacks these")
    }
}

extension TusOperation {
    fileprivate func matches(_ exchange: TranscriptTests.Exchange) -> Bool {
        var segments = exchange.path.split(separator: "/")
        if segments.first == "capsules" { segments.removeFirst(2) }
        guard exchange.method == method.rawValue, segments.first == "files" else { return false }
        return (segments.count == 1 && Self.ofCreationURL.contains(self))
            || (segments.count == 2 && Self.ofUploadURL.contains(self))
    }
}
