import NativeWire
import Testing
import UploadCore

@testable import UploadHTTP

/// Whole blobs that clients get elsewhere.
@Suite struct RedirectTests {
    private static let place = "https://bucket.example.org/photos/a?X-Amz-Signature=0"
    private static let browser = ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/145.0")

    /// - Parameter redirect: Where a blob is, by its type and disposition.
    private func with(
        _ redirect: @escaping @Sendable (_ type: String, _ disposition: String) -> String?,
        _ body: (RouterTransport) async throws -> Void
    ) async throws {
        let settings = ServerSettings()
        let store = try await TestStore(settings)
        var configuration = settings.protocols
        configuration.downloadRedirect = { _, type, disposition throws(UploadError) in redirect(type, disposition) }
        let protocols = UploadProtocols(store.uploads, files: store.files, configuration: configuration)
        do {
            try await body(RouterTransport(protocols, settings))
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private func get(
        _ transport: RouterTransport, _ path: String, _ fields: (String, String)..., method: String = "GET"
    ) async throws -> ClientResponse {
        try await transport.send(
            ClientRequest(method, path, fields: fields.map { (name: $0.0, value: $0.1) }))
    }

    @Test func `a whole blob is redirected, by its address and by its ticket`() async throws {
        try await with({ _, _ in Self.place }) { transport in
            let api = APIClient(over: transport)
            let blob = try await api.putBlob(content(1000), name: "a.bin").blob
            let json = try NativeJSON.encode(NewDownloadDocument(blobs: [blob], archive: nil))
            let ticket = try await api.call("POST", NativePath.downloads, json: String(decoding: json, as: UTF8.self))
                .document(DownloadDocument.self).ticket
            for path in [NativePath.blob(blob), NativePath.download(ticket)] {
                let answer = try await get(transport, path)
                #expect(answer.status == 307 && answer["Location"] == Self.place && answer.body == [])
                #expect(answer["Cache-Control"] == "no-store")
                let saved = try await get(
                    transport, path, Self.browser, ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate"))
                #expect(saved.status == 307)
            }
        }
    }

    @Test func `parts, conditions, HEAD and what pages load stay here`() async throws {
        try await with({ _, _ in Self.place }) { transport in
            let blob = try await APIClient(over: transport).putBlob(content(1000), name: "a.bin").blob
            let path = NativePath.blob(blob)
            #expect(try await get(transport, path, ("Range", "bytes=0-")).status == 206)
            let head = try await get(transport, path, method: "HEAD")
            #expect(head.status == 200 && head["Content-Length"] == "1000")
            let tag = try #require(head["ETag"])
            #expect(try await get(transport, path, ("If-None-Match", tag)).status == 304)
            for destination in ["image", "video", "iframe", "empty"] {
                let answer = try await get(
                    transport, path, ("Sec-Fetch-Dest", destination), ("Sec-Fetch-Mode", "no-cors"))
                #expect(answer.body == content(1000))
            }
            // Over plain HTTP a browser does not say what it loads.
            #expect(try await get(transport, path, Self.browser).body == content(1000))
        }
    }

    @Test func `the other place has a type that no browser runs, and a file to save`() async throws {
        try await with({ type, disposition in "https://bucket.example.org/?\(type);\(disposition)" }) { transport in
            for (type, expected) in [
                ("text/html", "application/octet-stream"), ("image/svg+xml", "application/octet-stream"),
                ("image/jpeg", "image/jpeg"),
            ] {
                let path = NativePath.blobs(name: "a b.x")
                let created = try await transport.send(
                    ClientRequest("POST", path, fields: [("Content-Type", type)], body: content(10)))
                let blob = try created.document(FinishedDocument.self).blob
                let answer = try await get(transport, NativePath.blob(blob))
                #expect(
                    answer["Location"] == "https://bucket.example.org/?\(expected);attachment; filename=\"a b.x\"")
            }
        }
    }

    @Test func `what is not at the other place is sent`() async throws {
        try await with({ _, _ in nil }) { transport in
            let blob = try await APIClient(over: transport).putBlob(content(1000), name: "a.bin").blob
            #expect(try await get(transport, NativePath.blob(blob)).body == content(1000))
        }
    }
}
