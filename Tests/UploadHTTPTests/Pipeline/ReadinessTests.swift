import HTTPTestKit
import HTTPTypes
import HTTPWire
import Logging
import Testing
import UploadCore
import UploadTestKit

@testable import UploadHTTP

/// What /readyz says of a store that takes no new uploads.
@Suite struct ReadinessTests {
    private static let detail = "connection to server at \"10.0.0.7\" failed in /var/lib/wharf"

    @Test(arguments: [
        (StoreFailure(.directory, UploadError(.spaceLow(detail: detail))), "store_full", "free-bytes-min"),
        (StoreFailure(.directory, UploadError(.unavailable(detail: detail))), "unavailable", "in its place"),
        (StoreFailure(.database, UploadError(.storeFull)), "store_full", "disk of the database"),
        (StoreFailure(.database, UploadError(.unavailable(detail: detail))), "unavailable", "PostgreSQL"),
        (StoreFailure(.bucket, UploadError(.storeFull)), "store_full", "quota"),
        (StoreFailure(.bucket, UploadError(.unavailable(detail: detail))), "unavailable", "the key"),
        (StoreFailure(.database, UploadError(.storeCorrupt(detail: detail))), "store_corrupt", "store check"),
    ])
    func `the part that failed is named with what to do, and without addresses`(
        _ failure: StoreFailure, _ code: String, _ words: String
    ) {
        let answer = RequestFailure(notReady: failure)
        #expect(answer.status == .serviceUnavailable && answer.code == code)
        #expect(answer.details == [.init("store", .text(failure.part.rawValue))])
        let text = answer.title + " " + answer.advice
        #expect(text.contains(words), "\(text)")
        #expect(!text.contains("10.0.0.7") && !text.contains("/var/lib"))
    }

    @Test func `the answer is a problem document, and the log has the cause once a minute`() async throws {
        let capture = LogCapture()
        var settings = ServerSettings()
        settings.logger = capture.logger
        // More than any disk has.
        settings.limits.freeBytesMin = 1 << 50
        let store = try await TestStore(settings)
        let transport = RouterTransport(store, settings)
        for _ in 0..<2 {
            let answer = try await transport.send(ClientRequest("GET", "/readyz"))
            #expect(answer.status == 503 && answer["Content-Type"] == "application/problem+json")
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(text.contains(#""store":"directory""#) && text.contains(#""code":"store_full""#), "\(text)")
        }
        await store.close()
        let errors = capture.lines.filter { $0.level >= .error }
        #expect(errors.map(\.message) == ["not ready: new uploads are refused"])
        #expect(errors.first?.metadata["store"] == "directory")
        #expect(errors.first?.metadata["error"]?.contains("bytes free") == true)
    }
}
