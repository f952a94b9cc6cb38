import HTTPTypes
import NativeWire
import ResumableWire
import Testing
import UploadCore
import UploadHTTP

/// Appends, for every version.
@Suite(.timeLimit(.minutes(10))) struct ResumableAppendTests {
    private static let first = content(40_000)
    private static let second = content(50_000, seed: 2)

    private func run(
        _ version: InteropVersion, _ body: @escaping @Sendable (ResumableClient, LiveServer) async throws -> Void
    ) async throws {
        try await LiveServer.run { try await body(ResumableClient($0.socket, version), $0) }
    }

    @Test(arguments: InteropVersion.all)
    func `A1, A2, A3, O5, O6, O7: appends in order make the upload`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin()
            let appended = try await client.send(client.append(to: upload, at: 0, isLast: false, Self.first))
            #expect(appended.status == (version.number <= 6 ? 201 : 204))
            #expect(client.state(in: appended) == ResumableState(offset: 40_000, isComplete: false, length: nil))
            let last = try await client.send(client.append(to: upload, at: 40_000, isLast: true, Self.second))
            #expect(last.status == 201)
            #expect(client.state(in: last) == ResumableState(offset: 90_000, isComplete: true, length: nil))
            #expect(try last.document(FinishedDocument.self).size == 90_000)
            #expect(try await client.content(of: upload) == Self.first + Self.second)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `A4, A5, A6, A7, A8: another offset is a conflict, and changes nothing`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(Self.first)
            for offset in [0, 39_999, 40_001, 999_999_999_999_999] {
                let response = try await client.send(client.append(to: upload, at: offset, isLast: true, Self.second))
                #expect(response.status == 409)
                #expect(client.state(in: response) == ResumableState(offset: 40_000, isComplete: false, length: nil))
                let problem = try ResumableProblem(json: response.body)
                #expect(problem.kind == .mismatchingOffset)
                #expect(problem.expectedOffset == 40_000 && problem.providedOffset == UInt64(offset))
            }
            #expect(
                try await client.send(client.append(to: upload, at: 40_000, isLast: true, Self.second)).status == 201)
            #expect(try await client.content(of: upload) == Self.first + Self.second)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `R4, A17: a malformed offset or another type appends nothing`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(Self.first)
            var request = client.append(to: upload, at: 40_000, isLast: true, Self.second)
            request.fields.removeAll { $0.name == "Upload-Offset" }
            for values in [[], ["\"40000\""], ["40000.0"], ["-1"], ["(40000)"], ["40000", "40000"], ["+40000"]] {
                var request = request
                request.fields += values.map { ("Upload-Offset", $0) }
                #expect(try await client.send(request).status == 400)
            }
            if version.requiresPartialUploadType {
                var request = client.append(to: upload, at: 40_000, isLast: true, Self.second)
                request.fields.removeAll { $0.name == "Content-Type" }
                #expect(try await client.send(request).status == 415)
                request.fields.append(("Content-Type", "text/plain"))
                #expect(try await client.send(request).status == 415)
            }
            try await client.expect(upload, at: 40_000)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `R5, O10: an append without the completeness field, or with a malformed one`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(length: 40_000)
            var malformed = client.append(to: upload, at: 0, isLast: nil, Self.first)
            malformed.fields.append((version.completenessField.rawName, "true"))
            #expect(try await client.send(malformed).status == 400)
            try await client.expect(upload, at: 0)
            let unmarked = try await client.send(client.append(to: upload, at: 0, isLast: nil, Self.first))
            #expect(unmarked.status == (version.number <= 6 ? 201 : 400))
            if version.number <= 6 { #expect(client.state(in: unmarked)?.isComplete == true) }

            let open = try await client.begin()
            _ = try await client.send(client.append(to: open, at: 0, isLast: nil, Self.first))
            let offset = version.number <= 6 ? 40_000 : 0
            try await client.expect(open, at: offset, isComplete: version.number == 3)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `R7: an upload that has its length is complete only once its client says so`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(length: 40_000)
            _ = try await client.send(client.append(to: upload, at: 0, isLast: false, Self.first))
            try await client.expect(upload, at: 40_000)
            #expect(try await client.content(of: upload) == nil)
            let last = try await client.send(client.append(to: upload, at: 40_000, isLast: true, []))
            #expect(last.status == 201)
            #expect(try await client.content(of: upload) == Self.first)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `A19, A20: empty appends`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(Self.first)
            let nothing = try await client.send(client.append(to: upload, at: 40_000, isLast: false, []))
            #expect(nothing.status == (version.number <= 6 ? 201 : 204))
            try await client.expect(upload, at: 40_000)
            let last = try await client.send(client.append(to: upload, at: 40_000, isLast: true, []))
            #expect(client.state(in: last) == ResumableState(offset: 40_000, isComplete: true, length: nil))
        }
    }

    @Test(arguments: InteropVersion.all)
    func `L2, L3, L6, A16: lengths of appends`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin()
            let told = client.append(to: upload, at: 0, isLast: false, Self.first, length: 90_000)
            _ = try await client.send(told)
            #expect(try await client.state(in: client.head(upload))?.length == 90_000)
            for request in [
                client.append(to: upload, at: 40_000, isLast: false, Self.second, length: 90_001),
                client.append(to: upload, at: 40_000, isLast: true, Array(Self.second.dropLast()), length: 90_000),
                client.append(to: upload, at: 40_000, isLast: true, Array(Self.second.dropLast())),
            ] {
                let response = try await client.send(request)
                #expect(response.status == 400)
                #expect(response.problemType == ResumableProblem.Kind.inconsistentLength.rawValue)
                try await client.expect(upload, at: 40_000)
            }
            let last = client.append(to: upload, at: 40_000, isLast: true, Self.second, length: 90_000)
            #expect(try await client.send(last).status == 201)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `L4: a last append in chunks that ends short completes nothing`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(Self.first, length: 90_000)
            let short = client.append(
                to: upload, at: 40_000, isLast: true, Array(Self.second[..<20_000]),
                framing: .chunked(pieceBytes: 7000))
            let response = try await client.send(short)
            #expect(response.status == 400)
            #expect(client.state(in: response)?.isComplete == false)
            try await client.expect(upload, at: 60_000)
            let creation = client.creation(
                isComplete: true, Self.first, length: 50_000, framing: .chunked(pieceBytes: 7000))
            #expect(try await client.send(creation).status == 400)
        }
    }

    @Test(arguments: InteropVersion.all, [true, false])
    func `A11, A12: bytes past the end are refused, and make the upload invalid`(
        version: InteropVersion, isChunked: Bool
    ) async throws {
        try await run(version) { client, _ in
            for isLast in [true, false] {
                let upload = try await client.begin(Self.first, length: 60_000)
                let response = try await client.send(
                    client.append(
                        to: upload, at: 40_000, isLast: isLast, Self.second,
                        framing: isChunked ? .chunked(pieceBytes: 7000) : .contentLength))
                #expect(response.status == 400)
                #expect(response.problemType == ResumableProblem.Kind.inconsistentLength.rawValue)
                #expect(try await client.head(upload).status == 404)
                #expect(try await client.send(client.append(to: upload, at: 40_000, isLast: true, [1])).status == 404)
            }
        }
    }

    @Test(arguments: InteropVersion.all)
    func `R6, A21, O11: a complete upload takes no more bytes`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(Self.first)
            let last = try await client.send(client.append(to: upload, at: 40_000, isLast: true, []))
            for isLast in [true, false] {
                for offset in [0, 40_000] {
                    let response = try await client.send(
                        client.append(to: upload, at: offset, isLast: isLast, Self.second))
                    #expect(response.status == 400)
                    #expect(client.state(in: response)?.isComplete == true)
                }
            }
            let repeated = try await client.send(client.append(to: upload, at: 40_000, isLast: true, []))
            if version.replaysCompletion {
                #expect(repeated.status == 201)
                #expect(repeated.body == last.body)
            } else {
                #expect(repeated.status == 400)
                #expect(repeated.problemType == ResumableProblem.Kind.completed.rawValue)
            }
            #expect(try await client.content(of: upload) == Self.first)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `A22, A23: chunks and gzip`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin()
            let chunked = client.append(
                to: upload, at: 0, isLast: false, Self.first, framing: .chunked(pieceBytes: 999))
            #expect(try await client.state(in: client.send(chunked))?.offset == 40_000)
            let coded = client.append(
                to: upload, at: 40_000, isLast: true, Self.second, [("Content-Encoding", "gzip")])
            #expect(try await client.state(in: client.send(coded))?.offset == 90_000)
            #expect(try await client.content(of: upload) == Self.first + Self.second)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `A13, A14: an append is told the durable offset`(version: InteropVersion) async throws {
        try await run(version) { client, _ in
            let upload = try await client.begin(Self.first)
            let response = try await client.send(client.append(to: upload, at: 40_000, isLast: true, Self.second))
            let told = response.resumptions
            #expect(told.isEmpty == (version.number < 5))
            for interim in told {
                #expect(interim["Location"] == nil)
                #expect(interim["Upload-Draft-Interop-Version"] == "\(version.number)")
                #expect(interim["Upload-Offset"] == "40000")
            }
        }
    }

    @Test(arguments: InteropVersion.all.filter(\.reportsProgress))
    func `A13, A15, C14, R2: offsets of interim responses rise, and outlive a reset`(
        version: InteropVersion
    ) async throws {
        var settings = ServerSettings()
        settings.limits.checkpointBytes = 1 << 16
        try await LiveServer.run(settings) { server in
            let client = ResumableClient(server.socket, version)
            let file = content(2_000_000)
            let upload = try await client.begin()
            let told = try await server.open { connection in
                try await connection.send(
                    client.append(to: upload, at: 0, isLast: true, file).header.bytes + file[..<1_500_000])
                var told: [Int] = []
                while (told.last ?? 0) < 500_000 {
                    let interim = try await connection.read(until: "\r\n\r\n")
                    try #require(interim.hasPrefix("HTTP/1.1 104 "))
                    let field = interim.split(separator: "\r\n").first { $0.hasPrefix("Upload-Offset: ") }
                    told.append(try #require(field.flatMap { Int($0.dropFirst("Upload-Offset: ".count)) }))
                }
                try await connection.reset()
                return told
            }
            #expect(told.first == 0)
            #expect(told == told.sorted())
            let state = try #require(try await client.state(in: client.head(upload)))
            #expect(state.offset >= UInt64(told.last ?? 0) && !state.isComplete)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `A9, A10: an append that is cut leaves what was received, also inside a chunk`(
        version: InteropVersion
    ) async throws {
        try await run(version) { client, server in
            for framing in [ClientRequest.Framing.contentLength, .chunked(pieceBytes: 50_000)] {
                let upload = try await client.begin()
                let request = client.append(to: upload, at: 0, isLast: true, Self.second, framing: framing)
                let sent = request.header.bytes + request.framedBody[..<30_006]
                try await server.open { connection in
                    try await connection.send(sent)
                    connection.finishSending()
                    _ = await connection.readToEnd()
                }
                let state = try #require(try await client.state(in: client.head(upload)))
                #expect(!state.isComplete)
                let offset = Int(state.offset)
                #expect(offset >= 29_990)
                let rest = client.append(to: upload, at: offset, isLast: true, Array(Self.second[offset...]))
                #expect(try await client.send(rest).status == 201)
                #expect(try await client.content(of: upload) == Self.second)
            }
        }
    }

    @Test(arguments: InteropVersion.all)
    func `K1: the body of a refused append is not taken for the next request`(version: InteropVersion) async throws {
        try await run(version) { client, server in
            let upload = try await client.begin(Self.first)
            let other = try await client.begin(Self.first)
            try await server.open { connection in
                let smuggled = client.request("DELETE", other).bytes
                let refused = try await connection.exchange(
                    client.append(to: upload, at: 1, isLast: true, smuggled))
                #expect(refused.status == 409)
                #expect(try await connection.exchange(client.request("HEAD", upload)).status == 204)
            }
            try await client.expect(other, at: 40_000)
        }
    }
}
