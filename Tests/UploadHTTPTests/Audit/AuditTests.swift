import HTTPTestKit
import Logging
import NativeWire
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// The changes that are always logged.
@Suite(.timeLimit(.minutes(10))) struct AuditTests {
    /// Runs `body` with clients of a server, and what it has audited.
    private func run(_ body: @escaping @Sendable (RouterTransport, LogCapture) async throws -> Void) async throws {
        let capture = LogCapture()
        var settings = ServerSettings()
        settings.authenticator = try TestCallers.authenticator()
        settings.auditLogger = capture.logger
        let store = try await TestStore(settings)
        do {
            try await body(RouterTransport(store, settings), capture)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// The audited changes without their request ids.
    private func changes(_ capture: LogCapture) -> [[String: String]] {
        capture.lines.map { line in
            #expect(line.level == .notice)
            #expect(line.metadata["request_id"]?.isEmpty == false)
            return line.metadata.filter { $0.key != "request_id" }.merging(["": line.message]) { $1 }
        }
    }

    @Test func `deletions are logged with who made them and what they deleted`() async throws {
        try await run { transport, capture in
            let anna = APIClient(over: transport, as: "anna")
            let upload = try await anna.begin(name: "a", length: 10, chunkSize: 10).id
            try await anna.abort(upload)
            let blobs = try await [1, 2, 3].map { content(100, seed: $0) }.asyncMap { try await anna.putBlob($0).blob }
            try await anna.call("DELETE", NativePath.blob(blobs[0]))
            let memory = try await anna.makeMemory(
                NewMemoryDocument(
                    assets: [.init(kind: "original", blob: blobs[1]), .init(kind: "display", blob: blobs[2])]))
            let asset = try #require(memory.assets.last)
            try await anna.call("DELETE", NativePath.asset(asset.id, of: memory.id) + "?blob=delete")
            try await anna.call("DELETE", NativePath.memory(memory.id) + "?assets=delete")
            #expect(
                changes(capture) == [
                    ["": "upload deleted", "principal": "anna", "upload": upload],
                    ["": "blob deleted", "principal": "anna", "blob": blobs[0]],
                    [
                        "": "asset deleted", "principal": "anna", "asset": asset.id, "memory": memory.id,
                        "blobs": "[\"\(blobs[2])\"]",
                    ],
                    [
                        "": "memory deleted", "principal": "anna", "memory": memory.id, "blobs": "[\"\(blobs[1])\"]",
                    ],
                ])
        }
    }

    @Test func `tus terminations are logged as what they delete`() async throws {
        try await run { transport, capture in
            let fields = [TestCallers.authorization(of: "anna"), ("Tus-Resumable", "1.0.0")]
            var deleted: [String] = []
            for length in ["0", "10"] {
                let created = try await transport.send(
                    ClientRequest("POST", "/files", fields: fields + [("Upload-Length", length)], body: []))
                let id = try #require(created["Location"]?.split(separator: "/").last).description
                deleted.append(id)
                let path = "/files/" + id
                #expect(try await transport.send(ClientRequest("DELETE", path, fields: fields)).status == 204)
            }
            #expect(
                changes(capture) == [
                    ["": "blob deleted", "principal": "anna", "blob": deleted[0]],
                    ["": "upload deleted", "principal": "anna", "upload": deleted[1]],
                ])
        }
    }

    @Test func `changes of members are logged with both principals and the role`() async throws {
        try await run { transport, capture in
            let anna = APIClient(over: transport, as: "anna")
            let capsule = try await anna.makeCapsule()
            let member = NativePath.member("ben", of: capsule)
            try await anna.call("PUT", member, json: #"{"role":"writer"}"#)
            try await anna.call("DELETE", member)
            #expect(
                changes(capture) == [
                    [
                        "": "member set", "principal": "anna", "member": "ben", "role": "writer", "capsule": capsule,
                    ],
                    ["": "member removed", "principal": "anna", "member": "ben", "capsule": capsule],
                ])
        }
    }

    @Test func `what is refused, and what deletes nothing, is not logged`() async throws {
        try await run { transport, capture in
            let (anna, ben) = (APIClient(over: transport, as: "anna"), APIClient(over: transport, as: "ben"))
            let blob = try await anna.putBlob(content(100)).blob
            let capsule = try await anna.makeCapsule()
            #expect(try await ben.status("DELETE", NativePath.blob(blob)) == 404)
            #expect(try await ben.status("DELETE", NativePath.member("ben", of: capsule)) == 404)
            #expect(try await anna.status("DELETE", NativePath.upload(blob)) == 409)
            _ = try await anna.bytes(of: blob)
            #expect(capture.lines.isEmpty)
        }
    }

    @Test func `uploads that an operator expires are logged by their ids`() async throws {
        let capture = LogCapture()
        var settings = ServerSettings()
        settings.limits.expiryGraceMilliseconds = 0
        settings.authenticator = try TestCallers.authenticator()
        settings.auditLogger = capture.logger
        let store = try await TestStore(settings)
        let transport = RouterTransport(store, settings)
        let upload = try await APIClient(over: transport, as: "anna").begin(name: "a", length: 10, chunkSize: 10).id
        store.clock.advance(milliseconds: settings.limits.timeToLiveMilliseconds + 1)
        try await APIClient(over: transport, as: "olga").call("POST", NativePath.cleanUpExpired)
        #expect(
            changes(capture) == [
                ["": "expired uploads deleted", "principal": "olga", "uploads": "[\"\(upload)\"]"]
            ])
        await store.close()
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
