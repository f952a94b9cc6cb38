import HTTPTypes
import ResumableWire
import Testing
import UploadCore

extension TranscriptScript {
    /// The versions between which the most differs. Interim responses are in `ResumableCreationTests`.
    static let resumable = [3, 6, 9].compactMap { InteropVersion(number: $0) }.map { version in
        TranscriptScript(
            "resumable-\(version.number)", "Resumable uploads of the IETF, version \(version.number)",
            change: { $0.limits.uploadBytesMax = 100 },
            run: { talk in
                let client = Dialogue(talk: talk, version: version)
                try await client.whole()
                try await client.pieces()
                try await client.refusals()
                try await client.ends()
            })
    }

    private struct Dialogue {
        let talk: TranscriptRecorder
        let version: InteropVersion

        func whole() async throws {
            talk.about("What is offered")
            try await call("OPTIONS", "/files")
            try await call("OPTIONS", "/v1/blobs")

            talk.about("The whole file with its creation")
            let first = try await create("/v1/blobs?name=a.txt&type=text/plain", isComplete: true, "hello".bytes)
            try await call("HEAD", first)
            try await call("GET", first)
            try await talk.call("GET", first)
            try await append(first, at: 5, isLast: true, [])
            try await append(first, at: 5, isLast: true, "x".bytes)

            talk.about("An empty file, and a length that is not that of the content")
            try await create("/files", isComplete: true, [])
            try await create("/files", isComplete: true, "abc".bytes, length: 4)
            try await create("/files", isComplete: true, [UInt8](repeating: 0x61, count: 101))
        }

        func pieces() async throws {
            talk.about("A file in pieces")
            let disposition = [(name: "Content-Disposition", value: "attachment; filename*=UTF-8''f%C3%BCr.txt")]
            let upload = try await create("/files", isComplete: false, "abcd".bytes, length: 10, disposition)
            try await call("HEAD", upload)
            try await call("GET", upload)
            try await append(upload, at: 4, isLast: false, "efg".bytes)
            try await append(upload, at: 4, isLast: false, "efg".bytes)
            try await append(upload, at: 7, isLast: true, "h".bytes)
            try await append(upload, at: 7, isLast: nil, "hij".bytes)
            try await call("HEAD", upload)
            try await append(upload, at: 10, isLast: true, [])
            try await talk.call("GET", upload)
        }

        func refusals() async throws {
            talk.about("What is refused, and changes nothing")
            let upload = try await create("/files", isComplete: false, [], length: 5)
            for offset in ["-1", "0.5", "\"0\"", "0, 0", "+0"] {
                try await call(
                    "PATCH", upload,
                    [
                        ("Content-Type", "application/partial-upload"), ("Upload-Offset", offset),
                        ("Upload-Complete", "?0"),
                    ],
                    "x".bytes)
            }
            try await append(upload, at: 0, isLast: false, "x".bytes, length: 6)
            try await call(
                "PATCH", upload, [("Content-Type", "text/plain"), ("Upload-Offset", "0"), ("Upload-Complete", "?0")],
                "x".bytes)
            try await append(
                upload, at: 0, isLast: false, "x".bytes,
                [("Content-Digest", "sha-256=:" + String(repeating: "A", count: 43) + "=:")])
            try await call("HEAD", upload, [("Upload-Offset", "0")])
            try await call("PUT", upload)
            try await call("HEAD", upload)
            try await talk.call("HEAD", upload, by: "boris", fields)
            try await talk.call("HEAD", upload, by: nil, fields)

            talk.about("Bytes past the length make the upload invalid")
            try await append(upload, at: 0, isLast: false, "abcdef".bytes, framing: .chunked(pieceBytes: 10))
            try await call("HEAD", upload)
        }

        func ends() async throws {
            talk.about("Cancelled, and another digest than stated")
            let upload = try await create("/files", isComplete: false, "ab".bytes)
            try await call("DELETE", upload)
            try await call("HEAD", upload)
            try await append(upload, at: 2, isLast: true, "c".bytes)
            let digest = (name: "Repr-Digest", value: "sha-256=:" + String(repeating: "A", count: 43) + "=:")
            try await create("/files", isComplete: true, "abc".bytes, [digest])
            try await call("HEAD", "/files/00000000000070008000000000000000")
        }

        // MARK: - Requests

        private var fields: TranscriptRecorder.Fields { [("Upload-Draft-Interop-Version", "\(version.number)")] }

        @discardableResult
        private func call(
            _ method: String, _ path: String, _ more: TranscriptRecorder.Fields = [], _ bytes: [UInt8]? = nil
        ) async throws -> ClientResponse {
            try await talk.call(method, path, fields + more, bytes: bytes)
        }

        /// - Returns: The path of the upload; empty if there is none.
        @discardableResult
        private func create(
            _ path: String, isComplete: Bool, _ bytes: [UInt8], length: Int? = nil,
            _ more: TranscriptRecorder.Fields = []
        ) async throws -> String {
            let creation = ResumableCreation(version: version, isComplete: isComplete, length: length.map(UInt64.init))
            let response = try await talk.call("POST", path, creation.fields.pairs + more, bytes: bytes)
            return response["Location"].map { String($0.pathOfURL) } ?? ""
        }

        private func append(
            _ upload: String, at offset: Int, isLast: Bool?, _ bytes: [UInt8], length: Int? = nil,
            _ more: TranscriptRecorder.Fields = [], framing: ClientRequest.Framing = .contentLength
        ) async throws {
            let append = ResumableAppend(
                version: version, offset: UInt64(offset), end: isLast.map { .stated(isLast: $0) } ?? .atLength,
                length: length.map(UInt64.init))
            try await talk.call("PATCH", upload, append.fields.pairs + more, bytes: bytes, framing: framing)
        }
    }
}
