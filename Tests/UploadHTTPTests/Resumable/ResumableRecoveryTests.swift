import HTTPTypes
import NativeWire
import ResumableWire
import SessionCore
import Testing
import UploadCore
import UploadHTTP

/// Clients as they are: what `URLSession` and tus-js-client send, with connections that break.
@Suite(.timeLimit(.minutes(10))) struct ResumableRecoveryTests {
    private static let file = content(200_000)

    /// Where a connection breaks.
    enum Break: CaseIterable, Sendable {
        case afterLocation, inTheMiddle, afterTheLastByte

        var sent: Int {
            switch self {
            case .afterLocation: 0
            case .inTheMiddle: 120_000
            case .afterTheLastByte: ResumableRecoveryTests.file.count
            }
        }
    }

    /// The creation of an upload task: the app's own method and fields, and those that the system adds.
    private func uploadTask(_ version: InteropVersion) -> ClientRequest {
        var fields = [
            ("Upload-Draft-Interop-Version", "\(version.number)"),
            version.number == 3 ? ("Upload-Incomplete", "?0") : ("Upload-Complete", "?1"),
            ("Content-Type", "image/jpeg"), ("Accept", "*/*"),
        ]
        if version.number >= 6 { fields.append(("Upload-Length", "\(Self.file.count)")) }
        return ClientRequest("PUT", "/v1/blobs?name=IMG_0001.JPG", fields: fields, body: Self.file)
    }

    @Test(arguments: [3, 5, 6, 8], Break.allCases)
    func `an upload task of URLSession resumes after its connection has broken`(
        number: Int, place: Break
    ) async throws {
        try await LiveServer.run { server in
            let client = ResumableClient(server.socket, .of(number))
            let location = try await server.open { connection in
                let request = uploadTask(client.version)
                try await connection.send(request.header)
                let interim = try await connection.read(until: "\r\n\r\n")
                #expect(interim.hasPrefix("HTTP/1.1 104 "))
                try await connection.send(Array(Self.file[..<place.sent]))
                if place == .afterTheLastByte { _ = try await connection.read(until: "\r\n") }
                try await connection.reset()
                return try #require(interim.split(separator: "\r\n").first { $0.hasPrefix("Location: ") })
            }
            let upload = String(String(location.dropFirst("Location: ".count)).pathOfURL)
            let head = try await client.head(upload)
            #expect(head.status == 204)
            let state = try #require(client.state(in: head))
            #expect(state.isComplete == (place == .afterTheLastByte))
            if !state.isComplete {
                let rest = Array(Self.file[Int(state.offset)...])
                let length = number >= 6 ? Self.file.count : nil
                let append = client.append(to: upload, at: Int(state.offset), isLast: true, rest, length: length)
                let response = try await client.send(append)
                #expect(response.status == 201)
                #expect(try response.document(FinishedDocument.self).name == "IMG_0001.JPG")
            }
            let final = try await client.send(client.request("GET", upload))
            #expect(final.status == 201)
            #expect(try final.document(FinishedDocument.self).type == "image/jpeg")
            #expect(try await client.content(of: upload) == Self.file)
        }
    }

    @Test(arguments: [5, 6], [0, 1, 199_999, 200_000])
    func `tus-js-client in its modes for the draft`(number: Int, chunk: Int) async throws {
        try await LiveServer.run { server in
            let client = ResumableClient(server.socket, .of(number))
            let metadata = ("Upload-Metadata", "filename YS5qcGc=,filetype aW1hZ2UvanBlZw==")
            // It reads no interim responses, and names the length in all its versions.
            let upload = try await client.begin([], length: Self.file.count, [metadata])
            let steps = chunk == 0 ? [Self.file.count] : [chunk, Self.file.count - chunk]
            var offset = 0
            for step in steps {
                let end = offset + step
                // A stream that has ended on the edge of a chunk leaves an append without bytes, and without the field.
                let isLast: Bool? = step == 0 ? nil : end == Self.file.count && chunk != Self.file.count
                let response = try await client.send(
                    client.append(to: upload, at: offset, isLast: isLast, Array(Self.file[offset..<end])))
                #expect((200..<300).contains(response.status))
                offset = end
                #expect(response["Upload-Offset"] == "\(offset)")
            }
            #expect(try await client.content(of: upload) == Self.file)
            let document = try await client.send(client.request("GET", upload)).document(FinishedDocument.self)
            #expect(document.name == "a.jpg" && document.type == "image/jpeg")
        }
    }

    @Test(arguments: [3, 6, 8, 9])
    func `a server that ends during an upload ends the connection without a response, and keeps the bytes`(
        number: Int
    ) async throws {
        var settings = ServerSettings()
        settings.graceMilliseconds = 60_000
        settings.http.shutdownBodyMilliseconds = 200
        try await LiveServer.run(settings) { server in
            let client = ResumableClient(server.socket, .of(number))
            let answer = try await server.open { connection in
                try await connection.send(client.creation(isComplete: true, Self.file).header)
                let interim = try await connection.read(until: "\r\n\r\n")
                #expect(interim.hasPrefix("HTTP/1.1 104 "))
                try await connection.send(Array(Self.file[..<100_000]))
                await server.stop()
                return String(decoding: await connection.readToEnd(), as: UTF8.self)
            }
            // The system takes the end for a broken connection, and a response of the class 5xx for the end of its upload.
            #expect(!answer.contains("HTTP/1.1 5"))
            let listed = try await server.store.uploads.maintenance.countByStatus()
            #expect(listed.pending == 1)
        }
    }
}
