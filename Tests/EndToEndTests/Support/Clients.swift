import NIOCore
import NativeWire
import Testing
import UploadClient

/// Runs `body` with connections to a server on this machine.
func withTransport<Value: Sendable>(
    port: Int, connections: Int = 8, _ body: (HTTPClientTransport, ServerAddress) async throws -> Value
) async throws -> Value {
    let address = try ServerAddress("http://127.0.0.1:\(port)")
    let transport = HTTPClientTransport(address, connections: connections)
    do {
        let value = try await body(transport, address)
        try await transport.shutdown()
        return value
    } catch {
        try await transport.shutdown()
        throw error
    }
}

/// Runs `body` with a client of a server on this machine.
func withClient<Value: Sendable>(
    port: Int, retries: RetryPolicy = RetryPolicy(), _ body: (UploadClient) async throws -> Value
) async throws -> Value {
    try await withTransport(port: port) { transport, address in
        try await body(UploadClient(server: address, transport: transport, retries: retries))
    }
}

extension UploadClient {
    /// Polls until the only upload of the default capsule fulfils a condition.
    func onlyUpload(
        sourceLocation: SourceLocation = #_sourceLocation, until isWanted: (UploadDocument) -> Bool
    ) async throws -> UploadDocument {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let upload = try await uploads().sessions.first, isWanted(upload) { return upload }
        }
        Issue.record("the upload never fulfilled the condition", sourceLocation: sourceLocation)
        throw ConditionNeverMet()
    }
}

extension UploadClient {
    /// Polls until the memories of the default capsule fulfil a condition.
    func memories(
        sourceLocation: SourceLocation = #_sourceLocation, until isWanted: ([MemoryDocument]) -> Bool
    ) async throws -> [MemoryDocument] {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            var found: [MemoryDocument] = []
            for try await memory in memories() { found.append(memory) }
            if isWanted(found) { return found }
        }
        Issue.record("the memories never fulfilled the condition", sourceLocation: sourceLocation)
        throw ConditionNeverMet()
    }

    /// Polls until an upload has become a memory, and returns its id.
    func derivedMemory(of upload: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if let memory = try await status(upload).derivation?.memory { return memory }
        }
        Issue.record("the upload never became a memory", sourceLocation: sourceLocation)
        throw ConditionNeverMet()
    }
}

private struct ConditionNeverMet: Error {}
