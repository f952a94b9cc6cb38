import HTTPTestKit
import Logging
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// What the log says of requests that fail.
@Suite struct FailureLogTests {
    /// The errors that are logged while `body` runs.
    private func loggedErrors(
        _ settings: ServerSettings, _ body: (RouterTransport, TestStore) async throws -> Void
    ) async throws -> [LogCapture.Line] {
        let capture = LogCapture()
        var settings = settings
        settings.logger = capture.logger
        let store = try await TestStore(settings)
        do {
            try await body(RouterTransport(store, settings), store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
        return capture.lines.filter { $0.level >= .error }
    }

    @Test func `an exceeded quota is no error of the server`() async throws {
        var settings = ServerSettings()
        settings.limits.quotaBytes = 100
        let errors = try await loggedErrors(settings) { transport, _ async throws in
            let first = ClientRequest("POST", "/v1/blobs?name=a", body: content(60))
            #expect(try await transport.send(first).status == 201)
            let second = ClientRequest("POST", "/v1/blobs?name=b", body: content(41))
            #expect(try await transport.send(second).status == 507)
        }
        #expect(errors.isEmpty)
    }

    @Test func `a full store is one`() async throws {
        var settings = ServerSettings()
        // More than any disk has.
        settings.limits.freeBytesMin = 1 << 50
        let errors = try await loggedErrors(settings) { transport, _ async throws in
            let request = ClientRequest("POST", "/v1/blobs?name=a", body: content(60))
            #expect(try await transport.send(request).status == 507)
        }
        #expect(errors.map(\.message) == ["store operation failed"])
    }
}
