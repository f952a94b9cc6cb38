import NativeWire
import SessionCore
import UploadClient
import UploadCore
import UploadTestKit

/// A server of resumable uploads in memory, and clients of it whose waits take no time.
struct ResumableFixture {
    let server = ResumableServer()
    let files: Fixture

    init() throws {
        files = try Fixture()
    }

    var states: Int { files.states }

    func client() throws -> UploadClient {
        let timer = RetryTimer(
            now: { Timestamp(milliseconds: 0) }, wait: { _ in try Task.checkCancellation() }, fraction: { 0.5 })
        return UploadClient(server: try ServerAddress("http://127.0.0.1:8080"), transport: server, timer: timer)
    }

    /// Writes a file and uploads it by the IETF's protocol.
    func put(
        _ bytes: [UInt8], named name: String = "file", by client: UploadClient? = nil, options: PutOptions? = nil,
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in },
        onEvent: @escaping @Sendable (PutEvent) async -> Void = { _ in }
    ) async throws -> FinishedDocument {
        let path = files.path(name)
        if TestFiles.read(path) != bytes { try files.write(bytes, to: name) }
        var chosen = options ?? PutOptions()
        if options == nil { chosen.uploadProtocol = .ietf() }
        return try await (client ?? self.client()).put(
            .file(path: path), options: chosen, resume: files.store, onProgress: onProgress, onEvent: onEvent)
    }
}
